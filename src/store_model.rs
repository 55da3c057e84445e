//! The store against a slow, obvious one: a map of live registrations, summed up from scratch at
//! every question. Random programs of registrations, endings, resizes and fillings must leave both alike,
//! also where generations wrap around and where a slot is taken whose former tenant's end was lost.

use std::collections::{BTreeMap, HashMap};

use proptest::prelude::*;

use crate::event::{Event, Handle, MAX_GENERATION};
use crate::fillers::Fillers;
use crate::sites::Definition;
use crate::snapshot::Totals;
use crate::store::Store;

const ISOLATES: u32 = 2;
const SITES: u32 = 3;
const SLOTS: u32 = 12;
/// Generation of each slot's first tenant: the third is the first again.
const FIRST_GENERATION: u32 = MAX_GENERATION - 1;

#[derive(Clone, Debug)]
enum Step {
    Register {
        isolate: u32,
        slot: u32,
        site: u32,
        kind: u8,
        site_weight: u8,
        total_weight: u8,
        owned: bool,
        is_lossy: bool,
    },
    Release {
        isolate: u32,
        slot: u32,
        stale: bool,
    },
    Collect {
        isolate: u32,
        slot: u32,
    },
    Resize {
        isolate: u32,
        slot: u32,
        size: u32,
    },
    Window {
        isolate: u32,
        number: u32,
    },
    Disown {
        isolate: u32,
        slot: u32,
    },
    Fill {
        isolate: u32,
        slot: u32,
        by: u32,
        entries: u32,
    },
    Leave {
        isolate: u32,
        slot: u32,
        entries: u32,
    },
    Tell {
        isolate: u32,
        site: u32,
        ago_ms: u64,
    },
    Wait {
        ms: u64,
    },
    EndIsolate {
        isolate: u32,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let isolate = 0..ISOLATES;
    let slot = 1..=SLOTS;
    prop_oneof![
        8 => (isolate.clone(), slot.clone(), 0..=SITES, 4..6u8, 0..3u8, 0..2u8, any::<bool>(), 0..8u8).prop_map(
            |(isolate, slot, site, kind, site_weight, total_weight, owned, dice)| Step::Register {
                isolate, slot, site, kind, site_weight, total_weight, owned, is_lossy: dice == 0
            }
        ),
        4 => (isolate.clone(), slot.clone(), any::<bool>())
            .prop_map(|(isolate, slot, stale)| Step::Release { isolate, slot, stale }),
        2 => (isolate.clone(), slot.clone()).prop_map(|(isolate, slot)| Step::Collect { isolate, slot }),
        3 => (isolate.clone(), slot.clone(), 0..=SITES, 1..9u32)
            .prop_map(|(isolate, slot, by, entries)| Step::Fill { isolate, slot, by, entries }),
        1 => (isolate.clone(), slot.clone(), 1..9u32)
            .prop_map(|(isolate, slot, entries)| Step::Leave { isolate, slot, entries }),
        4 => (isolate.clone(), slot.clone(), 0..50u32)
            .prop_map(|(isolate, slot, size)| Step::Resize { isolate, slot, size }),
        2 => (isolate.clone(), 1..=SITES, 0..5_000u64)
            .prop_map(|(isolate, site, ago_ms)| Step::Tell { isolate, site, ago_ms }),
        2 => (isolate.clone(), 0..4u32).prop_map(|(isolate, number)| Step::Window { isolate, number }),
        1 => (isolate.clone(), slot).prop_map(|(isolate, slot)| Step::Disown { isolate, slot }),
        2 => (1..5_000u64).prop_map(|ms| Step::Wait { ms }),
        1 => isolate.prop_map(|isolate| Step::EndIsolate { isolate }),
    ]
}

#[derive(Clone, Debug)]
struct Registration {
    site: u32,
    kind: u8,
    site_weight: u64,
    total_weight: u64,
    born_ms: u64,
    size: u32,
    generation: u32,
    filled: Filled,
    window: u32,
}

/// Entries by the site that put them in, and those that left.
#[derive(Clone, Debug, Default)]
struct Filled {
    by: [u64; SITES as usize + 1],
    left: u64,
}

impl Filled {
    fn agrees_with(&self, fillers: &Fillers) -> bool {
        let places = (1..=SITES).all(|site| fillers.entries_of(site) == self.by[site as usize]);
        let inserted = self.by.iter().sum::<u64>();
        places && fillers.inserted() == inserted && fillers.deletes().unwrap_or(0) == self.left
    }
}

fn handle(slot: u32, generation: u32) -> Handle {
    Handle::new(slot, FIRST_GENERATION.wrapping_add(generation) & MAX_GENERATION)
}

/// What is live, and every ending there was.
#[derive(Default)]
struct Model {
    live: HashMap<(u32, u32), Registration>,
    ended: Vec<((u32, u32), Registration, bool, u64)>,
    generations: HashMap<(u32, u32), u32>,
    /// By isolate and site of the collection.
    filled: HashMap<(u32, u32), Filled>,
    /// Isolate, site, and until which birth users were told of it.
    told: Vec<(u32, u32, u64)>,
    /// Isolate, site and weight of what was told of and released later.
    taken_back: Vec<(u32, u32, u64)>,
    /// Of each isolate, the one that is open.
    windows: HashMap<u32, u32>,
    /// Registrations that found a slot taken: an end was lost.
    lost: u64,
}

impl Model {
    fn end(&mut self, at: (u32, u32), collected: bool, now_ms: u64) -> Option<Handle> {
        let registration = self.live.remove(&at)?;
        let handle = handle(at.1, registration.generation);
        *self.generations.entry(at).or_default() += 1;
        let was_told = |(isolate, site, until): &(u32, u32, u64)| {
            (*isolate, *site) == (at.0, registration.site) && registration.born_ms <= *until
        };
        if !collected && self.told.iter().any(was_told) {
            self.taken_back.push((at.0, registration.site, registration.site_weight));
        }
        self.ended.push((at, registration, collected, now_ms));
        Some(handle)
    }

