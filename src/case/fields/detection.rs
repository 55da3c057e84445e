//! Symptoms, and what was collected.

use super::timeline;
use super::words::{name, place};
use crate::case::facts::Facts;
use crate::case::figures::{Memory, had_oom, how_fast, how_many, is_oom, site_trend};
use crate::case::questions::field;
use crate::case::rules;
use crate::case::value::{Field, Part, Table};
use crate::report::{advice, bytes, clean, count, per_hour, plural};
use crate::values::duration::duration;
use crate::values::snapshot::{Growth, Site};

/// A delay of the event loop that users notice, in ms.
const SLOW_MS: f64 = 200.0;

pub(super) fn parts(facts: &Facts) -> Vec<Part> {
    let mut parts = vec![
        linear(facts),
        crashes(facts),
        collections(facts),
        pools(facts),
        degradation(facts),
        field("discovery", facts),
        Field::code("query", "Prometheus query", rules::queries(&facts.leak)),
        field("dashboard", facts),
        Part::Charts,
        metrics(facts),
        now(facts),
        tools(facts),
        snapshots(facts),
        growing(facts),
    ];
    if !facts.others.is_empty() {
        parts.push(Part::Table(others(facts)));
    }
    parts
}

fn linear(facts: &Facts) -> Part {
    let words = |is: bool| if is { "yes" } else { "no" };
    match (site_trend(facts), Memory::of(facts)) {
        (Some(trend), _) => Field::filled(
            "linear",
            "Linear growth",
            format!(
                "{}: {} rose in {} of {} spans of the recording",
                words(trend.is_linear()),
                name(facts),
                trend.rising,
                trend.spans
            ),
        ),
        (None, Some(memory)) => Field::filled(
            "linear",
            "Linear growth",
            format!("{}: {}", words(memory.trend.per_hour > 0.0), clean(&facts.leak.evidence)),
        ),
        (None, None) => {
            Field::filled("linear", "Linear growth", format!("yes: {}", clean(&facts.leak.evidence)))
        }
    }
}

fn crashes(facts: &Facts) -> Part {
    let ooms = facts.ends.iter().filter(|end| is_oom(end)).count();
    let text = match (had_oom(facts), ooms) {
        (true, 0) => "yes, the platform says so; no recording shows it".to_owned(),
        (true, n) => format!("yes: {}", plural(n as u64, "run")),
        (false, _) => "no run with a recording ended so".to_owned(),
    };
    Field::filled("crashes", "Crashes by out of memory", text)
}

fn collections(facts: &Facts) -> Part {
    let points = &facts.course.process;
    let all: u64 = points.iter().map(|point| u64::from(point.major_gcs)).sum();
    let span = points.last().map_or(0, |last| last.at_ms - points[0].at_ms);
    if all > 0 && span > 0 {
        let rate = all as f64 / (span as f64 / 3_600_000.0);
        return Field::filled(
            "gc",
            "Pressure of garbage collection",
            format!(
                "{} in {}, {rate:.0} an hour{}",
                plural(all, "major collection"),
                duration(span),
                pauses(facts)
            ),
        );
    }
    match &facts.heap {
        Some(heap) => Field::filled(
            "gc",
            "Pressure of garbage collection",
            format!(
                "{} seen in {}{}",
                plural(heap.samples, "major collection"),
                duration(heap.span_ms),
                pauses(facts)
            ),
        ),
        None if longest_pause(facts) > 0.0 => Field::filled(
            "gc",
            "Pressure of garbage collection",
            format!("no major collection was seen{}", pauses(facts)),
        ),
        None => Field::unknown(
            "gc",
            "Pressure of garbage collection",
            "no major collection was seen: run the service with --trace-gc for its pauses",
        ),
    }
}

/// How long collections stopped the main thread, as far as that was measured.
fn pauses(facts: &Facts) -> String {
    if let Some(gc) = facts.heap.as_ref().and_then(|heap| heap.gc) {
        let share = gc.total_ms / facts.process.uptime_ms.max(1) as f64 * 100.0;
        return format!("; pauses took {share:.1} % of the time, the longest {:.0} ms", gc.longest_ms);
    }
    match longest_pause(facts) {
        longest if longest > 0.0 => format!("; the longest pause took {longest:.0} ms"),
        _ => "; the event loop's delay below has the pauses".to_owned(),
    }
}

/// In ms, of all collections that the history has; 0 where none was measured.
fn longest_pause(facts: &Facts) -> f64 {
    facts.course.process.iter().map(|point| point.pause_ms).fold(0.0, f64::max)
}

fn pools(facts: &Facts) -> Part {
    let all = || std::iter::once(&facts.leak).chain(&facts.others).filter(|site| site.kind == "pool");
    let overdue: u64 = all().filter_map(|site| site.overdue).sum();
    let held: u64 = all().map(|site| site.live).sum();
    let text = match (facts.totals.get("pool"), held) {
        (_, 1..) => format!("yes: {} not returned, {} overdue", plural(held, "checkout"), count(overdue)),
        (Some(totals), _) => {
            format!("no: {} checkouts, {} held now", count(totals.registered), count(totals.live))
        }
        (None, _) => "no pool that leakline watches was used".to_owned(),
    };
    Field::filled("pools", "Exhausted pools", text)
}

