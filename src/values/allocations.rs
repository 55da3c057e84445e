//! What a function of the application allocates and what of it stays, as samples of allocations show it.

use serde::{Deserialize, Serialize};

use crate::values::frames::Frame;
use crate::values::verdict::Verdict;

/// What slabs of Node's pool of small Buffers are called, whose slices many lines may retain.
pub const POOL: &str = "of Node's pool";

/// What is called so that Node allocates for requests that a server gets, and for their responses.
pub const EXCHANGES: &str = "of HTTP requests and responses";

/// A function or a line whose allocations stay, as of the last look after a major garbage collection.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Allocations {
    /// Its number in its isolate, from 1 in the order of first reports.
    pub number: u32,
    /// Where it is, with its callers, innermost first; the first report of a function alone has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stack: Option<Vec<Frame>>,
    /// What it is called; absent for what is called by its function.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Whether it is memory of Buffers, whose line is known; else of V8's heap, whose function is known.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub are_buffers: bool,
    /// A collection that holds what the function makes, as its label begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held_by: Option<String>,
    /// Matched by the user's `ignore`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub ignored: bool,
    /// Bytes of it that live, estimated.
    pub bytes: u64,
    /// Objects of it that live, estimated.
    pub objects: u64,
    /// `suspect` or `leak`; `steady` once it is neither any more.
    pub verdict: Verdict,
    /// What stayed of what was allocated while it grew; absent when it is steady.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kept: Option<Kept>,
}

/// What stayed of what a function allocated over a time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Kept {
    /// Bytes, estimated.
    pub bytes: u64,
    /// The samples that this is estimated by.
    pub samples: u64,
    /// How long it grew, in ms.
    pub for_ms: u64,
    /// How long ago it last grew, in ms; 0 while it grows.
    pub ago_ms: u64,
    /// Looks after major garbage collections that saw it.
    pub looks: u64,
}

impl Kept {
    /// Bytes an hour; 0 when it does not grow any more.
    pub fn bytes_per_hour(&self) -> f64 {
        match self.for_ms {
            0 => 0.0,
            _ if self.ago_ms > 0 => 0.0,
            for_ms => self.bytes as f64 * 3_600_000.0 / for_ms as f64,
        }
    }

    /// Half the width of the interval that the true size lies in with 95 % certainty, as a share: samples come by chance
    /// (Poisson), so that the relative error is 1/√samples.
    pub fn error(&self) -> f64 {
        2.0 / (self.samples.max(1) as f64).sqrt()
    }
}
