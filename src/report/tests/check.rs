//! Reports of a check.

use super::*;
use crate::values::frames::Position;
use crate::values::snapshot::Role as Cause;

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
        label: label.into(),
        fingerprint: "00000000000000aa".to_owned(),
        per_iteration: 1.0,
        total: 50,
        growth,
        origin: Some(app.frame("src/processor.ts:12:22", "new TaskProcessor")),
        stack: app.stack(&[("src/processor.ts:12:22", "new TaskProcessor")]),
        top_inserter: (growth == Growth::Entries)
            .then(|| TopInserter { stack: app.stack(&[("src/seen.ts:2:1", "subscribe")]), share: Some(1.0) }),
        removed_entries: Some(0),
        held_by: Some("TaskProcessor.subscribers".to_owned()),
        elements: elements.map(str::to_owned),
        size: Some(Size { total: 106, max }),
        ..Leak::default()
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
            top_inserter: top(app.stack(&[("src/processor.ts:61:20", "submit")]), 0.97),
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
fn check_folds_what_hangs_on_a_cause() {
    let app = App::new();
    let cause = leak(
        &app,
        "listener",
        "AbortSignal 'abort'",
        50,
        Growth::Instances,
        &[("node_modules/got/core/index.js:240:9", "new Request"), ("src/server.ts:41:7", "handle")],
    );
    let hanging = |kind: &str, label: &str, line: u32, kept_by: &[&str]| Leak {
        role: Cause::Consequence,
        kept_by: kept_by.iter().map(|by| (*by).to_owned()).collect(),
        ..leak(
            &app,
            kind,
            label,
            50,
            Growth::Instances,
            &[
                (&format!("node_modules/got/core/index.js:{line}:9"), "new Request"),
                ("src/server.ts:41:7", "handle"),
            ],
        )
    };
    let by = &*cause.fingerprint.clone();
    let leaks = [
        cause,
        hanging("listener", "Request 'response'", 25, &[by]),
        hanging("listener", "PassThrough 'data'", 31, &[by]),
        hanging("set", "Set", 194, &[by, "interval/x"]),
        hanging("listener", "Request 'error'", 30, &[]),
        hanging("array", "Array Options._init", 331, &[]),
    ];
    golden("check-folded", &check(&leaks, &app.options()));
    golden("check-folded-all", &check(&leaks, &TextOptions { all: true, ..app.options() }));
    let of_package = Leak {
        origin: Some(app.frame("node_modules/keeper/index.js:2:42", "new Keeper")),
        stack: app.stack(&[("node_modules/keeper/index.js:2:42", "new Keeper")]),
        growth: Growth::Entries,
        ..leak(&app, "array", "Array Keeper.used", 50, Growth::Entries, &[])
    };
    let text = check(&[of_package, hanging("listener", "PassThrough 'error'", 3, &[])], &app.options());
    assert!(
        text.starts_with("leakline  1 leak in a package"),
        "what hangs on it is the application's: {text}"
    );
    assert!(!text.contains("not counted"), "{text}");
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
    let own = |labels: [&str; 2]| {
        let of = |label| site("listener", label, Verdict::Leak, app.stack(&[("src/db.ts:5:29", "take")]));
        snapshot_text(&snapshot(labels.map(of).to_vec()), &app.options())
    };
    let text = own(["Bus 'a'", "Bus 'b'"]);
    assert!(text.starts_with("leakline  1 leak in the application"), "events are details: {text}");
    let text = own(["Bus 'a'", "Socket 'a'"]);
    assert!(text.starts_with("leakline  2 leaks in the application"), "owners are not: {text}");
}

#[test]
fn check_with_nothing_found() {
    golden("check-nothing", &check(&[], &TextOptions::default()));
    let notes = ["not seen: AbortSignal.timeout, which no hook can see".to_owned()];
    let blind = Watched { kinds: vec!["listener".into()], registrations: 0, census_ms: None };
    golden("check-nothing-registered", &check_text(&[], 1, 1, &blind, &notes, &TextOptions::default()));
}

#[test]
fn check_of_a_position_that_its_file_does_not_have() {
    let app = App::new();
    let stack = [("src/proxy.ts:88:262", "attach")];
    let found = leak(&app, "listener", "Socket 'data'", 50, Growth::Instances, &stack);
    let text = check(&[found], &app.options());
    assert!(text.contains("the file has no such position"), "{text}");
    assert!(!text.contains('▸') && text.contains("emitter.off('data', fn)"), "nothing of the line: {text}");
}

#[test]
fn check_of_a_source_that_is_not_shipped() {
    let app = App::new();
    app.write("dist/all.js", 1, "x();\n//# sourceMappingURL=all.js.map\n");
    let map =
        r#"{"sources":["../lib/bus.ts"],"sourcesContent":["const a = 1;\nbus.on('x', f);\n"],"mappings":""}"#;
    app.write("dist/all.js.map", 1, map);
    let at = app.frame("dist/all.js:1:1", "");
    let found = Leak {
        shipped_at: Some(Position { file: at.file, line: 1, column: 1440 }),
        ..leak(&app, "listener", "Bus 'x'", 50, Growth::Instances, &[("lib/bus.ts:2:5", "run")])
    };
    let text = check(std::slice::from_ref(&found), &app.options());
    assert!(text.contains("shipped at  dist/all.js:1:1440"), "{text}");
    assert!(text.contains("▸ 2 │ bus.on('x', f);"), "from the map: {text}");
    app.write("lib/bus.ts", 1, "\nbus.on('x', f);\n");
    assert!(!check(&[found], &app.options()).contains("shipped at"), "the source is there");
}