fn degradation(facts: &Facts) -> Part {
    let worst = facts.course.process.iter().map(|point| point.delay_ms).reduce(f64::max);
    match worst {
        Some(ms) if ms >= SLOW_MS => Field::proposed(
            "degradation",
            "Slower service",
            format!("likely: the event loop was late by {} once", duration(ms as u64)),
        ),
        Some(ms) => Field::proposed(
            "degradation",
            "Slower service",
            format!("not by the event loop: it was late by {} at most", duration(ms as u64)),
        ),
        None => Field::unknown(
            "degradation",
            "Slower service",
            "the recording has no history of the event loop: a flight file has",
        ),
    }
}

fn metrics(facts: &Facts) -> Part {
    let mut lines = Vec::new();
    if let Some(memory) = Memory::of(facts) {
        lines.push(format!("{}: {}, {}", memory.what, memory.course(), memory.rate()));
        lines.extend(memory.limit.map(|limit| format!("limit: {}", bytes(limit))));
        if let Some(hours) = memory.hours_until_full() {
            lines.push(format!("full in {} at this rate", duration((hours * 3_600_000.0) as u64)));
        }
    }
    let rate = how_fast(facts).map_or_else(String::new, |rate| format!(", {rate}"));
    lines.push(format!("{}: {}{rate}", name(facts), how_many(facts)));
    Field::listed("metrics", "Metrics before the fix", lines)
}

fn now(facts: &Facts) -> Part {
    let mut lines = Vec::new();
    if let Some(heap) = &facts.heap {
        lines.push(format!(
            "heap after collections {}, outside of it {}, process {}",
            bytes(heap.used_after_gc),
            bytes(heap.external),
            bytes(heap.rss)
        ));
    } else if let Some(rss) = facts.course.process.iter().rev().find_map(|point| point.rss) {
        lines.push(format!("process {}", bytes(rss)));
    }
    let live = |kind: &str| facts.totals.get(kind).map(|totals| format!("{} {kind}", count(totals.live)));
    let kinds = ["handle", "listener", "timeout", "interval", "map", "set", "pool"];
    let live: Vec<String> = kinds.into_iter().filter_map(live).collect();
    if !live.is_empty() {
        lines.push(format!("unreleased: {}", live.join(", ")));
    }
    if lines.is_empty() {
        return Field::unknown("now", "State at the end", "a check has no state of a process");
    }
    Field::listed("now", "State at the end", lines)
}

fn tools(facts: &Facts) -> Part {
    let mode = if facts.process.mode.is_empty() {
        String::new()
    } else {
        format!(", mode {}", clean(&facts.process.mode))
    };
    let span = match facts.process.iterations {
        Some(calls) => format!("{} of a check", plural(calls, "call")),
        None => format!("{} recorded", duration(facts.process.uptime_ms)),
    };
    Field::filled(
        "tools",
        "Tools used",
        format!("leakline {} ({}{mode}, {span})", env!("CARGO_PKG_VERSION"), clean(&facts.file)),
    )
}

fn snapshots(facts: &Facts) -> Part {
    match &facts.heap_snapshots[..] {
        [] => Field::unknown(
            "heapSnapshots",
            "Heap snapshots",
            "none lie beside the recording: node --heapsnapshot-near-heap-limit=2 or --heapsnapshot-signal=SIGUSR2 writes them, leakline heap FIRST SECOND reads them",
        ),
        files => Field::listed(
            "heapSnapshots",
            "Heap snapshots",
            files.iter().map(|file| clean(file).into_owned()).collect(),
        ),
    }
}

fn growing(facts: &Facts) -> Part {
    let mut lines = vec![line(&facts.leak, facts)];
    lines.extend(facts.others.iter().take(2).map(|site| line(site, facts)));
    if facts.leak.bytes_per_hour.is_none() {
        lines.push("bytes by line are not known; leakline heap says who retains them".to_owned());
    }
    Field::listed("growing", "What grows most", lines)
}

fn line(site: &Site, facts: &Facts) -> String {
    let at = site
        .origin
        .as_ref()
        .map_or_else(String::new, |at| format!(" at {}", advice::place(at, facts.process.cwd.as_deref())));
    let rate = per_hour(site.growth_per_hour).map_or_else(String::new, |rate| format!(", {rate} an hour"));
    let bytes = site
        .bytes_per_hour
        .filter(|bytes| *bytes >= 1024.0)
        .map_or_else(String::new, |each| format!(", +{} an hour", bytes(each as u64)));
    format!("{}{at}: {}{rate}{bytes}", crate::report::cut(&advice::title(site), 80), held(site))
}

fn held(site: &Site) -> String {
    match (site.growth(), site.size) {
        (Growth::Entries, Some(size)) => plural(size.total, "entry").replace("entrys", "entries"),
        _ => format!("{} unreleased", count(site.live)),
    }
}

fn others(facts: &Facts) -> Table {
    let row = |site: &Site| {
        let at = site
            .origin
            .as_ref()
            .map_or_else(|| "–".to_owned(), |at| advice::place(at, facts.process.cwd.as_deref()));
        let role = if site.is_cause() { site.verdict.name() } else { "grows along" };
        vec![
            role.to_owned(),
            crate::report::cut(&advice::title(site), 60).into_owned(),
            at,
            held(site),
            per_hour(site.growth_per_hour).unwrap_or_else(|| "–".to_owned()),
        ]
    };
    Table {
        title: "Also found",
        head: vec!["verdict", "what", "line", "held", "an hour"],
        rows: facts.others.iter().map(row).collect(),
    }
}

/// How long it took until the verdict, for the reproduction.
pub(super) fn time_to_verdict(facts: &Facts) -> Option<String> {
    timeline::first_leak(facts)
        .map(|(_, after)| format!("{} of load until the verdict at {}", duration(after), place(facts)))
}
