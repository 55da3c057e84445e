//! The collector's thread, the only owner of the store: it drains the rings, applies the records, frees memory and handles
//! requests. It never calls into JavaScript, so it works while the event loop is blocked.

use std::collections::HashMap;
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};

use crossbeam_channel::{Receiver, RecvTimeoutError};

use crate::analysis::causes;
use crate::analysis::gc_requests::GcRequests;
use crate::analysis::heap_trend::Samples;
use crate::analysis::rounds::Looks;
use crate::analysis::view::{self, Context};
use crate::collector::client::{self, Client};
use crate::collector::exposition::{Exposition, Preparations, cpu_time};
use crate::collector::memory;
use crate::collector::message::{AnyRegion, Message, Request};
use crate::collector::os;
use crate::collector::recorder::{Loop, Recorder};
use crate::collector::reports::Reports;
use crate::collector::settings::Settings;
use crate::collector::signals;
use crate::record::layout::{Event, RECORDS};
use crate::record::ring::Ring;
use crate::report;
use crate::stacks::source_maps::SourceMaps;
use crate::store::{IsolateKey, MajorGc, Store};
use crate::suite::allowed;
use crate::values::memory::{HeapTrend, Pauses};
use crate::values::snapshot::{Overhead, Snapshot};

/// The sleep after a turn with records. Waking up is most of the collector's cost in a service.
const BUSY_WAIT: Duration = Duration::from_millis(20);
/// The longest sleep, in an idle process.
const IDLE_WAIT: Duration = Duration::from_millis(80);

/// Nanoseconds that a hook takes to write a record, as measured: reading the clock each time would cost more.
const HOOK_NS: u64 = 40;

/// Between two turns of an event loop that leakline sees; later is late.
pub(super) const TURNS_EVERY_MS: u64 = 250;
/// A loop that was not seen to turn for so long is silent.
const SILENT_AFTER_MS: u64 = 1_000;

/// Records in one drain from which the collector does not sleep: half of a ring.
const MANY: u32 = RECORDS / 2;

/// When free memory is returned to the system: after the start of a service, and after the start of its work.
const GIVES_BACK_AT: [Duration; 2] = [Duration::from_secs(10), Duration::from_secs(60)];

/// Starts a collector. `root` is the folder that fingerprints leave out.
///
/// # Errors
/// The system's, when it refuses a thread.
pub fn start(root: String) -> std::io::Result<(Client, JoinHandle<()>)> {
    let (client, reported, asked) = client::connect();
    let thread = std::thread::Builder::new().name("leakline".to_owned()).spawn({
        let exposition = client.exposition();
        move || Collector::new(reported, root, exposition).run(&asked)
    })?;
    Ok((client, thread))
}

pub(super) struct Collector {
    pub(super) reported: Receiver<Message>,
    pub(super) rings: Vec<(IsolateKey, Ring<AnyRegion>)>,
    pub(super) store: Store,
    pub(super) maps: SourceMaps,
    pub(super) settings: Settings,
    /// Samples of running checks, by isolate.
    pub(super) checks: HashMap<IsolateKey, Looks>,
    pub(super) started: Instant,
    pub(super) started_at: SystemTime,
    pub(super) captured_stacks: u64,
    pub(super) key_mismatches: u64,
    /// Nanoseconds that JavaScript spent, by its messages.
    pub(super) js_ns: u64,
    /// Bytes that the JavaScript of each isolate holds, by its messages.
    pub(super) js_bytes: HashMap<IsolateKey, u64>,
    /// Records that isolates dropped which have ended.
    pub(super) dropped_before: u64,
    pub(super) sweeps: u32,
    pub(super) gc_requests: GcRequests,
    pub(super) memory: Samples,
    /// Of the main thread, since recording began.
    pub(super) pauses: Pauses,
    /// Writes the flight file; none where nobody wants one.
    pub(super) recorder: Option<Recorder>,
    pub(super) event_loop: Loop,
    /// The main thread's isolate, and when its event loop was last seen to turn, in ms.
    pub(super) turned: Option<(IsolateKey, u64)>,
    /// Garbage collections that were reported, each with its time, before all that they ended was applied.
    pub(super) collections: Vec<(IsolateKey, u64, MajorGc)>,
    pub(super) reports: Reports,
    pub(super) metrics: Preparations,
}

impl Collector {
    fn new(reported: Receiver<Message>, root: String, exposition: Exposition) -> Self {
        Self {
            reported,
            rings: Vec::new(),
            store: Store::new(root.clone()),
            maps: SourceMaps::new(root),
            settings: Settings::default(),
            checks: HashMap::new(),
            started: Instant::now(),
            started_at: SystemTime::now(),
            captured_stacks: 0,
            key_mismatches: 0,
            js_ns: 0,
            js_bytes: HashMap::new(),
            dropped_before: 0,
            sweeps: 0,
            gc_requests: GcRequests::default(),
            memory: Samples::default(),
            pauses: Pauses::default(),
            recorder: None,
            event_loop: Loop::default(),
            turned: None,
            collections: Vec::new(),
            reports: Reports::default(),
            metrics: Preparations::of(exposition),
        }
    }

