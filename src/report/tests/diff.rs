//! Two snapshots compared.

use super::*;

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
        origin: crate::values::frames::origin(&stack).cloned(),
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
