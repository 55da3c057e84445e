//! A site, and what is known of its growth.

use serde::{Deserialize, Serialize};

use crate::record::layout::is_sampled;
use crate::values::frames::{self, Frame, Place, Position};
use crate::values::label::Label;
use crate::values::reason::Reason;
use crate::values::stack::Stack;
use crate::values::verdict::Verdict;

/// All registrations of one kind with the same creation stack.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Site {
    /// Identity across runs: kind, functions and files of the running code, no line numbers. 16 hex
    /// digits.
    pub fingerprint: String,
    /// `listener`, `timeout`, `interval`, `immediate`, `map`, `set`, `array`, `handle`, `pool`, or a name given to
    /// `track()`.
    pub kind: String,
    /// For display: `Redis 'message'`, `setInterval 30000 ms`, `Map`.
    pub label: Label,
    /// Unreleased now.
    pub live: u64,
    /// Registered since the start.
    pub registered: u64,
    /// Released.
    pub released: u64,
    /// Ended by garbage collection of the owner.
    pub collected: u64,
    /// True when some registrations were sampled, so that the counts are estimates.
    pub estimated: bool,
    /// Age of the oldest live registration, in ms; 0 when none is live.
    pub oldest_ms: u64,
    /// Slope of `live` in registrations an hour, or of the entries for collections whose instances
    /// do not grow; 0 while the history is too short.
    pub growth_per_hour: f64,
    /// Lifetimes of ended registrations.
    pub lifetime_ms: Lifetimes,
    /// Collections only: entries held by the live instances.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub size: Option<Size>,
    /// Collections only: the stack that inserts most; absent when unknown.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub top_inserter: Option<TopInserter>,
    /// Collections only: entries that were removed while they were watched.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub removed_entries: Option<u64>,
    /// Checkouts only: how many are held longer than their longest hold.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub overdue: Option<u64>,
    /// Registrations that were reported as overdue or leaked and released later.
    #[serde(skip_serializing_if = "is_zero", default)]
    pub returned_late: u64,
    /// Estimated growth of the retained heap, in bytes an hour; absent without a sound estimate.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub bytes_per_hour: Option<f64>,
    /// The reason in the user's allow-list, or the baseline that has it; absent where it is not accepted.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub allowed: Option<String>,
    /// Worker thread id; 0 is the main thread.
    pub thread: u32,
    /// The first frame of the application, else of a package.
    pub origin: Option<Frame>,
    /// Where `origin` is in the file that runs; absent where a source map says nothing else.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub shipped_at: Option<Position>,
    /// Creation stack, innermost first.
    pub stack: Stack,
    /// Whether it leaks by itself; values written before there were roles are causes.
    #[serde(default)]
    pub role: Role,
    /// Fingerprints of what keeps it, where that is proven.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub kept_by: Vec<String>,
    /// Fingerprint of the cause that the same call of the program registers with it: the end of that call ends both.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub same_call: Option<String>,
    /// The class of the objects that it stands for, where nothing that is watched keeps them.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub stands_for: Option<String>,
    /// What holds it, in words, where that is known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub held_by: Option<String>,
    /// The verdict.
    pub verdict: Verdict,
    /// Why, for programs; absent in what an older version wrote.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<Reason>,
    /// Why, in one phrase.
    pub evidence: String,
    /// Its number in the flight file, while the recorder has it in hand; 0 else. No part of the value.
    #[serde(skip)]
    pub number: u32,
}

impl Site {
    /// As [`Leak::is_cause`].
    pub fn is_cause(&self) -> bool {
        self.role == Role::Cause && self.kept_by.is_empty()
    }

    /// Whose it is, by its line; of a checkout the application's also where a package took it: who asks for it is to return it.
    pub fn place(&self) -> Place {
        match frames::place_of(self.origin.as_ref()) {
            Place::Package if self.kind == "pool" => Place::Application,
            place => place,
        }
    }

    /// A few collections with many entries grow by entries; many with few, by instances.
    pub fn growth(&self) -> Growth {
        match self.size {
            // Its size is in bytes.
            _ if is_sampled(&self.kind) => Growth::Instances,
            Some(size) if size.total / self.live.max(1) > self.live => Growth::Entries,
            _ => Growth::Instances,
        }
    }
}

/// The stack that inserts most into a collection, or into the collections of a site.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TopInserter {
    /// Innermost first.
    pub stack: Stack,
    /// The share of the stack's place in all entries that were inserted while they were watched, 0–1; absent where they
    /// were not counted.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub share: Option<f64>,
}

/// Quantiles of lifetimes, in ms, with a relative error of at most 10 %.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Lifetimes {
    /// How many ended.
    pub count: u64,
    /// Median.
    pub p50: u64,
    /// 95th percentile.
    pub p95: u64,
    /// 99th percentile.
    pub p99: u64,
    /// Longest.
    pub max: u64,
}

/// Entries of the live collections of a site.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Size {
    /// Over all live instances.
    pub total: u64,
    /// Of the largest instance.
    pub max: u64,
}

/// Whether something leaks by itself, or only because something else keeps it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// It leaks by itself, or stands for what does: a block of the report.
    #[default]
    Cause,
    /// It grows because something else keeps its owners.
    Consequence,
}

/// What a [`Leak`] counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Growth {
    /// More and more registrations.
    #[default]
    Instances,
    /// The same instances with more and more entries.
    Entries,
}

impl Growth {
    /// Where causes of a kind that grow so stand among those that are equally near; 0 first. What others mostly hang on comes
    /// first: a checkout holds a handle, a listener what it closes over, and a pool's list the handles that it was filled with.
    pub fn rank(self, kind: &str) -> u8 {
        match (kind, self) {
            ("pool", _) => 0,
            ("listener", _) => 1,
            ("handle", _) => 2,
            ("timeout" | "interval" | "immediate", _) => 3,
            (_, Self::Entries) => 4,
            ("map" | "set" | "array", Self::Instances) => 6,
            _ => 5,
        }
    }
}

/// For fields that are omitted when they are 0.
#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}
