//! How a number has grown, as its history shows it.

use super::facts::{Ends, Facts};
use crate::analysis::runs::{self, Run};
use crate::store::series::{LEVELS, Series};
use crate::values::reason::{CouldBe, Growing, Measure, Reason};
use crate::values::snapshot::Verdict;

use super::judgement::{Basis, Judgement};

/// How long it must have grown to be reported, in ms: what warms up has mostly stopped, and a leak shows
/// within half a minute of its beginning.
const MIN_GROWTH_MS: u64 = 22_500;
/// An old site must have grown for this share of its life, so that a busy minute does not accuse it …
const LIFE_SHARE: u64 = 10;
/// … but not for longer than this, in ms.
const MAX_GROWTH_MS: u64 = 10 * 60_000;
/// Intervals in a row that must have been seen before growth is evidence.
const MIN_INTERVALS: usize = 8;
/// Fewer do at a coarse level when each of them has grown: what leaks by chance, once a second, leaves gaps at the finest.
const MIN_FULL_INTERVALS: usize = 5;
/// A collection of garbage is asked for when all but that says leak for so long, in ms: late, so that one mostly
/// serves whatever began at the same time.
pub(super) const ASK_AFTER_MS: u64 = 20_000;
/// The levels whose intervals are shorter than that.
const PROMISING_LEVELS: usize = 2;
/// A collection must have seen growth for so long, in ms, and so outlives what lives shorter. Less than the above by
/// more than a look: sites that began together are seen to begin a look apart.
const SEEN_AFTER_MS: u64 = 17_000;

/// How long growth must last to be reported, in ms, of what is `age_ms` old.
pub fn horizon_ms(age_ms: u64) -> u64 {
    (age_ms / LIFE_SHARE).clamp(MIN_GROWTH_MS, MAX_GROWTH_MS)
}

/// A number that may grow.
pub(super) struct Growth<'a> {
    pub(super) facts: &'a Facts<'a>,
    pub(super) series: &'a Series,
    pub(super) value: u64,
    pub(super) of: Measure,
}

