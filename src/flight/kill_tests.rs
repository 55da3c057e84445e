//! Writers that are killed at random moments: each file must be readable, of one state, and that state a late one.
//!
//! `LEAKLINE_KILLS=1000 LEAKLINE_KILLS_DIR=/dev/shm cargo test --release --no-default-features kill` is the long form.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::format::COLUMNS;
use super::history::NO_VALUE;
use super::log::SiteEntry;
use super::{Columns, Flight, Identity, Layout, Record, Records, State, Vitals, Writer, read};
use crate::values::frames::Frame;

const FILE: &str = "LEAKLINE_KILLS_FILE";
const SITES: u64 = 1_000;

/// How many sites a state has: others each time.
fn count(sequence: u64) -> u64 {
    SITES / 2 + sequence * 7 % (SITES / 2 + 1)
}

/// Writes without a pause until it is killed. No test but in a process that was started for it.
#[test]
fn a_writer_that_waits_to_be_killed() {
    let Ok(path) = std::env::var(FILE) else { return };
    let file = fs::File::options().read(true).write(true).create_new(true).open(path).unwrap();
    let mut writer = Writer::create(file, Identity::default(), Layout::default()).unwrap();
    let columns = Columns::default();
    let mut defined = 0;
    for sequence in 1.. {
        let frame = |line| Frame {
            function: Some(format!("f{line}")),
            file: "/srv/app/a.js".to_owned(),
            line,
            column: 1,
        };
        while defined < count(sequence) {
            defined += 1;
            let (number, stack) =
                (defined as u32, (1..=16).map(|at| frame(at + defined as u32 % 50)).collect::<Vec<_>>());
            let entry = SiteEntry {
                number,
                fingerprint: defined,
                label: format!("Bus 'e{defined}'"),
                stack: stack.into(),
                ..SiteEntry::default()
            };
            writer.define(&entry).unwrap();
        }
        let mut records = Records::default();
        for site in 1..=count(sequence) {
            let record = Record {
                site: site as u32,
                live: sequence * 1_000 + site,
                registered: sequence,
                ..Record::default()
            };
            records.push(&record);
        }
        let state = State {
            at_ms: sequence * 10_000,
            at_unix_ms: std::time::UNIX_EPOCH.elapsed().unwrap().as_millis() as u64,
            interval_ms: 1,
            vitals: Vitals::default(),
            columns: &columns,
            values: &|| [NO_VALUE; COLUMNS],
            records: &records,
            details: b"{}",
        };
        writer.publish(&state).unwrap();
    }
}

fn check(flight: &Flight) {
    assert_eq!(flight.records.len() as u64, count(flight.sequence));
    for (record, site) in flight.records.iter().zip(1..) {
        let expected = (site as u32, flight.sequence * 1_000 + site, flight.sequence);
        assert_eq!((record.site, record.live, record.registered), expected);
        assert_eq!(flight.log.sites[&record.site].fingerprint, site);
    }
    assert_eq!(flight.at_ms, flight.sequence * 10_000);
    assert_eq!(flight.history[0].last().unwrap().at_ms, flight.at_ms);
}

fn read_file(path: &Path) -> Option<Flight> {
    read(&fs::File::open(path).ok()?).ok()
}

#[test]
fn whoever_is_killed_leaves_a_whole_state() {
    let kills = std::env::var("LEAKLINE_KILLS").map_or(10, |kills| kills.parse().unwrap());
    let dir = std::env::var_os("LEAKLINE_KILLS_DIR").map_or_else(std::env::temp_dir, PathBuf::from);
    let mut noise = 0x9e37_79b9_7f4a_7c15_u64 ^ u64::from(std::process::id());
    let (mut beside, mut oldest) = (0, 0);
    for kill in 0..kills {
        let path = dir.join(format!("leakline-kill-{}-{kill}.lkf", std::process::id()));
        let writer = "flight::kill_tests::a_writer_that_waits_to_be_killed";
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", writer, "--test-threads", "1"])
            .env(FILE, &path)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let since = Instant::now();
        while read_file(&path).is_none() {
            assert!(since.elapsed() < Duration::from_secs(60), "nothing was published");
            std::thread::sleep(Duration::from_millis(1));
        }
        noise ^= noise << 13;
        noise ^= noise >> 7;
        noise ^= noise << 17;
        let until = Instant::now() + Duration::from_micros(noise % 12_000);
        // Every other one is read while it writes.
        while Instant::now() < until {
            if kill % 2 == 0 {
                check(&read_file(&path).expect("readable beside its writer"));
                beside += 1;
            } else {
                std::thread::sleep(Duration::from_micros(200));
            }
        }
        child.kill().unwrap();
        let killed_ms = std::time::UNIX_EPOCH.elapsed().unwrap().as_millis() as u64;
        child.wait().unwrap();
        let flight = read_file(&path).expect("readable after its writer was killed");
        check(&flight);
        oldest = oldest.max(killed_ms.saturating_sub(flight.at_unix_ms));
        fs::remove_file(path).unwrap();
    }
    println!(
        "{kills} kills in {}, {beside} reads beside a writer; the oldest last state {oldest} ms",
        dir.display()
    );
}
