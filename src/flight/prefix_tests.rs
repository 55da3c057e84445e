//! Whatever part of a write has come to pass, a reader finds the state before it or the state after it.

use std::collections::HashSet;
use std::io;

use proptest::prelude::*;

use super::format::{COLUMNS, Layout};
use super::history::{NO_VALUE, packed};
use super::log::{Mark, MarkedSite, SiteEntry};
use super::medium::{Medium, Source};
use super::vitals::{Sample, Vitals};
use super::{Bad, Cause, Columns, End, Flight, Identity, Numbers, Record, Records, State, Writer, read};
use crate::values::frames::Frame;
use crate::values::snapshot::Verdict;

/// Bytes that remember each write.
#[derive(Clone, Default)]
struct Recorded {
    bytes: Vec<u8>,
    writes: Vec<(u64, Vec<u8>)>,
    /// Writes that still succeed.
    room: Option<usize>,
}

impl Source for Recorded {
    fn length(&self) -> io::Result<u64> {
        self.bytes.length()
    }

    fn read_at(&self, bytes: &mut [u8], at: u64) -> io::Result<()> {
        self.bytes.as_slice().read_at(bytes, at)
    }
}

impl Medium for Recorded {
    fn write_at(&mut self, bytes: &[u8], at: u64) -> io::Result<()> {
        if let Some(room) = &mut self.room {
            *room = room.checked_sub(1).ok_or(io::ErrorKind::StorageFull)?;
        }
        self.writes.push((at, bytes.to_vec()));
        self.bytes.write_at(bytes, at)
    }
}

/// What the process is at step `n`: made so that a mixture of two steps shows.
fn records(n: u64) -> Vec<Record> {
    // Some have more than one piece.
    let count = (1 + n * 7 % 23) * if n % 4 == 3 { 16 } else { 1 };
    (1..=count)
        .map(|site| Record { site: site as u32, live: n * 1_000 + site, registered: n, ..Record::default() })
        .collect()
}

fn site(number: u32) -> SiteEntry {
    let frame = |line| Frame {
        function: Some(format!("f{number}")),
        file: format!("/srv/app/{number}.js"),
        line,
        column: 1,
    };
    SiteEntry {
        number,
        fingerprint: u64::from(number),
        kind: "listener".to_owned(),
        label: format!("Bus 'e{number}'"),
        stack: vec![frame(1), frame(2)].into(),
        ..SiteEntry::default()
    }
}

/// Publishes step `n`, with a step of `step_ms` between them.
fn publish<M: Medium>(writer: &mut Writer<M>, defined: &mut u32, n: u64, step_ms: u64) -> io::Result<u64> {
    let records = records(n);
    while (*defined as usize) < records.len() {
        *defined += 1;
        writer.define(&site(*defined)).unwrap();
    }
    if n.is_multiple_of(5) {
        let marked = MarkedSite { site: 1, live: n, registered: n, size: 0 };
        writer.mark(&Mark { name: format!("m{n}"), at_ms: n, at_unix_ms: n, sites: vec![marked] }).unwrap();
    }
    let mut columns = Columns::default();
    columns.assign(&[1], 0);
    let mut values = [NO_VALUE; COLUMNS];
    values[0] = packed(Verdict::Leak, n);
    let sample = Sample { rss: Some(n), ..Sample::default() };
    let state = State {
        at_ms: n * step_ms,
        at_unix_ms: 1_000 + n * step_ms,
        interval_ms: 1_000,
        vitals: Vitals { sample, ..Vitals::default() },
        columns: &columns,
        values: &|| values,
        records: &records.iter().collect::<Records>(),
        details: &[],
    };
    writer.publish(&state)
}

