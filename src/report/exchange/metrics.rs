//! What Prometheus scrapes: its text format 0.0.4, or OpenMetrics 1.0.
//!
//! The number of series is bounded, whatever the service does: counts by kind, counts of sites by verdict and owner,
//! and the [`MAX_SITES`] most suspicious sites. A site is named by its fingerprint, which has no line numbers; the line
//! stands in `leakline_site_info` alone, so that a deployment does not begin every series anew.

use std::fmt::Write;

use crate::report::paths::at;
use crate::values::frames::{Place, place_of};
use crate::values::snapshot::{Site, Snapshot, Verdict};

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

/// Writes a snapshot as metrics. Paths in `leakline_site_info` are relative to `cwd`.
pub fn metrics(snapshot: &Snapshot, dialect: Dialect, cwd: Option<&str>) -> String {
    let mut page = Page { text: String::new(), dialect };
    page.family("leakline_info", Type::Gauge, "What recorded.");
    page.sample("leakline_info", &[("mode", &snapshot.mode), ("node", &snapshot.process.node)], 1.0);
    by_kind(&mut page, snapshot);
    by_verdict(&mut page, snapshot);
    by_site(&mut page, snapshot, cwd);
    page.family("leakline_dropped", Type::Counter, "Events that were lost. 0 unless something is wrong.");
    page.sample("leakline_dropped_total", &[], snapshot.overhead.dropped as f64);
    page.family("leakline_native_bytes", Type::Gauge, "Native memory that leakline holds, in bytes.");
    page.sample("leakline_native_bytes", &[], snapshot.overhead.bytes as f64);
    if dialect == Dialect::OpenMetrics {
        page.text.push_str("# EOF\n");
    }
    page.text
}

fn by_kind(page: &mut Page, snapshot: &Snapshot) {
    type Count = fn(&crate::values::snapshot::Totals) -> u64;
    let families: [(&str, Type, &str, Count); 4] = [
        ("leakline_live", Type::Gauge, "Registrations that are unreleased.", |n| n.live),
        ("leakline_registered", Type::Counter, "Registrations.", |n| n.registered),
        ("leakline_released", Type::Counter, "Registrations that ended in order.", |n| n.released),
        ("leakline_collected", Type::Counter, "Registrations that ended with their owner.", |n| n.collected),
    ];
    for (family, kind, help, count) in families {
        page.family(family, kind, help);
        let name = page.name(family, kind);
        for (kind, totals) in &snapshot.totals {
            page.sample(&name, &[("kind", kind)], count(totals) as f64);
        }
    }
}

/// All twelve, zeros included: an alert cannot tell an absent series from 0.
fn by_verdict(page: &mut Page, snapshot: &Snapshot) {
    page.family("leakline_sites", Type::Gauge, "Creation stacks by verdict and by whose code they are.");
    for (verdict, name) in VERDICTS {
        for (place, owner) in OWNERS {
            let is_one = |site: &&Site| {
                site.verdict == verdict && site.known.is_none() && place_of(site.origin.as_ref()) == place
            };
            let count = snapshot.sites.iter().filter(is_one).count();
            page.sample("leakline_sites", &[("verdict", name), ("owner", owner)], count as f64);
        }
    }
}

const VERDICTS: [(Verdict, &str); 4] = [
    (Verdict::Leak, "leak"),
    (Verdict::Suspect, "suspect"),
    (Verdict::Steady, "steady"),
    (Verdict::New, "new"),
];

const OWNERS: [(Place, &str); 3] =
    [(Place::Application, "application"), (Place::Package, "package"), (Place::Node, "node")];

fn by_site(page: &mut Page, snapshot: &Snapshot, cwd: Option<&str>) {
    // A fingerprint may stand for sites of several threads; a series may appear once only.
    let mut sites: Vec<&Site> = Vec::new();
    for site in &snapshot.sites {
        let is_wanted = matches!(site.verdict, Verdict::Leak | Verdict::Suspect) && site.known.is_none();
        if is_wanted
            && sites.len() < MAX_SITES
            && !sites.iter().any(|other| other.fingerprint == site.fingerprint)
        {
            sites.push(site);
        }
    }
    page.family("leakline_site_info", Type::Gauge, "The most suspicious creation stacks, by fingerprint.");
    for site in &sites {
        let location = site.origin.as_ref().map(|origin| at(origin, cwd)).unwrap_or_default();
        let labels = [
            ("site", site.fingerprint.as_str()),
            ("kind", &site.kind),
            ("label", &site.label),
            ("location", &location),
            (
                "verdict",
                VERDICTS.iter().find(|(verdict, _)| *verdict == site.verdict).map_or("", |(_, name)| name),
            ),
        ];
        page.sample("leakline_site_info", &labels, 1.0);
    }
    type Value = fn(&Site) -> Option<f64>;
    let families: [(&str, &str, Value); 4] = [
        ("leakline_site_live", "Unreleased registrations of a site.", |site| Some(site.live as f64)),
        ("leakline_site_entries", "Entries in the live collections of a site.", |site| {
            Some(site.size?.total as f64)
        }),
        ("leakline_site_growth_per_hour", "Growth of a site, in registrations or entries an hour.", |site| {
            Some(site.growth_per_hour)
        }),
        ("leakline_site_bytes_per_hour", "Growth of a site, in bytes an hour, where it is known.", |site| {
            site.bytes_per_hour
        }),
    ];
    for (family, help, value) in families {
        page.family(family, Type::Gauge, help);
        for site in &sites {
            if let Some(value) = value(site) {
                page.sample(family, &[("site", &site.fingerprint)], value);
            }
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Type {
    Counter,
    Gauge,
}

struct Page {
    text: String,
    dialect: Dialect,
}

impl Page {
    /// The name of a family's samples.
    fn name(&self, family: &str, kind: Type) -> String {
        if kind == Type::Counter { format!("{family}_total") } else { family.to_owned() }
    }

    fn family(&mut self, family: &str, kind: Type, help: &str) {
        let name = match self.dialect {
            Dialect::Prometheus => self.name(family, kind),
            Dialect::OpenMetrics => family.to_owned(),
        };
        let kind = if kind == Type::Counter { "counter" } else { "gauge" };
        // Writing to a String cannot fail.
        let _ = writeln!(self.text, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: f64) {
        self.text.push_str(name);
        for (n, (label, text)) in labels.iter().enumerate() {
            let _ = write!(self.text, "{}{label}=\"{}\"", if n == 0 { '{' } else { ',' }, escaped(text));
        }
        let value = if value.is_finite() { value } else { 0.0 };
        let _ = writeln!(self.text, "{} {value}", if labels.is_empty() { "" } else { "}" });
    }
}

/// A label's value: cut, and with the three escapes that both formats know. Other control characters are allowed by
/// them, but no terminal should meet one.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for (n, c) in text.chars().enumerate() {
        match c {
            _ if n == MAX_LABEL_CHARS => {
                safe.push('…');
                break;
            }
            '\\' => safe.push_str("\\\\"),
            '"' => safe.push_str("\\\""),
            '\n' => safe.push_str("\\n"),
            c if c.is_control() => safe.push(' '),
            c => safe.push(c),
        }
    }
    safe
}
