//! Live registrations of one isolate, by slot and generation.
//!
//! JavaScript assigns the slots, the lowest free one first in the long run, so that the first pages are used most.
//! Entries of one site are chained in the order of registration: the first is the oldest, so that a snapshot knows the
//! age without visiting every entry.

use crate::record::layout::{Handle, MAX_GENERATION, MAX_SLOT, MAX_WINDOW};

/// Entries of a page: 32 KiB, allocated when the first of its slots is used.
const PAGE: usize = if cfg!(any(loom, miri)) { 4 } else { 1024 };

/// No slot: the end of a chain.
const NONE: u32 = 0;
/// [`Entry::kind`] of a free slot.
const VACANT: u8 = u8::MAX;

/// One live registration.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// Milliseconds on the collector's clock in the low bits, enough for 34 years; above them the window, 0 for none.
    created: u64,
    /// Index into the isolate's sites; 0 for none.
    pub site: u32,
    /// Collections: entries at the last resize.
    pub size: u32,
    previous: u32,
    next: u32,
    /// The handle's generation; above it [`WITH_OWNER`].
    generation: u16,
    /// Index into the kinds.
    pub kind: u8,
    /// log2 of the site weight in the low half, of the total weight in the high half.
    weights: u8,
}

/// In [`Entry::generation`], above the bits of a handle: see [`Entry::is_with_owner`].
const WITH_OWNER: u16 = 1 << 15;
const _: () = assert!(MAX_GENERATION < WITH_OWNER as u32, "a generation leaves the flag's bit free");

const _: () = assert!(size_of::<Entry>() == 32, "32 bytes a live registration");

/// Bits of [`Entry::created`] that are the time.
const CREATED_BITS: u32 = 40;
const _: () = assert!((MAX_WINDOW as u64) < 1 << (64 - CREATED_BITS), "a window fits above the time");

impl Entry {
    /// A new registration.
    pub fn new(kind: u8, site: u32, created_ms: u64, site_weight_log2: u8, total_weight_log2: u8) -> Self {
        debug_assert!(kind != VACANT);
        Self {
            created: created_ms & ((1 << CREATED_BITS) - 1),
            site,
            size: 0,
            previous: NONE,
            next: NONE,
            generation: 0,
            kind,
            weights: total_weight_log2 << 4 | site_weight_log2 & 0xf,
        }
    }

    /// Milliseconds on the collector's clock.
    pub fn created_ms(&self) -> u64 {
        self.created & ((1 << CREATED_BITS) - 1)
    }

    /// The window of its registration; 0 for none.
    pub fn window(&self) -> u32 {
        (self.created >> CREATED_BITS) as u32
    }

    /// See [`Entry::window`]; at most [`MAX_WINDOW`].
    pub fn set_window(&mut self, window: u32) {
        self.created = self.created_ms() | u64::from(window) << CREATED_BITS;
    }

    /// Whether its owner was created in the creation window in which it was registered: it goes when the owner goes.
    pub fn is_with_owner(&self) -> bool {
        self.generation & WITH_OWNER != 0
    }

    /// See [`Entry::is_with_owner`].
    pub fn set_with_owner(&mut self) {
        self.generation |= WITH_OWNER;
    }

    fn generation(&self) -> u16 {
        self.generation & !WITH_OWNER
    }

    /// Registrations of its site that it stands for.
    pub fn site_weight(&self) -> u64 {
        1 << (self.weights & 0xf)
    }

    /// Registrations of its kind that it stands for.
    pub fn total_weight(&self) -> u64 {
        1 << (self.weights >> 4)
    }

    const EMPTY: Self = Self {
        created: 0,
        site: 0,
        size: 0,
        previous: NONE,
        next: NONE,
        generation: 0,
        kind: VACANT,
        weights: 0,
    };
}

/// The entries of one site in the order of their registration.
#[derive(Clone, Copy, Debug, Default)]
pub struct Chain {
    first: u32,
    last: u32,
}

/// See the module.
#[derive(Default)]
pub struct Slab {
    pages: Vec<Option<Page>>,
    /// The last page that became empty, kept for reuse.
    spare: Option<Box<[Entry; PAGE]>>,
    live: u32,
}

struct Page {
    entries: Box<[Entry; PAGE]>,
    live: u32,
}

