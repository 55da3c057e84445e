//! Snapshots and check results: the values that reports, diffs and JavaScript read.
//!
//! Field names in JSON are camelCase; `js/types/snapshot.d.ts` and `check.d.ts` beside it document each for users.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::record::layout::is_sampled;
use crate::values::census::Census;
use crate::values::frames::Position;
use crate::values::frames::{self, Frame, Place};
use crate::values::label::Label;
use crate::values::memory::HeapTrend;
use crate::values::reason::Reason;
use crate::values::stack::Stack;
pub use crate::values::verdict::Verdict;

/// Version of the JSON shape. It grows only when a field changes meaning or goes away.
pub const SCHEMA: u32 = 1;

/// Everything leakline knows of a process at one moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename = "snapshot", rename_all = "camelCase")]
pub struct Snapshot {
    /// [`SCHEMA`].
    pub schema: u32,
    /// The process.
    pub process: ProcessInfo,
    /// `counts`, `adaptive` or `full`.
    pub mode: String,
    /// Counts by kind, over all threads.
    pub totals: BTreeMap<String, Totals>,
    /// Sites, the most suspicious first.
    pub sites: Vec<Site>,
    /// Collections of at least `minSize` entries, largest first.
    pub collections: Vec<Collection>,
    /// All collections of the requesting thread, where a census was requested.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub census: Option<Census>,
    /// The cost of leakline itself.
    pub overhead: Overhead,
    /// How the main thread's heap went; absent before the first major collection.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub heap: Option<HeapTrend>,
    /// Parts that leakline could not hook, and bounds that were reached.
    pub notes: Vec<String>,
}

impl Snapshot {
    /// One without anything in it.
    pub fn nothing() -> Self {
        Self {
            schema: SCHEMA,
            process: ProcessInfo::default(),
            mode: String::new(),
            totals: BTreeMap::new(),
            sites: Vec::new(),
            collections: Vec::new(),
            census: None,
            overhead: Overhead::default(),
            heap: None,
            notes: Vec::new(),
        }
    }
}

/// The process a snapshot was taken of.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProcessInfo {
    /// Process id.
    pub pid: u32,
    /// Node version with its leading `v`.
    pub node: String,
    /// When recording started, ISO 8601 in UTC.
    pub started_at: String,
    /// When the snapshot was taken, ISO 8601 in UTC.
    pub taken_at: String,
    /// Milliseconds recorded so far.
    pub uptime_ms: u64,
    /// Isolates being recorded: the main thread and the workers.
    pub threads: u32,
}

/// Counts of one kind. `registered = released + collected + live`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Totals {
    /// Created.
    pub registered: u64,
    /// Released.
    pub released: u64,
    /// Ended because the owner was garbage-collected.
    pub collected: u64,
    /// Neither released nor collected.
    pub live: u64,
}

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

/// One oversized collection.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Collection {
    /// `map` or `set`.
    pub kind: String,
    /// Entries at the last resize.
    pub size: u64,
    /// Fingerprint of its site; empty when it has none.
    pub site: String,
    /// As [`Site::top_inserter`], of this instance.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub top_inserter: Option<TopInserter>,
    /// As [`Site::removed_entries`], of this instance.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub removed_entries: Option<u64>,
}

/// The cost of leakline itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Overhead {
    /// Native memory held, in bytes.
    pub bytes: u64,
    /// Events recorded.
    pub events: u64,
    /// Events that were dropped; 0 in normal operation.
    pub dropped: u64,
    /// Stacks captured.
    pub captured_stacks: u64,
    /// Stack keys that led to another stack than a capture. One mismatch disables keys.
    #[serde(default)]
    pub key_mismatches: u64,
    /// Share of one core, measured since the start.
    pub cpu_share: f64,
}

/// The result of `check()`: a function runs in rounds, and what grows in each is a leak.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename = "check", rename_all = "camelCase")]
pub struct CheckResult {
    /// True when one of `leaks` is the application's. Leaks of packages are listed but do not count.
    pub leaked: bool,
    /// What grew in every round, the fastest first.
    pub leaks: Vec<Leak>,
    /// Calls measured: rounds × calls a round.
    pub iterations: u64,
    /// Rounds measured.
    pub rounds: u64,
    /// What the check watched.
    pub watched: Watched,
    /// The heap in each round; absent in values of older versions.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub heap: Option<CheckHeap>,
    /// Parts that leakline could not hook, and bounds that were reached.
    pub notes: Vec<String>,
    /// The text report.
    pub message: String,
}

