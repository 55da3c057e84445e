//! What people read, as golden files under `golden/`: run with `LEAKLINE_GOLDEN=write` to write them anew,
//! and read the difference before committing it.

mod check;
mod diff;
mod every;
mod snapshot;

use std::collections::BTreeMap;

use super::fixture::{self, App};
use super::*;
use crate::values::census::{Census, Counts, Large};
use crate::values::diff::{Change, Diff, SiteDiff};
use crate::values::frames::Frame;
use crate::values::json::json;
use crate::values::memory::{HeapTrend, Pauses};
use crate::values::reason::Reason;
use crate::values::snapshot::*;
use crate::values::stack::Stack;

fn top(stack: Stack, share: f64) -> Option<TopInserter> {
    Some(TopInserter { stack, share: Some(share) })
}

fn site(kind: &str, label: &str, verdict: Verdict, stack: Stack) -> Site {
    Site {
        fingerprint: format!("{kind}/{label}"),
        kind: kind.into(),
        label: label.into(),
        live: 412,
        registered: 412,
        released: 0,
        collected: 0,
        estimated: false,
        oldest_ms: 598_000,
        growth_per_hour: 2466.4,
        lifetime_ms: Lifetimes::default(),
        thread: 0,
        origin: crate::values::frames::origin(&stack).cloned(),
        stack,
        verdict,
        evidence: match verdict {
            Verdict::Leak => "grew in 5 of 5 intervals".into(),
            Verdict::Suspect => "older than everything its site ever released".into(),
            Verdict::Steady | Verdict::New => String::new(),
        },
        ..Site::default()
    }
}

fn snapshot(sites: Vec<Site>) -> Snapshot {
    let mut totals = BTreeMap::new();
    totals.insert("interval".to_owned(), Totals { registered: 12, released: 11, collected: 0, live: 1 });
    totals.insert(
        "listener".to_owned(),
        Totals { registered: 41_000, released: 40_000, collected: 588, live: 412 },
    );
    totals.insert("map".to_owned(), Totals { registered: 0, ..Totals::default() });
    Snapshot {
        census: None,
        heap: None,
        schema: SCHEMA,
        process: ProcessInfo {
            pid: 4711,
            node: "v24.1.0".into(),
            started_at: "2026-01-02T03:04:05.000Z".into(),
            taken_at: "2026-01-02T03:14:05.000Z".into(),
            uptime_ms: 600_000,
            threads: 1,
        },
        mode: "full".into(),
        totals,
        sites,
        collections: Vec::new(),
        overhead: Overhead {
            bytes: 1_258_291,
            events: 48_211,
            dropped: 0,
            captured_stacks: 20,
            key_mismatches: 0,
            cpu_share: 0.004,
        },
        notes: Vec::new(),
    }
}

fn listener(app: &App) -> Site {
    let stack = app.stack(&[
        ("node:events:500:10", "addListener"),
        ("src/proxy.ts:88:10", "attach"),
        ("node_modules/express/lib/router.js:20:3", "next"),
        ("node_modules/express/lib/router.js:80:3", "Layer.handle"),
        ("src/server.ts:41:7", "handle"),
        ("src/server.ts:90:1", "serve"),
        ("node:internal/main:1:1", ""),
    ]);
    let lifetime_ms = Lifetimes { count: 1000, p50: 12, p95: 31, p99: 40, max: 55 };
    Site {
        registered: 1412,
        released: 990,
        collected: 10,
        lifetime_ms,
        ..site("listener", "Socket 'data'", Verdict::Leak, stack)
    }
}

fn inserted_map(app: &App) -> Site {
    let stack = app.stack(&[("src/processor.ts:12:22", "new TaskProcessor"), ("src/server.ts:5:1", "")]);
    Site {
        live: 1,
        registered: 1,
        growth_per_hour: 0.0,
        size: Some(Size { total: 360_000, max: 360_000 }),
        top_inserter: top(
            app.stack(&[("src/processor.ts:61:20", "submit"), ("src/server.ts:50:3", "")]),
            0.97,
        ),
        removed_entries: Some(0),
        ..site("map", "Map", Verdict::Leak, stack)
    }
}

fn package_interval(app: &App, verdict: Verdict) -> Site {
    let stack =
        app.stack(&[("node_modules/express-rate-limit/lib/memory-store.js:30:20", "MemoryStore.init")]);
    Site {
        live: 1,
        registered: 1,
        growth_per_hour: 0.0,
        ..site("interval", "setInterval 60000 ms", verdict, stack)
    }
}

/// A snapshot with something in every section.
pub(super) fn everything(app: &App) -> Snapshot {
    let suspect = Site {
        live: 3,
        registered: 1200,
        released: 1197,
        estimated: true,
        growth_per_hour: 0.4,
        lifetime_ms: Lifetimes { count: 1197, p50: 900, p95: 1500, p99: 2000, max: 2500 },
        ..site("timeout", "setTimeout 60000 ms", Verdict::Suspect, app.stack(&[("src/task.ts:3:3", "")]))
    };
    let node = site("listener", "Server 'close'", Verdict::Suspect, app.stack(&[("node:net:10:1", "setup")]));
    let steady = app.stack(&[("src/seen.ts:2:21", "")]);
    let new = app.stack(&[("src/wait.ts:9:9", "ready")]);
    let mut s = snapshot(vec![
        listener(app),
        inserted_map(app),
        suspect,
        package_interval(app, Verdict::Leak),
        Site { label: "setInterval 5 ms".into(), ..package_interval(app, Verdict::Suspect) },
        node,
        Site {
            size: Some(Size { total: 2000, max: 2000 }),
            live: 1,
            ..site("set", "Set", Verdict::Steady, steady)
        },
        Site { live: 1, ..site("listener", "Bus 'ready'", Verdict::New, new) },
    ]);
    let collection = |kind: &str, size, site: &str, top_inserter| Collection {
        kind: kind.into(),
        size,
        site: site.into(),
        top_inserter,
        ..Collection::default()
    };
    s.collections = vec![
        collection("map", 360_000, "map/Map", None),
        collection("map", 9_000, "", top(app.stack(&[("src/cache.ts:7:9", "remember")]), 0.5)),
        collection("set", 2_000, "set/Set", None),
        collection("map", 1_500, "", None),
    ];
    s.overhead.dropped = 12;
    s.notes = vec![
        "not seen: Map (intrinsics are frozen)".into(),
        "stacks beyond 4,096 sites were counted only".into(),
    ];
    s
}

#[track_caller]
fn golden(name: &str, text: &str) {
    fixture::golden("src/report/golden", name, text);
}

/// The lines of `text` that are wider than `width`.
fn too_wide(text: &str, width: usize) -> Vec<&str> {
    text.lines().filter(|line| super::clean::columns_of(line) > width).collect()
}
