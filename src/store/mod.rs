//! Everything that is recorded: plain state with one owner, without threads or a clock.

mod aggregate;
mod allocations;
pub mod inserters;
mod isolate;
#[cfg(all(test, not(loom)))]
mod model;
pub mod series;
mod shown;
mod site_view;
pub mod sites;
pub mod slab;
#[cfg(all(test, not(loom)))]
mod slab_model;
mod totals;

use std::collections::BTreeMap;

use crate::record::kinds;
use crate::record::layout::{Event, Handle, MAX_SLOT, Register};
use crate::store::series::Timeline;
use crate::store::sites::{Definition, MAX_SITES, Site};
use crate::store::slab::{Chain, Entry};
use crate::values::allocations::Allocations;
use crate::values::snapshot::Totals;

pub use aggregate::{Aggregate, MajorGc};
use isolate::Isolate;
pub use isolate::IsolateKey;
pub use shown::Shown;
pub use site_view::SiteView;
use site_view::view_of;
use totals::{Ending, count_end, totals_of};

/// Notes kept.
const MAX_NOTES: usize = 64;
/// Longest note, in characters.
const MAX_NOTE: usize = 1_000;

/// See the module.
#[derive(Default)]
pub struct Store {
    isolates: BTreeMap<IsolateKey, Isolate>,
    /// By kind.
    totals: Vec<Totals>,
    /// When the values of the sites are sampled.
    pub timeline: Timeline,
    /// Records applied.
    pub events: u64,
    /// Records that were invalid, and records that JavaScript dropped.
    pub dropped: u64,
    notes: Vec<String>,
    /// The folder that fingerprints leave out.
    root: String,
}

impl Store {
    /// An empty store. `root` is the folder that fingerprints leave out.
    pub fn new(root: String) -> Self {
        Self { root, ..Self::default() }
    }

    /// An isolate begins to record.
    pub fn attach(&mut self, key: IsolateKey, thread: u32) {
        self.isolates.insert(key, Isolate::new(thread));
    }

    /// The isolate of a thread, by its number; `None` where that records nothing.
    pub fn isolate_of(&self, thread: u32) -> Option<IsolateKey> {
        self.isolates.iter().find(|(_, isolate)| isolate.thread == thread).map(|(key, _)| *key)
    }

    /// An isolate ends or stops recording: its registrations count as released.
    pub fn detach(&mut self, key: IsolateKey) {
        allocations::forget(&mut self.isolates, key);
        let Some(isolate) = self.isolates.remove(&key) else { return };
        for entry in isolate.slab.iter() {
            count_end(totals_of(&mut self.totals, entry.kind), entry.total_weight(), &Ending::Released);
        }
    }

    /// Isolates recording.
    pub fn isolates(&self) -> u32 {
        self.isolates.keys().filter(|key| !allocations::is_beside(**key)).count() as u32
    }

    /// Defines a site by a stack that is new. Sites are numbered from 1 in the order of definition.
    pub fn define(&mut self, key: IsolateKey, definition: Definition) {
        let Some(isolate) = self.isolates.get_mut(&key) else { return };
        debug_assert!(isolate.sites.len() < MAX_SITES as usize);
        let like = definition.like.and_then(|number| isolate.sites.get((number as usize).checked_sub(1)?));
        let site = match like {
            Some(other) => Site::like(&other.site, definition.subject, definition.detail),
            None => {
                let kind_name = kinds::name(definition.kind);
                Site::new(definition, &kind_name, &self.root)
            }
        };
        isolate.sites.push(Aggregate::new(site));
        isolate.chains.push(Chain::default());
    }

    /// Another event name or delay at a known stack.
    pub fn add_detail(&mut self, key: IsolateKey, site: u32, detail: String) {
        if let Some(aggregate) = self.isolates.get_mut(&key).and_then(|isolate| isolate.site_mut(site)) {
            aggregate.site.add_detail(detail);
        }
    }

    /// What is garbage now the next collection of this sort takes.
    pub fn marking(&mut self, key: IsolateKey, how: MajorGc) {
        if let Some(isolate) = self.isolates.get_mut(&key) {
            isolate.sites.iter_mut().for_each(|aggregate| aggregate.mark(how));
        }
    }

