//! The samples of one isolate: taken by a countdown of bytes, followed until they are freed, and judged.
//!
//! Gaps between samples are exponentially distributed, so that no rhythm of the program's hides from them. A block of n
//! bytes is sampled with the probability p = 1 - e^(-n / interval), and stands for 1 / p blocks (Horvitz and Thompson, 1952).

use std::collections::HashMap;

use napi::sys;

use super::super::collections;
use super::allocator::pointers;
use super::stacks::{self, Capture, Stack};
use crate::analysis::allocations::{Origins, Sample, Tracker};
use crate::record::pointers::Entry;
use crate::stacks::keys::{Key, Keys};
use crate::values::allocations::Allocations;
use crate::values::snapshot::Verdict;

/// Bytes between samples while a program allocates little: more are seen sooner, …
const FINE: u64 = 128 << 10;
/// … and of one that allocates much, or keeps much, which has as many.
const COARSE: u64 = 512 << 10;
/// Samples in 2.5 s that a program allocates much with: at 1 µs each a thousandth of a core.
const MANY: u64 = 2_500;
/// Living samples that one keeps much with.
const MUCH: usize = 2_048;
/// Samples followed at the most.
const MAX_FOLLOWED: usize = 8_192;
/// Stacks captured between two ticks: at some 5 µs each less than a thousandth of a core.
const MAX_CAPTURES: usize = 16;
/// Samples of a stack that is being captured wait for it.
const CAPTURED: u32 = 1 << 31;

/// A sample that was not seen to be freed.
struct Followed {
    entry: Entry,
    address: usize,
    size: usize,
    /// Its function is the number of its origin, or [`CAPTURED`] and the number of its capture.
    sample: Sample,
}

/// A stack that is being captured.
struct Capturing {
    number: u32,
    key: Option<Key>,
    /// Major collections so far: after one more the key may be of another stack.
    majors: u32,
    /// `None` once JavaScript has it.
    capture: Option<Capture>,
}

/// See the module.
pub struct Samples {
    env: sys::napi_env,
    interval: u64,
    /// Whether the interval was chosen here.
    is_chosen: bool,
    /// The state of xorshift64* (Vigna).
    random: u64,
    /// Origins by key, and the major collections until which that holds.
    keys: Keys,
    keys_majors: u32,
    captures: Vec<Capturing>,
    last_capture: u32,
    followed: Vec<Followed>,
    last_id: u64,
    /// Samples until the last peek.
    peeked_id: u64,
    origins: Origins,
    tracker: Tracker,
    /// Numbers that the collector knows, by origin.
    known: HashMap<u32, u32>,
    /// Numbers that were reported by a tracker that has ended.
    stale: Vec<u32>,
    notes: Vec<&'static str>,
}

