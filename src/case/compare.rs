//! A recording before a fix against one after it.

use serde::{Deserialize, Serialize};

use super::trend::{LONG_MS, Trend};
use crate::report::{bytes, count};
use crate::values::course::Course;
use crate::values::duration::duration;
use crate::values::memory::HeapTrend;
use crate::values::snapshot::{Growth, Site, Snapshot};

/// Both, as rows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Comparison {
    /// The recording before.
    pub before: Side,
    /// The recording after.
    pub after: Side,
    /// What was compared.
    pub rows: Vec<Row>,
}

/// One recording.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Side {
    /// Its file, without its folder.
    pub file: String,
    /// When its state was taken.
    pub at: String,
    /// Milliseconds recorded.
    pub uptime_ms: u64,
    /// The commit that ran.
    pub commit: Option<String>,
    /// How it ended, in words; `runs` where it does.
    pub state: String,
}

/// One figure of both.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Row {
    /// What it is.
    pub name: String,
    /// Before, in words.
    pub before: String,
    /// After, in words.
    pub after: String,
    /// How much less of it there is, in hundredths; absent where there is no sense in it.
    pub improvement: Option<f64>,
}

/// What is compared.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Recording {
    /// Whose it is.
    pub side: Side,
    /// The state.
    pub snapshot: Snapshot,
    /// The history.
    #[serde(default)]
    pub course: Course,
}

/// Compares two recordings by the site with a fingerprint and by the process.
pub fn compare(before: &Recording, after: &Recording, fingerprint: &str) -> Comparison {
    let mut rows = Vec::new();
    let unit = |value: f64| bytes(value.max(0.0) as u64);
    let rate = |value: f64| format!("{}{}/h", if value < 0.0 { "−" } else { "+" }, bytes(value.abs() as u64));
    let number = |value: f64| count(value.max(0.0) as u64);
    rows.extend(row("Heap growth", heap(before), heap(after), rate));
    rows.extend(row("Heap after collections", level(before), level(after), unit));
    rows.extend(row("Memory of the process, growth", rss(before), rss(after), rate));
    let of_site = |of: fn(&Site) -> f64| {
        // What was recorded and has no such site has none of it; lines of one function have one fingerprint.
        let value = |recording: &Recording| sites(recording, fingerprint).map(of).sum();
        (Some(value(before)), Some(value(after)))
    };
    let (live_before, live_after) = of_site(live);
    rows.extend(row("Unreleased at this line", live_before, live_after, number));
    let (growth_before, growth_after) = of_site(|site| site.growth_per_hour.max(0.0));
    rows.extend(row("Growth of this line, an hour", growth_before, growth_after, |value| {
        crate::report::per_hour(value).unwrap_or_else(|| "0".to_owned())
    }));
    rows.extend(row("Event loop: longest delay", delay(before), delay(after), |ms| duration(ms as u64)));
    rows.extend(row("CPU, mean share of a core", cpu(before), cpu(after), |share| {
        format!("{:.1} %", share * 100.0)
    }));
    let leaks = |recording: &Recording| {
        let is_leak =
            |site: &&Site| site.verdict == crate::values::snapshot::Verdict::Leak && site.is_cause();
        Some(recording.snapshot.sites.iter().filter(is_leak).count() as f64)
    };
    rows.extend(row("Lines that leak", leaks(before), leaks(after), number));
    rows.push(Row {
        name: "How it ended".to_owned(),
        before: before.side.state.clone(),
        after: after.side.state.clone(),
        improvement: None,
    });
    Comparison { before: before.side.clone(), after: after.side.clone(), rows }
}

fn row(name: &str, before: Option<f64>, after: Option<f64>, words: impl Fn(f64) -> String) -> Option<Row> {
    if before.is_none() && after.is_none() {
        return None;
    }
    let shown = |value: Option<f64>| value.map_or_else(|| "not recorded".to_owned(), &words);
    // From nothing to something is no share.
    let improvement = before
        .zip(after)
        .filter(|(before, _)| *before > 0.0)
        .map(|(before, after)| (before - after.max(0.0)) / before * 100.0);
    Some(Row { name: name.to_owned(), before: shown(before), after: shown(after), improvement })
}

