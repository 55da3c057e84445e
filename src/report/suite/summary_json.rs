//! The summary of a run for programs.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::groups::{Group, files, groups, notes, tests};
use crate::report::{cut, exchange};
use crate::values::frames::{Frame, Owner, owner};
use crate::values::json::json;
use crate::values::label::Label;
use crate::values::suite::{CheckAt, FileResult, Finding, Leftover, Outcome, Stale};

/// Version of the JSON summary's shape. It grows only when a field changes meaning or goes away.
pub const SCHEMA: u32 = 1;

/// Tests that a finding names.
const MAX_TESTS: usize = 3;

/// Columns of a test's name in a finding.
const MAX_TEST: usize = 80;

/// Writes the summary of a run as JSON.
pub(super) fn summary_json(results: &[FileResult]) -> String {
    json(&Summary::of(results))
}

/// The JSON summary.
#[derive(Serialize)]
#[serde(tag = "type", rename = "tests", rename_all = "camelCase")]
struct Summary<'a> {
    schema: u32,
    files: u64,
    tests: u64,
    /// How many leaks have failed tests.
    failed: u64,
    leaks: Vec<Leak<'a>>,
    stale: Vec<&'a Stale>,
    notes: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Leak<'a> {
    outcome: Outcome,
    kind: &'a str,
    label: &'a str,
    /// Those of all its stacks, that of the largest first.
    fingerprints: Vec<&'a str>,
    count: u64,
    origin: Option<&'a Frame>,
    stack: &'a [Frame],
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    left_by: Vec<LeftBy<'a>>,
}

#[derive(Serialize)]
struct LeftBy<'a> {
    file: &'a str,
    tests: &'a [String],
    count: u64,
}

impl<'a> Summary<'a> {
    fn of(results: &'a [FileResult]) -> Summary<'a> {
        let groups = groups(results);
        Summary {
            schema: SCHEMA,
            files: files(results),
            tests: tests(results),
            failed: groups.iter().filter(|group| group.outcome == Outcome::Failed).count() as u64,
            leaks: groups.iter().map(leak).collect(),
            stale: results.iter().flat_map(|result| &result.stale).collect(),
            notes: notes(results),
        }
    }
}

fn leak<'a>(group: &Group<'a>) -> Leak<'a> {
    let Finding { leftover, outcome, reason, .. } = group.lead();
    let mut seen = HashSet::new();
    let fingerprints = group.findings.iter().map(|(_, finding)| &*finding.leftover.fingerprint);
    let left_by = |(result, finding): &(&'a FileResult, &'a Finding)| LeftBy {
        file: &result.file,
        tests: &finding.leftover.tests,
        count: finding.leftover.count,
    };
    Leak {
        outcome: *outcome,
        kind: &leftover.kind,
        label: &leftover.label,
        fingerprints: fingerprints.filter(|print| seen.insert(*print)).collect(),
        count: group.count,
        origin: leftover.origin.as_ref(),
        stack: &leftover.stack,
        reason: reason.as_deref(),
        left_by: group.findings.iter().map(left_by).collect(),
    }
}

/// A summary that was written before, to be shown again.
#[derive(Debug, Deserialize)]
pub struct Saved {
    files: u64,
    tests: u64,
    leaks: Vec<SavedLeak>,
    #[serde(default)]
    stale: Vec<Stale>,
    #[serde(default)]
    notes: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct SavedLeak {
    outcome: Outcome,
    kind: String,
    label: Label,
    fingerprints: Vec<String>,
    origin: Option<Frame>,
    stack: Vec<Frame>,
    reason: Option<String>,
    left_by: Vec<SavedLeftBy>,
}

impl SavedLeak {
    fn finding(&self) -> Option<exchange::Finding<'_>> {
        let is_open = matches!(self.outcome, Outcome::Failed | Outcome::Reported | Outcome::Package);
        let origin =
            self.origin.as_ref().filter(|origin| is_open && owner(&origin.file) != Owner::Runtime)?;
        let count: u64 = self.left_by.iter().map(|left| left.count).sum();
        let tests: Vec<&String> = self.left_by.iter().flat_map(|left| &left.tests).collect();
        let named: Vec<String> =
            tests.iter().take(MAX_TESTS).map(|test| format!("“{}”", cut(test, MAX_TEST))).collect();
        let more = match tests.len().saturating_sub(MAX_TESTS) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        Some(exchange::Finding {
            kind: &self.kind,
            fingerprint: self.fingerprints.first().map_or("", String::as_str),
            message: format!(
                "{} {}: {count} left by {}{more}",
                self.kind,
                self.label,
                if named.is_empty() { "tests".to_owned() } else { named.join(", ") }
            ),
            is_error: self.outcome == Outcome::Failed,
            origin,
            stack: &self.stack,
            inserted_at: None,
        })
    }
}

#[derive(Debug, Deserialize)]
struct SavedLeftBy {
    file: String,
    tests: Vec<String>,
    count: u64,
}

impl Saved {
    /// How many files and tests were watched.
    pub fn watched(&self) -> (u64, u64) {
        (self.files, self.tests)
    }

    /// What a person has to look at: leaks that failed tests, and as lesser ones those that were reported only.
    pub fn findings(&self) -> Vec<exchange::Finding<'_>> {
        self.leaks.iter().filter_map(SavedLeak::finding).collect()
    }

    /// The results of the files that left something.
    pub fn results(self) -> Vec<FileResult> {
        let mut results: Vec<FileResult> = Vec::new();
        let mut of = |file: &str| match results.iter().position(|result| result.file == file) {
            Some(at) => at,
            None => {
                results.push(FileResult {
                    schema: crate::values::suite::SCHEMA,
                    runner: String::new(),
                    file: file.to_owned(),
                    check_at: CheckAt::File,
                    tests: Vec::new(),
                    findings: Vec::new(),
                    stale: Vec::new(),
                    taken: Vec::new(),
                    update: None,
                    notes: Vec::new(),
                });
                results.len() - 1
            }
        };
        let mut findings = Vec::new();
        for leak in &self.leaks {
            // What is not the application's was judged so then.
            let direct = !matches!(leak.outcome, Outcome::Package);
            for left in &leak.left_by {
                let leftover = Leftover {
                    tests: left.tests.clone(),
                    kind: leak.kind.clone(),
                    label: leak.label.clone(),
                    fingerprint: leak.fingerprints.first().cloned().unwrap_or_default(),
                    count: left.count,
                    origin: leak.origin.clone(),
                    stack: leak.stack.clone(),
                    direct,
                };
                let finding = Finding {
                    leftover,
                    outcome: leak.outcome,
                    reason: leak.reason.clone(),
                    allowed: 0,
                    known: 0,
                };
                findings.push((of(&left.file), finding));
            }
        }
        if !(self.stale.is_empty() && self.notes.is_empty()) && findings.is_empty() {
            of("");
        }
        for (at, finding) in findings {
            results[at].findings.push(finding);
        }
        if let Some(first) = results.first_mut() {
            first.stale = self.stale;
            first.notes = self.notes;
        }
        results
    }
}