    fn run(mut self, asked: &Receiver<Request>) {
        signals::block_here();
        let mut wait = BUSY_WAIT;
        let mut given_back = 0;
        loop {
            match asked.recv_timeout(wait) {
                Ok(Request::End) | Err(RecvTimeoutError::Disconnected) => return,
                Ok(Request::Stop) => return self.recorder.take().map_or((), Recorder::stop),
                Ok(request) => self.handle_request(request),
                Err(RecvTimeoutError::Timeout) => {}
            }
            let found = self.drain();
            wait = match found {
                0 if self.reports.is_waiting() => BUSY_WAIT,
                0 => (wait * 2).clamp(BUSY_WAIT, IDLE_WAIT),
                // At this rate a ring would be full before the sleep ends.
                MANY.. => Duration::ZERO,
                _ => BUSY_WAIT,
            };
            self.report_due();
            self.publish();
            self.prepare_metrics(false);
            if GIVES_BACK_AT.get(given_back).is_some_and(|at| self.started.elapsed() >= *at) {
                given_back += 1;
                os::give_back_memory();
            }
        }
    }

    /// Applies everything pushed so far. Returns the number of records.
    pub(super) fn drain(&mut self) -> u32 {
        // Heads first: a message that was sent before a record was pushed is in the channel by then.
        let heads: Vec<u32> = self.rings.iter().map(|(_, ring)| ring.head()).collect();
        // The ends of a garbage collection were pushed before its message: they are before the heads now.
        let collections = std::mem::take(&mut self.collections);
        while let Ok(reported) = self.reported.try_recv() {
            self.handle_message(reported);
        }
        let now_ms = self.now_ms();
        let mut found = 0;
        for ((key, ring), head) in self.rings.iter().zip(heads) {
            found += ring.drain(head, |record| match Event::decode(record) {
                Some(event) => self.store.apply(*key, event, now_ms),
                None => self.store.dropped += 1,
            });
            ring.publish_clock(now_ms);
        }
        collections.into_iter().for_each(|(key, since_ms, how)| self.store.collected(key, since_ms, how));
        if self.store.tick(now_ms) {
            self.request_gc(now_ms);
        }
        found
    }

    /// Requests a garbage collection where a verdict depends on one.
    fn request_gc(&mut self, now_ms: u64) {
        for key in self.gc_requests.look(&mut self.store, now_ms, self.memory.grows()) {
            if let Some((_, ring)) = self.rings.iter().find(|(ring_key, _)| *ring_key == key) {
                ring.request_gc();
            }
        }
    }

    fn publish(&mut self) {
        // When the last isolate has ended the process ends, or stops recording: the state before that is the last one.
        if self.rings.is_empty() {
            return;
        }
        let Some(mut recorder) = self.recorder.take() else { return };
        let now_ms = self.now_ms();
        let silent_ms = self.turned.map_or(0, |(_, last_ms)| now_ms.saturating_sub(last_ms));
        self.event_loop.silent_ms = if silent_ms > SILENT_AFTER_MS { silent_ms } else { 0 };
        let context = self.context();
        let allow = &self.settings.allow;
        self.event_loop.memory = self.memory.last();
        recorder.tick(&mut self.store, allow, now_ms, &mut self.event_loop, || context);
        self.recorder = Some(recorder);
    }

    pub(super) fn context(&self) -> Context {
        let now_ms = self.now_ms();
        let hooks_ns = self.store.events * HOOK_NS;
        let spent_ns = self.js_ns + hooks_ns + os::thread_cpu_ns();
        let ring_bytes = |ring: &Ring<AnyRegion>| u64::from(ring.capacity()) * 16;
        Context {
            node: self.settings.node.clone(),
            mode: self.settings.mode.clone(),
            started_at: self.started_at,
            now_ms,
            min_size: self.settings.min_size,
            overhead: Overhead {
                bytes: memory::held_bytes()
                    + self.rings.iter().map(|(_, ring)| ring_bytes(ring)).sum::<u64>()
                    + self.js_bytes.values().sum::<u64>(),
                events: 0,
                dropped: self.dropped_before + self.rings.iter().map(|(_, ring)| ring.dropped()).sum::<u64>(),
                captured_stacks: self.captured_stacks,
                key_mismatches: self.key_mismatches,
                cpu_share: spent_ns as f64 / (self.started.elapsed().as_nanos() as f64).max(1.0),
            },
        }
    }

    pub(super) fn snapshot(&mut self) -> Snapshot {
        let context = self.context();
        let mut snapshot = view::snapshot(&mut self.store, &context);
        report::put_evidence(&mut snapshot);
        self.completed(snapshot)
    }

    /// Prepares metrics for whoever reads them next.
    pub(super) fn prepare_metrics(&mut self, is_awaited: bool) {
        let forms = self.metrics.due(is_awaited, Instant::now());
        if forms.is_empty() {
            return;
        }
        let from = cpu_time();
        let context = self.context();
        let snapshot = view::counted(&mut self.store, &context);
        let snapshot = self.completed(snapshot);
        self.metrics.put(&forms, &snapshot);
        self.metrics.made(cpu_time().saturating_sub(from), Instant::now());
    }

    fn completed(&mut self, mut snapshot: Snapshot) -> Snapshot {
        snapshot.heap = self.memory.trend(&snapshot.sites).map(|trend| HeapTrend {
            gc: (self.pauses != Pauses::default()).then_some(self.pauses),
            ..trend
        });
        if self.maps.follow_snapshot(&mut snapshot) {
            // A frame of bundled code may turn out to be a package's.
            causes::put_in_order(&mut snapshot.sites);
        }
        // By the lines of the sources, which users name.
        allowed::mark(&mut snapshot, &self.settings.allow);
        snapshot
    }

    pub(super) fn now_ms(&self) -> u64 {
        self.started.elapsed().as_millis() as u64
    }
}
