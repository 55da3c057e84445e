//! From the store to a [`Snapshot`]: what is recorded, judged and put in order.

use std::time::{Duration, SystemTime};

use crate::event::{TIMEOUT, is_timer};
use crate::fillers::Fillers;
use crate::frames;
use crate::series::{Series, Timeline, slope_per_hour};
use crate::snapshot::{Collection, Frame, Leak, Overhead, ProcessInfo, SCHEMA, Site, Snapshot};
use crate::store::{Aggregate, SiteView, Store};
use crate::verdict::{self, Facts};

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
    let mut sites: Vec<Site> = store
        .sites()
        .filter(|view| view.aggregate.counts.registered > 0 && !view.aggregate.site.ignored)
        .map(|view| site(&view, &store.timeline, context.now_ms))
        .collect();
    sites.sort_by(|a, b| {
        let rank = |site: &Site| (site.verdict, std::cmp::Reverse(weight(site)));
        rank(a).cmp(&rank(b)).then_with(|| a.fingerprint.cmp(&b.fingerprint))
    });
    let collections =
        store.oversized(context.min_size, MAX_COLLECTIONS).into_iter().map(|(view, handle, size)| {
            let (grown_by, grown_by_share, deletes) = filled(&view, view.fillers_of(handle));
            Collection {
                kind: crate::kinds::name(view.aggregate.site.kind),
                size: u64::from(size),
                site: fingerprint_text(&view),
                grown_by: grown_by.unwrap_or_default(),
                grown_by_share,
                deletes,
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
            bytes: context.overhead.bytes + store.bytes() as u64,
            events: store.events,
            dropped: context.overhead.dropped + store.dropped,
            ..context.overhead
        },
        census: None,
        notes: store.notes().to_vec(),
    }
}

/// What a site holds, for the order of equally suspicious ones.
fn weight(site: &Site) -> u64 {
    site.size.map_or(site.live, |size| size.total.max(site.live))
}

fn fingerprint_text(view: &SiteView<'_>) -> String {
    format!("{:016x}", view.aggregate.site.fingerprint)
}

fn site(view: &SiteView<'_>, timeline: &Timeline, now_ms: u64) -> Site {
    let aggregate = view.aggregate;
    let lifetime_ms = aggregate.lifetimes();
    let oldest_ms = view.oldest_born_ms.map_or(0, |born| now_ms.saturating_sub(born));
    let (verdict, evidence) = verdict::judge(Facts {
        value: aggregate.value(),
        live: aggregate.counts.live,
        ended: aggregate.counts.released + aggregate.counts.collected,
        oldest_ms,
        longest_ms: lifetime_ms.max,
        // An interval's delay ends nothing.
        delay_ms: if aggregate.site.kind == TIMEOUT { aggregate.delay_ms } else { 0 },
        is_collection: aggregate.site.is_collection(),
        // Timers end by themselves or by a call; anything else may be garbage that nobody has collected yet.
        collected_ms: if is_timer(aggregate.site.kind) { now_ms } else { view.collected_ms },
        times_ms: timeline.times_ms(),
        values: aggregate.series.values(),
        now_ms,
    });
    let (grown_by, grown_by_share, deletes) = filled(view, &aggregate.fillers);
    Site {
        fingerprint: fingerprint_text(view),
        kind: crate::kinds::name(aggregate.site.kind),
        label: aggregate.site.label(),
        live: aggregate.counts.live,
        registered: aggregate.counts.registered,
        released: aggregate.counts.released,
        collected: aggregate.counts.collected,
        estimated: aggregate.estimated,
        oldest_ms,
        growth_per_hour: growth_per_hour(aggregate, timeline),
        lifetime_ms,
        size: view.size(),
        thread: view.thread,
        origin: aggregate.site.origin().cloned(),
        stack: aggregate.site.stack.clone(),
        verdict,
        evidence: aggregate.fillers.evidence(evidence),
        grown_by,
        grown_by_share,
        deletes,
        ..Site::default()
    }
}

/// Instances an hour; entries an hour for collections whose instances do not grow.
fn growth_per_hour(aggregate: &Aggregate, timeline: &Timeline) -> f64 {
    let slope = |series: &Series| slope_per_hour(timeline.times_ms(), series.values());
    match slope(&aggregate.live_series) {
        0.0 => slope(&aggregate.series),
        instances => instances,
    }
}

/// The stack that puts most entries in, its place's share, and how many entries left.
fn filled(view: &SiteView<'_>, fillers: &Fillers) -> (Option<Vec<Frame>>, Option<f64>, Option<u64>) {
    let most = fillers.most();
    let stack = most.and_then(|most| view.other(most.site)).map(|site| site.stack.clone());
    (stack, most.map(|most| most.share), fillers.deletes())
}

/// A site's identity in a [`Leak`], with who filled it; the growth is for the caller to fill in.
pub fn leak(view: &SiteView<'_>, fillers: &Fillers) -> Leak {
    let site = &view.aggregate.site;
    let (grown_by, grown_by_share, deletes) = filled(view, fillers);
    Leak {
        kind: crate::kinds::name(site.kind),
        label: site.label(),
        fingerprint: fingerprint_text(view),
        origin: site.origin().cloned(),
        stack: frames::above_runner(&site.stack).to_vec(),
        grown_by,
        grown_by_share,
        deletes,
        ..Leak::default()
    }
}