/// The step that a file has; all of it must be of that step.
fn step_of(flight: &Flight, step_ms: u64) -> u64 {
    let n = flight.vitals.sample.rss.unwrap();
    assert_eq!(flight.at_ms, n * step_ms);
    assert_eq!(flight.records, records(n));
    assert!(flight.records.iter().all(|record| flight.log.sites[&record.site] == site(record.site)));
    for (ring, tier) in flight.history.iter().zip(super::history::TIERS) {
        assert!(ring.len() <= tier.entries as usize);
        let last = ring.last().expect("the first state has one in each");
        assert!(last.at_ms <= flight.at_ms && flight.at_ms < last.at_ms + tier.step_ms + step_ms);
        for pair in ring.windows(2) {
            assert_eq!(pair[0].number + 1, pair[1].number);
            assert!(pair[0].at_ms < pair[1].at_ms);
        }
        for entry in ring {
            assert_eq!(
                u64::from(entry.values[0] & 0x3fff_ffff) * step_ms,
                entry.at_ms,
                "a value of its time"
            );
        }
    }
    assert!(flight.log.marks.iter().all(|mark| mark.at_ms <= n));
    n
}

fn writer() -> Writer<Recorded> {
    let identity = Identity { pid: 7, host: "h".to_owned(), ..Identity::default() };
    Writer::create(Recorded::default(), identity, Layout::default()).unwrap()
}

/// Steps published before the write that is cut, and how long a step is.
fn program() -> impl Strategy<Value = (u64, u64)> {
    (prop_oneof![0u64..12, 356u64..366], prop_oneof![Just(1_000u64), Just(10_000), Just(60_000)])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn any_prefix_of_a_write_is_the_state_before_or_after((before, step_ms) in program()) {
        let (mut writer, mut defined) = (writer(), 0);
        for n in 0..before {
            publish(&mut writer, &mut defined, n, step_ms).unwrap();
        }
        let image = writer.medium().bytes.clone();
        let first = writer.medium().writes.len();
        publish(&mut writer, &mut defined, before, step_ms).unwrap();
        let writes = writer.medium().writes[first..].to_vec();
        let total: usize = writes.iter().map(|(_, bytes)| bytes.len()).sum();
        let mut seen = HashSet::new();
        // Each border of a piece, and places between.
        let mut cuts: Vec<usize> = (0..=total).step_by((total / 100).max(97)).chain(0..100).chain(total - 40..=total).collect();
        let mut border = 0;
        for (_, bytes) in &writes {
            border += bytes.len();
            cuts.extend([border - 1, border, border + 1]);
        }
        for cut in cuts.into_iter().filter(|cut| *cut <= total) {
            let (mut torn, mut left) = (image.clone(), cut);
            for (at, bytes) in &writes {
                let part = &bytes[..left.min(bytes.len())];
                left -= part.len();
                torn.write_at(part, *at).unwrap();
            }
            match read(&torn) {
                Ok(flight) => { seen.insert(step_of(&flight, step_ms)); }
                Err(bad) => prop_assert!(before == 0 && matches!(bad, Bad::Empty | Bad::Damaged("state")), "cut at {cut}: {bad}"),
            }
        }
        prop_assert!(seen.contains(&before));
        prop_assert!(seen.iter().all(|n| *n == before || *n + 1 == before), "{seen:?} around {before}");
    }

    #[test]
    fn a_write_that_fails_leaves_the_state_before((before, step_ms) in program(), fails_at in 0usize..8) {
        let (mut writer, mut defined) = (writer(), 0);
        for n in 0..=before {
            publish(&mut writer, &mut defined, n, step_ms).unwrap();
        }
        writer.medium_mut().room = Some(fails_at);
        let failed = publish(&mut writer, &mut defined, before + 1, step_ms).is_err();
        let n = step_of(&read(&writer.medium().bytes).unwrap(), step_ms);
        prop_assert_eq!(n, before + u64::from(!failed));
        writer.medium_mut().room = None;
        publish(&mut writer, &mut defined, before + 2, step_ms).unwrap();
        prop_assert_eq!(step_of(&read(&writer.medium().bytes).unwrap(), step_ms), before + 2);
    }

    #[test]
    fn a_moved_file_has_the_same_state((before, step_ms) in program()) {
        let (mut old, mut defined) = (writer(), 0);
        for n in 0..=before {
            publish(&mut old, &mut defined, n, step_ms).unwrap();
        }
        let sites = (1..=defined).collect::<Numbers>();
        let mut new = old.moved_to(Recorded::default(), Layout::fitting(2_000, 600_000), &old.retained(sites, 3).unwrap()).unwrap();
        publish(&mut new, &mut defined, before + 1, step_ms).unwrap();
        let (was, is) = (read(&old.medium().bytes).unwrap(), read(&new.medium().bytes).unwrap());
        prop_assert_eq!(step_of(&was, step_ms), before);
        prop_assert_eq!(step_of(&is, step_ms), before + 1);
        prop_assert!(is.history[0].len() + 1 >= was.history[0].len());
        prop_assert!(is.log.marks.len() <= 4);
    }

    #[test]
    fn whatever_a_file_holds_the_reader_answers(noise in prop::collection::vec((any::<u16>(), any::<u8>()), 0..40), length in 0usize..200_000) {
        let (mut writer, mut defined) = (writer(), 0);
        for n in 0..30 {
            publish(&mut writer, &mut defined, n, 1_000).unwrap();
        }
        let mut bytes = writer.medium().bytes.clone();
        for (at, value) in noise {
            let at = usize::from(at) * 23 % bytes.len();
            bytes[at] ^= value;
        }
        bytes.truncate(length.max(1).min(bytes.len()));
        // Any answer, in bounded time and without a panic.
        let _ = read(&bytes);
    }
}

