//! The slab against a plain map and a list for each chain. It has one owner, the collector, so loom has
//! nothing to interleave.

use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::record::layout::{Handle, MAX_GENERATION};
use crate::store::slab::{Chain, Entry, Occupied, Slab};

const CHAINS: usize = 3;

#[derive(Clone, Debug)]
enum Step {
    Insert {
        slot: u32,
        chain: usize,
    },
    Remove {
        slot: u32,
    },
    /// By the handle of a former occupant.
    RemoveStale {
        slot: u32,
        ago: u32,
    },
    Resize {
        slot: u32,
        size: u32,
    },
}

/// A few slots in each of three pages, so that all of them are used, freed and reused.
fn slot() -> impl Strategy<Value = u32> {
    (0..3u32, 1..5u32).prop_map(|(page, at)| page * 1024 + at)
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        5 => (slot(), 0..CHAINS).prop_map(|(slot, chain)| Step::Insert { slot, chain }),
        4 => slot().prop_map(|slot| Step::Remove { slot }),
        1 => (slot(), 1..4u32).prop_map(|(slot, ago)| Step::RemoveStale { slot, ago }),
        2 => (slot(), 0..99u32).prop_map(|(slot, size)| Step::Resize { slot, size }),
    ]
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Occupant {
    generation: u32,
    chain: usize,
    created_ms: u64,
    size: u32,
}

fn handle(slot: u32, generation: u32) -> Handle {
    Handle::new(slot, generation & MAX_GENERATION)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 4 } else { 512 }))]

    #[test]
    fn the_slab_agrees_with_a_map(
        first in prop_oneof![Just(0), MAX_GENERATION - 3..=MAX_GENERATION],
        steps in prop::collection::vec(step(), 1..150),
    ) {
        let mut slab = Slab::default();
        let mut chains = [Chain::default(); CHAINS];
        let mut occupants: BTreeMap<u32, Occupant> = BTreeMap::new();
        // Slots by age, for each chain.
        let mut ages: [Vec<u32>; CHAINS] = Default::default();
        let mut generations: BTreeMap<u32, u32> = BTreeMap::new();
        let mut now_ms = 0;
        for step in steps {
            now_ms += 1;
            match step {
                Step::Insert { slot, chain } => {
                    let generation = *generations.entry(slot).or_insert(first);
                    let entry = Entry::new(1, chain as u32, now_ms, 0, 0);
                    let is_taken = occupants.contains_key(&slot);
                    let inserted = slab.insert(handle(slot, generation), entry, &mut chains[chain]);
                    prop_assert_eq!(inserted, if is_taken { Err(Occupied) } else { Ok(()) });
                    if !is_taken {
                        occupants.insert(slot, Occupant { generation, chain, created_ms: now_ms, size: 0 });
                        ages[chain].push(slot);
                    }
                }
                Step::Remove { slot } => {
                    let Some(occupant) = occupants.remove(&slot) else { continue };
                    let removed = slab.remove(handle(slot, occupant.generation), &mut chains[occupant.chain]);
                    let removed = removed.map(|entry| (entry.created_ms(), entry.size));
                    prop_assert_eq!(removed, Some((occupant.created_ms, occupant.size)));
                    ages[occupant.chain].retain(|other| *other != slot);
                    *generations.entry(slot).or_default() += 1;
                }
                Step::RemoveStale { slot, ago } => {
                    let generation = generations.get(&slot).copied().unwrap_or(first);
                    let stale = handle(slot, generation.wrapping_sub(ago));
                    prop_assert!(slab.get(stale).is_none(), "{stale:?} is a former occupant's");
                    for chain in &mut chains {
                        prop_assert!(slab.remove(stale, chain).is_none());
                    }
                }
                Step::Resize { slot, size } => {
                    if let Some(occupant) = occupants.get_mut(&slot) {
                        slab.get_mut(handle(slot, occupant.generation)).unwrap().size = size;
                        occupant.size = size;
                    }
                }
            }
            prop_assert_eq!(slab.len() as usize, occupants.len());
            for (chain, ages) in chains.iter().zip(&ages) {
                let chained: Vec<u32> = slab.chained(chain).map(|(handle, _)| handle.slot()).collect();
                prop_assert_eq!(&chained, ages, "the oldest first");
            }
        }
        let live: Vec<(u64, u32)> = slab.iter().map(|entry| (entry.created_ms(), entry.size)).collect();
        prop_assert_eq!(live, occupants.values().map(|t| (t.created_ms, t.size)).collect::<Vec<_>>());
        prop_assert!(occupants.iter().all(|(slot, t)| slab.occupant(*slot) == Some(handle(*slot, t.generation))));
    }
}
