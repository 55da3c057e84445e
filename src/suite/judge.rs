//! What the leftovers of one test file mean for its tests.
//!
//! In this order a leftover is: of a package or Node, and so nobody's to fix here; accepted by the
//! configuration; in the baseline; else what the level of its test makes of it. A part of its registrations
//! may be accepted and a part known; what is beyond both decides.

use std::collections::{HashMap, HashSet};

use serde::Deserialize;

use super::allow::Allowances;
use super::baseline::{Baseline, Known};
use super::config::Config;
use super::mistake::Mistake;
use crate::values::paths::{folder_of, relative};
use crate::values::suite::{
    Failed, FileResult, Finding, JudgedAt, Judgement, Leftover, Level, Outcome, SCHEMA, Test, Update,
};
use crate::values::urls::local as file_of;

/// What is judged.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// As [`FileResult::runner`].
    pub runner: String,
    /// As [`FileResult::file`].
    pub file: String,
    /// Tests that ran.
    pub tests: Vec<Test>,
    /// What they left.
    pub leftovers: Vec<Leftover>,
    /// The complete configuration.
    #[serde(default)]
    pub config: Config,
    /// When the leftovers were looked at; as the configuration says where that is not given.
    pub judge: Option<JudgedAt>,
    /// Where the baseline is, or would be.
    #[serde(default)]
    pub baseline: BaselineText,
    /// How the baseline may change.
    pub update: Option<Update>,
    /// What could not be seen, which bound was hit.
    #[serde(default)]
    pub notes: Vec<String>,
}

/// A baseline as it is on the disk.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct BaselineText {
    /// Absolute path.
    pub path: String,
    /// `None` where there is no file.
    pub text: Option<String>,
}

/// Judges what one test file left.
///
/// # Errors
/// When the baseline is not one.
pub fn judge(input: &Input) -> Result<Judgement, Mistake> {
    let Input { config, tests, baseline: BaselineText { path, text }, .. } = input;
    let baseline = text.as_deref().map(|text| Baseline::parse(text, path)).transpose()?;
    // Where there is no baseline, the first one is made with everything.
    let update = input.update.map(|update| if baseline.is_none() { Update::All } else { update });
    let mut baseline = baseline.unwrap_or_default();

    let folder = folder_of(path);
    let mut allowances = Allowances::new(&config.allow);
    let mut known = Known::new(&baseline, &relative(&file_of(&input.file), folder));
    let levels = Levels::new(tests);
    let mut findings = Vec::new();
    for leftover in &input.leftovers {
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
        runner: input.runner.clone(),
        file: input.file.clone(),
        judge: input.judge.unwrap_or(config.judge),
        tests: levels.watched().map(str::to_owned).collect(),
        findings,
        stale,
        taken: known.taken(),
        update,
        notes: input.notes.clone(),
    };
    let new_text = update.and_then(|update| {
        let before = baseline.clone();
        baseline.update(update, &result.stale, &result.taken);
        (baseline != before).then(|| baseline.text())
    });
    Ok(Judgement { failures: failures(&levels, &result), baseline: new_text, result })
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

/// One failure a test, with all that it left and is not accepted.
fn failures(levels: &Levels<'_>, result: &FileResult) -> Vec<Failed> {
    let mut by_test: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, finding) in result.findings.iter().enumerate() {
        if finding.outcome == Outcome::Failed {
            for test in finding.leftover.tests.iter().collect::<HashSet<_>>() {
                by_test.entry(test).or_default().push(at);
            }
        }
    }
    // A test that the runner did not name fails as well, after those that it did.
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
    /// Each once, in the order in which they ran.
    names: Vec<&'a str>,
    by_name: HashMap<&'a str, Level>,
}

impl<'a> Levels<'a> {
    /// Of tests with one name the strictest counts: nothing says which of them left something.
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
