//! Heap snapshots in files: JSON in, text or JSON out. What is wrong with a file is an answer too, as in `suite`.

use std::io::Write;
use std::time::{Duration, Instant};

use napi::Result;
use napi_derive::napi;
use serde::Deserialize;
use serde_json::json;

use super::super::values::{Text, parse, to_json};
use crate::heap::analysis::Analysis;
use crate::heap::growth::Tracker;
use crate::heap::refusal::Refusal;
use crate::heap::{retained, select, survey};
use crate::report::{self, TextOptions};
use crate::values::json::json as json_text;

/// Bytes that what grew between files has to have gained at the least.
const MIN_GAINED: u64 = 512;

/// How long a file may take before it is said that it is being read.
const QUIET: Duration = Duration::from_millis(500);

#[derive(Deserialize)]
struct Input {
    files: Vec<String>,
    of: Option<String>,
    top: usize,
    /// Whether only who retains most is asked for, of one file.
    #[serde(default)]
    retainers: bool,
    /// Whether to write to standard error what is being done.
    #[serde(default)]
    progress: bool,
    /// `text` or `json`.
    format: String,
    #[serde(default)]
    text: Text,
}

/// Analyses heap snapshots in files; JSON in. The answer is JSON: `{ "output" }`, or `{ "error": { "code", "args" } }`.
#[napi]
pub fn heap_files(input: String) -> Result<String> {
    let Input { files, of, top, retainers, progress, format, text } = parse(&input)?;
    let text = text.into();
    let mut progress = Progress { shown: progress, begun: Instant::now(), last: None };
    let output = match (retainers, &files[..]) {
        (true, [file]) => who_retains(file, of.as_deref(), top, &format, &text, &mut progress),
        _ => analysed(&files, of.as_deref(), top, &format, &text, &mut progress),
    };
    progress.end();
    match output {
        Ok(output) => to_json(&json!({ "output": output })),
        Err(refusal) => to_json(&refusal),
    }
}

fn analysed(
    files: &[String],
    of: Option<&str>,
    top: usize,
    format: &str,
    text: &TextOptions,
    progress: &mut Progress,
) -> std::result::Result<String, Refusal> {
    let root = text.cwd.clone().unwrap_or_default();
    let is_json = format == "json";
    let mut open = |file: &String| {
        let mut on = Analysis::open(file, &root, |doing, share| progress.show(file, doing, share))?;
        on.scopes.follow_maps();
        Ok(on)
    };
    let checked = |on: &Analysis, output: String, file: &str| match on.heap.failure() {
        Some(refusal) => Err(refusal.of_file(file)),
        None => Ok(output),
    };
    let [rest @ .., last] = files else { return Ok(String::new()) };
    if rest.is_empty() {
        let on = open(last)?;
        let output = match of {
            Some(of) => {
                let selected = select::select(&on, last, of, top)?;
                if is_json { json_text(&selected) } else { report::selected_text(&selected, text) }
            }
            None => {
                let survey = survey::survey(&on, last, top);
                if is_json { json_text(&survey) } else { report::survey_text(&survey, text) }
            }
        };
        return checked(&on, output, last);
    }
    let mut tracker = Tracker::default();
    for file in rest {
        let on = open(file)?;
        tracker.look(&on, file);
        checked(&on, String::new(), file)?;
    }
    let on = open(last)?;
    tracker.look(&on, last);
    let growth = tracker.finish(&on, top, MIN_GAINED);
    let output = if is_json { json_text(&growth) } else { report::growth_text(&growth, text) };
    checked(&on, output, last)
}

/// Who retains most in one file, as `retainers()` has it of a process.
fn who_retains(
    file: &str,
    of: Option<&str>,
    top: usize,
    format: &str,
    text: &TextOptions,
    progress: &mut Progress,
) -> std::result::Result<String, Refusal> {
    let root = text.cwd.clone().unwrap_or_default();
    let on = Analysis::open(file, &root, |doing, share| progress.show(file, doing, share))?;
    let found = retained::retainers(on, Vec::new(), &[], of, Some(file), top)?;
    Ok(if format == "json" { json_text(&found) } else { report::retainers_text(&found, text) })
}

/// A line on standard error that says how far it is.
struct Progress {
    shown: bool,
    begun: Instant,
    last: Option<(u32, &'static str)>,
}

impl Progress {
    fn show(&mut self, file: &str, doing: &'static str, share: f64) {
        let percent = (share * 100.0) as u32;
        if !self.shown || self.begun.elapsed() < QUIET || self.last == Some((percent, doing)) {
            return;
        }
        self.last = Some((percent, doing));
        let name =
            std::path::Path::new(file).file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
        // A line that cannot be written is no reason to stop.
        let _ = write!(std::io::stderr(), "\r\x1b[2Kleakline: {name}: {doing}, {percent} %");
    }

    fn end(&mut self) {
        if self.last.take().is_some() {
            let _ = write!(std::io::stderr(), "\r\x1b[2K");
        }
    }
}