/// By their fingerprint.
fn sites<'a>(recording: &'a Recording, fingerprint: &'a str) -> impl Iterator<Item = &'a Site> {
    recording.snapshot.sites.iter().filter(move |site| site.fingerprint == fingerprint)
}

fn live(site: &Site) -> f64 {
    match (site.growth(), site.size) {
        (Growth::Entries, Some(size)) => size.total as f64,
        _ => site.live as f64,
    }
}

fn heap(recording: &Recording) -> Option<f64> {
    let points: Vec<(u64, f64)> =
        recording.course.process.iter().filter_map(|point| Some((point.at_ms, point.heap? as f64))).collect();
    let is_long = |heap: &&HeapTrend| heap.span_ms >= LONG_MS;
    let of_trend = || recording.snapshot.heap.as_ref().filter(is_long).map(|heap| heap.growth_per_hour);
    rate(&points).or_else(of_trend)
}

fn level(recording: &Recording) -> Option<f64> {
    let last = recording.course.process.iter().rev().find_map(|point| point.heap);
    last.or_else(|| recording.snapshot.heap.as_ref().map(|heap| heap.used_after_gc)).map(|bytes| bytes as f64)
}

fn rss(recording: &Recording) -> Option<f64> {
    let points: Vec<(u64, f64)> =
        recording.course.process.iter().filter_map(|point| Some((point.at_ms, point.rss? as f64))).collect();
    rate(&points)
}

/// Of ten minutes at the least: a service loads its code first.
fn rate(points: &[(u64, f64)]) -> Option<f64> {
    Trend::of(points).filter(Trend::is_long).map(|trend| trend.per_hour)
}

fn delay(recording: &Recording) -> Option<f64> {
    recording.course.process.iter().map(|point| point.delay_ms).reduce(f64::max)
}

fn cpu(recording: &Recording) -> Option<f64> {
    let points = &recording.course.process;
    (!points.is_empty()).then(|| points.iter().map(|point| point.cpu).sum::<f64>() / points.len() as f64)
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::values::course::ProcessPoint;

    fn recording(live: u64, mib_a_minute: u64) -> Recording {
        let text = r#"{ "schema": 1, "process": { "pid": 1, "node": "", "startedAt": "", "takenAt": "", "uptimeMs": 1, "threads": 1 },
            "mode": "", "totals": {}, "sites": [], "collections": [], "overhead": { "bytes": 0, "events": 0, "dropped": 0,
            "capturedStacks": 0, "cpuShare": 0 }, "notes": [] }"#;
        let mut snapshot: Snapshot = serde_json::from_str(text).unwrap();
        snapshot.sites.push(Site { fingerprint: "aa".to_owned(), live, ..Site::default() });
        let process = (0..30).map(|minute| ProcessPoint {
            at_ms: minute * 60_000,
            heap: Some((50 + minute * mib_a_minute) << 20),
            ..ProcessPoint::default()
        });
        let course = Course { process: process.collect(), ..Course::default() };
        Recording { side: Side::default(), snapshot, course }
    }

    #[test]
    fn improvement_is_a_share_of_before() {
        let compared = compare(&recording(200, 4), &recording(10, 0), "aa");
        let row = |name: &str| compared.rows.iter().find(|row| row.name == name).unwrap();
        assert_eq!(row("Heap growth").before, "+240.0 MiB/h");
        assert_eq!(row("Heap growth").improvement, Some(100.0));
        assert_eq!(row("Unreleased at this line").improvement, Some(95.0));
        assert_eq!(row("Growth of this line, an hour").improvement, None, "from nothing there is no share");
        assert!(
            compared.rows.iter().all(|row| row.name != "Memory of the process, growth"),
            "neither says it"
        );
    }
}
