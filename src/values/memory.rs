//! How a process's memory went: V8's heap after major garbage collections, and what lies outside of it.

use serde::{Deserialize, Serialize};

use crate::values::verdict::Verdict;

/// What one look right after a major garbage collection saw, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MemorySample {
    /// Of V8's heap that is in use.
    pub used: u64,
    /// Outside of the heap, held by objects in it: Buffers and the like.
    pub external: u64,
    /// The part of `external` that backs ArrayBuffers.
    pub array_buffers: u64,
    /// Resident memory of the process.
    pub rss: u64,
    /// What V8's old generation may grow to.
    pub limit: u64,
}

/// Garbage collections over a time, and how long the isolate stood for them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Pauses {
    /// Collections of the young generation.
    pub minor: u64,
    /// Collections of all: mark-sweep-compact.
    pub major: u64,
    /// Milliseconds that they stopped the isolate for, in all.
    pub total_ms: f64,
    /// The longest, in ms.
    pub longest_ms: f64,
}

impl Pauses {
    /// Adds those of another time.
    pub fn add(&mut self, other: Self) {
        self.minor += other.minor;
        self.major += other.major;
        self.total_ms += other.total_ms;
        self.longest_ms = self.longest_ms.max(other.longest_ms);
    }
}

/// The trend of the main thread's heap.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HeapTrend {
    /// Bytes in use after the first major collection that was seen.
    pub first_used: u64,
    /// Bytes in use after the last one.
    pub used_after_gc: u64,
    /// As `first_used`, of what lies outside.
    pub first_external: u64,
    /// Bytes outside of the heap after the last one.
    pub external: u64,
    /// The part of `external` that backs ArrayBuffers.
    pub array_buffers: u64,
    /// Resident memory of the process, then.
    pub rss: u64,
    /// What V8's old generation may grow to, in bytes.
    pub limit: u64,
    /// Bytes an hour, of heap and outside together: the Theil–Sen slope of the samples; 0 while there are too few.
    pub growth_per_hour: f64,
    /// Milliseconds between the first and the last sample.
    pub span_ms: u64,
    /// Samples: major collections that were seen, those that leakline made among them.
    pub samples: u64,
    /// Garbage collections of the main thread since recording began; absent where V8 does not report them.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub gc: Option<Pauses>,
    /// Share of the growth that the sites with a known size explain, 0–1; absent where nothing grows.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub explained: Option<f64>,
    /// `suspect` while it grows, else `steady` or `new`. A heap has no line, so it is never certain.
    pub verdict: Verdict,
}
