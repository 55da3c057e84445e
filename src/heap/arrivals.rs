//! When objects came, by V8's numbers, which ascend: of rounds between two heaps without a heap in between them.
//!
//! A container that had `before` objects, of which `now` are there, and of which `came[k]` came in round k and stayed, has lost
//! `before + Σ came − now`, in whichever rounds. What came in each round and is more than all that was lost shows that it grew in
//! each, as heaps after each round would.

use super::analysis::Analysis;
use super::graph::{Kind, NONE};

/// The highest number that V8 had given before the first round, and after each but the last.
#[derive(Clone, Debug, Default)]
pub struct Arrivals(Vec<u32>);

impl Arrivals {
    /// Another round begins behind this number.
    pub fn begin(&mut self, highest: u32) {
        self.0.push(highest);
    }

    /// Number of rounds.
    pub fn rounds(&self) -> usize {
        self.0.len()
    }

    /// The round in which V8 numbered an object, the first is 0; `None` where that was before, or it is no object of V8's.
    pub fn round(&self, id: u32) -> Option<usize> {
        if !is_of_heap(id) {
            return None;
        }
        self.0.partition_point(|&highest| highest < id).checked_sub(1)
    }

    /// By node and round: objects that came and that it dominates, itself included.
    pub(super) fn came(&self, on: &Analysis, ids: &[u32]) -> Vec<Vec<u32>> {
        let mut came = vec![vec![0u32; on.heap.len()]; self.rounds()];
        for &node in on.dominators.order.iter().rev() {
            if is_counted(on, ids, node)
                && let Some(round) = self.round(ids[node as usize])
            {
                came[round][node as usize] += 1;
            }
        }
        came.iter_mut().for_each(|of_round| add_up(on, of_round));
        came
    }
}

/// By node: objects that it dominates, itself included.
pub(super) fn dominated(on: &Analysis, ids: &[u32]) -> Vec<u32> {
    let mut count = vec![0u32; on.heap.len()];
    for &node in &on.dominators.order {
        count[node as usize] = u32::from(is_counted(on, ids, node));
    }
    add_up(on, &mut count);
    count
}

/// Whether a number is one of V8's heap: what lies outside has numbers in an order of its own, which are even.
pub(super) fn is_of_heap(id: u32) -> bool {
    id % 2 == 1
}

/// What a program has: V8's own comes and goes.
fn is_counted(on: &Analysis, ids: &[u32], node: u32) -> bool {
    let kind = on.heap.kind(node);
    is_of_heap(ids[node as usize]) && (on.is_shown(node) || kind.is_string() || kind == Kind::Number)
}

/// Adds each node's to its dominator's.
fn add_up(on: &Analysis, counts: &mut [u32]) {
    for &node in on.dominators.order.iter().rev() {
        let above = on.dominators.immediate[node as usize];
        if above != NONE && above != node {
            counts[above as usize] += counts[node as usize];
        }
    }
}

/// Whether something may have grown in each round, by what it had before, has now, and what came and stayed in each round.
pub(super) type Rule = fn(before: u64, now: u64, came: &[u64]) -> bool;

/// Whether some came in each round.
pub(super) fn is_in_each(_: u64, _: u64, came: &[u64]) -> bool {
    came.iter().all(|&came| came > 0)
}

/// Also where numbers do not show in which rounds: its objects are replaced by copies, so that those of earlier rounds are gone,
/// or older ones were moved to it.
pub(super) fn may_be_in_each(before: u64, now: u64, came: &[u64]) -> bool {
    let is_replaced = came.last().is_some_and(|&last| before + last > now);
    is_in_each(before, now, came) || is_replaced || gets_older(before, now, came)
}

/// Whether it became more in each round, by what it had before, has now, and what came and stayed in each round.
pub(super) fn grew_in_each(before: u64, now: u64, came: &[u64]) -> bool {
    let lost = (before + came.iter().sum::<u64>()).saturating_sub(now);
    came.is_empty() || !gets_older(before, now, came) && came.iter().all(|&came| came > lost)
}

/// Whether it has objects that were elsewhere before: as many as it may have lost beside what is known.
fn gets_older(before: u64, now: u64, came: &[u64]) -> bool {
    now > before + came.iter().sum::<u64>()
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_number_shows_its_round() {
        let mut arrivals = Arrivals::default();
        assert_eq!(arrivals.round(7), None);
        arrivals.begin(101);
        arrivals.begin(201);
        let rounds = [1, 101, 103, 104, 201, 203].map(|id| arrivals.round(id));
        assert_eq!(rounds, [None, None, Some(0), None, Some(0), Some(1)]);
    }

    #[test]
    fn what_came_in_each_round_shows_growth_unless_as_much_was_lost() {
        assert!(grew_in_each(100, 160, &[20, 20, 20]));
        assert!(grew_in_each(100, 141, &[20, 20, 20]), "19 are lost");
        assert!(!grew_in_each(100, 140, &[20, 20, 20]), "all of one round's may be lost in it");
        assert!(!grew_in_each(100, 100, &[20, 20, 20]), "a cache that is full");
        assert!(!grew_in_each(100, 140, &[40, 0, 0]), "only at first");
        assert!(!grew_in_each(100, 600, &[20, 20, 20]), "older ones may hide what is lost");
        assert!(is_in_each(0, 3, &[1, 2]) && !is_in_each(0, 3, &[3, 0]));
    }

    #[test]
    fn what_is_replaced_or_moved_may_have_grown_in_each_round() {
        assert!(may_be_in_each(10, 40, &[0, 0, 40]), "copied with each call");
        assert!(may_be_in_each(10, 40, &[10, 5, 0]), "of 30 more 15 are older");
        assert!(!may_be_in_each(10, 40, &[30, 0, 0]), "filled once");
        assert!(!may_be_in_each(10, 40, &[0, 0, 30]), "filled once, at last");
    }
}