/// The heap during a check.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CheckHeap {
    /// Bytes that each round added, garbage collected: to V8's heap and to what hangs on it outside. Negative where it
    /// became less.
    pub added: Vec<f64>,
    /// Bytes that a call adds on average; negative where it became less.
    pub bytes_per_call: f64,
    /// Whether each round added more than noise.
    pub grew: bool,
    /// How long the looks at the whole heap took, in ms; absent where there were none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub look_ms: Option<u64>,
}

/// A step of the path that keeps something.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Retainer {
    /// The class of what is there, `name()` of a function, or where the path begins.
    pub name: String,
    /// The property or variable that leads to it; `[key]` and `[i]` for entries, empty for the first.
    pub edge: String,
    /// Where a function was written.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub frame: Option<Frame>,
}

/// What a check watched. A report without leaks says it, so that silence is not mistaken for health.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Watched {
    /// Kinds that were recorded.
    pub kinds: Vec<String>,
    /// Registrations of these kinds since recording began.
    pub registrations: u64,
    /// How long censuses blocked the thread, in ms; absent without a census.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub census_ms: Option<u64>,
}

/// One thing that grew in every round.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Leak {
    /// As [`Site::kind`].
    pub kind: String,
    /// As [`Site::label`].
    pub label: Label,
    /// As [`Site::fingerprint`].
    pub fingerprint: String,
    /// `total` divided by the iterations.
    pub per_iteration: f64,
    /// Growth over all measured rounds.
    pub total: u64,
    /// Whether instances pile up, or the entries of the same instances do.
    pub growth: Growth,
    /// As [`Site::origin`].
    pub origin: Option<Frame>,
    /// As [`Site::shipped_at`].
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub shipped_at: Option<Position>,
    /// As [`Site::stack`].
    pub stack: Stack,
    /// As [`Site::top_inserter`].
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub top_inserter: Option<TopInserter>,
    /// As [`Site::removed_entries`].
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub removed_entries: Option<u64>,
    /// As [`Site::role`].
    #[serde(default)]
    pub role: Role,
    /// As [`Site::kept_by`].
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub kept_by: Vec<String>,
    /// As [`Site::stands_for`].
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub stands_for: Option<String>,
    /// What holds it, in words: of a collection that a census found the property or variable; of handles and timers that are kept
    /// in a container which grows with them that one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub held_by: Option<String>,
    /// Leaks of a census only: the class of its elements; absent when they have several.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub elements: Option<String>,
    /// Leaks of a census only: its entries now.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub size: Option<Size>,
    /// Where the heap was looked at: bytes that a call adds.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub bytes_per_call: Option<f64>,
    /// Where the heap was looked at: the path that keeps it, from its root.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub retainers: Vec<Retainer>,
    /// What a census found only: no line of the program made it, as `JSON.parse` does. `stack` is its holder's line.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub made_elsewhere: bool,
    /// Identifies the finding while its check goes on; absent in values.
    #[serde(skip)]
    pub number: Option<u32>,
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

impl Leak {
    /// Whether it is a block of its own in reports, rather than what hangs on one.
    pub fn is_cause(&self) -> bool {
        self.role == Role::Cause && self.kept_by.is_empty()
    }

    /// What holds others, in words: `Object kept at store.js:5`.
    pub fn as_holder(&self) -> String {
        let Some(frame) = &self.origin else { return self.label.to_string() };
        let name = frame.file.rsplit(['/', '\\']).next().unwrap_or(&frame.file);
        format!("{} at {name}:{}", self.label, frame.line)
    }

    /// Whose it is: the application's also where its call puts the entries in that a package keeps.
    pub fn place(&self) -> Place {
        let stack =
            self.top_inserter.as_ref().map(|top| &*top.stack).filter(|_| self.growth == Growth::Entries);
        let of_inserter = stack.map(|stack| frames::place_of(frames::origin(stack)));
        match frames::place_of(self.origin.as_ref()).min(of_inserter.unwrap_or(Place::Node)) {
            // What a container of Node's gains with each call was given to it by the program.
            Place::Node if self.kind == "heap" && self.held_by.is_some() => Place::Application,
            place => place,
        }
    }
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

/// For fields that are omitted when they are 0.
#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}
