//! The store against a slow, obvious one: a map of live registrations and a list of all that ended, summed up from
//! scratch at every question. Random programs of everything that a record can say must leave both alike, whenever
//! somebody looks: also where generations wrap around, where a slot is taken whose former occupant's end was lost, where
//! records name a former occupant or a site that nobody defined, and where isolates end and others begin.
//!
//! Each event goes through its record, as JavaScript writes it.

use std::collections::{BTreeMap, HashMap};

use proptest::prelude::*;

use crate::record::layout::{
    Event, Handle, LISTENER, MAP, MAX_GENERATION, MAX_WEIGHT_LOG2, MAX_WINDOW, Quantity, Register, TIMEOUT,
    is_collection,
};
use crate::store::inserters::Inserters;
use crate::store::sites::Definition;
use crate::store::{SiteView, Store};
use crate::values::snapshot::Totals;

/// At once; who ends makes room for another, of a key of its own.
const ISOLATES: usize = 2;
const SITES: u32 = 3;
/// Kind of what has a site, by its number. Those at 0 have none, those at 4 one that was never defined.
const KINDS: [u8; SITES as usize + 2] = [TIMEOUT, MAP, LISTENER, TIMEOUT, MAP];
const SLOTS: u32 = 12;
/// Generation of each slot's first occupant: the third is the first again.
const FIRST_GENERATION: u32 = MAX_GENERATION - 1;
/// Entries from which a collection is oversized.
const MIN_SIZE: u32 = 30;

#[derive(Clone, Debug)]
enum Step {
    Register { slot: u32, site: u32, weights: (u8, u8), word: u32, dies_with_owner: bool, is_lossy: bool },
    Release(Target),
    Collect(Target),
    Resize(Target, u32),
    Disown(Target),
    Fill { target: Target, by: u32, entries: u32 },
    Leave(Target, u32),
    Untracked { kind: u8 },
    Unrecorded { kind: u8, count: u32 },
    Window { number: u32 },
    Report { site: u32, ago_ms: u64 },
    Wait { ms: u64 },
    Look { refresh: bool },
    EndIsolate,
}

/// Whom an event is about.
#[derive(Clone, Copy, Debug)]
struct Target {
    slot: u32,
    /// A former occupant, who is gone: nothing may happen.
    is_stale: bool,
}

fn target() -> impl Strategy<Value = Target> {
    (1..=SLOTS, 0..5u8).prop_map(|(slot, random)| Target { slot, is_stale: random == 0 })
}

fn weight() -> impl Strategy<Value = u8> {
    prop_oneof![6 => 0..3u8, 1 => Just(MAX_WEIGHT_LOG2)]
}

fn step() -> impl Strategy<Value = Step> {
    let sites = 0..KINDS.len() as u32;
    let register = (1..=SLOTS, sites.clone(), (weight(), weight()), 0..60_000u32, any::<bool>(), 0..8u8);
    prop_oneof![
        8 => register.prop_map(|(slot, site, weights, word, dies_with_owner, random)| Step::Register {
            slot, site, weights, word, dies_with_owner, is_lossy: random == 0
        }),
        4 => target().prop_map(Step::Release),
        2 => target().prop_map(Step::Collect),
        4 => (target(), 0..50u32).prop_map(|(target, size)| Step::Resize(target, size)),
        1 => target().prop_map(Step::Disown),
        3 => (target(), 0..=SITES, 1..9u32).prop_map(|(target, by, entries)| Step::Fill { target, by, entries }),
        1 => (target(), 1..9u32).prop_map(|(target, entries)| Step::Leave(target, entries)),
        1 => (0..6u8).prop_map(|kind| Step::Untracked { kind }),
        1 => (0..6u8, 0..1_000u32).prop_map(|(kind, count)| Step::Unrecorded { kind, count }),
        2 => prop_oneof![4 => 0..4u32, 1 => MAX_WINDOW - 1..=MAX_WINDOW + 1].prop_map(|number| Step::Window { number }),
        2 => (1..=SITES, 0..5_000u64).prop_map(|(site, ago_ms)| Step::Report { site, ago_ms }),
        2 => (1..5_000u64).prop_map(|ms| Step::Wait { ms }),
        1 => any::<bool>().prop_map(|refresh| Step::Look { refresh }),
        1 => Just(Step::EndIsolate),
    ]
}

