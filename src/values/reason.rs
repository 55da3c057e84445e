//! Why a site has its verdict: a code with numbers. Programs read them; the sentence is made by
//! [`report`](crate::report).

use serde::{Deserialize, Serialize};

/// Why a site has its verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Reason {
    /// Nothing is held.
    NothingHeld,
    /// The site is too young to judge.
    TooYoung {
        /// Time since its first registration, in ms.
        age_ms: u64,
    },
    /// Registrations or entries grew without a fall.
    Grew(Growing),
    /// Few registrations, at even distances, and none ever ended.
    Even {
        /// The mean distance, in ms.
        gap_ms: u64,
        /// Registrations held.
        held: u64,
        /// What is innocent and looks the same.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        could_be: Option<CouldBe>,
    },
    /// Grew on and off for minutes and never shrank.
    GrewOnAndOff {
        /// Registrations or entries held.
        held: u64,
        /// Intervals of the history.
        intervals: u64,
        /// Of these, with growth.
        grew: u64,
        /// What is innocent and looks the same.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        could_be: Option<CouldBe>,
    },
    /// Timeouts pile up: more are started than end.
    PilingUp {
        /// Pending timeouts.
        pending: u64,
        /// The longest delay, in ms.
        delay_ms: u64,
        /// Timeouts that fired or were cleared.
        ended: u64,
        /// Pending timeouts when the first of them fires, if it goes on as it does; absent where no one will live to see that.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        outlook: Option<u64>,
    },
    /// It grows, but no major garbage collection has shown yet what stays.
    Unproven {
        /// Registrations or entries held.
        held: u64,
    },
    /// It grows, but there are few.
    Few {
        /// Registrations or entries held.
        held: u64,
    },
    /// It grows, but has not for long enough.
    Growing {
        /// Registrations or entries held.
        held: u64,
    },
    /// Its timeouts end by themselves.
    EndsByItself {
        /// The longest delay, in ms.
        delay_ms: u64,
    },
    /// Of what a function allocated, something of each stretch of time outlived major garbage collections.
    Survives {
        /// Bytes that did, estimated.
        bytes: u64,
        /// The samples that this is estimated by.
        samples: u64,
        /// Half the width of the interval that holds the true number with 95 % certainty, in per cent.
        error_percent: u64,
        /// How long it grew, in ms.
        for_ms: u64,
        /// How long ago it last grew, in ms; 0 while it grows.
        ago_ms: u64,
        /// Looks after major collections that saw it.
        looks: u64,
    },
    /// Comes and goes, or stays as it is.
    Steady {
        /// Intervals of the history.
        intervals: u64,
        /// Of these, with growth.
        grew: u64,
        /// Of these, with a fall.
        shrank: u64,
    },
    /// More and more timeouts, each of which starts the next one when it fires: chains that nobody ends.
    StartAgain {
        /// Pending timeouts.
        pending: u64,
        /// The longest delay, in ms.
        delay_ms: u64,
        /// How long their number grew, in ms.
        for_ms: u64,
        /// How long ago it last grew, in ms; 0 while it grows.
        ago_ms: u64,
    },
    /// Handles that the program never closed: the garbage collector did, when nothing referred to them any more.
    Unclosed {
        /// Handles that the collector closed.
        collected: u64,
        /// Handles that the program closed.
        closed: u64,
        /// How long that went on, in ms.
        for_ms: u64,
        /// How long ago the collector closed the last one, in ms.
        ago_ms: u64,
    },
    /// Held for longer than the limit that was set for it.
    Overdue {
        /// Registrations held for too long.
        overdue: u64,
        /// Registrations held.
        held: u64,
        /// Age of the oldest, in ms.
        oldest_ms: u64,
        /// The limit, in ms.
        limit_ms: u64,
        /// Why it would be reported without the limit.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        beside: Option<Box<Reason>>,
    },
}

/// Growth without a fall.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Growing {
    /// Whether registrations or entries grew.
    pub of: Measure,
    /// How long it grew, in ms.
    pub for_ms: u64,
    /// How long ago it grew last, in ms; 0 while it grows.
    pub ago_ms: u64,
    /// Intervals of the history in which it grew without a fall; 0 when it does not grow any more.
    pub intervals: u64,
    /// Of these, with growth.
    pub grew: u64,
    /// Registrations or entries held. When it does not grow any more, those that came meanwhile.
    pub held: u64,
    /// Registrations that ended in order or with their owner; entries that were deleted, absent where that was not watched.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ended: Option<u64>,
    /// Longest lifetime of those that ended, in ms; absent where none did.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub longest_ms: Option<u64>,
    /// What is innocent and looks the same.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub could_be: Option<CouldBe>,
}

/// What grew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Measure {
    /// Registrations that are released.
    #[default]
    Registrations,
    /// Collections that are garbage-collected.
    Instances,
    /// Entries of collections.
    Entries,
    /// Timeouts each of which starts the next one.
    Chains,
}

/// What is innocent and looks like a leak so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CouldBe {
    /// A cache that is not full yet: its first deletion will show it.
    FillingCache,
    /// Sessions or clients that stay: their first end will show it.
    LongSessions,
    /// Some that stay for much longer than the others.
    FewLongLived,
}
