//! Samples of allocations in one isolate: started, read after major collections, stopped before the isolate ends.
//!
//! V8 has one profiler an isolate. Where somebody else's runs it is read and never stopped; where ours was stopped by
//! somebody else it is started again.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use napi::bindgen_prelude::*;
use napi::sys;
use napi_derive::napi;
use serde::Deserialize;

use super::super::values::{parse, to_json};
use super::collections;
use super::functions::{self, Functions};
use super::identity::Identity;
use super::profiler::{Profile, Profiler, Sampled};
use super::requests;
use crate::analysis::allocations::{Interval, Sample, Tracker};
use crate::collector::os;
use crate::values::allocations::{Allocations, EXCHANGES};
use crate::values::frames;

/// Between two ends of stretches.
const PEEK_EVERY: Duration = Duration::from_millis(2_500);
/// Between two looks, however often garbage is collected.
const LOOK_EVERY: Duration = Duration::from_secs(4);
/// Between two tries to start where it is not possible.
const START_EVERY: Duration = Duration::from_secs(10);
/// Readings take one part in so many of a processor's time at the most: many samples take longer.
const READING_SHARE: u32 = 500;
const LONGEST_PEEK: Duration = Duration::from_secs(10);

thread_local! {
    static STATE: RefCell<Option<State>> = const { RefCell::new(None) };
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Options {
    /// Bytes between samples; 0 where the addon chooses.
    interval: u64,
    frames: u32,
    /// leakline's own folder, as a path and as a URL.
    own: [String; 2],
}

const STOPPED: &str = "another profiler has stopped the samples of allocations: leakline has started them again, and knows nothing of before";
const REPLACED: &str = "another profiler has stopped the samples of allocations and takes its own: leakline reads those, and knows nothing of before";

/// Whose the profile is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Runs {
    Ours,
    Theirs,
    /// Theirs, and each reading is a full collection.
    TheirsUnread,
}

struct State {
    profiler: Profiler,
    options: Options,
    interval: Interval,
    runs: Runs,
    begun: Instant,
    tracker: Tracker,
    functions: Functions,
    /// Numbers that the collector knows, by function.
    known: HashMap<u32, u32>,
    /// Functions that were reported by a tracker that has ended.
    stale: HashSet<u32>,
    /// The last sample that was seen, and when.
    last: (u64, Instant),
    identity: Identity,
    /// Major collections that were looked at.
    majors: u32,
    next_peek: Instant,
    next_look: Instant,
    next_start: Instant,
    /// Readings in a row in which garbage was collected.
    collecting: u32,
    notes: Vec<&'static str>,
}

/// Starts to sample; JSON in. 0 where V8 does not have what it takes, 1 where it samples, 2 where somebody else samples.
#[napi]
pub fn begin_sampling(options: String) -> Result<u32> {
    end();
    let options: Options = parse(&options)?;
    let Some(profiler) = Profiler::new() else { return Ok(0) };
    requests::begin();
    let now = Instant::now();
    let interval = Interval::default();
    let bytes = if options.interval == 0 { interval.bytes() } else { options.interval };
    let runs = if profiler.start(bytes, options.frames) { Runs::Ours } else { Runs::Theirs };
    STATE.set(Some(State {
        functions: Functions::new(options.own.clone()),
        profiler,
        options,
        interval,
        runs,
        begun: now,
        tracker: Tracker::new(0),
        known: HashMap::new(),
        stale: HashSet::new(),
        last: (0, now),
        identity: Identity::default(),
        majors: collections::majors().0,
        next_peek: now + PEEK_EVERY,
        next_look: now,
        next_start: now + START_EVERY,
        collecting: 0,
        notes: Vec::new(),
    }));
    Ok(if runs == Runs::Ours { 1 } else { 2 })
}

/// Whether the profile that runs is read as it should be: it knows a function by its name and file, which has allocated so
/// many bytes that live, and its sums are about those of its samples, which V8 rounds otherwise.
#[napi]
pub fn is_sampling_right(env: Env, name: String, file: String, bytes: f64) -> bool {
    let Some(profile) = Profiler::new().and_then(|profiler| profiler.read()) else { return false };
    let samples = profile.samples();
    let size = |sample: &Sampled| sample.size.saturating_mul(sample.count);
    let all: u64 = samples.iter().map(size).fold(0, u64::saturating_add);
    let nodes: Vec<u32> = samples.iter().map(|sample| sample.node).collect();
    let stacks = functions::stacks(env.raw(), &profile, &nodes);
    let is_it = |frame: &frames::Frame| frame.function.as_deref() == Some(&*name) && frame.file == file;
    let is_of_it = |node: u32| stacks.get(&node).and_then(|stack| stack.first()).is_some_and(is_it);
    let of_it: u64 = samples.iter().filter(|sample| is_of_it(sample.node)).map(size).sum();
    let is_about = |one: u64, other: u64| one / 2 <= other && other / 2 <= one;
    let mut ids: Vec<u64> = samples.iter().map(|sample| sample.id).collect();
    ids.sort_unstable();
    ids.dedup();
    is_about(of_it, bytes as u64) && is_about(all, profile.sum()) && ids.len() == samples.len()
}

