use proptest::prelude::*;

use super::graph::{Edge, EdgeKind, Kind};
use super::parse::{open, read};
use super::refusal::Refusal;
use super::source::Source;
use super::written::{KINDS, Written};

fn small() -> Written {
    let mut written = Written::default();
    let root = written.node("synthetic", "", 0);
    let map = written.node("object", "WeakMap", 32);
    let table = written.node("array", "", 400);
    let key = written.node("object", "Key", 24);
    let value = written.node("object", "V\"al\\ue\n<ü>", 12_345_678_901);
    let closure = written.node("closure", "fn", 64);
    written.edge(root, EdgeKind::Property, "map", map);
    written.edge(root, EdgeKind::Property, "key", key);
    written.edge(root, EdgeKind::Element, "123456789", closure);
    written.edge(map, EdgeKind::Internal, "table", table);
    written.edge(table, EdgeKind::Weak, "5", key);
    written.edge(table, EdgeKind::Weak, "6", value);
    let name = "3 / part of key (Key @7) -> value (Value @9) pair in WeakMap (table @5)";
    written.edge(table, EdgeKind::Internal, name, value);
    written.edge(key, EdgeKind::Internal, name, value);
    written.locations.push((closure, 7, 11, 2));
    written
}

fn problem(text: &[u8]) -> String {
    match read(text).err().expect("it is refused") {
        Refusal::File { problem, .. } => problem,
        other => panic!("{other:?}"),
    }
}

fn temporary(name: &str, text: &[u8]) -> String {
    let path = std::env::temp_dir().join(format!("leakline-heap-{}-{name}.heapsnapshot", std::process::id()));
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn what_is_written_is_read_in_memory_and_from_a_file() {
    let written = small();
    let path = temporary("same", written.text().as_bytes());
    for heap in [written.heap(), open(&path, |_| ()).unwrap()] {
        assert_eq!(heap.len(), 6);
        assert_eq!((heap.kind(2), heap.kind(5)), (Kind::Array, Kind::Closure));
        assert_eq!(heap.name_of(4), "V\"al\\ue\n<ü>");
        assert_eq!(heap.size(4), 12_345_678_901);
        assert_eq!((heap.id(0), heap.id(5)), (1, 11));
        assert_eq!(heap.ids(), [1, 3, 5, 7, 9, 11]);
        assert_eq!(heap.edge_names(0)[2], 123_456_789);
        assert_eq!(heap.field(1, &[EdgeKind::Internal], "table"), Some(2));
        assert_eq!(heap.location(5).map(|found| (found.script, found.line, found.column)), Some((7, 11, 2)));
        assert_eq!(heap.location(4), None);
        assert_eq!(heap.failure(), None);
    }
    std::fs::remove_file(path).unwrap();
}

#[test]
fn the_key_of_a_weak_map_retains_its_value_and_the_table_does_not() {
    let heap = small().heap();
    assert_eq!(heap.out(2)[2], Edge::new(EdgeKind::Ephemeron, 4));
    let dominators = super::dominators::Dominators::of(&heap);
    assert_eq!(dominators.immediate[4], 3);
    assert_eq!(dominators.retained[1], 432);
}

#[test]
fn every_prefix_is_refused() {
    let text = small().text();
    for length in 0..text.len() {
        let refused = read(&text.as_bytes()[..length]).err();
        assert!(matches!(refused, Some(Refusal::File { .. })), "{length} bytes of {}", text.len());
    }
    let path = temporary("prefix", &text.as_bytes()[..text.len() / 2]);
    let refused = open(&path, |_| ()).err().unwrap();
    std::fs::remove_file(&path).unwrap();
    assert!(matches!(refused, Refusal::File { file, .. } if file == path));
}

#[test]
fn foreign_files_are_refused_by_what_is_wrong_with_them() {
    let text = small().text();
    let changed = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        problem(text.replacen(from, to, 1).as_bytes())
    };
    assert_eq!(problem(b"{\"nodes\":[]}"), "it does not begin with \"snapshot\"");
    assert_eq!(problem(b"\x7fELF"), "it does not begin as a heap snapshot does");
    assert!(problem(b"{\"snapshot\":{}}").starts_with("its header is not that of a heap snapshot"));
    assert_eq!(
        changed("\"self_size\",", ""),
        "its nodes have the fields type, name, id, edge_count, detachedness"
    );
    assert_eq!(changed("\"node_count\":6", "\"node_count\":0"), "it has no nodes");
    assert!(changed("\"node_count\":6", "\"node_count\":9999999999").ends_with("which is too many"));
    assert_eq!(
        changed("\"edge_count\":8", "\"edge_count\":7"),
        "its nodes have more than the 7 edges announced"
    );
    assert_eq!(
        changed("\"edge_count\":8", "\"edge_count\":9"),
        "its nodes have 8 edges, not the 9 announced"
    );
    assert_eq!(changed("\"nodes\":[9", "\"nodes\":[99"), "node 0 is of no kind");
    assert_eq!(changed("\"edges\":[2,", "\"edges\":[9,"), "edge 0 is of no kind");
    assert!(changed("\"edges\":[2,", "\"edges\":[-2,").contains("is not what V8 writes there"));
    assert!(changed(",123456789,30", ",123456789,31").ends_with("leads to 31, where no node is"));
    assert!(changed(",123456789,30", ",123456789,36").ends_with("leads to 36, where no node is"));
    assert!(changed(",123456789,30", ",123456789,99999999999999999999").ends_with("is too large"));
    assert!(changed(",\n\"fn\"", "").contains("strings, and its nodes name more"));
    assert!(changed("\"nodes\":", "\"nodse\":").contains("do not follow its nodes"));
    assert!(
        matches!(open("/nowhere", |_| ()), Err(Refusal::File { problem, .. }) if problem.contains("cannot be read"))
    );
    assert!(matches!(open("/", |_| ()), Err(Refusal::File { .. })));
}

