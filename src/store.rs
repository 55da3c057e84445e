//! All that is recorded: plain state with one owner, no threads, no clock of its own.

use std::collections::{BTreeMap, HashMap};

use hdrhistogram::Histogram;

use crate::event::{Event, Handle, LISTENER, MAX_SLOT, is_collection};
use crate::fillers::{self, Fillers};
use crate::kinds;
use crate::series::{Series, Timeline};
use crate::sites::{Definition, MAX_SITES, Site};
use crate::slab::{Chain, Entry, Slab};
use crate::snapshot::{Lifetimes, Size, Totals};

/// Lifetimes above a week count as a week: it bounds a histogram to some 2 KiB.
const MAX_LIFETIME_MS: u64 = 7 * 24 * 3_600_000;
/// Live instances of an isolate whose fillers are known one by one; those of further ones are known
/// by site.
const MAX_FILLED: usize = 1_024;
/// Notes kept.
const MAX_NOTES: usize = 64;

/// Names an isolate from its attachment to its end; never used again.
pub type IsolateKey = u32;

/// See the module.
#[derive(Default)]
pub struct Store {
    isolates: BTreeMap<IsolateKey, Isolate>,
    /// By kind.
    totals: Vec<Totals>,
    /// When the sites' values are looked at.
    pub timeline: Timeline,
    /// Records applied.
    pub events: u64,
    /// Records that made no sense, and records that JavaScript gave up.
    pub dropped: u64,
    notes: Vec<String>,
    /// The folder that fingerprints leave out.
    root: String,
}

/// What one isolate registered.
struct Isolate {
    /// Worker thread id; 0 is the main thread.
    thread: u32,
    slab: Slab,
    /// By site number minus one.
    sites: Vec<Aggregate>,
    /// Live registrations by site number; those without a site are at 0.
    chains: Vec<Chain>,
    /// Live collections that were watched.
    filled: HashMap<Handle, Fillers>,
    /// See [`SiteView::collected_ms`].
    collected_ms: u64,
    /// What is registered belongs to this window; 0 for none.
    window: u32,
}

/// One site and its sums.
pub struct Aggregate {
    /// Who it is.
    pub site: Site,
    /// Weighted counts.
    pub counts: Totals,
    /// True once a registration stood for more than itself.
    pub estimated: bool,
    /// Collections: entries of the live instances.
    pub entries: u64,
    /// Collections: who fills those that were watched.
    pub fillers: Fillers,
    /// Timers: the longest delay asked for, in ms; what is lent: the longest patience. See [`crate::lent`].
    pub delay_ms: u64,
    /// What was born until then, in ms, some user's value has told of as lost; `None` when none has.
    told_until_ms: Option<u64>,
    /// Of those, how many have ended in order since.
    pub taken_back: u64,
    /// When the first registration was made, in ms.
    pub since_ms: u64,
    /// So many were seen on one owner that was in use just then: the listeners of the emitter that got the last
    /// one, the entries of the collection that grew last.
    pub in_use: u64,
    /// Whether it was judged a leak when it was last looked at.
    pub is_leak: bool,
    /// [`Aggregate::value`] over time.
    pub series: Series,
    /// Live registrations over time; empty where that is the value.
    pub live_series: Series,
    /// Allocated by the first that ends.
    lifetimes: Option<Box<Histogram<u32>>>,
    /// The largest live collection; `None` when it has to be looked for again.
    largest: Option<(Handle, u32)>,
}

/// A site with the isolate that it belongs to.
#[derive(Clone, Copy)]
pub struct SiteView<'a> {
    /// Who, and the sums.
    pub aggregate: &'a Aggregate,
    /// Worker thread id.
    pub thread: u32,
    /// Names the site while the isolate lives.
    pub key: (IsolateKey, u32),
    /// When the oldest live registration was made, in ms.
    pub oldest_born_ms: Option<u64>,
    /// What was garbage at this time, in ms, has been collected; 0 until there was a major collection.
    pub collected_ms: u64,
    isolate: &'a Isolate,
}