#[derive(Clone, Debug)]
struct Registration {
    site: u32,
    kind: u8,
    site_weight: u64,
    total_weight: u64,
    created_ms: u64,
    dies_with_owner: bool,
    word: u32,
    size: u32,
    generation: u32,
    filled: Inserted,
    window: u32,
}

/// Entries by the site that put them in, and those that left.
#[derive(Clone, Debug, Default)]
struct Inserted {
    by: [u64; SITES as usize + 1],
    left: u64,
}

impl Inserted {
    fn agrees_with(&self, inserters: &Inserters) -> bool {
        let places = (1..=SITES).all(|site| inserters.entries_of(site) == self.by[site as usize]);
        let inserted = self.by.iter().sum::<u64>();
        places && inserters.inserted() == inserted && inserters.removed_entries().unwrap_or(0) == self.left
    }
}

fn handle(slot: u32, generation: u32) -> Handle {
    Handle::new(slot, FIRST_GENERATION.wrapping_add(generation) & MAX_GENERATION)
}

/// An isolate's key and a slot of it.
type At = (u32, u32);

/// What is live, and every ending there was.
#[derive(Default)]
struct Model {
    live: HashMap<At, Registration>,
    ended: Vec<(At, Registration, bool, u64)>,
    generations: HashMap<At, u32>,
    /// By isolate and site of the collection.
    filled: HashMap<(u32, u32), Inserted>,
    /// Isolate, site, and until which creation reports it.
    reported: Vec<(u32, u32, u64)>,
    /// Isolate, site and weight of what was reported and released later.
    returned_late: Vec<(u32, u32, u64)>,
    /// By isolate and site: what was said last about an owner in use.
    held_count: HashMap<(u32, u32), [u64; 2]>,
    /// Of each isolate, the one that is open.
    windows: HashMap<u32, u32>,
    /// Kinds of registrations that found no slot.
    untracked: Vec<u8>,
    passed: Vec<(u8, u32)>,
    /// Registrations that found a slot taken: an end was lost.
    lost: u64,
    /// Records applied.
    events: u64,
}

impl Model {
    fn end(&mut self, at: At, collected: bool, now_ms: u64) {
        let Some(registration) = self.live.remove(&at) else { return };
        *self.generations.entry(at).or_default() += 1;
        let was_reported = |(isolate, site, until): &(u32, u32, u64)| {
            (*isolate, *site) == (at.0, registration.site) && registration.created_ms <= *until
        };
        if !collected && self.reported.iter().any(was_reported) {
            self.returned_late.push((at.0, registration.site, registration.site_weight));
        }
        self.ended.push((at, registration, collected, now_ms));
    }

    /// The handle that an event names; the registration as well where it is live and not another's.
    fn find(&mut self, isolate: u32, target: Target) -> Option<(Handle, Option<&mut Registration>)> {
        let at = (isolate, target.slot);
        let occupants = self.generations.get(&at).copied().unwrap_or(0);
        if target.is_stale {
            return occupants.checked_sub(1).map(|former| (handle(target.slot, former), None));
        }
        let registration = self.live.get_mut(&at)?;
        Some((handle(target.slot, registration.generation), Some(registration)))
    }

    /// Of a collection and of its site: what is known of who fills them.
    fn fill(&mut self, isolate: u32, target: Target, change: impl Fn(&mut Inserted)) -> Option<Handle> {
        let (handle, registration) = self.find(isolate, target)?;
        if let Some(registration) = registration {
            // Nobody fills what is no collection.
            if !is_collection(registration.kind) {
                return None;
            }
            change(&mut registration.filled);
            let site = registration.site;
            change(self.filled.entry((isolate, site)).or_default());
        }
        Some(handle)
    }

    fn counts(&self, mine: impl Fn(u32, &Registration) -> Option<u64>) -> Totals {
        let mut counts = Totals::default();
        for ((isolate, _), registration) in &self.live {
            counts.live += mine(*isolate, registration).unwrap_or(0);
        }
        for ((isolate, _), registration, collected, _) in &self.ended {
            let weight = mine(*isolate, registration).unwrap_or(0);
            if *collected { counts.collected += weight } else { counts.released += weight }
        }
        counts.registered = counts.live + counts.released + counts.collected;
        counts
    }

