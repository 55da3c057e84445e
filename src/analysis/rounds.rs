//! `check()`: what grew in every round.
//!
//! After each round the collector looks at every site. One-time caches, lazy singletons and pools
//! stop growing and drop out; what is left grew every time, and is divided by the iterations.
//! After LeakCanary's detection of repeatedly growing objects, by creating line instead of by path.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::analysis::{causes, unclosed};
use crate::record::kinds;
use crate::record::layout::{Handle, LISTENER, is_collection};
use crate::store::inserters::Inserters;
use crate::store::sites::MAX_DETAILS;
use crate::store::slab::Entry;
use crate::store::{IsolateKey, SiteView, Store};
use crate::values::label::Label;
use crate::values::proof::Members;
use crate::values::snapshot::{Growth, Leak, Role};
use key::{At, Key};

mod key;

type SiteKey = (IsolateKey, u32);

/// What one look saw of a site.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Seen {
    /// With what only the garbage collector closed.
    live: u64,
    /// Of the live ones, those whose owner was created in the same call: they go with it.
    with_owner: u64,
    entries: u64,
}

impl Seen {
    /// Live registrations on owners that are older than the call that made them.
    fn on_older(&self) -> u64 {
        self.live - self.with_owner
    }
}

/// The looks of one check, the first taken before the first round.
#[derive(Default)]
pub struct Looks {
    looks: Vec<HashMap<SiteKey, Seen>>,
    /// Who had filled what by the first look: that is nothing of the check's.
    inserted_before: HashMap<SiteKey, Inserters>,
    /// The collections that there were by the first look, with their entries.
    sizes_before: HashMap<SiteKey, Vec<(Handle, u32)>>,
    /// Set when another isolate checks at the same time: then only this one's sites count, because
    /// nothing says which check a third one works for.
    only: Option<IsolateKey>,
    /// Isolates that did not collect their garbage before some look: what grows there may be garbage, so they do not count.
    unswept: HashSet<IsolateKey>,
    /// What is not younger, in ms on the collector's clock, was there at the first look.
    began_ms: u64,
}

/// Entries of the collections that were there at the first look, by site, and how many of them have grown.
#[derive(Clone, Copy, Default)]
struct OfOld {
    entries: u64,
    grown: u64,
}

