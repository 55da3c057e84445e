//! Two heaps with rounds between them, seen by the tracker.

use super::analysis::Analysis;
use super::graph::EdgeKind;
use super::growth::Tracker;
use super::written::Written;
use crate::values::heap::Growth;

/// A list of entries: entry n comes in the turn n.
fn listed(entries: std::ops::Range<u32>) -> Analysis {
    let (mut heap, list) = Written::with_list();
    for entry in entries {
        let node = heap.node("object", "Entry", 100);
        heap.nodes[node].id = entry * 2 + 101;
        heap.edge(list, EdgeKind::Element, &entry.to_string(), node);
    }
    Analysis::of(heap.heap(), "/app", |_, _| {})
}

/// What a look at `first` and one at `last` say, with three rounds of ten entries between, behind the first hundred.
fn grown(first: std::ops::Range<u32>, last: std::ops::Range<u32>) -> Growth {
    let mut tracker = Tracker::default();
    tracker.look(&listed(first), "");
    for turn in [100, 110, 120] {
        tracker.begin_round(turn * 2 + 100);
    }
    let on = listed(last);
    tracker.look(&on, "");
    tracker.finish(&on, 5, 1)
}

#[test]
fn what_gains_in_each_round_is_named_without_a_doubt() {
    let growth = grown(60..100, 60..130);
    let [gain] = &growth.containers[..] else { panic!("{growth:?}") };
    assert_eq!((gain.class.as_str(), gain.gained, gain.is_doubtful), ("List", 30, false));
}

#[test]
fn what_loses_as_much_as_comes_in_a_round_is_in_doubt() {
    assert!(!grown(60..100, 69..130).containers[0].is_doubtful);
    assert!(grown(60..100, 70..130).containers[0].is_doubtful);
}

#[test]
fn what_is_full_or_gains_in_some_rounds_only_is_not_named() {
    assert_eq!(grown(60..100, 90..130).containers, [], "a cache that is full");
    assert_eq!(grown(60..100, 60..120).containers, [], "nothing came in the last round");
}

#[test]
fn two_looks_and_more_are_judged_by_the_looks() {
    let mut tracker = Tracker::default();
    tracker.look(&listed(60..100), "");
    tracker.begin_round(300);
    tracker.look(&listed(60..130), "");
    tracker.go_on();
    let on = listed(60..129);
    tracker.look(&on, "");
    assert_eq!(tracker.finish(&on, 5, 1).containers, []);
}
