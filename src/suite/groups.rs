//! The results of all test files as one: each leak once, with the tests that left it.

use std::collections::{BTreeSet, HashMap, HashSet};

use serde::{Deserialize, Serialize};

use super::values::{FileResult, Finding, Outcome, Stale};
use crate::report::suite::{annotations, run_text};
use crate::report::{TextOptions, json};
use crate::values::snapshot::Frame;

/// Version of the JSON summary's shape. It grows only when a field changes meaning or goes away.
pub const SCHEMA: u32 = 1;

/// A form of the summary.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
    /// GitHub's workflow commands.
    Github,
}

/// The summary of a run. `cwd` is the folder that annotations name files from.
pub fn summary(mut results: Vec<FileResult>, form: Form, cwd: &str, text: &TextOptions) -> String {
    // Workers end in any order; the summary has one.
    results.sort_by(|a, b| (&a.file, &a.runner).cmp(&(&b.file, &b.runner)));
    match form {
        Form::Text => run_text(&results, text),
        Form::Json => json(&Summary::of(&results)),
        Form::Github => annotations(&results, cwd),
    }
}

/// One leak, wherever it was found: what has one outcome, one kind and one line. Where there is no line, the
/// fingerprint stands for it. (Through different callers, such as the test files themselves, one line has
/// several fingerprints.)
#[derive(Clone, Debug)]
pub struct Group<'a> {
    /// The same for all.
    pub outcome: Outcome,
    /// With the result it is in, the largest first.
    pub findings: Vec<(&'a FileResult, &'a Finding)>,
    /// Live registrations.
    pub count: u64,
}

impl<'a> Group<'a> {
    /// The one to show for all.
    pub fn lead(&self) -> &'a Finding {
        self.findings[0].1
    }

    /// Test file and tests, each once, in their order.
    pub fn tests(&self) -> Vec<(&'a str, &'a [String])> {
        let tests = self.findings.iter().map(|(result, finding)| (&*result.file, &*finding.leftover.tests));
        tests.collect::<BTreeSet<_>>().into_iter().collect()
    }
}

/// The groups of all findings, the worst outcome and then the largest first.
pub fn groups(results: &[FileResult]) -> Vec<Group<'_>> {
    let mut index: HashMap<_, usize> = HashMap::new();
    let mut groups: Vec<Group<'_>> = Vec::new();
    for (result, finding) in
        results.iter().flat_map(|result| result.findings.iter().map(move |f| (result, f)))
    {
        let leftover = &finding.leftover;
        let place = leftover.origin.as_ref().map(|frame| (&*frame.file, frame.line, frame.column));
        let place = place.unwrap_or((&leftover.fingerprint, 0, 0));
        let group = *index.entry((finding.outcome, &*leftover.kind, place)).or_insert_with(|| {
            groups.push(Group { outcome: finding.outcome, findings: Vec::new(), count: 0 });
            groups.len() - 1
        });
        groups[group].count = groups[group].count.saturating_add(leftover.count);
        groups[group].findings.push((result, finding));
    }
    for group in &mut groups {
        group.findings.sort_by_key(|(_, finding)| std::cmp::Reverse(finding.leftover.count));
    }
    groups.sort_by_key(|group| (group.outcome, std::cmp::Reverse(group.count)));
    groups
}

/// How many tests of all files were watched.
pub fn tests(results: &[FileResult]) -> u64 {
    results.iter().map(|result| result.tests.len() as u64).sum()
}

/// How many test files there are: one that ran in two projects is one.
pub fn files(results: &[FileResult]) -> u64 {
    results.iter().map(|result| &result.file).collect::<HashSet<_>>().len() as u64
}

/// Notes of all files, each once.
pub fn notes(results: &[FileResult]) -> Vec<String> {
    let mut seen = HashSet::new();
    results.iter().flat_map(|result| &result.notes).filter(|note| seen.insert(*note)).cloned().collect()
}

/// The JSON summary.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
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