/// Four times a second. `may_collect`: whether a major collection may be asked for. Returns what has changed as JSON, a
/// list of [`Allocations`]; null where nothing has.
#[napi]
pub fn sampling_tick(env: Env, may_collect: bool) -> Result<Option<String>> {
    STATE.with_borrow_mut(|state| match state {
        Some(state) => state.tick(env.raw(), may_collect).map(|found| to_json(&found)).transpose(),
        None => Ok(None),
    })
}

/// What there is to say about sampling since the last call.
#[napi]
pub fn sampling_notes() -> Vec<String> {
    STATE.with_borrow_mut(|state| {
        let notes = state.as_mut().map_or_else(Vec::new, |state| std::mem::take(&mut state.notes));
        notes.into_iter().map(str::to_owned).collect()
    })
}

/// Stops sampling, where it is ours.
#[napi]
pub fn end_sampling() {
    STATE.with_borrow_mut(|state| {
        let Some(state) = state.as_mut().filter(|state| state.runs == Runs::Ours) else { return };
        // Somebody may have stopped ours since it was read, and started an own.
        let read = state.profiler.read();
        if !read.is_some_and(|profile| state.identity.is_it(&profile.samples())) {
            state.runs = Runs::Theirs;
        }
    });
    end();
}

/// Stops it before the isolate ends, where it is ours: V8 13 crashes where one is left.
pub fn end() {
    if let Some(state) = STATE.take()
        && state.runs == Runs::Ours
    {
        state.profiler.stop();
    }
}

impl State {
    fn tick(&mut self, env: sys::napi_env, may_collect: bool) -> Option<Vec<Allocations>> {
        let now = Instant::now();
        if self.runs == Runs::TheirsUnread {
            return self.start_again(now);
        }
        let (majors, ended) = collections::majors();
        if majors != self.majors && now >= self.next_look {
            self.majors = majors;
            self.next_look = now + LOOK_EVERY;
            return ended.and_then(|ended| self.look(env, ended));
        }
        if now >= self.next_peek {
            let before = os::thread_cpu_ns();
            let promises = self.peek(env);
            // One in which garbage was collected says nothing of how long it takes.
            let took_ns = if self.collecting > 0 { 0 } else { os::thread_cpu_ns().saturating_sub(before) };
            let took = Duration::from_nanos(took_ns);
            self.next_peek = now + (took * READING_SHARE).clamp(PEEK_EVERY, LONGEST_PEEK);
            if may_collect && requests::is_time(now) {
                let idle_ms = collections::ago_ms(ended.unwrap_or(self.begun));
                if promises || self.tracker.wants_look(idle_ms) {
                    requests::ask(now);
                }
            }
        }
        self.withdrawn()
    }

    /// Whether it has started, as nobody else samples.
    fn start(&self) -> bool {
        let bytes = if self.options.interval == 0 { self.interval.bytes() } else { self.options.interval };
        self.profiler.start(bytes, self.options.frames)
    }

    fn start_again(&mut self, now: Instant) -> Option<Vec<Allocations>> {
        if now >= self.next_start {
            self.next_start = now + START_EVERY;
            if self.start() {
                self.runs = Runs::Ours;
            }
        }
        self.withdrawn()
    }

    /// Begins anew, with what another profile samples.
    fn reset(&mut self) {
        let reported = self.tracker.reported(0).into_iter().map(|(function, _)| function);
        self.stale.extend(reported);
        self.tracker = Tracker::new(collections::ago_ms(self.begun));
        self.functions.forget_nodes();
        self.last = (0, Instant::now());
        self.identity = Identity::default();
    }

    /// What is sampled; `None` where it cannot be read.
    fn read(&mut self, env: sys::napi_env) -> Option<(Profile, Vec<(u32, Sample)>)> {
        let (before, _) = collections::majors();
        let Some(profile) = self.profiler.read() else {
            self.reset();
            if self.runs == Runs::Ours {
                self.notes.push(STOPPED);
            }
            let is_ours = self.start();
            self.runs = if is_ours { Runs::Ours } else { Runs::Theirs };
            return None;
        };
        self.collecting = if collections::majors().0 == before { 0 } else { self.collecting + 1 };
        // Ours is read without a collection, unless one comes by chance.
        let many = if self.runs == Runs::Ours { 4 } else { 2 };
        if self.collecting >= many {
            self.reset();
            self.runs = Runs::TheirsUnread;
            self.notes.push("another profiler samples allocations so that each reading is a full garbage collection: leakline does not read it, and samples when it has ended");
            return None;
        }
        let sampled = profile.samples();
        if !self.identity.is_it(&sampled) {
            self.reset();
            if self.runs == Runs::Ours {
                self.notes.push(REPLACED);
            }
            self.runs = Runs::Theirs;
            return None;
        }
        let Some(by_node) = self.functions.of(env, &profile) else {
            self.reset();
            self.runs = Runs::Theirs;
            return None;
        };
        let samples = sampled.into_iter().filter_map(|sample| {
            let function = *by_node.get(&sample.node)?;
            let (bytes, objects) = (sample.size * sample.count, sample.count);
            Some((sample.node, Sample { id: sample.id, bytes, objects, function }))
        });
        let samples = samples.collect();
        Some((profile, samples))
    }

