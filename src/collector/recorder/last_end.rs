//! What a start says of the runs before it: how the last one of the same service ended, in one line, once; and the sweep.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use super::directory::{self, Listed};
use super::host::{self, Cgroup};
use crate::flight::aftermath::{self, Aftermath, How, Witness};
use crate::flight::{Flight, Identity, read_numbers, writer};
use crate::report::exchange::metrics::{END_REASONS, Ends};
use crate::values::duration::duration;
use crate::values::snapshot::Verdict;

/// Looks at the files of a directory: reports the last bad end of the same service, and removes what is too much.
pub fn survey(dir: &Path, own: &Identity, now: SystemTime) {
    let mut files = directory::list(dir, &own.host, now);
    let is_own = |file: &Listed| file.head.identity.file_name() == own.file_name();
    files.retain(|file| !is_own(file));
    let is_of_service =
        |file: &&Listed| !file.runs && is_same_service(&file.head.identity, own) && !file.head.reported;
    let before = files.iter().filter(|file| !file.runs && is_same_service(&file.head.identity, own));
    *previous() = counted(before.filter_map(|file| how(file, own)));
    let ended: Vec<&Listed> = files.iter().filter(is_of_service).collect();
    if let Some((file, line)) = ended.first().and_then(|file| Some((file, line_of(file, own)?))) {
        let text = format!("leakline: {line}\n  leakline report {}\n", file.path.display());
        // Its reader may be gone; then it is lost.
        let _ = std::io::stderr().write_all(text.as_bytes());
    }
    for file in ended {
        if let Ok(mut file) = OpenOptions::new().write(true).open(&file.path) {
            let _ = writer::set_reported(&mut file);
        }
    }
    directory::sweep(&files, is_bad, now);
}

/// How runs before this one ended, as the survey has seen.
static PREVIOUS: Mutex<Ends> = Mutex::new([0; END_REASONS.len()]);

fn previous() -> MutexGuard<'static, Ends> {
    // Five numbers, replaced at once.
    PREVIOUS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How earlier runs of this service ended; zeros before the flight file is made, or without one.
pub fn previous_ends() -> Ends {
    *previous()
}

/// Counts ends by their reasons.
pub fn counted(ends: impl Iterator<Item = How>) -> Ends {
    let mut counts = Ends::default();
    for how in ends {
        let at = match how {
            How::Exited => 0,
            How::Signalled => 1,
            How::HeapOutOfMemory => 2,
            How::OomKilled | How::LikelyOomKilled => 3,
            How::Killed => 4,
            How::Unrecorded => continue,
        };
        counts[at] += 1;
    }
    counts
}

/// How a run ended. Of what did not write it, its last numbers say more.
fn how(file: &Listed, own: &Identity) -> Option<How> {
    match &file.head.end {
        Some(end) => Some(aftermath::conclude(Some(end), &Default::default(), Witness::default()).how),
        None => Some(aftermath(&read_numbers(&directory::open(&file.path).ok()?).ok()?, &own.host).how),
    }
}

/// The program and its directory; of containers, those of the same image.
fn is_same_service(one: &Identity, other: &Identity) -> bool {
    !one.script.is_empty() && one.script == other.script && one.cwd == other.cwd
}

/// How a process ended that is gone, as far as it is known.
pub fn aftermath(flight: &Flight, host: &str) -> Aftermath {
    let identity = &flight.identity;
    let is_here = identity.host == host && identity.boot_id == host::boot_id();
    let witness = Witness {
        oom_kills: Cgroup::own().filter(|_| is_here).and_then(|group| group.oom_kills()),
        rebooted: identity.host == host
            && !identity.boot_id.is_empty()
            && identity.boot_id != host::boot_id(),
    };
    aftermath::conclude(flight.end.as_ref(), &flight.vitals, witness)
}

fn is_bad(file: &Listed) -> bool {
    // What was not written was not orderly.
    file.head
        .end
        .as_ref()
        .is_none_or(|end| aftermath::conclude(Some(end), &Default::default(), Witness::default()).is_bad)
}

/// One line, where there is something to say.
fn line_of(file: &Listed, own: &Identity) -> Option<String> {
    let flight = read_numbers(&directory::open(&file.path).ok()?).ok()?;
    let aftermath = aftermath(&flight, &own.host);
    let leaks = flight.records.iter().filter(|record| record.verdict == Verdict::Leak).count();
    // An exit code is the program's own word: worth a line only where there is more to say.
    let is_worth_it = aftermath.is_bad && (aftermath.how != How::Exited || leaks > 0);
    let found = match leaks {
        0 => "no leak was found in it".to_owned(),
        1 => "1 leak was found in it".to_owned(),
        many => format!("{many} leaks were found in it"),
    };
    is_worth_it.then(|| {
        format!(
            "the last run of this service (pid {}, recorded for {}) {}; {found}. See its last state:",
            flight.identity.pid,
            duration(flight.at_ms),
            aftermath.text
        )
    })
}
