//! Cases of made-up facts: every field says something, whatever is missing, and nothing of a value is markup.

use super::facts::{Commit, Git, Lines, Process, RunEnd};
use super::value::{Part, State};
use super::*;
use crate::values::course::{Course, ProcessPoint, SiteCourse, SitePoint};
use crate::values::frames::Frame;
use crate::values::snapshot::{Site, Verdict};

const HOSTILE: &str = "<script>alert(1)</script>\"'`|\u{1b}[31m\u{202e}{{ .Value }}](http://x)";

fn leak(label: &str, file: &str) -> Site {
    let frame = |function: &str, line| Frame {
        function: Some(function.to_owned()),
        file: file.to_owned(),
        line,
        column: 9,
    };
    let stack = vec![frame("subscribe", 12), frame("handle", 40)];
    Site {
        fingerprint: "00000000000000aa".to_owned(),
        kind: "listener".to_owned(),
        label: label.into(),
        live: 412,
        registered: 412,
        growth_per_hour: 2466.0,
        origin: stack.first().cloned(),
        stack: stack.into(),
        verdict: Verdict::Leak,
        evidence: "grew in 12 of 12 intervals".to_owned(),
        ..Site::default()
    }
}

fn commit(hash: &str, subject: &str, at: &str) -> Commit {
    Commit { hash: hash.repeat(40), subject: subject.to_owned(), author: "A".to_owned(), at: at.to_owned() }
}

/// Two hours of a leak in a service with a repository.
fn facts(label: &str, file: &str) -> Facts {
    let points = || (0..720u64).map(|n| n * 10_000);
    let process = points().map(|at_ms| ProcessPoint {
        at_ms,
        rss: Some((90 << 20) + at_ms * 12),
        heap: Some((40 << 20) + at_ms * 10),
        delay_ms: 3.0,
        ..ProcessPoint::default()
    });
    let verdict = |at_ms| if at_ms > 60_000 { Verdict::Leak } else { Verdict::New };
    let site = points().map(|at_ms| SitePoint {
        at_ms,
        live: at_ms / 20_000,
        verdict: verdict(at_ms),
        entries: None,
    });
    let leak = leak(label, file);
    let course = Course {
        process: process.collect(),
        sites: vec![SiteCourse {
            fingerprint: leak.fingerprint.clone(),
            label: leak.label.to_string(),
            line: 12,
            column: 9,
            points: site.collect(),
            ..SiteCourse::default()
        }],
        heap_limit: Some(2 << 30),
        memory_limit: None,
    };
    let lines = Lines {
        path: "src/bus.js".to_owned(),
        line: 12,
        first: 10,
        text: vec!["{".to_owned(), String::new(), format!("bus.on('{label}', fn);")],
        introduced: Some(commit("a", label, "2026-11-01T10:00:00Z")),
        ..Lines::default()
    };
    let git = Git {
        user: Some("Ada".to_owned()),
        commit: commit("b", "later", "2026-11-05T10:00:00Z"),
        is_running: true,
        origin: Some(lines),
        ..Git::default()
    };
    let end = RunEnd {
        at: "2026-11-29T12:00:00Z".to_owned(),
        how: "heap-out-of-memory".to_owned(),
        text: "ran out of V8's heap".to_owned(),
    };
    Facts {
        created_at: "2026-11-30T04:00:00Z".to_owned(),
        file: "web.4711.lkf".to_owned(),
        service: "shop".to_owned(),
        process: Process {
            pid: Some(4711),
            node: "v20.20.2".to_owned(),
            mode: "adaptive".to_owned(),
            cwd: Some("/srv/app".to_owned()),
            commit: Some("b".repeat(40)),
            started_at: Some("2026-11-30T00:00:00Z".to_owned()),
            taken_at: Some("2026-11-30T02:00:00Z".to_owned()),
            uptime_ms: 7_200_000,
            ..Process::default()
        },
        leak,
        course,
        ends: vec![end],
        git: Some(git),
        test: facts::TestPlan {
            runner: "node".to_owned(),
            path: "case/leak.test.js".to_owned(),
            subject: Some("../src/bus.js".to_owned()),
            is_module: false,
        },
        ..Facts::default()
    }
}

fn fields(case: &Case) -> Vec<(&'static str, State, String)> {
    let field = |part: &Part| match part {
        Part::Field(field) => Some((field.id, field.state, field.text.join("\n"))),
        Part::Code(_) | Part::Table(_) | Part::Charts => None,
    };
    case.sections.iter().flat_map(|section| section.parts.iter().filter_map(field)).collect()
}

