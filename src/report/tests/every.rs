//! What holds of every report.

use super::*;

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
        s.sites.push(Site { evidence: nasty.into(), top_inserter: top(stack.clone(), 2.0), ..leak });
    }
    s.mode = nasty.into();
    s.notes = vec![nasty.repeat(1000)];
    s.totals.insert(nasty.into(), Totals::default());
    s.collections = vec![Collection {
        kind: nasty.into(),
        size: u64::MAX,
        site: nasty.into(),
        top_inserter: top(stack.clone(), 0.5),
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
    let text = snapshot_text(&s, &app.options()).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("listener (18,446,744,073,709,551,615)"));
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
