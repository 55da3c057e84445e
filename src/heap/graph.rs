//! The heap as a graph: nodes with kind, name and size, edges in the order of their sources.

use std::fmt;

use super::text::{KnownStrings, Text};

/// No node may have a number as large as this: an edge keeps its kind beside its target.
pub const MAX_NODES: u32 = 1 << 29;

/// No node.
pub const NONE: u32 = u32::MAX;

/// What a node is, as V8 names it in the header's `node_types`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Kind {
    /// V8's own.
    Hidden,
    /// The memory of an array, a table or properties.
    Array,
    /// A flat string.
    String,
    /// An instance of a class.
    Object,
    /// Compiled code and what belongs to it.
    Code,
    /// A function.
    Closure,
    /// A regular expression.
    RegExp,
    /// A number that does not fit into a word.
    Number,
    /// Outside of V8's heap: what Node's C++ reports, and the memory of buffers.
    Native,
    /// A root.
    Synthetic,
    /// A string that is made of two others.
    Concatenated,
    /// A string that is a part of another, which it keeps.
    Sliced,
    /// A symbol.
    Symbol,
    /// A big integer.
    BigInt,
    /// A hidden class.
    Shape,
    /// Any other.
    Other,
}

impl Kind {
    /// The kind that V8 calls `name`.
    pub fn named(name: &str) -> Kind {
        match name {
            "hidden" => Kind::Hidden,
            "array" => Kind::Array,
            "string" => Kind::String,
            "object" => Kind::Object,
            "code" => Kind::Code,
            "closure" => Kind::Closure,
            "regexp" => Kind::RegExp,
            "number" => Kind::Number,
            "native" => Kind::Native,
            "synthetic" => Kind::Synthetic,
            "concatenated string" => Kind::Concatenated,
            "sliced string" => Kind::Sliced,
            "symbol" => Kind::Symbol,
            "bigint" => Kind::BigInt,
            "object shape" => Kind::Shape,
            _ => Kind::Other,
        }
    }

    /// True for any string.
    pub fn is_string(self) -> bool {
        matches!(self, Kind::String | Kind::Concatenated | Kind::Sliced)
    }

    /// True where the node's name is that of its class.
    pub fn has_class(self) -> bool {
        matches!(self, Kind::Object | Kind::Native)
    }
}

/// How one node refers to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum EdgeKind {
    /// A variable of a context.
    Context = 0,
    /// An element of an array.
    Element = 1,
    /// A property.
    Property = 2,
    /// A field of V8's own, with a name.
    Internal = 3,
    /// A field of V8's own, with a number.
    Hidden = 4,
    /// A second way to what another edge leads to; from the root, the global objects.
    Shortcut = 5,
    /// Retains nothing.
    Weak = 6,
    /// From a WeakMap's table to a value, which in truth its key retains; retains nothing.
    Ephemeron = 7,
}

impl EdgeKind {
    /// The kind that V8 calls `name`. An unknown one retains.
    pub fn named(name: &str) -> EdgeKind {
        match name {
            "context" => EdgeKind::Context,
            "element" => EdgeKind::Element,
            "property" => EdgeKind::Property,
            "hidden" => EdgeKind::Hidden,
            "shortcut" => EdgeKind::Shortcut,
            "weak" => EdgeKind::Weak,
            _ => EdgeKind::Internal,
        }
    }

    const ALL: [EdgeKind; 8] = [
        EdgeKind::Context,
        EdgeKind::Element,
        EdgeKind::Property,
        EdgeKind::Internal,
        EdgeKind::Hidden,
        EdgeKind::Shortcut,
        EdgeKind::Weak,
        EdgeKind::Ephemeron,
    ];
}

/// An edge: its target, and its kind in the three highest bits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Edge(u32);

impl Edge {
    /// An edge to node `to`, which is below [`MAX_NODES`].
    #[inline(always)]
    pub fn new(kind: EdgeKind, to: u32) -> Edge {
        Edge(to | (kind as u32) << 29)
    }

    /// The node that it leads to.
    #[inline(always)]
    pub fn to(self) -> u32 {
        self.0 & (MAX_NODES - 1)
    }

    /// Its kind.
    #[inline(always)]
    pub fn kind(self) -> EdgeKind {
        EdgeKind::ALL[(self.0 >> 29) as usize]
    }

    /// True where it retains its target. Shortcuts do so only from the root, whose second way is through the handles
    /// of global objects.
    #[inline(always)]
    pub fn retains(self, from_root: bool) -> bool {
        let kind = self.0 >> 29;
        kind < EdgeKind::Shortcut as u32 || (kind == EdgeKind::Shortcut as u32 && from_root)
    }
}

impl fmt::Debug for Edge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} → {}", self.kind(), self.to())
    }
}

/// Sizes of nodes: nearly all are a small multiple of eight.
#[derive(Debug, Default)]
pub struct Sizes {
    eighths: Vec<u16>,
    /// The others, in the order of their nodes.
    others: Vec<(u32, u64)>,
}

impl Sizes {
    /// Room for `nodes`.
    pub fn with_capacity(nodes: usize) -> Sizes {
        Sizes { eighths: Vec::with_capacity(nodes), others: Vec::new() }
    }