impl Slab {
    /// Puts an entry into its slot, at the end of `chain`.
    ///
    /// # Errors
    /// [`Occupied`] when the slot has an occupant, or is out of range.
    pub fn insert(&mut self, handle: Handle, entry: Entry, chain: &mut Chain) -> Result<(), Occupied> {
        let slot = handle.slot();
        if slot == NONE || slot > MAX_SLOT || self.get_slot(slot).is_some() {
            return Err(Occupied);
        }
        let (page, index) = (slot as usize / PAGE, slot as usize % PAGE);
        if self.pages.len() <= page {
            self.pages.resize_with(page + 1, || None);
        }
        let spare = &mut self.spare;
        let page = self.pages[page].get_or_insert_with(|| Page {
            entries: spare.take().unwrap_or_else(|| Box::new([Entry::EMPTY; PAGE])),
            live: 0,
        });
        page.entries[index] = Entry {
            generation: handle.generation() | entry.generation & WITH_OWNER,
            previous: chain.last,
            next: NONE,
            ..entry
        };
        page.live += 1;
        self.live += 1;
        match chain.last {
            NONE => chain.first = slot,
            last => self.entry_mut(last).next = slot,
        }
        chain.last = slot;
        Ok(())
    }

    /// The live entry of a handle; `None` when it has ended.
    pub fn get(&self, handle: Handle) -> Option<&Entry> {
        self.get_slot(handle.slot()).filter(|entry| entry.generation() == handle.generation())
    }

    /// As [`Slab::get`], to change its size.
    pub fn get_mut(&mut self, handle: Handle) -> Option<&mut Entry> {
        self.get(handle)?;
        Some(self.entry_mut(handle.slot()))
    }

    /// The handle of the occupant of a slot.
    pub fn occupant(&self, slot: u32) -> Option<Handle> {
        self.get_slot(slot).map(|entry| Handle::new(slot, u32::from(entry.generation())))
    }

    /// Removes the entry of a handle from its slot and from `chain`, which must be the chain of its site.
    pub fn remove(&mut self, handle: Handle, chain: &mut Chain) -> Option<Entry> {
        let entry = *self.get(handle)?;
        match entry.previous {
            NONE => chain.first = entry.next,
            previous => self.entry_mut(previous).next = entry.next,
        }
        match entry.next {
            NONE => chain.last = entry.previous,
            next => self.entry_mut(next).previous = entry.previous,
        }
        self.vacate(handle.slot());
        Some(entry)
    }

    /// The oldest entry of a chain.
    pub fn oldest(&self, chain: &Chain) -> Option<&Entry> {
        self.get_slot(chain.first)
    }

    /// The youngest entry of a chain.
    pub fn newest(&self, chain: &Chain) -> Option<&Entry> {
        self.get_slot(chain.last)
    }

    /// All entries of a chain, the oldest first.
    pub fn chained(&self, chain: &Chain) -> impl Iterator<Item = (Handle, &Entry)> {
        let mut slot = chain.first;
        std::iter::from_fn(move || {
            let entry = self.get_slot(slot)?;
            let handle = Handle::new(slot, u32::from(entry.generation()));
            slot = entry.next;
            Some((handle, entry))
        })
    }

    /// All live entries, by slot.
    pub fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.pages.iter().flatten().flat_map(|page| page.entries.iter()).filter(|entry| entry.kind != VACANT)
    }

    /// Live entries.
    pub fn len(&self) -> u32 {
        self.live
    }

    /// True when nothing is live.
    pub fn is_empty(&self) -> bool {
        self.live == 0
    }

    /// Bytes held.
    #[cfg(test)]
    pub fn bytes(&self) -> usize {
        self.pages.capacity() * size_of::<Option<Page>>()
            + (self.pages.iter().flatten().count() + usize::from(self.spare.is_some()))
                * size_of::<[Entry; PAGE]>()
    }

    fn get_slot(&self, slot: u32) -> Option<&Entry> {
        let page = self.pages.get(slot as usize / PAGE)?.as_ref()?;
        Some(&page.entries[slot as usize % PAGE]).filter(|entry| entry.kind != VACANT)
    }

    /// A slot that has an occupant.
    fn entry_mut(&mut self, slot: u32) -> &mut Entry {
        let page = self.pages[slot as usize / PAGE].as_mut().expect("the page of a chained slot is there");
        &mut page.entries[slot as usize % PAGE]
    }

    fn vacate(&mut self, slot: u32) {
        let at = slot as usize / PAGE;
        let page = self.pages[at].as_mut().expect("the page of a taken slot is there");
        page.entries[slot as usize % PAGE] = Entry::EMPTY;
        page.live -= 1;
        self.live -= 1;
        if page.live == 0 {
            // All its entries are free again.
            self.spare = self.pages[at].take().map(|page| page.entries);
        }
    }
}

