//! Functions whose allocations stay: judged where they are sampled, see [`crate::analysis::allocations`].

use super::judgement::Judgement;
use crate::values::allocations::Allocations;
use crate::values::reason::Reason;
use crate::values::snapshot::Verdict;

/// The verdict, as of the last look.
pub fn of_allocations(of: &Allocations) -> Judgement {
    let Some(kept) = of.kept.filter(|_| of.verdict <= Verdict::Suspect) else {
        return Judgement::of(Verdict::Steady, Reason::NothingHeld);
    };
    let reason = Reason::Survives {
        bytes: kept.bytes,
        samples: kept.samples,
        error_percent: (kept.error() * 100.0).round() as u64,
        for_ms: kept.for_ms,
        ago_ms: kept.ago_ms,
        looks: kept.looks,
    };
    Judgement::of(of.verdict, reason)
}
