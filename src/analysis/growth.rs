//! `check()`: what grew in every round.
//!
//! After each round the collector looks at every site. One-time caches, lazy singletons and pools
//! stop growing and drop out; what is left grew every time, and is divided by the iterations.
//! After LeakCanary's detection of repeatedly growing objects, by creating line instead of by path.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::store::inserters::Inserters;
use crate::store::{IsolateKey, SiteView, Store};
use crate::values::frames::Frame;
use crate::values::snapshot::{Growth, Leak};

type SiteKey = (IsolateKey, u32);

/// What one look saw of a site.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Seen {
    live: u64,
    entries: u64,
}

/// The looks of one check, the first taken before the first round.
#[derive(Default)]
pub struct Looks {
    looks: Vec<HashMap<SiteKey, Seen>>,
    /// Who had filled what by the first look: that is nothing of the check's.
    inserted_before: HashMap<SiteKey, Inserters>,
    /// Set when another isolate checks at the same time: then only this one's sites count, because
    /// nothing says which check a third one works for.
    only: Option<IsolateKey>,
    /// Isolates that did not collect their garbage before some look: what grows there may be garbage, so they do not count.
    unswept: HashSet<IsolateKey>,
}

/// Sites of one kind whose origin is one place: a leak that is reached on several ways is one.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Place<'a> {
    isolate: IsolateKey,
    kind: u8,
    file: &'a str,
    line: u32,
    column: u32,
}

impl Looks {
    /// A round has ended.
    pub fn push(&mut self, store: &Store) {
        if self.looks.is_empty() {
            let filled = store.sites().filter(|view| view.aggregate.inserters.removed_entries().is_some());
            self.inserted_before = filled.map(|view| (view.key, view.aggregate.inserters.clone())).collect();
        }
        self.looks.push(look(store));
    }

    /// Looks once more after the last round: what has cleared meanwhile was only late.
    pub fn again(&mut self, store: &Store) {
        self.looks.pop();
        self.push(store);
    }

    /// From now on only the sites of `isolate` count.
    pub fn limit_to(&mut self, isolate: IsolateKey) {
        self.only = Some(isolate);
    }

    /// True once [`Looks::limit_to`] was called.
    pub fn is_limited(&self) -> bool {
        self.only.is_some()
    }

    /// From now on the sites of `isolate` do not count.
    pub fn leave_out(&mut self, isolate: IsolateKey) {
        self.unswept.insert(isolate);
    }

    /// Whether [`Looks::leave_out`] was called for it.
    pub fn is_left_out(&self, isolate: IsolateKey) -> bool {
        self.unswept.contains(&isolate)
    }

    /// Whether any isolate was left out.
    pub fn leaves_some_out(&self) -> bool {
        !self.unswept.is_empty()
    }

    /// Rounds looked at.
    pub fn rounds(&self) -> usize {
        self.looks.len().saturating_sub(1)
    }

