//! Writes the baseline: one worker at a time, each only the entries of its own tests, always a whole file.

use std::collections::{HashMap, HashSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use once_cell::sync::Lazy;

use super::baseline::Baseline;
use super::lock::Lock;
use super::mistake::{Mistake, Source};
use crate::values::paths::{folder_of, relative};
use crate::values::suite::{Entry, FileResult, Stale};
use crate::values::urls::local as file_of;

/// Updates the baseline at `path` by `result`, as its `update` allows. Returns whether the file changed. Entries that
/// other workers wrote since the result was judged stay.
///
/// # Errors
/// When the file is not a baseline, or the system refuses to read, lock or write it.
pub fn update(path: &str, result: &FileResult) -> Result<bool, Mistake> {
    let Some(update) = result.update else { return Ok(false) };
    if result.stale.is_empty() && result.taken.is_empty() {
        return Ok(false);
    }
    let failed = |error: io::Error| Mistake {
        source: Source::Baseline,
        file: path.to_owned(),
        problem: format!("the file must be writable: {error}"),
        hint: "Nothing in it was changed.".to_owned(),
    };
    let file = Path::new(path);
    let _lock = Lock::of(file).map_err(failed)?;
    let before = match std::fs::read_to_string(file) {
        Ok(text) => Baseline::parse(&text, path)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Baseline::default(),
        Err(error) => return Err(failed(error)),
    };
    let mut after = before.clone();
    let (stale, taken) = of_own_tests(path, result);
    after.update(update, &stale, &taken);
    if after == before {
        return Ok(false);
    }
    replace(file, &after.text()).map_err(failed)?;
    Ok(true)
}

/// Only entries of the result's file and of its tests that ran.
fn of_own_tests(path: &str, result: &FileResult) -> (Vec<Stale>, Vec<Entry>) {
    let file = relative(&file_of(&result.file), folder_of(path));
    let ran: HashSet<&str> = result.tests.iter().map(String::as_str).collect();
    let is_own = |entry: &Entry| entry.file == file && ran.contains(&*entry.test);
    (
        result.stale.iter().filter(|stale| is_own(&stale.entry)).cloned().collect(),
        result.taken.iter().filter(|entry| is_own(entry)).cloned().collect(),
    )
}

/// Writes to a file beside it and renames that, so that a process that dies during the write leaves the old file whole.
fn replace(file: &Path, text: &str) -> io::Result<()> {
    // A link stays; its target is written.
    let file = std::fs::canonicalize(file).unwrap_or_else(|_| file.to_path_buf());
    let mut unfinished = file.clone().into_os_string();
    unfinished.push(format!(".{}.tmp", std::process::id()));
    let unfinished = PathBuf::from(unfinished);
    let written = std::fs::write(&unfinished, text).and_then(|()| {
        if let Ok(known) = std::fs::metadata(&file) {
            std::fs::set_permissions(&unfinished, known.permissions())?;
        }
        renamed(&unfinished, &file)
    });
    if written.is_err() {
        let _ = std::fs::remove_file(&unfinished);
    }
    written
}

/// Attempts on Windows, which refuses to replace a file that another process reads, and the pause between two.
const ATTEMPTS: u32 = 50;
const PAUSE: Duration = Duration::from_millis(10);

fn renamed(from: &Path, to: &Path) -> io::Result<()> {
    let mut attempt = 1;
    loop {
        match std::fs::rename(from, to) {
            Err(error)
                if cfg!(windows) && error.kind() == io::ErrorKind::PermissionDenied && attempt < ATTEMPTS =>
            {
                attempt += 1;
                std::thread::sleep(PAUSE);
            }
            done => return done,
        }
    }
}

/// By path: whether there was no file at the first call.
static FIRST: Lazy<Mutex<HashMap<String, bool>>> = Lazy::new(Mutex::default);

/// Whether there was no baseline at `path` when this process first asked.
///
/// The first test file of a process creates the baseline; the leaks of later files in the same process must not count as
/// new. The state is native because test runners load JavaScript again for each file.
pub fn is_first(path: &str) -> bool {
    let mut first = FIRST.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    *first.entry(path.to_owned()).or_insert_with(|| !Path::new(path).exists())
}
