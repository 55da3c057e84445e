//! A made-up process: its clock, its garbage, its chance, and things that live for some time.

use std::collections::HashMap;

use crate::analysis::gc_requests::GcRequests;
use crate::analysis::judge;
use crate::record::layout::{Event, Handle, Quantity, Register};
use crate::store::sites::Definition;
use crate::store::{MajorGc, Store};
use crate::values::reason::Reason;
use crate::values::snapshot::Verdict;

pub const KEY: u32 = 1;
pub const SECOND: u64 = 1_000;
pub const MINUTE: u64 = 60 * SECOND;
pub const HOUR: u64 = 60 * MINUTE;

pub const LISTENER: u8 = crate::record::layout::LISTENER;
pub const TIMEOUT: u8 = crate::record::layout::TIMEOUT;
pub const INTERVAL: u8 = 2;
pub const MAP: u8 = crate::record::layout::MAP;
pub const SET: u8 = crate::record::layout::SET;
pub const HANDLE: u8 = crate::record::layout::HANDLE;
/// A kind of `track()`.
pub const TRACKED: u8 = 40;

/// Chance that a seed brings again: splitmix64 (Steele, Lea and Flood, 2014).
pub struct Chance(u64);

impl Chance {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn within(&mut self, from: u64, to: u64) -> u64 {
        from + self.next() % (to - from + 1)
    }

    /// How many of what comes `per_second` on average come within `ms`, each by itself.
    pub fn arrivals(&mut self, per_second: f64, ms: u64) -> u64 {
        let mean = per_second * ms as f64 / 1_000.0;
        let (mut count, mut product, limit) = (0, self.share(), (-mean).exp());
        while product > limit {
            count += 1;
            product *= self.share();
        }
        count
    }

    pub fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// A process: what is live, what is garbage, and the time.
pub struct World {
    pub store: Store,
    pub chance: Chance,
    pub now_ms: u64,
    pub step_ms: u64,
    sites: u32,
    last_slot: u32,
    free: Vec<Handle>,
    pub garbage: Vec<Handle>,
    gc_requests: GcRequests,
    /// Whether the process grants a gc request; one with a large heap does not.
    pub grants: bool,
    /// When it grants the next one: they may take a thousandth of the time.
    grants_from_ms: u64,
    /// Whether it grants them in steps, …
    in_steps: bool,
    /// … and what was garbage when the present one was asked for.
    marked: Option<Marked>,
    /// Whether the heap is seen to grow.
    pub heap_grows: bool,
    /// Whether few registrations get a stack, as in adaptive mode.
    pub is_adaptive: bool,
    /// By site, when the first of it ended or left, in ms.
    pub first_ends: HashMap<u32, u64>,
    site_of: HashMap<u32, u32>,
    /// Mean time between its own major collections.
    collects_ms: u64,
    next_collection_ms: u64,
}

/// A collection in steps that goes on.
struct Marked {
    since_ms: u64,
    until_ms: u64,
    garbage: Vec<Handle>,
}

/// What is seen of a site.
#[derive(Debug)]
pub struct Seen {
    pub site: u32,
    pub verdict: Verdict,
    pub reason: Reason,
    /// When the first of it ended or left, in ms.
    pub first_end_ms: Option<u64>,
}

/// What a service does at each step.
pub type Part = Box<dyn FnMut(&mut World)>;

impl World {
    pub fn new(seed: u64, step_ms: u64) -> Self {
        let mut store = Store::new(String::new());
        store.attach(KEY, 0);
        let mut chance = Chance(seed);
        let collects_ms = [3, 15, 60, 100_000][chance.within(0, 3) as usize] * SECOND;
        Self {
            store,
            now_ms: 0,
            step_ms,
            sites: 0,
            last_slot: 0,
            free: Vec::new(),
            garbage: Vec::new(),
            gc_requests: GcRequests::default(),
            grants: true,
            grants_from_ms: 0,
            in_steps: chance.within(0, 1) == 1,
            marked: None,
            heap_grows: false,
            is_adaptive: false,
            first_ends: HashMap::new(),
            site_of: HashMap::new(),
            collects_ms,
            next_collection_ms: chance.within(1, 2 * collects_ms),
            chance,
        }
    }

    pub fn site(&mut self, kind: u8) -> u32 {
        self.site_that(kind, false)
    }

    pub fn site_that(&mut self, kind: u8, ends_with_owner: bool) -> u32 {
        self.sites += 1;
        let subject = format!("{}", self.sites);
        self.store.define(KEY, Definition { kind, subject, ends_with_owner, ..Definition::default() });
        self.sites
    }

    /// `word` is its [`Quantity`].
    pub fn register(&mut self, kind: u8, site: u32, word: u32) -> Handle {
        self.register_weighted(kind, site, word, 0)
    }

    pub fn register_weighted(&mut self, kind: u8, site: u32, word: u32, site_weight_log2: u8) -> Handle {
        let handle = self.free.pop().unwrap_or_else(|| {
            self.last_slot += 1;
            Handle::new(self.last_slot, 0)
        });
        let quantity = Quantity::of(kind, word);
        let register = Register { site_weight_log2, quantity, ..Register::new(handle, kind, site) };
        self.store.apply(KEY, Event::Register(register), self.now_ms);
        self.site_of.insert(handle.slot(), site);
        handle
    }

