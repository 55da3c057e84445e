//! Chains: objects of one shape of which each holds the next, as in a linked list, closures of one function, strings
//! made of others. What grows at their end
//! belongs to what holds the first.

use std::collections::HashMap;

use super::analysis::Analysis;
use super::graph::{EdgeKind, Kind};

/// Recognises chains of one heap.
pub(super) struct Chains<'a> {
    on: &'a Analysis,
    /// By node: its properties' names, of those that were asked for.
    shapes: HashMap<u32, Vec<u32>>,
}

impl<'a> Chains<'a> {
    pub(super) fn new(on: &'a Analysis) -> Self {
        Self { on, shapes: HashMap::new() }
    }

    /// True where `node`, which `above` dominates, is another of the same kind: an instance of the same class with
    /// properties of the same names, a closure of the same function, a part of a string.
    pub(super) fn continues(&mut self, above: u32, node: u32) -> bool {
        let Analysis { heap, classes, .. } = self.on;
        match (heap.kind(above), heap.kind(node)) {
            (Kind::Object, Kind::Object) => {
                self.on.is_shown(node)
                    && classes.class(heap, above) == classes.class(heap, node)
                    && self.has_shape_of(above, node)
            }
            (Kind::Closure, Kind::Closure) => {
                let at = |node| heap.location(node).map(|at| (at.script, at.line, at.column));
                at(node).is_some() && at(node) == at(above)
            }
            (above, node) => above.is_string() && node.is_string(),
        }
    }

    fn has_shape_of(&mut self, above: u32, node: u32) -> bool {
        self.shape(above);
        self.shape(node);
        let shape = &self.shapes[&node];
        !shape.is_empty() && *shape == self.shapes[&above]
    }

    fn shape(&mut self, node: u32) {
        let heap = &self.on.heap;
        self.shapes.entry(node).or_insert_with(|| {
            let edges = heap.out(node).iter().zip(heap.edge_names(node));
            let mut names: Vec<u32> =
                edges.filter(|(edge, _)| edge.kind() == EdgeKind::Property).map(|(_, name)| name).collect();
            names.sort_unstable();
            names
        });
    }
}