    /// So many were seen on one owner.
    fn used(&mut self, site: (u32, u32), count: u64) {
        let [_, recent] = self.held_count.entry(site).or_default();
        *recent = count.max(*recent);
    }

    /// What was seen before the last look is long ago, unless nothing was seen since.
    fn look(&mut self) {
        self.held_count.values_mut().filter(|[_, recent]| *recent > 0).for_each(|seen| *seen = [seen[1], 0]);
    }

    /// Does what an isolate does, and returns what it would record.
    fn act(&mut self, isolate: u32, step: &Step, now_ms: u64) -> Option<Event> {
        match *step {
            Step::Register {
                slot,
                site,
                weights: (site_weight_log2, total_weight_log2),
                word,
                dies_with_owner,
                is_lossy,
            } => {
                let at = (isolate, slot);
                if self.live.contains_key(&at) {
                    if !is_lossy {
                        return None;
                    }
                    self.end(at, false, now_ms);
                    self.lost += 1;
                }
                let (kind, generation) =
                    (KINDS[site as usize], self.generations.get(&at).copied().unwrap_or(0));
                let registration = Registration {
                    site,
                    kind,
                    generation,
                    created_ms: now_ms,
                    word,
                    size: 0,
                    filled: Inserted::default(),
                    dies_with_owner,
                    window: if dies_with_owner {
                        0
                    } else {
                        self.windows.get(&isolate).copied().unwrap_or(0)
                    },
                    site_weight: 1 << site_weight_log2,
                    total_weight: 1 << total_weight_log2,
                };
                self.live.insert(at, registration);
                if kind == LISTENER {
                    self.used((isolate, site), u64::from(word));
                }
                let handle = handle(slot, generation);
                let quantity = Quantity::of(kind, word);
                Some(Event::Register(Register {
                    handle,
                    kind,
                    site,
                    site_weight_log2,
                    total_weight_log2,
                    quantity,
                    dies_with_owner,
                }))
            }
            Step::Release(target) => {
                let (handle, registration) = self.find(isolate, target)?;
                if registration.is_some() {
                    self.end((isolate, target.slot), false, now_ms);
                }
                Some(Event::Release(handle))
            }
            Step::Collect(target) => {
                let (handle, registration) = self.find(isolate, target)?;
                if registration.is_some() {
                    self.end((isolate, target.slot), true, now_ms);
                }
                Some(Event::Collect(handle))
            }
            Step::Resize(target, size) => {
                let (handle, registration) = self.find(isolate, target)?;
                if let Some(registration) = registration {
                    if !is_collection(registration.kind) {
                        return None;
                    }
                    let before = std::mem::replace(&mut registration.size, size);
                    let (site, entries) = (registration.site, u64::from(size) * registration.site_weight);
                    if size > before {
                        self.used((isolate, site), entries);
                    }
                }
                Some(Event::Resize(handle, size))
            }
            Step::Disown(target) => {
                let (handle, registration) = self.find(isolate, target)?;
                if let Some(registration) = registration {
                    registration.window = 0;
                }
                Some(Event::Disown(handle))
            }
            Step::Fill { target, by, entries } => {
                let handle =
                    self.fill(isolate, target, |filled| filled.by[by as usize] += u64::from(entries))?;
                Some(Event::Fill { handle, site: by, entries })
            }
            Step::Leave(target, entries) => {
                let handle = self.fill(isolate, target, |filled| filled.left += u64::from(entries))?;
                Some(Event::Leave(handle, entries))
            }
            Step::Untracked { kind } => {
                self.untracked.push(kind);
                Some(Event::Untracked { kind })
            }
            Step::Unrecorded { kind, count } => {
                self.passed.push((kind, count));
                Some(Event::Unrecorded { kind, count })
            }
            Step::Window { number } => {
                self.windows.insert(isolate, number.min(MAX_WINDOW));
                Some(Event::Window(number))
            }
            _ => None,
        }
    }
}

fn attach(store: &mut Store, isolate: u32) {
    store.attach(isolate, isolate);
    for site in 1..=SITES {
        let kind = KINDS[site as usize];
        store.define(isolate, Definition { kind, subject: format!("site {site}"), ..Definition::default() });
    }
}

