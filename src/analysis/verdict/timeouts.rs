//! Timeouts end by themselves, but not before their delay is over. Where they are long and few are cleared, they pile up
//! meanwhile. And one that starts the next one when it fires is a chain, which lives as an interval does.

use super::facts::Facts;
use super::growth::Growth;
use super::judgement::{Basis, Judgement, MIN_LEAK};
use crate::analysis::runs::Run;
use crate::values::reason::{Measure, Reason};
use crate::values::snapshot::Verdict;

/// A timeout is overdue from so many delays on: somebody refreshes it, or the event loop hangs.
const OVERDUE: u64 = 3;
/// Chains go on for more than so many delays: retries whose delays grow have ended by then.
const CHAINS: u64 = 6;
/// And they are so many more that chance, the root of those pending, does not explain it.
const SIGMAS_SQUARED: u64 = 16;
/// The last quarter of the time has at least this part of the growth: chains that end level off as they do.
const LAST_SHARE: u64 = 8;
/// From this delay on pending timeouts are worth a word, in ms: deadlines of requests and retries are shorter.
const LONG_MS: u64 = 2 * 60_000;
/// From this delay on they are a leak as soon as they went on for long, in ms: hardly any process sees them all fire.
const HOURS_MS: u64 = 3_600_000;
/// From this delay on they never fire, in ms: the longest that Node takes is 2^31-1 ms, some 25 days.
const NEVER_MS: u64 = 7 * 24 * HOURS_MS;
/// Few are cleared when they are at most this part of those that are pending.
const FEW_ENDED_SHARE: u64 = 4;

/// Whether a delay is so long that nobody waits for it.
pub(super) fn takes_hours(delay_ms: u64) -> bool {
    delay_ms >= HOURS_MS
}

impl Facts<'_> {
    /// Whether a timeout is pending for much longer than it was to be.
    pub(super) fn is_overdue(&self, delay_ms: u64) -> bool {
        self.oldest_ms(self.now_ms, 1) > delay_ms.saturating_mul(OVERDUE)
    }
}

/// What a run gained in the last quarter of its time.
fn gained_lately(facts: &Facts<'_>, growth: &Growth<'_>, run: &Run) -> u64 {
    let (times, values) = growth.series.points(facts.timeline, run.level);
    let since_ms = facts.now_ms.saturating_sub(run.lasts_ms(facts.now_ms) / 4);
    let before = times.partition_point(|time_ms| *time_ms <= since_ms).saturating_sub(1);
    let last = values.last().copied().unwrap_or(0);
    u64::from(last.saturating_sub(values.get(before).copied().unwrap_or(last)))
}

/// Judges timeouts of which none is overdue.
pub(super) fn judge(facts: &Facts<'_>, growth: &Growth<'_>, delay_ms: u64) -> Judgement {
    let few_ended = facts.ended.saturating_mul(FEW_ENDED_SHARE) <= facts.live;
    if delay_ms >= LONG_MS
        && few_ended
        && facts.live >= MIN_LEAK
        && let Some(run) = growth.run(MIN_LEAK)
    {
        let verdict = if delay_ms >= NEVER_MS { Verdict::Leak } else { Verdict::Suspect };
        let until_first_ms = delay_ms.saturating_sub(facts.oldest_ms(facts.now_ms, 1));
        let more = u128::from(run.gained) * u128::from(until_first_ms)
            / u128::from(run.lasts_ms(facts.now_ms).max(1));
        let outlook = facts.live.saturating_add(u64::try_from(more).unwrap_or(u64::MAX));
        let reason = Reason::PilingUp {
            pending: facts.live,
            delay_ms,
            ended: facts.ended,
            outlook: (delay_ms < NEVER_MS).then_some(outlook),
        };
        return Judgement::growing(verdict, reason, Basis::of(growth.of, &run), run.level);
    }
    let are_chains = |run: &Run| {
        run.lasts_ms(facts.now_ms) >= delay_ms.saturating_mul(CHAINS)
            && run.gained.saturating_mul(run.gained) >= facts.live.saturating_mul(SIGMAS_SQUARED)
            && gained_lately(facts, growth, run).saturating_mul(LAST_SHARE) >= run.gained
    };
    if facts.start_again
        && facts.live >= MIN_LEAK
        && let Some(run) = growth.run(MIN_LEAK).filter(are_chains)
    {
        let for_ms = facts.shown.map_or(run.since_ms, |shown| shown.since_ms.min(run.since_ms));
        let for_ms = facts.now_ms.saturating_sub(for_ms);
        let reason = Reason::StartAgain { pending: facts.live, delay_ms, for_ms, ago_ms: 0 };
        return Judgement::growing(Verdict::Suspect, reason, Basis::of(Measure::Chains, &run), run.level);
    }
    let verdict = match growth.is_recent() && facts.age_ms < delay_ms.saturating_mul(OVERDUE) {
        true => Verdict::New,
        false => Verdict::Steady,
    };
    Judgement::of(verdict, Reason::EndsByItself { delay_ms })
}
