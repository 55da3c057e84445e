//! A flight file as commands read it: what it holds, whether its process runs, and how it ended.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::last_end::counted;
use super::settings::unix_ms;
use super::{aftermath, directory, host};
use crate::analysis::causes;
use crate::flight::aftermath::{Aftermath, How};
use crate::flight::log::Mark;
use crate::flight::reader::Bad;
use crate::flight::{Cause, Flight, Identity, Vitals, read};
use crate::report::exchange::fleet::{Member, fleet};
use crate::report::exchange::metrics::Dialect;
use crate::values::course::Course;
use crate::values::snapshot::{Site, Snapshot, Verdict};

/// A process in another container runs while its file is written. This many intervals may be missed.
const MISSED_INTERVALS: u64 = 3;
/// And never less than this, in ms.
const MIN_SILENCE_MS: u64 = 10_000;

/// What is asked for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Query {
    /// The reader's host.
    pub host: String,
    /// The process as the reader sees it, where it knows: of another container it has another pid inside.
    pub pid: Option<u32>,
    /// The state at this time, in ms since 1970; the last one unless said otherwise.
    pub at_unix_ms: Option<u64>,
    /// The state of this mark instead.
    pub mark: Option<String>,
    /// Leaves out the sites.
    pub brief: bool,
    /// Of how many sites the course is wanted; none, and none of the process, unless said otherwise.
    pub course: Option<usize>,
    /// Which sites come first; the most suspicious unless said otherwise.
    pub sort: Sort,
    /// The most sites to list.
    pub most: Option<usize>,
}

/// What sites are sorted by, the most first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sort {
    /// As reports have them.
    #[default]
    Suspicion,
    /// Growth an hour.
    Growth,
    /// Unreleased, or entries of collections.
    Live,
    /// Age of the oldest.
    Age,
}

impl Sort {
    fn sort(self, sites: &mut [Site]) {
        causes::put_in_order(sites);
        let live = |site: &Site| site.size.map_or(site.live, |size| size.total.max(site.live));
        match self {
            Self::Suspicion => {}
            Self::Growth => sites.sort_by(|one, other| other.growth_per_hour.total_cmp(&one.growth_per_hour)),
            Self::Live => sites.sort_by_key(|site| std::cmp::Reverse(live(site))),
            Self::Age => sites.sort_by_key(|site| std::cmp::Reverse(site.oldest_ms)),
        }
    }
}

/// See the module.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Readout {
    /// `flight`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The file.
    pub path: PathBuf,
    /// Which process.
    pub identity: Identity,
    /// Whether it runs; of one that cannot be seen, whether its file is written.
    pub runs: bool,
    /// Whether that is known from the system.
    pub is_seen: bool,
    /// Whether recording was stopped, while the process ran on.
    pub stopped: bool,
    /// How it ended; absent while it runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended: Option<Aftermath>,
    /// When the state was taken, in ms since 1970.
    pub at_unix_ms: u64,
    /// How long it had recorded by then, in ms.
    pub uptime_ms: u64,
    /// How old the last state is, in ms.
    pub age_ms: u64,
    /// True when its next state is overdue although it runs: stopped, or its disk stands still.
    pub silent: bool,
    /// How the process was.
    pub vitals: Vitals,
    /// Sites of the last state.
    pub sites: u64,
    /// Of these with the verdict *leak*.
    pub leaks: u64,
    /// Sites with the verdict *suspect*.
    pub suspects: u64,
    /// Named states.
    pub marks: Vec<Mark>,
    /// When the history begins, in ms since 1970.
    pub history_from_unix_ms: u64,
    /// How it went; absent unless it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub course: Option<Course>,
    /// The state; absent where only the rest was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snapshot: Option<Snapshot>,
}

/// Why there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The file is not read.
    File(Bad),
    /// There is no state of that time; the first and the last there is one of, in ms since 1970.
    Time(u64, u64),
    /// There is no mark of that name; those there are.
    Mark(Vec<String>),
}

/// Reads a file.
///
/// # Errors
/// [`Refused`].
pub fn read_out(path: &Path, query: &Query) -> Result<Readout, Refused> {
    let file = directory::open(path).map_err(|error| Refused::File(Bad::from(error)))?;
    let flight = read(&file).map_err(Refused::File)?;
    let snapshot = match (query.brief, &query.mark, query.at_unix_ms) {
        (true, ..) => None,
        (_, Some(name), _) => {
            // Of several marks with one name the last counts.
            let mark = flight.log.marks.iter().rfind(|mark| mark.name == *name);
            let names = || flight.log.marks.iter().map(|mark| mark.name.clone()).collect();
            Some(flight.snapshot_of_mark(mark.ok_or_else(|| Refused::Mark(names()))?))
        }
        (_, _, Some(at)) => {
            let there = flight.snapshot_at(at);
            Some(there.map_err(|missing| Refused::Time(missing.from_unix_ms, missing.until_unix_ms))?)
        }
        _ => Some(flight.snapshot()),
    };
    let snapshot = snapshot.map(|mut snapshot| {
        query.sort.sort(&mut snapshot.sites);
        snapshot.sites.truncate(query.most.unwrap_or(usize::MAX));
        snapshot
    });
    Ok(readout(path, flight, query, snapshot, SystemTime::now()))
}