    /// What grew in every round, the fastest first. `iterations` is the number of calls over all
    /// rounds; `leak` names a site, given who filled it. What only Node's own code registers is nobody's to fix and is
    /// left out.
    pub fn leaks(
        &self,
        store: &Store,
        iterations: u64,
        leak: impl Fn(&SiteView<'_>, &Inserters) -> Leak,
    ) -> Vec<Leak> {
        let mut places: BTreeMap<Place<'_>, Vec<SiteView<'_>>> = BTreeMap::new();
        let counts = |view: &SiteView<'_>| {
            self.only.is_none_or(|isolate| view.key.0 == isolate) && !self.is_left_out(view.key.0)
        };
        let views: Vec<SiteView<'_>> =
            store.sites().filter(|view| !view.aggregate.site.ignored && counts(view)).collect();
        for view in &views {
            if let Some(origin) = view.aggregate.site.origin() {
                places.entry(Place::of(view, origin)).or_default().push(*view);
            }
        }
        let mut leaks = Vec::new();
        for sites in places.into_values() {
            let piling: Vec<_> =
                sites.iter().filter(|view| self.net(view.key, |seen| seen.live) > 0).copied().collect();
            let instances = self.growth(&piling, |seen| seen.live);
            // Entries grow wherever instances do; there, instances say more.
            let rest: Vec<_> = match instances {
                Some(_) => {
                    sites.iter().filter(|view| !piling.iter().any(|p| p.key == view.key)).copied().collect()
                }
                None => sites,
            };
            let entries = self.growth(&rest, |seen| seen.entries);
            for (growth, found) in [(Growth::Instances, instances), (Growth::Entries, entries)] {
                if let Some((site, total)) = found {
                    let per_iteration = total as f64 / iterations.max(1) as f64;
                    leaks.push(Leak { growth, total, per_iteration, ..leak(site, &self.inserters(site)) });
                }
            }
        }
        leaks.sort_by(|a, b| b.per_iteration.total_cmp(&a.per_iteration));
        leaks
    }

    /// Growth of the sites together from the first look to the last, if every look saw more than
    /// the one before; and the site that grew most.
    fn growth<'v, 's>(
        &self,
        sites: &'v [SiteView<'s>],
        value: impl Fn(&Seen) -> u64 + Copy,
    ) -> Option<(&'v SiteView<'s>, u64)> {
        let at = |look: &HashMap<SiteKey, Seen>| -> u64 {
            sites.iter().map(|view| look.get(&view.key).map_or(0, value)).sum()
        };
        let values: Vec<u64> = self.looks.iter().map(at).collect();
        let grew = values.len() > 1 && values.windows(2).all(|pair| pair[1] > pair[0]);
        let most = sites.iter().max_by_key(|view| self.net(view.key, value))?;
        grew.then(|| (most, values[values.len() - 1] - values[0]))
    }

    /// Who filled a site's collections since the first look.
    fn inserters(&self, site: &SiteView<'_>) -> Inserters {
        let inserters = &site.aggregate.inserters;
        self.inserted_before
            .get(&site.key)
            .map_or_else(|| inserters.clone(), |before| inserters.since(before))
    }

    /// A site's change from the first look to the last.
    fn net(&self, key: SiteKey, value: impl Fn(&Seen) -> u64) -> i64 {
        let at = |look: Option<&HashMap<SiteKey, Seen>>| {
            look.and_then(|look| look.get(&key)).map_or(0, &value) as i64
        };
        at(self.looks.last()) - at(self.looks.first())
    }
}

impl<'a> Place<'a> {
    fn of(view: &SiteView<'a>, origin: &'a Frame) -> Self {
        let (isolate, kind) = (view.key.0, view.aggregate.site.kind);
        Self { isolate, kind, file: &origin.file, line: origin.line, column: origin.column }
    }
}

