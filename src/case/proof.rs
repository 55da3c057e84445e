//! A regression test run before and after a fix.

use serde::{Deserialize, Serialize};

/// Both runs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Proof {
    /// The test.
    pub test: String,
    /// When it was run.
    pub at: String,
    /// With the leak.
    pub before: Run,
    /// Without it.
    pub after: Run,
}

/// One run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Run {
    /// The revision.
    pub commit: String,
    /// The exit code.
    pub code: Option<i32>,
    /// Milliseconds.
    pub ms: u64,
    /// Calls that were measured.
    pub calls: u64,
    /// How much of the leak a call left.
    pub per_call: f64,
    /// Bytes that a call added to the heap.
    pub bytes_per_call: Option<f64>,
}

impl Run {
    /// In words: `+1.00 a call in 50 calls, 2.1 KiB of heap each`.
    pub fn words(&self) -> String {
        let heap = self.bytes_per_call.filter(|bytes| *bytes >= 1.0).map_or_else(String::new, |bytes| {
            format!(", {} of heap each", crate::report::bytes(bytes as u64))
        });
        match self.per_call > 0.0 {
            true => format!("{:+.2} a call in {} calls{heap}", self.per_call, self.calls),
            false => format!("nothing left by {} calls{heap}", self.calls),
        }
    }
}
