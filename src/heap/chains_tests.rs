//! Chains that grow, seen by the tracker.

use super::analysis::Analysis;
use super::graph::EdgeKind;
use super::growth::Tracker;
use super::written::Written;
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
        let (mut heap, list) = Written::with_list();
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
    assert!(gain.held.text.ends_with("list: List") || gain.held.text.ends_with("list"), "{}", gain.held.text);
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