impl Samples {
    /// `interval`: bytes; 0 where it is chosen here.
    pub fn new(env: sys::napi_env, interval: u64) -> Self {
        let seed = std::ptr::from_ref(pointers()) as u64 ^ u64::from(std::process::id()) << 32;
        Self {
            env,
            interval: if interval == 0 { FINE } else { interval },
            is_chosen: interval == 0,
            random: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1,
            keys: Keys::default(),
            keys_majors: 0,
            captures: Vec::new(),
            last_capture: 0,
            followed: Vec::new(),
            last_id: 0,
            peeked_id: 0,
            origins: Origins::default(),
            tracker: Tracker::new(0),
            known: HashMap::new(),
            stale: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// Takes a sample of what was just allocated. Returns the bytes up to the next. It may not panic.
    pub fn sample(&mut self, address: usize, size: usize) -> i64 {
        if let Some(function) = self.function()
            && function != 0
        {
            self.follow(address, size, function);
        }
        self.gap()
    }

    fn follow(&mut self, address: usize, size: usize, function: u32) {
        if self.followed.len() >= MAX_FOLLOWED {
            self.sweep();
        }
        if self.followed.len() >= MAX_FOLLOWED {
            self.note("more Buffers live than samples are followed: some that stay may not be named, a larger heap.interval follows all");
            return;
        }
        let Some(entry) = pointers().add(address) else { return };
        self.last_id += 1;
        let chance = -(-(size as f64) / self.interval as f64).exp_m1();
        let sample = Sample {
            id: self.last_id,
            bytes: (size as f64 / chance) as u64,
            objects: (1.0 / chance).round() as u64,
            function,
        };
        self.followed.push(Followed { entry, address, size, sample });
    }

    /// Who has allocated: a number as [`Followed`] has it; `None` where that cannot be known.
    fn function(&mut self) -> Option<u32> {
        let key = match stacks::current() {
            Stack::Unreadable => return None,
            Stack::None => return Some(self.origins.number(Vec::new())),
            Stack::Unknown => None,
            Stack::Key(key) => Some(key),
        };
        let (majors, _) = collections::majors();
        if self.keys_majors != majors {
            self.keys_majors = majors;
            self.keys.forget();
        }
        if let Some(key) = key {
            if let Some(origin) = self.keys.get(key) {
                return Some(origin);
            }
            let is_it = |known: &&Capturing| known.key == Some(key) && known.majors == majors;
            if let Some(known) = self.captures.iter().find(is_it) {
                return Some(CAPTURED | known.number);
            }
        }
        if self.captures.len() >= MAX_CAPTURES {
            return None;
        }
        let capture = Capture::new(self.env)?;
        self.last_capture = (self.last_capture + 1) & (CAPTURED - 1);
        self.captures.push(Capturing { number: self.last_capture, key, majors, capture: Some(capture) });
        Some(CAPTURED | self.last_capture)
    }

    fn gap(&mut self) -> i64 {
        self.random ^= self.random >> 12;
        self.random ^= self.random << 25;
        self.random ^= self.random >> 27;
        let uniform =
            ((self.random.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11) as f64 + 0.5) / (1_u64 << 53) as f64;
        (-uniform.ln() * self.interval as f64) as i64
    }

    /// The captures that JavaScript has not got yet.
    pub fn take_captures(&mut self) -> Vec<Capture> {
        self.captures.iter_mut().filter_map(|capturing| capturing.capture.take()).collect()
    }

    /// What the stacks of the captures are that JavaScript has, in their order.
    pub fn learn(&mut self, stacks: Vec<Option<Vec<crate::values::frames::Frame>>>) {
        let (majors, _) = collections::majors();
        let mut numbers: HashMap<u32, u32> = HashMap::new();
        let mut stacks = stacks.into_iter();
        for capturing in std::mem::take(&mut self.captures) {
            if capturing.capture.is_some() {
                self.captures.push(capturing);
                continue;
            }
            let number = stacks.next().flatten().map_or(0, |stack| self.origins.number(stack));
            numbers.insert(CAPTURED | capturing.number, number);
            if let Some(key) =
                capturing.key.filter(|_| capturing.majors == majors && self.keys_majors == majors)
            {
                self.keys.learn(key, number);
            }
        }
        for followed in &mut self.followed {
            if let Some(number) = numbers.get(&followed.sample.function) {
                followed.sample.function = *number;
            }
        }
        self.sweep();
    }

    /// Drops what was freed, and what is nobody's.
    fn sweep(&mut self) {
        let pointers = pointers();
        self.followed.retain(|followed| {
            if followed.sample.function == 0 {
                pointers.forget(followed.entry);
                return false;
            }
            pointers.lives(followed.entry)
        });
    }

    /// The samples that live, of known origins.
    fn living(&mut self) -> Vec<Sample> {
        self.sweep();
        let all = self.followed.iter().map(|followed| followed.sample);
        all.filter(|sample| sample.function & CAPTURED == 0).collect()
    }

    /// Ends a stretch of time. Returns whether a garbage collection promises a finding.
    pub fn peek(&mut self, now_ms: u64) -> bool {
        let living = self.living();
        let many = self.last_id - std::mem::replace(&mut self.peeked_id, self.last_id) > MANY;
        if self.is_chosen && self.interval == FINE && (many || living.len() > MUCH) && !self.tracker.reports()
        {
            self.interval = COARSE;
            self.begin_anew(now_ms);
            return false;
        }
        self.tracker.peek(now_ms, &living)
    }

    /// What was sampled is forgotten.
    fn begin_anew(&mut self, now_ms: u64) {
        let reported = self.tracker.reported(now_ms).into_iter();
        self.stale.extend(reported.filter_map(|(origin, _)| self.known.get(&origin).copied()));
        self.tracker = Tracker::new(now_ms);
        for followed in self.followed.drain(..) {
            pointers().forget(followed.entry);
        }
    }

    /// Looks after a major garbage collection that ended at `collected_ms`, and whose memory is freed.
    pub fn look(&mut self, now_ms: u64, collected_ms: u64) -> Option<Vec<Allocations>> {
        let living = self.living();
        self.tracker.look(now_ms, collected_ms, &living);
        let mut changed = self.withdrawn().unwrap_or_default();
        for (number, allocations) in self.tracker.reported(now_ms) {
            let next = self.known.len() as u32 + 1;
            let known = self.known.get(&number).copied();
            let Some(origin) = self.origins.origin(number) else { continue };
            let is_new = known.is_none();
            let known = *self.known.entry(number).or_insert(next);
            self.stale.retain(|stale| *stale != known);
            changed.push(Allocations {
                number: known,
                are_buffers: true,
                subject: origin.subject.filter(|_| is_new),
                stack: is_new.then_some(origin.stack),
                ..allocations
            });
        }
        (!changed.is_empty()).then_some(changed)
    }

    /// What was reported and is forgotten.
    pub fn withdrawn(&mut self) -> Option<Vec<Allocations>> {
        if self.stale.is_empty() {
            return None;
        }
        let of = |number| Allocations {
            number,
            are_buffers: true,
            verdict: Verdict::Steady,
            ..Allocations::default()
        };
        Some(self.stale.drain(..).map(of).collect())
    }

    /// As [`Tracker::wants_look`].
    pub fn wants_look(&self, idle_ms: u64) -> bool {
        self.tracker.wants_look(idle_ms)
    }

    /// Whether a block is followed that lives.
    pub fn is_followed(&self, address: usize, size: usize) -> bool {
        let is_it = |of: &&Followed| of.address == address && of.size == size;
        self.followed.iter().filter(is_it).any(|followed| pointers().lives(followed.entry))
    }

    /// What there is to say.
    pub fn take_notes(&mut self) -> Vec<String> {
        std::mem::take(&mut self.notes).into_iter().map(str::to_owned).collect()
    }

    fn note(&mut self, note: &'static str) {
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// Follows nothing any more.
    pub fn end(self) {
        for followed in self.followed {
            pointers().forget(followed.entry);
        }
        for capture in self.captures.into_iter().filter_map(|capturing| capturing.capture) {
            capture.release();
        }
    }
}