impl Looks {
    /// A round has ended.
    pub fn push(&mut self, store: &Store) {
        if self.looks.is_empty() {
            let filled = store.sites().filter(|view| view.aggregate.inserters.removed_entries().is_some());
            self.inserted_before = filled.map(|view| (view.key, view.aggregate.inserters.clone())).collect();
            let collections = store.sites().filter(|view| view.aggregate.site.is_collection());
            self.sizes_before = collections.map(|view| (view.key, view.sizes().collect())).collect();
            self.began_ms =
                store.sites().filter_map(|view| view.newest_created_ms()).max().unwrap_or_default();
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

    /// What grew in every round, each with its role. `iterations` is the number of calls over all
    /// rounds, `warmup` of those before them; `leak` names a site, given who filled it. What only Node's own code registers is
    /// nobody's to fix and is not reported.
    pub fn leaks(
        &self,
        store: &Store,
        iterations: u64,
        warmup: u64,
        leak: impl Fn(&SiteView<'_>, &Inserters) -> Leak,
    ) -> Vec<Leak> {
        let found = (0..).zip(self.found(store, warmup));
        found
            .map(|(number, Grown { site, growth, total, role, sites, .. })| {
                let per_iteration = total as f64 / iterations.max(1) as f64;
                let number = Some(number);
                let lead = leak(&site, &self.inserters(&site));
                let label = self.label_of(lead.label, &sites);
                Leak { growth, total, per_iteration, role, number, label, ..lead }
            })
            .collect()
    }

    /// The label of the site that grew most, with the events of the others that grew.
    fn label_of(&self, lead: Label, sites: &[SiteView<'_>]) -> Label {
        let grew = sites
            .iter()
            .filter(|view| view.aggregate.site.kind == LISTENER && self.net(view.key, |seen| seen.live) > 0);
        grew.fold(lead, |label, view| label.joined(view.aggregate.site.label(), MAX_DETAILS))
    }

    /// The registrations of the isolate `key` that are behind each of [`Looks::leaks`], by its number.
    pub fn members(&self, store: &Store, warmup: u64, key: IsolateKey) -> Vec<Members> {
        let found = (0..).zip(self.found(store, warmup));
        found.map(|(number, grown)| self.members_of(number, &grown, key)).collect()
    }

    fn members_of(&self, finding: u32, grown: &Grown<'_>, key: IsolateKey) -> Members {
        let own = grown.sites.iter().filter(|view| view.key.0 == key);
        let mut entries: Vec<(Handle, Entry)> = own.flat_map(SiteView::entries).collect();
        entries.retain(|(handle, entry)| match grown.part {
            Part::All => true,
            Part::OnOlder => !entry.is_with_owner(),
            Part::WithOwner => entry.is_with_owner(),
            Part::Old => self.sizes_before.get(&grown.site.key).is_some_and(|before| {
                before.iter().any(|(other, size)| other == handle && entry.size > *size)
            }),
        });
        entries.sort_by_key(|(_, entry)| entry.created_ms());
        let size = |(_, entry): &(Handle, Entry)| u64::from(entry.size);
        Members {
            finding,
            kind: kinds::name(grown.site.aggregate.site.kind),
            older: grown.part == Part::OnOlder,
            before: entries.iter().filter(|(_, entry)| entry.created_ms() <= self.began_ms).count(),
            weight: match grown.growth {
                Growth::Instances => entries.len() as u64,
                Growth::Entries => entries.iter().map(size).sum(),
            },
            handles: entries.into_iter().map(|(handle, _)| handle.0 as i32).collect(),
        }
    }

    fn found<'s>(&self, store: &'s Store, warmup: u64) -> Vec<Grown<'s>> {
        let counts = |view: &SiteView<'_>| {
            self.only.is_none_or(|isolate| view.key.0 == isolate) && !self.is_left_out(view.key.0)
        };
        let views: Vec<SiteView<'_>> =
            store.sites().filter(|view| !view.aggregate.site.ignored && counts(view)).collect();
        let mut findings: BTreeMap<Key<'_>, Vec<SiteView<'_>>> = BTreeMap::new();
        for view in &views {
            if let Some(key) = Key::of(view) {
                findings.entry(key).or_default().push(*view);
            }
        }
        let mut grown: Vec<(Key<'_>, Grown<'_>)> = Vec::new();
        for (key, sites) in &findings {
            grown.extend(self.grown(sites, warmup).into_iter().map(|each| (*key, each)));
        }
        // Where no line of those that an application's line leads to grows by itself, they may together.
        let mut rests: BTreeMap<(IsolateKey, u8, At<'_>), Vec<SiteView<'_>>> = BTreeMap::new();
        for (key, sites) in &findings {
            let is_known = |(other, _): &(Key<'_>, Grown<'_>)| other.place() == key.place();
            if !grown.iter().any(is_known) {
                rests.entry(key.place()).or_default().extend(sites);
            }
        }
        let rests = rests.values().flat_map(|sites| self.grown(sites, warmup));
        grown.into_iter().map(|(_, each)| each).chain(rests).collect()
    }

    /// What of these sites together grew in every round.
    fn grown<'s>(&self, sites: &[SiteView<'s>], warmup: u64) -> Vec<Grown<'s>> {
        let mut found = Vec::new();
        let Some(kind) = sites.first().map(|view| view.aggregate.site.kind) else { return found };
        if !is_collection(kind) {
            let older = self.growth(sites, Seen::on_older);
            let with_owner = self.growth(sites, |seen| seen.with_owner);
            if let Some((site, total)) = older {
                // The first calls of a check do not know yet how old an owner is.
                let all = if with_owner.is_none() { self.growth(sites, |seen| seen.live) } else { None };
                let total = all.map_or(total, |(_, all)| all.max(total));
                let role = causes::of_instances(kind, true);
                found.push(Grown::of(sites, Part::OnOlder, site, Growth::Instances, total, role));
            }
            if let Some((site, total)) = with_owner {
                let role = causes::of_instances(kind, false);
                found.push(Grown::of(sites, Part::WithOwner, site, Growth::Instances, total, role));
            }
            if found.is_empty()
                && let Some((site, total)) = self.growth(sites, |seen| seen.live)
            {
                let is_on_older = self.net_of_last_round(sites, Seen::on_older) * 2
                    >= self.net_of_last_round(sites, |seen| seen.live);
                let role = causes::of_instances(kind, is_on_older);
                found.push(Grown::of(sites, Part::All, site, Growth::Instances, total, role));
            }
            return found;
        }
        let piling: Vec<_> =
            sites.iter().filter(|view| self.net(view.key, |seen| seen.live) > 0).copied().collect();
        let instances = self.growth(&piling, |seen| seen.live);
        // Entries grow wherever instances do: there, only entries of older instances add information.
        let (entries, of_old, grown) = match instances {
            None => (self.growth(sites, |seen| seen.entries), OfOld::default(), (sites.to_vec(), Part::All)),
            Some(_) => {
                let rest: Vec<_> =
                    sites.iter().filter(|view| !piling.iter().any(|p| p.key == view.key)).copied().collect();
                let of_rest = self.growth(&rest, |seen| seen.entries);
                match of_rest {
                    Some(_) => (of_rest, OfOld::default(), (rest, Part::All)),
                    None => {
                        let (entries, of_old) = self.growth_of_old(&piling);
                        let most = entries.iter().map(|(site, _)| *site).collect();
                        (entries, of_old, (most, Part::Old))
                    }
                }
            }
        };
        if let Some((site, total)) = instances {
            let role = causes::of_instances(kind, false);
            found.push(Grown::of(&piling, Part::All, site, Growth::Instances, total, role));
        }
        if let Some((site, total)) = entries {
            let role = causes::of_entries(of_old.grown, instances.is_some(), warmup);
            let (sites, part) = grown;
            found.push(Grown::of(&sites, part, site, Growth::Entries, total, role));
        }
        found
    }

    /// Growth of the collections that were there at the first look, of sites where more and more are made; and of the
    /// site whose have grown most.
    fn growth_of_old<'s>(&self, sites: &[SiteView<'s>]) -> (Option<(SiteView<'s>, u64)>, OfOld) {
        let mut all = OfOld::default();
        let mut most: Option<(SiteView<'s>, u64)> = None;
        for view in sites {
            let of_site = self.old(view);
            all.entries += of_site.entries;
            all.grown += of_site.grown;
            if of_site.entries > most.map_or(0, |(_, entries)| entries) {
                most = Some((*view, of_site.entries));
            }
        }
        let grew = self.growth(sites, |seen| seen.entries).is_some() && all.entries >= self.rounds() as u64;
        (most.filter(|_| grew).map(|(view, _)| (view, all.entries)), all)
    }

    fn old(&self, view: &SiteView<'_>) -> OfOld {
        let mut old = OfOld::default();
        for (handle, before) in self.sizes_before.get(&view.key).into_iter().flatten() {
            let more = view.size_of(*handle).unwrap_or(0).saturating_sub(*before);
            old.entries += u64::from(more);
            old.grown += u64::from(more > 0);
        }
        old
    }

    /// Growth of the sites together from the first look to the last, if every look saw more than
    /// the one before; and the site that grew most.
    fn growth<'s>(
        &self,
        sites: &[SiteView<'s>],
        value: impl Fn(&Seen) -> u64 + Copy,
    ) -> Option<(SiteView<'s>, u64)> {
        let at = |look: &HashMap<SiteKey, Seen>| -> u64 {
            sites.iter().map(|view| look.get(&view.key).map_or(0, value)).sum()
        };
        let values: Vec<u64> = self.looks.iter().map(at).collect();
        let grew = values.len() > 1 && values.windows(2).all(|pair| pair[1] > pair[0]);
        let most = sites.iter().max_by_key(|view| self.net(view.key, value))?;
        grew.then(|| (*most, values[values.len() - 1] - values[0]))
    }

    /// Who filled a site's collections since the first look.
    fn inserters(&self, site: &SiteView<'_>) -> Inserters {
        let inserters = &site.aggregate.inserters;
        self.inserted_before
            .get(&site.key)
            .map_or_else(|| inserters.clone(), |before| inserters.since(before))
    }

    /// The change of sites together in the last round.
    fn net_of_last_round(&self, sites: &[SiteView<'_>], value: impl Fn(&Seen) -> u64) -> i64 {
        let at = |look: &HashMap<SiteKey, Seen>| -> i64 {
            sites.iter().map(|view| look.get(&view.key).map_or(0, &value) as i64).sum()
        };
        match &self.looks[..] {
            [.., before, last] => at(last) - at(before),
            _ => 0,
        }
    }

    /// A site's change from the first look to the last.
    fn net(&self, key: SiteKey, value: impl Fn(&Seen) -> u64) -> i64 {
        let at = |look: Option<&HashMap<SiteKey, Seen>>| {
            look.and_then(|look| look.get(&key)).map_or(0, &value) as i64
        };
        at(self.looks.last()) - at(self.looks.first())
    }
}

/// Something that grew in every round.
struct Grown<'a> {
    /// Where it grew most.
    site: SiteView<'a>,
    growth: Growth,
    total: u64,
    role: Role,
    /// All that are summed.
    sites: Vec<SiteView<'a>>,
    part: Part,
}

/// Which registrations of its sites a finding is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    All,
    /// Those on owners that are older than the call that made them.
    OnOlder,
    WithOwner,
    /// Collections that were there at the first look and have grown since.
    Old,
}

impl<'a> Grown<'a> {
    fn of(
        sites: &[SiteView<'a>],
        part: Part,
        site: SiteView<'a>,
        growth: Growth,
        total: u64,
        role: Role,
    ) -> Self {
        Self { site, growth, total, role, sites: sites.to_vec(), part }
    }
}

/// Handles that the program never closed: that the garbage collector did is no release.
fn unclosed(view: &SiteView<'_>) -> u64 {
    if unclosed::is_closed_by_garbage(view.aggregate) { view.aggregate.counts.collected } else { 0 }
}

fn look(store: &Store) -> HashMap<SiteKey, Seen> {
    let seen = |view: SiteView<'_>| {
        let aggregate = view.aggregate;
        let (live, with_owner) = (aggregate.counts.live + unclosed(&view), aggregate.with_owner);
        (view.key, Seen { live, with_owner: with_owner.min(live), entries: aggregate.entries })
    };
    store.sites().filter(|view| view.aggregate.counts.live + unclosed(view) > 0).map(seen).collect()
}

#[cfg(all(test, not(loom)))]
mod tests;
