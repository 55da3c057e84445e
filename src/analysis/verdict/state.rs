//! A verdict is a state, and this is its way out: it ends when what leaked is released or collected, or when what was taken
//! for a leak begins to end after all; not when growth pauses.

use super::facts::{Ends, Facts};
use super::growth::Growth;
use super::judgement::{Basis, Judgement, MIN_LEAK};
use super::timeouts;
use crate::store::Shown;
use crate::values::reason::{Growing, Measure, Reason};
use crate::values::snapshot::Verdict;

/// A suspect that went on growing for so long becomes a leak, in ms.
pub const CERTAIN_AFTER_MS: u64 = 5 * 60_000;
/// A suspect that grows is to be shown to be held again after so long, in ms; and what does not grow any more, which
/// somebody may have released since …
const RECHECK_AFTER_MS: u64 = 30_000;
/// … the more rarely, the longer it stays as it is: once in this part of that time.
const RECHECK_SHARE: u64 = 16;
/// What leaked is released when less than this share of it is held.
const RELEASED_SHARE: u64 = 4;
/// Of a suspect so much may end later than was to be expected: what begins to end in order was no leak.
const LATE_SHARE: u64 = 20;
/// The same of a leak, which somebody may begin to clear up.
const LATE_SHARE_OF_LEAK: u64 = 8;
/// Chains of timeouts end between two of them, and a look may come just then: of so many one must have ended.
const ENDED_CHAINS_SHARE: u64 = 4;
/// A suspect that has not grown for so long, in ms, and for so many times as long as it grew, is one no more: it was a
/// table that was built as it was needed.
const FORGOTTEN_AFTER_MS: u64 = 30 * 60_000;
const FORGOTTEN_AFTER: u64 = 4;
/// Where entries come and go, and no more of them come than go for so long, in ms, they were those that live longer.
const LEVEL_AFTER_MS: u64 = 30_000;

/// What is to be remembered of a site that has just been judged. `created_before` counts the live registrations that were
/// made before a time, in ms.
pub fn remembered(
    judgement: &Judgement,
    facts: &Facts<'_>,
    created_before: impl FnOnce(u64) -> u64,
) -> Option<Shown> {
    let is_reported = matches!(judgement.verdict, Verdict::Leak | Verdict::Suspect);
    let basis = judgement.basis.filter(|_| is_reported)?;
    let now_ms = facts.now_ms;
    let known = facts.shown.filter(|shown| shown.of == basis.of && !judgement.begins_anew);
    let (series, value) = facts.measured(basis.of);
    let gained = |from: u64| series.low().min(value).saturating_sub(from);
    // Where it is most of all there is, it began with the first: a history shows it from its second look on.
    let is_from_the_first =
        facts.hardly_any_ended() && basis.from.saturating_mul(RELEASED_SHARE) <= gained(basis.from);
    let basis = match is_from_the_first {
        true => Basis { since_ms: now_ms.saturating_sub(facts.age_ms), from: 0, ..basis },
        false => basis,
    };
    let before = if known.is_some() { 0 } else { created_before(basis.since_ms) };
    let mut shown = known.cloned().unwrap_or_else(|| Shown {
        verdict: judgement.verdict,
        of: basis.of,
        since_ms: basis.since_ms,
        until_ms: now_ms,
        grown_ms: now_ms.saturating_sub(basis.since_ms),
        seen_ms: now_ms,
        from: basis.from,
        gained: gained(basis.from),
        ordinary_ms: facts.ordinary_ms(),
        before,
        held: facts.live.saturating_sub(before),
        late: 0,
        left_before: facts.left(),
        could_be: judgement.could_be(),
    });
    shown.verdict = judgement.verdict;
    if judgement.grows || series.grew_lately() {
        shown.grown_ms += now_ms.saturating_sub(shown.seen_ms);
    }
    if series.grew_at_last_look() {
        if shown.is_among_others() {
            // They leave while it grows: what matters is whether they do when it does not.
            shown.left_before = facts.left();
        }
        shown.until_ms = now_ms;
        shown.held = facts.live.saturating_sub(shown.before);
        shown.gained = shown.gained.max(gained(shown.from));
    }
    shown.seen_ms = now_ms;
    Some(shown)
}

/// Whether it went on growing for so long that it becomes a leak, if it ends no sooner.
pub fn goes_on(shown: &Shown) -> bool {
    shown.grown_ms >= CERTAIN_AFTER_MS && shown.until_ms == shown.seen_ms
}

