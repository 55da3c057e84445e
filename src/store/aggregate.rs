//! One site and its sums.

use hdrhistogram::Histogram;

use crate::record::layout::{Handle, Quantity};
use crate::store::inserters::Inserters;
use crate::store::series::{Due, FIRST_INTERVAL_MS, Series, Timeline};
use crate::store::sites::Site;
use crate::values::allocations::Allocations;
use crate::values::snapshot::{Lifetimes, Totals, Verdict};

use super::shown::Shown;

/// Lifetimes above a week count as a week, which bounds a histogram to some 2 KiB.
const MAX_LIFETIME_MS: u64 = 7 * 24 * 3_600_000;

/// How a major garbage collection was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MajorGc {
    /// At once: nothing came while it was made.
    Whole,
    /// By V8 at a time of its own, …
    Noticed,
    /// … or when it was asked for. It keeps what comes while it marks.
    InSteps,
}

/// One site and its sums.
pub struct Aggregate {
    /// Its stack, kind and label.
    pub site: Site,
    /// Weighted counts.
    pub counts: Totals,
    /// Live registrations whose owner was created in the same creation window: they end with it.
    pub with_owner: u64,
    /// True once a registration stood for more than one.
    pub estimated: bool,
    /// Collections: entries of the live instances.
    pub entries: u64,
    /// Collections: the insertion sites of the watched ones.
    pub inserters: Inserters,
    /// Looks in a row at which entries were leaving among those that stay.
    leaving_looks: u16,
    /// Timers: the longest delay, in ms.
    pub delay_ms: u32,
    /// Checkouts: how long they may be held at the most, in ms; 0 for any time.
    pub max_hold_ms: u32,
    /// A report has named the registrations that were created until then, in ms; `None` without such a report.
    pub(super) reported_until_ms: Option<u64>,
    /// How many of those were released since.
    pub returned_late: u64,
    /// When the first registration was collected and when the last, in ms.
    pub collected_ms: Option<(u64, u64)>,
    /// Registrations that there were when one is next to be noticed, and when one was asked for: see [`MajorGc`].
    marked: [u64; 2],
    /// When the first registration was made, in ms.
    pub since_ms: u64,
    /// The most that were seen on one owner that was in use just then, since the last look but one: the listeners of
    /// an emitter that got one, the entries of a collection that grew. The older first.
    held_count: [u64; 2],
    /// What was reported of it at the last look.
    pub shown: Option<Box<Shown>>,
    /// [`Aggregate::value`] over time.
    pub series: Series,
    /// Live registrations over time; empty where [`Aggregate::value`] is the same.
    pub live_series: Series,
    /// Functions whose allocations stay: what is known of them.
    pub allocations: Option<Box<Allocations>>,
    /// Allocated when the first registration ends.
    pub(super) lifetimes: Option<Box<Histogram<u32>>>,
    /// The largest live collection; `None` when it must be searched.
    pub(super) largest: Option<(Handle, u32)>,
}

impl Aggregate {
    pub(super) fn new(site: Site) -> Self {
        Self {
            site,
            counts: Totals::default(),
            with_owner: 0,
            estimated: false,
            entries: 0,
            inserters: Inserters::default(),
            leaving_looks: 0,
            delay_ms: 0,
            max_hold_ms: 0,
            reported_until_ms: None,
            returned_late: 0,
            collected_ms: None,
            marked: [0; 2],
            since_ms: 0,
            held_count: [0; 2],
            shown: None,
            series: Series::default(),
            live_series: Series::default(),
            allocations: None,
            lifetimes: None,
            largest: None,
        }
    }

    /// Takes in what a registration says beside itself.
    pub(super) fn measure(&mut self, quantity: Quantity) {
        match quantity {
            Quantity::None => {}
            Quantity::DelayMs(ms) => self.delay_ms = self.delay_ms.max(ms),
            Quantity::MaxHoldMs(ms) => self.max_hold_ms = self.max_hold_ms.max(ms),
            Quantity::Listeners(count) => self.used(u64::from(count)),
        }
    }

