//! How leftovers are judged; the texts have tests of their own.

use proptest::prelude::*;

use super::*;
use crate::suite::allow::Allow;
use crate::suite::config::Config;
use crate::suite::names::Names;
use crate::values::frames::Frame;

fn frame(file: &str, function: &str) -> Frame {
    Frame { function: Some(function.into()), file: file.into(), line: 12, column: 7 }
}

fn leftover(tests: &[&str], count: u64) -> Leftover {
    let origin = frame("/app/src/bus.js", "attach");
    Leftover {
        tests: tests.iter().map(|test| (*test).to_owned()).collect(),
        kind: "listener".into(),
        label: "Bus 'x'".into(),
        fingerprint: "00000000000000aa".into(),
        count,
        origin: Some(origin.clone()),
        stack: vec![origin],
        direct: true,
    }
}

/// The end of a test file, with what it is judged by.
#[derive(Clone)]
struct Given {
    tests: Vec<Test>,
    leftovers: Vec<Leftover>,
    config: Config,
    file: String,
    path: String,
    baseline: Option<String>,
    update: Option<Update>,
}

fn input(tests: &[(&str, Level)], leftovers: Vec<Leftover>) -> Given {
    Given {
        tests: tests.iter().map(|(name, level)| Test { name: (*name).into(), level: *level }).collect(),
        leftovers,
        config: Config::default(),
        file: "/app/test/a.test.js".into(),
        path: "/app/leakline.baseline.json".into(),
        baseline: None,
        update: None,
    }
}

struct Output {
    failures: Vec<Failed>,
    result: FileResult,
    /// The new text, when the baseline changes.
    baseline: Option<String>,
}

fn judge(given: &Given) -> Output {
    let Given { tests, leftovers, config, file, path, baseline, update } = given.clone();
    let session = Session::new(config, path, baseline.as_deref()).unwrap();
    let end =
        End { runner: "jest".into(), file, tests, leftovers, check_at: None, update, notes: Vec::new() };
    let Judgement { failures, result } = super::judge(&session, &end);
    let before = session.baseline.unwrap_or_default();
    let mut after = before.clone();
    if let Some(update) = result.update {
        after.update(update, &result.stale, &result.taken);
    }
    Output { failures, result, baseline: (after != before).then(|| after.text()) }
}

fn allow(max: u64) -> Allow {
    Allow {
        names: Names { kind: Some("listener".into()), ..Names::default() },
        max: Some(max),
        reason: "it is known".into(),
    }
}

fn outcomes(output: &Output) -> Vec<Outcome> {
    output.result.findings.iter().map(|finding| finding.outcome).collect()
}

fn failed(output: &Output) -> Vec<&str> {
    output.failures.iter().map(|failure| &*failure.test).collect()
}

/// The baseline that has what `input` leaves.
fn with_baseline_of(mut input: Given) -> Given {
    let made = judge(&Given { update: Some(Update::All), ..input.clone() });
    input.baseline = made.baseline;
    input
}

fn counts(text: &str) -> Vec<(String, u64)> {
    let baseline = Baseline::parse(text, "b.json").unwrap();
    baseline.entries().map(|entry| (entry.test.clone(), entry.count)).collect()
}

#[test]
fn the_level_of_its_test_decides() {
    let tests = [("fails", Level::Fail), ("says", Level::Report), ("is off", Level::Off)];
    let all = tests.map(|(name, _)| leftover(&[name], 1)).to_vec();
    let output = judge(&input(&tests, all));
    assert_eq!(outcomes(&output), [Outcome::Failed, Outcome::Reported]);
    assert_eq!(failed(&output), ["fails"]);
    assert_eq!(output.result.tests, ["fails", "says"], "one that is off is not watched");
}

#[test]
fn of_tests_at_the_same_time_the_strictest_counts() {
    let tests = [("a", Level::Report), ("b", Level::Fail), ("c", Level::Off)];
    let output = judge(&input(&tests, vec![leftover(&["a", "b", "c"], 1), leftover(&["a", "c"], 1)]));
    assert_eq!(outcomes(&output), [Outcome::Failed, Outcome::Reported]);
    assert_eq!(failed(&output), ["b"], "only a test that may fail does");
}

