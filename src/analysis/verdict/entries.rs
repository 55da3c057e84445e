//! Entries that pile up in collections.

use super::facts::{Entries, Facts};
use super::growth::Growth;
use super::judgement::{Basis, Judgement};
use crate::values::reason::{CouldBe, Measure, Reason};
use crate::values::snapshot::Verdict;

/// Fewer entries are small, whatever they grow by: tables and caches of any program.
const MIN_ENTRIES: u64 = 100;
/// Entries that leave are noise up to this share of those that stayed.
const LEAVING_SHARE: u64 = 20;
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
    let leave = entries.removed_entries.unwrap_or(0).saturating_mul(LEAVING_SHARE) > held;
    let run = growth.run(MIN_ENTRIES).filter(|_| !leave);
    let could_be = (!leave).then_some(CouldBe::FillingCache);
    if let Some(run) = &run
        && growth.is_held(run.since_ms, run.from, MIN_ENTRIES)
    {
        let reason = Reason::Grew(growth.growing(run, entries.removed_entries, could_be));
        return Judgement::growing(Verdict::Suspect, reason, Basis::of(Measure::Entries, run), run.level);
    }
    if run.is_none()
        && let Some(suspect) = growth.on_and_off(SUSPECT_LEVEL, MIN_ENTRIES, could_be)
    {
        return suspect;
    }
    match run {
        Some(_) => Judgement { waits: true, ..Judgement::of(Verdict::New, Reason::Unproven { held }) },
        None if leave => growth.steady(),
        None => Judgement::of(Verdict::New, Reason::Growing { held }),
    }
}
