//! What holds the objects of sites, by a look at the whole heap.

use serde::{Deserialize, Serialize};

use super::frames::Frame;
use super::heap;
use super::label::Label;
use super::snapshot::Retainer;
use super::verdict::Verdict;

/// A site whose objects are looked for, or an object that a program hands over.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AskedSite {
    /// As [`Site::fingerprint`](super::snapshot::Site::fingerprint); empty for an object.
    pub fingerprint: String,
    /// As [`Site::kind`](super::snapshot::Site::kind), or `object`.
    pub kind: String,
    /// As [`Site::label`](super::snapshot::Site::label), or an object's class.
    pub label: Label,
    /// As [`Site::origin`](super::snapshot::Site::origin).
    pub origin: Option<Frame>,
    /// As [`Site::verdict`](super::snapshot::Site::verdict); absent for an object.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
    /// Unreleased registrations; 1 for an object.
    pub live: u64,
}

/// What holds the objects of a site.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HeldSite {
    /// The site.
    #[serde(flatten)]
    pub site: AskedSite,
    /// Its objects that were found in the heap.
    pub objects: u64,
    /// Bytes that would be free without all of them.
    pub retained: u64,
    /// The path of most of them, in words; absent where none was found.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub held_by: Option<String>,
    /// The same path, step by step.
    pub retainers: Vec<Retainer>,
    /// All paths, that of most objects first.
    pub ways: Vec<heap::Way>,
}

/// The time that a look took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct LookCost {
    /// Milliseconds that the program's thread did nothing else.
    pub paused_ms: u64,
    /// Milliseconds until the answer.
    pub took_ms: u64,
    /// Whether a forked process took the snapshot.
    pub forked: bool,
}

/// What holds what leaks, and what retains most.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename = "retainers", rename_all = "camelCase")]
pub struct Retainers {
    /// [`SCHEMA`](super::snapshot::SCHEMA).
    pub schema: u32,
    /// The process; absent for a file.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub pid: Option<u32>,
    /// The file; absent for a process.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub file: Option<String>,
    /// When the heap was looked at, ISO 8601 in UTC; absent for a file.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub taken_at: Option<String>,
    /// Number of objects of any kind.
    pub nodes: u64,
    /// Sum of all sizes in bytes, what is outside of V8's heap included.
    pub size: u64,
    /// Of it what is reached first through leakline's own modules.
    pub own: u64,
    /// The sites, in their order.
    pub sites: Vec<HeldSite>,
    /// Objects of the whole heap that retain most, leakline's own not shown; empty where something else was asked for.
    pub largest: Vec<heap::Retainer>,
    /// The objects of a class, a number or a line, where these were asked for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub selected: Option<heap::Selected>,
    /// What it cost; absent for a file.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cost: Option<LookCost>,
    /// What was not looked at, and why.
    pub notes: Vec<String>,
}
