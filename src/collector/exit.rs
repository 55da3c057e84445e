//! Writes a report where the environment asked for it: a file or a stream of the process.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use serde::Serialize;

use crate::collector::files;
use crate::collector::streams::Stream;
use crate::flight;
use crate::report::html::{Charts, page};
use crate::report::{self, TextOptions};
use crate::values::json::json;
use crate::values::retainers::Retainers;
use crate::values::snapshot::{Site, Snapshot};

/// Sites of a page's history that are looked at.
const MAX_COURSES: usize = 8;

/// Where a report goes.
#[derive(Clone, Debug)]
pub struct Target {
    /// The file or stream.
    pub destination: Destination,
    /// How the text looks.
    pub text: TextOptions,
}

/// A file or a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// Standard output or standard error, which get text.
    Stream(Stream),
    /// A file, with [`named`] in its path. One that ends in `.json` gets JSON, in `.html` a page, any other text.
    File {
        /// Absolute.
        path: PathBuf,
        /// Whether to write the file itself, without another one beside it.
        in_place: bool,
    },
}

/// What distinguishes a report from others of this and of other processes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Head {
    /// The first report of a process is 1.
    pub number: u32,
    /// Why it was written: `exit`, `interval`, or the name of a signal.
    pub trigger: String,
    /// What the process runs, such as `server.js` or `server.js, cluster worker 2`.
    pub program: String,
}

/// A report, ready to be written by any thread.
#[derive(Debug)]
pub struct Rendered {
    destination: Destination,
    body: Body,
}

#[derive(Debug)]
enum Body {
    Whole(String),
    /// Its charts are of the flight file, which whoever writes the page reads: the collector waits for no disk.
    Page {
        title: String,
        text: String,
        sites: Vec<Site>,
        flight: Option<PathBuf>,
    },
}

/// The JSON of a report: a snapshot and what the report is.
#[derive(Serialize)]
struct Written<'a> {
    report: &'a Head,
    #[serde(flatten)]
    snapshot: &'a Snapshot,
}

/// Makes the text, page or JSON of a report. `flight` is the flight file of this process.
pub fn render(snapshot: &Snapshot, target: &Target, head: &Head, flight: Option<PathBuf>) -> Rendered {
    let destination = match &target.destination {
        Destination::File { path, in_place } => Destination::File {
            path: named(path, snapshot.process.pid, head.number, SystemTime::now()),
            in_place: *in_place,
        },
        stream => stream.clone(),
    };
    let body = match &destination {
        Destination::File { path, .. } if ends_in(path, "json") => {
            Body::Whole(json(&Written { report: head, snapshot }))
        }
        Destination::File { path, .. } if ends_in(path, "html") => Body::Page {
            title: format!("leakline, process {}", snapshot.process.pid),
            text: text(snapshot, &TextOptions { html: true, ..target.text.clone() }, head),
            sites: snapshot.sites.iter().filter(|site| site.is_cause()).take(2).cloned().collect(),
            flight,
        },
        _ => Body::Whole(text(snapshot, &target.text, head)),
    };
    Rendered { destination, body }
}

/// Makes the text, page or JSON of a look at the heap that `signal` requested. A file's name gets `.retainers` before its
/// extension: the report keeps its own.
pub fn render_retainers(retainers: &Retainers, target: &Target, signal: &str, program: &str) -> Rendered {
    let pid = std::process::id();
    let destination = match &target.destination {
        Destination::File { path, in_place } => {
            Destination::File { path: beside(&named(path, pid, 1, SystemTime::now())), in_place: *in_place }
        }
        stream => stream.clone(),
    };
    let at = retainers.taken_at.as_deref().unwrap_or_default();
    let program = report::clean(program);
    let framed = |body: &str, program: &str| {
        format!(
            "[leakline] who retains what in process {pid} ({program}) on {signal}, {at}\n{body}\
             [leakline] end of who retains what in process {pid}\n"
        )
    };
    let html = TextOptions { html: true, ..target.text.clone() };
    let text = match &destination {
        Destination::File { path, .. } if ends_in(path, "json") => json(retainers),
        Destination::File { path, .. } if ends_in(path, "html") => {
            let body = framed(&report::retainers_text(retainers, &html), &report::escaped(&program));
            page(&format!("leakline, process {pid}"), &body, &[])
        }
        _ => framed(&report::retainers_text(retainers, &target.text), &program),
    };
    Rendered { destination, body: Body::Whole(text) }
}

