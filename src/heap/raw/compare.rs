//! How much of V8's own snapshot a graph that was made from memory has, node by node and edge by edge.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use crate::heap::graph::{EdgeKind, Heap, Kind, NONE};

/// Counts of nodes and edges of V8's, and of those that are the same.
#[derive(Clone, Copy, Debug, Default, Serialize, PartialEq, Eq)]
pub struct Counts {
    /// Nodes of V8's snapshot.
    pub nodes: u64,
    /// Of these, with their objects in the other graph.
    pub found: u64,
    /// Of the found ones, those of the same kind,
    pub kinds: u64,
    /// of the same name,
    pub names: u64,
    /// of the same size.
    pub sizes: u64,
    /// Edges of the found ones, in V8's snapshot.
    pub edges: u64,
    /// Of these, with one in the other graph between the same objects that retains as well, or does not.
    pub targets: u64,
    /// Of these, with the same kind and name.
    pub same: u64,
    /// Edges of the found ones in the other graph that V8's snapshot has not.
    pub more: u64,
}

impl Counts {
    fn add(&mut self, other: &Counts) {
        self.nodes += other.nodes;
        self.found += other.found;
        self.kinds += other.kinds;
        self.names += other.names;
        self.sizes += other.sizes;
        self.edges += other.edges;
        self.targets += other.targets;
        self.same += other.same;
        self.more += other.more;
    }
}

/// A comparison.
#[derive(Debug, Default, Serialize)]
pub struct Comparison {
    /// Of objects in V8's heap.
    pub all: Counts,
    /// The same by what they are: `Closure`, `Object`, …
    pub kinds: BTreeMap<String, Counts>,
    /// Nodes of V8's that are no objects in its heap: roots, and what Node's C++ reports.
    pub outside: u64,
    /// Objects of the other graph that V8's snapshot has not.
    pub more: u64,
    /// Whether nothing differs in what V8 has in its heap.
    pub equal: bool,
    /// What differs most, in words.
    pub differences: Vec<(String, u64)>,
}

/// Differences that are listed.
const LISTED: usize = 20;
/// Edges of entries of WeakMaps have the numbers of what they lead to in their names.
const PART_OF_KEY: &str = "part of key";

/// Compares `raw`, whose node `n` is V8's number `ids[n]`, zero for none, with V8's own.
pub fn compare(raw: &Heap, ids: &[u32], v8: &Heap) -> Comparison {
    let numbers: HashMap<u32, u32> = v8.ids().into_iter().zip(0..).collect();
    let to_v8: Vec<u32> =
        ids.iter().map(|id| if *id == 0 { NONE } else { numbers.get(id).copied().unwrap_or(NONE) }).collect();
    let mut of_raw = vec![NONE; v8.len()];
    let mut found = Comparison::default();
    for (node, &other) in to_v8.iter().enumerate() {
        if other != NONE {
            of_raw[other as usize] = node as u32;
        } else if raw.kind(node as u32) != Kind::Synthetic {
            found.more += 1;
        }
    }
    let mut differences: HashMap<String, u64> = HashMap::new();
    for node in 0..v8.len() as u32 {
        if matches!(v8.kind(node), Kind::Synthetic | Kind::Native) {
            found.outside += 1;
            continue;
        }
        let counts = of_node(raw, of_raw[node as usize], &to_v8, v8, node, &of_raw, &mut differences);
        found.kinds.entry(format!("{:?}", v8.kind(node))).or_default().add(&counts);
        found.all.add(&counts);
    }
    let mut differences: Vec<_> = differences.into_iter().collect();
    differences.sort_by(|a, b| (b.1, &a.0).cmp(&(a.1, &b.0)));
    differences.truncate(LISTED);
    found.differences = differences;
    found.equal = found.is_equal();
    found
}

type Differences = HashMap<String, u64>;

