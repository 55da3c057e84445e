//! Messages and requests to the collector, and the client that sends them from any thread.

use std::ops::Deref;
use std::sync::Arc;
use std::time::Instant;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded, unbounded};

use crate::analysis::census::Found;
use crate::analysis::kept::Kept;
use crate::collector::exit::{Rendered, Target};
use crate::collector::exposition::{Exposition, FIRST_WAIT, Form, Reading};
use crate::collector::recorder;
use crate::collector::reports::Asks;
use crate::record::ring::{BadRegion, Region};
use crate::record::sync::AtomicU32;
use crate::report::TextOptions;
use crate::stacks::source_maps::Mapping;
use crate::store::IsolateKey;
use crate::store::sites::Definition;
use crate::suite::allow::Allow;
use crate::values::allocations::Allocations;
use crate::values::leftover::Leftover;
use crate::values::memory::{MemorySample, Pauses};
use crate::values::proof::Members;
use crate::values::snapshot::{CheckResult, Snapshot};

/// The client of the collector, for any thread.
#[derive(Clone)]
pub struct Client {
    messages: Sender<Message>,
    requests: Sender<Request>,
    exposition: Exposition,
}

/// A client, and the ends of its channels that the collector reads.
pub(crate) fn connect() -> (Client, Receiver<Message>, Receiver<Request>) {
    let (send, messages) = unbounded();
    let (ask, requests) = unbounded();
    (Client { messages: send, requests: ask, exposition: Exposition::default() }, messages, requests)
}

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
    /// A major garbage collection has collected what was garbage at this time on the CLOCK word.
    Collected(IsolateKey, u32),
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

/// A region of any owner.
pub(crate) struct AnyRegion(Box<dyn Region>);

impl Deref for AnyRegion {
    type Target = [AtomicU32];
    fn deref(&self) -> &[AtomicU32] {
        &self.0
    }
}

/// The collector is gone: its thread has panicked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gone;

impl std::fmt::Display for Gone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the collector thread has ended")
    }
}

impl std::error::Error for Gone {}

impl Client {
    /// Sends a message, without a reply.
    pub fn send(&self, message: Message) {
        // When the collector is gone the next request returns `Gone`.
        let _ = self.messages.send(message);
    }

    /// An isolate begins to record into `region`.
    ///
    /// # Errors
    /// [`Gone`]; within, [`BadRegion`].
    pub fn attach(
        &self,
        key: IsolateKey,
        thread: u32,
        region: impl Region + 'static,
    ) -> Result<Result<(), BadRegion>, Gone> {
        self.ask(|reply| Request::Attach(key, thread, AnyRegion(Box::new(region)), reply))
    }

    /// Detaches an isolate. After it returns the collector no longer accesses its region.
    ///
    /// # Errors
    /// [`Gone`].
    pub fn detach(&self, key: IsolateKey) -> Result<(), Gone> {
        self.ask(|reply| Request::Detach(key, reply))
    }

    /// Waits until everything pushed so far is applied.
    ///
    /// # Errors
    /// [`Gone`].
    pub fn drain(&self) -> Result<(), Gone> {
        self.ask(Request::Drain)
    }

