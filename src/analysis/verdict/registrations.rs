//! Registrations that pile up, of collections also.

use super::facts::{Ends, Facts};
use super::growth::{ASK_AFTER_MS, Growth, is_long_enough};
use super::judgement::{Basis, Judgement, MIN_LEAK};
use super::timeouts;
use crate::analysis::runs::{self, Run};
use crate::values::reason::{CouldBe, Measure, Reason};
use crate::values::snapshot::Verdict;

/// Of few that came at regular intervals so many must be known to be held: those of the first quarter of a minute.
const MIN_FEW_HELD: u64 = 4;
/// As [`runs::FEW`], before a collection of garbage is asked for.
const ASK_FEW: usize = 4;
/// The level whose history is long enough for growth on and off: minutes.
const SUSPECT_LEVEL: usize = 2;

pub(super) fn judge(facts: &Facts<'_>) -> Judgement {
    let of = if facts.entries.is_some() { Measure::Instances } else { Measure::Registrations };
    let growth = Growth { facts, series: facts.instances, value: facts.live, of };
    if let Ends::ByItself(delay_ms) = facts.ends
        && !facts.is_overdue(delay_ms)
    {
        return timeouts::judge(facts, &growth, delay_ms);
    }
    let hardly_any_ended = facts.hardly_any_ended();
    let may_outlive = facts.has_lifetimes() && facts.most_outlive();
    if !hardly_any_ended && !may_outlive {
        return growth.steady();
    }
    // What sits on owners that are new each time, and what others of its site have done, may still end.
    let could_be = match (hardly_any_ended, facts.is_held_for_certain()) {
        (true, true) => None,
        (true, false) => Some(CouldBe::LongSessions),
        (false, _) => Some(CouldBe::FewLongLived),
    };
    let verdict = if could_be.is_none() { Verdict::Leak } else { Verdict::Suspect };
    // Among others that end, each interval must show it: a few stay longer everywhere.
    let run = if hardly_any_ended { growth.run(MIN_LEAK) } else { growth.clear_run(MIN_LEAK) };
    let run = run.filter(|_| facts.live >= MIN_LEAK);
    // Among others that end it may be garbage that V8 has seen in use while it marked, as leakline looked at it. Collections are
    // further apart than a clear run mostly is long.
    let is_shown = |run: &Run| {
        let run = if hardly_any_ended { *run } else { growth.longest(run) };
        let is_twice = hardly_any_ended
            || facts.is_held_for_certain()
            || facts.instances.kept_twice() >= run.from.saturating_add(MIN_LEAK);
        is_twice && growth.is_held(run.since_ms, run.from, MIN_LEAK)
    };
    if let Some(run) = &run
        && (hardly_any_ended || facts.most_outlive_for_certain())
        && is_shown(run)
    {
        let reason = Reason::Grew(growth.growing(run, Some(facts.ended), could_be));
        return Judgement::growing(verdict, reason, Basis::of(of, run), run.level);
    }
    // Collections are kept by the last ten, as results are, more often than they leak one by one.
    let one_by_one = |few| match facts.ended == 0 && facts.entries.is_none() {
        true => runs::even_gap_ms(facts.creations_ms, facts.now_ms, few),
        false => None,
    };
    let creations = facts.creations_ms;
    let creations_span_ms = creations.last().zip(creations.first()).map_or(0, |(last, first)| last - first);
    let even_ms = one_by_one(runs::FEW).filter(|_| is_long_enough(creations_span_ms));
    if let Some(gap_ms) = even_ms
        && growth.is_held(creations[0], 0, MIN_FEW_HELD)
    {
        let basis = Basis { of, since_ms: creations[0], from: 0 };
        let reason = Reason::Even { gap_ms, held: facts.live, could_be };
        return Judgement { grows: true, basis: Some(basis), ..Judgement::of(verdict, reason) };
    }
    if let Some(suspect) = growth.on_and_off(SUSPECT_LEVEL, MIN_LEAK, could_be) {
        return suspect;
    }
    let waits = facts.ends == Ends::WithOwner
        && (run.is_some()
            || growth.is_promising(MIN_LEAK)
            || (facts.age_ms >= ASK_AFTER_MS
                && one_by_one(ASK_FEW).is_some()
                && !growth.is_held(creations[0], 0, MIN_FEW_HELD)));
    let held = facts.live;
    if run.is_some() || even_ms.is_some() {
        return Judgement { waits, ..Judgement::of(Verdict::New, Reason::Unproven { held }) };
    }
    let young = if held < MIN_LEAK { Reason::Few { held } } else { Reason::Growing { held } };
    match growth.is_recent() {
        true => Judgement { waits, ..Judgement::of(Verdict::New, young) },
        false => growth.steady(),
    }
}
