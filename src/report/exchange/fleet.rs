//! Metrics of several processes at once, as a sidecar has them from their flight files: the same families, each sample with
//! the labels of its process.

use std::collections::BTreeMap;

use super::family::{Family, Sample, Type, sample};
use super::metrics::{Dialect, Ends, families, written};
use super::process::of_ends;
use crate::values::snapshot::Snapshot;

/// A process with its last state.
#[derive(Clone, Debug)]
pub struct Member {
    /// Name of the service.
    pub service: String,
    /// Host, or pod.
    pub host: String,
    /// Process id.
    pub pid: u32,
    /// Whether it runs.
    pub runs: bool,
    /// Bytes that it has in memory.
    pub rss: Option<u64>,
    /// Milliseconds since its event loop was seen to turn; 0 for one that turns.
    pub silent_ms: u64,
    /// The folder it runs in.
    pub cwd: String,
    /// Its last state.
    pub snapshot: Snapshot,
}

/// Writes the metrics of all. `ends` says by service how runs have ended.
pub fn fleet(members: &[Member], ends: &BTreeMap<String, Ends>, dialect: Dialect) -> String {
    let mut all: Vec<Family> = Vec::new();
    let mut add = |family: Family| match all.iter_mut().find(|known| known.name == family.name) {
        Some(known) => known.samples.extend(family.samples),
        None => all.push(family),
    };
    for member in members {
        add(of(
            member,
            "leakline_process_up",
            "Whether the process runs.",
            Some(f64::from(u8::from(member.runs))),
        ));
        let rss = member.rss.map(|bytes| bytes as f64);
        add(of(member, "leakline_process_resident_bytes", "Memory of the process, in bytes.", rss));
        let silent = Some(member.silent_ms as f64 / 1000.0);
        let help = "Since the event loop was seen to turn, in seconds; 0 while it turns.";
        add(of(member, "leakline_process_silent_seconds", help, silent));
        for mut family in families(&member.snapshot, &Ends::default(), Some(&member.cwd)) {
            if family.name == "leakline_previous_ends" {
                continue;
            }
            for sample in &mut family.samples {
                sample.labels.splice(0..0, labels(member));
            }
            add(family);
        }
    }
    for (service, ends) in ends {
        let mut family = of_ends(ends);
        let labels = sample(&[("service", service)], 0.0).labels;
        for sample in &mut family.samples {
            sample.labels.splice(0..0, labels.iter().cloned());
        }
        add(family);
    }
    written(&all, dialect)
}

fn labels(member: &Member) -> Vec<(&'static str, String)> {
    let pid = member.pid.to_string();
    sample(&[("service", &member.service), ("host", &member.host), ("pid", &pid)], 0.0).labels
}

fn of(member: &Member, name: &'static str, help: &'static str, value: Option<f64>) -> Family {
    let samples = value.map(|value| Sample { labels: labels(member), value, function: None });
    Family { name, kind: Type::Gauge, help, labels: &[], samples: samples.into_iter().collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_process_has_its_labels_and_each_family_stands_once() {
        let text = r#"{ "schema": 1, "process": { "pid": 1, "node": "v24", "startedAt": "", "takenAt": "", "uptimeMs": 1,
            "threads": 1 }, "mode": "full", "totals": { "map": { "registered": 3, "released": 0, "collected": 1, "live": 2 } },
            "sites": [], "collections": [], "overhead": { "bytes": 0, "events": 0, "dropped": 0, "capturedStacks": 0,
            "cpuShare": 0 }, "notes": [] }"#;
        let member = |pid: u32, runs| Member {
            service: "shop \"1\"".to_owned(),
            host: "web".to_owned(),
            pid,
            runs,
            rss: Some(5),
            silent_ms: 1_500,
            cwd: "/srv".to_owned(),
            snapshot: serde_json::from_str(text).unwrap(),
        };
        let ends = BTreeMap::from([("shop".to_owned(), [0, 1, 2, 0, 0])]);
        let text = fleet(&[member(1, true), member(2, false)], &ends, Dialect::Prometheus);
        assert_eq!(text.matches("# TYPE leakline_live gauge").count(), 1);
        for line in [
            r#"leakline_process_up{service="shop \"1\"",host="web",pid="2"} 0"#,
            r#"leakline_live{service="shop \"1\"",host="web",pid="1",kind="map"} 2"#,
            r#"leakline_previous_ends{service="shop",reason="heap_limit"} 2"#,
            r#"leakline_process_silent_seconds{service="shop \"1\"",host="web",pid="1"} 1.5"#,
        ] {
            assert!(text.lines().any(|each| each == line), "{line}\n{text}");
        }
        assert_eq!(text.matches("leakline_previous_ends{").count(), 5, "none of each process");
    }
}