    /// Takes a snapshot and returns the result of `read`, which runs on the collector's thread. The thread frees the
    /// snapshot after it has replied.
    ///
    /// # Errors
    /// [`Gone`].
    pub fn snapshot<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Snapshot) -> T + Send + 'static,
    ) -> Result<T, Gone> {
        self.ask(|reply| Request::Snapshot(Box::new(move |snapshot| drop(reply.send(read(snapshot))))))
    }

    /// The latest metrics that the collector has prepared, see [`exposition`](crate::collector::exposition). The first call
    /// waits for it, [`FIRST_WAIT`] at most; no other call waits. `None` while it has prepared none.
    ///
    /// # Errors
    /// [`Gone`].
    pub fn metrics(&self, form: Form) -> Result<Option<Arc<str>>, Gone> {
        match self.exposition.read(form, Instant::now()) {
            Reading::Ready(text) => return Ok(Some(text)),
            Reading::None => return Ok(None),
            Reading::First => {}
        }
        let (reply, prepared) = bounded(1);
        self.requests.send(Request::Metrics(reply)).map_err(|_| Gone)?;
        match prepared.recv_timeout(FIRST_WAIT) {
            Err(RecvTimeoutError::Disconnected) => Err(Gone),
            Ok(()) | Err(RecvTimeoutError::Timeout) => match self.exposition.read(form, Instant::now()) {
                Reading::Ready(text) => Ok(Some(text)),
                Reading::First | Reading::None => Ok(None),
            },
        }
    }

    /// The collector prepares metrics in this form from now on. Does not wait for it.
    pub fn want_metrics(&self, form: Form) {
        if self.exposition.want(form, Instant::now()) {
            // When the collector is gone the next request returns `Gone`.
            let _ = self.requests.send(Request::Metrics(bounded(1).0));
        }
    }

    pub(super) fn exposition(&self) -> Exposition {
        self.exposition.clone()
    }

    /// Writes a report to `target`, or to where the settings say. The calling thread writes, so that the collector does
    /// not wait for a reader. `trigger` is why, see [`Head`](crate::collector::exit::Head).
    ///
    /// # Errors
    /// [`Gone`]; within, the system's.
    pub fn report(&self, target: Option<Target>, trigger: &str) -> Result<std::io::Result<()>, Gone> {
        let rendered = self.ask(|reply| Request::Report(target, trigger.to_owned(), reply))?;
        Ok(rendered.map_or(Ok(()), Rendered::write))
    }

    /// Reports are written from now on when a signal ends the process, and when the program handles one that would;
    /// also on the signal `asks`, by number and name, which then does nothing else.
    ///
    /// # Errors
    /// [`Gone`].
    pub fn watch_signals(&self, asks: Option<Asks>) -> Result<(), Gone> {
        self.ask(|reply| Request::WatchSignals(asks, reply))
    }

    /// Signals are as they were before [`watch_signals`](Self::watch_signals).
    ///
    /// # Errors
    /// [`Gone`].
    pub fn unwatch_signals(&self) -> Result<(), Gone> {
        self.ask(Request::UnwatchSignals)
    }

    /// Begins a check by the isolate `key`: takes the first sample.
    ///
    /// # Errors
    /// [`Gone`].
    pub fn first_sample(&self, key: IsolateKey) -> Result<(), Gone> {
        self.ask(|reply| Request::FirstSample(key, reply))
    }

    /// Takes a sample at the end of a round of the check.
    ///
    /// # Errors
    /// [`Gone`].
    pub fn look(&self, key: IsolateKey) -> Result<(), Gone> {
        self.ask(|reply| Request::Look(key, reply))
    }

    /// Takes the last sample again.
    ///
    /// # Errors
    /// [`Gone`].
    pub fn recheck(&self, key: IsolateKey) -> Result<(), Gone> {
        self.ask(|reply| Request::Recheck(key, reply))
    }

    /// The leaks: what grew in every round.
    ///
    /// # Errors
    /// [`Gone`].
    pub fn leaks(&self, key: IsolateKey, options: CheckOptions) -> Result<CheckResult, Gone> {
        self.ask(|reply| Request::Leaks(key, Box::new(options), reply))
    }

    /// The live registrations behind each finding of the check, after `warmup` calls before its first round.
    ///
    /// # Errors
    /// [`Gone`].
    pub fn members(&self, key: IsolateKey, warmup: u64) -> Result<Vec<Members>, Gone> {
        self.ask(|reply| Request::Members(key, warmup, reply))
    }

    /// The live registrations of the isolate's sites with these fingerprints. See
    /// [`registrations`](crate::analysis::registrations::registrations).
    ///
    /// # Errors
    /// [`Gone`].
    pub fn registrations(
        &self,
        key: IsolateKey,
        fingerprints: Vec<u64>,
        most: usize,
    ) -> Result<Vec<Members>, Gone> {
        self.ask(|reply| Request::Registrations(key, fingerprints, most, reply))
    }

    /// Ends the check and frees its samples.
    ///
    /// # Errors
    /// [`Gone`].
    pub fn check_end(&self, key: IsolateKey) -> Result<(), Gone> {
        self.ask(|reply| Request::CheckEnd(key, reply))
    }

    /// The leftovers of the windows of the isolate `key`.
    ///
    /// # Errors
    /// [`Gone`].
    pub fn leftovers(&self, key: IsolateKey) -> Result<Vec<Leftover>, Gone> {
        self.ask(|reply| Request::Leftovers(key, reply))
    }

    /// The notes: what leakline could not hook, and bounds that were reached.
    ///
    /// # Errors
    /// [`Gone`].
    pub fn notes(&self) -> Result<Vec<String>, Gone> {
        self.ask(Request::Notes)
    }

    /// Requests that the isolates other than `except` collect garbage and look for dead owners.
    ///
    /// # Errors
    /// [`Gone`].
    pub fn sweep_others(&self, except: IsolateKey) -> Result<(), Gone> {
        self.ask(|reply| Request::Sweep { except, reply })
    }

    /// The number of isolates other than `except` that have not done so yet.
    ///
    /// # Errors
    /// [`Gone`].
    pub fn unswept_others(&self, except: IsolateKey) -> Result<u32, Gone> {
        self.ask(|reply| Request::Unswept { except, reply })
    }

    /// Ends the collector's thread after recording was stopped; the process continues.
    pub fn stop(&self) {
        let _ = self.requests.send(Request::Stop);
    }

    /// Ends the collector's thread, as the process ends.
    pub fn end(&self) {
        // It may have ended already.
        let _ = self.requests.send(Request::End);
    }

    fn ask<T>(&self, question: impl FnOnce(Sender<T>) -> Request) -> Result<T, Gone> {
        let (reply, answer) = bounded(1);
        self.requests.send(question(reply)).map_err(|_| Gone)?;
        answer.recv().map_err(|_| Gone)
    }
}
