//! A heap with all that analyses ask of it.

use super::classes::{Classes, class_of};
use super::dominators::Dominators;
use super::graph::{Heap, Kind, NONE};
use super::label::{Labels, cut};
use super::parse;
use super::paths::{Paths, Rank};
use super::refusal::Refusal;
use super::scopes::{Scopes, is_context};
use crate::values::heap::{Count, Held, Retainer};

/// When a path leads through each node. Through variables of leakline's own functions it does so late: they refer to what is
/// the program's or Node's, and would hide who holds it.
pub(super) fn ranks(heap: &Heap, scopes: &Scopes) -> Vec<Rank> {
    let mut ranks = vec![Rank::First; heap.len()];
    for (context, scope) in scopes.contexts() {
        if scopes.file(scope.script).is_some_and(|file| scopes.is_leaklines_own(file)) {
            ranks[context as usize] = Rank::Late;
        }
    }
    ranks
}

fn paths(heap: &Heap, scopes: &Scopes) -> Paths {
    if !scopes.has_leakline() {
        return Paths::of(heap);
    }
    let ranks = ranks(heap, scopes);
    Paths::by_rank(heap, |node| ranks[node as usize])
}

/// A heap with all that analyses ask of it.
pub struct Analysis {
    /// The heap.
    pub heap: Heap,
    /// Who dominates whom.
    pub dominators: Dominators,
    /// Shortest paths from stable roots.
    pub paths: Paths,
    /// The files of functions.
    pub scopes: Scopes,
    /// The classes of nodes.
    pub classes: Classes,
}

