//! What the collector and the recorder's thread hand to each other.

use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::AtomicU64;

use crossbeam_channel::Sender;

use super::settings::Loop;
use super::sites::Definition;
use crate::flight::{End, Records};
use crate::suite::allow::Allow;
use crate::values::snapshot::Snapshot;

/// What the collector lays into the channel: one state.
pub struct Publish {
    /// Milliseconds since recording began.
    pub at_ms: u64,
    /// Until the next, in ms.
    pub interval_ms: u32,
    /// Sites that the file does not have yet.
    pub definitions: Vec<Definition>,
    /// How many sites there are, known to the file or not yet.
    pub sites: usize,
    /// Their numbers.
    pub records: Records,
    /// The most suspicious sites, by number.
    pub ranked: Vec<u32>,
    /// What is suspicious, and what of that is accepted; absent when it is as it was.
    pub details: Option<(Box<Snapshot>, Vec<Allow>)>,
    /// What the event loop is like.
    pub event_loop: Loop,
    /// A name for this state.
    pub mark: Option<String>,
}

/// What cannot wait for the next state.
pub enum Control {
    /// The process ends.
    End(End, Sender<()>),
    /// Recording has stopped.
    Stop,
}

/// What both halves know.
#[derive(Default)]
pub struct Shared {
    /// CPU time of the last state, in ns: a hint, so its order does not matter.
    pub cpu_ns: AtomicU64,
    /// The file that is written.
    pub path: Mutex<Option<PathBuf>>,
    /// Those of a state that was written: the next one is made in their memory.
    pub spare: Mutex<Records>,
}
