//! Metrics of the process as a whole: its heap, its garbage collections, earlier ends, the time of the figures.

use super::family::{Family, Type, sample};
use crate::values::memory::{HeapTrend, Pauses};
use crate::values::snapshot::Snapshot;

/// How many runs of a service before this one ended how; of those whose flight files are still there.
pub type Ends = [u64; END_REASONS.len()];

/// The reasons that [`Ends`] counts.
pub const END_REASONS: [&str; 5] = ["exit", "signal", "heap_limit", "oom_kill", "killed"];

/// Figures are prepared before they are read, see [`crate::collector::exposition`]; those of a flight file are its last.
pub(super) fn taken_at(snapshot: &Snapshot) -> Family {
    let taken = humantime::parse_rfc3339(&snapshot.process.taken_at).ok();
    let since_1970 = taken.and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
    Family {
        name: "leakline_updated_timestamp_seconds",
        kind: Type::Gauge,
        help: "When these figures were taken, in seconds since 1970.",
        labels: &[],
        samples: since_1970.map(|since| sample(&[], since.as_secs_f64())).into_iter().collect(),
    }
}

/// Absent before the first major collection.
pub(super) fn of_heap(snapshot: &Snapshot) -> impl Iterator<Item = Family> {
    type Value = fn(&HeapTrend) -> f64;
    let families: [(&'static str, &'static str, Value); 4] = [
        ("leakline_heap_used_bytes", "V8's heap after its last major collection, in bytes.", |heap| {
            heap.used_after_gc as f64
        }),
        (
            "leakline_heap_external_bytes",
            "What objects of the heap held outside of it then, in bytes.",
            |heap| heap.external as f64,
        ),
        ("leakline_heap_limit_bytes", "What V8's old generation may grow to, in bytes.", |heap| {
            heap.limit as f64
        }),
        (
            "leakline_heap_growth_bytes_per_hour",
            "Growth of heap and external memory together, in bytes an hour.",
            |heap| heap.growth_per_hour,
        ),
    ];
    let heap = snapshot.heap.as_ref();
    families.into_iter().map(move |(name, help, value)| Family {
        name,
        kind: Type::Gauge,
        help,
        labels: &[],
        samples: heap.map(|heap| sample(&[], value(heap))).into_iter().collect(),
    })
}

/// Zeros included, as of verdicts.
pub(super) fn of_ends(ends: &Ends) -> Family {
    Family {
        name: "leakline_previous_ends",
        kind: Type::Gauge,
        help: "Earlier runs of this service whose flight files are kept, by how they ended.",
        labels: &["reason"],
        samples: END_REASONS
            .iter()
            .zip(ends)
            .map(|(reason, n)| sample(&[("reason", reason)], *n as f64))
            .collect(),
    }
}

/// The main thread's garbage collections, and how much of the heap's growth is explained; without samples where that is not
/// known.
pub(super) fn of_collections(heap: Option<&HeapTrend>) -> [Family; 4] {
    let gc = heap.and_then(|heap| heap.gc);
    let one = |name, kind, help, value: Option<f64>| Family {
        name,
        kind,
        help,
        labels: &[],
        samples: value.map(|value| sample(&[], value)).into_iter().collect(),
    };
    let by_generation = |gc: Pauses| {
        [("young", gc.minor), ("all", gc.major)].map(|(of, n)| sample(&[("generation", of)], n as f64))
    };
    [
        one(
            "leakline_heap_growth_explained",
            Type::Gauge,
            "Share of that growth that reported sites explain, 0 to 1.",
            heap.and_then(|heap| heap.explained),
        ),
        Family {
            name: "leakline_gc",
            kind: Type::Counter,
            help: "Garbage collections of the main thread.",
            labels: &["generation"],
            samples: gc.into_iter().flat_map(by_generation).collect(),
        },
        one(
            "leakline_gc_pause_seconds",
            Type::Counter,
            "How long the main thread stood for garbage collections.",
            gc.map(|gc| gc.total_ms / 1_000.0),
        ),
        one(
            "leakline_gc_longest_pause_seconds",
            Type::Gauge,
            "The longest pause of a garbage collection since recording began.",
            gc.map(|gc| gc.longest_ms / 1_000.0),
        ),
    ]
}
