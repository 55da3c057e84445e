//! The collector's thread, the only owner of the store: it drains the rings, applies the records, frees memory and handles
//! requests. It never calls into JavaScript, so it works while the event loop is blocked.

use std::collections::{BTreeSet, HashMap};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};

use crossbeam_channel::{Receiver, RecvTimeoutError};

use crate::analysis::causes;
use crate::analysis::census;
use crate::analysis::gc_requests::GcRequests;
use crate::analysis::heap_trend::Samples;
use crate::analysis::leftovers;
use crate::analysis::registrations::registrations;
use crate::analysis::rounds::Looks;
use crate::analysis::view::{self, Context};
use crate::collector::client::{self, AnyRegion, CheckOptions, Client, Message, Request, Settings};
use crate::collector::exposition::{Exposition, Preparations, cpu_time};
use crate::collector::os;
use crate::collector::recorder::{Loop, Recorder};
use crate::collector::reports::Reports;
use crate::collector::signals;
use crate::record::layout::{ARRAY, Event, RECORDS};
use crate::record::ring::Ring;
use crate::report;
use crate::stacks::source_maps::SourceMaps;
use crate::store::{IsolateKey, Store};
use crate::suite::allowed;
use crate::values::frames::Place;
use crate::values::memory::{HeapTrend, Pauses};
use crate::values::snapshot::{CheckResult, Overhead, Snapshot, Watched};

/// The sleep after a turn with records. Waking up is most of the collector's cost in a service.
const BUSY_WAIT: Duration = Duration::from_millis(20);
/// The longest sleep, in an idle process.
const IDLE_WAIT: Duration = Duration::from_millis(80);

/// Nanoseconds that a hook takes to write a record, as measured: reading the clock each time would cost more.
const HOOK_NS: u64 = 40;

