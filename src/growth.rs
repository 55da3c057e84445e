//! `check()`: what grew in every round.
//!
//! After each round the collector looks at every site. One-time caches, lazy singletons and pools
//! stop growing and drop out; what is left grew every time, and is divided by the iterations.
//! After LeakCanary's detection of repeatedly growing objects, by creating line instead of by path.

use std::collections::{BTreeMap, HashMap};

use crate::snapshot::{Frame, Growth, Leak};
use crate::store::{IsolateKey, SiteView, Store};

type SiteKey = (IsolateKey, u32);

/// What one look saw of a site.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Seen {
    live: u64,
    entries: u64,
}

/// The looks of one check, the first taken before the first round.
#[derive(Default)]
pub struct Looks(Vec<HashMap<SiteKey, Seen>>);

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
        self.0.push(look(store));
    }

    /// Looks once more after the last round: what has cleared meanwhile was only late.
    pub fn again(&mut self, store: &Store) {
        self.0.pop();
        self.push(store);
    }

    /// Rounds looked at.
    pub fn rounds(&self) -> usize {
        self.0.len().saturating_sub(1)
    }

    /// What grew in every round, the fastest first. `iterations` is the number of calls over all
    /// rounds; `leak` names a site. What only Node's own code registers is nobody's to mend and is
    /// left out.
    pub fn leaks(&self, store: &Store, iterations: u64, leak: impl Fn(&SiteView<'_>) -> Leak) -> Vec<Leak> {
        let mut places: BTreeMap<Place<'_>, Vec<SiteView<'_>>> = BTreeMap::new();
        let views: Vec<SiteView<'_>> = store.sites().filter(|view| !view.aggregate.site.ignored).collect();
        for view in &views {
            if let Some(origin) = view.aggregate.site.origin() {
                places.entry(Place::of(view, origin)).or_default().push(*view);
            }
        }
        let mut leaks = Vec::new();
        for sites in places.into_values() {
            // Entries grow wherever instances do; there, instances say more.
            let (piling, same): (Vec<_>, Vec<_>) =
                sites.into_iter().partition(|view| self.net(view.key, |seen| seen.live) > 0);
            let found = [
                (Growth::Instances, self.growth(&piling, |seen| seen.live)),
                (Growth::Entries, self.growth(&same, |seen| seen.entries)),
            ];
            for (growth, found) in found {
                if let Some((site, total)) = found {
                    let per_iteration = total as f64 / iterations.max(1) as f64;
                    leaks.push(Leak { growth, total, per_iteration, ..leak(site) });
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
        let values: Vec<u64> = self.0.iter().map(at).collect();
        let grew = values.len() > 1 && values.windows(2).all(|pair| pair[1] > pair[0]);
        let most = sites.iter().max_by_key(|view| self.net(view.key, value))?;
        grew.then(|| (most, values[values.len() - 1] - values[0]))
    }

    /// A site's change from the first look to the last.
    fn net(&self, key: SiteKey, value: impl Fn(&Seen) -> u64) -> i64 {
        let at = |look: Option<&HashMap<SiteKey, Seen>>| {
            look.and_then(|look| look.get(&key)).map_or(0, &value) as i64
        };
        at(self.0.last()) - at(self.0.first())
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