    /// A major garbage collection has collected what was garbage at `since_ms`, and these ends are applied.
    pub fn collected(&mut self, key: IsolateKey, since_ms: u64, how: MajorGc) {
        let Some(isolate) = self.isolates.get_mut(&key) else { return };
        isolate.collected_ms = isolate.collected_ms.max(since_ms);
        for aggregate in &mut isolate.sites {
            aggregate.collected(&self.timeline, since_ms, how);
        }
    }

    /// What functions of an isolate keep of their allocations has changed.
    pub fn allocations(&mut self, key: IsolateKey, changed: Vec<Allocations>, now_ms: u64) {
        allocations::apply(&mut self.isolates, &self.root, key, changed, now_ms);
    }

    /// A report has named a site's registrations that were created until `until_ms`. If they are released later, the
    /// next report says so.
    pub fn reported(&mut self, (key, site): (IsolateKey, u32), until_ms: u64) {
        if let Some(aggregate) = self.isolates.get_mut(&key).and_then(|isolate| isolate.site_mut(site)) {
            aggregate.reported_until_ms = aggregate.reported_until_ms.max(Some(until_ms));
        }
    }

    /// Adds a note for the reader of the report, once.
    pub fn note(&mut self, note: String) {
        if self.notes.len() >= MAX_NOTES {
            return;
        }
        let note = sites::shortened(note, MAX_NOTE);
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// The notes, see [`Store::note`].
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Applies a record of an isolate.
    pub fn apply(&mut self, key: IsolateKey, event: Event, now_ms: u64) {
        self.events += 1;
        let Some(isolate) = self.isolates.get_mut(&key) else { return };
        match event {
            Event::Register(Register {
                handle,
                kind,
                site,
                site_weight_log2,
                total_weight_log2,
                quantity,
                dies_with_owner,
            }) => {
                // The release of the former occupant was lost: JavaScript has freed the slot.
                if let Some(stale) = isolate.slab.occupant(handle.slot()) {
                    self.dropped += 1;
                    isolate.end(stale, now_ms, &mut self.totals, Ending::Released);
                }
                let mut entry = Entry::new(kind, site, now_ms, site_weight_log2, total_weight_log2);
                entry.set_window(if dies_with_owner { 0 } else { isolate.window });
                if dies_with_owner {
                    entry.set_with_owner();
                }
                let (slab, chain, aggregate) = isolate.parts(site);
                if slab.insert(handle, entry, chain).is_err() {
                    self.dropped += 1;
                    return;
                }
                let totals = totals_of(&mut self.totals, kind);
                totals.registered += entry.total_weight();
                totals.live += entry.total_weight();
                if let Some(aggregate) = aggregate {
                    if aggregate.counts.registered == 0 {
                        aggregate.since_ms = now_ms;
                    }
                    aggregate.counts.registered += entry.site_weight();
                    aggregate.counts.live += entry.site_weight();
                    if dies_with_owner {
                        aggregate.with_owner += entry.site_weight();
                    }
                    aggregate.estimated |= site_weight_log2 > 0;
                    aggregate.measure(quantity);
                }
            }
            Event::Release(handle) => {
                isolate.end(handle, now_ms, &mut self.totals, Ending::Released);
            }
            Event::Collect(handle) => {
                isolate.end(handle, now_ms, &mut self.totals, Ending::Collected);
            }
            Event::Resize(handle, size) => isolate.resize(handle, size),
            Event::Window(number) => isolate.window = number,
            Event::Disown(handle) => {
                if let Some(entry) = isolate.slab.get_mut(handle) {
                    entry.set_window(0);
                }
            }
            Event::Fill { handle, site, entries } => isolate.inserters_of(handle, |inserters, is_same| {
                inserters.fill(site, u64::from(entries), |other| is_same(site, other));
            }),
            Event::Leave(handle, entries) => {
                isolate.inserters_of(handle, |inserters, _| inserters.leave(u64::from(entries)));
            }
            Event::Unrecorded { kind, count } => {
                let totals = totals_of(&mut self.totals, kind);
                totals.registered += u64::from(count);
                totals.released += u64::from(count);
            }
            Event::Untracked { kind } => {
                totals_of(&mut self.totals, kind).registered += 1;
                self.note(format!(
                    "{}: more than {MAX_SLOT} were live at once in one thread; further ones are counted as registered only",
                    kinds::name(kind)
                ));
            }
        }
    }

    /// Samples the value of every site when a sample is due. Returns whether it was.
    pub fn tick(&mut self, now_ms: u64) -> bool {
        let Some(due) = self.timeline.tick(now_ms) else { return false };
        for aggregate in self.isolates.values_mut().flat_map(|isolate| &mut isolate.sites) {
            aggregate.look(due);
        }
        true
    }

    /// Remembers what is reported of sites.
    pub fn remember(&mut self, shown: Vec<((IsolateKey, u32), Option<Shown>)>) {
        for ((key, site), shown) in shown {
            let isolate = self.isolates.get_mut(&key);
            if let Some(aggregate) = isolate.and_then(|isolate| isolate.site_mut(site)) {
                aggregate.shown = shown.map(Box::new);
            }
        }
    }

    /// Counts by kind, of the kinds that were registered.
    pub fn totals(&self) -> BTreeMap<String, Totals> {
        let seen = self.totals.iter().enumerate().filter(|(_, totals)| totals.registered > 0);
        seen.map(|(kind, totals)| (kinds::name(kind as u8), *totals)).collect()
    }

    /// The same, by the number of its kind.
    pub fn counted(&self) -> &[Totals] {
        &self.totals
    }

    /// Every site.
    pub fn sites(&self) -> impl Iterator<Item = SiteView<'_>> {
        self.isolates.iter().flat_map(|(key, isolate)| {
            let numbered = isolate.sites.iter().zip(1..);
            numbered.map(|(aggregate, site)| view_of(*key, isolate, site, aggregate))
        })
    }