fn readout(
    path: &Path,
    flight: Flight,
    query: &Query,
    snapshot: Option<Snapshot>,
    now: SystemTime,
) -> Readout {
    let age_ms = unix_ms(now).saturating_sub(flight.at_unix_ms);
    let seen = runs(&flight.identity, query);
    let is_overdue = age_ms > (u64::from(flight.interval_ms) * MISSED_INTERVALS).max(MIN_SILENCE_MS);
    let has_ended = flight.end.as_ref().is_some_and(|end| end.cause != Cause::Stopped);
    let stopped = flight.end.as_ref().is_some_and(|end| end.cause == Cause::Stopped);
    let runs = seen.unwrap_or(!has_ended && !is_overdue);
    let count = |verdict| flight.records.iter().filter(|record| record.verdict == verdict).count() as u64;
    Readout {
        kind: "flight",
        path: path.to_path_buf(),
        runs,
        is_seen: seen.is_some(),
        stopped,
        ended: (!runs).then(|| aftermath(&flight, &query.host)),
        at_unix_ms: flight.at_unix_ms,
        uptime_ms: flight.at_ms,
        age_ms,
        silent: runs && is_overdue && !stopped,
        vitals: flight.vitals,
        sites: flight.records.len() as u64,
        leaks: count(Verdict::Leak),
        suspects: count(Verdict::Suspect),
        history_from_unix_ms: flight.unix_ms(flight.first_ms()),
        course: query.course.map(|most| flight.course(most)),
        marks: flight.log.marks,
        identity: flight.identity,
        snapshot,
    }
}

fn runs(identity: &Identity, query: &Query) -> Option<bool> {
    match query.pid {
        Some(pid) if host::start_ticks(pid) == Some(identity.start_ticks) => Some(true),
        _ => host::is_running(identity, &query.host),
    }
}

/// Reads each flight file of a directory, the newest first, without sites. What cannot be read is left out.
pub fn read_directory(dir: &Path, query: &Query) -> Vec<Readout> {
    let brief = Query { brief: true, ..query.clone() };
    let files = directory::list(dir, &query.host, SystemTime::now());
    files.iter().filter_map(|file| read_out(&file.path, &brief).ok()).collect()
}

/// Processes that one scrape has, at the most.
const MAX_MEMBERS: usize = 32;
/// How long the last state of a process that has ended is shown.
const SHOWN_AFTER_MS: u64 = 900_000;

/// The metrics of the processes whose flight files lie in `dirs`.
pub fn metrics(dirs: &[PathBuf], query: &Query, dialect: Dialect) -> String {
    let mut members = Vec::new();
    let mut hows: BTreeMap<String, Vec<How>> = BTreeMap::new();
    for dir in dirs {
        for listed in read_directory(dir, query) {
            let service = service(&listed.identity);
            let hows = hows.entry(service.clone()).or_default();
            hows.extend(listed.ended.as_ref().map(|ended| ended.how));
            let is_shown = listed.runs || listed.age_ms < SHOWN_AFTER_MS;
            if !is_shown || members.len() >= MAX_MEMBERS {
                continue;
            }
            // It may have been swept meanwhile.
            let Ok(Readout { snapshot: Some(snapshot), .. }) = read_out(&listed.path, query) else {
                continue;
            };
            members.push(Member {
                service,
                host: listed.identity.host,
                pid: listed.identity.pid,
                runs: listed.runs,
                rss: listed.vitals.sample.rss,
                silent_ms: listed.vitals.loop_silent_ms,
                cwd: listed.identity.cwd,
                snapshot,
            });
        }
    }
    let ends = hows.into_iter().map(|(service, hows)| (service, counted(hows.into_iter()))).collect();
    fleet(&members, &ends, dialect)
}

/// Its package's name, else its script's.
fn service(identity: &Identity) -> String {
    let script = || Path::new(&identity.script).file_stem().map(|name| name.to_string_lossy().into_owned());
    identity.package.clone().or_else(script).unwrap_or_default()
}
