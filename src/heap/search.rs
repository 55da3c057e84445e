//! What roots reach in a heap when some objects are cut out of it.

use std::collections::HashSet;

use super::graph::{EdgeKind, Heap, Kind, NONE};
use super::paths::{Paths, stable_starts};

/// Roots of V8's whose targets a moment keeps: what `WeakRef.deref()` gave in this turn of the event loop, and V8's own tables.
const OF_A_MOMENT: [&str; 2] = ["weak_refs_keep_during_job", "IdentityMapBase"];

/// Fields by which members of Node's lists lead to each other: one that is cut out still leads to the next.
const LINKS: [&str; 4] = ["_idleNext", "_idlePrev", "next", "previous"];

/// Classes of the members of such lists.
const LINKED: [&str; 3] = ["Timeout", "Immediate", "Listener"];

/// How a search goes on from a node.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Pass {
    /// By all edges.
    On,
    /// Not at all, but for the links of a list's member.
    Stop,
    /// Only to the nodes that the search wants.
    Only,
}

/// What a search reached.
pub struct Reached {
    /// The way to each node.
    pub paths: Paths,
    /// The sum of the sizes of what was reached.
    pub bytes: u64,
}

impl Reached {
    /// Whether a node was reached.
    pub fn has(&self, node: u32) -> bool {
        self.paths.before[node as usize] != NONE
    }
}

/// Searches of one heap.
pub struct Search<'a> {
    heap: &'a Heap,
    /// Roots that last, each with the node that the way to it comes from.
    starts: Vec<(u32, u32)>,
    /// Edges of roots that a moment makes.
    skipped: HashSet<(u32, u32)>,
    /// Numbers of the names in [`LINKED`].
    linked: HashSet<u32>,
    /// By node, whether a way leads through it only where there is no other.
    last: Vec<bool>,
}

impl<'a> Search<'a> {
    /// Of a heap. Ways lead through what `last` marks only where there is no other.
    pub fn new(heap: &'a Heap, last: Vec<bool>) -> Self {
        let mut linked = HashSet::new();
        let mut others = HashSet::new();
        let mut skipped = HashSet::new();
        for node in 0..heap.len() as u32 {
            match heap.kind(node) {
                Kind::Object => {
                    let name = heap.name(node);
                    if others.contains(&name) || linked.contains(&name) {
                        continue;
                    }
                    let is_linked = LINKED.contains(&heap.string(name).as_str());
                    (if is_linked { &mut linked } else { &mut others }).insert(name);
                }
                Kind::Synthetic => {
                    let edges = heap.out(node).iter().zip(heap.edge_names(node));
                    let named = edges
                        .filter(|(edge, _)| !matches!(edge.kind(), EdgeKind::Element | EdgeKind::Hidden));
                    skipped.extend(named.filter_map(|(edge, name)| {
                        let name = heap.string(name);
                        OF_A_MOMENT.iter().any(|of| name.contains(of)).then_some((node, edge.to()))
                    }));
                }
                _ => {}
            }
        }
        Self { heap, starts: stable_starts(heap), skipped, linked, last }
    }

    /// Whether a node is a member of a list of Node's.
    pub fn is_linked(&self, node: u32) -> bool {
        self.heap.kind(node) == Kind::Object && self.linked.contains(&self.heap.name(node))
    }

    /// Whether ways lead through a node only where there is no other.
    pub fn is_last(&self, node: u32) -> bool {
        self.last[node as usize]
    }

    /// What the roots that last reach.
    pub fn from_roots(&self, pass: impl Fn(u32) -> Pass, is_wanted: impl Fn(u32) -> bool) -> Reached {
        let mut before = vec![NONE; self.heap.len()];
        before[self.heap.root() as usize] = self.heap.root();
        let starts = self.starts.iter().copied().filter(|(_, node)| !is_of_stack(self.heap, *node));
        self.search(before, starts, pass, is_wanted)
    }

    /// What some nodes reach, themselves included.
    pub fn from(&self, nodes: &[u32], pass: impl Fn(u32) -> Pass) -> Reached {
        let before = vec![NONE; self.heap.len()];
        self.search(before, nodes.iter().map(|&node| (node, node)), pass, |_| false)
    }

    fn search(
        &self,
        mut before: Vec<u32>,
        starts: impl Iterator<Item = (u32, u32)>,
        pass: impl Fn(u32) -> Pass,
        is_wanted: impl Fn(u32) -> bool,
    ) -> Reached {
        let heap = self.heap;
        let mut order = Vec::new();
        let mut bytes = 0;
        let mut at = 0;
        // What comes last, until all else is reached.
        let mut late = Some(Vec::new());
        for (from, node) in starts {
            if before[node as usize] == NONE {
                before[node as usize] = from;
                order.push(node);
            }
        }
        loop {
            if at == order.len() {
                let Some(waiting) = late.take() else { break };
                for node in waiting {
                    self.reach(node, &mut before, &mut order, &pass, &is_wanted);
                }
                continue;
            }
            let node: u32 = order[at];
            at += 1;
            bytes += heap.size(node);
            match &mut late {
                Some(late) if self.last[node as usize] => late.push(node),
                _ => self.reach(node, &mut before, &mut order, &pass, &is_wanted),
            }
        }
        Reached { paths: Paths { before, order }, bytes }
    }

    /// Adds what a node leads to and nothing else did before.
    fn reach(
        &self,
        node: u32,
        before: &mut [u32],
        order: &mut Vec<u32>,
        pass: &impl Fn(u32) -> Pass,
        is_wanted: &impl Fn(u32) -> bool,
    ) {
        let heap = self.heap;
        let how = pass(node);
        let links = match how {
            Pass::Stop if self.is_linked(node) => self.links_of(node),
            Pass::Stop => return,
            _ => Vec::new(),
        };
        let is_root = heap.kind(node) == Kind::Synthetic;
        for to in heap.retained(node) {
            if before[to as usize] != NONE
                || (how == Pass::Stop && !links.contains(&to))
                || (how == Pass::Only && !is_wanted(to))
                || (is_root && self.skipped.contains(&(node, to)))
            {
                continue;
            }
            before[to as usize] = node;
            order.push(to);
        }
    }

    fn links_of(&self, node: u32) -> Vec<u32> {
        let edges = self.heap.out(node).iter().zip(self.heap.edge_names(node));
        let named = edges.filter(|(edge, _)| edge.kind() == EdgeKind::Property);
        named
            .filter(|(_, name)| LINKS.contains(&self.heap.string(*name).as_str()))
            .map(|(edge, _)| edge.to())
            .collect()
    }
}

/// True for what runs at the moment: a snapshot is taken from within leakline's own calls.
fn is_of_stack(heap: &Heap, group: u32) -> bool {
    heap.kind(group) == Kind::Synthetic
        && matches!(
            heap.name_of(group).as_str(),
            "(Stack roots)" | "(Handle scope)" | "(Micro tasks)" | "(Relocatable)"
        )
}