#[test]
fn what_the_application_did_not_register_fails_nothing() {
    let package =
        Leftover { origin: Some(frame("/app/node_modules/pg/client.js", "connect")), ..leftover(&["a"], 1) };
    let indirect = Leftover { direct: false, ..leftover(&["a"], 1) };
    let nowhere = Leftover { origin: None, ..leftover(&["a"], 1) };
    let output = judge(&input(&[("a", Level::Fail)], vec![package, indirect, nowhere]));
    assert_eq!(outcomes(&output), [Outcome::Package; 3]);
    assert_eq!(output.failures, []);
}

#[test]
fn an_allowance_is_for_each_test_and_no_more() {
    let tests = [("a", Level::Fail), ("b", Level::Fail)];
    let left = vec![leftover(&["a"], 2), leftover(&["b"], 1), leftover(&["b"], 2)];
    let mut input = input(&tests, left);
    input.config.allow = vec![allow(2)];
    let output = judge(&input);
    assert_eq!(outcomes(&output), [Outcome::Allowed, Outcome::Allowed, Outcome::Failed]);
    assert_eq!(output.result.findings[2].allowed, 1);
    assert_eq!(output.result.findings[2].reason.as_deref(), Some("it is known"));
    assert_eq!(output.failures, [Failed { test: "b".into(), findings: vec![2] }]);
}

#[test]
fn everything_that_an_allowance_names_must_fit() {
    let given = leftover(&["a"], 1);
    let names = |change: fn(&mut Allow)| {
        let mut entry = allow(1);
        change(&mut entry);
        entry.fits(&given)
    };
    assert!(names(|entry| entry.names.file = Some("src/bus.js".into())));
    assert!(names(|entry| entry.names.function = Some("attach".into())));
    assert!(names(|entry| entry.names.label = Some("Bus 'x'".into())));
    assert!(names(|entry| entry.names.fingerprint = Some("00000000000000aa".into())));
    assert!(!names(|entry| entry.names.kind = Some("map".into())));
    assert!(!names(|entry| entry.names.file = Some("us.js".into())));
    assert!(!names(|entry| entry.names.function = Some("detach".into())));
    assert!(!names(|entry| entry.names.label = Some("Bus".into())));
    assert!(!names(|entry| entry.names.fingerprint = Some("00000000000000ab".into())));
    let nowhere = Leftover { origin: None, ..given.clone() };
    assert!(
        !Allow { names: Names { function: Some("attach".into()), ..Names::default() }, ..allow(1) }
            .fits(&nowhere)
    );
}

#[test]
fn what_the_baseline_has_fails_nothing_and_what_is_more_does() {
    let before = with_baseline_of(input(&[("a", Level::Fail)], vec![leftover(&["a"], 2)]));
    assert_eq!(outcomes(&judge(&before)), [Outcome::Baselined]);
    let more = Given { leftovers: vec![leftover(&["a"], 5)], ..before.clone() };
    let output = judge(&more);
    assert_eq!(outcomes(&output), [Outcome::Failed]);
    assert_eq!(output.result.findings[0].known, 2);
    let other_test = Given { leftovers: vec![leftover(&["b"], 1)], ..before };
    assert_eq!(outcomes(&judge(&other_test)), [Outcome::Failed]);
}

#[test]
fn the_baseline_holds_wherever_the_project_is() {
    let here = with_baseline_of(input(&[("a", Level::Fail)], vec![leftover(&["a"], 1)]));
    let mut there = here.clone();
    there.file = "file:///srv/copy/test/a.test.js".into();
    there.path = "/srv/copy/leakline.baseline.json".into();
    assert_eq!(outcomes(&judge(&there)), [Outcome::Baselined]);
}

#[test]
fn what_left_fewer_is_stale_and_shrinks_only_when_asked() {
    let tests = [("a", Level::Fail), ("b", Level::Fail), ("not run", Level::Fail)];
    let left = tests.map(|(name, _)| leftover(&[name], 3)).to_vec();
    let mut now = with_baseline_of(input(&tests, left));
    now.tests.pop();
    now.leftovers = vec![leftover(&["a"], 1)];
    let output = judge(&now);
    let stale: Vec<_> = output.result.stale.iter().map(|stale| (&*stale.entry.test, stale.left)).collect();
    assert_eq!(stale, [("a", 1), ("b", 0)]);
    assert_eq!((output.baseline, output.failures.len()), (None, 0));

    let shrunk = judge(&Given { update: Some(Update::Shrink), ..now.clone() });
    assert_eq!(counts(&shrunk.baseline.unwrap()), [("a".into(), 1), ("not run".into(), 3)]);
    assert_eq!(shrunk.result.update, Some(Update::Shrink));

    now.config.kinds = Some(vec!["map".into()]);
    assert_eq!(judge(&now).result.stale, [], "a kind that is not watched is not gone");
}

