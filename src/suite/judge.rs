//! Judges the leftovers of a test file.
//!
//! In this order a leftover is: a package's or Node's, which the application cannot fix; accepted by the configuration;
//! in the baseline; else judged by the level of its test. Some of its registrations may be accepted and some in the
//! baseline; those beyond both decide.

use std::collections::{HashMap, HashSet};

use serde::Deserialize;

use super::allow::Allowances;
use super::baseline::{Baseline, Known};
use super::session::Session;
use crate::values::paths::{folder_of, relative};
use crate::values::suite::{
    CheckAt, Failed, FileResult, Finding, Judgement, Leftover, Level, Outcome, SCHEMA, Test, Update,
};
use crate::values::urls::local as file_of;

/// The end of a test file, or of one test: what is judged.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct End {
    /// As [`FileResult::runner`].
    pub runner: String,
    /// As [`FileResult::file`].
    pub file: String,
    /// Tests that ran.
    pub tests: Vec<Test>,
    /// Registrations that they left.
    pub leftovers: Vec<Leftover>,
    /// When the leftovers were counted; the configuration's value where it is not given.
    pub check_at: Option<CheckAt>,
    /// How the baseline may change.
    pub update: Option<Update>,
    /// What leakline could not see, and the bounds that were reached.
    #[serde(default)]
    pub notes: Vec<String>,
}

/// Judges the end of a test file by the session's configuration and baseline.
pub fn judge(session: &Session, end: &End) -> Judgement {
    let Session { config, path, baseline } = session;
    // The first baseline gets everything.
    let update = end.update.map(|update| if baseline.is_none() { Update::All } else { update });
    let none = Baseline::default();
    let baseline = baseline.as_ref().unwrap_or(&none);

    let folder = folder_of(path);
    let mut allowances = Allowances::new(&config.allow);
    let mut known = Known::new(baseline, &relative(&file_of(&end.file), folder));
    let levels = Levels::new(&end.tests);
    let mut findings = Vec::new();
    for leftover in &end.leftovers {
        let level = levels.of(leftover);
        if level == Level::Off {
            continue;
        }
        let mut finding = found(leftover, level, &mut allowances, &mut known);
        let beyond = leftover.count - finding.allowed - finding.known;
        let is_new = matches!(finding.outcome, Outcome::Failed | Outcome::Reported);
        if update == Some(Update::All) && is_new && !leftover.tests.is_empty() {
            known.add(leftover, beyond, place_of(leftover, folder));
            finding.outcome = Outcome::Baselined;
        }
        findings.push(finding);
    }

    let judged: HashSet<&str> = levels.watched().collect();
    let stale = known.stale(|entry| judged.contains(&*entry.test) && config.watches(&entry.kind));
    let result = FileResult {
        schema: SCHEMA,
        runner: end.runner.clone(),
        file: end.file.clone(),
        check_at: end.check_at.unwrap_or(config.check_at),
        tests: levels.watched().map(str::to_owned).collect(),
        findings,
        stale,
        taken: known.taken(),
        update,
        notes: end.notes.clone(),
    };
    Judgement { failures: failures(&levels, &result), result }
}

fn found(
    leftover: &Leftover,
    level: Level,
    allowances: &mut Allowances<'_>,
    known: &mut Known<'_>,
) -> Finding {
    let leftover_of =
        |outcome| Finding { leftover: leftover.clone(), outcome, reason: None, allowed: 0, known: 0 };
    if !leftover.is_applications() {
        return leftover_of(Outcome::Package);
    }
    let (allowed, reasons) = allowances.take(leftover);
    let known = known.take(leftover, leftover.count - allowed);
    let outcome = match level {
        _ if allowed + known == leftover.count && known > 0 => Outcome::Baselined,
        _ if allowed == leftover.count => Outcome::Allowed,
        Level::Fail if !leftover.tests.is_empty() => Outcome::Failed,
        _ => Outcome::Reported,
    };
    let reason = (!reasons.is_empty()).then(|| reasons.join("; "));
    Finding { reason, allowed, known, ..leftover_of(outcome) }
}

/// One failure for each test, with its leftovers that are not accepted.
fn failures(levels: &Levels<'_>, result: &FileResult) -> Vec<Failed> {
    let mut by_test: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, finding) in result.findings.iter().enumerate() {
        if finding.outcome == Outcome::Failed {
            for test in finding.leftover.tests.iter().collect::<HashSet<_>>() {
                by_test.entry(test).or_default().push(at);
            }
        }
    }
    // A test that the runner did not name fails too, after those that it named.
    let mut unnamed: Vec<&str> =
        by_test.keys().copied().filter(|test| !levels.by_name.contains_key(test)).collect();
    unnamed.sort_unstable();
    let tests =
        levels.names.iter().copied().filter(|test| levels.by_name[test] == Level::Fail).chain(unnamed);
    let failure = |test: &str| Some(Failed { test: test.to_owned(), findings: by_test.remove(test)? });
    tests.filter_map(failure).collect()
}

/// The tests' levels.
struct Levels<'a> {
    /// Each once, in the order of the run.
    names: Vec<&'a str>,
    by_name: HashMap<&'a str, Level>,
}

impl<'a> Levels<'a> {
    /// The strictest level of tests with the same name: leftovers do not say which of them.
    fn new(tests: &'a [Test]) -> Levels<'a> {
        let mut names = Vec::new();
        let mut by_name: HashMap<&str, Level> = HashMap::new();
        for Test { name, level } in tests {
            let known = by_name.entry(name).or_insert_with(|| {
                names.push(&**name);
                *level
            });
            *known = (*known).max(*level);
        }
        Levels { names, by_name }
    }

    /// The strictest of the levels of the leftover's tests; `fail` for those that the runner did not name.
    fn of(&self, leftover: &Leftover) -> Level {
        let level = |test: &String| self.by_name.get(&**test).copied().unwrap_or(Level::Fail);
        leftover.tests.iter().map(level).max().unwrap_or(Level::Fail)
    }

    fn watched(&self) -> impl Iterator<Item = &'a str> {
        self.names.iter().copied().filter(|name| self.by_name[name] != Level::Off)
    }
}

/// `src/bus.js attach`.
fn place_of(leftover: &Leftover, folder: &str) -> String {
    let Some(origin) = &leftover.origin else { return String::new() };
    let path = relative(&file_of(&origin.file), folder);
    match origin.function.as_deref() {
        None | Some("") => path,
        Some(function) => format!("{path} {function}"),
    }
}

#[cfg(all(test, not(loom)))]
mod tests;
