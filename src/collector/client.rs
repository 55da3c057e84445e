//! The client of the collector, which sends its messages and requests from any thread.

use std::sync::Arc;
use std::time::Instant;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded, unbounded};

use crate::collector::exit::{Rendered, Target};
use crate::collector::exposition::{Exposition, FIRST_WAIT, Form, Reading};
use crate::collector::message::{AnyRegion, Message, Request};
use crate::collector::reports::Asks;
use crate::collector::settings::CheckOptions;
use crate::record::ring::{BadRegion, Region};
use crate::store::IsolateKey;
use crate::values::leftover::Leftover;
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
