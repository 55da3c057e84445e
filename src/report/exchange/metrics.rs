//! What Prometheus scrapes: its text format 0.0.4, or OpenMetrics 1.0.
//!
//! The number of series is bounded, whatever the service does: counts by kind, counts of sites by verdict and owner,
//! and the [`MAX_SITES`] most suspicious sites. A site is named by its fingerprint, which has no line numbers; the line
//! stands in `leakline_site_info` alone, so that a deployment does not begin every series anew.

use std::fmt::Write;

use serde::Serialize;

use crate::record::layout::is_sampled;
use crate::report::clean::is_hazard;
use crate::report::paths::at;
use crate::values::frames::{Place, place_of};
use crate::values::memory::{HeapTrend, Pauses};
use crate::values::snapshot::{Site, Snapshot, Totals, Verdict};

/// Sites with series of their own.
pub const MAX_SITES: usize = 20;

/// Characters kept of a label's value.
const MAX_LABEL_CHARS: usize = 120;

/// Which of the two text formats is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// Prometheus 0.0.4.
    Prometheus,
    /// OpenMetrics 1.0: counters' families without `_total`, and `# EOF` at the end.
    OpenMetrics,
}

/// How a family's values move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Type {
    /// Only upwards.
    Counter,
    /// Both ways.
    Gauge,
}

/// One metric with all of its series.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Family {
    /// Without the `_total` that a counter's samples end with.
    pub name: &'static str,
    /// How its values move.
    #[serde(rename = "type")]
    pub kind: Type,
    /// What it counts, in which unit.
    pub help: &'static str,
    /// The names of its series' labels, in their order.
    pub labels: &'static [&'static str],
    /// Its series.
    pub samples: Vec<Sample>,
}

/// One series, and its value now.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Sample {
    /// Names and values; values are cut to [`MAX_LABEL_CHARS`] characters.
    pub labels: Vec<(&'static str, String)>,
    /// Finite.
    pub value: f64,
    /// The function of `leakline_site_info`'s line: no label, but an attribute of OpenTelemetry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub function: Option<String>,
}

/// How many runs of a service before this one ended how; of those whose flight files are still there.
pub type Ends = [u64; END_REASONS.len()];

/// The reasons that [`Ends`] counts.
pub const END_REASONS: [&str; 5] = ["exit", "signal", "heap_limit", "oom_kill", "killed"];

/// The families that there can be, without samples.
pub fn schema() -> Vec<Family> {
    families(&Snapshot::nothing(), &Ends::default(), None)
        .into_iter()
        .map(|family| Family { samples: Vec::new(), ..family })
        .collect()
}

/// What a snapshot says, as metrics: always the same families, some without samples. Paths in `leakline_site_info` are relative to `cwd`.
pub fn families(snapshot: &Snapshot, ends: &Ends, cwd: Option<&str>) -> Vec<Family> {
    let mut families = vec![Family {
        name: "leakline_info",
        kind: Type::Gauge,
        help: "What recorded.",
        labels: &["mode", "node"],
        samples: vec![sample(&[("mode", &snapshot.mode), ("node", &snapshot.process.node)], 1.0)],
    }];
    families.push(taken_at(snapshot));
    families.extend(by_kind(snapshot));
    families.push(by_verdict(snapshot));
    families.extend(by_site(snapshot, cwd));
    families.extend(of_heap(snapshot));
    families.extend(of_collections(snapshot.heap.as_ref()));
    families.push(of_ends(ends));
    families.push(Family {
        name: "leakline_dropped",
        kind: Type::Counter,
        help: "Events that were lost. 0 unless something is wrong.",
        labels: &[],
        samples: vec![sample(&[], snapshot.overhead.dropped as f64)],
    });
    families.push(Family {
        name: "leakline_native_bytes",
        kind: Type::Gauge,
        help: "Native memory that leakline holds, in bytes.",
        labels: &[],
        samples: vec![sample(&[], snapshot.overhead.bytes as f64)],
    });
    families
}

/// The same as text.
pub fn metrics(snapshot: &Snapshot, ends: &Ends, dialect: Dialect, cwd: Option<&str>) -> String {
    written(families(snapshot, ends, cwd), dialect)
}

/// Families as text.
pub fn written(families: Vec<Family>, dialect: Dialect) -> String {
    let mut text = String::new();
    for family in families {
        let suffix = if family.kind == Type::Counter { "_total" } else { "" };
        let family_suffix = if dialect == Dialect::Prometheus { suffix } else { "" };
        let kind = if family.kind == Type::Counter { "counter" } else { "gauge" };
        let Family { name, help, samples, .. } = family;
        // Writing to a String cannot fail.
        let _ = writeln!(text, "# HELP {name}{family_suffix} {help}\n# TYPE {name}{family_suffix} {kind}");
        for Sample { labels, value, .. } in samples {
            let _ = write!(text, "{name}{suffix}");
            for (n, (label, value)) in labels.iter().enumerate() {
                let _ = write!(text, "{}{label}=\"{}\"", if n == 0 { '{' } else { ',' }, escaped(value));
            }
            let _ = writeln!(text, "{} {value}", if labels.is_empty() { "" } else { "}" });
        }
    }
    if dialect == Dialect::OpenMetrics {
        text.push_str("# EOF\n");
    }
    text
}

