//! The flight recorder: what the collector knows, written to a file once a second. See [`crate::flight`].
//!
//! The collector makes the numbers of a state, some 20 µs for a thousand sites, and lays them into a channel with one
//! place; the recorder's own thread takes them out, reads how the process is, and writes. When the disk stands still the
//! place stays taken, and the collector goes on without. A state is judged and described less often than counted.

mod commit;
mod directory;
mod ends;
mod exiting;
mod handover;
mod host;
mod last_end;
mod prepared;
mod publisher;
pub mod readout;
mod settings;
mod sites;
#[cfg(all(test, not(loom)))]
mod sites_tests;

use std::mem::{replace, take};
use std::path::PathBuf;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant, SystemTime};

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};

use crate::analysis::view::Context;
use crate::collector::os;
use crate::flight::{Cause, Records};
use crate::report;
use crate::store::{IsolateKey, Store};
use crate::suite::allow::Allow;
use handover::{Control, Publish, Shared};
use sites::{Numbered, Sites};

use ends::ends;
pub use ends::{end, is_on};
pub use host::{free_bytes, start_ticks};
use last_end::aftermath;
pub use last_end::previous_ends;
pub use settings::{Loop, Settings};

/// A process that ends sooner leaves no file.
const FIRST_AFTER: Duration = Duration::from_secs(2);
/// Between two states.
const EVERY: Duration = Duration::from_secs(1);
/// Between two states while there are sites that the file does not know yet: those of a service that has started.
const EVERY_WHILE_NEW: Duration = Duration::from_millis(100);
/// Of a state's CPU time: with a state that takes 5 ms the next is due a second later, with a longer one later still, so
/// that all take at most half a hundredth of a core.
const STRETCH: u32 = 200;
/// The longest time between two states: where pages are short a state takes long, and it is there that the last one counts.
const LONGEST: Duration = Duration::from_secs(10);
/// Between two judgements of all sites.
const JUDGED_EVERY: Duration = Duration::from_secs(10);
/// As [`STRETCH`], of a judgement.
const JUDGED_STRETCH: u32 = 1_000;

/// The collector's half.
pub struct Recorder {
    publishes: Sender<Publish>,
    control: Sender<Control>,
    notes: Receiver<String>,
    shared: std::sync::Arc<Shared>,
    started: Instant,
    /// When the last state was made.
    last: Instant,
    next: Instant,
    next_judged: Instant,
    /// Whether the next state is judged before its time, because it has a mark.
    mark: Option<String>,
    /// Whether the file does not know all sites yet.
    is_more: bool,
    /// The CPU time of the last state.
    spent: Duration,
    sites: Numbered,
}

impl Recorder {
    /// Starts the thread. Nothing is written yet.
    ///
    /// # Errors
    /// The system's, when it gives no thread.
    pub fn start(
        settings: Settings,
        root: String,
        started: Instant,
        started_at: SystemTime,
    ) -> std::io::Result<Self> {
        let (publishes, states) = bounded(1);
        // A mark or two, and the end.
        let (control, controls) = bounded(4);
        let (note, notes) = bounded(16);
        let shared = std::sync::Arc::new(Shared::default());
        let first_after = if settings.at_once { Duration::ZERO } else { FIRST_AFTER };
        publisher::start(settings, root, started_at, states, controls, note, shared.clone())?;
        exiting::watch();
        *ends() = Some(control.clone());
        let now = Instant::now();
        Ok(Self {
            publishes,
            control,
            notes,
            shared,
            started,
            last: now,
            next: now + first_after,
            next_judged: now,
            mark: None,
            is_more: false,
            spent: Duration::ZERO,
            sites: Numbered::default(),
        })
    }