impl Store {
    /// An empty store. `root` is the folder that fingerprints leave out.
    pub fn new(root: String) -> Self {
        Self { root, ..Self::default() }
    }

    /// An isolate begins to record.
    pub fn attach(&mut self, key: IsolateKey, thread: u32) {
        let isolate = Isolate {
            thread,
            slab: Slab::default(),
            sites: Vec::new(),
            chains: vec![Chain::default()],
            filled: HashMap::new(),
            collected_ms: 0,
            window: 0,
        };
        self.isolates.insert(key, isolate);
    }

    /// An isolate ends, or stops recording: what was its is released.
    pub fn detach(&mut self, key: IsolateKey) {
        let Some(isolate) = self.isolates.remove(&key) else { return };
        for entry in isolate.slab.iter() {
            count_end(totals_of(&mut self.totals, entry.kind), entry.total_weight(), &Ending::Released);
        }
    }

    /// Isolates recording.
    pub fn isolates(&self) -> u32 {
        self.isolates.len() as u32
    }

    /// A stack was seen for the first time. Numbers run from 1 in the order of definition.
    pub fn define(&mut self, key: IsolateKey, definition: Definition) {
        let Some(isolate) = self.isolates.get_mut(&key) else { return };
        debug_assert!(isolate.sites.len() < MAX_SITES as usize);
        let kind_name = kinds::name(definition.kind);
        isolate.sites.push(Aggregate::new(Site::new(definition, &kind_name, &self.root)));
        isolate.chains.push(Chain::default());
    }

    /// A known stack with another event name or delay.
    pub fn add_detail(&mut self, key: IsolateKey, site: u32, detail: String) {
        if let Some(aggregate) = self.isolates.get_mut(&key).and_then(|isolate| isolate.site_mut(site)) {
            aggregate.site.add_detail(detail);
        }
    }

    /// A major garbage collection has ended what was garbage at `since_ms`, and all these ends are applied.
    pub fn collected(&mut self, key: IsolateKey, since_ms: u64) {
        let Some(isolate) = self.isolates.get_mut(&key) else { return };
        isolate.collected_ms = isolate.collected_ms.max(since_ms);
        for aggregate in &mut isolate.sites {
            let value = aggregate.value();
            aggregate.series.collected(&self.timeline, since_ms, value);
            if aggregate.site.is_collection() {
                aggregate.live_series.collected(&self.timeline, since_ms, aggregate.counts.live);
            }
        }
    }

    /// A user is told that a site's registrations born until `until_ms` are lost: if they end in order after all, that
    /// is told too.
    pub fn told(&mut self, (key, site): (IsolateKey, u32), until_ms: u64) {
        if let Some(aggregate) = self.isolates.get_mut(&key).and_then(|isolate| isolate.site_mut(site)) {
            aggregate.told_until_ms = aggregate.told_until_ms.max(Some(until_ms));
        }
    }

