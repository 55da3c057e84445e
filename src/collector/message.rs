//! What the collector is informed of, and what it is asked.

use std::ops::Deref;

use crossbeam_channel::Sender;

use crate::collector::exit::{Rendered, Target};
use crate::collector::reports::Asks;
use crate::collector::settings::{CheckOptions, Settings};
use crate::record::ring::{BadRegion, Region};
use crate::record::sync::AtomicU32;
use crate::stacks::source_maps::Mapping;
use crate::store::sites::Definition;
use crate::store::{IsolateKey, MajorGc};
use crate::values::allocations::Allocations;
use crate::values::leftover::Leftover;
use crate::values::memory::{MemorySample, Pauses};
use crate::values::proof::Members;
use crate::values::snapshot::{CheckResult, Snapshot};

/// A message outside the ring, because its size is not fixed. A message that is sent before a record is pushed is
/// handled before that record is applied.
pub enum Message {
    /// A new site. The sites of an isolate are numbered from 1 in the order of these messages.
    Site(IsolateKey, Definition),
    /// A known site with one more event name or delay.
    Detail(IsolateKey, u32, String),
    /// See [`Store::note`].
    Note(String),
    /// The cost of JavaScript since the last such message.
    Cost {
        /// The isolate.
        key: IsolateKey,
        /// Bytes that JavaScript holds, estimated.
        bytes: u64,
        /// Stacks captured.
        stacks: u64,
        /// Stack keys that led to another stack than a capture.
        mismatches: u64,
        /// Nanoseconds.
        ns: u64,
    },
    /// What is garbage now the next collection of this sort takes.
    Marking(IsolateKey, MajorGc),
    /// A major garbage collection has collected what was garbage at this time on the CLOCK word.
    Collected(IsolateKey, u32, MajorGc),
    /// How the memory is, right after a major garbage collection.
    Memory(IsolateKey, MemorySample),
    /// What functions keep of their allocations has changed.
    Allocations(IsolateKey, Vec<Allocations>),
    /// Garbage collections of an isolate since the last such message.
    Pauses(IsolateKey, Pauses),
    /// Positions of code that was transformed in memory. See
    /// [`SourceMaps::add_positions`](crate::stacks::source_maps::SourceMaps::add_positions).
    Mapped(Vec<Mapping>),
    /// A name for the state of now in the flight file.
    Mark(String),
    /// New settings.
    Settings(Box<Settings>),
}

/// A request, with the channel of its reply.
pub(crate) enum Request {
    Attach(IsolateKey, u32, AnyRegion, Sender<Result<(), BadRegion>>),
    Detach(IsolateKey, Sender<()>),
    Drain(Sender<()>),
    Snapshot(Box<dyn FnOnce(&Snapshot) + Send>),
    Metrics(Sender<()>),
    Report(Option<Target>, String, Sender<Option<Rendered>>),
    WatchSignals(Option<Asks>, Sender<()>),
    UnwatchSignals(Sender<()>),
    FirstSample(IsolateKey, Sender<()>),
    Look(IsolateKey, Sender<()>),
    Recheck(IsolateKey, Sender<()>),
    Leaks(IsolateKey, Box<CheckOptions>, Sender<CheckResult>),
    Members(IsolateKey, u64, Sender<Vec<Members>>),
    Registrations(IsolateKey, Vec<u64>, usize, Sender<Vec<Members>>),
    CheckEnd(IsolateKey, Sender<()>),
    Leftovers(IsolateKey, Sender<Vec<Leftover>>),
    Notes(Sender<Vec<String>>),
    Sweep { except: IsolateKey, reply: Sender<()> },
    Unswept { except: IsolateKey, reply: Sender<u32> },
    Stop,
    End,
}

/// A region of any owner.
pub(crate) struct AnyRegion(pub(super) Box<dyn Region>);

impl Deref for AnyRegion {
    type Target = [AtomicU32];
    fn deref(&self) -> &[AtomicU32] {
        &self.0
    }
}
