//! The rule for leak, suspect, steady and new in a running service.
//!
//! Strongest evidence first: it grew in every interval seen; its oldest is older than everything
//! its site ever released; there are many. One alone is never called a leak: a cache that fills, a
//! pool that warms up and a table built at start each show one of them.
//!
//! | what is seen | verdict |
//! | --- | --- |
//! | grows without a fall, outlives all that ended, what grew is held | leak |
//! | comes evenly, one by one, and nothing ever ended | leak |
//! | grew most of the time for minutes, never fell, outlives all that ended | suspect |
//! | grows, but is young, few, small, or may be garbage still | new |
//! | anything else | steady |
//!
//! [`evidence`](crate::analysis::evidence) reads growth off a history and off creations.

use crate::analysis::evidence::{self, Run};
use crate::store::series::{LEVELS, Series, Timeline};
use crate::values::snapshot::Verdict;

/// How long a site is known before anything is said of it, in ms: what a service does at its start is over.
const MIN_AGE_MS: u64 = 10_000;
/// How long it must have grown to be a leak, in ms: what warms up has mostly stopped, and a leak shows
/// within half a minute of its beginning.
const MIN_GROWTH_MS: u64 = 22_500;
/// The same where some ended, in ms: what mostly lives short and rare long, as a session, needs minutes until
/// its long ones have ended as well.
const MIN_MIXED_GROWTH_MS: u64 = 5 * 60_000;
/// An old site must have grown for this share of its life, so that a busy quarter of an hour does not accuse it …
const LIFE_SHARE: u64 = 10;
/// … but not for longer than this, in ms: half of the time that a history goes back.
const MAX_GROWTH_MS: u64 = 2 * 3_600_000;
/// Intervals in a row that must have been seen before growth is evidence.
const MIN_INTERVALS: usize = 8;
/// How much more than any lifetime seen the oldest must have: the next one to end may be somewhat longer. Ten
/// of them must, as a few stay longer everywhere.
const OUTLIVES: u64 = 2;
/// Fewer are a leak only when they came evenly.
pub const MIN_LEAK: u64 = 10;
/// Of few that came evenly so many must be known to be held: those of the first quarter of a minute.
const MIN_FEW_HELD: u64 = 4;
/// A minimum for `minSize`, below which tables and caches of any program lie.
const MIN_ENTRIES: u64 = 100;
/// Entries that leave are noise up to this share of those that stayed.
const LEAVING_SHARE: u64 = 20;
/// A timeout is overdue from so many delays on: somebody refreshes it, or the event loop hangs.
const OVERDUE: u64 = 3;
/// Levels whose history is long enough for a suspicion: minutes, and the better part of an hour for entries.
const SUSPECT_LEVEL: usize = 2;
const SUSPECT_LEVEL_OF_ENTRIES: usize = 3;
/// A collection of garbage is asked for when all but that says leak for so long, in ms: late, so that one mostly
/// serves whatever began at the same time.
const ASK_AFTER_MS: u64 = 20_000;
/// A collection must have seen growth for so long, in ms, and so outlives what lives shorter. Less than the above by
/// more than a look: sites that began together are seen to begin a look apart.
const SEEN_AFTER_MS: u64 = 17_000;
/// As [`evidence::FEW`], before a collection is asked for.
const ASK_FEW: usize = 4;

/// How what is registered ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ends {
    /// By a call alone, as an interval: what is live is held.
    ByCall,
    /// By itself after the longest delay asked for, in ms, as a timeout.
    ByItself(u64),
    /// With its owner as well: it may be garbage that nobody has collected yet.
    WithOwner,
}