impl Analysis {
    /// Analyses the snapshot in `file`. Files below the folder `root` are named relative to it. `progress` is called
    /// now and then with what is being done and the share of all that is done.
    pub fn open(
        file: &str,
        root: &str,
        mut progress: impl FnMut(&'static str, f64),
    ) -> Result<Analysis, Refusal> {
        let heap = parse::open(file, |share| progress("reading", share * 0.6))?;
        progress("dominators", 0.6);
        Ok(Self::of(heap, root, progress))
    }

    /// Analyses a heap.
    pub fn of(heap: Heap, root: &str, mut progress: impl FnMut(&'static str, f64)) -> Analysis {
        let dominators = Dominators::of(&heap);
        progress("paths", 0.85);
        let scopes = Scopes::of(&heap, root);
        let paths = paths(&heap, &scopes);
        progress("classes", 0.9);
        let classes = Classes::of(&heap);
        Analysis { heap, dominators, paths, scopes, classes }
    }

    /// As [`Analysis::of`], for who asks neither what dominates nor for the paths that lead past nothing.
    pub fn without_dominators(heap: Heap, root: &str) -> Analysis {
        let dominators = Dominators {
            order: Vec::new(),
            immediate: vec![NONE; heap.len()],
            retained: vec![0; heap.len()],
        };
        let paths = Paths { before: vec![NONE; heap.len()], order: Vec::new() };
        let scopes = Scopes::of(&heap, root);
        let classes = Classes::of(&heap);
        Analysis { heap, dominators, paths, scopes, classes }
    }

    /// True for what a program's author knows by its class: an instance, a function.
    pub fn is_shown(&self, node: u32) -> bool {
        match self.heap.kind(node) {
            Kind::Object => !self.classes.is_internal(self.heap.name(node)),
            Kind::Closure => true,
            _ => false,
        }
    }

    /// A node's class, or `name()` of a closure.
    pub fn name(&self, node: u32) -> String {
        match self.heap.kind(node) {
            Kind::Closure => format!("{}()", cut(&self.heap.name_of(node))),
            Kind::Object if is_context(&self.heap, node) => self.variables_of(node),
            _ => cut(&class_of(&self.heap, node)),
        }
    }

    /// A context in words, by the function that its variables are of.
    fn variables_of(&self, context: u32) -> String {
        let Some(scope) = self.scopes.context(context) else { return "variables of a function".to_owned() };
        let place = self.scopes.place(&self.heap, scope.closure);
        match place {
            Some(place) if scope.is_outermost => format!("variables of {}", self.scopes.shown(&place.file)),
            Some(place) => {
                format!("variables around {}:{}", self.scopes.shown(&place.file), place.line)
            }
            None => "variables of a function".to_owned(),
        }
    }

    /// True for what leakline keeps, by the shortest path: the last code on it is leakline's own.
    pub fn is_leaklines_own(&self, node: u32) -> bool {
        if !self.scopes.has_leakline() {
            return false;
        }
        let held = self.held(node);
        let places = held.steps.iter().rev().filter_map(|step| step.place.as_ref()).map(|place| &place.file);
        let mut files = places.chain(&held.file);
        files.next().is_some_and(|file| self.scopes.is_leaklines_own(file))
    }

    /// What keeps a node.
    pub fn held(&self, node: u32) -> Held {
        Labels::new(&self.heap, &self.scopes).held(&self.paths, node)
    }

    /// What keeps a node, by another search's paths.
    pub fn held_by(&self, paths: &Paths, node: u32) -> Held {
        Labels::new(&self.heap, &self.scopes).held(paths, node)
    }

    /// What keeps the last node of a way, which begins at what `root` names.
    pub fn held_from(&self, way: &[u32], root: &str) -> Held {
        Labels::new(&self.heap, &self.scopes).held_from(way, root)
    }

    /// The best name of the edges from one node to another; empty where it says nothing.
    pub fn edge_between(&self, from: u32, to: u32) -> String {
        Labels::new(&self.heap, &self.scopes).edge(from, to, false).unwrap_or_default()
    }

    pub(super) fn retainer(&self, node: u32, holds: Vec<Count>) -> Retainer {
        Retainer {
            id: self.heap.id(node),
            class: self.name(node),
            size: self.heap.size(node),
            retained: self.dominators.retained[node as usize],
            holds,
            held: self.held(node),
        }
    }

    /// By class: bytes that would be free without its instances, each counted once.
    pub fn retained_by_class(&self) -> Vec<u64> {
        let children = Children::of(self);
        let mut sums = vec![0u64; self.classes.len()];
        let mut open = vec![0u32; self.classes.len()];
        // Nodes to enter; a class to leave is marked in the highest bit.
        const LEAVE: u32 = 1 << 31;
        let mut stack = vec![self.heap.root()];
        while let Some(next) = stack.pop() {
            if next & LEAVE != 0 {
                open[(next & !LEAVE) as usize] -= 1;
                continue;
            }
            let class = self.classes.class(&self.heap, next);
            if open[class as usize] == 0 {
                sums[class as usize] += self.dominators.retained[next as usize];
            }
            let inside = children.of_node(next);
            if !inside.is_empty() {
                open[class as usize] += 1;
                stack.push(class | LEAVE);
                stack.extend_from_slice(inside);
            }
        }
        sums
    }
}

/// The dominator tree from above.
struct Children {
    first: Vec<u32>,
    nodes: Vec<u32>,
}

impl Children {
    fn of(on: &Analysis) -> Children {
        let (immediate, root) = (&on.dominators.immediate, on.heap.root());
        let inside = |node: &u32| *node != root && immediate[*node as usize] != NONE;
        let mut first = vec![0u32; on.heap.len() + 1];
        for node in (0..on.heap.len() as u32).filter(inside) {
            first[immediate[node as usize] as usize + 1] += 1;
        }
        for node in 0..on.heap.len() {
            first[node + 1] += first[node];
        }
        let mut nodes = vec![0; first[on.heap.len()] as usize];
        for node in (0..on.heap.len() as u32).rev().filter(inside) {
            let bound = &mut first[immediate[node as usize] as usize + 1];
            *bound -= 1;
            nodes[*bound as usize] = node;
        }
        // Now the bound behind a node is its own beginning.
        first.remove(0);
        first.push(nodes.len() as u32);
        Children { first, nodes }
    }

    fn of_node(&self, node: u32) -> &[u32] {
        &self.nodes[self.first[node as usize] as usize..self.first[node as usize + 1] as usize]
    }
}