#[test]
fn a_test_that_is_off_keeps_its_entries() {
    let mut now = with_baseline_of(input(&[("a", Level::Fail)], vec![leftover(&["a"], 1)]));
    now.tests[0].level = Level::Off;
    now.leftovers.clear();
    assert_eq!(judge(&now).result.stale, []);
}

#[test]
fn shrinking_takes_nothing_in_but_the_first_baseline_takes_all() {
    let new =
        input(&[("a", Level::Fail), ("b", Level::Report)], vec![leftover(&["a"], 1), leftover(&["b"], 2)]);
    let first = judge(&Given { update: Some(Update::Shrink), ..new.clone() });
    assert_eq!(outcomes(&first), [Outcome::Baselined; 2]);
    let text = first.baseline.unwrap();
    assert_eq!(counts(&text), [("a".into(), 1), ("b".into(), 2)]);

    let mut later = Given { update: Some(Update::Shrink), ..new };
    later.baseline = Some(text);
    later.leftovers.push(leftover(&["a"], 4));
    let output = judge(&later);
    assert_eq!((failed(&output), &output.baseline), (vec!["a"], &None));
    let all = judge(&Given { update: Some(Update::All), ..later });
    assert_eq!(counts(&all.baseline.unwrap()), [("a".into(), 5), ("b".into(), 2)]);
}

#[test]
fn what_is_allowed_needs_no_entry() {
    let mut now = with_baseline_of(input(&[("a", Level::Fail)], vec![leftover(&["a"], 2)]));
    now.config.allow = vec![allow(2)];
    now.update = Some(Update::Shrink);
    let output = judge(&now);
    assert_eq!(outcomes(&output), [Outcome::Allowed]);
    assert_eq!(counts(&output.baseline.unwrap()), []);
}

#[test]
fn a_broken_baseline_is_a_mistake_of_its_file() {
    let Given { config, path, .. } = input(&[], Vec::new());
    assert_eq!(Session::new(config, path, Some("{")).unwrap_err().file, "/app/leakline.baseline.json");
}

#[test]
fn a_test_that_the_runner_did_not_name_fails_too() {
    let output = judge(&input(&[("a", Level::Fail)], vec![leftover(&["lost"], 1), leftover(&["a"], 1)]));
    assert_eq!(failed(&output), ["a", "lost"]);
}

fn leftovers() -> impl Strategy<Value = Vec<Leftover>> {
    let tests = prop::sample::subsequence(vec!["a", "b", "c"], 1..=3);
    let one = (tests, 0..3_u8, 1..5_u64).prop_map(|(tests, print, count)| Leftover {
        fingerprint: format!("{print:016x}"),
        ..leftover(&tests, count)
    });
    prop::collection::vec(one, 0..8)
}

proptest! {
    #[test]
    fn a_baseline_that_was_taken_covers_the_run_it_was_taken_of(left in leftovers(), max in 1..4_u64) {
        let tests = [("a", Level::Fail), ("b", Level::Report), ("c", Level::Fail)];
        let mut first = input(&tests, left);
        first.config.allow = vec![Allow { names: Names { fingerprint: Some(format!("{:016x}", 1)), ..Names::default() }, ..allow(max) }];
        let again = judge(&with_baseline_of(first));
        prop_assert!(again.failures.is_empty(), "{:?}", again.failures);
        prop_assert!(again.result.with(Outcome::Reported).next().is_none());
        prop_assert_eq!(again.result.stale, vec![]);
    }

    #[test]
    fn a_shrunk_baseline_fails_what_the_one_before_fails(before in leftovers(), now in leftovers()) {
        let tests = [("a", Level::Fail), ("b", Level::Fail), ("c", Level::Fail)];
        let mut input = Given { leftovers: now, ..with_baseline_of(input(&tests, before)) };
        input.update = Some(Update::Shrink);
        if input.baseline.is_some() {
            let judged = judge(&input);
            let shrunk = Given { baseline: judged.baseline.clone().or(input.baseline.clone()), ..input };
            let again = judge(&shrunk);
            prop_assert_eq!(again.result.findings, judged.result.findings);
            prop_assert_eq!(again.baseline, None);
        }
    }
}