/// What is known of a site.
#[derive(Clone, Debug)]
pub struct Facts<'a> {
    /// How its registrations end.
    pub ends: Ends,
    /// Unreleased registrations now.
    pub live: u64,
    /// Registrations that ended in order or with their owner.
    pub ended: u64,
    /// Time since the first registration, in ms.
    pub age_ms: u64,
    /// When the oldest live ones were registered, in ms, [`MIN_LEAK`] at the most.
    pub oldest_creations_ms: &'a [u64],
    /// What was garbage at this time, in ms, has been collected; 0 when nothing was yet.
    pub collected_ms: u64,
    /// Longest lifetime seen, in ms.
    pub longest_ms: u64,
    /// So many are known to be held without a garbage collection: they were seen on one owner that was
    /// in use a moment ago. Of collections, entries.
    pub held_count: u64,
    /// Whether it was a leak at the last look: what has been shown to stay need not be shown again while it goes on.
    pub was_leak: bool,
    /// When the live ones were registered, in ms, the oldest first; empty when there are more than
    /// [`evidence::MAX_FEW`].
    pub creations_ms: &'a [u64],
    /// Live registrations over time.
    pub instances: &'a Series,
    /// Collections: what they hold.
    pub entries: Option<Entries<'a>>,
    /// When points were taken.
    pub timeline: &'a Timeline,
    /// Now, in ms.
    pub now_ms: u64,
}

/// What the collections of a site hold.
#[derive(Clone, Copy, Debug)]
pub struct Entries<'a> {
    /// Entries now.
    pub count: u64,
    /// Entries over time.
    pub series: &'a Series,
    /// Entries from which a collection counts as oversized.
    pub min_size: u64,
    /// Entries that left, where that was counted.
    pub removed_entries: Option<u64>,
}

/// The verdict, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// What to think of it.
    pub verdict: Verdict,
    /// Why, in one phrase.
    pub evidence: String,
    /// True when only a garbage collection is missing.
    pub waits: bool,
    /// The level of the history that shows the growth.
    pub level: Option<usize>,
}

impl Judgement {
    fn of(verdict: Verdict, evidence: impl Into<String>) -> Self {
        Self { verdict, evidence: evidence.into(), waits: false, level: None }
    }

    /// The graver first; of the harmless the one that leaves a question.
    fn rank(&self) -> u8 {
        match self.verdict {
            Verdict::Leak => 0,
            Verdict::Suspect => 1,
            Verdict::New => 2,
            Verdict::Steady => 3,
        }
    }
}

/// Judges a site.
pub fn judge(facts: &Facts<'_>) -> Judgement {
    if facts.live == 0 {
        return Judgement::of(Verdict::Steady, "nothing is held");
    }
    if facts.age_ms < MIN_AGE_MS {
        return Judgement::of(Verdict::New, "too young to tell");
    }
    // That one collection has just grown says of its entries, not of the others of its site.
    let instances =
        Facts { held_count: if facts.entries.is_some() { 0 } else { facts.held_count }, ..facts.clone() };
    let mut judgement = of_instances(&instances);
    if let Some(entries) = facts.entries {
        let of_entries = of_entries(facts, entries);
        let waits = judgement.waits || of_entries.waits;
        if of_entries.rank() < judgement.rank() {
            judgement = of_entries;
        }
        judgement.waits = waits && judgement.verdict != Verdict::Leak;
    }
    judgement
}

