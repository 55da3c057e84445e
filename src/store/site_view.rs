//! A read-only view of a site.

use crate::record::layout::Handle;
use crate::store::inserters::Inserters;
use crate::store::sites::Site;
use crate::store::slab::Entry;
use crate::values::snapshot::Size;

use super::aggregate::Aggregate;
use super::isolate::{Isolate, IsolateKey};

/// A site with the isolate that it belongs to.
#[derive(Clone, Copy)]
pub struct SiteView<'a> {
    /// Identity and sums.
    pub aggregate: &'a Aggregate,
    /// Worker thread id.
    pub thread: u32,
    /// Identifies the site while its isolate is attached.
    pub key: (IsolateKey, u32),
    /// When the oldest live registration was made, in ms.
    pub oldest_created_ms: Option<u64>,
    /// What was garbage at this time, in ms, has been collected; 0 before the first major garbage collection.
    pub collected_ms: u64,
    pub(super) isolate: &'a Isolate,
}

pub(super) fn view_of<'a>(
    key: IsolateKey,
    isolate: &'a Isolate,
    site: u32,
    aggregate: &'a Aggregate,
) -> SiteView<'a> {
    SiteView {
        aggregate,
        thread: isolate.thread,
        key: (key, site),
        oldest_created_ms: isolate.slab.oldest(&isolate.chains[site as usize]).map(Entry::created_ms),
        collected_ms: isolate.collected_ms,
        isolate,
    }
}

impl SiteView<'_> {
    /// Live registrations that were made until `until_ms`.
    pub fn created_until(&self, until_ms: u64) -> u64 {
        // The oldest come first.
        let chained = self.isolate.slab.chained(&self.isolate.chains[self.key.1 as usize]);
        chained
            .take_while(|(_, entry)| entry.created_ms() <= until_ms)
            .map(|(_, entry)| entry.site_weight())
            .sum()
    }

    /// When the live registrations were made, in ms, the oldest first, `most` at the most.
    pub fn creations_ms(&self, most: usize) -> Vec<u64> {
        let chained = self.isolate.slab.chained(&self.isolate.chains[self.key.1 as usize]);
        chained.take(most).map(|(_, entry)| entry.created_ms()).collect()
    }

    /// Collections: entries over all and of the largest. Functions whose allocations stay: bytes.
    pub fn size(&self) -> Option<Size> {
        if let Some(allocations) = &self.aggregate.allocations {
            return Some(Size { total: allocations.bytes, max: 0 });
        }
        self.aggregate.site.is_collection().then(|| Size {
            total: self.aggregate.entries,
            max: self.aggregate.largest.map_or(0, |(_, size)| u64::from(size)),
        })
    }

    /// The site's live collections with their entries, the oldest first.
    pub fn sizes(&self) -> impl Iterator<Item = (Handle, u32)> + '_ {
        let chained = self.isolate.slab.chained(&self.isolate.chains[self.key.1 as usize]);
        chained.map(|(handle, entry)| (handle, entry.size))
    }

    /// The site's live registrations, the oldest first.
    pub fn entries(&self) -> impl Iterator<Item = (Handle, Entry)> + '_ {
        let chained = self.isolate.slab.chained(&self.isolate.chains[self.key.1 as usize]);
        chained.map(|(handle, entry)| (handle, *entry))
    }

    /// When the youngest live registration was made, in ms.
    pub fn newest_created_ms(&self) -> Option<u64> {
        self.isolate.slab.newest(&self.isolate.chains[self.key.1 as usize]).map(Entry::created_ms)
    }

    /// Entries of one of the isolate's collections; `None` when it is gone.
    pub fn size_of(&self, handle: Handle) -> Option<u32> {
        self.isolate.slab.get(handle).map(|entry| entry.size)
    }

    /// The inserters of one of the site's collections; of all of them, where it is not counted by itself.
    pub fn inserters_of(&self, handle: Handle) -> &Inserters {
        self.isolate.filled.get(&handle).unwrap_or(&self.aggregate.inserters)
    }

    /// Another site of the isolate.
    pub fn other(&self, site: u32) -> Option<&Site> {
        self.isolate.sites.get((site as usize).checked_sub(1)?).map(|aggregate| &aggregate.site)
    }
}
