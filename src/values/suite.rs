//! What travels between the parts of a test run. Field names in JSON are camelCase.

use serde::{Deserialize, Serialize};

use crate::values::frames::{Frame, Owner, owner};

/// Version of a [`FileResult`]'s JSON shape. It grows only when a field changes meaning or goes away.
pub const SCHEMA: u32 = 1;

/// What a leak does to its test, the mildest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Nothing: the test is not watched.
    Off,
    /// It is reported.
    Report,
    /// It fails the test.
    Fail,
}

/// When what a test left is looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CheckAt {
    /// When its file has ended, after the last hook.
    #[default]
    File,
    /// When the test itself has ended.
    Test,
}

/// How a run may change the baseline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Update {
    /// Only towards fewer leaks.
    Shrink,
    /// New leaks are taken in as well.
    All,
}

/// One test that ran.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Test {
    /// Its full name.
    pub name: String,
    /// What a leak does to it.
    pub level: Level,
}

/// What was registered in the time of a test and is still live.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Leftover {
    /// The test; several when they ran at the same time, and any of them may have registered it.
    pub tests: Vec<String>,
    /// As [`crate::values::snapshot::Site::kind`].
    pub kind: String,
    /// As [`crate::values::snapshot::Site::label`].
    pub label: String,
    /// As [`crate::values::snapshot::Site::fingerprint`].
    pub fingerprint: String,
    /// Live registrations.
    pub count: u64,
    /// As [`crate::values::snapshot::Site::origin`].
    pub origin: Option<Frame>,
    /// As [`crate::values::snapshot::Site::stack`].
    #[serde(default)]
    pub stack: Vec<Frame>,
    /// The application's code made the call; false when a package or Node did, on its behalf perhaps.
    pub direct: bool,
}

impl Leftover {
    /// Whether the application registered it, and so can release it.
    pub fn is_applications(&self) -> bool {
        let origin = self.origin.as_ref();
        self.direct && origin.is_some_and(|frame| owner(&frame.file) == Owner::Application)
    }
}

/// What became of a leftover.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It fails its test.
    Failed,
    /// It is reported and fails nothing.
    Reported,
    /// A package or Node registered it: reported, and fails nothing.
    Package,
    /// The configuration accepts it.
    Allowed,
    /// It is in the baseline.
    Baselined,
}

/// A leftover that was judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// What it is of.
    #[serde(flatten)]
    pub leftover: Leftover,
    /// What became of it.
    pub outcome: Outcome,
    /// Why the configuration accepts it, or a part of it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    /// How many of it the configuration accepts.
    #[serde(skip_serializing_if = "is_zero", default)]
    pub allowed: u64,
    /// How many of it the baseline has.
    #[serde(skip_serializing_if = "is_zero", default)]
    pub known: u64,
}

fn is_zero(n: &u64) -> bool {
    *n == 0
}

/// What one test may leave of one leak.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Entry {
    /// The test file, seen from the baseline's folder, with `/`.
    pub file: String,
    /// The test's full name.
    pub test: String,
    /// As [`crate::values::snapshot::Site::kind`]; for people.
    pub kind: String,
    /// As [`crate::values::snapshot::Site::label`]; for people.
    pub label: String,
    /// As [`crate::values::snapshot::Site::fingerprint`].
    pub fingerprint: String,
    /// File and function, for people: a fingerprint says nothing.
    pub origin: String,
    /// At most so many live registrations.
    pub count: u64,
}

/// An entry of the baseline whose test left fewer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stale {
    /// What the baseline has.
    #[serde(flatten)]
    pub entry: Entry,
    /// How many there were.
    pub left: u64,
}

/// What one test file came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FileResult {
    /// [`SCHEMA`].
    pub schema: u32,
    /// `jest`, `vitest`, `node:test`, `mocha`.
    pub runner: String,
    /// Absolute path of the test file.
    pub file: String,
    /// When its tests were judged.
    #[serde(default)]
    pub check_at: CheckAt,
    /// Tests that ran and were watched.
    pub tests: Vec<String>,
    /// What they left, as it was found.
    pub findings: Vec<Finding>,
    /// Entries of the baseline that are too high.
    pub stale: Vec<Stale>,
    /// Entries for the baseline with the counts it is to have, when new leaks are taken in.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub taken: Vec<Entry>,
    /// How the baseline was to change.
    #[serde(default)]
    pub update: Option<Update>,
    /// What could not be seen, which bound was hit.
    pub notes: Vec<String>,
}

impl FileResult {
    /// The findings with this outcome.
    pub fn with(&self, outcome: Outcome) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(move |finding| finding.outcome == outcome)
    }
}

/// A test to fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    /// The test.
    pub test: String,
    /// All that it left and is not accepted, as places in [`FileResult::findings`].
    pub findings: Vec<usize>,
}

/// What the leftovers of one test file mean.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// Tests to fail.
    pub failures: Vec<Failed>,
    /// All of it, for the summary of the run.
    pub result: FileResult,
}