type Checked = Result<(), TestCaseError>;

/// Whatever can be asked of the store is as the model has it.
fn agree(store: &Store, model: &Model, now_ms: u64, is_refreshed: bool) -> Checked {
    for kind in 0..6u8 {
        let mut expected = model.counts(|_, r| (r.kind == kind).then_some(r.total_weight));
        expected.registered += model.untracked.iter().filter(|other| **other == kind).count() as u64;
        let passed: u64 =
            model.passed.iter().filter(|(other, _)| *other == kind).map(|(_, count)| u64::from(*count)).sum();
        expected.registered += passed;
        expected.released += passed;
        let actual = store.totals().get(&crate::record::kinds::name(kind)).copied().unwrap_or_default();
        prop_assert_eq!(actual, expected, "totals of kind {}", kind);
    }
    for view in store.sites() {
        site_agrees(&view, model, now_ms, is_refreshed)?;
    }
    let isolates: Vec<u32> =
        model.windows.keys().chain(model.live.keys().map(|(isolate, _)| isolate)).copied().collect();
    for isolate in isolates {
        let mut left: BTreeMap<(u32, u32), u64> = BTreeMap::new();
        for (_, r) in model.live.iter().filter(|(at, r)| at.0 == isolate && r.window != 0) {
            *left.entry((r.window, r.site)).or_default() += r.site_weight;
        }
        prop_assert_eq!(store.left_over(isolate), left, "windows of isolate {}", isolate);
    }
    let mut sizes: Vec<u32> =
        model.live.values().filter(|r| r.site == 1 && r.size >= MIN_SIZE).map(|r| r.size).collect();
    sizes.sort_unstable_by_key(|size| std::cmp::Reverse(*size));
    let oversized: Vec<u32> = store.oversized(MIN_SIZE, 5).into_iter().map(|(.., size)| size).collect();
    prop_assert_eq!(oversized, &sizes[..sizes.len().min(5)]);
    prop_assert_eq!((store.dropped, store.events), (model.lost, model.events));
    let kinds: std::collections::HashSet<u8> = model.untracked.iter().copied().collect();
    prop_assert_eq!(store.notes().len(), kinds.len(), "each kind without a slot is noted once");
    Ok(())
}

