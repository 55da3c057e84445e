//! Reports of a check.

use super::*;

fn leak(app: &App, kind: &str, label: &str, total: u64, growth: Growth, frames: &[(&str, &str)]) -> Leak {
    let stack = app.stack(frames);
    Leak {
        kind: kind.into(),
        label: label.into(),
        fingerprint: format!("{kind}/{label}"),
        per_iteration: total as f64 / 50.0,
        total,
        growth,
        origin: crate::values::frames::origin(&stack).cloned(),
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
        removed_entries: Some(0),
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
            removed_entries: Some(0),
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
fn check_puts_what_has_to_be_fixed_first() {
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