    /// Of a live collection, itself and its site: what is known of who fills them.
    fn fill(&mut self, at: (u32, u32), change: impl Fn(&mut Filled)) -> Option<Handle> {
        let registration = self.live.get_mut(&at)?;
        change(&mut registration.filled);
        change(self.filled.entry((at.0, registration.site)).or_default());
        Some(handle(at.1, registration.generation))
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
}

fn attach(store: &mut Store, isolate: u32) {
    store.attach(isolate, isolate);
    for site in 1..=SITES {
        store.define(
            isolate,
            Definition { kind: 4, subject: format!("site {site}"), ..Definition::default() },
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 4 } else { 512 }))]

    #[test]
    fn the_store_agrees_with_a_slow_obvious_one(steps in prop::collection::vec(step(), 1..120)) {
        let (mut store, mut model, mut now_ms) = (Store::new(String::new()), Model::default(), 0);
        let mut attached = [true; ISOLATES as usize];
        for isolate in 0..ISOLATES {
            attach(&mut store, isolate);
        }
        for step in steps {
            match step {
                Step::Register { isolate, slot, site, kind, site_weight, total_weight, owned, is_lossy } => {
                    let at = (isolate, slot);
                    let is_taken = model.live.contains_key(&at);
                    if !attached[isolate as usize] || (is_taken && !is_lossy) {
                        continue;
                    }
                    if is_taken {
                        model.end(at, false, now_ms);
                        model.lost += 1;
                    }
                    let generation = model.generations.get(&at).copied().unwrap_or(0);
                    let handle = handle(slot, generation);
                    let (site_weight_log2, total_weight_log2) = (site_weight, total_weight);
                    let delay_ms = 0;
                    let event = Event::Register {
                        handle, kind, site, site_weight_log2, total_weight_log2, delay_ms, owned,
                    };
                    store.apply(isolate, event, now_ms);
                    let registration = Registration {
                        site, kind, generation, born_ms: now_ms, size: 0, filled: Filled::default(),
                        window: if owned { 0 } else { model.windows.get(&isolate).copied().unwrap_or(0) },
                        site_weight: 1 << site_weight, total_weight: 1 << total_weight,
                    };
                    model.live.insert(at, registration);
                }
                Step::Release { isolate, slot, stale } => {
                    let at = (isolate, slot);
                    if stale {
                        // Somebody releases a former tenant: nothing happens.
                        let before = model.generations.get(&at).copied().unwrap_or(0);
                        if before > 0 {
                            store.apply(isolate, Event::Release(handle(slot, before - 1)), now_ms);
                        }
                    } else if let Some(handle) = model.end(at, false, now_ms) {
                        store.apply(isolate, Event::Release(handle), now_ms);
                    }
                }
                Step::Collect { isolate, slot } => {
                    if let Some(handle) = model.end((isolate, slot), true, now_ms) {
                        store.apply(isolate, Event::Collect(handle), now_ms);
                    }
                }
                Step::Resize { isolate, slot, size } => {
                    if let Some(registration) = model.live.get_mut(&(isolate, slot)) {
                        registration.size = size;
                        let handle = handle(slot, registration.generation);
                        store.apply(isolate, Event::Resize(handle, size), now_ms);
                    }
                }
                Step::Fill { isolate, slot, by, entries } => {
                    let count = |filled: &mut Filled| filled.by[by as usize] += u64::from(entries);
                    if let Some(handle) = model.fill((isolate, slot), count) {
                        store.apply(isolate, Event::Fill { handle, site: by, entries }, now_ms);
                    }
                }
                Step::Leave { isolate, slot, entries } => {
                    let count = |filled: &mut Filled| filled.left += u64::from(entries);
                    if let Some(handle) = model.fill((isolate, slot), count) {
                        store.apply(isolate, Event::Leave(handle, entries), now_ms);
                    }
                }
                Step::Tell { isolate, site, ago_ms } => {
                    let until_ms = now_ms.saturating_sub(ago_ms);
                    store.told((isolate, site), until_ms);
                    model.told.push((isolate, site, until_ms));
                }
                Step::Window { isolate, number } => {
                    store.apply(isolate, Event::Window(number), now_ms);
                    model.windows.insert(isolate, number);
                }
                Step::Disown { isolate, slot } => {
                    if let Some(registration) = model.live.get_mut(&(isolate, slot)) {
                        registration.window = 0;
                        store.apply(isolate, Event::Disown(handle(slot, registration.generation)), now_ms);
                    }
                }
                Step::Wait { ms } => {
                    now_ms += ms;
                    store.tick(now_ms);
                }
                Step::EndIsolate { isolate } => {
                    store.detach(isolate);
                    attached[isolate as usize] = false;
                    let mine: Vec<_> = model.live.keys().filter(|at| at.0 == isolate).copied().collect();
                    for at in mine {
                        model.end(at, false, now_ms);
                    }
                }
            }
        }
        store.refresh_largest();
        for kind in 4..6u8 {
            let expected = model.counts(|_, r| (r.kind == kind).then_some(r.total_weight));
            let actual = store.totals().get(&crate::kinds::name(kind)).copied().unwrap_or_default();
            prop_assert_eq!(actual, expected, "totals of kind {}", kind);
        }
        for view in store.sites() {
            let (isolate, site) = view.key;
            let is_mine = |i: u32, r: &Registration| i == isolate && r.site == site;
            let expected = model.counts(|i, r| is_mine(i, r).then_some(r.site_weight));
            prop_assert_eq!(view.aggregate.counts, expected, "site {} of isolate {}", site, isolate);
            let taken_back = model.taken_back.iter().filter(|(i, s, _)| (*i, *s) == (isolate, site));
            prop_assert_eq!(view.aggregate.taken_back, taken_back.map(|(.., weight)| weight).sum::<u64>());
            let until_ms = now_ms.saturating_sub(2_500);
            let old = model.live.iter().filter(|(at, r)| is_mine(at.0, r) && r.born_ms <= until_ms);
            prop_assert_eq!(view.born_until(until_ms), old.map(|(_, r)| r.site_weight).sum::<u64>());
            let live = || model.live.iter().filter(|(at, r)| is_mine(at.0, r)).map(|(_, r)| r);
            prop_assert_eq!(view.oldest_born_ms, live().map(|r| r.born_ms).min());
            let size = view.size().expect("the sites are maps");
            prop_assert_eq!(size.total, live().map(|r| u64::from(r.size) * r.site_weight).sum::<u64>());
            prop_assert_eq!(size.max, live().map(|r| u64::from(r.size)).max().unwrap_or(0));
            let filled = model.filled.get(&view.key).cloned().unwrap_or_default();
            prop_assert!(filled.agrees_with(&view.aggregate.fillers), "{:?}", filled);
            for (at, r) in model.live.iter().filter(|(at, r)| is_mine(at.0, r)) {
                let fillers = view.fillers_of(handle(at.1, r.generation));
                let is_own = !std::ptr::eq(fillers, &view.aggregate.fillers);
                prop_assert!(!is_own || r.filled.agrees_with(fillers), "{:?}: {:?}", r.filled, fillers);
            }
            let ended = || model.ended.iter().filter(|(at, r, ..)| is_mine(at.0, r));
            let lifetimes = view.aggregate.lifetimes();
            prop_assert_eq!(lifetimes.count, ended().map(|(_, r, ..)| r.site_weight).sum::<u64>());
            let longest = ended().map(|(_, r, _, at_ms)| at_ms - r.born_ms).max().unwrap_or(0);
            let tolerance = longest / 10 + 1;
            prop_assert!(lifetimes.max.abs_diff(longest) <= tolerance, "{} for {}", lifetimes.max, longest);
        }
        for isolate in 0..ISOLATES {
            let mut left: BTreeMap<(u32, u32), u64> = BTreeMap::new();
            for (_, r) in model.live.iter().filter(|(at, r)| at.0 == isolate && r.window != 0) {
                *left.entry((r.window, r.site)).or_default() += r.site_weight;
            }
            prop_assert_eq!(store.left_over(isolate), left, "windows of isolate {}", isolate);
        }
        prop_assert_eq!(store.dropped, model.lost);
    }
}
