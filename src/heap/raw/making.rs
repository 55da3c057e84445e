//! A graph while it is made, node by node, then edges in the order of their nodes.

use super::discover::Roots;
use super::memory::Memory;
use super::names::Names;
use super::numbers::Numbers;
use super::objects::Objects;
use crate::heap::graph::{Edge, EdgeKind, Heap, Kind, NONE, Sizes};
use crate::heap::text::Text;

/// A graph that is being made.
pub(super) struct Graph {
    first: u32,
    heap: Heap,
    pub(super) names: Names,
    ids: Vec<u32>,
    edge_names: Vec<u32>,
}

impl Graph {
    pub(super) fn with_room(objects: usize, first: u32) -> Graph {
        let nodes = objects + first as usize;
        let heap = Heap {
            kinds: Vec::with_capacity(nodes),
            names: Vec::with_capacity(nodes),
            sizes: Sizes::with_capacity(nodes),
            first: Vec::with_capacity(nodes + 1),
            edges: Vec::with_capacity(objects * 4),
            root: 0,
            locations: Vec::new(),
            text: Text::Memory(Box::default()),
            known: Default::default(),
            extra_native_bytes: 0,
        };
        let mut names = Names::default();
        names.text(b"");
        Graph {
            first,
            heap,
            names,
            ids: Vec::with_capacity(nodes),
            edge_names: Vec::with_capacity(objects * 4),
        }
    }

    /// Gives an object a name where it has none, and a kind.
    pub(super) fn tag(&mut self, number: u32, text: &str, kind: Option<Kind>) {
        let node = (self.first + number) as usize;
        if !text.is_empty() && self.names.memory.bytes_of(self.heap.names[node]).is_empty() {
            self.heap.names[node] = self.names.text(text.as_bytes());
        }
        if let Some(kind) = kind {
            self.heap.kinds[node] = kind;
        }
    }

    /// Gives an object another name and kind.
    pub(super) fn rename(&mut self, number: u32, text: &str, kind: Kind) {
        let node = (self.first + number) as usize;
        self.heap.names[node] = self.names.text(text.as_bytes());
        self.heap.kinds[node] = kind;
    }

    pub(super) fn node(&mut self, kind: Kind, name: u32, size: u64) {
        self.ids.push(self.heap.kinds.len() as u32 * 2 + 1);
        self.heap.kinds.push(kind);
        self.heap.names.push(name);
        self.heap.sizes.push(size);
    }

    pub(super) fn begin_edges(&mut self) {
        self.heap.first.push(self.heap.edges.len() as u32);
    }

    pub(super) fn edge(&mut self, kind: EdgeKind, name: u32, to: u32) {
        self.heap.edges.push(Edge::new(kind, to));
        self.edge_names.push(name);
    }

    /// The root of all, the groups, and what they lead to. Global objects are the root's own as well.
    pub(super) fn roots<M: Memory>(
        &mut self,
        objects: &mut Objects<'_, M>,
        numbers: &Numbers,
        roots: &[Roots],
    ) {
        let first = roots.len() as u32 + 2;
        let groups = self.names.text(b"(GC roots)");
        self.node(Kind::Synthetic, 0, 0);
        self.node(Kind::Synthetic, groups, 0);
        for group in roots {
            let name = self.names.text(group.name.as_bytes());
            self.node(Kind::Synthetic, name, 0);
        }
        self.begin_edges();
        self.edge(EdgeKind::Element, 1, 1);
        let global = self.names.text(b"global");
        for (number, &address) in numbers.addresses.iter().enumerate() {
            if objects.map_of(address).is_some_and(|map| map.kind == objects.special.global_object) {
                self.edge(EdgeKind::Shortcut, global, first + number as u32);
            }
        }
        self.begin_edges();
        for group in 0..roots.len() as u32 {
            self.edge(EdgeKind::Element, group + 1, group + 2);
        }
        for group in roots {
            self.begin_edges();
            for (at, &address) in group.addresses.iter().enumerate() {
                let number = numbers.known(address);
                if number != NONE {
                    let name = self.names.index(at);
                    self.edge(EdgeKind::Internal, name, first + number);
                }
            }
        }
    }

    pub(super) fn finish(mut self) -> Heap {
        self.begin_edges();
        let mut memory = self.names.memory;
        memory.ids = self.ids;
        memory.edge_names = self.edge_names;
        Heap { known: self.names.known, text: Text::Memory(Box::new(memory)), ..self.heap }
    }
}