/// Whether what was reported is over.
pub(super) fn is_over(shown: &Shown, facts: &Facts<'_>) -> bool {
    let late_share = if shown.verdict == Verdict::Leak { LATE_SHARE_OF_LEAK } else { LATE_SHARE };
    let is_much = |number: u64| number.saturating_mul(late_share) > shown.gained;
    let idle_ms = facts.now_ms.saturating_sub(shown.until_ms);
    let is_forgotten = shown.verdict == Verdict::Suspect
        && idle_ms > FORGOTTEN_AFTER_MS
        && idle_ms > shown.grown_ms.saturating_mul(FORGOTTEN_AFTER);
    if is_forgotten {
        return true;
    }
    if shown.of == Measure::Entries {
        let (series, value) = facts.measured(shown.of);
        let held = series.low().min(value).saturating_sub(shown.from);
        let may_leave = shown.is_among_others() && idle_ms < LEVEL_AFTER_MS;
        let has_left = if may_leave { 0 } else { facts.left().saturating_sub(shown.left_before) };
        return is_much(shown.gained.saturating_sub(held)) || is_much(has_left);
    }
    if shown.of == Measure::Chains {
        let held = facts.live.saturating_sub(shown.from);
        return shown.gained.saturating_sub(held).saturating_mul(ENDED_CHAINS_SHARE) > shown.gained;
    }
    shown.held.saturating_mul(RELEASED_SHARE) < shown.gained || (is_much(shown.late) && !facts.most_outlive())
}

/// The verdict on what was reported and is not over; `fresh` is what is to be thought of it by its history alone.
pub(super) fn go_on(shown: &Shown, facts: &Facts<'_>, fresh: Judgement) -> Judgement {
    let is_same = fresh.basis.is_some_and(|basis| basis.of == shown.of);
    if fresh.verdict < shown.verdict && !is_same && fresh.basis.is_some() {
        return Judgement { begins_anew: true, ..fresh };
    }
    let mut judgement = if is_same && fresh.grows {
        fresh
    } else {
        Judgement { waits: fresh.waits, ..Judgement::of(shown.verdict, reason(shown, facts)) }
    };
    judgement.basis = Some(Basis { of: shown.of, since_ms: shown.since_ms, from: shown.from });
    judgement.verdict = judgement.verdict.min(shown.verdict);
    // What was held may have become garbage since.
    let idle_ms = facts.now_ms.saturating_sub(shown.until_ms);
    let is_due = facts.ends == Ends::WithOwner
        && shown.of != Measure::Entries
        && facts.now_ms.saturating_sub(facts.collected_ms) >= RECHECK_AFTER_MS.max(idle_ms / RECHECK_SHARE);
    judgement.waits |= is_due && (judgement.verdict == Verdict::Suspect || !judgement.grows);
    let (series, value) = facts.measured(shown.of);
    let growth = Growth { facts, series, value, of: shown.of };
    if judgement.verdict == Verdict::Suspect && may_be_certain(shown, facts, &growth) {
        if growth.is_still_held(shown.since_ms, shown.from, MIN_LEAK) {
            judgement.verdict = Verdict::Leak;
        } else {
            judgement.waits = true;
        }
    }
    judgement
}

/// Whether it went on for so long that nothing but its being held is missing.
fn may_be_certain(shown: &Shown, facts: &Facts<'_>, growth: &Growth<'_>) -> bool {
    // What grows on and off may be a pool, which follows the most that were ever busy.
    let goes_on =
        growth.series.grew_lately() && shown.grown_ms >= CERTAIN_AFTER_MS && growth.run(MIN_LEAK).is_some();
    let never_ends = match facts.ends {
        Ends::ByItself(delay_ms) if !facts.is_overdue(delay_ms) => timeouts::takes_hours(delay_ms),
        // Where it is not seen what leaves, it may be as much as comes.
        _ if shown.of == Measure::Entries => {
            !shown.is_among_others() && facts.entries.is_some_and(|entries| entries.removed_entries.is_some())
        }
        _ => facts.hardly_any_ended() || facts.most_outlive_for_certain(),
    };
    goes_on && never_ends
}

/// Why it is reported, when it does not grow.
fn reason(shown: &Shown, facts: &Facts<'_>) -> Reason {
    if let Ends::ByItself(delay_ms) = facts.ends
        && !facts.is_overdue(delay_ms)
    {
        if shown.of == Measure::Chains {
            let for_ms = shown.until_ms.saturating_sub(shown.since_ms);
            let ago_ms = facts.now_ms.saturating_sub(shown.until_ms);
            return Reason::StartAgain { pending: facts.live, delay_ms, for_ms, ago_ms };
        }
        return Reason::PilingUp { pending: facts.live, delay_ms, ended: facts.ended, outlook: None };
    }
    let is_of_entries = shown.of == Measure::Entries;
    let (held, ended) = if is_of_entries {
        (facts.measured(shown.of).1, facts.entries.and_then(|entries| entries.removed_entries))
    } else {
        (shown.held, Some(facts.ended))
    };
    Reason::Grew(Growing {
        of: shown.of,
        for_ms: shown.until_ms.saturating_sub(shown.since_ms),
        ago_ms: facts.now_ms.saturating_sub(shown.until_ms),
        intervals: 0,
        grew: 0,
        held,
        ended,
        longest_ms: (!is_of_entries && facts.ended > 0).then_some(facts.longest_ms),
        could_be: shown.could_be,
    })
}
