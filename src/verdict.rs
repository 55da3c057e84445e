//! The rule for leak, suspect, steady and new in a running service.
//!
//! Strongest evidence first: it grew in every interval seen; its oldest is older than everything
//! its site ever released; there are many. One alone is never called a leak: a cache that fills, a
//! pool that warms up and a table built at start each show one of them.

use crate::snapshot::Verdict;

/// Intervals in a row that must have grown before growth is evidence.
const MIN_INTERVALS: usize = 6;
/// How long a site is watched before anything is said of it, in ms.
const MIN_WATCHED_MS: u64 = 10_000;
/// Fewer live registrations (or entries) are never called a leak.
const MIN_LEAK: u64 = 10;
/// From so many on, old ones are worth a look.
const MANY: u64 = 1_000;

/// What is known of a site.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// What the values count: `live`, or entries for collections.
    pub value: u64,
    /// Unreleased registrations now.
    pub live: u64,
    /// Registrations that ended in order or with their owner.
    pub ended: u64,
    /// Age of the oldest live one, in ms.
    pub oldest_ms: u64,
    /// Longest lifetime seen, in ms.
    pub longest_ms: u64,
    /// Timeouts: the longest delay asked for, in ms; they end by themselves after it.
    pub delay_ms: u64,
    /// What was garbage at this time, in ms, has been collected; 0 when nothing was yet.
    pub collected_ms: u64,
    /// True when the values count entries of collections.
    pub is_collection: bool,
    /// Points of the timeline, in ms.
    pub times_ms: &'a [u64],
    /// Values at the last so many points.
    pub values: &'a [u32],
    /// Now, in ms.
    pub now_ms: u64,
}

/// The verdict, and why.
pub fn judge(facts: Facts<'_>) -> (Verdict, String) {
    let intervals = facts.values.len().saturating_sub(1);
    let first_seen_ms = facts.times_ms[facts.times_ms.len() - facts.values.len()..].first();
    let watched_ms = first_seen_ms.map_or(0, |first| facts.now_ms.saturating_sub(*first));
    if facts.live == 0 {
        return (Verdict::Steady, "nothing is held".to_owned());
    }
    if watched_ms < MIN_WATCHED_MS || intervals < 3 {
        return (Verdict::New, "too young to tell".to_owned());
    }
    // Timeouts that were all started and none is due yet only look like growth.
    if watched_ms < facts.delay_ms.saturating_mul(3) {
        return (Verdict::New, "none of its timers is long overdue".to_owned());
    }
    let grew = facts.values.windows(2).filter(|pair| pair[1] > pair[0]).count();
    // The present counts too: a collection just before it may have shown that all was garbage.
    let present = facts.values.last().is_some_and(|last| facts.value < u64::from(*last));
    let shrank = facts.values.windows(2).filter(|pair| pair[1] < pair[0]).count() + usize::from(present);
    let outlived = facts.ended == 0 || facts.oldest_ms > facts.longest_ms.saturating_mul(2);
    let grows = shrank == 0 && grew * 2 >= intervals && facts.value >= MIN_LEAK;
    if grows && facts.held_then() < MIN_LEAK {
        return (
            Verdict::New,
            "it grows, but no major garbage collection has shown yet what stays".to_owned(),
        );
    }
    if grows && grew == intervals && intervals >= MIN_INTERVALS && outlived {
        let ended = match (facts.is_collection, facts.ended) {
            (true, _) => "it never shrank".to_owned(),
            (false, 0) => format!("0 of {} ever released", facts.live),
            (false, _) => "the oldest outlives everything its site ever released".to_owned(),
        };
        return (Verdict::Leak, format!("grew in {grew} of {intervals} intervals; {ended}"));
    }
    let grown_overall = facts.values.last() > facts.values.first();
    if shrank == 0 && grown_overall && grew * 2 >= intervals && outlived && facts.value >= MANY {
        return (
            Verdict::Suspect,
            format!("{} held, grew in {grew} of {intervals} intervals and never shrank", facts.value),
        );
    }
    (Verdict::Steady, format!("grew in {grew}, shrank in {shrank} of {intervals} intervals"))
}

