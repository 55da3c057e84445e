//! From a site of the store to its verdict: the facts that [`super::verdict`] judges.

use super::checkouts::Checkouts;
use super::verdict::{self, Ends, Entries, Facts, Judgement};
use super::{runs, unclosed};
use crate::record::layout::{HANDLE, POOL, TIMEOUT, is_timer};
use crate::store::series::Timeline;
use crate::store::{Shown, SiteView};
use crate::values::frames::Frame;
use crate::values::snapshot::Verdict;

/// What to think of a site, as snapshots have it.
pub fn verdict(view: &SiteView<'_>, timeline: &Timeline, now_ms: u64) -> Verdict {
    let Judgement { verdict, reason, .. } = judge(view, timeline, now_ms);
    let (verdict, _) = unclosed::judge(view.aggregate, (verdict, reason), now_ms);
    let is_overdue = Checkouts::of(view, now_ms).is_some_and(|checkouts| checkouts.overdue > 0);
    if is_overdue { verdict.min(Verdict::Suspect) } else { verdict }
}

/// The verdict on a site of a process that has recorded for `now_ms`.
pub fn judge(view: &SiteView<'_>, timeline: &Timeline, now_ms: u64) -> Judgement {
    if let Some(allocations) = &view.aggregate.allocations {
        return verdict::of_allocations(allocations);
    }
    with_facts(view, timeline, now_ms, verdict::judge)
}

/// The same, and what is to be remembered of it.
pub fn judge_and_remember(
    view: &SiteView<'_>,
    timeline: &Timeline,
    now_ms: u64,
) -> (Judgement, Option<Shown>) {
    // What is remembered of those lies where they are sampled.
    if view.aggregate.allocations.is_some() {
        return (judge(view, timeline, now_ms), None);
    }
    with_facts(view, timeline, now_ms, |facts| {
        let judgement = verdict::judge(facts);
        let created_before =
            |time_ms: u64| time_ms.checked_sub(1).map_or(0, |until| view.created_until(until));
        let shown = verdict::remembered(&judgement, facts, created_before);
        (judgement, shown)
    })
}

fn with_facts<T>(
    view: &SiteView<'_>,
    timeline: &Timeline,
    now_ms: u64,
    judge: impl FnOnce(&Facts<'_>) -> T,
) -> T {
    let aggregate = view.aggregate;
    let is_collection = aggregate.site.is_collection();
    let creations_ms = view.creations_ms(runs::MAX_FEW + 1);
    judge(&Facts {
        ends: match aggregate.site.kind {
            TIMEOUT => Ends::ByItself(u64::from(aggregate.delay_ms)),
            kind if is_timer(kind) => Ends::ByCall,
            // A pool keeps what it has checked out, and Node what is open, but for what says otherwise.
            POOL | HANDLE if !aggregate.site.ends_with_owner => Ends::ByCall,
            _ => Ends::WithOwner,
        },
        start_again: aggregate.site.kind == TIMEOUT && starts_again(&aggregate.site.stack),
        live: aggregate.counts.live,
        ended: aggregate.counts.released + aggregate.counts.collected,
        age_ms: now_ms.saturating_sub(aggregate.since_ms),
        oldest_creations_ms: &creations_ms[..creations_ms.len().min(verdict::MIN_LEAK as usize)],
        collected_ms: view.collected_ms,
        longest_ms: aggregate.longest_but(verdict::outliers(aggregate.counts.live)),
        held_count: aggregate.held_count(),
        creations_ms: if creations_ms.len() > runs::MAX_FEW { &[] } else { &creations_ms },
        instances: if is_collection { &aggregate.live_series } else { &aggregate.series },
        entries: is_collection.then_some(Entries {
            count: aggregate.value(),
            series: &aggregate.series,
            removed_entries: aggregate.inserters.removed_entries(),
            leaving_ms: aggregate.leaving_ms(),
        }),
        shown: aggregate.shown.as_deref(),
        timeline,
        now_ms,
    })
}

/// Whether it was a timer that has fired which called what is on this stack.
fn starts_again(stack: &[Frame]) -> bool {
    let is_fired = |frame: &Frame| {
        frame.file == "node:internal/timers" && frame.function.as_deref() == Some("listOnTimeout")
    };
    stack.iter().any(is_fired)
}
