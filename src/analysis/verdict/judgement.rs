//! What a rule says of a site, and the growth that it says it for.

use crate::analysis::runs::Run;
use crate::values::reason::{CouldBe, Growing, Measure, Reason};
use crate::values::snapshot::Verdict;

/// Fewer are a leak only when they came at regular intervals.
pub const MIN_LEAK: u64 = 10;

/// The verdict, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// What to think of it.
    pub verdict: Verdict,
    /// Why.
    pub reason: Reason,
    /// True when only a garbage collection is missing.
    pub waits: bool,
    /// The level of the history that shows the growth.
    pub level: Option<usize>,
    /// The growth that it is reported for.
    pub(super) basis: Option<Basis>,
    /// Whether it grows now.
    pub(super) grows: bool,
    /// Whether it is reported for another growth than before.
    pub(super) begins_anew: bool,
}

/// When growth began, and at which number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Basis {
    pub(super) of: Measure,
    pub(super) since_ms: u64,
    pub(super) from: u64,
}

impl Basis {
    pub(super) fn of(of: Measure, run: &Run) -> Self {
        Self { of, since_ms: run.since_ms, from: run.from }
    }
}

impl Judgement {
    pub(super) fn of(verdict: Verdict, reason: Reason) -> Self {
        Self { verdict, reason, waits: false, level: None, basis: None, grows: false, begins_anew: false }
    }

    pub(super) fn growing(verdict: Verdict, reason: Reason, basis: Basis, level: usize) -> Self {
        Self { level: Some(level), basis: Some(basis), grows: true, ..Self::of(verdict, reason) }
    }

    /// Whether it is reported for growth that is over.
    pub fn is_of_the_past(&self) -> bool {
        self.basis.is_some() && !self.grows && self.level.is_none()
    }

    /// The graver first; of the harmless the one that leaves a question.
    pub(super) fn rank(&self) -> u8 {
        match self.verdict {
            Verdict::Leak => 0,
            Verdict::Suspect => 1,
            Verdict::New => 2,
            Verdict::Steady => 3,
        }
    }

    pub(super) fn could_be(&self) -> Option<CouldBe> {
        match self.reason {
            Reason::Grew(Growing { could_be, .. })
            | Reason::Even { could_be, .. }
            | Reason::GrewOnAndOff { could_be, .. } => could_be,
            _ => None,
        }
    }
}
