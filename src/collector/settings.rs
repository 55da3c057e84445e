//! Settings of a recording, and the options of a check.

use crate::analysis::census::Found;
use crate::analysis::kept::Kept;
use crate::collector::exit::Target;
use crate::collector::recorder;
use crate::report::TextOptions;
use crate::suite::allow::Allow;

/// Settings that may change while leakline records.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// `counts`, `adaptive` or `full`.
    pub mode: String,
    /// Node version with its leading `v`.
    pub node: String,
    /// Entries from which a collection counts as oversized.
    pub min_size: u32,
    /// Where the report at the end goes, and at intervals, and when a signal comes that ends the process.
    pub report: Option<Target>,
    /// Where a report goes that a user requests by a signal.
    pub asked: Option<Target>,
    /// Milliseconds between two reports; none without.
    pub every_ms: Option<u64>,
    /// Whether garbage may be collected for the reports at intervals.
    pub allow_gc: bool,
    /// What the process runs, for the reports.
    pub program: String,
    /// Leaks that the user accepts.
    pub allow: Vec<Allow>,
    /// Whether they are the main thread's, which take precedence over a worker's.
    pub main: bool,
    /// Where the flight recorder writes; none without one.
    pub flight: Option<recorder::Settings>,
}

/// Worker threads that a check knows nothing of.
#[derive(Clone, Copy, Debug, Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct UnseenWorkers {
    /// They did not answer.
    pub unanswered: u32,
    /// They began during the check.
    pub begun: u32,
}

impl UnseenWorkers {
    /// What is said of them. `is_said` where a note says already that some did not collect their garbage: those do not answer.
    pub fn notes(self, is_said: bool) -> impl Iterator<Item = String> {
        let threads =
            |n: u32| if n == 1 { "1 worker thread".to_owned() } else { format!("{n} worker threads") };
        let Self { unanswered, begun } = self;
        let unanswered = (unanswered > 0 && !is_said).then(|| {
            format!(
                "not seen: {} that did not answer: busy, or without leave to load leakline",
                threads(unanswered)
            )
        });
        let begun = (begun > 0)
            .then(|| format!("not seen: what {} made that began during the check", threads(begun)));
        unanswered.into_iter().chain(begun)
    }
}

/// The options of a check's result.
#[derive(Clone, Debug, Default)]
pub struct CheckOptions {
    /// Calls over all measured rounds.
    pub iterations: u64,
    /// Calls of the warm-up.
    pub warmup: u64,
    /// Kinds to report; empty for all.
    pub kinds: Vec<String>,
    /// Fingerprints not to report.
    pub hidden: Vec<String>,
    /// Places that grew by the censuses.
    pub census: Vec<Found>,
    /// Worker threads that could not be looked at.
    pub unseen: UnseenWorkers,
    /// Duration of the censuses, in ms; `None` without one.
    pub census_ms: Option<u64>,
    /// Findings of the looks at the heap.
    pub heap: Kept,
    /// The layout of the message.
    pub text: TextOptions,
}
