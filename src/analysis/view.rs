//! From the store to a [`Snapshot`]: what is recorded, judged and put in order.

use std::time::{Duration, SystemTime};

use crate::analysis::causes;
use crate::analysis::checkouts::{self, Checkouts};
use crate::analysis::estimates::{self, Estimates};
use crate::analysis::judge::judge_and_remember;
use crate::analysis::unclosed;
use crate::record::layout::{ARRAY, HANDLE, MAP, OBJECT, SET, is_timer};
use crate::store::inserters::Inserters;
use crate::store::series::{Timeline, growth_per_hour};
use crate::store::{Aggregate, IsolateKey, Shown, SiteView, Store};
use crate::values::frames::{self, Place};
use crate::values::reason::Reason;
use crate::values::snapshot::{
    Collection, Leak, Overhead, ProcessInfo, SCHEMA, Site, Snapshot, TopInserter, Verdict,
};

/// Oversized collections listed.
const MAX_COLLECTIONS: usize = 100;

/// What the store does not know.
#[derive(Clone, Debug)]
pub struct Context {
    /// Node version with its leading `v`.
    pub node: String,
    /// `counts`, `adaptive` or `full`.
    pub mode: String,
    /// When recording started.
    pub started_at: SystemTime,
    /// Milliseconds since then.
    pub now_ms: u64,
    /// Entries from which a collection counts as oversized.
    pub min_size: u32,
    /// What recording costs; `bytes` without the store's own.
    pub overhead: Overhead,
}

/// Takes a snapshot. It costs by sites, not by live registrations.
pub fn snapshot(store: &mut Store, context: &Context) -> Snapshot {
    store.refresh_largest();
    let mut seen = Seen::of(store);
    let sites: Vec<Site> = store
        .sites()
        .filter(|view| view.aggregate.counts.registered > 0 && !view.aggregate.site.ignored)
        .map(|view| site(&view, &store.timeline, context, &mut seen))
        .collect();
    for (key, until_ms) in seen.reported {
        store.reported(key, until_ms);
    }
    store.remember(seen.shown);
    with_sites(store, context, sites, MAX_COLLECTIONS)
}

/// A snapshot for counts: of sites that are neither a leak nor a suspect, what [`brief`] says, and these first. Without
/// collections: half of what a snapshot costs is what a person reads. Most of them nobody reads: what one accuses does not
/// count as reported.
pub fn counted(store: &mut Store, context: &Context) -> Snapshot {
    let mut seen = Seen::of(store);
    let (mut sites, mut others) = (Vec::new(), Vec::with_capacity(store.sites().count()));
    for view in
        store.sites().filter(|view| view.aggregate.counts.registered > 0 && !view.aggregate.site.ignored)
    {
        let judged = judged(&view, &store.timeline, context, &mut seen);
        // On what a handle's line opens something else may hang.
        if judged.verdict <= Verdict::Suspect || view.aggregate.site.kind == HANDLE {
            sites.push(described(&view, context, judged, &seen.estimates));
        } else {
            others.push(brief(&view, &judged));
        }
    }
    store.remember(seen.shown);
    let mut snapshot = with_sites(store, context, sites, 0);
    others.append(&mut snapshot.sites);
    Snapshot { sites: others, ..snapshot }
}

