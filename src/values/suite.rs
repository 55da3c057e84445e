//! The values of a test run. Field names in JSON are camelCase.

use serde::{Deserialize, Serialize};

use crate::values::frames::{Frame, Owner, owner};
use crate::values::label::Label;

/// Version of a [`FileResult`]'s JSON shape. It grows only when a field changes meaning or goes away.
pub const SCHEMA: u32 = 1;

/// What a leak does to its test, the mildest level first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Nothing: the test is not watched.
    Off,
    /// The leak is reported; the test passes.
    Report,
    /// The leak fails the test.
    Fail,
}

/// When the leftovers of a test are counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CheckAt {
    /// After the last hook of its file.
    #[default]
    File,
    /// At the end of the test.
    Test,
}

/// How a run may change the baseline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Update {
    /// Counts may only fall.
    Shrink,
    /// New leaks are added as well.
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

/// Live registrations from the time of a test.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Leftover {
    /// The test; several when they ran at the same time and each may have registered it.
    pub tests: Vec<String>,
    /// As [`crate::values::snapshot::Site::kind`].
    pub kind: String,
    /// As [`crate::values::snapshot::Site::label`].
    pub label: Label,
    /// As [`crate::values::snapshot::Site::fingerprint`].
    pub fingerprint: String,
    /// Live registrations.
    pub count: u64,
    /// As [`crate::values::snapshot::Site::origin`].
    pub origin: Option<Frame>,
    /// As [`crate::values::snapshot::Site::stack`].
    #[serde(default)]
    pub stack: Vec<Frame>,
    /// Whether the application's code made the call, not a package or Node, which may do so for the application.
    pub direct: bool,
}

impl Leftover {
    /// Whether the application registered it, and so can release it.
    pub fn is_applications(&self) -> bool {
        let origin = self.origin.as_ref();
        self.direct && origin.is_some_and(|frame| owner(&frame.file) == Owner::Application)
    }
}

/// How a leftover is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It fails its test.
    Failed,
    /// It is reported; the test passes.
    Reported,
    /// A package or Node registered it: it is reported, and the test passes.
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
    /// The leftover.
    #[serde(flatten)]
    pub leftover: Leftover,
    /// How it is judged.
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

/// How many registrations of one leak one test may leave.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Entry {
    /// The test file relative to the baseline's folder, with `/`.
    pub file: String,
    /// The test's full name.
    pub test: String,
    /// As [`crate::values::snapshot::Site::kind`]; for display.
    pub kind: String,
    /// As [`crate::values::snapshot::Site::label`]; for display.
    pub label: String,
    /// As [`crate::values::snapshot::Site::fingerprint`].
    pub fingerprint: String,
    /// File and function, for display.
    pub origin: String,
    /// The most live registrations.
    pub count: u64,
}

/// An entry of the baseline that is too high: its test left fewer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stale {
    /// The entry.
    #[serde(flatten)]
    pub entry: Entry,
    /// The number of leftovers.
    pub left: u64,
}

/// The result of one test file.
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
    /// Their leftovers, judged.
    pub findings: Vec<Finding>,
    /// Entries of the baseline that are too high.
    pub stale: Vec<Stale>,
    /// New entries of the baseline and those with a higher count, when new leaks are added.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub taken: Vec<Entry>,
    /// How the baseline may change.
    #[serde(default)]
    pub update: Option<Update>,
    /// What leakline could not see, and bounds that were reached.
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
    /// Its leftovers that are not accepted, as indexes into [`FileResult::findings`].
    pub findings: Vec<usize>,
}

/// What the leftovers of one test file mean.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// Tests to fail.
    pub failures: Vec<Failed>,
    /// The result, for the summary of the run.
    pub result: FileResult,
}
