//! Compares two snapshots.

use std::collections::HashMap;

use crate::values::diff::{Change, Diff, SiteDiff};
use crate::values::snapshot::{SCHEMA, Site, Snapshot};

/// Compares two snapshots. Sites are the same when fingerprint, kind and label are equal; of several such (two
/// intervals started in one function, for example) those at the same position, then in order.
pub fn diff(before: &Snapshot, after: &Snapshot) -> Diff {
    let mut sites: Vec<SiteDiff> =
        paired(&before.sites, &after.sites).into_iter().filter_map(|(old, new)| change(old, new)).collect();
    sites.sort_by_key(|site| std::cmp::Reverse(growth_of(site)));
    let same_process =
        before.process.pid == after.process.pid && before.process.started_at == after.process.started_at;
    let mut notes = after.notes.clone();
    notes.extend(before.notes.iter().filter(|note| !after.notes.contains(note)).cloned());
    Diff {
        schema: SCHEMA,
        before: before.process.clone(),
        after: after.process.clone(),
        interval_ms: if same_process {
            after.process.uptime_ms.saturating_sub(before.process.uptime_ms)
        } else {
            0
        },
        sites,
        notes,
    }
}

type Pair<'a> = (Option<&'a Site>, Option<&'a Site>);

/// Pairs sites that are the same; each site is in exactly one pair.
fn paired<'a>(before: &'a [Site], after: &'a [Site]) -> Vec<Pair<'a>> {
    type Key<'a> = (&'a str, &'a str, &'a str, u32);
    fn grouped<'a>(sites: &'a [Site]) -> HashMap<Key<'a>, Vec<&'a Site>> {
        let mut groups: HashMap<Key<'_>, Vec<&Site>> = HashMap::new();
        for site in sites {
            groups
                .entry((&site.fingerprint, &site.kind, site.label.class_of(&site.kind), site.thread))
                .or_default()
                .push(site);
        }
        groups
    }
    let mut old_groups = grouped(before);
    let mut pairs = Vec::new();
    for (key, mut news) in grouped(after) {
        let mut olds = old_groups.remove(&key).unwrap_or_default();
        // Equal lines first; where code was edited between the two, in the order of lines.
        news.retain(|new| match olds.iter().position(|old| old.stack == new.stack) {
            Some(at) => {
                pairs.push((Some(olds.remove(at)), Some(*new)));
                false
            }
            None => true,
        });
        for group in [&mut olds, &mut news] {
            group.sort_by_key(|site| site.origin.as_ref().map(|frame| (frame.line, frame.column)));
        }
        for index in 0..olds.len().max(news.len()) {
            pairs.push((olds.get(index).copied(), news.get(index).copied()));
        }
    }
    pairs.extend(old_groups.into_values().flatten().map(|old| (Some(old), None)));
    // A hash map has no order.
    pairs.sort_by_key(|(old, new)| {
        let site = new.or(*old).expect("a pair has a site");
        (
            &site.kind,
            &site.label,
            site.thread,
            &site.fingerprint,
            site.origin.as_ref().map(|f| (f.line, f.column)),
        )
    });
    pairs
}

/// The change of a pair; `None` without a change in counts.
fn change(old: Option<&Site>, new: Option<&Site>) -> Option<SiteDiff> {
    let live = |site: Option<&Site>| site.map_or(0, |site| site.live);
    let size = |site: Option<&Site>| site.and_then(|site| site.size).map(|size| size.total);
    let (live_before, live_after) = (live(old), live(new));
    let (size_before, size_after) = (size(old), size(new));
    if live_before == live_after && size_before.unwrap_or(0) == size_after.unwrap_or(0) {
        return None;
    }
    let change = match (live_before, live_after) {
        (0, _) => Change::New,
        (_, 0) => Change::Gone,
        _ if (live_after, size_after) > (live_before, size_before) => Change::Grown,
        _ => Change::Shrunk,
    };
    let site = new.or(old)?;
    Some(SiteDiff {
        fingerprint: site.fingerprint.clone(),
        kind: site.kind.clone(),
        label: site.label.clone(),
        change,
        live_before,
        live_after,
        size_before,
        size_after,
        estimated: [old, new].into_iter().flatten().any(|site| site.estimated),
        thread: site.thread,
        origin: site.origin.clone(),
        stack: site.stack.clone(),
    })
}

fn growth_of(site: &SiteDiff) -> (i64, i64) {
    let delta = |before: u64, after: u64| after as i64 - before as i64;
    let entries = delta(site.size_before.unwrap_or(0), site.size_after.unwrap_or(0));
    (delta(site.live_before, site.live_after), entries)
}