#[test]
fn what_is_no_flight_file_is_refused_with_its_reason() {
    let (mut writer, mut defined) = (writer(), 0);
    assert_eq!(read(&writer.medium().bytes).unwrap_err(), Bad::Empty);
    for n in 0..3 {
        publish(&mut writer, &mut defined, n, 1_000).unwrap();
    }
    let good = writer.medium().bytes.clone();
    assert_eq!(read(&good).unwrap().identity.pid, 7);
    let changed = |change: fn(&mut Vec<u8>)| {
        let mut bytes = good.clone();
        change(&mut bytes);
        read(&bytes).unwrap_err()
    };
    assert_eq!(read(&Vec::new()).unwrap_err(), Bad::Foreign);
    assert_eq!(read(&b"{\"schema\":1}".to_vec()).unwrap_err(), Bad::Foreign);
    assert_eq!(changed(|bytes| bytes[0] = b'X'), Bad::Foreign);
    assert_eq!(changed(|bytes| bytes.truncate(100)), Bad::Truncated);
    assert_eq!(changed(|bytes| bytes.truncate(900_000)), Bad::Truncated);
    assert_eq!(changed(|bytes| bytes[8] = 9), Bad::Newer(9));
    assert_eq!(changed(|bytes| bytes[8] = 0), Bad::Older(0));
    assert_eq!(changed(|bytes| bytes[300] ^= 1), Bad::Damaged("header"));
}

#[test]
fn an_end_is_part_of_the_file() {
    let (mut writer, mut defined) = (writer(), 0);
    publish(&mut writer, &mut defined, 0, 1_000).unwrap();
    let end =
        End { cause: Cause::HeapOutOfMemory, code: 0, at_unix_ms: 3, text: "Reached heap limit".to_owned() };
    writer.end(&end).unwrap();
    let mut bytes = writer.medium().bytes.clone();
    assert_eq!(read(&bytes).unwrap().end, Some(end));
    assert!(!read(&bytes).unwrap().reported);
    super::writer::set_reported(&mut bytes).unwrap();
    assert!(read(&bytes).unwrap().reported);
}

#[test]
fn a_log_that_is_full_says_so_and_takes_what_fits() {
    let (mut writer, mut number) = (writer(), 0);
    while writer.define(&site(number + 1)).is_ok() {
        number += 1;
    }
    let mut defined = number;
    publish(&mut writer, &mut defined, 1, 1_000).unwrap();
    let flight = read(&writer.medium().bytes).unwrap();
    assert_eq!((flight.log.sites.len() as u32, flight.log.sites[&number].clone()), (number, site(number)));
    let sites: Numbers = (1..=number).collect();
    let retained = writer.retained(sites, 0).unwrap();
    let layout = Layout::fitting(1, 2 * retained.bytes);
    let mut moved = writer.moved_to(Recorded::default(), layout, &retained).unwrap();
    moved.define(&site(number + 1)).unwrap();
}
