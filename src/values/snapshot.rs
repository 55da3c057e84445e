//! What is unreleased at one moment: the answer of `snapshot()`.
//!
//! Field names in JSON are camelCase; `js/types/snapshot.d.ts` documents each for users.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::values::census::Census;
pub use crate::values::check::{CheckHeap, CheckResult, Leak, Retainer, Watched};
use crate::values::memory::HeapTrend;
pub use crate::values::site::{Growth, Lifetimes, Role, Site, Size, TopInserter};
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
    /// Bytes held for what is recorded: native memory, the rings, and what JavaScript keeps for it.
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
