//! What people read of their tests, as golden files under `golden/`, written anew as those of the reports are.

use super::super::fixture::{self, App};
use super::annotations::annotations;
use super::failure::failure_text;
use super::file::file_text;
use super::run::run_text;
use super::*;
use crate::report::options::TextOptions;
use crate::values::suite::Entry;
use crate::values::suite::*;

#[track_caller]
fn golden(name: &str, text: &str) {
    fixture::golden("src/report/suite/golden", name, text);
}

fn finding(
    outcome: Outcome,
    tests: &[&str],
    what: (&str, &str),
    count: u64,
    stack: crate::values::stack::Stack,
) -> Finding {
    let leftover = Leftover {
        tests: tests.iter().map(|test| (*test).to_owned()).collect(),
        kind: what.0.into(),
        label: what.1.into(),
        fingerprint: "00000000000000aa".into(),
        count,
        origin: crate::values::frames::origin(&stack).cloned(),
        stack: stack.to_vec(),
        direct: true,
    };
    Finding { leftover, outcome, reason: None, allowed: 0, known: 0 }
}

const LISTENER: (&str, &str) = ("listener", "Socket 'data'");
const INTERVAL: (&str, &str) = ("interval", "setInterval 30000 ms");

fn listener(app: &App, tests: &[&str], count: u64) -> Finding {
    let frames = [
        ("node:events:500:10", "addListener"),
        ("src/proxy.ts:88:10", "attach"),
        ("__test__/proxy.test.js:9:3", ""),
    ];
    finding(Outcome::Failed, tests, LISTENER, count, app.stack(&frames))
}

fn interval(app: &App, outcome: Outcome, tests: &[&str]) -> Finding {
    finding(outcome, tests, INTERVAL, 1, app.stack(&[("src/poll.ts:17:15", "Poll.start")]))
}

fn in_package(app: &App, tests: &[&str]) -> Finding {
    let stack = app.stack(&[("node_modules/pg/lib/client.js:6:3", "connect")]);
    finding(Outcome::Package, tests, ("listener", "Client 'error'"), 1, stack)
}

fn allowed(app: &App, tests: &[&str]) -> Finding {
    let stack = app.stack(&[("src/seen.ts:2:21", "")]);
    let reason = Some("the cache is kept for the whole run".to_owned());
    Finding { reason, allowed: 2, ..finding(Outcome::Allowed, tests, ("set", "Set"), 2, stack) }
}

fn stale(test: &str, left: u64) -> Stale {
    let entry = Entry {
        file: "__test__/proxy.test.js".into(),
        test: test.into(),
        kind: "listener".into(),
        label: "Bus 'ready'".into(),
        fingerprint: "00000000000000bb".into(),
        origin: "src/wait.ts".into(),
        count: 3,
    };
    Stale { entry, left }
}

fn result(app: &App, file: &str, findings: Vec<Finding>) -> FileResult {
    FileResult {
        schema: SCHEMA,
        runner: "jest".into(),
        file: app.root.join(file).display().to_string(),
        check_at: CheckAt::File,
        tests: ["Proxy > opens", "Proxy > closes", "Proxy > is reused"].map(str::to_owned).to_vec(),
        findings,
        stale: Vec::new(),
        taken: Vec::new(),
        update: None,
        notes: Vec::new(),
    }
}

fn failure(findings: &[Finding], check_at: CheckAt, o: &TextOptions) -> String {
    // A message has no newline at its end, a file has.
    failure_text(&findings.iter().collect::<Vec<_>>(), check_at, o) + "\n"
}

#[test]
fn a_failure_with_one_leak() {
    let app = App::new();
    golden("failure-one", &failure(&[listener(&app, &["opens"], 3)], CheckAt::File, &app.options()));
    golden("failure-at-test", &failure(&[listener(&app, &["opens"], 1)], CheckAt::Test, &app.options()));
}

#[test]
fn a_failure_with_several_leaks() {
    let app = App::new();
    let partly = Finding {
        reason: Some("one listener is by design".into()),
        allowed: 1,
        known: 2,
        ..listener(&app, &["opens"], 5)
    };
    let findings =
        [interval(&app, Outcome::Failed, &["opens"]), partly, listener(&app, &["opens", "closes"], 1)];
    golden("failure-several", &failure(&findings, CheckAt::File, &app.options()));
    let coloured = TextOptions { color: true, ..app.options() };
    golden("failure-colour", &failure(&findings[..1], CheckAt::File, &coloured));
    golden(
        "failure-width-60",
        &failure(&findings, CheckAt::Test, &TextOptions { width: 60, ..app.options() }),
    );
    assert!(
        !failure(&findings, CheckAt::File, &app.options()).contains('\u{1b}'),
        "plain text has no escapes"
    );
}

