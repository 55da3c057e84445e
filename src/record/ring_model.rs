//! The ring against a plain queue: for every order of pushes and drains, every
//! position and every size, the same records come out, once and in order.

use std::collections::VecDeque;

use proptest::prelude::*;

use crate::record::layout::Record;
use crate::record::ring::{Ring, heap_region};

#[derive(Clone, Debug)]
enum Step {
    /// The producer pushes this many, even when the ring is full.
    Push(u32),
    /// The consumer reads the head, and drains later.
    Look,
    /// It drains up to the head it read, whatever was pushed since.
    Drain,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![3 => (1..5u32).prop_map(Step::Push), 2 => Just(Step::Look), 2 => Just(Step::Drain)]
}

fn record(n: u32) -> Record {
    [n, !n, n.rotate_left(7), n ^ 0x5555]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 8 } else { 512 }))]

    #[test]
    fn the_ring_agrees_with_a_queue(
        size_log2 in 0..5u32,
        before_wrap in 0..40u32,
        steps in prop::collection::vec(step(), 1..80),
    ) {
        let capacity = 1 << size_log2;
        let ring = Ring::new(heap_region(capacity, 0u32.wrapping_sub(before_wrap))).unwrap();
        let (mut queue, mut seen, mut next) = (VecDeque::new(), 0, 0);
        let mut head = ring.head();
        for step in steps.into_iter().chain([Step::Look, Step::Drain]) {
            match step {
                Step::Push(count) => {
                    for _ in 0..count {
                        let has_room = queue.len() < capacity;
                        prop_assert_eq!(ring.push(record(next)), has_room, "with {} of {}", queue.len(), capacity);
                        if has_room {
                            queue.push_back(record(next));
                        }
                        next += 1;
                    }
                }
                Step::Look => (head, seen) = (ring.head(), queue.len()),
                Step::Drain => {
                    let mut drained = Vec::new();
                    let count = ring.drain(head, |record| drained.push(record));
                    prop_assert_eq!(&drained, &queue.drain(..seen).collect::<Vec<_>>());
                    prop_assert_eq!(count as usize, seen);
                    seen = 0;
                }
            }
        }
        prop_assert!(queue.is_empty(), "nothing stays behind");
    }
}