    /// The next node's.
    #[inline(always)]
    pub fn push(&mut self, size: u64) {
        if size & 7 == 0 && size < u64::from(u16::MAX) * 8 {
            self.eighths.push((size >> 3) as u16);
        } else {
            self.others.push((self.eighths.len() as u32, size));
            self.eighths.push(u16::MAX);
        }
    }

    /// The size of a node in bytes.
    #[inline(always)]
    pub fn of(&self, node: u32) -> u64 {
        match self.eighths[node as usize] {
            u16::MAX => self.other(node),
            eighths => u64::from(eighths) << 3,
        }
    }

    #[cold]
    fn other(&self, node: u32) -> u64 {
        let found = self.others.binary_search_by_key(&node, |&(node, _)| node);
        found.map_or(0, |at| self.others[at].1)
    }
}

/// Where a function or a class was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Location {
    /// The closure, or the instance of the class.
    pub node: u32,
    /// V8's number of the script.
    pub script: u32,
    /// From 0.
    pub line: u32,
    /// From 0.
    pub column: u32,
}

/// A heap.
pub struct Heap {
    pub(super) kinds: Vec<Kind>,
    pub(super) names: Vec<u32>,
    pub(super) sizes: Sizes,
    /// The first edge of each node, and the number of edges.
    pub(super) first: Vec<u32>,
    pub(super) edges: Vec<Edge>,
    pub(super) root: u32,
    pub(super) locations: Vec<Location>,
    pub(super) text: Text,
    pub(super) known: KnownStrings,
    /// Bytes outside of V8's heap that are in no node.
    pub extra_native_bytes: u64,
}

impl Heap {
    /// Number of nodes.
    pub fn len(&self) -> usize {
        self.kinds.len()
    }

    /// True for a heap without nodes, which no snapshot is.
    pub fn is_empty(&self) -> bool {
        self.kinds.is_empty()
    }

    /// The root of all roots.
    pub fn root(&self) -> u32 {
        self.root
    }

    /// A node's kind.
    #[inline(always)]
    pub fn kind(&self, node: u32) -> Kind {
        self.kinds[node as usize]
    }

    /// The number of a node's name among the strings.
    #[inline(always)]
    pub fn name(&self, node: u32) -> u32 {
        self.names[node as usize]
    }

    /// A node's own size in bytes.
    #[inline(always)]
    pub fn size(&self, node: u32) -> u64 {
        self.sizes.of(node)
    }

    /// A node's edges.
    #[inline(always)]
    pub fn out(&self, node: u32) -> &[Edge] {
        &self.edges[self.first[node as usize] as usize..self.first[node as usize + 1] as usize]
    }

    /// Number of edges.
    pub fn edge_count(&self) -> usize {
        self.edges.len()
    }

    /// A node's edges that retain.
    #[inline(always)]
    pub fn retained(&self, node: u32) -> impl Iterator<Item = u32> + '_ {
        let from_root = node == self.root;
        self.out(node).iter().filter(move |edge| edge.retains(from_root)).map(|edge| edge.to())
    }

    /// Names of a node's edges, in their order: a number among the strings, or an index where the edge's kind is
    /// [`EdgeKind::Element`] or [`EdgeKind::Hidden`].
    pub fn edge_names(&self, node: u32) -> Vec<u32> {
        let first = self.first[node as usize];
        self.text.edge_names(first, self.first[node as usize + 1] - first)
    }

    /// Names of all edges, as [`Heap::edge_names`] has them.
    pub fn all_edge_names(&self) -> Vec<u32> {
        self.text.edge_names(0, self.edges.len() as u32)
    }

    /// V8's number of a node, which it keeps for life.
    pub fn id(&self, node: u32) -> u32 {
        self.text.id(node)
    }

    /// The numbers of all nodes.
    pub fn ids(&self) -> Vec<u32> {
        self.text.ids(self.len())
    }

    /// A string; the first kilobyte of a longer one.
    pub fn string(&self, string: u32) -> String {
        self.text.string(string)
    }

    /// A node's name.
    pub fn name_of(&self, node: u32) -> String {
        self.string(self.name(node))
    }

    /// Locations of closures and of instances of classes, by node.
    pub fn locations(&self) -> &[Location] {
        &self.locations
    }

    /// A node's location.
    pub fn location(&self, node: u32) -> Option<Location> {
        let found = self.locations.binary_search_by_key(&node, |location| location.node);
        found.ok().map(|at| self.locations[at])
    }

    /// Numbers of strings that analyses look for.
    pub fn known(&self) -> &KnownStrings {
        &self.known
    }

    /// The target of the edge named `name` that has one of `kinds`.
    pub fn field(&self, node: u32, kinds: &[EdgeKind], name: &str) -> Option<u32> {
        let names = self.edge_names(node);
        let mut edges = self.out(node).iter().zip(names);
        edges
            .find(|(edge, text)| kinds.contains(&edge.kind()) && self.string(*text) == name)
            .map(|(edge, _)| edge.to())
    }

    /// Why something could not be read again from the file, if so.
    pub fn failure(&self) -> Option<super::refusal::Refusal> {
        self.text.failure()
    }

    /// The sum of all sizes.
    pub fn total_size(&self) -> u64 {
        (0..self.len() as u32).map(|node| self.size(node)).sum()
    }
}