#[test]
fn a_recording_with_a_repository_fills_in_26_and_asks_ten() {
    let case = build(facts("change", "/srv/app/src/bus.js"));
    let fields = fields(&case);
    let count = |state: State| fields.iter().filter(|(_, each, _)| *each == state).count();
    assert!(count(State::Filled) >= 26, "{} filled: {fields:#?}", count(State::Filled));
    assert_eq!(count(State::Asked), 10);
    assert!(fields.len() >= 50, "{}", fields.len());
    let text =
        |id: &str| fields.iter().find(|(each, ..)| *each == id).map(|(.., text)| text.clone()).unwrap();
    assert!(text("severity").starts_with("Critical"));
    assert!(text("growth").contains("+34.3 MiB an hour"), "{}", text("growth"));
    assert!(text("introduced").contains("aaaaaaaaaa"), "{}", text("introduced"));
    assert!(text("detection").starts_with("2026-11-30T00:01:10Z"), "{}", text("detection"));
    assert!(text("review").starts_with("2026-12-07"), "{}", text("review"));
}

#[test]
fn no_field_is_empty_whatever_is_missing() {
    for facts in [Facts::default(), facts("change", "/srv/app/src/bus.js"), facts("", "")] {
        let case = build(facts);
        for (id, _, text) in fields(&case) {
            assert!(!text.trim().is_empty(), "{id}");
        }
        assert!(!markdown::markdown(&case).contains("****"));
    }
}

#[test]
fn pauses_of_collections_are_drawn_and_said() {
    let title = "Garbage collection: longest pause";
    let mut facts = facts("change", "/srv/app/src/bus.js");
    assert!(!page::page(&build(facts.clone())).contains(title), "none was measured");
    for (n, point) in facts.course.process.iter_mut().enumerate() {
        (point.pause_ms, point.major_gcs) = ((n % 40) as f64, 1);
    }
    let case = build(facts);
    assert!(page::page(&case).contains(title));
    let markdown = markdown::markdown(&case);
    assert!(markdown.contains("the longest pause took 39 ms"), "{markdown}");
    let pauses = "longest pause of a collection: 19 ms in the median span, 37 ms at p95, 39 ms at most";
    assert!(markdown.contains(pauses), "{markdown}");
}

#[test]
fn an_answer_fills_its_field() {
    let mut facts = facts("change", "/srv/app/src/bus.js");
    facts.answers.insert("impact".to_owned(), "300 shops\nfor an hour".to_owned());
    let case = build(facts);
    let fields = fields(&case);
    assert!(fields.contains(&("impact", State::Answered, "300 shops\nfor an hour".to_owned())));
    assert_eq!(fields.iter().filter(|(_, state, _)| *state == State::Asked).count(), 9);
}

#[test]
fn the_same_facts_make_the_same_documents() {
    let facts = facts("change", "/srv/app/src/bus.js");
    let json = serde_json::to_string(&build(facts.clone())).unwrap();
    let again: serde_json::Value = serde_json::from_str(&json).unwrap();
    let read: Facts = serde_json::from_value(again["facts"].clone()).unwrap();
    assert_eq!(read, facts);
    assert_eq!(markdown::markdown(&build(read.clone())), markdown::markdown(&build(facts.clone())));
    assert_eq!(page::page(&build(read)), page::page(&build(facts)));
}

#[test]
fn nothing_of_a_value_is_markup() {
    let long = HOSTILE.repeat(10_000 / HOSTILE.len() + 1);
    for label in [HOSTILE, &long] {
        let mut facts = facts(label, &format!("/srv/app/{label}.js"));
        facts.answers.insert("impact".to_owned(), label.to_owned());
        facts.service = label.to_owned();
        let case = build(facts);
        let html = page::page(&case);
        assert!(!html.contains("<script") && !html.contains("\u{1b}") && !html.contains('\u{202e}'));
        assert!(html.len() <= 150 * 1024, "{} bytes", html.len());
        let text = outside_of_fences(&markdown::markdown(&case));
        assert!(!text.contains("<script") && !text.contains("\u{1b}") && !text.contains('\u{202e}'));
        assert!(!text.contains("](http:") && !text.contains("://"), "no link comes of a label");
        let test = regression::test(&case.facts);
        assert!(!test.contains('\u{1b}') && !test.contains('\u{202e}'));
        assert!(test.lines().all(|line| line.chars().count() < 2_000));
    }
}

/// Without blocks of code, in which nothing is markup.
fn outside_of_fences(text: &str) -> String {
    let mut fence: Option<&str> = None;
    let mut outside = String::new();
    for line in text.lines() {
        match fence {
            Some(end) if line == end => fence = None,
            Some(_) => {}
            None if line.starts_with("```") => fence = Some(line.trim_end_matches("text")),
            None => outside.push_str(&format!("{line}\n")),
        }
    }
    assert_eq!(fence, None, "a block has an end");
    outside
}

#[test]
fn there_is_a_skeleton_for_each_runner() {
    for runner in regression::RUNNERS {
        let mut facts = facts("change", "/srv/app/src/bus.js");
        facts.test.runner = runner.to_owned();
        let test = regression::test(&facts);
        assert!(test.contains("FILL IN") && test.contains("leakline.check("), "{test}");
        assert!(test.contains("bus.on('change', fn);"), "the line stands there: {test}");
        assert_eq!(test.contains("import leakline"), runner == "vitest", "{runner}");
    }
}