fn of_node(
    raw: &Heap,
    other: u32,
    to_v8: &[u32],
    v8: &Heap,
    node: u32,
    of_raw: &[u32],
    into: &mut Differences,
) -> Counts {
    let mut counts = Counts { nodes: 1, ..Counts::default() };
    let what = what(v8, node);
    if other == NONE {
        *into.entry(format!("{what}: not found")).or_default() += 1;
        return counts;
    }
    counts.found = 1;
    counts.kinds = u64::from(raw.kind(other) == v8.kind(node));
    counts.sizes = u64::from(raw.size(other) == v8.size(node));
    let (ours, theirs) = (raw.name_of(other), v8.name_of(node));
    counts.names = u64::from(ours == theirs);
    if counts.kinds == 0 || counts.sizes == 0 {
        *into
            .entry(format!("{what}: {:?} {}", raw.kind(other), if counts.sizes == 0 { "size" } else { "" }))
            .or_default() += 1;
    }
    if counts.names == 0 {
        let text = if v8.kind(node).is_string() { String::new() } else { shortened(&ours) };
        *into.entry(format!("{what}: name {text}")).or_default() += 1;
    }
    let mut edges: HashMap<(u32, bool), Vec<(EdgeKind, String)>> = HashMap::new();
    for (edge, name) in raw.out(other).iter().zip(raw.edge_names(other)) {
        let key = (to_v8[edge.to() as usize], edge.retains(false));
        edges.entry(key).or_default().push((edge.kind(), text(raw, edge.kind(), name)));
    }
    for (edge, name) in v8.out(node).iter().zip(v8.edge_names(node)) {
        // What is no object in the heap cannot be found there.
        if of_raw[edge.to() as usize] == NONE && matches!(v8.kind(edge.to()), Kind::Native | Kind::Synthetic)
        {
            continue;
        }
        counts.edges += 1;
        let (kind, name) = (edge.kind(), text(v8, edge.kind(), name));
        let same = edges.get_mut(&(edge.to(), edge.retains(false)));
        let difference = match same {
            Some(list) if !list.is_empty() => {
                counts.targets += 1;
                let at = list.iter().position(|(other, text)| *other == kind && *text == name);
                counts.same += u64::from(at.is_some());
                // The one that is most alike stays for the others of V8's.
                let at = at.or_else(|| list.iter().position(|(other, _)| *other == kind)).unwrap_or(0);
                let (other, text) = list.swap_remove(at);
                if (other, &text) == (kind, &name) {
                    continue;
                }
                format!("is {other:?} {}", shortened(&text))
            }
            _ => "is not there".to_owned(),
        };
        let name = if kind == EdgeKind::Internal { shortened(&name) } else { String::new() };
        *into.entry(format!("{what}: edge {kind:?} {name} {difference}")).or_default() += 1;
    }
    for ((_, _), list) in edges {
        counts.more += list.len() as u64;
        for (kind, name) in list {
            *into.entry(format!("{what}: more edges {kind:?} {}", shortened(&name))).or_default() += 1;
        }
    }
    counts
}

/// A node's kind, and the class of V8's own.
fn what(heap: &Heap, node: u32) -> String {
    let name = heap.name_of(node);
    let class =
        if name.starts_with("system / ") || name.starts_with('(') { shortened(&name) } else { String::new() };
    format!("{:?} {class}", heap.kind(node))
}

fn text(heap: &Heap, kind: EdgeKind, name: u32) -> String {
    if matches!(kind, EdgeKind::Element | EdgeKind::Hidden) {
        return name.to_string();
    }
    let text = heap.string(name);
    if text.contains(PART_OF_KEY) { PART_OF_KEY.to_owned() } else { text }
}

/// Without digits, and not too long.
fn shortened(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_ascii_digit()).take(32).collect()
}

impl Comparison {
    /// True where nothing differs: what lets a version into [`super::record`].
    pub fn is_equal(&self) -> bool {
        let all = &self.all;
        let is_whole = [all.found, all.kinds, all.names, all.sizes].iter().all(|&count| count == all.nodes);
        is_whole && all.same == all.edges && all.more == 0
    }
}
