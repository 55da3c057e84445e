//! The difference of two snapshots.

use serde::{Deserialize, Serialize};

use crate::values::frames::Frame;
use crate::values::label::Label;
use crate::values::snapshot::ProcessInfo;
use crate::values::stack::Stack;

/// The difference of two snapshots, of one process or of two.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename = "diff", rename_all = "camelCase")]
pub struct Diff {
    /// [`crate::values::snapshot::SCHEMA`].
    pub schema: u32,
    /// The earlier process.
    pub before: ProcessInfo,
    /// The later process.
    pub after: ProcessInfo,
    /// Milliseconds of recording between the two; 0 when they are of different processes.
    pub interval_ms: u64,
    /// Sites whose live count or size differs, the most grown first.
    pub sites: Vec<SiteDiff>,
    /// Notes of both, each once.
    pub notes: Vec<String>,
}

/// One site's change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SiteDiff {
    /// As [`crate::values::snapshot::Site::fingerprint`].
    pub fingerprint: String,
    /// As [`crate::values::snapshot::Site::kind`].
    pub kind: String,
    /// As [`crate::values::snapshot::Site::label`].
    pub label: Label,
    /// `new` (not there before), `gone` (not there after), `grown` or `shrunk`.
    pub change: Change,
    /// Live before.
    pub live_before: u64,
    /// Live after.
    pub live_after: u64,
    /// Entries before; collections only.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub size_before: Option<u64>,
    /// Entries after; collections only.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub size_after: Option<u64>,
    /// True when either count is an estimate.
    pub estimated: bool,
    /// Worker thread id; 0 is the main thread.
    pub thread: u32,
    /// As [`crate::values::snapshot::Site::origin`].
    pub origin: Option<Frame>,
    /// As [`crate::values::snapshot::Site::stack`].
    pub stack: Stack,
}

/// The difference of a site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// Not there before.
    New,
    /// Not there after.
    Gone,
    /// More live, or more entries.
    Grown,
    /// Fewer.
    Shrunk,
}