impl Facts<'_> {
    /// The value at the last point before all garbage was collected: it was not garbage, or the
    /// value would have shrunk.
    fn held_then(&self) -> u64 {
        let times = &self.times_ms[self.times_ms.len() - self.values.len()..];
        let before = match self.collected_ms {
            0 => 0,
            collected => times.partition_point(|time| *time <= collected),
        };
        before.checked_sub(1).map_or(0, |index| u64::from(self.values[index]))
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    const TIMES: [u64; 12] =
        [0, 2_500, 5_000, 7_500, 10_000, 12_500, 15_000, 17_500, 20_000, 22_500, 25_000, 27_500];

    fn facts(values: &[u32]) -> Facts<'_> {
        Facts {
            value: u64::from(*values.last().unwrap()),
            live: u64::from(*values.last().unwrap()),
            ended: 0,
            oldest_ms: 27_000,
            longest_ms: 0,
            delay_ms: 0,
            collected_ms: 20_000,
            is_collection: false,
            times_ms: &TIMES,
            values,
            now_ms: 28_000,
        }
    }

    fn verdict(facts: Facts<'_>) -> Verdict {
        judge(facts).0
    }

    #[test]
    fn steady_growth_without_a_release_is_a_leak() {
        let values: Vec<u32> = (1..=12).map(|n| n * 5).collect();
        let (verdict, evidence) = judge(facts(&values));
        assert_eq!(verdict, Verdict::Leak);
        assert_eq!(evidence, "grew in 11 of 11 intervals; 0 of 60 ever released");
    }

    #[test]
    fn what_goes_up_and_down_is_steady() {
        let values = [5, 9, 4, 8, 12, 3, 9, 14, 2, 8, 11, 13];
        assert_eq!(verdict(facts(&values)), Verdict::Steady);
    }

    #[test]
    fn what_stopped_growing_is_steady() {
        let values = [5, 50, 90, 100, 100, 100, 100, 100, 100, 100, 100, 100];
        assert_eq!(verdict(facts(&values)), Verdict::Steady);
    }

    #[test]
    fn growth_among_short_lives_is_not_called_a_leak() {
        let values: Vec<u32> = (1..=12).map(|n| n * 5).collect();
        let busy = Facts { ended: 10_000, longest_ms: 20_000, ..facts(&values) };
        assert_eq!(verdict(busy), Verdict::Steady, "its oldest is no older than what it released");
    }

    #[test]
    fn what_may_be_garbage_is_not_accused() {
        let values: Vec<u32> = (1..=12).map(|n| n * 500).collect();
        assert_eq!(verdict(Facts { collected_ms: 0, ..facts(&values) }), Verdict::New);
        let just_collected = Facts { value: 3, live: 3, collected_ms: 28_000, ..facts(&values) };
        assert_eq!(verdict(just_collected), Verdict::Steady, "a collection has shown that all was garbage");
    }

    #[test]
    fn timeouts_not_due_yet_are_no_leak() {
        let values: Vec<u32> = (1..=12).map(|n| n * 5).collect();
        assert_eq!(verdict(Facts { delay_ms: 30_000, ..facts(&values) }), Verdict::New);
    }

    #[test]
    fn the_young_and_the_few_are_not_accused() {
        assert_eq!(
            verdict(Facts { now_ms: 5_000, times_ms: &TIMES[..3], ..facts(&[1, 20, 30]) }),
            Verdict::New
        );
        let few: Vec<u32> = vec![0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 8, 9];
        assert_ne!(verdict(facts(&few)), Verdict::Leak);
    }

    #[test]
    fn many_that_grow_most_of_the_time_are_suspect() {
        let values = [0, 400, 800, 800, 1_200, 1_600, 1_600, 2_000, 2_400, 2_400, 2_800, 3_200];
        assert_eq!(verdict(facts(&values)), Verdict::Suspect);
    }
}