fn site_agrees(view: &SiteView<'_>, model: &Model, now_ms: u64, is_refreshed: bool) -> Checked {
    let (isolate, site) = view.key;
    let is_mine = |i: u32, r: &Registration| i == isolate && r.site == site;
    let aggregate = view.aggregate;
    let expected = model.counts(|i, r| is_mine(i, r).then_some(r.site_weight));
    prop_assert_eq!(aggregate.counts, expected, "site {} of isolate {}", site, isolate);
    let with_owner =
        model.live.iter().filter(|(at, r)| is_mine(at.0, r) && r.dies_with_owner).map(|(_, r)| r.site_weight);
    prop_assert_eq!(aggregate.with_owner, with_owner.sum::<u64>());
    let returned_late = model.returned_late.iter().filter(|(i, s, _)| (*i, *s) == (isolate, site));
    prop_assert_eq!(aggregate.returned_late, returned_late.map(|(.., weight)| weight).sum::<u64>());

    let live = || model.live.iter().filter(|(at, r)| is_mine(at.0, r));
    let mut creations: Vec<u64> = live().map(|(_, r)| r.created_ms).collect();
    creations.sort_unstable();
    prop_assert_eq!(view.creations_ms(usize::MAX), creations.clone(), "the oldest first");
    prop_assert_eq!(view.oldest_created_ms, creations.first().copied());
    let until_ms = now_ms.saturating_sub(2_500);
    let old = live().filter(|(_, r)| r.created_ms <= until_ms).map(|(_, r)| r.site_weight);
    prop_assert_eq!(view.created_until(until_ms), old.sum::<u64>());

    let all = || {
        live()
            .map(|(_, r)| r)
            .chain(model.ended.iter().filter(|(at, r, ..)| is_mine(at.0, r)).map(|(_, r, ..)| r))
    };
    prop_assert_eq!(aggregate.since_ms, all().map(|r| r.created_ms).min().unwrap_or(0), "of the first");
    prop_assert_eq!(aggregate.estimated, all().any(|r| r.site_weight > 1));
    prop_assert_eq!(
        aggregate.held_count(),
        model.held_count.get(&view.key).map_or(0, |seen| seen[0].max(seen[1]))
    );
    let longest = if KINDS[site as usize] == TIMEOUT { all().map(|r| r.word).max().unwrap_or(0) } else { 0 };
    prop_assert_eq!((aggregate.delay_ms, aggregate.max_hold_ms), (longest, 0));

    let entries = live().map(|(_, r)| u64::from(r.size) * r.site_weight).sum::<u64>();
    let largest = live().map(|(_, r)| u64::from(r.size)).max().unwrap_or(0);
    match view.size() {
        None => prop_assert!(!is_collection(KINDS[site as usize])),
        Some(size) => {
            prop_assert_eq!(size.total, entries);
            // Until it is looked for again it may be unknown, but never another.
            prop_assert!(size.max == largest || size.max == 0, "{} for {}", size.max, largest);
            prop_assert!(
                !is_refreshed || size.max == largest,
                "{} for {} after a refresh",
                size.max,
                largest
            );
        }
    }
    let filled = model.filled.get(&view.key).cloned().unwrap_or_default();
    prop_assert!(filled.agrees_with(&aggregate.inserters), "{:?}", filled);
    for (at, r) in live() {
        let inserters = view.inserters_of(handle(at.1, r.generation));
        let is_own = !std::ptr::eq(inserters, &aggregate.inserters);
        prop_assert!(!is_own || r.filled.agrees_with(inserters), "{:?}: {:?}", r.filled, inserters);
    }

    let ended = || model.ended.iter().filter(|(at, r, ..)| is_mine(at.0, r));
    let lifetimes = aggregate.lifetimes();
    prop_assert_eq!(lifetimes.count, ended().map(|(_, r, ..)| r.site_weight).sum::<u64>());
    let longest = ended().map(|(_, r, _, at_ms)| at_ms - r.created_ms).max().unwrap_or(0);
    prop_assert!(lifetimes.max.abs_diff(longest) <= longest / 10 + 1, "{} for {}", lifetimes.max, longest);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 4 } else { 512 }))]

    #[test]
    fn the_store_agrees_with_a_slow_obvious_one(
        steps in prop::collection::vec((0..ISOLATES, step()), 1..if cfg!(miri) { 40 } else { 160 }),
    ) {
        let (mut store, mut model, mut now_ms) = (Store::new(String::new()), Model::default(), 0u64);
        let mut keys: Vec<u32> = (0..ISOLATES as u32).collect();
        keys.iter().for_each(|key| attach(&mut store, *key));
        for (place, step) in steps {
            let isolate = keys[place];
            match step {
                Step::Report { site, ago_ms } => {
                    let until_ms = now_ms.saturating_sub(ago_ms);
                    store.reported((isolate, site), until_ms);
                    model.reported.push((isolate, site, until_ms));
                }
                Step::Wait { ms } => {
                    now_ms += ms;
                    if store.tick(now_ms) {
                        model.look();
                    }
                }
                Step::Look { refresh } => {
                    if refresh {
                        store.refresh_largest();
                    }
                    agree(&store, &model, now_ms, refresh)?;
                }
                Step::EndIsolate => {
                    store.detach(isolate);
                    let mine: Vec<_> = model.live.keys().filter(|at| at.0 == isolate).copied().collect();
                    mine.into_iter().for_each(|at| model.end(at, false, now_ms));
                    // What comes late from one that has ended is nobody's.
                    store.apply(isolate, Event::Release(handle(1, 0)), now_ms);
                    store.apply(isolate, Event::Untracked { kind: MAP }, now_ms);
                    model.events += 2;
                    keys[place] = keys.iter().max().unwrap() + 1;
                    attach(&mut store, keys[place]);
                }
                _ => {
                    if let Some(event) = model.act(isolate, &step, now_ms) {
                        store.apply(isolate, Event::decode(event.encode()).unwrap(), now_ms);
                        model.events += 1;
                    }
                }
            }
        }
        store.refresh_largest();
        agree(&store, &model, now_ms, true)?;
    }
}
