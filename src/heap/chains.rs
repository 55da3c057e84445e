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

#[cfg(all(test, not(loom)))]
mod tests {
    use super::super::growth::Tracker;
    use super::super::written::Written;
    use super::*;
    use crate::values::heap::Growth;

    /// A list that is made of `links`, by number: the first at its head.
    fn chained(heap: &mut Written, list: usize, links: &[usize]) {
        let mut above = (list, "head");
        for &link in links {
            let node = heap.node("object", "Object", 40);
            let text = heap.node("string", "payload", 1000);
            heap.nodes[node].id = link as u32 * 6 + 101;
            heap.nodes[text].id = link as u32 * 6 + 103;
            heap.edge(above.0, EdgeKind::Property, above.1, node);
            heap.edge(node, EdgeKind::Property, "text", text);
            above = (node, "next");
        }
        let end = heap.node("object", "End", 16);
        heap.nodes[end].id = 99;
        heap.edge(above.0, EdgeKind::Property, "next", end);
    }

    /// A list of entries that hold another object each, of the same class.
    fn nested(heap: &mut Written, list: usize, entries: &[usize]) {
        for &entry in entries {
            let node = heap.node("object", "Object", 1000);
            let user = heap.node("object", "Object", 40);
            let name = heap.node("string", "name", 32);
            heap.nodes[node].id = entry as u32 * 6 + 101;
            heap.nodes[user].id = entry as u32 * 6 + 103;
            heap.nodes[name].id = entry as u32 * 6 + 105;
            heap.edge(list, EdgeKind::Property, &format!("user:{entry}"), node);
            heap.edge(node, EdgeKind::Property, "user", user);
            heap.edge(user, EdgeKind::Property, "name", name);
        }
    }

    fn grown(fill: impl Fn(&mut Written, usize, &[usize]), looks: &[Vec<usize>]) -> Growth {
        let mut tracker = Tracker::default();
        let mut last = None;
        for links in looks {
            let mut heap = Written::default();
            let root = heap.node("synthetic", "", 0);
            let global = heap.node("object", "Window", 16);
            let list = heap.node("object", "List", 32);
            heap.edge(root, EdgeKind::Shortcut, "1", global);
            heap.edge(global, EdgeKind::Property, "list", list);
            fill(&mut heap, list, links);
            let on = Analysis::of(heap.heap(), "/app", |_, _| {});
            tracker.look(&on, "");
            last = Some(on);
        }
        tracker.finish(&last.expect("a look"), 5, 1)
    }

    #[test]
    fn a_list_that_grows_at_its_head_gains_each_link() {
        let of = |n: usize| (0..n).rev().collect::<Vec<_>>();
        let growth = grown(chained, &[of(10), of(20), of(30), of(40)]);
        let gain = &growth.containers[0];
        assert_eq!((gain.class.as_str(), gain.gained), ("List", 30), "{growth:?}");
        assert!(
            gain.held.text.ends_with("list: List") || gain.held.text.ends_with("list"),
            "{}",
            gain.held.text
        );
    }

    #[test]
    fn a_list_that_grows_at_its_end_is_named_by_its_first_link() {
        let of = |n: usize| (0..n).collect::<Vec<_>>();
        let growth = grown(chained, &[of(10), of(20), of(30), of(40)]);
        let gain = &growth.containers[0];
        assert_eq!((gain.gained, gain.bytes), (30, 30 * 1040), "{growth:?}");
        assert!(gain.held.text.contains("head") && !gain.held.text.contains("next"), "{}", gain.held.text);
    }

    #[test]
    fn an_object_in_an_object_is_no_chain() {
        let of = |n: usize| (0..n).collect::<Vec<_>>();
        let growth = grown(nested, &[of(10), of(20), of(30), of(40)]);
        assert_eq!(growth.containers[0].gained, 30, "{growth:?}");
    }
}
