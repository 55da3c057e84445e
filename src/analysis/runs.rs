//! Growth, as a history of numbers and the creations of what is live show it.

/// At the finest level every interval must have grown, and of so many all but one: connections that come by
/// chance and stay for a minute leave gaps, what each request leaks does not.
const ONE_MISS_OF: usize = 12;
/// At the others one in so many may pass without: a leak by chance shows in few of the fine ones, and in
/// nearly all of the coarse ones.
const COARSE_MISS_OF: usize = 5;
/// One interval makes up for at most a half of the growth: with more it is what was set up in it that has grown.
const LARGEST_STEP_OF: u64 = 2;
/// After two intervals without growth it has stopped.
const STOPPED_AFTER: usize = 2;

/// So many events at even distances are a pattern: of a thousand sites that take on a handful by chance, one
/// makes it by luck.
pub const FEW: usize = 6;
/// With more than so many live, growth shows in the history.
pub const MAX_FEW: usize = 64;
/// What comes within so many ms is one event: a request that leaks twice.
const BURST_MS: u64 = 500;
/// Distances are even while the longest is at most 13 tenths of the shortest: a timer's delay under load.
const EVEN_TENTHS: u64 = 13;

/// A stretch of growth without a fall, up to the last point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// The level of the history that shows it.
    pub level: usize,
    /// Intervals.
    pub intervals: usize,
    /// Of these, with growth.
    pub grew: usize,
    /// When it began, in ms.
    pub since_ms: u64,
    /// The number that it began with.
    pub from: u64,
    /// By how much it has grown.
    pub gained: u64,
}

impl Run {
    /// How long it lasts, in ms.
    pub fn lasts_ms(&self, now_ms: u64) -> u64 {
        now_ms.saturating_sub(self.since_ms)
    }
}

/// The longest stretch of growth that lasts; `None` when it has fallen or stopped.
pub fn run(times_ms: &[u64], values: &[u32], level: usize) -> Option<Run> {
    let one_of = if level == 0 { ONE_MISS_OF } else { COARSE_MISS_OF };
    run_with(times_ms, values, level, |intervals| intervals / one_of)
}

/// The same, of which each interval has grown.
pub fn clear_run(times_ms: &[u64], values: &[u32], level: usize) -> Option<Run> {
    run_with(times_ms, values, level, |_| 0)
}

fn run_with(
    times_ms: &[u64],
    values: &[u32],
    level: usize,
    may_miss: impl Fn(usize) -> usize,
) -> Option<Run> {
    if !still_grows(values) {
        return None;
    }
    let last = *values.last()?;
    let mut longest = None;
    let (mut grew, mut largest_step) = (0, 0);
    for (intervals, at) in (1..).zip((0..values.len() - 1).rev()) {
        let (before, after) = (values[at], values[at + 1]);
        if after < before {
            break;
        }
        if after == before {
            continue;
        }
        grew += 1;
        largest_step = largest_step.max(u64::from(after - before));
        let gained = u64::from(last - before);
        // It begins with growth.
        if intervals - grew <= may_miss(intervals) && largest_step * LARGEST_STEP_OF <= gained {
            let (since_ms, from) = (times_ms[at], u64::from(before));
            longest = Some(Run { level, intervals, grew, since_ms, from, gained });
        }
    }
    longest
}

/// Intervals with growth and with a fall.
pub fn changes(values: &[u32]) -> (usize, usize) {
    let count = |is: fn(&[u32]) -> bool| values.windows(2).filter(|pair| is(pair)).count();
    (count(|pair| pair[1] > pair[0]), count(|pair| pair[1] < pair[0]))
}

/// The last less the first.
pub fn gained(values: &[u32]) -> u64 {
    values.last().zip(values.first()).map_or(0, |(last, first)| u64::from(last.saturating_sub(*first)))
}

/// Whether one of the last intervals has grown.
pub fn still_grows(values: &[u32]) -> bool {
    values.windows(2).rev().take(STOPPED_AFTER).any(|pair| pair[1] > pair[0])
}

