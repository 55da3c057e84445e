//! The rule for leak, suspect, steady and new in a running service: one rule of time, two degrees of certainty.
//!
//! Whatever grows without a fall, and of which next to nothing ever ends, is reported by the time it has grown, whatever
//! its kind and rate. Size only keeps the small out.
//!
//! | what grew without a fall for about half a minute (`MIN_GROWTH_MS`), a tenth of its site's life at the most 10 minutes (`growth`) | verdict | rule |
//! | --- | --- | --- |
//! | sits on one owner that gathers it, or ends by a call alone; next to nothing ended | leak | `registrations` |
//! | sits on owners that are new each time, or some of its site ended: the oldest outlive these by far; a major collection has shown that it is held | suspect | `registrations` |
//! | entries of a collection from which none was deleted | suspect | `entries` |
//! | timeouts of minutes, few of them cleared | suspect; a leak where they never fire | `timeouts` |
//! | timeouts that others have started when they fired | suspect | `timeouts` |
//! | entries that stay among others that leave, at a constant rate for three quarters of a minute | suspect | `entries` |
//! | a suspect that grew for five minutes, and was shown to be held again; timeouts: of hours, or when the heap grows with them alone | leak | `state` |
//! | grew on and off for minutes, and never fell | suspect | `growth` |
//! | may be garbage still, is young, few or small | new | `judgement` |
//! | anything else | steady | `judgement` |
//!
//! What was reported stays so until it is released, see [`remembered`]. [`runs`](crate::analysis::runs) reads growth
//! off a history and off creations.

mod allocations;
mod entries;
mod facts;
mod growth;
mod judgement;
mod registrations;
mod state;
mod timeouts;

use crate::store::series::Series;
use crate::values::reason::{Measure, Reason};
use crate::values::snapshot::Verdict;

pub use allocations::of_allocations;
pub use facts::{Ends, Entries, Facts, outliers};
pub use growth::horizon_ms;
pub use judgement::{Judgement, MIN_LEAK};
pub use state::{CERTAIN_AFTER_MS, goes_on, remembered};

/// How long a site is known before anything is said of it, in ms: what a service does at its start is over.
const MIN_AGE_MS: u64 = 10_000;
/// Judges a site.
pub fn judge(facts: &Facts<'_>) -> Judgement {
    if facts.live == 0 {
        return Judgement::of(Verdict::Steady, Reason::NothingHeld);
    }
    if facts.age_ms < MIN_AGE_MS && facts.shown.is_none() {
        return Judgement::of(Verdict::New, Reason::TooYoung { age_ms: facts.age_ms });
    }
    match facts.shown.filter(|shown| !state::is_over(shown, facts)) {
        Some(shown) => state::go_on(shown, facts, by_history(facts)),
        None => by_history(&Facts { shown: None, ..facts.clone() }),
    }
}

/// Judges a site by its history alone.
fn by_history(facts: &Facts<'_>) -> Judgement {
    // That one collection has just grown says of its entries, not of the others of its site.
    let instances =
        Facts { held_count: if facts.entries.is_some() { 0 } else { facts.held_count }, ..facts.clone() };
    let mut judgement = registrations::judge(&instances);
    if let Some(entries) = facts.entries {
        let of_entries = entries::judge(facts, entries);
        let waits = judgement.waits || of_entries.waits;
        let is_better_said =
            of_entries.verdict == Verdict::New && judgement.verdict == Verdict::New && !judgement.waits;
        if of_entries.rank() < judgement.rank() || is_better_said {
            judgement = of_entries;
        }
        judgement.waits = waits && judgement.verdict != Verdict::Leak;
    }
    judgement
}

impl Facts<'_> {
    /// The history and the number of what is measured.
    fn measured(&self, of: Measure) -> (&Series, u64) {
        match (of, self.entries) {
            (Measure::Entries, Some(entries)) => (entries.series, entries.count),
            _ => (self.instances, self.live),
        }
    }

    /// Entries that were seen to leave.
    fn left(&self) -> u64 {
        self.entries.and_then(|entries| entries.removed_entries).unwrap_or(0)
    }
}

#[cfg(all(test, not(loom)))]
mod model;
#[cfg(all(test, not(loom)))]
mod tests;