fn beside(path: &Path) -> PathBuf {
    let extension = path.extension().map(|extension| extension.to_string_lossy().into_owned());
    path.with_extension(
        extension.map_or("retainers".to_owned(), |extension| format!("retainers.{extension}")),
    )
}

impl Rendered {
    /// Writes it, behind one that another thread is writing.
    ///
    /// # Errors
    /// The system's, with the file's name; see [`files::write`] and [`crate::collector::streams::write`].
    pub fn write(self) -> io::Result<()> {
        static ORDER: Mutex<()> = Mutex::new(());
        // It protects no data.
        let _alone = ORDER.lock().unwrap_or_else(PoisonError::into_inner);
        let text = self.body.finish();
        match &self.destination {
            Destination::Stream(stream) => stream.write(text.as_bytes()),
            Destination::File { path, in_place } => files::write(path, text.as_bytes(), *in_place),
        }
    }

    /// Writes it; what goes wrong is a line on standard error.
    pub fn write_or_warn(self) {
        if let Err(error) = self.write() {
            // Not eprintln!, which panics when the reader is gone.
            let _ = writeln!(io::stderr(), "leakline: the report could not be written: {error}");
        }
    }
}

impl Body {
    fn finish(self) -> String {
        match self {
            Body::Whole(text) => text,
            Body::Page { title, text, sites, flight } => {
                // Without a file, or with one that cannot be read, it is a report without charts.
                let read =
                    flight.and_then(|path| File::open(path).ok()).and_then(|file| flight::read(&file).ok());
                let course = read.map(|flight| flight.course(MAX_COURSES)).unwrap_or_default();
                let charts = Charts::new(&course, &sites.iter().collect::<Vec<_>>());
                page(&title, &text, &charts.list())
            }
        }
    }
}

fn ends_in(path: &Path, ending: &str) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case(ending))
}

/// The text between two lines that say whose it is: a reader of several at once can distinguish them, and one without its
/// last line was cut.
fn text(snapshot: &Snapshot, options: &TextOptions, head: &Head) -> String {
    let Head { number, trigger, program } = head;
    let process = &snapshot.process;
    let program = match (program.is_empty(), options.html) {
        (true, _) => String::new(),
        (false, false) => format!("{}, ", report::clean(program)),
        (false, true) => format!("{}, ", report::escaped(&report::clean(program))),
    };
    let threads = match process.threads {
        0 | 1 => "main thread".to_owned(),
        n => format!("all {n} threads"),
    };
    let (pid, at) = (process.pid, &process.taken_at);
    let why = match trigger.as_str() {
        "exit" => "at its exit".to_owned(),
        "interval" => "at an interval".to_owned(),
        signal => format!("on {signal}"),
    };
    let body = report::snapshot_text(snapshot, options);
    format!(
        "[leakline] report {number} of process {pid} ({program}{threads}) {why}, {at}\n\
         {body}\
         [leakline] end of report {number} of process {pid}\n"
    )
}

/// A path with its placeholders replaced: `%p` by the process id, `%n` by the report's number, `%t` by the time, such as
/// `20261130T002648Z`. Any other `%` stays.
fn named(path: &Path, pid: u32, number: u32, at: SystemTime) -> PathBuf {
    let Some(text) = path.to_str().filter(|text| text.contains('%')) else { return path.to_path_buf() };
    let time: String = humantime::format_rfc3339_seconds(at)
        .to_string()
        .chars()
        .filter(|c| !matches!(c, '-' | ':'))
        .collect();
    let mut parts = text.split('%');
    let mut name = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (value, rest) = match part.as_bytes().first() {
            Some(b'p') => (pid.to_string(), &part[1..]),
            Some(b'n') => (number.to_string(), &part[1..]),
            Some(b't') => (time.clone(), &part[1..]),
            _ => ("%".to_owned(), part),
        };
        name.push_str(&value);
        name.push_str(rest);
    }
    name.into()
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn placeholders_are_replaced() {
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_790_000_000);
        let cases = [
            ("/tmp/report.json", "/tmp/report.json"),
            ("/tmp/%p/at-%t-%n.json", "/tmp/42/at-20260921T141320Z-7.json"),
            ("/tmp/100%/%%p/%x%", "/tmp/100%/%42/%x%"),
        ];
        for (given, expected) in cases {
            assert_eq!(named(Path::new(given), 42, 7, at), Path::new(expected), "{given}");
        }
    }
}