fn of_instances(facts: &Facts<'_>) -> Judgement {
    let growth = Growth { facts, series: facts.instances, value: facts.live };
    if let Ends::ByItself(delay_ms) = facts.ends
        && facts.oldest_ms(facts.now_ms, 1) <= delay_ms.saturating_mul(OVERDUE)
    {
        // They pile up to what is started within a delay, and no further.
        return match growth.is_recent() && facts.age_ms < delay_ms.saturating_mul(OVERDUE) {
            true => Judgement::of(Verdict::New, "its timers end by themselves; none is overdue"),
            false => Judgement::of(Verdict::Steady, "its timers end by themselves"),
        };
    }
    if !facts.outlive(MIN_LEAK as usize) {
        return growth.steady();
    }
    let run = growth.run().filter(|run| run.gained >= MIN_LEAK && facts.live >= MIN_LEAK);
    if let Some(run) = &run
        && growth.is_shown(run, MIN_LEAK)
    {
        let ended = match facts.ended {
            0 => format!("0 of {} ever {}", facts.live, facts.word()),
            _ => format!("the oldest outlive everything its site ever {}", facts.word()),
        };
        return growth.leak(run, &ended);
    }
    // Collections are kept by the last ten, as results are, more often than they leak one by one.
    let one_by_one = |few| match facts.ended == 0 && facts.entries.is_none() {
        true => evidence::even_gap_ms(facts.creations_ms, facts.now_ms, few),
        false => None,
    };
    let creations = facts.creations_ms;
    let creations_span_ms = creations.last().zip(creations.first()).map_or(0, |(last, first)| last - first);
    let even_ms = one_by_one(evidence::FEW).filter(|_| creations_span_ms >= MIN_GROWTH_MS);
    if let Some(gap_ms) = even_ms
        && growth.is_held(creations[0], 0, MIN_FEW_HELD)
    {
        let apart = (gap_ms as f64 / 100.0).round() / 10.0;
        let evidence = format!("one every {apart} s; 0 of {} ever {}", facts.live, facts.word());
        return Judgement::of(Verdict::Leak, evidence);
    }
    if let Some(suspect) = growth.suspect(SUSPECT_LEVEL, MIN_LEAK) {
        return suspect;
    }
    let waits = facts.ends == Ends::WithOwner
        && (run.is_some()
            || growth.is_promising()
            || (facts.age_ms >= ASK_AFTER_MS
                && one_by_one(ASK_FEW).is_some()
                && !growth.is_held(creations[0], 0, MIN_FEW_HELD)));
    if run.is_some() || even_ms.is_some() {
        let evidence = "it grows, but no major garbage collection has shown yet what stays";
        return Judgement { waits, ..Judgement::of(Verdict::New, evidence) };
    }
    let few = if facts.live < MIN_LEAK { "it grows; too few to tell" } else { "it grows; too young to tell" };
    match growth.is_recent() {
        true => Judgement { waits, ..Judgement::of(Verdict::New, few) },
        false => growth.steady(),
    }
}

fn of_entries(facts: &Facts<'_>, entries: Entries<'_>) -> Judgement {
    let growth = Growth { facts, series: entries.series, value: entries.count };
    let enough = entries.min_size.max(MIN_ENTRIES);
    let leave = |gained: u64| entries.removed_entries.unwrap_or(0).saturating_mul(LEAVING_SHARE) > gained;
    if !facts.outlive(1) || !growth.is_recent() {
        return growth.steady();
    }
    if entries.count < enough {
        return Judgement::of(Verdict::New, "it fills; too small to tell");
    }
    let run = growth.run().filter(|run| run.gained >= enough && !leave(run.gained));
    if let Some(run) = &run
        && growth.is_shown(run, enough)
    {
        let ended = if entries.removed_entries == Some(0) { "no entry ever left" } else { "it never shrank" };
        return growth.leak(run, ended);
    }
    if run.is_none()
        && let Some(suspect) = growth.suspect(SUSPECT_LEVEL_OF_ENTRIES, enough)
    {
        return suspect;
    }
    match run {
        Some(_) => Judgement {
            waits: true,
            ..Judgement::of(
                Verdict::New,
                "it fills, but no major garbage collection has shown yet what stays",
            )
        },
        None if leave(entries.count) => growth.steady(),
        None => Judgement::of(Verdict::New, "it fills; too young to tell"),
    }
}

impl Facts<'_> {
    /// Whether so many of the oldest are older than everything its site ever released.
    fn outlive(&self, count: usize) -> bool {
        let is_held = self.ends != Ends::WithOwner || self.held_count.saturating_mul(2) >= self.live;
        // After the last garbage collection they may have become garbage.
        let known_ms = if is_held { self.now_ms } else { self.collected_ms };
        self.ended == 0 || self.oldest_ms(known_ms, count) > self.longest_ms.saturating_mul(OUTLIVES)
    }

    /// The age of the oldest but `count` - 1, in ms.
    fn oldest_ms(&self, now_ms: u64, count: usize) -> u64 {
        self.oldest_creations_ms.get(count - 1).map_or(0, |created| now_ms.saturating_sub(*created))
    }

    /// How what it counts ends in order.
    fn word(&self) -> &'static str {
        if self.entries.is_some() { "collected" } else { "released" }
    }
}

/// A number that may grow.
struct Growth<'a> {
    facts: &'a Facts<'a>,
    series: &'a Series,
    value: u64,
}

