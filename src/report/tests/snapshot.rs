//! Reports of a snapshot.

use super::*;

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
        grew_by: (size == 50_000).then_some(1_200),
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
fn snapshot_with_allowed_leaks() {
    let app = App::new();
    let allowed = |reason: &str, site: Site| Site { allowed: Some(reason.into()), ..site };
    let sites = vec![
        Site { bytes_per_hour: Some(2_466.0 * 28.0 * 1_000.0), ..inserted_map(&app) },
        allowed("the bus lives as long as the process, see #12", listener(&app)),
        allowed(
            "in the baseline before.json",
            site(
                "interval",
                "setInterval 5 ms",
                Verdict::Suspect,
                app.stack(&[("src/poll.ts:17:15", "start")]),
            ),
        ),
        allowed("nobody asks", site("map", "Map", Verdict::Steady, app.stack(&[("src/seen.ts:2:21", "")]))),
    ];
    golden("snapshot-allowed", &snapshot_text(&snapshot(sites.clone()), &app.options()));
    let all_allowed = snapshot_text(&snapshot(sites[1..].to_vec()), &app.options());
    assert!(all_allowed.starts_with("leakline  nothing found in 10 min"), "{all_allowed}");
}

#[test]
fn snapshot_of_allocations() {
    let app = App::new();
    let stack = app.stack(&[("src/bus.ts:5:13", "submit"), ("src/loop.ts:7:1", "onMessage")]);
    let submit = Site {
        live: 58_204,
        size: Some(Size { total: 9_700_000, max: 0 }),
        bytes_per_hour: Some(62_000_000.0),
        oldest_ms: 312_000,
        estimated: true,
        evidence: String::new(),
        reason: Some(Reason::Survives {
            bytes: 5_600_000,
            samples: 43,
            error_percent: 30,
            for_ms: 312_000,
            ago_ms: 0,
            looks: 4,
        }),
        ..site("heap", "in submit()", Verdict::Suspect, stack)
    };
    let stopped = Site {
        bytes_per_hour: None,
        reason: Some(Reason::Survives {
            bytes: 2_100_000,
            samples: 16,
            error_percent: 50,
            for_ms: 400_000,
            ago_ms: 180_000,
            looks: 7,
        }),
        ..Site {
            verdict: Verdict::Leak,
            ..site("heap", "in a module", Verdict::Leak, app.stack(&[("src/seen.ts:1:1", "")]))
        }
    };
    let mut all = snapshot(vec![stopped, submit]);
    all.heap = Some(HeapTrend {
        first_used: 9_500_000,
        used_after_gc: 19_900_000,
        growth_per_hour: 70_000_000.0,
        samples: 6,
        explained: Some(0.89),
        verdict: Verdict::Suspect,
        gc: Some(Pauses { minor: 90, major: 6, total_ms: 130.0, longest_ms: 21.5 }),
        ..HeapTrend::default()
    });
    crate::report::put_evidence(&mut all);
    golden("snapshot-allocations", &snapshot_text(&all, &app.options()));
}

#[test]
fn buffers_that_stay_have_a_line_or_are_said_to_have_none() {
    let app = App::new();
    let survives = |bytes, samples| {
        Some(Reason::Survives { bytes, samples, error_percent: 30, for_ms: 312_000, ago_ms: 0, looks: 4 })
    };
    let buffers = |label, verdict, stack| Site {
        live: 280,
        size: Some(Size { total: 5_600_000, max: 0 }),
        bytes_per_hour: Some(62_000_000.0),
        oldest_ms: 312_000,
        estimated: true,
        evidence: String::new(),
        reason: survives(5_600_000, 43),
        ..site("buffer", label, verdict, stack)
    };
    let of_line = app.stack(&[("node:buffer:370:3", "alloc"), ("src/bus.ts:5:13", "submit")]);
    let mut all = snapshot(vec![
        buffers("in submit()", Verdict::Leak, of_line),
        buffers("of Node's pool", Verdict::Suspect, app.stack(&[("node:buffer:170:9", "createPool")])),
        buffers("outside of JavaScript", Verdict::Suspect, Vec::new().into()),
    ]);
    crate::report::put_evidence(&mut all);
    golden("snapshot-buffers", &snapshot_text(&all, &app.options()));
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
fn snapshot_of_retained_objects_without_a_line() {
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
    golden("snapshot-retained", &snapshot_text(&nothing_else, &app.options()));
    let census = Some(Census { pause_ms: 1.0, ..Census::default() });
    let with_census = snapshot_text(&Snapshot { census, ..snapshot(nodes()) }, &app.options());
    assert!(with_census.contains("retained: ") && !with_census.contains("census: true"), "{with_census}");
    // It is what a line that leaks keeps: that line is all there is to say.
    let mut beside_a_leak = snapshot(nodes());
    beside_a_leak.sites.push(listener(&app));
    assert!(!snapshot_text(&beside_a_leak, &app.options()).contains("retained"), "a leak is named");
    for site in &mut beside_a_leak.sites {
        site.verdict = Verdict::New;
    }
    let text = snapshot_text(&beside_a_leak, &app.options());
    assert!(text.starts_with("leakline  nothing found") && !text.contains("retained"), "{text}");
}

#[test]
fn snapshot_that_takes_back() {
    let app = App::new();
    let back = |kind: &str, place: &str, returned_late| Site {
        live: 0,
        released: 412,
        returned_late,
        ..site(kind, "pg Pool", Verdict::Steady, app.stack(&[(place, "")]))
    };
    let held = Site {
        live: 2,
        registered: 10,
        released: 8,
        overdue: Some(2),
        returned_late: 1,
        growth_per_hour: 0.0,
        evidence: "2 of 2 held for up to 31 s, longer than 30 s".into(),
        ..site("pool", "pg Pool", Verdict::Suspect, app.stack(&[("src/pool.ts:20:16", "order")]))
    };
    let node = back("listener", "node:net:10:1", 9);
    let sites =
        vec![held, back("pool", "src/task.ts:3:3", 4), back("interval", "src/poll.ts:17:15", 1), node];
    golden("snapshot-returned-late", &snapshot_text(&snapshot(sites), &app.options()));
    let calm = vec![back("pool", "src/task.ts:3:3", 4)];
    golden("snapshot-returned-late-alone", &snapshot_text(&snapshot(calm), &app.options()));
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
        Site { label: "TLSSocket 'data'".into(), ..reached_from(7, "src/c.ts:1:1", 3) },
    ];
    let text = snapshot_text(&snapshot(sites), &app.options());
    assert!(text.contains("reached by 2 stacks (60 % / 40 %)"), "{text}");
    golden("snapshot-merged", &text);
}