    /// The value by which growth is measured: entries of collections, else live registrations.
    pub fn value(&self) -> u64 {
        if self.site.is_collection() { self.entries.max(self.counts.live) } else { self.counts.live }
    }

    /// Whether it was a leak at the last look.
    pub fn is_leak(&self) -> bool {
        self.shown.as_deref().is_some_and(|shown| shown.verdict == Verdict::Leak)
    }

    /// For how long entries have been leaving among those that stay, in ms.
    pub fn leaving_ms(&self) -> u64 {
        u64::from(self.leaving_looks) * FIRST_INTERVAL_MS
    }

    /// So many are known to be held, as they were seen on one owner that was in use a moment ago.
    pub fn held_count(&self) -> u64 {
        self.held_count[0].max(self.held_count[1])
    }

    /// So many were seen on one owner that is in use.
    pub(super) fn used(&mut self, count: u64) {
        self.held_count[1] = self.held_count[1].max(count);
    }

    /// Points are due. What was seen before the last ones is long ago, unless nothing was seen since.
    pub(super) fn look(&mut self, due: Due) {
        let value = self.value();
        self.series.record(due, value);
        if self.site.is_collection() {
            self.live_series.record(due, self.counts.live);
            let leaves = self.inserters.others_leave(value);
            self.leaving_looks = if leaves { self.leaving_looks.saturating_add(1) } else { 0 };
        }
        if self.held_count[1] > 0 {
            self.held_count = [self.held_count[1], 0];
        }
    }

    /// What garbage there is now the next collection of this sort takes.
    pub(super) fn mark(&mut self, how: MajorGc) {
        if let Some(marked) = self.marked_for(how) {
            self.marked[marked] = self.counts.registered;
        }
    }

    fn marked_for(&self, how: MajorGc) -> Option<usize> {
        match how {
            MajorGc::Whole => None,
            MajorGc::Noticed => Some(0),
            MajorGc::InSteps => Some(1),
        }
    }

    /// See [`super::Store::collected`].
    pub(super) fn collected(&mut self, timeline: &Timeline, since_ms: u64, how: MajorGc) {
        let later = self.marked_for(how).map_or(0, |at| self.counts.registered - self.marked[at]);
        let value = self.value();
        if !self.site.is_collection() {
            self.series.collected(timeline, since_ms, value, later);
            return;
        }
        self.live_series.collected(timeline, since_ms, self.counts.live, later);
        // How many entries are in those that came later is not known.
        if later == 0 {
            self.series.collected(timeline, since_ms, value, 0);
        }
    }

    /// A registration has ended, or an entry was removed.
    pub(super) fn lower(&mut self) {
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

    /// The longest lifetime that ended, in ms, but for so many that lived longer; 0 when no others have ended.
    pub fn longest_but(&self, outliers: u64) -> u64 {
        self.lifetimes.as_deref().map_or(0, |histogram| match histogram.len() {
            count if count <= outliers => 0,
            count => {
                let share = (count - outliers) as f64 / count as f64;
                histogram.value_at_quantile(share).min(histogram.max())
            }
        })
    }

    pub(super) fn record_lifetime(&mut self, lifetime_ms: u64, weight: u64) {
        let histogram = self.lifetimes.get_or_insert_with(|| {
            // One significant digit, and it grows with its largest value: most sites are short-lived.
            let mut histogram =
                Histogram::new_with_bounds(1, 2, 1).expect("1..2 with one digit is a valid range");
            histogram.auto(true);
            Box::new(histogram)
        });
        // Zero is below the range of the histogram; it means "under 1 ms".
        let lifetime_ms = lifetime_ms.min(MAX_LIFETIME_MS);
        let recorded = histogram.record_n(lifetime_ms, u32::try_from(weight).unwrap_or(u32::MAX));
        debug_assert!(recorded.is_ok(), "the histogram grows up to its bound: {recorded:?}");
    }
}