impl Growth<'_> {
    /// How long growth must last to be evidence, in ms.
    fn horizon_ms(&self) -> u64 {
        let least = if self.facts.ended == 0 { MIN_GROWTH_MS } else { MIN_MIXED_GROWTH_MS };
        (self.facts.age_ms / LIFE_SHARE).clamp(least, MAX_GROWTH_MS)
    }

    fn run_at(&self, level: usize) -> Option<Run> {
        let (times, values) = self.series.points(self.facts.timeline, level);
        // It may have fallen since the last look, as by a garbage collection.
        let has_fallen =
            values.last().is_some_and(|last| self.series.low().min(self.value) < u64::from(*last));
        if has_fallen || self.value <= self.series.ceiling() {
            return None;
        }
        evidence::run(times, values, level)
    }

    /// Growth without a fall, long enough to accuse; as the finest level shows it.
    fn run(&self) -> Option<Run> {
        let lasts = |run: &Run| {
            run.intervals >= MIN_INTERVALS && run.lasts_ms(self.facts.now_ms) >= self.horizon_ms()
        };
        (0..LEVELS).find_map(|level| self.run_at(level).filter(lasts))
    }

    /// Whether it may become a run: worth a garbage collection.
    fn is_promising(&self) -> bool {
        let run = self.run_at(0);
        let is_one = |run: &Run| {
            run.gained >= MIN_LEAK
                && run.lasts_ms(self.facts.now_ms) >= ASK_AFTER_MS
                && !self.is_shown(run, MIN_LEAK)
        };
        run.as_ref().is_some_and(is_one)
    }

    /// Whether so many of what it has grown by since `since_ms`, when it was `from`, are held and no garbage.
    fn is_held(&self, since_ms: u64, from: u64, least: u64) -> bool {
        let Facts { ends, was_leak, held_count, collected_ms, now_ms, .. } = *self.facts;
        // A collection in the second half has seen the growth of the first; an early one has seen nothing age.
        let half_ms = now_ms.saturating_sub(since_ms) / 2;
        let is_seen = collected_ms >= since_ms + half_ms.max(SEEN_AFTER_MS);
        ends != Ends::WithOwner
            || was_leak
            || (is_seen && self.series.kept() >= from + least)
            || (held_count >= least && held_count.saturating_mul(2) >= self.value)
    }

    fn is_shown(&self, run: &Run, least: u64) -> bool {
        self.is_held(run.since_ms, run.from, least)
    }

    /// Whether it has grown lately.
    fn is_recent(&self) -> bool {
        self.series.grew_lately() && self.value > self.series.ceiling()
    }

    fn leak(&self, run: &Run, ended: &str) -> Judgement {
        let evidence = format!("grew in {} of {} intervals; {ended}", run.grew, run.intervals);
        Judgement { level: Some(run.level), ..Judgement::of(Verdict::Leak, evidence) }
    }

    /// What grows on and off for long, as the levels from `first` on show it.
    fn suspect(&self, first: usize, least: u64) -> Option<Judgement> {
        if self.value <= self.series.ceiling() {
            return None;
        }
        let is_one = |level: &usize| {
            let (times, values) = self.series.points(self.facts.timeline, *level);
            let (grew, shrank) = evidence::changes(values);
            let span_ms = times.last().zip(times.first()).map_or(0, |(last, first)| last - first);
            let intervals = values.len().saturating_sub(1);
            shrank == 0
                && intervals >= MIN_INTERVALS
                && grew * 2 >= intervals
                && span_ms >= self.horizon_ms()
                && evidence::gained(values) >= least
                && evidence::still_grows(values)
                && self.is_held(times[0], values[0].into(), least)
        };
        let level = (first..LEVELS).find(is_one)?;
        let values = self.series.values(level);
        let evidence = format!(
            "{} held, grew in {} of {} intervals and never shrank",
            self.value,
            evidence::changes(values).0,
            values.len() - 1
        );
        Some(Judgement { level: Some(level), ..Judgement::of(Verdict::Suspect, evidence) })
    }

    fn steady(&self) -> Judgement {
        let values = self.series.values(0);
        let (grew, shrank) = evidence::changes(values);
        let intervals = values.len().saturating_sub(1);
        Judgement::of(Verdict::Steady, format!("grew in {grew}, shrank in {shrank} of {intervals} intervals"))
    }
}

#[cfg(all(test, not(loom)))]
mod model;
#[cfg(all(test, not(loom)))]
mod tests;