impl Growth<'_> {
    /// How long growth must last to be reported, in ms.
    pub(super) fn horizon_ms(&self) -> u64 {
        horizon_ms(self.facts.age_ms)
    }

    fn run_at(&self, level: usize) -> Option<Run> {
        self.run_by(level, runs::run)
    }

    fn run_by(&self, level: usize, read: fn(&[u64], &[u32], usize) -> Option<Run>) -> Option<Run> {
        let (times, values) = self.series.points(self.facts.timeline, level);
        // It may have fallen since the last look, as by a garbage collection.
        let has_fallen =
            values.last().is_some_and(|last| self.series.low().min(self.value) < u64::from(*last));
        if has_fallen || self.value <= self.series.ceiling() {
            return None;
        }
        read(times, values, level)
    }

    /// Growth without a fall by at least so many, long enough to be reported; as the finest level shows it.
    pub(super) fn run(&self, least: u64) -> Option<Run> {
        self.run_that(|run| run.gained >= least)
    }

    /// The same, of those that are wanted.
    pub(super) fn run_that(&self, is_wanted: impl Fn(&Run) -> bool) -> Option<Run> {
        self.first_run(runs::run, is_wanted)
    }

    /// Growth without a fall and without a pause by at least so many, long enough to be reported.
    pub(super) fn clear_run(&self, least: u64) -> Option<Run> {
        self.first_run(runs::clear_run, |run| run.gained >= least)
    }

    fn first_run(
        &self,
        read: fn(&[u64], &[u32], usize) -> Option<Run>,
        is_wanted: impl Fn(&Run) -> bool,
    ) -> Option<Run> {
        let is_enough = |run: &Run| {
            let is_full = run.level > 0 && run.grew == run.intervals && run.intervals >= MIN_FULL_INTERVALS;
            (run.intervals >= MIN_INTERVALS || is_full)
                && is_wanted(run)
                && run.lasts_ms(self.facts.now_ms) >= self.horizon_ms()
        };
        (0..LEVELS).find_map(|level| self.run_by(level, read).filter(is_enough))
    }

    /// The longest growth without a fall that a clear run is the end of: it may have paused meanwhile.
    pub(super) fn longest(&self, clear: &Run) -> Run {
        let all = (0..LEVELS).filter_map(|level| self.run_at(level)).filter(|run| run.from <= clear.from);
        all.min_by_key(|run| run.since_ms).unwrap_or(*clear)
    }

    /// Whether it may become a run: worth a garbage collection. What is sampled, or comes by chance, pauses at the finest level.
    pub(super) fn is_promising(&self, least: u64) -> bool {
        let is_one = |run: &Run| {
            run.gained >= least
                && run.lasts_ms(self.facts.now_ms) >= ASK_AFTER_MS
                && !self.is_held(run.since_ms, run.from, least)
        };
        (0..PROMISING_LEVELS).any(|level| self.run_at(level).as_ref().is_some_and(is_one))
    }

    /// Whether so many of what it has grown by since `since_ms`, when it was `from`, are held and no garbage.
    pub(super) fn is_held(&self, since_ms: u64, from: u64, least: u64) -> bool {
        let Facts { ends, shown, held_count, collected_ms, now_ms, .. } = *self.facts;
        // A collection in the second half has seen the growth of the first; an early one has seen nothing age.
        let half_ms = now_ms.saturating_sub(since_ms) / 2;
        let is_seen = collected_ms >= since_ms + half_ms.max(SEEN_AFTER_MS);
        // What has been shown to stay need not be shown again while it goes on.
        let was_shown = shown.is_some_and(|shown| shown.of == self.of);
        ends != Ends::WithOwner
            || was_shown
            || (is_seen && self.series.kept() >= from + least)
            || (held_count >= least && held_count.saturating_mul(2) >= self.value)
    }

    /// As [`Growth::is_held`], where a collection in the second half of all that time has to show it anew.
    pub(super) fn is_still_held(&self, since_ms: u64, from: u64, least: u64) -> bool {
        let facts = Facts { shown: None, ..self.facts.clone() };
        Growth { facts: &facts, ..*self }.is_held(since_ms, from, least)
    }

    /// Whether it has grown lately, beyond what it ever was.
    pub(super) fn is_recent(&self) -> bool {
        self.series.grew_lately() && self.value > self.series.ceiling()
    }

    /// What a run shows.
    pub(super) fn growing(&self, run: &Run, ended: Option<u64>, could_be: Option<CouldBe>) -> Growing {
        let Facts { now_ms, longest_ms, ended: instances_ended, shown, .. } = *self.facts;
        let since_ms = shown.filter(|shown| shown.of == self.of).map_or(run.since_ms, |shown| shown.since_ms);
        let is_of_entries = self.of == Measure::Entries;
        Growing {
            of: self.of,
            for_ms: now_ms.saturating_sub(since_ms.min(run.since_ms)),
            ago_ms: 0,
            intervals: run.intervals as u64,
            grew: run.grew as u64,
            held: self.value,
            ended,
            longest_ms: (!is_of_entries && instances_ended > 0).then_some(longest_ms),
            could_be,
        }
    }

    /// What grows on and off for long and does not shrink, as the levels from `first` on show it: those have
    /// minutes of history.
    pub(super) fn on_and_off(
        &self,
        first: usize,
        least: u64,
        could_be: Option<CouldBe>,
    ) -> Option<Judgement> {
        if self.value <= self.series.ceiling() {
            return None;
        }
        let is_one = |level: &usize| {
            let (times, values) = self.series.points(self.facts.timeline, *level);
            let (grew, shrank) = runs::changes(values);
            let span_ms = times.last().zip(times.first()).map_or(0, |(last, first)| last - first);
            let intervals = values.len().saturating_sub(1);
            shrank == 0
                && intervals >= MIN_INTERVALS
                && grew * 2 >= intervals
                && span_ms >= self.horizon_ms()
                && runs::gained(values) >= least
                && runs::still_grows(values)
                && self.is_held(times[0], values[0].into(), least)
        };
        let level = (first..LEVELS).find(is_one)?;
        let (times, values) = self.series.points(self.facts.timeline, level);
        let reason = Reason::GrewOnAndOff {
            held: self.value,
            intervals: values.len() as u64 - 1,
            grew: runs::changes(values).0 as u64,
            could_be,
        };
        let basis = Basis { of: self.of, since_ms: times[0], from: values[0].into() };
        Some(Judgement { level: Some(level), basis: Some(basis), ..Judgement::of(Verdict::Suspect, reason) })
    }

    pub(super) fn steady(&self) -> Judgement {
        let values = self.series.values(0);
        let (grew, shrank) = runs::changes(values);
        let intervals = values.len().saturating_sub(1) as u64;
        Judgement::of(Verdict::Steady, Reason::Steady { intervals, grew: grew as u64, shrank: shrank as u64 })
    }
}

/// How long creations span that are evidence, in ms.
pub(super) fn is_long_enough(span_ms: u64) -> bool {
    span_ms >= MIN_GROWTH_MS
}
