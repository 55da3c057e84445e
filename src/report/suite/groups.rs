//! The findings of all test files by leak: each leak once, with the tests that left it.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::values::frames::{self, Frame};
use crate::values::snapshot::Growth;
use crate::values::suite::{FileResult, Finding, Outcome};

/// One leak, wherever it was found: what has one outcome, one kind, one line that registers and one of the application, on
/// owners of one class. Where there is no line, the
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

/// The groups of all findings: the worst outcome first, then causes of which more hangs, of those the largest.
pub fn groups(results: &[FileResult]) -> Vec<Group<'_>> {
    let mut index: HashMap<_, usize> = HashMap::new();
    let mut groups: Vec<Group<'_>> = Vec::new();
    for (result, finding) in
        results.iter().flat_map(|result| result.findings.iter().map(move |f| (result, f)))
    {
        let leftover = &finding.leftover;
        let place = leftover.origin.as_ref().map(at_of).unwrap_or((&leftover.fingerprint, 0, 0));
        let registering = frames::registering(&leftover.stack).map(at_of);
        let class = leftover.label.class_of(&leftover.kind);
        let key = (finding.outcome, &*leftover.kind, place, registering, class);
        let group = *index.entry(key).or_insert_with(|| {
            groups.push(Group { outcome: finding.outcome, findings: Vec::new(), count: 0 });
            groups.len() - 1
        });
        groups[group].count = groups[group].count.saturating_add(leftover.count);
        groups[group].findings.push((result, finding));
    }
    for group in &mut groups {
        group.findings.sort_by_key(|(_, finding)| std::cmp::Reverse(finding.leftover.count));
    }
    groups.sort_by_key(|group| {
        let rank = Growth::Instances.rank(&group.findings[0].1.leftover.kind);
        (group.outcome, rank, std::cmp::Reverse(group.count))
    });
    groups
}

fn at_of(frame: &Frame) -> (&str, u32, u32) {
    (&frame.file, frame.line, frame.column)
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