/// A snapshot with the sites that `number_of` gives a number alone. Nobody has read it yet: what it accuses
/// does not count as reported.
pub fn excerpt(
    store: &mut Store,
    context: &Context,
    number_of: impl Fn(&SiteView<'_>) -> Option<u32>,
) -> Snapshot {
    let mut seen = Seen::of(store);
    let chosen = store.sites().filter_map(|view| number_of(&view).map(|number| (number, view)));
    let sites =
        chosen.map(|(number, view)| Site { number, ..site(&view, &store.timeline, context, &mut seen) });
    let sites = sites.collect();
    store.remember(seen.shown);
    with_sites(store, context, sites, MAX_COLLECTIONS)
}

/// The rest of a snapshot with these sites, which it puts in order, and at most so many collections.
fn with_sites(store: &Store, context: &Context, mut sites: Vec<Site>, collections: usize) -> Snapshot {
    causes::put_in_order(&mut sites);
    causes::settle_sites(&mut sites);
    causes::put_in_order(&mut sites);
    let collections =
        store.oversized(context.min_size, collections).into_iter().map(|(view, handle, size)| {
            let (top_inserter, removed_entries) = inserted(&view, view.inserters_of(handle));
            Collection {
                kind: crate::record::kinds::name(view.aggregate.site.kind),
                size: u64::from(size),
                site: fingerprint_text(&view),
                top_inserter,
                removed_entries,
            }
        });
    let time = |at: SystemTime| humantime::format_rfc3339_millis(at).to_string();
    Snapshot {
        schema: SCHEMA,
        process: ProcessInfo {
            pid: std::process::id(),
            node: context.node.clone(),
            started_at: time(context.started_at),
            taken_at: time(context.started_at + Duration::from_millis(context.now_ms)),
            uptime_ms: context.now_ms,
            threads: store.isolates(),
        },
        mode: context.mode.clone(),
        totals: store.totals(),
        collections: collections.collect(),
        sites,
        overhead: Overhead {
            events: store.events,
            dropped: context.overhead.dropped + store.dropped,
            ..context.overhead
        },
        census: None,
        heap: None,
        notes: store.notes().to_vec(),
    }
}

fn fingerprint_text(view: &SiteView<'_>) -> String {
    format!("{:016x}", view.aggregate.site.fingerprint)
}

fn oldest_ms(view: &SiteView<'_>, now_ms: u64) -> u64 {
    view.oldest_created_ms.map_or(0, |created| now_ms.saturating_sub(created))
}

/// What sites have together, and what a snapshot changes of the store.
#[derive(Default)]
struct Seen {
    estimates: Estimates,
    /// Until when the registrations were created that a site reports as overdue.
    reported: Vec<((IsolateKey, u32), u64)>,
    /// What was reported for the first time, is a leak now, or is not reported any more: it is judged the same at the next look.
    shown: Vec<((IsolateKey, u32), Option<Shown>)>,
}

impl Seen {
    fn of(store: &Store) -> Self {
        Self { estimates: Estimates::of(store), ..Self::default() }
    }
}

/// One site.
fn site(view: &SiteView<'_>, timeline: &Timeline, context: &Context, seen: &mut Seen) -> Site {
    let judged = judged(view, timeline, context, seen);
    described(view, context, judged, &seen.estimates)
}

/// What is thought of a site.
struct Judged {
    verdict: Verdict,
    reason: Reason,
    growth: GrowthRate,
    checkouts: Option<Checkouts>,
}

fn judged(view: &SiteView<'_>, timeline: &Timeline, context: &Context, seen: &mut Seen) -> Judged {
    let aggregate = view.aggregate;
    let (judgement, shown) = judge_and_remember(view, timeline, context.now_ms);
    let verdict_of = |shown: &Shown| shown.verdict;
    if shown.as_ref().map(verdict_of) != aggregate.shown.as_deref().map(verdict_of) {
        seen.shown.push((view.key, shown));
    }
    let growth = match judgement.is_of_the_past() {
        _ if aggregate.allocations.is_some() => GrowthRate { per_hour: 0.0, is_of_entries: false },
        true => GrowthRate { per_hour: 0.0, is_of_entries: false },
        false => growth(aggregate, timeline, judgement.level),
    };
    let checkouts = Checkouts::of(view, context.now_ms);
    // A timeout of a chain fires, and the chain goes on: that is no late return.
    let is_of_chains = matches!(judgement.reason, Reason::StartAgain { .. });
    seen.reported.extend(
        checkouts::reported_until(judgement.verdict, checkouts, context.now_ms)
            .filter(|_| !is_of_chains)
            .map(|until_ms| (view.key, until_ms)),
    );
    let judged = unclosed::judge(aggregate, (judgement.verdict, judgement.reason), context.now_ms);
    let (verdict, reason) = match checkouts {
        Some(checkouts) => checkouts.judge(judged, aggregate.counts.live, oldest_ms(view, context.now_ms)),
        None => judged,
    };
    Judged { verdict, reason, growth, checkouts }
}

/// What counts of a site: its verdict, its line, what an allow-list names, and how fast it grows.
fn brief(view: &SiteView<'_>, judged: &Judged) -> Site {
    let site = &view.aggregate.site;
    Site {
        fingerprint: fingerprint_text(view),
        kind: crate::record::kinds::name(site.kind),
        label: site.label().clone(),
        bytes_per_hour: match view.aggregate.allocations {
            // What is reported alone explains anything.
            Some(_) => None,
            None => judged.growth.bytes(site.kind),
        },
        origin: site.origin().cloned(),
        stack: site.stack.clone(),
        verdict: judged.verdict,
        ..Site::default()
    }
}

fn described(view: &SiteView<'_>, context: &Context, judged: Judged, estimates: &Estimates) -> Site {
    let aggregate = view.aggregate;
    let Judged { verdict, reason, growth, checkouts } = judged;
    let (top_inserter, removed_entries) = inserted(view, &aggregate.inserters);
    let counts = estimates.scaled(aggregate.site.kind, aggregate.counts, aggregate.estimated);
    let mut site = Site {
        fingerprint: fingerprint_text(view),
        kind: crate::record::kinds::name(aggregate.site.kind),
        label: aggregate.site.label().clone(),
        live: counts.live,
        registered: counts.registered,
        released: counts.released,
        collected: counts.collected,
        estimated: aggregate.estimated,
        oldest_ms: oldest_ms(view, context.now_ms),
        growth_per_hour: growth.per_hour,
        bytes_per_hour: growth.bytes(aggregate.site.kind),
        lifetime_ms: aggregate.lifetimes(),
        size: view.size(),
        overdue: checkouts.map(|checkouts| checkouts.overdue),
        returned_late: aggregate.returned_late,
        thread: view.thread,
        origin: aggregate.site.origin().cloned(),
        stack: aggregate.site.stack.clone(),
        verdict,
        reason: Some(reason),
        top_inserter,
        removed_entries,
        ..Site::default()
    };
    if aggregate.estimated {
        estimates::keep_within_counts(&mut site);
    }
    if let Some(allocations) = &aggregate.allocations {
        let bytes = allocations.kept.map_or(0.0, |kept| kept.bytes_per_hour());
        site.bytes_per_hour = (bytes > 0.0).then(|| bytes.round());
        // As many objects as these bytes are.
        site.growth_per_hour = bytes * allocations.objects as f64 / allocations.bytes.max(1) as f64;
        site.oldest_ms = context.now_ms.saturating_sub(aggregate.since_ms);
        site.held_by.clone_from(&allocations.held_by);
    }
    if matches!(aggregate.site.kind, ARRAY | OBJECT) {
        name_inserter(&mut site);
    }
    site.role =
        causes::of_site(aggregate.site.kind, site.growth(), aggregate.counts.live, aggregate.with_owner);
    site
}

/// An array or object of a package, or of a line that is not known, is of the line of the application that fills it.
fn name_inserter(site: &mut Site) {
    let Some(top) = &site.top_inserter else { return };
    let is_application = |origin| frames::place_of(origin) == Place::Application;
    let filled_at = frames::origin(&top.stack);
    // What a walk has found is of a file, and of a line where that is known.
    let has_line = site.origin.as_ref().is_some_and(|origin| origin.line > 0);
    if is_application(filled_at) && !(has_line && is_application(site.origin.as_ref())) {
        site.origin = filled_at.cloned();
        site.stack = top.stack.clone();
    }
}

/// What grows, and how fast.
struct GrowthRate {
    per_hour: f64,
    is_of_entries: bool,
}

/// Instances an hour; entries an hour for collections whose instances do not grow.
fn growth(aggregate: &Aggregate, timeline: &Timeline, level: Option<usize>) -> GrowthRate {
    let instances = growth_per_hour(timeline, &aggregate.live_series, level);
    let is_of_entries = aggregate.site.is_collection() && instances == 0.0;
    let per_hour =
        if instances == 0.0 { growth_per_hour(timeline, &aggregate.series, level) } else { instances };
    GrowthRate { per_hour, is_of_entries }
}

impl GrowthRate {
    /// What that keeps on V8's heap at the least, an hour: the slots of a table, the timer itself. What hangs on
    /// a key, a value or a callback is not known, and of a listener nothing is.
    fn bytes(&self, kind: u8) -> Option<f64> {
        /// Key, value, the next of its bucket, and half a bucket: of V8's tables, 29 measured.
        const MAP_ENTRY: f64 = 28.0;
        /// The same without a value; 21 measured.
        const SET_ENTRY: f64 = 20.0;
        /// A Timeout without its callback; 162 measured.
        const TIMER: f64 = 160.0;
        let each = match kind {
            MAP if self.is_of_entries => MAP_ENTRY,
            SET if self.is_of_entries => SET_ENTRY,
            _ if is_timer(kind) => TIMER,
            _ => return None,
        };
        (self.per_hour > 0.0).then(|| (self.per_hour * each).round())
    }
}

/// The stack that puts most entries in, its place's share, and how many entries left.
fn inserted(view: &SiteView<'_>, inserters: &Inserters) -> (Option<TopInserter>, Option<u64>) {
    let top = inserters.most().and_then(|most| {
        let stack = view.other(most.site)?.stack.clone();
        Some(TopInserter { stack, share: Some(most.share) })
    });
    (top, inserters.removed_entries())
}

/// A site's identity in a [`Leak`], with who filled it; the growth is for the caller to fill in.
pub fn leak(view: &SiteView<'_>, inserters: &Inserters) -> Leak {
    let site = &view.aggregate.site;
    let (top_inserter, removed_entries) = inserted(view, inserters);
    Leak {
        kind: crate::record::kinds::name(site.kind),
        label: site.label().clone(),
        fingerprint: fingerprint_text(view),
        origin: site.origin().cloned(),
        stack: frames::above_runner(&site.stack).into(),
        top_inserter,
        removed_entries,
        ..Leak::default()
    }
}

#[cfg(all(test, not(loom)))]
#[path = "view_tests.rs"]
mod tests;
