//! What the collector is reported and asked, and the end of its channels that any thread may hold.

use std::ops::Deref;

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};

use crate::analysis::census::Found;
use crate::analysis::kept::Kept;
use crate::collector::exit::{Rendered, Target};
use crate::collector::recorder;
use crate::record::ring::{BadRegion, Region};
use crate::record::sync::AtomicU32;
use crate::report::TextOptions;
use crate::stacks::source_maps::Mapping;
use crate::store::IsolateKey;
use crate::store::sites::Definition;
use crate::suite::known::Known;
use crate::values::leftover::Leftover;
use crate::values::snapshot::{CheckResult, Snapshot};

/// The collector's other end, for any thread.
#[derive(Clone)]
pub struct Client {
    messages: Sender<Message>,
    requests: Sender<Request>,
}

/// A client, and the ends of its channels that the collector reads.
pub(crate) fn connect() -> (Client, Receiver<Message>, Receiver<Request>) {
    let (send, messages) = unbounded();
    let (ask, requests) = unbounded();
    (Client { messages: send, requests: ask }, messages, requests)
}

/// Sent outside the ring, because it has no fixed size. What is reported before a record is pushed is
/// known when that record is applied.
pub enum Message {
    /// A new site; sites of an isolate are numbered from 1 in the order they are reported.
    Site(IsolateKey, Definition),
    /// A known site with one more event name or delay.
    Detail(IsolateKey, u32, String),
    /// See [`Store::note`].
    Note(String),
    /// Stacks captured since the last time, and nanoseconds that JavaScript spent on leakline.
    Cost {
        /// Whose it is.
        key: IsolateKey,
        /// Bytes that JavaScript keeps, as it estimates them.
        bytes: u64,
        /// Stacks captured.
        stacks: u64,
        /// Stack keys that led to another stack than a capture.
        mismatches: u64,
        /// Nanoseconds.
        ns: u64,
    },
    /// A major garbage collection has ended what was garbage at this time on the CLOCK word.
    Collected(IsolateKey, u32),
    /// Positions of code that was transformed in memory. See
    /// [`SourceMaps::add_positions`](crate::stacks::source_maps::SourceMaps::add_positions).
    Mapped(Vec<Mapping>),
    /// New settings.
    Settings(Box<Settings>),
}

/// A question, with where its answer goes.
pub(crate) enum Request {
    Attach(IsolateKey, u32, AnyRegion, Sender<Result<(), BadRegion>>),
    Detach(IsolateKey, Sender<()>),
    Drain(Sender<()>),
    Snapshot(Box<dyn FnOnce(&Snapshot) + Send>),
    Report(Option<Target>, String, Sender<Option<Rendered>>),
    WatchSignals(Option<(i32, String)>, Sender<()>),
    UnwatchSignals(Sender<()>),
    FirstSample(IsolateKey, Sender<()>),
    Look(IsolateKey, Sender<()>),
    Recheck(IsolateKey, Sender<()>),
    Leaks(IsolateKey, Box<CheckOptions>, Sender<CheckResult>),
    CheckEnd(IsolateKey, Sender<()>),
    Leftovers(IsolateKey, Sender<Vec<Leftover>>),
    Notes(Sender<Vec<String>>),
    Sweep { except: IsolateKey, reply: Sender<()> },
    Unswept { except: IsolateKey, reply: Sender<u32> },
    Mark(String, Sender<Result<(), String>>),
    Stop,
    End,
}

/// What may change while recording goes on.
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
    /// Where a report goes that somebody asks for by a signal.
    pub asked: Option<Target>,
    /// Milliseconds between two reports; none without.
    pub every_ms: Option<u64>,
    /// Whether garbage may be collected for the reports at intervals.
    pub gc: bool,
    /// What the process runs, for the reports.
    pub program: String,
    /// Leaks that are not news.
    pub known: Vec<Known>,
    /// True for the main thread's, which count before a worker's.
    pub main: bool,
    /// Where the flight recorder writes; none without one.
    pub flight: Option<recorder::Settings>,
}

