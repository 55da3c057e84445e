//! A flight file as the snapshot that it would have been, with its sites in the order of the file: every reader of
//! snapshots reads it so.

use std::collections::{BTreeMap, HashMap};

use super::history::{Entry, TIERS, unpacked, unpacked_sizes};
use super::log::{Mark, SiteEntry};
use super::reader::Flight;
use super::record::Record;
use crate::record::layout::is_sampled;
use crate::values::frames;
use crate::values::snapshot::{Overhead, ProcessInfo, SCHEMA, Site, Size, Snapshot, Totals, Verdict};

/// Entries of the history that growth is taken from, at the most.
const MAX_POINTS: usize = 36;

/// There is nothing of that time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotThere {
    /// The earliest time there is something of, in ms since 1970.
    pub from_unix_ms: u64,
    /// The latest.
    pub until_unix_ms: u64,
}

/// Totals are of the last judgement, some seconds before the counts of the sites: in all there are at least as many as the
/// sites have.
fn raise_totals(totals: &mut BTreeMap<String, Totals>, sites: &[Site]) {
    let mut sums: HashMap<&str, Totals> = HashMap::new();
    for site in sites {
        let sum = sums.entry(&site.kind).or_default();
        sum.released += site.released;
        sum.collected += site.collected;
        sum.live += site.live;
    }
    for (kind, sum) in sums {
        let own = totals.entry(kind.to_owned()).or_default();
        own.released = own.released.max(sum.released);
        own.collected = own.collected.max(sum.collected);
        own.live = own.live.max(sum.live);
        own.registered = own.released + own.collected + own.live;
    }
}

impl Flight {
    /// The last state.
    pub fn snapshot(&self) -> Snapshot {
        let mut described: HashMap<u32, Site> =
            self.details.iter().flat_map(|details| details.sites.iter().cloned()).collect();
        let mut sites: Vec<Site> = Vec::with_capacity(self.records.len());
        for record in &self.records {
            let Some(entry) = self.log.sites.get(&record.site) else { continue };
            sites.push(site(entry, record, described.remove(&record.site)));
        }
        let unnamed = self.records.len() - sites.len();
        let mut snapshot = match &self.details {
            Some(details) => details.snapshot.clone(),
            None => self.bare_snapshot(),
        };
        raise_totals(&mut snapshot.totals, &sites);
        snapshot.sites = sites;
        snapshot.process = self.process(self.at_ms, snapshot.process.threads);
        if unnamed > 0 {
            snapshot.notes.push(format!("{unnamed} sites had no room in the flight file"));
        }
        snapshot
    }

    /// The state at a time before, in ms since 1970, of the sites that the history follows.
    ///
    /// # Errors
    /// [`NotThere`] for a time before the history begins, or after the last state.
    pub fn snapshot_at(&self, at_unix_ms: u64) -> Result<Snapshot, NotThere> {
        let from_unix_ms = self.unix_ms(self.first_ms());
        let missing = NotThere { from_unix_ms, until_unix_ms: self.at_unix_ms };
        let at_ms = at_unix_ms.checked_sub(self.unix_ms(0)).ok_or(missing)?;
        if at_unix_ms > self.at_unix_ms {
            return Err(missing);
        }
        let (tier, place) = self.entry_at(at_ms).ok_or(missing)?;
        let entry = &self.history[tier][place];
        let points = &self.history[tier][(place + 1).saturating_sub(MAX_POINTS)..=place];
        let mut snapshot = self.bare_snapshot();
        snapshot.sites = self.sites_at(entry, points);
        for site in &snapshot.sites {
            let totals: &mut Totals = snapshot.totals.entry(site.kind.clone()).or_default();
            totals.live += site.live;
            // What is not kept: at the least those that lived.
            totals.registered = totals.live;
        }
        snapshot.process = self.process(entry.at_ms, 1);
        snapshot.notes.push(format!(
            "as of the flight file's history: of the {} sites it follows, how many lived and the verdict of that time",
            self.columns.0.iter().filter(|column| column.site != 0).count()
        ));
        Ok(snapshot)
    }

