//! Entries that pile up in collections: in those that only fill, and in those that others leave meanwhile.

use super::facts::{Entries, Facts};
use super::growth::Growth;
use super::judgement::{Basis, Judgement};
use crate::analysis::runs::Run;
use crate::values::reason::{CouldBe, Measure, Reason};
use crate::values::snapshot::Verdict;

/// Fewer entries are small, whatever they grow by: tables and caches of any program.
const MIN_ENTRIES: u64 = 100;
/// Where more leave, so many may for each that stays: of a busy table its load grows …
const LEAVING_FOR_ONE: u64 = 4;
/// … and it must have grown while they left for so long, in ms, …
const MIXED_GROWTH_MS: u64 = 45_000;
/// … in its second half by this part of what it has in its first, in tenths: what lives for some time grows less and less,
/// until as many leave as come.
const EVEN_TENTHS: u64 = 8;
/// The level whose history is long enough for growth on and off: the better part of an hour.
const SUSPECT_LEVEL: usize = 3;

pub(super) fn judge(facts: &Facts<'_>, entries: Entries<'_>) -> Judgement {
    let growth = Growth { facts, series: entries.series, value: entries.count, of: Measure::Entries };
    let held = entries.count;
    if !facts.outlives() || !growth.is_recent() {
        return growth.steady();
    }
    if held < MIN_ENTRIES {
        return Judgement::of(Verdict::New, Reason::Few { held });
    }
    let leave = entries.leaving_ms > 0;
    let could_be = if leave { CouldBe::FewLongLived } else { CouldBe::FillingCache };
    let run = match leave {
        false => growth.run(MIN_ENTRIES),
        true => growth.run_that(|run| stay_among_others(&growth, entries, run)),
    };
    if let Some(run) = &run
        && growth.is_held(run.since_ms, run.from, MIN_ENTRIES)
    {
        let reason = Reason::Grew(growth.growing(run, entries.removed_entries, Some(could_be)));
        return Judgement::growing(Verdict::Suspect, reason, Basis::of(Measure::Entries, run), run.level);
    }
    if run.is_none()
        && let Some(suspect) = growth.on_and_off(SUSPECT_LEVEL, MIN_ENTRIES, (!leave).then_some(could_be))
    {
        return suspect;
    }
    match run {
        Some(_) => Judgement { waits: true, ..Judgement::of(Verdict::New, Reason::Unproven { held }) },
        None if leave => growth.steady(),
        None => Judgement::of(Verdict::New, Reason::Growing { held }),
    }
}

/// Whether it grows at a constant rate, though others leave: some stay.
fn stay_among_others(growth: &Growth<'_>, entries: Entries<'_>, run: &Run) -> bool {
    let (times, values) = entries.series.points(growth.facts.timeline, run.level);
    let first = times.partition_point(|time| *time < run.since_ms);
    let (times, values) = (&times[first..], &values[first..]);
    // A point is the lowest since the one before, so the first interval of a new collection shows nothing yet.
    let Some(last) = values.len().checked_sub(1).filter(|last| *last >= 3) else { return false };
    let middle = 1 + (last - 1) / 2;
    let gained = |from: usize, to: usize| u64::from(values[to].saturating_sub(values[from]));
    let (early, late) = (gained(1, middle), gained(middle, last));
    let (early_ms, late_ms) = (times[middle] - times[1], times[last] - times[middle]);
    run.gained >= MIN_ENTRIES
        && run.grew == run.intervals
        && run.lasts_ms(growth.facts.now_ms).min(entries.leaving_ms) >= MIXED_GROWTH_MS
        && entries.removed_entries.unwrap_or(0) <= run.gained.saturating_mul(LEAVING_FOR_ONE)
        && late.saturating_mul(early_ms) * 10 >= early.saturating_mul(late_ms) * EVEN_TENTHS
}
