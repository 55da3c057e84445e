//! How a process went over time, as its flight file kept it: what charts are drawn from.

use serde::{Deserialize, Serialize};

use crate::values::snapshot::Site;
use crate::values::verdict::Verdict;

/// The history of a process and of its most suspicious sites, oldest first. Times are milliseconds since recording began.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Course {
    /// How the process was.
    pub process: Vec<ProcessPoint>,
    /// The sites that are followed, the most suspicious first.
    pub sites: Vec<SiteCourse>,
    /// Bytes that V8's heap may grow to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub heap_limit: Option<u64>,
    /// Bytes that the cgroup may be charged for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_limit: Option<u64>,
}

/// The process at one moment, or since the point before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ProcessPoint {
    /// When.
    pub at_ms: u64,
    /// Bytes that lie in memory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rss: Option<u64>,
    /// Bytes of V8's heap after the last major collection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub heap: Option<u64>,
    /// Bytes that objects of the heap hold outside of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external: Option<u64>,
    /// By how much the event loop was late at the worst, in ms.
    pub delay_ms: f64,
    /// Share of a core.
    pub cpu: f64,
    /// Major collections since the point before.
    pub major_gcs: u32,
    /// How long the longest collection since the point before stopped the main thread, in ms.
    pub pause_ms: f64,
}

/// One site over time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SiteCourse {
    /// As [`Site::fingerprint`](crate::values::snapshot::Site::fingerprint).
    pub fingerprint: String,
    /// Worker thread id; 0 is the main thread.
    pub thread: u32,
    /// As [`Site::label`]: lines of one function have one fingerprint.
    pub label: String,
    /// Line of the site's origin; 0 without one.
    pub line: u32,
    /// Column of it.
    pub column: u32,
    /// What it had.
    pub points: Vec<SitePoint>,
}

impl SiteCourse {
    /// Whether it is of this site.
    pub fn is_of(&self, site: &Site) -> bool {
        let (line, column) = site.origin.as_ref().map_or((0, 0), |origin| (origin.line, origin.column));
        self.fingerprint == site.fingerprint
            && (self.thread, self.line, self.column) == (site.thread, line, column)
            && *self.label == *site.label
    }
}

/// A site at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SitePoint {
    /// When.
    pub at_ms: u64,
    /// Unreleased.
    pub live: u64,
    /// Entries, of a collection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entries: Option<u64>,
    /// The verdict of that time.
    pub verdict: Verdict,
}