    pub fn release(&mut self, handle: Handle) {
        self.end(handle, Event::Release(handle));
    }

    pub fn end(&mut self, handle: Handle, event: Event) {
        self.has_ended(handle);
        self.store.apply(KEY, event, self.now_ms);
        self.free.push(Handle::new(handle.slot(), (u32::from(handle.generation()) + 1) & 0x1ff));
    }

    pub fn resize(&mut self, handle: Handle, size: u64) {
        self.store.apply(KEY, Event::Resize(handle, size as u32), self.now_ms);
    }

    fn has_ended(&mut self, handle: Handle) {
        if let Some(site) = self.site_of.get(&handle.slot()) {
            self.first_ends.entry(*site).or_insert(self.now_ms);
        }
    }

    /// Entries come into a collection that is watched, from one stack.
    pub fn insert(&mut self, handle: Handle, entries: u64) {
        self.store.apply(KEY, Event::Fill { handle, site: 0, entries: entries as u32 }, self.now_ms);
    }

    /// Entries leave a collection that is watched.
    pub fn delete(&mut self, handle: Handle, entries: u64) {
        self.has_ended(handle);
        self.store.apply(KEY, Event::Leave(handle, entries as u32), self.now_ms);
    }

    pub fn collect(&mut self) {
        if std::env::var("TRACE").is_ok() {
            eprintln!("T {} collects", self.now_ms);
        }
        for handle in std::mem::take(&mut self.garbage) {
            self.end(handle, Event::Collect(handle));
        }
        self.store.collected(KEY, self.now_ms, MajorGc::Whole);
        self.next_collection_ms = self.now_ms + self.chance.within(1, 2 * self.collects_ms);
    }

    fn begin_to_mark(&mut self) {
        if self.marked.is_some() {
            return;
        }
        self.store.marking(KEY, MajorGc::InSteps);
        // What becomes garbage later is kept, and so is what comes.
        let until_ms = self.now_ms + self.chance.within(1, 5) * SECOND;
        self.marked =
            Some(Marked { since_ms: self.now_ms, until_ms, garbage: std::mem::take(&mut self.garbage) });
    }

    fn end_of_marking(&mut self) {
        let now_ms = self.now_ms;
        let Some(Marked { since_ms, garbage, .. }) = self.marked.take_if(|marked| marked.until_ms <= now_ms)
        else {
            return;
        };
        for handle in garbage {
            self.end(handle, Event::Collect(handle));
        }
        self.store.collected(KEY, since_ms, MajorGc::InSteps);
    }

    pub fn step(&mut self, parts: &mut [Part]) {
        self.now_ms += self.step_ms;
        parts.iter_mut().for_each(|part| part(self));
        if self.now_ms >= self.next_collection_ms {
            self.collect();
        }
        let is_requested = self.store.tick(self.now_ms)
            && !self.gc_requests.look(&mut self.store, self.now_ms, self.heap_grows).is_empty();
        if is_requested && self.grants && self.now_ms >= self.grants_from_ms {
            self.grants_from_ms = self.now_ms + 20 * SECOND;
            if self.in_steps { self.begin_to_mark() } else { self.collect() }
        }
        self.end_of_marking();
    }

    /// As a snapshot judges, and remembers.
    pub fn verdicts(&mut self) -> Vec<Seen> {
        let mut shown = Vec::new();
        let judged = self.store.sites().map(|view| {
            let (judgement, next) = judge::judge_and_remember(&view, &self.store.timeline, self.now_ms);
            let (now, before) = (next.as_ref(), view.aggregate.shown.as_deref());
            if now.map(|shown| shown.verdict) != before.map(|shown| shown.verdict) {
                shown.push((view.key, next));
            }
            let first_end_ms = self.first_ends.get(&view.key.1).copied();
            Seen { site: view.key.1, verdict: judgement.verdict, reason: judgement.reason, first_end_ms }
        });
        let judged = judged.collect();
        self.store.remember(shown);
        judged
    }

    /// Runs for so long and shows the verdicts each second, or each step when that is longer.
    pub fn run(&mut self, until_ms: u64, parts: &mut [Part], mut look: impl FnMut(u64, &[Seen])) {
        let mut last_look = 0;
        while self.now_ms < until_ms {
            self.step(parts);
            if self.now_ms - last_look >= SECOND {
                last_look = self.now_ms;
                look(self.now_ms, &self.verdicts());
            }
        }
    }
}

/// Things that live for some time and then end by `end`.
pub struct Lives {
    site: u32,
    kind: u8,
    pub live: Vec<(u64, Handle)>,
}

impl Lives {
    pub fn new(world: &mut World, kind: u8) -> Self {
        Self { site: world.site(kind), kind, live: Vec::new() }
    }

    pub fn begin(&mut self, world: &mut World, life_ms: u64, argument: u32) {
        let handle = world.register(self.kind, self.site, argument);
        self.live.push((world.now_ms + life_ms, handle));
    }

    pub fn end_due(&mut self, world: &mut World, end: fn(&mut World, Handle)) {
        let now_ms = world.now_ms;
        for (_, handle) in self.live.extract_if(.., |(until, _)| *until <= now_ms) {
            end(world, handle);
        }
    }
}

pub fn drop_it(world: &mut World, handle: Handle) {
    world.garbage.push(handle);
}