    /// Finds the largest collection of each site whose largest has ended, so that [`SiteView::size`] need not visit
    /// every instance.
    pub fn refresh_largest(&mut self) {
        for isolate in self.isolates.values_mut() {
            let Isolate { slab, sites, chains, .. } = isolate;
            let stale =
                sites.iter_mut().zip(&chains[1..]).filter(|(aggregate, _)| aggregate.largest.is_none());
            for (aggregate, chain) in stale {
                let sizes = slab.chained(chain).map(|(handle, entry)| (handle, entry.size));
                aggregate.largest = sizes.max_by_key(|(_, size)| *size);
            }
        }
    }

    /// Collections with at least `min_size` entries, largest first, `most` at the most.
    pub fn oversized(&self, min_size: u32, most: usize) -> Vec<(SiteView<'_>, Handle, u32)> {
        let mut found: Vec<(SiteView<'_>, Handle, u32)> = Vec::new();
        for view in self.sites() {
            let may_have = view.aggregate.largest.is_none_or(|(_, size)| size >= min_size);
            if !view.aggregate.site.is_collection() || !may_have || view.aggregate.site.ignored {
                continue;
            }
            let chain = &view.isolate.chains[view.key.1 as usize];
            let sizes = view.isolate.slab.chained(chain).map(|(handle, entry)| (handle, entry.size));
            let mut sizes: Vec<(Handle, u32)> = sizes.filter(|(_, size)| *size >= min_size).collect();
            sizes.sort_unstable_by_key(|(_, size)| std::cmp::Reverse(*size));
            found.extend(sizes.into_iter().take(most).map(|(handle, size)| (view, handle, size)));
        }
        found.sort_by_key(|(_, _, size)| std::cmp::Reverse(*size));
        found.truncate(most);
        found
    }

    /// The live registrations of an isolate's windows: the count by window and site.
    pub fn left_over(&self, key: IsolateKey) -> BTreeMap<(u32, u32), u64> {
        let mut counts = BTreeMap::new();
        let live = self.isolates.get(&key).into_iter().flat_map(|isolate| isolate.slab.iter());
        for entry in live.filter(|entry| entry.window() != 0) {
            *counts.entry((entry.window(), entry.site)).or_default() += entry.site_weight();
        }
        counts
    }

    /// A site by its number.
    pub fn site(&self, key: IsolateKey, site: u32) -> Option<SiteView<'_>> {
        let isolate = self.isolates.get(&key)?;
        let aggregate = isolate.sites.get((site as usize).checked_sub(1)?)?;
        Some(view_of(key, isolate, site, aggregate))
    }

    /// The folder that fingerprints leave out.
    pub fn root(&self) -> &str {
        &self.root
    }
}