#[test]
fn hostile_names_stay_on_their_line() {
    let app = App::new();
    let nasty = "\u{1b}[2J\r\n%, :\u{202e}'";
    let mut one = listener(&app, &[nasty, "ü".repeat(5000).as_str()], 1);
    one.leftover.label = format!("Bus '{nasty}'").into();
    let text = failure(std::slice::from_ref(&one), CheckAt::File, &app.options());
    let hostile = result(&app, "__test__/a.test.js", vec![one]);
    let all = text + &run_text(std::slice::from_ref(&hostile), &app.options());
    let obeyed = all.chars().find(|&c| c != '\n' && super::super::clean::is_hazard(c));
    assert_eq!(obeyed, None, "{all}");
    let commands = annotations(&[hostile], &app.root.display().to_string());
    assert_eq!(commands.lines().count(), 1, "{commands}");
    assert!(commands.is_ascii() || !commands.contains('\u{202e}'), "{commands}");
}

#[test]
fn a_file_without_findings_has_no_text() {
    let app = App::new();
    let quiet = result(&app, "__test__/a.test.js", vec![listener(&app, &["opens"], 3)]);
    assert_eq!(file_text(&quiet, &app.options()), "", "failures have messages of their own");
    let known = Finding { outcome: Outcome::Baselined, known: 3, ..listener(&app, &["opens"], 3) };
    assert_eq!(file_text(&result(&app, "__test__/a.test.js", vec![known]), &app.options()), "");
}

#[test]
fn a_file_with_all_that_fails_nothing() {
    let app = App::new();
    let tests = ["Proxy > opens", "Proxy > closes", "Proxy > is reused", "Proxy > ends"];
    let mut findings: Vec<Finding> =
        tests.iter().map(|test| interval(&app, Outcome::Reported, &[test])).collect();
    findings.extend([in_package(&app, &tests[..1]), allowed(&app, &tests[1..2])]);
    findings.push(Finding { outcome: Outcome::Baselined, known: 1, ..listener(&app, &tests[..1], 1) });
    let mut all = result(&app, "__test__/proxy.test.js", findings);
    all.stale = vec![stale("Proxy > opens", 1), stale("Proxy > closes", 0)];
    all.notes = vec!["not seen: Map (intrinsics are frozen)".into()];
    golden("file", &file_text(&all, &app.options()));
}

fn several_files(app: &App) -> Vec<FileResult> {
    let failing = |tests: &[&str], caller: &str| {
        let mut one = listener(app, tests, 2);
        one.leftover.stack[2] = app.frame(caller, "");
        one
    };
    let mut one = result(
        app,
        "__test__/proxy.test.js",
        vec![
            failing(&["Proxy > opens"], "__test__/proxy.test.js:9:3"),
            failing(&["Proxy > closes", "Proxy > is reused"], "__test__/proxy.test.js:19:3"),
            in_package(app, &["Proxy > opens"]),
            allowed(app, &["Proxy > opens"]),
        ],
    );
    one.stale = vec![stale("Proxy > is reused", 0)];
    let other = result(
        app,
        "__test__/server.test.js",
        vec![
            failing(&["Server > answers"], "__test__/server.test.js:4:3"),
            failing(&["Server > redirects"], "__test__/server.test.js:5:3"),
            interval(app, Outcome::Reported, &["Server > answers"]),
            in_package(app, &["Server > answers"]),
        ],
    );
    let clean = result(app, "__test__/clean.test.js", Vec::new());
    vec![other, one, clean]
}

#[test]
fn a_run_names_each_leak_once() {
    let app = App::new();
    let cwd = app.root.display().to_string();
    let of = |form, o: &TextOptions| summary(several_files(&app), form, &cwd, o);
    golden("run", &of(Form::Text, &app.options()));
    golden("run-width-60", &of(Form::Text, &TextOptions { width: 60, ..app.options() }));
    golden("run-github", &of(Form::Github, &app.options()));
    golden("run-json", &of(Form::Json, &app.options()).replace(&cwd, "<app>"));
    let mut turned = several_files(&app);
    turned.reverse();
    assert_eq!(
        summary(turned, Form::Text, &cwd, &app.options()),
        of(Form::Text, &app.options()),
        "workers end in any order"
    );
}

#[test]
fn a_run_that_fails_nothing() {
    let app = App::new();
    let o = app.options();
    golden("run-nothing", &run_text(&[result(&app, "__test__/a.test.js", Vec::new())], &o));
    golden("run-not-watched", &run_text(&[], &o));
    let known = Finding { outcome: Outcome::Baselined, known: 3, ..listener(&app, &["opens"], 3) };
    let mut taken = result(&app, "__test__/a.test.js", vec![allowed(&app, &["opens"]), known]);
    taken.update = Some(Update::All);
    taken.taken = vec![stale("opens", 0).entry];
    taken.stale = vec![stale("closes", 1)];
    golden("run-updated", &run_text(&[taken], &o));
}