    /// The state as of a mark: what a diff compares the last state with.
    pub fn snapshot_of_mark(&self, mark: &Mark) -> Snapshot {
        let sites = mark.sites.iter().filter_map(|marked| {
            let entry = self.log.sites.get(&marked.site)?;
            let record = Record {
                site: marked.site,
                live: marked.live,
                registered: marked.registered,
                size: has_size(&entry.kind).then_some(Size { total: marked.size, max: marked.size }),
                ..Record::default()
            };
            Some(site(entry, &record, None))
        });
        let mut snapshot = self.bare_snapshot();
        snapshot.sites = sites.collect();
        snapshot.process = self.process(mark.at_ms, 1);
        snapshot
    }

    /// When the history begins, in ms since recording began.
    pub fn first_ms(&self) -> u64 {
        let first = self.history.iter().filter_map(|ring| ring.first()).map(|entry| entry.at_ms);
        first.min().unwrap_or(self.at_ms)
    }

    /// A time since recording began as one since 1970.
    pub fn unix_ms(&self, at_ms: u64) -> u64 {
        (self.at_unix_ms + at_ms).saturating_sub(self.at_ms)
    }

    /// The last entry at or before a time, of the finest ring that has one near it.
    fn entry_at(&self, at_ms: u64) -> Option<(usize, usize)> {
        let mut found = None;
        for (tier, ring) in self.history.iter().enumerate() {
            let Some(place) = ring.partition_point(|entry| entry.at_ms <= at_ms).checked_sub(1) else {
                continue;
            };
            found = found.or(Some((tier, place)));
            if at_ms - ring[place].at_ms <= 2 * TIERS[tier].step_ms {
                return Some((tier, place));
            }
        }
        found
    }

    fn sites_at(&self, entry: &Entry, points: &[Entry]) -> Vec<Site> {
        let mut sites = Vec::new();
        for (place, column) in self.columns.0.iter().enumerate() {
            let Some(known) = self.log.sites.get(&column.site).filter(|_| column.since_ms <= entry.at_ms)
            else {
                continue;
            };
            let value = entry.values[place];
            let sizes = unpacked_sizes(value).filter(|_| has_size(&known.kind));
            let record = match (sizes, unpacked(value)) {
                (Some((verdict, live, total)), _) => Record {
                    site: column.site,
                    verdict,
                    live,
                    size: Some(Size { total, max: total }),
                    estimated: true,
                    ..Record::default()
                },
                (None, Some((verdict, live))) => {
                    Record { site: column.site, verdict, live, ..Record::default() }
                }
                (None, None) => continue,
            };
            let of_site: Vec<&Entry> = points.iter().filter(|point| point.at_ms >= column.since_ms).collect();
            let mut site = site(known, &record, None);
            let growth = growth_per_hour(&of_site, place, sizes.is_some());
            if is_sampled(&site.kind) {
                site.bytes_per_hour = (growth > 0.0).then_some(growth);
            } else {
                site.growth_per_hour = growth;
            }
            site.evidence = "as its history in the flight file says".to_owned();
            sites.push(site);
        }
        sites
    }

    fn process(&self, at_ms: u64, threads: u32) -> ProcessInfo {
        let time = |unix_ms: u64| {
            let at = std::time::UNIX_EPOCH + std::time::Duration::from_millis(unix_ms);
            humantime::format_rfc3339_millis(at).to_string()
        };
        ProcessInfo {
            pid: self.identity.pid,
            node: self.identity.node.clone(),
            started_at: time(self.unix_ms(0)),
            taken_at: time(self.unix_ms(at_ms)),
            uptime_ms: at_ms,
            threads,
        }
    }

