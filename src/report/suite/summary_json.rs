//! The summary of a run for programs.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::groups::{Group, files, groups, notes, tests};
use crate::values::frames::Frame;
use crate::values::json::json;
use crate::values::label::Label;
use crate::values::suite::{CheckAt, FileResult, Finding, Leftover, Outcome, Stale};

/// Version of the JSON summary's shape. It grows only when a field changes meaning or goes away.
pub const SCHEMA: u32 = 1;

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
