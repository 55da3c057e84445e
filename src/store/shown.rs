//! What was reported of a site and is still held: what an end changes of it. When it is over is for
//! [`verdict`](crate::analysis::verdict) to say.

use crate::values::reason::{CouldBe, Measure};
use crate::values::snapshot::Verdict;

/// A growth that was reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Leak or suspect.
    pub verdict: Verdict,
    /// What grew.
    pub of: Measure,
    /// When the growth began, in ms.
    pub since_ms: u64,
    /// When it was last seen to grow, in ms.
    pub until_ms: u64,
    /// How much of that time it has grown, in ms.
    pub grown_ms: u64,
    /// When that was last looked at, in ms.
    pub seen_ms: u64,
    /// The number that it began with.
    pub from: u64,
    /// By how much it has grown.
    pub gained: u64,
    /// Lifetimes up to this one are ordinary, in ms.
    pub ordinary_ms: u64,
    /// Live registrations that are older than the growth.
    pub before: u64,
    /// Live registrations that came in it.
    pub held: u64,
    /// Of those that came in it, how many have ended after more than an ordinary lifetime.
    pub late: u64,
    /// Entries that had left before.
    pub left_before: u64,
    /// What is innocent and looks the same.
    pub could_be: Option<CouldBe>,
}

impl Shown {
    /// Whether it is of entries that stay among others that leave.
    pub fn is_among_others(&self) -> bool {
        self.of == Measure::Entries && self.could_be == Some(CouldBe::FewLongLived)
    }

    /// A registration of its site has ended.
    pub fn ended(&mut self, created_ms: u64, lifetime_ms: u64, weight: u64) {
        if created_ms < self.since_ms {
            self.before = self.before.saturating_sub(weight);
        } else if created_ms <= self.until_ms {
            self.held = self.held.saturating_sub(weight);
            if lifetime_ms > self.ordinary_ms {
                self.late += weight;
            }
        }
    }
}
