//! Snapshots of several processes of one service as one: a site that leaks in each of them is one site.

use std::collections::HashMap;

use serde::Deserialize;

use super::causes;
use crate::values::snapshot::{Lifetimes, Site, Size, Snapshot, Totals, Verdict};
use crate::values::stack::Stack;

/// A snapshot, and whose it is.
#[derive(Debug, Deserialize)]
pub struct Named {
    /// For a note: `pid 4711 on web-1`.
    pub name: String,
    /// What it knew.
    pub snapshot: Snapshot,
}

/// Joins snapshots: counts and growth are added up, verdicts are the worst, ages the greatest. A note says for each
/// process what was found in it. Its heap's trend is each process's own, and in none of the sum.
pub fn together(all: Vec<Named>) -> Snapshot {
    let processes = all.len();
    let mut notes = Vec::new();
    let mut joined: Option<Snapshot> = None;
    // Where a site is in the sum, in how many processes it was, and in which last.
    let mut places: HashMap<Key, (usize, usize, usize)> = HashMap::new();
    for (process, Named { name, snapshot }) in all.into_iter().enumerate() {
        notes.push(found_in(&name, &snapshot));
        for note in &snapshot.notes {
            if !notes.contains(note) {
                notes.push(note.clone());
            }
        }
        let sum = joined.get_or_insert_with(|| Snapshot {
            sites: Vec::new(),
            totals: Default::default(),
            collections: Vec::new(),
            heap: None,
            census: None,
            overhead: Default::default(),
            process: crate::values::snapshot::ProcessInfo { threads: 0, ..snapshot.process.clone() },
            ..snapshot.clone()
        });
        add(sum, &snapshot);
        for site in snapshot.sites {
            let key = Key(site.fingerprint.clone(), site.thread, site.label.to_string(), site.stack.clone());
            match places.get_mut(&key) {
                Some((at, count, last)) => {
                    *count += usize::from(*last != process);
                    *last = process;
                    let known = &mut sum.sites[*at];
                    *known = both(std::mem::take(known), site);
                }
                None => {
                    places.insert(key, (sum.sites.len(), 1, process));
                    sum.sites.push(site);
                }
            }
        }
    }
    let mut sum = joined.unwrap_or_else(empty);
    for (at, count, _) in places.into_values() {
        let site = &mut sum.sites[at];
        if processes > 1 && site.verdict <= Verdict::Suspect {
            let evidence = std::mem::take(&mut site.evidence);
            let share = format!("in {count} of {processes} processes");
            site.evidence = if evidence.is_empty() { share } else { format!("{share}; {evidence}") };
        }
    }
    causes::put_in_order(&mut sum.sites);
    sum.notes = notes;
    sum
}

/// What makes a site the same in two processes: lines of one function have one fingerprint.
#[derive(PartialEq, Eq, Hash)]
struct Key(String, u32, String, Stack);

/// Of no process.
fn empty() -> Snapshot {
    Snapshot {
        schema: crate::values::snapshot::SCHEMA,
        process: Default::default(),
        mode: String::new(),
        totals: Default::default(),
        sites: Vec::new(),
        collections: Vec::new(),
        census: None,
        overhead: Default::default(),
        heap: None,
        notes: Vec::new(),
    }
}

fn found_in(name: &str, snapshot: &Snapshot) -> String {
    let count =
        |verdict| snapshot.sites.iter().filter(|site| site.verdict == verdict && site.is_cause()).count();
    let (leaks, suspects) = (count(Verdict::Leak), count(Verdict::Suspect));
    let words = |count: usize, word: &str| match count {
        1 => format!("1 {word}"),
        n => format!("{n} {word}s"),
    };
    let heap = snapshot.heap.as_ref().filter(|heap| heap.samples > 1).map_or_else(String::new, |heap| {
        let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
        format!(", heap after GC {:.1} → {:.1} MiB", mib(heap.first_used), mib(heap.used_after_gc))
    });
    format!("{name}: {}, {}{heap}", words(leaks, "leak"), words(suspects, "suspect"))
}

fn add(sum: &mut Snapshot, one: &Snapshot) {
    let (process, other) = (&mut sum.process, &one.process);
    process.threads += other.threads;
    process.uptime_ms = process.uptime_ms.max(other.uptime_ms);
    // Times of one format: their text has their order.
    if other.started_at < process.started_at {
        process.started_at.clone_from(&other.started_at);
    }
    if other.taken_at > process.taken_at {
        process.taken_at.clone_from(&other.taken_at);
    }
    for (kind, totals) in &one.totals {
        let known: &mut Totals = sum.totals.entry(kind.clone()).or_default();
        known.registered += totals.registered;
        known.released += totals.released;
        known.collected += totals.collected;
        known.live += totals.live;
    }
    sum.collections.extend(one.collections.iter().cloned());
    sum.collections.sort_by_key(|collection| std::cmp::Reverse(collection.size));
    let (overhead, other) = (&mut sum.overhead, &one.overhead);
    overhead.bytes += other.bytes;
    overhead.events += other.events;
    overhead.dropped += other.dropped;
    overhead.captured_stacks += other.captured_stacks;
    overhead.key_mismatches += other.key_mismatches;
    overhead.cpu_share = overhead.cpu_share.max(other.cpu_share);
}