/// The mean distance of events at regular intervals, in ms; `None` for fewer than `few`, for irregular ones and
/// when the next one is overdue: a pool that warms up is done by then, and a table is filled as it is needed.
pub fn even_gap_ms(creations_ms: &[u64], now_ms: u64, few: usize) -> Option<u64> {
    let first = *creations_ms.first()?;
    let (mut events, mut last) = (1, first);
    let (mut shortest, mut longest) = (u64::MAX, 0);
    for created in creations_ms {
        let gap = created.saturating_sub(last);
        if gap > BURST_MS {
            events += 1;
            (shortest, longest) = (shortest.min(gap), longest.max(gap));
            last = *created;
        }
    }
    let is_even = events >= few && longest * 10 <= shortest * EVEN_TENTHS;
    let is_due = now_ms.saturating_sub(last) * 10 > longest * EVEN_TENTHS;
    (is_even && !is_due).then(|| (last - first) / (events as u64 - 1))
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn times(count: usize) -> Vec<u64> {
        (0..count as u64).map(|n| n * 2_500).collect()
    }

    fn run_of(values: &[u32]) -> Option<(usize, usize, u64)> {
        run(&times(values.len()), values, 1).map(|run| (run.intervals, run.grew, run.gained))
    }

    #[test]
    fn a_run_is_the_longest_growth_without_a_fall() {
        assert_eq!(run_of(&[0, 1, 2, 3, 4]), Some((4, 4, 4)));
        assert_eq!(run_of(&[7, 7, 7, 7, 8, 9, 10]), Some((3, 3, 3)), "it begins with growth");
        assert_eq!(run_of(&[5, 9, 4, 6, 8]), Some((2, 2, 4)));
        assert_eq!(run_of(&[0, 50, 51, 52, 53]), Some((3, 3, 3)), "fifty were set up");
        assert_eq!(run_of(&[0, 1, 2, 3, 3, 4, 5, 6]), Some((7, 6, 6)), "one of five may pass without");
        assert_eq!(run_of(&[0, 1, 1, 1, 2, 3]), Some((2, 2, 2)));
        assert_eq!(run_of(&[0, 1, 2, 3, 3, 3]), None, "it has stopped");
        assert_eq!(run_of(&[0, 1, 2, 1]), None);
        assert_eq!(run_of(&[3]), None);
        assert_eq!(run_of(&[]), None);
        let with_a_gap = [0, 1, 2, 3, 3, 4, 5, 6, 7, 8, 9, 10, 11];
        let fine = |values: &[u32]| run(&times(values.len()), values, 0).map(|run| run.intervals);
        assert_eq!(fine(&with_a_gap), Some(12));
        assert_eq!(fine(&with_a_gap[1..]), Some(8), "too short to make up for a gap");
        let clear = |values: &[u32]| clear_run(&times(values.len()), values, 1).map(|run| run.intervals);
        assert_eq!(clear(&with_a_gap), Some(8), "from the gap on");
        assert_eq!(clear(&[0, 1, 2, 3, 3]), None, "the last has not grown");
    }

    #[test]
    fn even_events_are_reported_from_those_by_chance() {
        let every = |gap: u64, count: u64| (0..count).map(|n| 1_000 + n * gap).collect::<Vec<_>>();
        assert_eq!(even_gap_ms(&every(5_000, 6), 27_000, FEW), Some(5_000));
        assert_eq!(even_gap_ms(&every(5_000, 5), 27_000, FEW), None, "too few");
        assert_eq!(even_gap_ms(&every(5_000, 6), 33_000, FEW), None, "it has stopped");
        let late = [0, 5_100, 10_050, 15_400, 20_000, 25_900];
        assert_eq!(even_gap_ms(&late, 26_000, FEW), Some(5_180), "a busy machine");
        let twice: Vec<u64> = every(5_000, 6).iter().flat_map(|at| [*at, at + 40]).collect();
        assert_eq!(even_gap_ms(&twice, 27_000, FEW), Some(5_000), "two at a time");
        assert_eq!(even_gap_ms(&[0, 800, 9_000, 9_900, 20_000, 25_000], 26_000, FEW), None);
        assert_eq!(even_gap_ms(&[0; 40], 26_000, FEW), None, "all at once");
        assert_eq!(even_gap_ms(&[], 26_000, FEW), None);
    }
}