fn look(store: &Store) -> HashMap<SiteKey, Seen> {
    let seen = |view: SiteView<'_>| {
        (view.key, Seen { live: view.aggregate.counts.live, entries: view.aggregate.entries })
    };
    store.sites().filter(|view| view.aggregate.counts.live > 0).map(seen).collect()
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::analysis::view;
    use crate::record::layout::{Event, Handle, MAP};
    use crate::store::sites::Definition;
    use crate::values::frames::Frame;

    /// A store with two ways to one line, sites 1 and 2, and a round at a time.
    struct Bench {
        store: Store,
        looks: Looks,
        next_slot: u32,
    }

    impl Bench {
        fn new() -> Self {
            let mut store = Store::new(String::new());
            store.attach(1, 0);
            for caller in 1..=2 {
                let frame =
                    |file: &str, line| Frame { function: None, file: file.to_owned(), line, column: 1 };
                let stack = vec![frame("/app/cache.js", 12), frame("/app/main.js", caller)];
                store.define(
                    1,
                    Definition { kind: MAP, subject: "Map".to_owned(), stack, ..Definition::default() },
                );
            }
            Self { store, looks: Looks::default(), next_slot: 1 }
        }

        fn make(&mut self, site: u32) -> Handle {
            let handle = Handle::new(self.next_slot, 0);
            self.next_slot += 1;
            let (site_weight_log2, total_weight_log2, delay_ms) = (0, 0, 0);
            let event = Event::Register {
                handle,
                kind: MAP,
                site,
                site_weight_log2,
                total_weight_log2,
                delay_ms,
                dies_with_owner: false,
            };
            self.store.apply(1, event, 0);
            handle
        }

        fn resize(&mut self, handle: Handle, size: u32) {
            self.store.apply(1, Event::Resize(handle, size), 0);
        }

        fn leaks(&self, iterations: u64) -> Vec<(Growth, f64)> {
            let leaks = self.looks.leaks(&self.store, iterations, view::leak);
            leaks.into_iter().map(|leak| (leak.growth, leak.per_iteration)).collect()
        }
    }

    #[test]
    fn what_grows_in_every_round_is_a_leak_whichever_way_it_is_reached() {
        let mut bench = Bench::new();
        bench.looks.push(&bench.store);
        for round in 0..4 {
            bench.make(1 + round % 2);
            bench.make(1 + round % 2);
            bench.looks.push(&bench.store);
        }
        assert_eq!(bench.leaks(8), [(Growth::Instances, 1.0)], "no way alone grew in every round");
    }

    #[test]
    fn what_stops_growing_is_none() {
        let mut bench = Bench::new();
        bench.looks.push(&bench.store);
        for round in 0..4 {
            if round < 3 {
                bench.make(1);
            }
            bench.looks.push(&bench.store);
        }
        assert_eq!(bench.leaks(4), []);
    }

    #[test]
    fn entries_of_an_old_instance_and_new_instances_are_two_leaks() {
        let mut bench = Bench::new();
        let old = bench.make(1);
        bench.looks.push(&bench.store);
        for round in 1..=3 {
            bench.resize(old, round * 50);
            let new = bench.make(2);
            bench.resize(new, 3);
            bench.looks.push(&bench.store);
        }
        assert_eq!(bench.leaks(30), [(Growth::Entries, 5.0), (Growth::Instances, 0.1)]);
    }

    #[test]
    fn one_more_instance_does_not_hide_that_entries_grow() {
        let mut bench = Bench::new();
        let old = bench.make(1);
        bench.looks.push(&bench.store);
        for round in 1..=4 {
            bench.resize(old, round * 10);
            if round == 2 {
                bench.make(2);
            }
            bench.looks.push(&bench.store);
        }
        assert_eq!(bench.leaks(40), [(Growth::Entries, 1.0)]);
    }

    #[test]
    fn what_grows_where_garbage_was_not_collected_is_none() {
        let mut bench = Bench::new();
        bench.looks.push(&bench.store);
        for round in 0..4 {
            bench.make(1);
            if round == 1 {
                bench.looks.leave_out(2);
            }
            bench.looks.push(&bench.store);
        }
        assert_eq!(bench.leaks(4).len(), 1, "another isolate was left out");
        bench.looks.leave_out(1);
        assert_eq!(bench.leaks(4), []);
        assert!(bench.looks.leaves_some_out());
    }

    #[test]
    fn looking_again_forgives_what_was_late() {
        let mut bench = Bench::new();
        bench.looks.push(&bench.store);
        let late = [bench.make(1), bench.make(1)];
        bench.looks.push(&bench.store);
        bench.make(1);
        bench.looks.push(&bench.store);
        assert_eq!(bench.leaks(2).len(), 1);
        for handle in late {
            bench.store.apply(1, Event::Release(handle), 0);
        }
        bench.looks.again(&bench.store);
        assert_eq!(bench.leaks(2), []);
        assert_eq!(bench.looks.rounds(), 2);
    }
}