    fn peek(&mut self, env: sys::napi_env) -> bool {
        let now_ms = collections::ago_ms(self.begun);
        let Some((profile, samples)) = self.read(env) else { return false };
        drop(profile);
        let last = samples.iter().map(|(_, sample)| sample.id).max().unwrap_or(0);
        if self.adapt(last) {
            // These samples are of the profile that has ended.
            return false;
        }
        let samples: Vec<Sample> = samples.into_iter().map(|(_, sample)| sample).collect();
        self.tracker.peek(now_ms, &samples)
    }

    /// Takes more samples of a program that allocates little, and fewer of one that allocates much, as long as nothing is known
    /// of it. Returns whether it has begun anew.
    fn adapt(&mut self, last: u64) -> bool {
        let now = Instant::now();
        let (before, then) = std::mem::replace(&mut self.last, (last, now));
        if self.runs != Runs::Ours || self.options.interval != 0 || self.tracker.reports() {
            return false;
        }
        let changes = self.interval.changes(last.saturating_sub(before), now - then, now - self.begun);
        if changes {
            self.profiler.stop();
            self.reset();
            self.runs = if self.start() { Runs::Ours } else { Runs::Theirs };
        }
        changes
    }

    fn look(&mut self, env: sys::napi_env, ended: Instant) -> Option<Vec<Allocations>> {
        let now_ms = collections::ago_ms(self.begun);
        let collected_ms = now_ms.saturating_sub(collections::ago_ms(ended));
        let (profile, samples) = self.read(env)?;
        let living: Vec<Sample> = samples.iter().map(|(_, sample)| *sample).collect();
        self.tracker.look(now_ms, collected_ms, &living);
        let reported = self.tracker.reported(now_ms);
        let mut changed = self.withdrawn().unwrap_or_default();
        if reported.is_empty() && changed.is_empty() {
            return None;
        }
        let new: Vec<u32> =
            reported.iter().map(|(of, _)| *of).filter(|of| !self.known.contains_key(of)).collect();
        let nodes: HashMap<u32, u32> =
            new.iter().filter_map(|function| Some((*function, heaviest(&samples, *function)?))).collect();
        let wanted: Vec<u32> = nodes.values().copied().collect();
        let mut stacks = functions::stacks(env, &profile, &wanted);
        for (function, allocations) in reported {
            let mut stack = nodes.get(&function).and_then(|node| stacks.remove(node));
            let is_of_exchanges = self.functions.is_of_exchanges(function);
            if let Some(stack) = stack.as_mut().filter(|_| is_of_exchanges) {
                // Whoever was called meanwhile does not answer for it.
                let of_node =
                    stack.iter().take_while(|frame| frames::owner(&frame.file) == frames::Owner::Runtime);
                stack.truncate(of_node.count());
            }
            if !self.known.contains_key(&function) && stack.is_none() {
                continue;
            }
            self.stale.remove(&function);
            let next = self.known.len() as u32 + 1;
            let number = *self.known.entry(function).or_insert(next);
            let subject = is_of_exchanges.then(|| EXCHANGES.to_owned());
            changed.push(Allocations { number, stack, subject, ..allocations });
        }
        Some(changed)
    }

    /// What was reported of a profile that has ended.
    fn withdrawn(&mut self) -> Option<Vec<Allocations>> {
        if self.stale.is_empty() {
            return None;
        }
        let known = self.stale.drain().filter_map(|function| self.known.get(&function).copied());
        let steady = crate::values::snapshot::Verdict::Steady;
        Some(known.map(|number| Allocations { number, verdict: steady, ..Allocations::default() }).collect())
    }
}

/// The node that a function has allocated most by.
fn heaviest(samples: &[(u32, Sample)], function: u32) -> Option<u32> {
    let mut bytes: HashMap<u32, u64> = HashMap::new();
    for (node, sample) in samples.iter().filter(|(_, sample)| sample.function == function) {
        *bytes.entry(*node).or_default() += sample.bytes;
    }
    bytes.into_iter().max_by_key(|(node, bytes)| (*bytes, *node)).map(|(node, _)| node)
}