    fn bare_snapshot(&self) -> Snapshot {
        let mode = self.details.as_ref().map_or_else(String::new, |details| details.snapshot.mode.clone());
        Snapshot {
            schema: SCHEMA,
            process: ProcessInfo::default(),
            mode,
            totals: BTreeMap::new(),
            sites: Vec::new(),
            collections: Vec::new(),
            census: None,
            heap: None,
            overhead: Overhead::default(),
            notes: Vec::new(),
        }
    }
}

/// What a site is in a snapshot: who it is from the log, its numbers from the record, and what words say of it.
fn site(entry: &SiteEntry, record: &Record, described: Option<Site>) -> Site {
    let stack = entry.stack.clone();
    // A verdict that is younger than its words has none of its own.
    let described = described.filter(|site| site.verdict == record.verdict);
    let has_words = described.is_some();
    let mut site = Site {
        fingerprint: format!("{:016x}", entry.fingerprint),
        kind: entry.kind.clone(),
        label: entry.label.as_str().into(),
        thread: entry.thread,
        live: record.live,
        registered: record.registered,
        released: record.released,
        collected: record.collected,
        estimated: record.estimated,
        oldest_ms: record.oldest_ms,
        size: record.size,
        verdict: record.verdict,
        origin: frames::origin(&stack).cloned(),
        stack,
        ..described.unwrap_or_default()
    };
    if !has_words && site.verdict <= Verdict::Suspect {
        site.evidence = "as the recorder judged it last".to_owned();
    }
    site
}

/// Whether sites of a kind have a size: entries of collections, bytes of what functions keep.
pub(super) fn has_size(kind: &str) -> bool {
    matches!(kind, "map" | "set" | "array") || is_sampled(kind)
}

/// The median slope of a column, an hour; 0 for fewer than three points.
fn growth_per_hour(points: &[&Entry], place: usize, is_collection: bool) -> f64 {
    let number = |entry: &&Entry| match is_collection {
        true => unpacked_sizes(entry.values[place]).map(|(_, _, total)| total),
        false => unpacked(entry.values[place]).map(|(_, live)| live),
    };
    let known: Vec<(u64, u64)> =
        points.iter().filter_map(|entry| Some((entry.at_ms, number(entry)?))).collect();
    if known.len() < 3 {
        return 0.0;
    }
    let mut slopes = Vec::new();
    for (later, (at, value)) in known.iter().enumerate() {
        for (before_at, before) in &known[..later] {
            let hours = at.saturating_sub(*before_at) as f64 / 3_600_000.0;
            slopes.extend((hours > 0.0).then(|| (*value as f64 - *before as f64) / hours));
        }
    }
    slopes.sort_by(f64::total_cmp);
    slopes.get(slopes.len() / 2).copied().unwrap_or(0.0)
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::super::format::COLUMNS;
    use super::super::history::{NO_VALUE, packed};
    use super::super::log::MarkedSite;
    use super::super::{Columns, Details, Identity, Layout, State, Vitals, Writer, read};
    use super::*;
    use crate::values::frames::Frame;

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
                Record {
                    site: 1,
                    verdict: Verdict::Leak,
                    live: second,
                    registered: second,
                    ..Record::default()
                },
                Record {
                    site: 2,
                    verdict: Verdict::Steady,
                    live: 2,
                    registered: 3,
                    size,
                    ..Record::default()
                },
            ];
            let mut bytes = Vec::new();
            records.iter().for_each(|record| record.encode(&mut bytes));
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
            let details =
                Details::new(Snapshot { mode: "full".to_owned(), sites: vec![words], ..bare }).to_json();
            let state = State {
                at_ms: second * SECOND,
                at_unix_ms: 1_000_000 + second * SECOND,
                interval_ms: 1_000,
                vitals: Vitals::default(),
                columns: &columns,
                values: &values,
                records: &bytes,
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
        assert_eq!((leak.verdict, leak.live, leak.evidence.as_str()), (Verdict::Leak, 7_200, "grew"));
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
        assert!(
            site.points.iter().all(|point| point.live * SECOND == point.at_ms && point.entries.is_none())
        );
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
}