    /// Publishes when that is due. `context` is asked for when the state is described too.
    pub fn tick(
        &mut self,
        store: &mut Store,
        allow: &[Allow],
        now_ms: u64,
        event_loop: &mut Loop,
        context: impl FnOnce() -> Context,
    ) {
        let now = Instant::now();
        if now < self.next {
            return;
        }
        for note in self.notes.try_iter() {
            store.note(note);
        }
        if self.publishes.is_full() {
            // The thread waits for a disk. What is lost is one state, which the next one replaces.
            self.next = now + if self.is_more { EVERY_WHILE_NEW } else { EVERY };
            return;
        }
        self.last = now;
        let cpu = os::thread_cpu_ns();
        let is_described = now >= self.next_judged || self.mark.is_some();
        if is_described {
            self.sites.judge(store, now_ms);
        }
        // The thread has the lock for a moment; should it be this one, there is other memory.
        let mut records =
            self.shared.spare.try_lock().map_or_else(|_| Records::default(), |mut spare| take(&mut spare));
        let Sites { definitions, is_more, count } = self.sites.state(store, now_ms, &mut records);
        self.is_more = is_more;
        let details = is_described.then(|| {
            let mut snapshot = self.sites.described(store, &context());
            report::put_evidence(&mut snapshot);
            (Box::new(snapshot), allow.to_vec())
        });
        let own_ns = os::thread_cpu_ns() - cpu;
        let spent = Duration::from_nanos(own_ns + self.shared.cpu_ns.load(Ordering::Relaxed));
        // One that was slow by chance, as by a page that had to be read, delays nothing.
        let usual = spent.min(replace(&mut self.spent, spent));
        let interval = (usual * STRETCH).clamp(EVERY, LONGEST);
        if is_described {
            self.next_judged = now + JUDGED_EVERY.max(Duration::from_nanos(own_ns) * JUDGED_STRETCH);
        }
        self.next = now + if is_more { EVERY_WHILE_NEW } else { interval };
        let publish = Publish {
            at_ms: now_ms,
            interval_ms: interval.as_millis() as u32,
            definitions,
            sites: count,
            records,
            ranked: self.sites.ranked().to_vec(),
            details,
            event_loop: take(event_loop),
            mark: self.mark.take(),
        };
        match self.publishes.try_send(publish) {
            Ok(()) => self.sites.sent(),
            // The thread is gone, or another state is there after all: what was to be defined still is.
            Err(TrySendError::Full(publish) | TrySendError::Disconnected(publish)) => {
                self.mark = publish.mark
            }
        }
    }

    /// Names the state of now, which is written at once.
    pub fn mark(&mut self, name: String) {
        self.mark = Some(name);
        self.next = Instant::now();
    }

    /// An isolate has ended: its sites are in no further state. When a process ends its workers end first, so that the next
    /// state waits a moment: the one before has their sites.
    pub fn forget(&mut self, key: IsolateKey) {
        self.sites.forget(key);
        self.next = put_off(self.next, self.last, Instant::now());
    }

    /// How long it has recorded.
    pub fn age(&self) -> Duration {
        self.started.elapsed()
    }

    /// The file that is written; `None` before the first state.
    pub fn file(&self) -> Option<PathBuf> {
        self.shared.path.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Recording is stopped while the process runs on.
    pub fn stop(self) {
        end(Cause::Stopped, 0, "");
        *ends() = None;
        let _ = self.control.try_send(Control::Stop);
    }
}

/// When the next state is due after an isolate has ended. Workers that come and go all the time put nothing off for longer
/// than two intervals after the `last` one.
fn put_off(next: Instant, last: Instant, now: Instant) -> Instant {
    next.max((now + EVERY).min(last + 2 * EVERY))
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn the_next_state_waits_where_a_worker_ended_but_not_for_ever() {
        let last = Instant::now();
        let after = |ms| last + Duration::from_millis(ms);
        assert_eq!(put_off(after(1_000), last, after(900)), after(1_900), "the process may be ending");
        assert_eq!(put_off(after(1_900), last, after(1_800)), after(2_000), "workers come and go");
        assert_eq!(put_off(after(2_000), last, after(1_990)), after(2_000));
        assert_eq!(put_off(after(9_000), last, after(900)), after(9_000), "it is not due before its time");
    }
}