/// Between two turns of an event loop that leakline sees; later is late.
const TURNS_EVERY_MS: u64 = 250;
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
    reported: Receiver<Message>,
    pub(super) rings: Vec<(IsolateKey, Ring<AnyRegion>)>,
    pub(super) store: Store,
    maps: SourceMaps,
    pub(super) settings: Settings,
    /// Samples of running checks, by isolate.
    checks: HashMap<IsolateKey, Looks>,
    pub(super) started: Instant,
    started_at: SystemTime,
    captured_stacks: u64,
    key_mismatches: u64,
    /// Nanoseconds that JavaScript spent, by its messages.
    js_ns: u64,
    /// Bytes that the JavaScript of each isolate holds, by its messages.
    js_bytes: HashMap<IsolateKey, u64>,
    /// Records that isolates dropped which have ended.
    dropped_before: u64,
    pub(super) sweeps: u32,
    gc_requests: GcRequests,
    memory: Samples,
    /// Of the main thread, since recording began.
    pauses: Pauses,
    /// Writes the flight file; none where nobody wants one.
    pub(super) recorder: Option<Recorder>,
    event_loop: Loop,
    /// The main thread's isolate, and when its event loop was last seen to turn, in ms.
    turned: Option<(IsolateKey, u64)>,
    /// Garbage collections that were reported, each with its time, before all that they ended was applied.
    collections: Vec<(IsolateKey, u64)>,
    pub(super) reports: Reports,
    metrics: Preparations,
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
        collections.into_iter().for_each(|(key, since_ms)| self.store.collected(key, since_ms));
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

    fn handle_message(&mut self, reported: Message) {
        match reported {
            Message::Site(key, definition) => self.store.define(key, definition),
            Message::Detail(key, site, detail) => self.store.add_detail(key, site, detail),
            Message::Note(note) => self.store.note(note),
            Message::Cost { key, stacks, mismatches, ns, bytes } => {
                self.js_bytes.insert(key, bytes);
                self.turns(key);
                self.key_mismatches += mismatches;
                self.captured_stacks += stacks;
                self.js_ns += ns;
            }
            Message::Collected(key, since) => {
                // The word wraps after 49 days: the latest time with this value is meant.
                let now_ms = self.now_ms();
                let ago = (now_ms as u32).wrapping_sub(since);
                self.collections.push((key, now_ms.saturating_sub(u64::from(ago))));
            }
            Message::Memory(key, sample) => {
                // Workers have heaps of their own; the trend is the main thread's.
                if self.turned.is_none_or(|(main, _)| main == key) {
                    self.memory.push(self.now_ms(), sample);
                }
            }
            Message::Allocations(key, changed) => {
                let now_ms = self.now_ms();
                self.store.allocations(key, changed, now_ms);
            }
            Message::Pauses(key, pauses) => {
                if self.turned.is_none_or(|(main, _)| main == key) {
                    self.pauses.add(pauses);
                    self.event_loop.pauses.add(pauses);
                }
            }
            Message::Mark(name) => match &mut self.recorder {
                Some(recorder) => recorder.mark(name),
                None => self.store.note(format!("the mark {name} was not set: no flight file is written")),
            },
            Message::Mapped(mappings) => self.maps.add_positions(mappings),
            Message::Settings(settings) if settings.main || !self.settings.main => {
                self.settings = *settings;
                self.begin_flight();
            }
            Message::Settings(_) => {}
        }
    }

    fn handle_request(&mut self, request: Request) {
        // Records that were pushed before the request belong to its reply.
        self.drain();
        if !self.collections.is_empty() {
            self.drain();
        }
        // The requester may have ended.
        match request {
            Request::Attach(key, thread, region, reply) => {
                let ring = Ring::new(region);
                if thread == 0 {
                    self.turned = Some((key, self.now_ms()));
                }
                let _ = reply.send(ring.map(|ring| {
                    self.store.attach(key, thread);
                    self.rings.push((key, ring));
                }));
            }
            Request::Detach(key, reply) => {
                if let Some(at) = self.rings.iter().position(|(ring_key, _)| *ring_key == key) {
                    let (_, ring) = self.rings.swap_remove(at);
                    self.dropped_before += ring.dropped();
                }
                self.checks.remove(&key);
                self.js_bytes.remove(&key);
                self.turned.take_if(|(turned, _)| *turned == key);
                self.store.detach(key);
                if let Some(recorder) = &mut self.recorder {
                    recorder.forget(key);
                }
                let _ = reply.send(());
            }
            Request::Drain(reply) => drop(reply.send(())),
            Request::Snapshot(answer) => answer(&self.snapshot()),
            Request::Metrics(reply) => {
                self.prepare_metrics(true);
                let _ = reply.send(());
            }
            Request::Report(target, trigger, reply) => {
                let target = target.or_else(|| self.settings.report.clone());
                let _ = reply.send(target.map(|target| self.render(&target, trigger, None)));
            }
            Request::WatchSignals(asks, reply) => {
                self.reports.watch(asks);
                let _ = reply.send(());
            }
            Request::UnwatchSignals(reply) => {
                self.reports.unwatch();
                let _ = reply.send(());
            }
            Request::FirstSample(key, reply) => {
                self.checks.insert(key, Looks::default());
                if self.checks.len() > 1 {
                    self.checks.iter_mut().for_each(|(key, looks)| looks.limit_to(*key));
                }
                self.look(key);
                let _ = reply.send(());
            }
            Request::Look(key, reply) => {
                self.look(key);
                let _ = reply.send(());
            }
            Request::Recheck(key, reply) => {
                self.settle(key);
                if let Some(looks) = self.checks.get_mut(&key) {
                    looks.again(&self.store);
                }
                let _ = reply.send(());
            }
            Request::Leaks(key, options, reply) => drop(reply.send(self.check_result(key, &options))),
            Request::Members(key, warmup, reply) => {
                let looks = self.checks.get(&key);
                let members = looks.map(|looks| looks.members(&self.store, warmup, key));
                let _ = reply.send(members.unwrap_or_default());
            }
            Request::Registrations(key, fingerprints, most, reply) => {
                let _ = reply.send(registrations(&self.store, key, &fingerprints, most));
            }
            Request::CheckEnd(key, reply) => {
                self.checks.remove(&key);
                let _ = reply.send(());
            }
            Request::Leftovers(key, reply) => {
                let mut leftovers = leftovers::leftovers(&self.store, key);
                self.maps.follow_leftovers(&mut leftovers);
                let _ = reply.send(leftovers);
            }
            Request::Notes(reply) => {
                let _ = reply.send(self.store.notes().iter().cloned().chain(self.maps.notes()).collect());
            }
            Request::Sweep { except, reply } => {
                self.sweeps = self.sweeps.wrapping_add(1);
                for (_, ring) in self.rings.iter().filter(|(key, _)| *key != except) {
                    ring.ask_sweep(self.sweeps);
                }
                let _ = reply.send(());
            }
            Request::Unswept { except, reply } => {
                let is_left_out =
                    |key| self.checks.get(&except).is_some_and(|looks: &Looks| looks.is_left_out(key));
                let count = self.unswept(except).into_iter().filter(|key| !is_left_out(*key)).count();
                let _ = reply.send(count as u32);
            }
            Request::Stop | Request::End => {}
        }
    }

    /// The event loop of an isolate has turned.
    fn turns(&mut self, key: IsolateKey) {
        let now_ms = self.now_ms();
        if let Some((_, last_ms)) = self.turned.as_mut().filter(|(main, _)| *main == key) {
            let late_ms = now_ms.saturating_sub(*last_ms).saturating_sub(TURNS_EVERY_MS);
            *last_ms = now_ms;
            self.event_loop.delay_ms = self.event_loop.delay_ms.max(late_ms);
        }
    }

    /// The flight recorder begins with the first settings that want one.
    fn begin_flight(&mut self) {
        let Some(settings) = self.settings.flight.clone().filter(|_| self.recorder.is_none()) else { return };
        match Recorder::start(settings, self.store.root().to_owned(), self.started, self.started_at) {
            Ok(recorder) => self.recorder = Some(recorder),
            Err(error) => self.store.note(format!("the flight recorder could not start: {error}")),
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

    /// The other isolates that have not collected garbage since the request.
    fn unswept(&self, except: IsolateKey) -> Vec<IsolateKey> {
        self.rings
            .iter()
            .filter(|(key, ring)| *key != except && !ring.is_swept())
            .map(|(key, _)| *key)
            .collect()
    }

    /// Before each sample. An isolate that is blocked, such as a worker of a pool in `Atomics.wait`, cannot collect garbage
    /// and is excluded. An isolate that has replied has pushed its ends, perhaps since the last drain: so this comes first,
    /// then another drain.
    fn settle(&mut self, key: IsolateKey) {
        let unswept = self.unswept(key);
        if let Some(looks) = self.checks.get_mut(&key) {
            unswept.into_iter().for_each(|other| looks.leave_out(other));
        }
        self.drain();
    }

    fn look(&mut self, key: IsolateKey) {
        self.settle(key);
        if let Some(looks) = self.checks.get_mut(&key) {
            looks.push(&self.store);
        }
    }

    fn check_result(&mut self, key: IsolateKey, options: &CheckOptions) -> CheckResult {
        let none = Looks::default();
        let looks = self.checks.get(&key).unwrap_or(&none);
        let wanted = |kind: &String| options.kinds.is_empty() || options.kinds.contains(kind);
        let mut leaks = looks.leaks(&self.store, options.iterations, options.warmup, view::leak);
        leaks.extend(census::leaks(&self.store, key, options.iterations, options.warmup, &options.census));
        leaks.retain(|leak| wanted(&leak.kind));
        options.heap.add_to(&mut leaks, self.store.root());
        leaks.retain(|leak| wanted(&leak.kind) && !options.hidden.contains(&leak.fingerprint));
        self.maps.follow_leaks(&mut leaks);
        causes::settle(&mut leaks, options.heap.proof.as_ref());
        let totals = self.store.totals();
        let mut kinds: BTreeSet<String> = totals.keys().cloned().collect();
        if options.census_ms.is_some() {
            kinds.insert(crate::record::kinds::name(ARRAY));
        }
        let watched = Watched {
            kinds: kinds.into_iter().filter(wanted).collect(),
            registrations: totals.iter().filter(|(kind, _)| wanted(kind)).map(|(_, t)| t.registered).sum(),
            census_ms: options.census_ms,
        };
        let mut notes = self.store.notes().to_vec();
        notes.extend(self.maps.notes());
        if looks.is_limited() {
            notes.push(
                "another thread checks at the same time: other threads' registrations are left out"
                    .to_owned(),
            );
        }
        if looks.leaves_some_out() {
            notes.push(
                "a worker did not collect its garbage in time, so what it has is not looked at: it is busy, or waits in \
                 Atomics.wait as those of piscina and tinypool do (their option atomics: 'disabled' lets it collect)"
                    .to_owned(),
            );
        }
        notes.extend(options.unseen.notes(looks.leaves_some_out()));
        // What is ignored explains growth as well.
        if options.hidden.is_empty() {
            notes.extend(options.heap.unexplained(&leaks, options.iterations));
        }
        let mut result = CheckResult {
            leaked: leaks.iter().any(|leak| leak.place() == Place::Application),
            leaks,
            iterations: options.iterations,
            rounds: looks.rounds() as u64,
            watched,
            heap: options.heap.summary(options.iterations),
            notes,
            message: String::new(),
        };
        result.message = report::result_text(&result, &options.text);
        result
    }

    fn context(&self) -> Context {
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
                bytes: self.rings.iter().map(|(_, ring)| ring_bytes(ring)).sum::<u64>()
                    + self.js_bytes.values().sum::<u64>()
                    + self.metrics.bytes(),
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
    fn prepare_metrics(&mut self, is_awaited: bool) {
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

    fn now_ms(&self) -> u64 {
        self.started.elapsed().as_millis() as u64
    }
}