pub(super) fn sample(labels: &[(&'static str, &str)], value: f64) -> Sample {
    Sample {
        labels: labels.iter().map(|(name, text)| (*name, bounded(text))).collect(),
        value: if value.is_finite() { value } else { 0.0 },
        function: None,
    }
}

/// Figures are prepared before they are read, see [`crate::collector::exposition`]; those of a flight file are its last.
fn taken_at(snapshot: &Snapshot) -> Family {
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
fn of_heap(snapshot: &Snapshot) -> impl Iterator<Item = Family> {
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

fn by_kind(snapshot: &Snapshot) -> impl Iterator<Item = Family> {
    type Count = fn(&Totals) -> u64;
    let families: [(&'static str, Type, &'static str, Count); 4] = [
        ("leakline_live", Type::Gauge, "Registrations that are unreleased.", |n| n.live),
        ("leakline_registered", Type::Counter, "Registrations.", |n| n.registered),
        ("leakline_released", Type::Counter, "Registrations that ended in order.", |n| n.released),
        ("leakline_collected", Type::Counter, "Registrations that ended with their owner.", |n| n.collected),
    ];
    families.into_iter().map(|(name, kind, help, count)| Family {
        name,
        kind,
        help,
        labels: &["kind"],
        samples: snapshot.totals.iter().map(|(kind, n)| sample(&[("kind", kind)], count(n) as f64)).collect(),
    })
}

/// The main thread's garbage collections, and how much of the heap's growth is explained; without samples where that is not
/// known.
fn of_collections(heap: Option<&HeapTrend>) -> [Family; 4] {
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

/// All twelve, zeros included: an alert cannot distinguish an absent series from 0.
fn by_verdict(snapshot: &Snapshot) -> Family {
    let mut samples = Vec::with_capacity(VERDICTS.len() * OWNERS.len());
    for verdict in VERDICTS {
        for (place, owner) in OWNERS {
            let is_one = |site: &&Site| {
                site.verdict == verdict && site.allowed.is_none() && place_of(site.origin.as_ref()) == place
            };
            let count = snapshot.sites.iter().filter(is_one).count();
            samples.push(sample(&[("verdict", verdict.name()), ("owner", owner)], count as f64));
        }
    }
    let help = "Creation stacks by verdict and by whose code they are.";
    Family { name: "leakline_sites", kind: Type::Gauge, help, labels: &["verdict", "owner"], samples }
}

const VERDICTS: [Verdict; 4] = [Verdict::Leak, Verdict::Suspect, Verdict::Steady, Verdict::New];

const OWNERS: [(Place, &str); 3] =
    [(Place::Application, "application"), (Place::Package, "package"), (Place::Node, "node")];

fn by_site(snapshot: &Snapshot, cwd: Option<&str>) -> Vec<Family> {
    // A fingerprint may stand for sites of several threads; a series may appear once only.
    let mut sites: Vec<&Site> = Vec::new();
    for site in &snapshot.sites {
        let is_accused = matches!(site.verdict, Verdict::Leak | Verdict::Suspect) && site.allowed.is_none();
        let is_there = sites.iter().any(|other| other.fingerprint == site.fingerprint);
        if is_accused && !is_there && sites.len() < MAX_SITES {
            sites.push(site);
        }
    }
    let info = |site: &&Site| {
        let location = site.origin.as_ref().map(|origin| at(origin, cwd)).unwrap_or_default();
        let labels = [
            ("site", site.fingerprint.as_str()),
            ("kind", &site.kind),
            ("label", &site.label),
            ("location", &location),
            ("verdict", site.verdict.name()),
        ];
        let function = site.origin.as_ref().and_then(|origin| origin.function.as_deref());
        Sample { function: function.map(bounded), ..sample(&labels, 1.0) }
    };
    let mut families = vec![Family {
        name: "leakline_site_info",
        kind: Type::Gauge,
        help: "The most suspicious creation stacks, by fingerprint.",
        labels: &["site", "kind", "label", "location", "verdict"],
        samples: sites.iter().map(info).collect(),
    }];
    type Value = fn(&Site) -> Option<f64>;
    let values: [(&'static str, &'static str, Value); 5] = [
        ("leakline_site_live", "Unreleased registrations of a site.", |site| Some(site.live as f64)),
        ("leakline_site_entries", "Entries in the live collections of a site.", |site| {
            Some(site.size.filter(|_| !is_sampled(&site.kind))?.total as f64)
        }),
        (
            "leakline_site_bytes",
            "Bytes that a site's function or line has allocated and that stay, estimated.",
            |site| Some(site.size.filter(|_| is_sampled(&site.kind))?.total as f64),
        ),
        ("leakline_site_growth_per_hour", "Growth of a site, in registrations or entries an hour.", |site| {
            Some(site.growth_per_hour)
        }),
        ("leakline_site_bytes_per_hour", "Growth of a site, in bytes an hour, where it is known.", |site| {
            site.bytes_per_hour
        }),
    ];
    families.extend(values.into_iter().map(|(name, help, value)| {
        Family {
            name,
            kind: Type::Gauge,
            help,
            labels: &["site"],
            samples: sites
                .iter()
                .filter_map(|site| Some(sample(&[("site", &site.fingerprint)], value(site)?)))
                .collect(),
        }
    }));
    families
}

/// A label's value, cut and without what a terminal obeys: both formats allow it, but people look at them there.
fn bounded(text: &str) -> String {
    let mut safe = String::with_capacity(text.len().min(4 * MAX_LABEL_CHARS));
    for (n, c) in text.chars().enumerate() {
        if n == MAX_LABEL_CHARS {
            safe.push('…');
            break;
        }
        safe.push(if is_hazard(c) && c != '\n' { ' ' } else { c });
    }
    safe
}

/// With the three escapes that both formats know.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
