//! A flight file as a snapshot: of the last state, of one before, of a mark.

use std::collections::BTreeMap;

use super::format::COLUMNS;
use super::history::{NO_VALUE, packed};
use super::log::{Mark, MarkedSite, SiteEntry};
use super::value::raise_totals;
use super::{Columns, Details, Flight, Identity, Layout, Record, Records, State, Vitals, Writer, read};
use crate::values::frames::Frame;
use crate::values::snapshot::{ProcessInfo, Site, Size, Snapshot, Totals, Verdict};

const SECOND: u64 = 1_000;

fn entry(number: u32, kind: &str) -> SiteEntry {
    let frame = |file: &str| Frame { function: None, file: file.to_owned(), line: 3, column: 9 };
    SiteEntry {
        number,
        fingerprint: u64::from(number),
        kind: kind.to_owned(),
        label: format!("{kind} {number}"),
        stack: vec![frame("node:events"), frame("/srv/app/bus.js")].into(),
        ..SiteEntry::default()
    }
}

/// Two hours of a site that grows by one a second, and of one that stays.
fn flight() -> Flight {
    let identity = Identity { pid: 4, node: "v24".to_owned(), ..Identity::default() };
    let mut writer = Writer::create(Vec::new(), identity, Layout::default()).unwrap();
    writer.define(&entry(1, "listener")).unwrap();
    writer.define(&entry(2, "map")).unwrap();
    let mut columns = Columns::default();
    columns.assign(&[1], 0);
    for second in (0..=7_200).step_by(10) {
        if second == 7_000 {
            let sites = vec![MarkedSite { site: 1, live: second, registered: second, size: 0 }];
            writer
                .mark(&Mark { name: "deploy".to_owned(), at_ms: second * SECOND, at_unix_ms: 0, sites })
                .unwrap();
        }
        let size = Some(Size { total: 500, max: 400 });
        let records = [
            Record { site: 1, verdict: Verdict::Leak, live: second, registered: second, ..Record::default() },
            Record { site: 2, verdict: Verdict::Steady, live: 2, registered: 3, size, ..Record::default() },
        ];
        let values = || {
            let mut values = [NO_VALUE; COLUMNS];
            values[0] = packed(Verdict::Leak, second);
            values
        };
        let bare: Snapshot = Flight::bare();
        let words = Site {
            number: 1,
            verdict: Verdict::Leak,
            evidence: "grew".to_owned(),
            live: 1,
            ..Site::default()
        };
        let judged_ms = (second * SECOND).saturating_sub(8_000);
        let bare = Snapshot { process: ProcessInfo { uptime_ms: judged_ms, ..bare.process }, ..bare };
        let details =
            Details::new(Snapshot { mode: "full".to_owned(), sites: vec![words], ..bare }).to_json();
        let state = State {
            at_ms: second * SECOND,
            at_unix_ms: 1_000_000 + second * SECOND,
            interval_ms: 1_000,
            vitals: Vitals::default(),
            columns: &columns,
            values: &values,
            records: &records.iter().collect::<Records>(),
            details: &details,
        };
        writer.publish(&state).unwrap();
    }
    read(writer.medium()).unwrap()
}

impl Flight {
    fn bare() -> Snapshot {
        let text = r#"{ "schema": 1, "process": { "pid": 1, "node": "", "startedAt": "", "takenAt": "", "uptimeMs": 1,
            "threads": 2 }, "mode": "", "totals": {}, "sites": [], "collections": [], "overhead": { "bytes": 0,
            "events": 0, "dropped": 0, "capturedStacks": 0, "cpuShare": 0 }, "notes": [] }"#;
        serde_json::from_str(text).unwrap()
    }
}

#[test]
fn the_last_state_is_a_snapshot() {
    let snapshot = flight().snapshot();
    assert_eq!((snapshot.mode.as_str(), snapshot.process.pid, snapshot.process.threads), ("full", 4, 2));
    assert_eq!(snapshot.process.uptime_ms, 7_200 * SECOND);
    let [leak, map] = &snapshot.sites[..] else { panic!("{:?}", snapshot.sites) };
    assert_eq!(
        (leak.verdict, leak.live, leak.evidence.as_str()),
        (Verdict::Leak, 7_200, "grew; judged 8 s before these counts")
    );
    assert_eq!(leak.origin.as_ref().unwrap().file, "/srv/app/bus.js");
    assert_eq!((map.label.as_str(), map.live, map.size.unwrap().max), ("map 2", 2, 400));
}

#[test]
fn no_kind_has_less_in_all_than_its_sites_have() {
    let site = |kind: &str, live, released| Site { kind: kind.into(), live, released, ..Site::default() };
    let sites = [site("map", 2, 3), site("map", 3, 0), site("set", 1, 0)];
    let listeners = Totals { registered: 9, released: 4, collected: 0, live: 5 };
    let maps = Totals { registered: 4, released: 0, collected: 1, live: 3 };
    let mut totals = BTreeMap::from([("listener".to_owned(), listeners), ("map".to_owned(), maps)]);
    raise_totals(&mut totals, &sites);
    assert_eq!(totals["listener"], listeners);
    assert_eq!(totals["map"], Totals { registered: 9, released: 3, collected: 1, live: 5 });
    assert_eq!(totals["set"], Totals { registered: 1, released: 0, collected: 0, live: 1 });
}

#[test]
fn a_time_before_is_one_too() {
    let flight = flight();
    let back = |seconds: u64| flight.snapshot_at(flight.at_unix_ms - seconds * SECOND).unwrap();
    for (seconds, live) in [(0, 7_200), (5, 7_190), (600, 6_600), (7_000, 180)] {
        let snapshot = back(seconds);
        assert_eq!(snapshot.sites[0].live, live, "{seconds} s before");
        assert_eq!(snapshot.process.uptime_ms, live * SECOND);
    }
    let growth = back(600).sites[0].growth_per_hour;
    assert!((growth - 3_600.0).abs() < 1.0, "{growth}");
    let missing = flight.snapshot_at(flight.at_unix_ms + 1).unwrap_err();
    assert_eq!((missing.from_unix_ms, missing.until_unix_ms), (1_000_000, 8_200_000));
    assert!(flight.snapshot_at(999_999).is_err());
}

#[test]
fn the_course_joins_the_rings() {
    let course = flight().course(8);
    let times: Vec<u64> = course.process.iter().map(|point| point.at_ms).collect();
    assert!(times.is_sorted_by(|before, after| before < after), "each moment once, in order");
    assert_eq!((times[0], *times.last().unwrap()), (0, 7_200 * SECOND));
    let recent = times.iter().filter(|at| **at > 3_600 * SECOND).count();
    assert_eq!(recent, 360, "the last hour by ten seconds");
    assert!((415..=425).contains(&times.len()), "the hour before by minutes: {}", times.len());
    let [site] = &course.sites[..] else { panic!("{:?}", course.sites) };
    assert_eq!((site.fingerprint.as_str(), site.points.len()), ("0000000000000001", times.len()));
    assert!(site.points.iter().all(|point| point.live * SECOND == point.at_ms && point.entries.is_none()));
    assert!(flight().course(0).sites.is_empty());
}

#[test]
fn a_mark_is_a_snapshot_too() {
    let flight = flight();
    let snapshot = flight.snapshot_of_mark(&flight.log.marks[0]);
    assert_eq!(
        (snapshot.sites.len(), snapshot.sites[0].live, snapshot.process.uptime_ms),
        (1, 7_000, 7_000_000)
    );
}
