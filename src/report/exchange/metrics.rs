//! What Prometheus scrapes: its text format 0.0.4, or OpenMetrics 1.0.
//!
//! The number of series is bounded, whatever the service does: counts by kind, counts of sites by verdict and owner,
//! and the [`MAX_SITES`] most suspicious sites. A site is named by its fingerprint, which has no line numbers; the line
//! stands in `leakline_site_info` alone, so that a deployment does not begin every series anew.

use std::fmt::Write;

pub use super::family::{Family, Sample, Type};
use super::family::{bounded, sample};
pub use super::process::{END_REASONS, Ends};
use super::process::{of_collections, of_ends, of_heap, taken_at};
use crate::record::layout::is_sampled;
use crate::report::paths::at;
use crate::values::frames::Place;
use crate::values::snapshot::{Site, Snapshot, Totals, Verdict};

/// Sites with series of their own.
pub const MAX_SITES: usize = 20;

/// Which of the two text formats is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// Prometheus 0.0.4.
    Prometheus,
    /// OpenMetrics 1.0: counters' families without `_total`, and `# EOF` at the end.
    OpenMetrics,
}

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
        help: "Memory that leakline takes, in bytes.",
        labels: &[],
        samples: vec![sample(&[], snapshot.overhead.bytes as f64)],
    });
    families
}

/// The same as text.
pub fn metrics(snapshot: &Snapshot, ends: &Ends, dialect: Dialect, cwd: Option<&str>) -> String {
    written(&families(snapshot, ends, cwd), dialect)
}

/// Families as text.
pub fn written(families: &[Family], dialect: Dialect) -> String {
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

/// All twelve, zeros included: an alert cannot distinguish an absent series from 0.
fn by_verdict(snapshot: &Snapshot) -> Family {
    let mut samples = Vec::with_capacity(VERDICTS.len() * OWNERS.len());
    for verdict in VERDICTS {
        for (place, owner) in OWNERS {
            let is_one =
                |site: &&Site| site.verdict == verdict && site.allowed.is_none() && site.place() == place;
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

/// With the three escapes that both formats know.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
