//! Snapshots as V8 would write them, made of what a test says.

use super::graph::{EdgeKind, Heap};

/// Names of kinds of nodes, in V8's order.
pub(super) const KINDS: [&str; 15] = [
    "hidden",
    "array",
    "string",
    "object",
    "code",
    "closure",
    "regexp",
    "number",
    "native",
    "synthetic",
    "concatenated string",
    "sliced string",
    "symbol",
    "bigint",
    "object shape",
];

/// Kinds of edges that files have, in V8's order.
pub(super) const EDGES: [EdgeKind; 7] = [
    EdgeKind::Context,
    EdgeKind::Element,
    EdgeKind::Property,
    EdgeKind::Internal,
    EdgeKind::Hidden,
    EdgeKind::Shortcut,
    EdgeKind::Weak,
];

/// Their names.
const EDGE_KINDS: [&str; 7] = ["context", "element", "property", "internal", "hidden", "shortcut", "weak"];

/// A node to be written.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) kind: &'static str,
    pub(super) name: String,
    pub(super) id: u32,
    pub(super) size: u64,
    pub(super) edges: Vec<(EdgeKind, String, usize)>,
}

/// A snapshot to be written.
#[derive(Clone, Debug, Default)]
pub(super) struct Written {
    pub(super) nodes: Vec<Node>,
    /// Node, script, line, column.
    pub(super) locations: Vec<(usize, u32, u32, u32)>,
    /// As Node 26 has them: no line breaks between records.
    pub(super) one_line: bool,
    /// As Node 20 has them: with the number of an allocation.
    pub(super) traced: bool,
}

impl Written {
    /// Adds a node, and returns its number.
    pub(super) fn node(&mut self, kind: &'static str, name: &str, size: u64) -> usize {
        let id = self.nodes.len() as u32 * 2 + 1;
        self.nodes.push(Node { kind, name: name.to_owned(), id, size, edges: Vec::new() });
        self.nodes.len() - 1
    }

    /// Adds an edge.
    pub(super) fn edge(&mut self, from: usize, kind: EdgeKind, name: &str, to: usize) {
        self.nodes[from].edges.push((kind, name.to_owned(), to));
    }

    /// A heap with an object that a global variable holds, and the number of that.
    pub(super) fn with_list() -> (Self, usize) {
        let mut heap = Self::default();
        let root = heap.node("synthetic", "", 0);
        let global = heap.node("object", "Window", 16);
        let list = heap.node("object", "List", 32);
        heap.edge(root, EdgeKind::Shortcut, "1", global);
        heap.edge(global, EdgeKind::Property, "list", list);
        (heap, list)
    }

    /// The snapshot's text.
    pub(super) fn text(&self) -> String {
        let mut strings = vec!["<dummy>".to_owned()];
        let mut number = |text: &str| match strings.iter().position(|known| known == text) {
            Some(at) => at,
            None => {
                strings.push(text.to_owned());
                strings.len() - 1
            }
        };
        let fields = if self.traced { 7 } else { 6 };
        let (mut nodes, mut edges) = (Vec::new(), Vec::new());
        for node in &self.nodes {
            let kind = KINDS.iter().position(|&kind| kind == node.kind).unwrap();
            let name = number(&node.name);
            let traced = if self.traced { ",0" } else { "" };
            nodes.push(format!("{kind},{name},{},{},{}{traced},0", node.id, node.size, node.edges.len()));
            for (kind, name, to) in &node.edges {
                let name = match kind {
                    EdgeKind::Element | EdgeKind::Hidden => name.parse().unwrap(),
                    _ => number(name),
                };
                edges.push(format!("{},{name},{}", *kind as u32, to * fields));
            }
        }
        let between = if self.one_line { "," } else { "\n," };
        let locations: Vec<String> = (self.locations.iter())
            .map(|(node, script, line, column)| format!("{},{script},{line},{column}", node * fields))
            .collect();
        let quoted = |names: &[&str]| serde_json::to_string(names).unwrap();
        let traced = if self.traced { "\"trace_node_id\"," } else { "" };
        format!(
            "{{\"snapshot\":{{\"meta\":{{\"node_fields\":[\"type\",\"name\",\"id\",\"self_size\",\"edge_count\",{traced}\
             \"detachedness\"],\"node_types\":[{},\"string\"],\"edge_fields\":[\"type\",\"name_or_index\",\"to_node\"],\
             \"edge_types\":[{},\"node\"],\"location_fields\":[\"object_index\",\"script_id\",\"line\",\"column\"]}},\
             \"node_count\":{},\"edge_count\":{}}},\n\"nodes\":[{}\n],\n\"edges\":[{}\n],\n\
             \"trace_function_infos\":[\n],\n\"trace_tree\":[\n],\n\"samples\":[\n],\n\"locations\":[{}\n],\n\
             \"strings\":[{}]}}",
            quoted(&KINDS),
            quoted(&EDGE_KINDS),
            nodes.len(),
            edges.len(),
            nodes.join(between),
            edges.join(between),
            locations.join(between),
            strings.iter().map(|text| serde_json::to_string(text).unwrap()).collect::<Vec<_>>().join(",\n"),
        )
    }

    /// The snapshot read back.
    pub(super) fn heap(&self) -> Heap {
        super::parse::read(self.text().as_bytes()).expect("what is written can be read")
    }
}