/// How a check's result is reported.
#[derive(Clone, Debug, Default)]
pub struct CheckOptions {
    /// Calls over all measured rounds.
    pub iterations: u64,
    /// Calls before them.
    pub warmup: u64,
    /// Kinds to report; empty for all.
    pub kinds: Vec<String>,
    /// Fingerprints not to report.
    pub hidden: Vec<String>,
    /// What a census found to grow.
    pub census: Vec<Found>,
    /// How long the censuses took, in ms; none without one.
    pub census_ms: Option<u64>,
    /// What the looks at the heap found.
    pub heap: Kept,
    /// How the message looks.
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
    /// Tells something; nobody answers.
    pub fn send(&self, message: Message) {
        // A collector that is gone has nothing to be reported; the next question says so.
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

    /// An isolate ends. When this returns its region is not touched any more.
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

    /// Takes a snapshot, and says what `read` makes of it. The collector's thread does that, and frees the snapshot
    /// afterwards, when nobody waits for it any more.
    ///
    /// # Errors
    /// [`Gone`].
    pub fn snapshot<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Snapshot) -> T + Send + 'static,
    ) -> Result<T, Gone> {
        self.ask(|reply| Request::Snapshot(Box::new(move |snapshot| drop(reply.send(read(snapshot))))))
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
    pub fn watch_signals(&self, asks: Option<(i32, String)>) -> Result<(), Gone> {
        self.ask(|reply| Request::WatchSignals(asks, reply))
    }

    /// Signals are as they were before [`watch_signals`](Self::watch_signals).
    ///
    /// # Errors
    /// [`Gone`].
    pub fn unwatch_signals(&self) -> Result<(), Gone> {
        self.ask(Request::UnwatchSignals)
    }

    /// A check by the isolate `key` begins: the look that growth is counted from.
    ///
    /// # Errors
    /// [`Gone`].
    pub fn first_sample(&self, key: IsolateKey) -> Result<(), Gone> {
        self.ask(|reply| Request::FirstSample(key, reply))
    }

    /// A round of the check has ended.
    ///
    /// # Errors
    /// [`Gone`].
    pub fn look(&self, key: IsolateKey) -> Result<(), Gone> {
        self.ask(|reply| Request::Look(key, reply))
    }

    /// Looks once more after the last round.
    ///
    /// # Errors
    /// [`Gone`].
    pub fn recheck(&self, key: IsolateKey) -> Result<(), Gone> {
        self.ask(|reply| Request::Recheck(key, reply))
    }

    /// What grew in every round.
    ///
    /// # Errors
    /// [`Gone`].
    pub fn leaks(&self, key: IsolateKey, options: CheckOptions) -> Result<CheckResult, Gone> {
        self.ask(|reply| Request::Leaks(key, Box::new(options), reply))
    }

    /// The check is over: its looks are forgotten.
    ///
    /// # Errors
    /// [`Gone`].
    pub fn check_end(&self, key: IsolateKey) -> Result<(), Gone> {
        self.ask(|reply| Request::CheckEnd(key, reply))
    }

    /// What the windows of the isolate `key` left behind.
    ///
    /// # Errors
    /// [`Gone`].
    pub fn leftovers(&self, key: IsolateKey) -> Result<Vec<Leftover>, Gone> {
        self.ask(|reply| Request::Leftovers(key, reply))
    }

    /// What could not be hooked, which bound was hit.
    ///
    /// # Errors
    /// [`Gone`].
    pub fn notes(&self) -> Result<Vec<String>, Gone> {
        self.ask(Request::Notes)
    }

    /// Asks the isolates other than `except` to collect garbage and look.
    ///
    /// # Errors
    /// [`Gone`].
    pub fn sweep_others(&self, except: IsolateKey) -> Result<(), Gone> {
        self.ask(|reply| Request::Sweep { except, reply })
    }

    /// How many isolates other than `except` have not done so yet.
    ///
    /// # Errors
    /// [`Gone`].
    pub fn unswept_others(&self, except: IsolateKey) -> Result<u32, Gone> {
        self.ask(|reply| Request::Unswept { except, reply })
    }

    /// Names the state of now in the flight file. The answer comes when it is written, or why it is not.
    ///
    /// # Errors
    /// [`Gone`].
    pub fn mark(&self, name: String) -> Result<Result<(), String>, Gone> {
        self.ask(|reply| Request::Mark(name, reply))
    }

    /// Ends the collector's thread while the process runs on: recording was stopped.
    pub fn stop(&self) {
        let _ = self.requests.send(Request::Stop);
    }

    /// Ends the collector's thread, as the process ends.
    pub fn end(&self) {
        // Gone already is as good.
        let _ = self.requests.send(Request::End);
    }

    fn ask<T>(&self, question: impl FnOnce(Sender<T>) -> Request) -> Result<T, Gone> {
        let (reply, answer) = bounded(1);
        self.requests.send(question(reply)).map_err(|_| Gone)?;
        answer.recv().map_err(|_| Gone)
    }
}