/// The slot has an occupant, or is out of range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Occupied;

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn entry(created_ms: u64) -> Entry {
        Entry::new(0, 1, created_ms, 0, 0)
    }

    #[test]
    fn a_stale_handle_finds_nothing() {
        let (mut slab, mut chain) = (Slab::default(), Chain::default());
        let first = Handle::new(5, 0);
        let second = Handle::new(5, 1);
        slab.insert(first, entry(1), &mut chain).unwrap();
        assert_eq!(slab.insert(second, entry(2), &mut chain), Err(Occupied));
        assert!(slab.remove(first, &mut chain).is_some());
        slab.insert(second, entry(3), &mut chain).unwrap();
        assert!(slab.get(first).is_none(), "the slot's former occupant is gone");
        assert!(slab.remove(first, &mut chain).is_none());
        assert_eq!(slab.get(second).unwrap().created_ms(), 3);
    }

    #[test]
    fn slot_zero_is_never_taken() {
        let (mut slab, mut chain) = (Slab::default(), Chain::default());
        assert_eq!(slab.insert(Handle(0), entry(1), &mut chain), Err(Occupied));
    }

    #[test]
    fn the_oldest_is_known_whoever_leaves() {
        let (mut slab, mut chain) = (Slab::default(), Chain::default());
        let handles: Vec<_> = (1..=5).map(|slot| Handle::new(slot * 700, 0)).collect();
        for (n, handle) in handles.iter().enumerate() {
            slab.insert(*handle, entry(n as u64), &mut chain).unwrap();
        }
        let mut left: Vec<u64> = (0..5).collect();
        for leaver in [2, 0, 4, 1] {
            slab.remove(handles[leaver], &mut chain).unwrap();
            left.retain(|n| *n != leaver as u64);
            assert_eq!(slab.oldest(&chain).unwrap().created_ms(), left[0]);
            assert_eq!(slab.chained(&chain).map(|(_, e)| e.created_ms()).collect::<Vec<_>>(), left);
        }
        slab.remove(handles[3], &mut chain).unwrap();
        assert!(slab.oldest(&chain).is_none() && slab.is_empty());
    }

    #[test]
    fn all_empty_pages_but_one_are_freed() {
        let (mut slab, mut chain) = (Slab::default(), Chain::default());
        let empty = slab.bytes();
        let count = PAGE as u32 * 3;
        for slot in 1..=count {
            slab.insert(Handle::new(slot, 0), entry(0), &mut chain).unwrap();
        }
        let full = slab.bytes();
        assert!(full >= count as usize * size_of::<Entry>());
        for slot in 1..=count {
            slab.remove(Handle::new(slot, 0), &mut chain).unwrap();
        }
        let one_page = PAGE * size_of::<Entry>();
        assert!(slab.bytes() < empty + one_page + 1024, "{} bytes stay of {full}", slab.bytes());
    }

    #[test]
    fn an_empty_page_is_reused() {
        let (mut slab, mut chain) = (Slab::default(), Chain::default());
        let handle = Handle::new(1, 0);
        let mut pages = std::collections::HashSet::new();
        for _ in 0..100 {
            slab.insert(handle, entry(0), &mut chain).unwrap();
            pages.insert(std::ptr::from_ref(slab.get(handle).unwrap()));
            slab.remove(handle, &mut chain).unwrap();
        }
        assert_eq!(pages.len(), 1);
    }

    #[test]
    fn time_and_window_do_not_touch() {
        let mut entry = entry((1 << CREATED_BITS) - 1);
        entry.set_window(MAX_WINDOW);
        assert_eq!((entry.created_ms(), entry.window()), ((1 << CREATED_BITS) - 1, MAX_WINDOW));
        entry.set_window(0);
        assert_eq!((entry.created_ms(), entry.window()), ((1 << CREATED_BITS) - 1, 0));
    }

    #[test]
    fn the_mark_of_an_owner_does_not_touch_the_generation() {
        let (mut slab, mut chain) = (Slab::default(), Chain::default());
        let handle = Handle::new(3, MAX_GENERATION);
        let mut with_owner = entry(1);
        with_owner.set_with_owner();
        slab.insert(handle, with_owner, &mut chain).unwrap();
        assert_eq!(slab.occupant(3), Some(handle));
        assert!(slab.get(handle).unwrap().is_with_owner());
        assert!(slab.remove(handle, &mut chain).unwrap().is_with_owner());
        slab.insert(handle, entry(2), &mut chain).unwrap();
        assert!(!slab.get(handle).unwrap().is_with_owner(), "the next occupant has its own");
    }

    #[test]
    fn weights_are_kept() {
        let entry = Entry::new(0, 0, 0, 3, 15);
        assert_eq!((entry.site_weight(), entry.total_weight()), (8, 32_768));
    }
}