/// One site in two processes. What cannot be added up is that of the worse.
fn both(one: Site, other: Site) -> Site {
    let growth = one.growth_per_hour + other.growth_per_hour;
    let size = match (one.size, other.size) {
        (Some(a), Some(b)) => Some(Size { total: a.total + b.total, max: a.max.max(b.max) }),
        (size, other) => size.or(other),
    };
    let bytes = match (one.bytes_per_hour, other.bytes_per_hour) {
        (Some(a), Some(b)) => Some(a + b),
        (bytes, other) => bytes.or(other),
    };
    let removed = match (one.removed_entries, other.removed_entries) {
        (Some(a), Some(b)) => Some(a + b),
        (removed, other) => removed.or(other),
    };
    let overdue = match (one.overdue, other.overdue) {
        (Some(a), Some(b)) => Some(a + b),
        (overdue, other) => overdue.or(other),
    };
    let lifetimes: Lifetimes =
        if one.lifetime_ms.count >= other.lifetime_ms.count { one.lifetime_ms } else { other.lifetime_ms };
    let (worse, better) =
        if (other.verdict, std::cmp::Reverse(other.live)) < (one.verdict, std::cmp::Reverse(one.live)) {
            (other, one)
        } else {
            (one, other)
        };
    Site {
        live: worse.live + better.live,
        registered: worse.registered + better.registered,
        released: worse.released + better.released,
        collected: worse.collected + better.collected,
        estimated: worse.estimated || better.estimated,
        oldest_ms: worse.oldest_ms.max(better.oldest_ms),
        returned_late: worse.returned_late + better.returned_late,
        growth_per_hour: growth,
        size,
        bytes_per_hour: bytes,
        removed_entries: removed,
        overdue,
        lifetime_ms: lifetimes,
        ..worse
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn snapshot(pid: u32, sites: Vec<Site>) -> Named {
        let mut snapshot = empty();
        snapshot.process.pid = pid;
        snapshot.process.started_at = format!("2026-01-0{pid}");
        snapshot.process.uptime_ms = u64::from(pid) * 1_000;
        snapshot.totals.insert("listener".to_owned(), Totals { registered: 2, live: 2, ..Totals::default() });
        snapshot.notes.push("the same note".to_owned());
        snapshot.sites = sites;
        Named { name: format!("pid {pid}"), snapshot }
    }

    fn site(fingerprint: &str, verdict: Verdict, live: u64) -> Site {
        Site {
            fingerprint: fingerprint.to_owned(),
            kind: "listener".to_owned(),
            verdict,
            live,
            registered: live,
            growth_per_hour: 10.0,
            evidence: format!("grew to {live}"),
            ..Site::default()
        }
    }

    #[test]
    fn what_leaks_in_each_process_is_one_site() {
        let joined = together(vec![
            snapshot(2, vec![site("aa", Verdict::Suspect, 3), site("bb", Verdict::Steady, 9)]),
            snapshot(1, vec![site("aa", Verdict::Leak, 40)]),
        ]);
        let [leak, steady] = &joined.sites[..] else { panic!("{:?}", joined.sites) };
        assert_eq!((leak.verdict, leak.live, leak.growth_per_hour), (Verdict::Leak, 43, 20.0));
        assert_eq!(leak.evidence, "in 2 of 2 processes; grew to 40", "the evidence is that of the worse");
        assert_eq!((steady.live, steady.evidence.as_str()), (9, "grew to 9"));
        assert_eq!((joined.process.uptime_ms, joined.process.started_at.as_str()), (2_000, "2026-01-01"));
        assert_eq!(joined.totals["listener"].live, 4);
        assert_eq!(joined.notes, ["pid 2: 0 leaks, 1 suspect", "the same note", "pid 1: 1 leak, 0 suspects"]);
    }

    #[test]
    fn lines_of_one_function_stay_apart() {
        let other = Site { label: "b".into(), ..site("aa", Verdict::Leak, 5) };
        let sites = || vec![site("aa", Verdict::Leak, 3), other.clone()];
        let joined = together(vec![snapshot(1, sites()), snapshot(2, sites())]);
        let mut live: Vec<u64> = joined.sites.iter().map(|site| site.live).collect();
        live.sort_unstable();
        assert_eq!(live, [6, 10]);
        assert!(joined.sites.iter().all(|site| site.evidence.starts_with("in 2 of 2 processes")));
    }

    #[test]
    fn threads_stay_apart() {
        let worker = Site { thread: 1, ..site("aa", Verdict::Leak, 5) };
        let joined = together(vec![snapshot(1, vec![site("aa", Verdict::Leak, 3), worker])]);
        assert_eq!(joined.sites.len(), 2);
        assert!(joined.sites.iter().all(|site| !site.evidence.contains("processes")), "there is one");
    }
}
