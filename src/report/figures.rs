//! Sites that are one block, in figures: how many, since when, and the evidence.

use std::collections::HashSet;

use super::clean::clean;
use super::format::{about, bytes, count, per_hour, plural};
use super::inserted::Inserted;
use crate::record::layout::is_sampled;
use crate::values::duration::duration;
use crate::values::reason::Reason;
use crate::values::snapshot::{Growth, Site};

/// Sites of lines whose Buffers stay.
pub const BUFFERS: &str = "buffer";
/// Bytes an hour that are worth a word.
const MIN_RETAINED: f64 = 1024.0 * 1024.0;

/// `412 unreleased, +2,466 an hour`, or `360,000 entries in 1 instance`.
pub fn numbers(group: &[&Site]) -> String {
    if is_sampled(&group[0].kind) {
        let kept = sum(group, |site| site.size.map_or(0, |size| size.total));
        let an_hour: f64 = group.iter().filter_map(|site| site.bytes_per_hour).sum();
        let growth =
            if an_hour > 0.0 { format!(", +{} an hour", bytes(an_hour as u64)) } else { String::new() };
        return format!("{} retained{growth}", bytes(kept));
    }
    let estimated = group.iter().any(|site| site.estimated);
    let live = sum(group, |site| site.live);
    if group[0].growth() == Growth::Entries {
        let entries = about(sum(group, |site| site.size.map_or(0, |size| size.total)), estimated);
        return format!("{entries} entries in {}", plural(live, "instance"));
    }
    if let Some(Reason::Unclosed { .. }) = group[0].reason {
        let collected = about(sum(group, |site| site.collected), estimated);
        return format!("{collected} closed by the garbage collector");
    }
    let growth = per_hour(group.iter().map(|site| site.growth_per_hour).sum());
    let growth = growth.map_or_else(String::new, |slope| format!(", {slope} an hour"));
    format!("{} unreleased{growth}", about(live, estimated))
}

/// `oldest 9 min 58 s · released ones live 31 ms (p95)`.
pub fn details(group: &[&Site]) -> String {
    let oldest = group.iter().map(|site| site.oldest_ms).max().unwrap_or(0);
    if is_sampled(&group[0].kind) {
        let noun = if group[0].kind == BUFFERS { "Buffer" } else { "object" };
        let objects = format!("about {}", plural(sum(group, |site| site.live), noun));
        return join([objects, format!("began {} ago", duration(oldest)), thread(group)]);
    }
    let size = |of: fn(&crate::values::snapshot::Size) -> u64| {
        group.iter().filter_map(move |site| site.size.as_ref().map(of))
    };
    let live = sum(group, |site| site.live);
    let entries = match group[0].growth() {
        Growth::Entries if live > 1 => format!("largest {}", count(size(|s| s.max).max().unwrap_or(0))),
        Growth::Instances => match size(|s| s.total).fold(0, u64::saturating_add) {
            0 => String::new(),
            total => format!(
                "{} in all",
                if total == 1 { "1 entry".to_owned() } else { format!("{} entries", count(total)) }
            ),
        },
        Growth::Entries => String::new(),
    };
    // Quantiles of several sites cannot be joined: those of the site that saw most stand for all.
    let lifetimes = group.iter().map(|site| site.lifetime_ms).max_by_key(|l| l.count).filter(|l| l.count > 0);
    let ended = if group.iter().any(|site| site.released > 0) { "released" } else { "collected" };
    let retained: f64 = group.iter().filter_map(|site| site.bytes_per_hour).sum();
    join([
        entries,
        // Less is not worth a word, and a figure of a few seconds is wide of it.
        if retained >= MIN_RETAINED {
            format!("at least {} more an hour", bytes(retained as u64))
        } else {
            String::new()
        },
        if live > 0 { format!("oldest {}", duration(oldest)) } else { String::new() },
        lifetimes.map_or_else(String::new, |l| format!("{ended} ones live {} (p95)", duration(l.p95))),
        if group[0].growth() == Growth::Entries { filled(group).detail() } else { String::new() },
        thread(group),
    ])
}

/// The evidence, and how many of all ever ended, where it is instances that pile up.
pub fn why(group: &[&Site]) -> String {
    let lead = group[0];
    let evidence = clean(lead.evidence.trim()).into_owned();
    let registered = sum(group, |site| site.registered);
    let collected = sum(group, |site| site.collected);
    // A Map is never released, only collected.
    let (ended, word) = match lead.kind.as_str() {
        "map" | "set" | "array" | "object" => (collected, "collected"),
        _ => (sum(group, |site| site.released), "released"),
    };
    let says_what_ended = matches!(
        lead.reason,
        Some(Reason::PilingUp { .. } | Reason::Unclosed { .. } | Reason::StartAgain { .. })
    );
    if lead.growth() == Growth::Entries
        || is_sampled(&lead.kind)
        || registered == 0
        || says_what_ended
        || evidence.contains(word)
    {
        return evidence;
    }
    let estimated = group.iter().any(|site| site.estimated);
    let mut share = format!("{} of {} ever {word}", about(ended, estimated), about(registered, estimated));
    if word == "released" && collected > 0 {
        share.push_str(&format!(", {} collected with their owner", about(collected, estimated)));
    }
    if evidence.is_empty() { share } else { format!("{evidence}; {share}") }
}

/// Which threads it is on, unless that is the main thread alone.
fn thread(group: &[&Site]) -> String {
    let threads: HashSet<u32> = group.iter().map(|site| site.thread).collect();
    match threads.len() {
        1 if threads.contains(&0) => String::new(),
        1 => format!("worker {}", group[0].thread),
        n => format!("on {n} threads"),
    }
}

/// Who has inserted, of sites whose collections grow.
pub fn filled<'a>(group: &[&'a Site]) -> Inserted<'a> {
    Inserted::first(
        group
            .iter()
            .map(|site| Inserted { top: site.top_inserter.as_ref(), removed_entries: site.removed_entries }),
    )
}

fn sum(group: &[&Site], of: impl Fn(&Site) -> u64) -> u64 {
    group.iter().fold(0, |sum, site| sum.saturating_add(of(site)))
}

/// What there is of these, in a row.
pub fn join<const N: usize>(parts: [String; N]) -> String {
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}
