//! What the recorder is given: at the start, and with each state.

use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::flight::Identity;
use crate::values::memory::{MemorySample, Pauses};

/// What the recorder is given at the start.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Where files go.
    pub dir: PathBuf,
    /// Who the process is, as far as JavaScript knows.
    pub identity: Identity,
    /// Whether the first state is written at once, as after `leakline attach`.
    pub at_once: bool,
}

/// What the event loop and V8's heap are like, as the collector heard last.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Loop {
    /// Milliseconds since it was seen to turn.
    pub silent_ms: u64,
    /// By how much it was late at the worst since the last state, in ms.
    pub delay_ms: u64,
    /// The memory right after the last major collection that was seen.
    pub memory: Option<MemorySample>,
    /// Garbage collections since the last state.
    pub pauses: Pauses,
}

/// Milliseconds since 1970.
pub(super) fn unix_ms(at: SystemTime) -> u64 {
    at.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64)
}