#[test]
fn a_header_is_not_believed_beyond_the_length_of_its_file() {
    let text = small().text().replacen("\"node_count\":6", "\"node_count\":400000000", 1);
    let path = temporary("announced", text.as_bytes());
    let refused = open(&path, |_| ()).err().unwrap();
    std::fs::remove_file(&path).unwrap();
    assert!(matches!(refused, Refusal::File { problem, .. } if problem.ends_with("it is cut off")));
}

#[test]
fn other_tools_blanks_are_read() {
    let text = small().text();
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    // Sorted keys would put edges in front of the nodes; V8's order is kept by hand.
    let pretty = |key: &str| serde_json::to_string_pretty(&value[key]).unwrap().replace('\n', "\r\n");
    let keys = ["snapshot", "nodes", "edges", "trace_tree", "samples", "locations", "strings"];
    let parts: Vec<String> = keys.iter().map(|key| format!(" \"{key}\" : {}", pretty(key))).collect();
    let heap = read(format!("{{{}\n}}\n", parts.join(" ,\n")).as_bytes()).unwrap();
    assert_eq!(heap.name_of(4), "V\"al\\ue\n<ü>");
    assert_eq!(heap.out(0)[2], Edge::new(EdgeKind::Element, 5));
}

#[test]
fn a_long_string_is_read_by_its_beginning() {
    let mut written = small();
    written.nodes[5].name = "\"x\\".repeat(400_000);
    let heap = written.heap();
    assert!(heap.name_of(5).starts_with("\"x\\\"x\\"));
    assert!(heap.name_of(5).len() <= 16 * 1024);
    assert_eq!(heap.name_of(3), "Key");
    assert_eq!(heap.name_of(4), "V\"al\\ue\n<ü>");
}

/// Gives what it holds in pieces of one length.
struct Pieces<'a>(&'a [u8], usize);

impl std::io::Read for Pieces<'_> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let length = self.1.min(self.0.len()).min(into.len());
        into[..length].copy_from_slice(&self.0[..length]);
        self.0 = &self.0[length..];
        Ok(length)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if cfg!(miri) { 4 } else { 500 }, ..ProptestConfig::default() })]

    #[test]
    fn numbers_are_read_to_the_last_digit(numbers in prop::collection::vec(any::<u64>(), 1..200),
                                         shifts in prop::collection::vec(0u32..64, 200), piece in 1usize..40) {
        let numbers: Vec<u64> = numbers.iter().zip(shifts).map(|(number, shift)| number >> shift).collect();
        let text = numbers.iter().map(u64::to_string).collect::<Vec<_>>().join(",");
        let mut source = Source::new(Pieces(text.as_bytes(), piece));
        for (at, &number) in numbers.iter().enumerate() {
            source.ensure(64).unwrap();
            if at > 0 {
                source.comma().unwrap();
            }
            source.ensure(64).unwrap();
            prop_assert_eq!(source.number().unwrap(), number);
        }
    }

    #[test]
    fn any_graph_is_read_as_it_was_written(
        nodes in prop::collection::vec((0usize..15, "[ -~é\u{1F600}\n\"\\\\]{0,12}", any::<u32>(), 0u64..1 << 40), 1..200),
        edges in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0u32..7, 0u32..1 << 31), 0..400),
        one_line: bool, traced: bool, piece in 1usize..5000,
    ) {
        let mut written = Written { one_line, traced, ..Written::default() };
        for (kind, name, id, size) in &nodes {
            let node = written.node(KINDS[*kind], name, *size);
            written.nodes[node].id = id >> 1;
        }
        for (from, to, kind, name) in &edges {
            let kinds = [EdgeKind::Context, EdgeKind::Element, EdgeKind::Property, EdgeKind::Internal,
                         EdgeKind::Hidden, EdgeKind::Shortcut, EdgeKind::Weak];
            written.edge(from.index(nodes.len()), kinds[*kind as usize], &name.to_string(), to.index(nodes.len()));
        }
        let heap = read(Pieces(written.text().as_bytes(), piece)).unwrap();
        for (number, node) in written.nodes.iter().enumerate() {
            let number = number as u32;
            prop_assert_eq!(heap.name_of(number), node.name.as_str());
            prop_assert_eq!(heap.kind(number), Kind::named(node.kind));
            prop_assert_eq!((heap.id(number), heap.size(number)), (node.id, node.size));
            let names = heap.edge_names(number);
            prop_assert_eq!(names.len(), node.edges.len());
            for ((edge, name), (kind, text, to)) in heap.out(number).iter().zip(names).zip(&node.edges) {
                prop_assert_eq!((edge.kind(), edge.to() as usize), (*kind, *to));
                match kind {
                    EdgeKind::Element | EdgeKind::Hidden => prop_assert_eq!(name.to_string(), text.as_str()),
                    _ => prop_assert_eq!(heap.string(name), text.as_str()),
                }
            }
        }
    }

    #[test]
    fn nothing_makes_the_parser_panic(seed in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
                                     cut in any::<prop::sample::Index>()) {
        let mut text = small().text().into_bytes();
        for (at, byte) in seed {
            let at = at.index(text.len());
            text[at] = byte;
        }
        if let Ok(heap) = read(&text[..]) {
            super::dominators::Dominators::of(&heap);
        }
        let length = cut.index(text.len());
        prop_assert!(read(&text[..length]).is_err() || length + 2 >= text.len());
    }
}
