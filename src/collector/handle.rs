//! What the collector does with each message and each request.

use crate::analysis::leftovers;
use crate::analysis::registrations::registrations;
use crate::analysis::rounds::Looks;
use crate::collector::message::{Message, Request};
use crate::collector::recorder::Recorder;
use crate::collector::thread::{Collector, TURNS_EVERY_MS};
use crate::record::ring::Ring;
use crate::store::IsolateKey;

impl Collector {
    pub(super) fn handle_message(&mut self, reported: Message) {
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
            Message::Marking(key, how) => self.store.marking(key, how),
            Message::Collected(key, since, how) => {
                // The word wraps after 49 days: the latest time with this value is meant.
                let now_ms = self.now_ms();
                let ago = (now_ms as u32).wrapping_sub(since);
                self.collections.push((key, now_ms.saturating_sub(u64::from(ago)), how));
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

    pub(super) fn handle_request(&mut self, request: Request) {
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
}
