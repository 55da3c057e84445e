//! What people read, as golden files under `golden/`: run with `LEAKLINE_GOLDEN=write` to write them anew,
//! and read the difference before committing it.

use std::collections::BTreeMap;

use super::fixture::{self, App};
use super::*;
use crate::census::{Census, Counts, Large};
use crate::diff::{Change, Diff, SiteDiff};
use crate::snapshot::*;
use crate::stack::Stack;

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
        origin: crate::frames::origin(&stack).cloned(),
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

fn filled_map(app: &App) -> Site {
    let stack = app.stack(&[("src/processor.ts:12:22", "new TaskProcessor"), ("src/server.ts:5:1", "")]);
    Site {
        live: 1,
        registered: 1,
        growth_per_hour: 0.0,
        size: Some(Size { total: 360_000, max: 360_000 }),
        grown_by: Some(app.stack(&[("src/processor.ts:61:20", "submit"), ("src/server.ts:50:3", "")])),
        grown_by_share: Some(0.97),
        deletes: Some(0),
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
fn everything(app: &App) -> Snapshot {
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
        filled_map(app),
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
    let collection = |kind: &str, size, site: &str, grown_by| Collection {
        kind: kind.into(),
        size,
        site: site.into(),
        grown_by,
        ..Collection::default()
    };
    s.collections = vec![
        collection("map", 360_000, "map/Map", Stack::default()),
        collection("map", 9_000, "", app.stack(&[("src/cache.ts:7:9", "remember")])),
        collection("set", 2_000, "set/Set", Stack::default()),
        collection("map", 1_500, "", Stack::default()),
    ];
    s.collections[1].grown_by_share = Some(0.5);
    s.overhead.dropped = 12;
    s.notes = vec![
        "not seen: Map (intrinsics are frozen)".into(),
        "stacks beyond 4,096 sites were counted only".into(),
    ];
    s
}

fn leak(app: &App, kind: &str, label: &str, total: u64, growth: Growth, frames: &[(&str, &str)]) -> Leak {
    let stack = app.stack(frames);
    Leak {
        kind: kind.into(),
        label: label.into(),
        fingerprint: format!("{kind}/{label}"),
        per_iteration: total as f64 / 50.0,
        total,
        growth,
        origin: crate::frames::origin(&stack).cloned(),
        stack,
        ..Leak::default()
    }
}

fn check(leaks: &[Leak], o: &TextOptions) -> String {
    let watched = Watched {
        kinds: ["listener", "timeout", "map"].map(str::to_owned).to_vec(),
        registrations: 1350,
        census_ms: None,
    };
    check_text(leaks, 50, 5, &watched, &[], o)
}

#[track_caller]
fn golden(name: &str, text: &str) {
    fixture::golden("src/report/golden", name, text);
}

/// The lines of `text` that are wider than `width`.
fn too_wide(text: &str, width: usize) -> Vec<&str> {
    text.lines().filter(|line| line.chars().count() > width).collect()
}

#[test]
fn snapshot_with_every_section() {
    let app = App::new();
    golden("snapshot-everything", &snapshot_text(&everything(&app), &app.options()));
}

#[test]
fn snapshot_with_all() {
    let app = App::new();
    golden("snapshot-all", &snapshot_text(&everything(&app), &TextOptions { all: true, ..app.options() }));
}

#[test]
fn snapshot_with_all_frames() {
    let app = App::new();
    let o = TextOptions { all_frames: true, ..app.options() };
    golden("snapshot-all-frames", &snapshot_text(&snapshot(vec![listener(&app)]), &o));
}

#[test]
fn snapshot_in_colour() {
    let app = App::new();
    let s = everything(&app);
    let coloured = snapshot_text(&s, &TextOptions { color: true, ..app.options() });
    golden("snapshot-colour", &coloured);
    let escapes = |text: &str| {
        let mut plain = String::new();
        for (n, part) in text.split('\u{1b}').enumerate() {
            plain.push_str(if n == 0 { part } else { part.split_once('m').unwrap().1 });
        }
        plain
    };
    assert_eq!(escapes(&coloured), snapshot_text(&s, &app.options()), "colour changed more than colours");
}

#[test]
fn snapshot_at_other_widths() {
    let app = App::new();
    let s = everything(&app);
    for width in [60, 160] {
        let text = snapshot_text(&s, &TextOptions { width, ..app.options() });
        golden(&format!("snapshot-width-{width}"), &text);
        let wide = too_wide(&text, width);
        assert!(
            wide.iter().all(|line| line.contains("memory-store.js")),
            "only paths may be wider: {wide:#?}"
        );
    }
    let at = |width| snapshot_text(&s, &TextOptions { width, ..app.options() });
    assert_eq!(at(0), at(60), "narrower than 60 is 60");
    assert_eq!(at(usize::MAX), at(400), "wider than 400 is 400");
}

#[test]
fn snapshot_with_a_census() {
    let app = App::new();
    let counts = |instances, entries| Counts { instances, entries };
    let large = |kind: &str, class: &str, size, held_by: Option<&str>, elements: Option<&str>| Large {
        kind: kind.to_owned(),
        class: class.to_owned(),
        size,
        held_by: held_by.map(str::to_owned),
        elements: elements.map(str::to_owned),
    };
    let mut largest = vec![
        large("array", "Array", 360_000, Some("TaskProcessor.subscribers"), Some("Subscriber")),
        large("map", "LruCache", 50_000, Some("Store.cache"), Some("string")),
        large("emitter", "Bus", 4_000, None, None),
    ];
    largest.extend((0..9).map(|n| large("set", "Set", 1_009 - n, None, Some("number"))));
    let census = Census {
        pause_ms: 412.3,
        heap_bytes: 80_000_000,
        counts: [
            ("array", counts(120_400, 900_221)),
            ("emitter", counts(80, 4_312)),
            ("map", counts(1, 50_000)),
        ]
        .map(|(kind, counts)| (kind.to_owned(), counts))
        .into(),
        largest,
    };
    let s = Snapshot { census: Some(census), ..snapshot(vec![listener(&app)]) };
    golden("snapshot-census", &snapshot_text(&s, &app.options()));
}

#[test]
fn check_of_what_a_census_found() {
    let app = App::new();
    let found = |label: &str, growth, elements: Option<&str>, max| Leak {
        kind: "array".to_owned(),
        label: label.to_owned(),
        fingerprint: "00000000000000aa".to_owned(),
        per_iteration: 1.0,
        total: 50,
        growth,
        origin: Some(app.frame("src/processor.ts:12:22", "new TaskProcessor")),
        stack: app.stack(&[("src/processor.ts:12:22", "new TaskProcessor")]),
        grown_by: (growth == Growth::Entries).then(|| app.stack(&[("src/seen.ts:2:1", "subscribe")])),
        grown_by_share: Some(1.0),
        deletes: Some(0),
        held_by: Some("TaskProcessor.subscribers".to_owned()),
        elements: elements.map(str::to_owned),
        size: Some(Size { total: 106, max }),
    };
    let leaks = [
        found("Array TaskProcessor.subscribers", Growth::Entries, Some("Subscriber"), 53),
        found("Array TaskProcessor.subscribers", Growth::Instances, None, 1),
    ];
    let watched = Watched { kinds: vec!["array".into()], registrations: 0, census_ms: Some(120) };
    golden("check-census", &check_text(&leaks, 50, 5, &watched, &[], &app.options()));
    golden("check-census-nothing", &check_text(&[], 50, 5, &watched, &[], &app.options()));
}

#[test]
fn snapshot_of_each_kind() {
    let app = App::new();
    let one =
        |kind: &str, label: &str, place: &str| site(kind, label, Verdict::Leak, app.stack(&[(place, "")]));
    let sites = vec![
        one("listener", "Bus 'done:1', 'done:2' and others", "src/bus.ts:5:5"),
        one("listener", "Bus 'ready'", "src/wait.ts:9:9"),
        one("listener", "AbortSignal 'abort'", "src/signal.ts:4:8"),
        one("listener", "PriceFeed 'price'", "src/feed.ts:6:6"),
        one("listener", "Bus Symbol(done)", "src/gone.ts:4:8"),
        one("timeout", "setTimeout 60000 ms", "src/task.ts:3:3"),
        one("interval", "setInterval 30000 ms", "src/poll.ts:17:15"),
        one("immediate", "setImmediate", "src/loop.ts:7:15"),
        Site { size: Some(Size { total: 1236, max: 3 }), ..one("map", "Map", "src/processor.ts:12:22") },
        Site {
            live: 2,
            size: Some(Size { total: 9000, max: 8000 }),
            ..one("map", "LRUCache", "src/lru.ts:1:9")
        },
        Site {
            live: 1,
            size: Some(Size { total: 9000, max: 9000 }),
            ..one("set", "Set", "src/seen.ts:2:21")
        },
        one("checkout", "order", "src/pool.ts:20:16"),
        one("pool", "pg Pool", "src/pool.ts:20:16"),
        one("pool", "Redis duplicate", "src/pool.ts:20:16"),
    ];
    golden("snapshot-kinds", &snapshot_text(&snapshot(sites), &app.options()));
}

#[test]
fn snapshot_of_handles() {
    let app = App::new();
    app.write("src/files.ts", 3, "  const file = await open(path);\n  const fd = fs.openSync(path, 'r');\n");
    app.write("src/net.ts", 8, "  const peer = tls.connect(443, host);\n  this.api.listen(0);\n");
    app.write("src/jobs.ts", 2, "const { port1, port2 } = new MessageChannel();\n");
    let one =
        |label: &str, place: &str| site("handle", label, Verdict::Leak, app.stack(&[(place, "handle")]));
    let package = ("node_modules/pg/lib/connection.js:60:18", "Connection.connect");
    let sites = vec![
        one("FileHandle", "src/files.ts:3:22"),
        one("fd", "src/files.ts:4:17"),
        one("TLSSocket", "src/net.ts:8:20"),
        one("Server", "src/net.ts:9:12"),
        one("MessageChannel", "src/jobs.ts:2:26"),
        site("handle", "Socket", Verdict::Leak, app.stack(&[package, ("src/net.ts:8:20", "handle")])),
    ];
    golden("snapshot-handles", &snapshot_text(&snapshot(sites), &app.options()));
}

#[test]
fn snapshot_with_known_leaks() {
    let app = App::new();
    let known = |reason: &str, site: Site| Site { known: Some(reason.into()), ..site };
    let sites = vec![
        Site { bytes_per_hour: Some(2_466.0 * 28.0 * 1_000.0), ..filled_map(&app) },
        known("the bus lives as long as the process, see #12", listener(&app)),
        known(
            "in the baseline before.json",
            site(
                "interval",
                "setInterval 5 ms",
                Verdict::Suspect,
                app.stack(&[("src/poll.ts:17:15", "start")]),
            ),
        ),
        known("nobody asks", site("map", "Map", Verdict::Steady, app.stack(&[("src/seen.ts:2:21", "")]))),
    ];
    golden("snapshot-known", &snapshot_text(&snapshot(sites.clone()), &app.options()));
    let all_known = snapshot_text(&snapshot(sites[1..].to_vec()), &app.options());
    assert!(all_known.starts_with("leakline  nothing found in 10 min"), "{all_known}");
}

#[test]
fn snapshot_with_nothing_found() {
    let o = TextOptions::default();
    golden("snapshot-nothing", &snapshot_text(&snapshot(Vec::new()), &o));

    let mut idle = snapshot(Vec::new());
    idle.totals.clear();
    golden("snapshot-nothing-registered", &snapshot_text(&idle, &o));

    let app = App::new();
    let mut calm = everything(&app);
    calm.sites.retain(|site| site.origin.is_none() || matches!(site.verdict, Verdict::Steady | Verdict::New));
    calm.mode = "counts".into();
    golden("snapshot-nothing-but-notes", &snapshot_text(&calm, &app.options()));
}

#[test]
fn snapshot_of_what_is_kept_without_a_line() {
    let app = App::new();
    let own = |label: &str, live: u64, verdict: Verdict, place: &str| Site {
        live,
        ..site("listener", label, verdict, app.stack(&[(place, "")]))
    };
    let nodes = || {
        vec![
            own("ServerResponse 'finish'", 2_214, Verdict::Leak, "node:_http_server:1083:5"),
            own("IncomingMessage 'end'", 1_105, Verdict::Leak, "node:_http_server:961:9"),
            own("IncomingMessage 'close'", 1_107, Verdict::Leak, "node:_http_server:962:9"),
            own("Socket 'end'", 4, Verdict::Steady, "node:net:10:1"),
        ]
    };
    let nothing_else = snapshot(nodes());
    golden("snapshot-kept", &snapshot_text(&nothing_else, &app.options()));
    let census = Some(Census { pause_ms: 1.0, ..Census::default() });
    let with_census = snapshot_text(&Snapshot { census, ..snapshot(nodes()) }, &app.options());
    assert!(with_census.contains("kept: ") && !with_census.contains("census: true"), "{with_census}");
    // It is what a line that leaks keeps: that line is all there is to say.
    let mut beside_a_leak = snapshot(nodes());
    beside_a_leak.sites.push(listener(&app));
    assert!(!snapshot_text(&beside_a_leak, &app.options()).contains("kept"), "a leak is named");
    for site in &mut beside_a_leak.sites {
        site.verdict = Verdict::New;
    }
    let text = snapshot_text(&beside_a_leak, &app.options());
    assert!(text.starts_with("leakline  nothing found") && !text.contains("kept"), "{text}");
}

#[test]
fn snapshot_that_takes_back() {
    let app = App::new();
    let back = |kind: &str, place: &str, taken_back| Site {
        live: 0,
        released: 412,
        taken_back,
        ..site(kind, "pg Pool", Verdict::Steady, app.stack(&[(place, "")]))
    };
    let held = Site {
        live: 2,
        registered: 10,
        released: 8,
        held_too_long: Some(2),
        taken_back: 1,
        growth_per_hour: 0.0,
        evidence: "2 of 2 held for up to 31 s, longer than 30 s".into(),
        ..site("pool", "pg Pool", Verdict::Suspect, app.stack(&[("src/pool.ts:20:16", "order")]))
    };
    let node = back("listener", "node:net:10:1", 9);
    let sites =
        vec![held, back("pool", "src/task.ts:3:3", 4), back("interval", "src/poll.ts:17:15", 1), node];
    golden("snapshot-taken-back", &snapshot_text(&snapshot(sites), &app.options()));
    let calm = vec![back("pool", "src/task.ts:3:3", 4)];
    golden("snapshot-taken-back-alone", &snapshot_text(&snapshot(calm), &app.options()));
}

#[test]
fn snapshot_with_only_doubts() {
    let app = App::new();
    let mut s = everything(&app);
    s.sites.retain(|site| site.verdict != Verdict::Leak || site.label == "setInterval 60000 ms");
    let text = snapshot_text(&s, &app.options());
    assert!(text.starts_with("leakline  no leak in the application, 1 in a package, 2 suspects"), "{text}");
}

#[test]
fn one_leak_reached_by_several_stacks_is_one_block() {
    let app = App::new();
    let reached_from = |live, caller: &str, thread| {
        let mut site = listener(&app);
        site.stack.make_mut()[4] = app.frame(caller, "caller");
        Site { live, registered: live, released: 0, collected: 0, thread, ..site }
    };
    let sites = vec![
        reached_from(40, "src/b.ts:2:2", 0),
        reached_from(50, "src/a.ts:1:1", 0),
        reached_from(10, "src/a.ts:1:1", 3),
        Site { label: "Socket 'end'".into(), ..reached_from(7, "src/c.ts:1:1", 3) },
    ];
    let text = snapshot_text(&snapshot(sites), &app.options());
    assert!(text.contains("reached by 2 stacks (60 % / 40 %)"), "{text}");
    golden("snapshot-merged", &text);
}

#[test]
fn a_missing_source_costs_the_excerpt_and_nothing_else() {
    let app = App::new();
    let s = snapshot(vec![listener(&app)]);
    let with = snapshot_text(&s, &app.options());
    std::fs::remove_dir_all(app.root.join("src")).unwrap();
    let without = snapshot_text(&s, &app.options());
    golden("snapshot-missing-source", &without);
    let without_excerpt: Vec<&str> = with.lines().filter(|line| !line.contains('│')).collect();
    let bare: Vec<&str> = without.lines().collect();
    assert_eq!(without_excerpt.len(), bare.len(), "more than the excerpt is missing");
}

#[test]
fn a_package_between_the_application_and_the_registration_is_named() {
    let app = App::new();
    let stack = app.stack(&[
        ("node:events:1:1", "on"),
        ("node_modules/@redis/client/dist/socket.js:88:12", "attach"),
        ("node_modules/@redis/client/dist/index.js:5:1", "subscribe"),
        ("src/server.ts:41:7", "handle"),
    ]);
    let s = snapshot(vec![site("listener", "Socket 'data'", Verdict::Leak, stack)]);
    golden("snapshot-through-a-package", &snapshot_text(&s, &app.options()));
}

#[test]
fn hostile_text_is_shown_and_not_obeyed() {
    let app = App::new();
    let nasty = "\u{1b}[2J\u{1b}]0;title\u{7}\r\n\t\u{9b}31m\u{202e}x'\\`\u{2028}\0 🚀";
    app.write("src/evil\u{1b}[31m.ts", 1, &format!("{nasty}\n{nasty}\n{nasty}"));
    let stack = Stack::from(vec![
        Frame { function: Some(nasty.into()), ..app.frame("src/evil\u{1b}[31m.ts:2:3", "") },
        Frame { function: Some("ü".repeat(5000)), file: nasty.into(), line: u32::MAX, column: u32::MAX },
    ]);
    let labels =
        [format!("Bus '{nasty}'"), format!("{nasty} '{}'", "🚀".repeat(5000)), nasty.to_owned(), "'".into()];
    let kinds = ["listener", "timeout", "map", "checkout", nasty];
    let mut s = snapshot(Vec::new());
    for (kind, label) in kinds.iter().flat_map(|kind| labels.iter().map(move |label| (kind, label))) {
        let leak = site(kind, label, Verdict::Leak, stack.clone());
        s.sites.push(Site { evidence: nasty.into(), grown_by: Some(stack.clone()), ..leak });
    }
    s.mode = nasty.into();
    s.notes = vec![nasty.repeat(1000)];
    s.totals.insert(nasty.into(), Totals::default());
    s.collections = vec![Collection {
        kind: nasty.into(),
        size: u64::MAX,
        site: nasty.into(),
        grown_by: stack.clone(),
        ..Collection::default()
    }];
    for o in [
        TextOptions { width: 0, ..app.options() },
        TextOptions { width: 160, all: true, all_frames: true, ..app.options() },
    ] {
        for snapshot in [&s, &Snapshot { sites: Vec::new(), ..s.clone() }] {
            let text = snapshot_text(snapshot, &o);
            let obeyed = text.chars().find(|&c| c != '\n' && super::clean::is_hazard(c));
            assert_eq!(obeyed, None, "{text}");
        }
    }
    s.sites.truncate(1);
    s.notes.clear();
    golden("snapshot-hostile", &snapshot_text(&s, &app.options()));
}

#[test]
fn extreme_numbers_are_only_large() {
    let app = App::new();
    let huge = Site {
        live: u64::MAX,
        registered: u64::MAX,
        released: u64::MAX,
        oldest_ms: u64::MAX,
        growth_per_hour: f64::MAX,
        size: Some(Size { total: u64::MAX, max: u64::MAX }),
        ..listener(&app)
    };
    let mut s = snapshot(vec![huge.clone(), huge]);
    s.process.uptime_ms = u64::MAX;
    for value in s.totals.values_mut() {
        value.registered = u64::MAX;
    }
    assert!(snapshot_text(&s, &app.options()).contains("18,446,744,073,709,551,615"));
    s.sites.clear();
    assert!(snapshot_text(&s, &app.options()).contains("listener (18,446,744,073,709,551,615)"));
}

#[test]
fn plain_reports_are_the_same_from_run_to_run() {
    let (one, other) = (App::new(), App::new());
    let mut later = everything(&other);
    later.process.pid = 9;
    later.process.started_at = "2027-01-01T00:00:00.000Z".into();
    later.process.taken_at = "2027-01-01T00:10:00.000Z".into();
    assert_eq!(snapshot_text(&everything(&one), &one.options()), snapshot_text(&later, &other.options()));
}

fn changed(app: &App, change: Change, label: &str, live: (u64, u64), frames: &[(&str, &str)]) -> SiteDiff {
    let stack = app.stack(frames);
    SiteDiff {
        fingerprint: label.into(),
        kind: "listener".into(),
        label: label.into(),
        change,
        live_before: live.0,
        live_after: live.1,
        size_before: None,
        size_after: None,
        estimated: false,
        thread: 0,
        origin: crate::frames::origin(&stack).cloned(),
        stack,
    }
}

fn diff(sites: Vec<SiteDiff>) -> Diff {
    let before = snapshot(Vec::new()).process;
    let after = ProcessInfo { uptime_ms: 1_200_000, ..before.clone() };
    Diff { schema: SCHEMA, before, after, interval_ms: 600_000, sites, notes: Vec::new() }
}

#[test]
fn diff_with_every_change() {
    let app = App::new();
    let map = |before: (u64, u64), after: (u64, u64)| SiteDiff {
        kind: "map".into(),
        size_before: Some(before.1),
        size_after: Some(after.1),
        ..changed(
            &app,
            Change::Grown,
            "Map",
            (before.0, after.0),
            &[("src/processor.ts:12:22", "new TaskProcessor")],
        )
    };
    let mut d = diff(vec![
        changed(
            &app,
            Change::Grown,
            "Socket 'data'",
            (12, 52),
            &[("src/proxy.ts:88:10", "attach"), ("src/server.ts:41:7", "handle")],
        ),
        changed(
            &app,
            Change::Grown,
            "Socket 'data'",
            (2, 62),
            &[("src/proxy.ts:88:10", "attach"), ("src/other.ts:4:7", "handle")],
        ),
        map((1, 1000), (1, 4000)),
        SiteDiff { label: "Cache".into(), ..map((1, 1000), (2, 4000)) },
        SiteDiff { label: "Index".into(), change: Change::New, ..map((0, 0), (2, 4000)) },
        SiteDiff {
            estimated: true,
            ..changed(&app, Change::New, "Bus 'ready'", (0, 1), &[("src/wait.ts:9:9", "")])
        },
        changed(&app, Change::Shrunk, "Socket 'end'", (52, 12), &[("src/proxy.ts:60:3", "attach")]),
        changed(&app, Change::Gone, "Socket 'close'", (12, 0), &[("src/proxy.ts:61:3", "attach")]),
        changed(
            &app,
            Change::Grown,
            "Client 'error'",
            (1, 3),
            &[("node_modules/pg/lib/client.js:6:3", "connect")],
        ),
        changed(&app, Change::Grown, "Server 'x'", (1, 3), &[("node:net:6:3", "listen")]),
    ]);
    d.notes = vec!["not seen: Map (intrinsics are frozen)".into()];
    let o = app.options();
    golden("diff-everything", &diff_text(&d, &o));
    golden("diff-all", &diff_text(&d, &TextOptions { all: true, ..app.options() }));
    golden("diff-width-60", &diff_text(&d, &TextOptions { width: 60, ..app.options() }));
}

#[test]
fn diff_with_nothing_changed() {
    golden("diff-nothing", &diff_text(&diff(Vec::new()), &TextOptions::default()));
    let other = Diff { interval_ms: 0, ..diff(Vec::new()) };
    golden("diff-nothing-between-processes", &diff_text(&other, &TextOptions::default()));
}

#[test]
fn check_with_instances_entries_and_packages() {
    let app = App::new();
    let leaks = [
        leak(
            &app,
            "listener",
            "Socket 'data'",
            50,
            Growth::Instances,
            &[("src/proxy.ts:88:10", "attach"), ("src/server.ts:41:7", "handle")],
        ),
        Leak {
            grown_by: Some(app.stack(&[("src/processor.ts:61:20", "submit")])),
            grown_by_share: Some(0.97),
            deletes: Some(0),
            ..leak(
                &app,
                "map",
                "Map",
                5000,
                Growth::Entries,
                &[("src/processor.ts:12:22", "new TaskProcessor")],
            )
        },
        leak(&app, "map", "Map", 50, Growth::Instances, &[("src/processor.ts:12:22", "new TaskProcessor")]),
        leak(
            &app,
            "interval",
            "setInterval 60000 ms",
            1,
            Growth::Instances,
            &[("node_modules/x/index.js:30:20", "")],
        ),
        leak(&app, "listener", "Server 'x'", 50, Growth::Instances, &[("node:net:6:3", "listen")]),
    ];
    golden("check-everything", &check(&leaks, &app.options()));
    golden("check-all", &check(&leaks, &TextOptions { all: true, ..app.options() }));
    golden("check-colour", &check(&leaks[..1], &TextOptions { color: true, ..app.options() }));
    for width in [60, 160] {
        golden(&format!("check-width-{width}"), &check(&leaks, &TextOptions { width, ..app.options() }));
    }
}

#[test]
fn check_joins_stacks_of_one_line() {
    let app = App::new();
    let from = |total, caller: &str| {
        let frames = [("src/proxy.ts:88:10", "attach"), (caller, "handle")];
        leak(&app, "listener", "Socket 'data'", total, Growth::Instances, &frames)
    };
    let mut leaks: Vec<Leak> = (1..6).map(|n| from(10 * n, &format!("src/server.ts:{n}:7"))).collect();
    leaks.insert(
        0,
        leak(&app, "immediate", "setImmediate", 60, Growth::Instances, &[("src/loop.ts:7:15", "")]),
    );
    golden("check-merged", &check(&leaks, &app.options()));
}

#[test]
fn check_puts_what_has_to_be_mended_first() {
    let app = App::new();
    app.write("src/stock.ts", 5, "const connection = await pool.acquire();\nreturn new Redis(options);\n");
    let inside = [("node_modules/ioredis/built/Redis.js:40:9", "new Redis"), ("src/stock.ts:6:8", "connect")];
    let one = |kind, label, total, frames: &[(&str, &str)]| {
        leak(&app, kind, label, total, Growth::Instances, frames)
    };
    let text = check(
        &[
            one("set", "Set", 100, &inside),
            one("listener", "Bus 'x'", 90, &[("src/stock.ts:9:5", "watch")]),
            one("pool", "generic-pool Pool", 50, &[("src/stock.ts:5:31", "take")]),
        ],
        &app.options(),
    );
    let at = |title: &str| text.find(title).unwrap_or_else(|| panic!("{title} is not in {text}"));
    assert!(at("checkout of") < at("listener 'x'"), "{text}");
    assert!(at("listener 'x'") < at("  Set"), "{text}");
}

#[test]
fn what_one_call_into_a_package_took_is_one_block() {
    let app = App::new();
    app.write("src/db.ts", 5, "  const client = await pool.connect();\n");
    let stack = |line: &str| {
        app.stack(&[
            (&format!("node_modules/pg/lib/client.js:{line}:9"), "attach"),
            ("src/db.ts:5:29", "take"),
        ])
    };
    let sites = ["dataRow", "copyData", "error"]
        .map(|event| site("listener", &format!("Connection '{event}'"), Verdict::Leak, stack("7")));
    let text = snapshot_text(&snapshot(sites.to_vec()), &app.options());
    assert!(text.starts_with("leakline  1 leak in the application"), "{text}");
    assert!(text.contains("'dataRow' on Connection and 2 more  "), "{text}");
    let own = ["a", "b"].map(|event| {
        site("listener", &format!("Bus '{event}'"), Verdict::Leak, app.stack(&[("src/db.ts:5:29", "take")]))
    });
    let text = snapshot_text(&snapshot(own.to_vec()), &app.options());
    assert!(text.starts_with("leakline  2 leaks in the application"), "{text}");
}

#[test]
fn check_with_nothing_found() {
    golden("check-nothing", &check(&[], &TextOptions::default()));
    let notes = ["not seen: AbortSignal.timeout, which no hook can see".to_owned()];
    let blind = Watched { kinds: vec!["listener".into()], registrations: 0, census_ms: None };
    golden("check-nothing-registered", &check_text(&[], 1, 1, &blind, &notes, &TextOptions::default()));
}

#[test]
fn formats_are_found_by_name() {
    assert_eq!(Format::named("text"), Some(Format::Text));
    assert_eq!(Format::named("json"), Some(Format::Json));
    assert_eq!(Format::named("yaml"), None);
}

#[test]
fn json_of_a_snapshot_reads_back() {
    let app = App::new();
    let s = everything(&app);
    assert_eq!(serde_json::from_str::<Snapshot>(&json(&s)).unwrap(), s);
}
