//! What is known of a case: all that was collected before a word of it is written. It is the part of `case.json` that is
//! read back, so a case is written again from it without the recording, the repository or the clock.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::compare::Comparison;
use super::proof::Proof;
use crate::values::course::Course;
use crate::values::memory::HeapTrend;
use crate::values::snapshot::{Retainer, Site, Totals};

/// See the module. Times are ISO 8601 in UTC.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Facts {
    /// When the case was begun.
    pub created_at: String,
    /// The file that it is of, without its folder.
    pub file: String,
    /// The service's name.
    pub service: String,
    /// Its version.
    pub version: Option<String>,
    /// The process.
    pub process: Process,
    /// When the incident began, as somebody says.
    pub since: Option<String>,
    /// What the platform says of its end, such as `OOMKilled`.
    pub reason: Option<String>,
    /// What leaks.
    pub leak: Site,
    /// The path that keeps it, where a check with a look at the heap was read.
    pub retainers: Vec<Retainer>,
    /// What else is suspicious, and what grows along.
    pub others: Vec<Site>,
    /// Counts by kind.
    pub totals: BTreeMap<String, Totals>,
    /// How the heap went.
    pub heap: Option<HeapTrend>,
    /// How the process went.
    pub course: Course,
    /// How runs of this service ended, this one and those before.
    pub ends: Vec<RunEnd>,
    /// What the repository says.
    pub git: Option<Git>,
    /// Why it says nothing.
    pub git_problem: Option<String>,
    /// Heap snapshots that lie beside the recording.
    pub heap_snapshots: Vec<String>,
    /// What Prometheus says.
    pub prometheus: Option<Prometheus>,
    /// Earlier cases of the same fingerprint.
    pub related: Vec<Related>,
    /// What people answered, by the question's name.
    pub answers: BTreeMap<String, String>,
    /// The regression test.
    pub test: TestPlan,
    /// What running it before and after the fix showed.
    pub proof: Option<Proof>,
    /// What a recording after the fix shows.
    pub comparison: Option<Comparison>,
}

/// The process that was recorded.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Process {
    /// Process id.
    pub pid: Option<u32>,
    /// Host, or pod.
    pub host: Option<String>,
    /// Node's version.
    pub node: String,
    /// leakline's mode.
    pub mode: String,
    /// The program's main file.
    pub script: Option<String>,
    /// The folder it ran in.
    pub cwd: Option<String>,
    /// The commit that ran.
    pub commit: Option<String>,
    /// When recording began.
    pub started_at: Option<String>,
    /// When the state was taken.
    pub taken_at: Option<String>,
    /// Milliseconds recorded.
    pub uptime_ms: u64,
    /// Whether it still ran.
    pub runs: bool,
    /// Of a check: calls that were measured.
    pub iterations: Option<u64>,
}

/// How a run ended.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RunEnd {
    /// When its last state was taken.
    pub at: String,
    /// As [`How`](crate::flight::aftermath::How) in JSON; `running`.
    pub how: String,
    /// In words.
    pub text: String,
}

/// What the repository says.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Git {
    /// `git config user.name`.
    pub user: Option<String>,
    /// The commit that the lines are of.
    pub commit: Commit,
    /// Whether that is the one that ran; else it is the repository's `HEAD`.
    pub is_running: bool,
    /// The line that leaks.
    pub origin: Option<Lines>,
    /// The line that inserts most.
    pub inserter: Option<Lines>,
    /// The line of the application that calls there.
    pub caller: Option<Lines>,
    /// A later commit that removed what released it.
    pub removed: Option<Removed>,
    /// The fix, where the revision after it is known.
    pub fix: Option<Fix>,
}

impl Git {
    /// Whether lines are the working copy's, with changes that are in no commit.
    pub fn is_uncommitted(&self) -> bool {
        [&self.origin, &self.inserter].into_iter().flatten().any(|lines| lines.is_uncommitted)
    }
}

/// A commit.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Commit {
    /// All 40 digits.
    pub hash: String,
    /// First line of its message.
    pub subject: String,
    /// Who wrote it.
    pub author: String,
    /// When it was committed.
    pub at: String,
}

/// Lines of a file at a commit.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Lines {
    /// Within the repository.
    pub path: String,
    /// The line that is meant.
    pub line: u32,
    /// The number of the first of `text`.
    pub first: u32,
    /// The lines around it.
    pub text: Vec<String>,
    /// The commit that brought the line.
    pub introduced: Option<Commit>,
    /// Whether they are the working copy's, which ran with changes that are in no commit.
    pub is_uncommitted: bool,
}

impl Lines {
    /// The line that is meant.
    pub fn marked(&self) -> Option<&str> {
        self.text.get(self.line.checked_sub(self.first)? as usize).map(String::as_str)
    }
}

/// A commit that removed a line which released.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Removed {
    /// Which.
    pub commit: Commit,
    /// The line.
    pub text: String,
}

/// A fix as a difference of two revisions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Fix {
    /// Before.
    pub before: Commit,
    /// After.
    pub after: Commit,
    /// Files that differ.
    pub files: Vec<String>,
    /// The difference of the leaking file, at most so many lines.
    pub diff: Vec<String>,
}

/// What Prometheus says.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Prometheus {
    /// The first alert.
    pub alert: Option<String>,
    /// When it fired.
    pub at: Option<String>,
    /// Why nothing is known of it.
    pub problem: Option<String>,
}

/// An earlier case.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Related {
    /// Its folder.
    pub folder: String,
    /// When it was begun.
    pub at: String,
}

/// What the regression test needs to know of its place.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TestPlan {
    /// `node`, `jest`, `vitest` or `mocha`.
    pub runner: String,
    /// Whether its file is an ES module.
    pub is_module: bool,
    /// What it loads, as it has to be written there; absent where that is not known.
    pub subject: Option<String>,
    /// Its name within the repository.
    pub path: String,
}
