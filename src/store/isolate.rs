//! The state of one isolate: its live registrations and the sums of its sites.

use std::collections::HashMap;

use crate::record::layout::{Handle, is_collection};
use crate::store::inserters::{self, Inserters};
use crate::store::slab::{Chain, Slab};
use crate::values::snapshot::Totals;

use super::aggregate::Aggregate;
use super::totals::{Ending, count_end, totals_of};

/// Live collections of an isolate whose inserters are counted one by one; those of further ones are counted by site.
const MAX_INSERTED: usize = 1_024;

/// Identifies an isolate while it is attached; never reused.
pub type IsolateKey = u32;

/// The state of one isolate.
pub(super) struct Isolate {
    /// Worker thread id; 0 is the main thread.
    pub(super) thread: u32,
    pub(super) slab: Slab,
    /// By site number minus one.
    pub(super) sites: Vec<Aggregate>,
    /// Live registrations by site number; those without a site are at 0.
    pub(super) chains: Vec<Chain>,
    /// Live collections that were watched.
    pub(super) filled: HashMap<Handle, Inserters>,
    /// See [`super::SiteView::collected_ms`].
    pub(super) collected_ms: u64,
    /// The window of new registrations; 0 for none.
    pub(super) window: u32,
}

impl Isolate {
    /// One that has recorded nothing yet.
    pub(super) fn new(thread: u32) -> Self {
        Self {
            thread,
            slab: Slab::default(),
            sites: Vec::new(),
            // That of registrations without a site.
            chains: vec![Chain::default()],
            filled: HashMap::new(),
            collected_ms: 0,
            window: 0,
        }
    }

    pub(super) fn site_mut(&mut self, site: u32) -> Option<&mut Aggregate> {
        self.sites.get_mut(site.checked_sub(1)? as usize)
    }

    /// Mutable access to the slab, the chain of a site and its sums.
    pub(super) fn parts(&mut self, site: u32) -> (&mut Slab, &mut Chain, Option<&mut Aggregate>) {
        let known = if (site as usize) < self.chains.len() { site as usize } else { 0 };
        let aggregate = known.checked_sub(1).and_then(|index| self.sites.get_mut(index));
        (&mut self.slab, &mut self.chains[known], aggregate)
    }

    pub(super) fn end(&mut self, handle: Handle, now_ms: u64, totals: &mut Vec<Totals>, ending: Ending) {
        let Some((site, kind)) = self.slab.get(handle).map(|entry| (entry.site, entry.kind)) else { return };
        if is_collection(kind) {
            self.filled.remove(&handle);
        }
        let (slab, chain, aggregate) = self.parts(site);
        let Some(entry) = slab.remove(handle, chain) else { return };
        count_end(totals_of(totals, entry.kind), entry.total_weight(), &ending);
        let Some(aggregate) = aggregate else { return };
        count_end(&mut aggregate.counts, entry.site_weight(), &ending);
        if entry.is_with_owner() {
            aggregate.with_owner = aggregate.with_owner.saturating_sub(entry.site_weight());
        }
        let was_reported = aggregate.reported_until_ms.is_some_and(|until| entry.created_ms() <= until);
        if was_reported && matches!(ending, Ending::Released) {
            aggregate.returned_late += entry.site_weight();
        }
        if matches!(ending, Ending::Collected) {
            aggregate.collected_ms =
                Some((aggregate.collected_ms.map_or(now_ms, |(first, _)| first), now_ms));
        }
        let lifetime_ms = now_ms.saturating_sub(entry.created_ms());
        if let Some(shown) = &mut aggregate.shown {
            shown.ended(entry.created_ms(), lifetime_ms, entry.site_weight());
        }
        aggregate.record_lifetime(lifetime_ms, entry.site_weight());
        aggregate.entries = aggregate.entries.saturating_sub(u64::from(entry.size) * entry.site_weight());
        if aggregate.largest.is_some_and(|(largest, _)| largest == handle) {
            aggregate.largest = None;
        }
        aggregate.lower();
    }

    /// Updates the inserters of a collection and of its site.
    pub(super) fn inserters_of(
        &mut self,
        handle: Handle,
        mut change: impl FnMut(&mut Inserters, &dyn Fn(u32, u32) -> bool),
    ) {
        let Some(site) = self.slab.get(handle).map(|entry| entry.site) else { return };
        let has_room = self.filled.len() < MAX_INSERTED;
        let mut of_site = self.site_mut(site).map(|aggregate| std::mem::take(&mut aggregate.inserters));
        let by_number = |site: u32| self.sites.get((site as usize).checked_sub(1)?).map(|known| &known.site);
        let is_same = |one, other| {
            by_number(one).zip(by_number(other)).is_some_and(|(a, b)| inserters::is_same_place(a, b))
        };
        if let Some(inserters) = &mut of_site {
            change(inserters, &is_same);
        }
        if has_room {
            self.filled.entry(handle).or_default();
        }
        if let Some(inserters) = self.filled.get_mut(&handle) {
            change(inserters, &is_same);
        }
        if let Some((aggregate, inserters)) = self.site_mut(site).zip(of_site) {
            aggregate.inserters = inserters;
        }
    }

    pub(super) fn resize(&mut self, handle: Handle, size: u32) {
        let Some(entry) = self.slab.get_mut(handle) else { return };
        let before = std::mem::replace(&mut entry.size, size);
        let (site, weight) = (entry.site, entry.site_weight());
        let Some(aggregate) = self.site_mut(site) else { return };
        aggregate.entries =
            (aggregate.entries + u64::from(size) * weight).saturating_sub(u64::from(before) * weight);
        if size > before {
            aggregate.used(u64::from(size) * weight);
        } else {
            aggregate.lower();
        }
        match aggregate.largest {
            Some((largest, _)) if largest == handle && size < before => aggregate.largest = None,
            Some((_, largest)) if size < largest => {}
            Some(_) => aggregate.largest = Some((handle, size)),
            None => {}
        }
    }
}