    /// Something a reader of the report has to know. Said once.
    pub fn note(&mut self, note: String) {
        if self.notes.len() < MAX_NOTES && !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// What [`Store::note`] was told.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Applies what an isolate recorded.
    pub fn apply(&mut self, key: IsolateKey, event: Event, now_ms: u64) {
        self.events += 1;
        let Some(isolate) = self.isolates.get_mut(&key) else { return };
        match event {
            Event::Register { handle, kind, site, site_weight_log2, total_weight_log2, delay_ms, owned } => {
                // A tenant whose release was never seen makes room: its owner gave the slot away.
                if let Some(stale) = isolate.slab.tenant(handle.slot()) {
                    self.dropped += 1;
                    isolate.end(stale, now_ms, &mut self.totals, Ending::Released);
                }
                let mut entry = Entry::new(kind, site, now_ms, site_weight_log2, total_weight_log2);
                entry.set_window(if owned { 0 } else { isolate.window });
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
                    aggregate.estimated |= site_weight_log2 > 0;
                    if kind == LISTENER {
                        aggregate.in_use = u64::from(delay_ms);
                    } else {
                        aggregate.delay_ms = aggregate.delay_ms.max(u64::from(delay_ms));
                    }
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
            Event::Fill { handle, site, entries } => isolate.fillers_of(handle, |fillers, is_same| {
                fillers.fill(site, u64::from(entries), |other| is_same(site, other));
            }),
            Event::Leave(handle, entries) => {
                isolate.fillers_of(handle, |fillers, _| fillers.leave(u64::from(entries)));
            }
            Event::Passed { kind, count } => {
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

    /// Looks at every site's value when that is due; true when it was.
    pub fn tick(&mut self, now_ms: u64) -> bool {
        let Some(due) = self.timeline.tick(now_ms) else { return false };
        for aggregate in self.isolates.values_mut().flat_map(|isolate| &mut isolate.sites) {
            aggregate.series.record(due, aggregate.value());
            if aggregate.site.is_collection() {
                aggregate.live_series.record(due, aggregate.counts.live);
            }
        }
        true
    }

    /// Remembers which sites are leaks.
    pub fn remember(&mut self, is_leak: &[((IsolateKey, u32), bool)]) {
        for ((key, site), is_leak) in is_leak {
            let isolate = self.isolates.get_mut(key);
            if let Some(aggregate) = isolate.and_then(|isolate| isolate.site_mut(*site)) {
                aggregate.is_leak = *is_leak;
            }
        }
    }

    /// Counts by kind, of kinds that were seen.
    pub fn totals(&self) -> BTreeMap<String, Totals> {
        let seen = self.totals.iter().enumerate().filter(|(_, totals)| totals.registered > 0);
        seen.map(|(kind, totals)| (kinds::name(kind as u8), *totals)).collect()
    }

    /// Every site.
    pub fn sites(&self) -> impl Iterator<Item = SiteView<'_>> {
        self.isolates.iter().flat_map(|(key, isolate)| {
            let numbered = isolate.sites.iter().zip(1..);
            numbered.map(|(aggregate, site)| view_of(*key, isolate, site, aggregate))
        })
    }

    /// Finds the largest collection of the sites that lost theirs, so that
    /// [`SiteView::size`] need not look at every instance.
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

    /// What an isolate registered in its windows and what is still live: how many of each window and
    /// site.
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

    /// Bytes held, without the rings.
    pub fn bytes(&self) -> usize {
        let of_isolate = |isolate: &Isolate| {
            isolate.slab.bytes()
                + isolate.filled.capacity() * size_of::<(Handle, Fillers)>()
                + isolate.filled.values().map(Fillers::bytes).sum::<usize>()
                + isolate.sites.capacity() * size_of::<Aggregate>()
                + isolate.sites.iter().map(Aggregate::bytes).sum::<usize>()
        };
        size_of::<Self>()
            + self.isolates.values().map(of_isolate).sum::<usize>()
            + self.totals.capacity() * size_of::<Totals>()
    }
}

fn view_of<'a>(key: IsolateKey, isolate: &'a Isolate, site: u32, aggregate: &'a Aggregate) -> SiteView<'a> {
    SiteView {
        aggregate,
        thread: isolate.thread,
        key: (key, site),
        oldest_born_ms: isolate.slab.oldest(&isolate.chains[site as usize]).map(Entry::born_ms),
        collected_ms: isolate.collected_ms,
        isolate,
    }
}

impl SiteView<'_> {
    /// Live registrations that were made until `until_ms`.
    pub fn born_until(&self, until_ms: u64) -> u64 {
        // The oldest come first.
        let chained = self.isolate.slab.chained(&self.isolate.chains[self.key.1 as usize]);
        chained
            .take_while(|(_, entry)| entry.born_ms() <= until_ms)
            .map(|(_, entry)| entry.site_weight())
            .sum()
    }

    /// When the live registrations were made, in ms, the oldest first, `most` at the most.
    pub fn births_ms(&self, most: usize) -> Vec<u64> {
        let chained = self.isolate.slab.chained(&self.isolate.chains[self.key.1 as usize]);
        chained.take(most).map(|(_, entry)| entry.born_ms()).collect()
    }

    /// Collections: entries over all and of the largest.
    pub fn size(&self) -> Option<Size> {
        self.aggregate.site.is_collection().then(|| Size {
            total: self.aggregate.entries,
            max: self.aggregate.largest.map_or(0, |(_, size)| u64::from(size)),
        })
    }

    /// Who fills one of the site's collections; all of them, where that is not known.
    pub fn fillers_of(&self, handle: Handle) -> &Fillers {
        self.isolate.filled.get(&handle).unwrap_or(&self.aggregate.fillers)
    }

    /// Another site of the isolate.
    pub fn other(&self, site: u32) -> Option<&Site> {
        self.isolate.sites.get((site as usize).checked_sub(1)?).map(|aggregate| &aggregate.site)
    }
}

enum Ending {
    Released,
    Collected,
}

impl Isolate {
    fn site_mut(&mut self, site: u32) -> Option<&mut Aggregate> {
        self.sites.get_mut(site.checked_sub(1)? as usize)
    }

    /// The slab, the chain of a site's registrations and its sums, each to be changed.
    fn parts(&mut self, site: u32) -> (&mut Slab, &mut Chain, Option<&mut Aggregate>) {
        let known = if (site as usize) < self.chains.len() { site as usize } else { 0 };
        let aggregate = known.checked_sub(1).and_then(|index| self.sites.get_mut(index));
        (&mut self.slab, &mut self.chains[known], aggregate)
    }

    fn end(&mut self, handle: Handle, now_ms: u64, totals: &mut Vec<Totals>, ending: Ending) {
        let Some((site, kind)) = self.slab.get(handle).map(|entry| (entry.site, entry.kind)) else { return };
        if is_collection(kind) {
            self.filled.remove(&handle);
        }
        let (slab, chain, aggregate) = self.parts(site);
        let Some(entry) = slab.remove(handle, chain) else { return };
        count_end(totals_of(totals, entry.kind), entry.total_weight(), &ending);
        let Some(aggregate) = aggregate else { return };
        count_end(&mut aggregate.counts, entry.site_weight(), &ending);
        let was_told = aggregate.told_until_ms.is_some_and(|until| entry.born_ms() <= until);
        if was_told && matches!(ending, Ending::Released) {
            aggregate.taken_back += entry.site_weight();
        }
        aggregate.record_lifetime(now_ms.saturating_sub(entry.born_ms()), entry.site_weight());
        aggregate.entries = aggregate.entries.saturating_sub(u64::from(entry.size) * entry.site_weight());
        if aggregate.largest.is_some_and(|(largest, _)| largest == handle) {
            aggregate.largest = None;
        }
        aggregate.lower();
    }

    /// Changes what is known of who fills a collection: of itself, and of its site.
    fn fillers_of(
        &mut self,
        handle: Handle,
        mut change: impl FnMut(&mut Fillers, &dyn Fn(u32, u32) -> bool),
    ) {
        let Some(site) = self.slab.get(handle).map(|entry| entry.site) else { return };
        let has_room = self.filled.len() < MAX_FILLED;
        let mut of_site = self.site_mut(site).map(|aggregate| std::mem::take(&mut aggregate.fillers));
        let by_number = |site: u32| self.sites.get((site as usize).checked_sub(1)?).map(|known| &known.site);
        let is_same = |one, other| {
            by_number(one).zip(by_number(other)).is_some_and(|(a, b)| fillers::is_same_place(a, b))
        };
        if let Some(fillers) = &mut of_site {
            change(fillers, &is_same);
        }
        if has_room {
            self.filled.entry(handle).or_default();
        }
        if let Some(fillers) = self.filled.get_mut(&handle) {
            change(fillers, &is_same);
        }
        if let Some((aggregate, fillers)) = self.site_mut(site).zip(of_site) {
            aggregate.fillers = fillers;
        }
    }

    fn resize(&mut self, handle: Handle, size: u32) {
        let Some(entry) = self.slab.get_mut(handle) else { return };
        let before = std::mem::replace(&mut entry.size, size);
        let (site, weight) = (entry.site, entry.site_weight());
        let Some(aggregate) = self.site_mut(site) else { return };
        aggregate.entries =
            (aggregate.entries + u64::from(size) * weight).saturating_sub(u64::from(before) * weight);
        if size > before {
            aggregate.in_use = u64::from(size) * weight;
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

fn count_end(counts: &mut Totals, weight: u64, ending: &Ending) {
    counts.live -= weight;
    match ending {
        Ending::Released => counts.released += weight,
        Ending::Collected => counts.collected += weight,
    }
}

fn totals_of(totals: &mut Vec<Totals>, kind: u8) -> &mut Totals {
    let kind = usize::from(kind);
    if totals.len() <= kind {
        totals.resize(kind + 1, Totals::default());
    }
    &mut totals[kind]
}

impl Aggregate {
    fn new(site: Site) -> Self {
        Self {
            site,
            counts: Totals::default(),
            estimated: false,
            entries: 0,
            fillers: Fillers::default(),
            delay_ms: 0,
            told_until_ms: None,
            taken_back: 0,
            since_ms: 0,
            in_use: 0,
            is_leak: false,
            series: Series::default(),
            live_series: Series::default(),
            lifetimes: None,
            largest: None,
        }
    }

    /// What its growth is measured by: entries for collections, live registrations else.
    pub fn value(&self) -> u64 {
        if self.site.is_collection() { self.entries.max(self.counts.live) } else { self.counts.live }
    }

    /// Something has ended, or left.
    fn lower(&mut self) {
        let value = self.value();
        self.series.lower(value);
        if self.site.is_collection() {
            self.live_series.lower(self.counts.live);
        }
    }

    /// Quantiles of the lifetimes that ended.
    pub fn lifetimes(&self) -> Lifetimes {
        self.lifetimes.as_deref().map_or(Lifetimes::default(), |histogram| Lifetimes {
            count: histogram.len(),
            p50: histogram.value_at_quantile(0.50).min(histogram.max()),
            p95: histogram.value_at_quantile(0.95).min(histogram.max()),
            p99: histogram.value_at_quantile(0.99).min(histogram.max()),
            max: histogram.max(),
        })
    }

    fn record_lifetime(&mut self, lifetime_ms: u64, weight: u64) {
        let histogram = self.lifetimes.get_or_insert_with(|| {
            // One significant digit, and it grows with what it is told: most sites live short.
            let mut histogram =
                Histogram::new_with_bounds(1, 2, 1).expect("1..2 with one digit is a valid range");
            histogram.auto(true);
            Box::new(histogram)
        });
        // Zero would be below the histogram's range, and "under 1 ms" is what it means.
        let lifetime_ms = lifetime_ms.min(MAX_LIFETIME_MS);
        let recorded = histogram.record_n(lifetime_ms, u32::try_from(weight).unwrap_or(u32::MAX));
        debug_assert!(recorded.is_ok(), "the histogram grows up to its bound: {recorded:?}");
    }

    fn bytes(&self) -> usize {
        let histogram =
            self.lifetimes.as_deref().map_or(0, |h| size_of_val(h) + h.distinct_values() * size_of::<u32>());
        self.site.bytes() + self.fillers.bytes() + self.series.bytes() + self.live_series.bytes() + histogram
    }
}
