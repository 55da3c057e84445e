//! Sentences and lines that the texts about tests share.

use std::borrow::Cow;

use super::super::block::{Block, Fix, LEFT_BY_INDENT};
use super::super::clean::{clean, cut};
use super::super::format::{count, plural, title_columns};
use super::super::inserted::Inserted;
use super::super::lines::labelled;
use super::super::located::{Located, more_labels};
use super::super::options::TextOptions;
use super::super::paint::{Line, Role};
use super::super::paths::shown;
use super::super::routes::routes;
use super::super::text::Page;
use super::super::title::title;
use crate::values::frames::Frame;
use crate::values::label::Label;
use crate::values::snapshot::Growth;
use crate::values::suite::{CheckAt, Finding, Stale, Update};

/// Heading above what nobody's test fails for.
pub(super) const IN_PACKAGES: &str = "in packages or Node itself (not counted as failures)";

/// Heading above what the configuration accepts.
pub(super) const ALLOWED: &str = "allowed";

/// Tests that are named; the rest are counted.
const MAX_TESTS: usize = 3;

/// Stale entries that are listed; the rest are counted.
const MAX_STALE: usize = 10;

/// Characters shown of a test's name. Titles of tables can be whole documents.
const MAX_NAME_CHARS: usize = 200;

impl Located for Finding {
    fn kind(&self) -> &str {
        &self.leftover.kind
    }
    fn label(&self) -> &Label {
        &self.leftover.label
    }
    fn growth(&self) -> Growth {
        Growth::Instances
    }
    fn origin(&self) -> Option<&Frame> {
        self.leftover.origin.as_ref()
    }
    fn stack(&self) -> &[Frame] {
        &self.leftover.stack
    }
    fn weight(&self) -> u64 {
        self.leftover.count
    }
    fn fingerprint(&self) -> &str {
        &self.leftover.fingerprint
    }
    fn class(&self) -> u8 {
        self.outcome as u8
    }
}

/// The block of findings that are one for a reader, the largest first.
pub(super) fn block<'a>(
    findings: &[&'a Finding],
    numbers: String,
    left_by: Vec<Line>,
    why: String,
    fix: Fix,
) -> Block<'a> {
    let lead = &findings[0].leftover;
    Block {
        kind: &lead.kind,
        label: Cow::Borrowed(&lead.label),
        growth: Growth::Instances,
        numbers,
        details: String::new(),
        origin: lead.origin.as_ref().or(lead.stack.first()),
        shipped: None,
        more_labels: more_labels(findings),
        routes: routes(findings),
        filled: Inserted::default(),
        held_by: String::new(),
        with: String::new(),
        keeps: String::new(),
        left_by,
        why,
        fix,
        stands_for: None,
    }
}

/// `3 unreleased`.
pub(super) fn unreleased(findings: &[&Finding]) -> String {
    format!("{} unreleased", count(sum(findings, |finding| finding.leftover.count)))
}

/// Why something is a leak. `test` is who registered it: `this test`, `a test`.
pub(super) fn why(test: &str, check_at: CheckAt) -> String {
    let end = match check_at {
        CheckAt::File => "its file had ended",
        CheckAt::Test => "it had ended",
    };
    format!("registered during {test}, still there when {end}")
}

/// [`why`] for what one of several tests has registered.
pub(super) fn why_shared(tests: &[String], check_at: CheckAt) -> String {
    let end = match check_at {
        CheckAt::File => "their file had ended",
        CheckAt::Test => "they had ended",
    };
    let mut names: Vec<String> = tests.iter().take(MAX_TESTS).map(|test| name(test)).collect();
    names.extend(more(tests.len(), MAX_TESTS));
    let names = names.join(", ");
    format!("registered by one of these tests, which ran at the same time: {names}; still there when {end}")
}

/// What part of it is accepted; empty when none is.
pub(super) fn covered(findings: &[&Finding]) -> String {
    let all = count(sum(findings, |finding| finding.leftover.count));
    let mut text = String::new();
    let allowed = sum(findings, |finding| finding.allowed);
    if allowed > 0 {
        let mut reasons: Vec<&str> =
            findings.iter().filter_map(|finding| finding.reason.as_deref()).collect();
        reasons.dedup();
        text.push_str(&format!("; {} of {all} allowed ({})", count(allowed), clean(&reasons.join("; "))));
    }
    let known = sum(findings, |finding| finding.known);
    if known > 0 {
        text.push_str(&format!("; {} of {all} in the baseline", count(known)));
    }
    text
}

fn sum(findings: &[&Finding], of: impl Fn(&Finding) -> u64) -> u64 {
    findings.iter().fold(0, |sum, finding| sum.saturating_add(of(finding)))
}

/// Lines for those who left it: tests, with their file where `file` is given. One of several tests is reported
/// with all their names.
pub(super) fn left_by<'a>(
    tests: impl ExactSizeIterator<Item = (Option<&'a str>, &'a [String])>,
    o: &TextOptions,
    width: usize,
) -> Vec<Line> {
    let all = tests.len();
    let line = |(file, tests): (Option<&str>, &[String])| {
        let line = match file {
            Some(file) => {
                Line::default().with(Role::Path, shown(file, o.cwd.as_deref())).with(Role::Plain, "  ")
            }
            None => Line::default(),
        };
        let room = width.saturating_sub(LEFT_BY_INDENT + line.width()).max(20);
        line.with(Role::Plain, cut(&one_of(tests), room))
    };
    let mut lines: Vec<Line> = tests.take(MAX_TESTS).map(line).collect();
    lines.extend(more(all, MAX_TESTS).map(|text| Line::default().with(Role::Faint, text)));
    lines
}

/// `a`, or `one of a, b`.
pub(super) fn one_of(tests: &[String]) -> String {
    match tests {
        [] => "no test".to_owned(),
        [test] => name(test),
        tests => format!("one of {}", tests.iter().map(|test| name(test)).collect::<Vec<_>>().join(", ")),
    }
}

/// `and 3 more`, where `all` are more than are `shown`.
pub(super) fn more(all: usize, shown: usize) -> Option<String> {
    (all > shown).then(|| format!("and {} more", count((all - shown) as u64)))
}

/// A test's name on one line.
fn name(test: &str) -> String {
    cut(&clean(test), MAX_NAME_CHARS).into_owned()
}

/// What else there is besides leaks: `1 in a package`, `2 allowed`, `4 in the baseline`. `taken` are entries of it
/// that are new or raised: one for each test, where a leak may have several.
pub(super) fn besides(packages: usize, allowed: usize, known: usize, taken: usize) -> Vec<String> {
    let mut parts = Vec::new();
    match packages {
        0 => {}
        1 => parts.push("1 in a package".to_owned()),
        n => parts.push(format!("{} in packages", count(n as u64))),
    }
    if allowed > 0 {
        parts.push(format!("{} allowed", count(allowed as u64)));
    }
    if known > 0 {
        parts.push(format!("{} in the baseline", count(known as u64)));
    }
    match taken {
        0 => {}
        1 => parts.push("1 entry added".to_owned()),
        n => parts.push(format!("{} entries added", count(n as u64))),
    }
    parts
}

/// Entries of the baseline that are too high, or that were and are lowered now.
pub(super) fn stale_section(page: &mut Page<'_>, stale: &[&Stale], update: Option<Update>) {
    let heading = match update {
        None => "stale in the baseline (LEAKLINE_UPDATE=1 lowers it)",
        Some(_) => "lowered in the baseline",
    };
    let mut lines = Vec::new();
    for Stale { entry, left } in stale.iter().take(MAX_STALE) {
        let numbers = format!("{} known, {} left", count(entry.count), count(*left));
        lines.extend(title_columns(
            "   ",
            &title(&entry.kind, &entry.label.as_str().into()),
            &numbers,
            page.width(),
        ));
        let at = labelled("").with(Role::Path, clean(&entry.file)).with(Role::Plain, "  ");
        lines.push(at.with(Role::Plain, name(&entry.test)));
    }
    lines.extend(more(stale.len(), MAX_STALE).map(|text| labelled(&text)));
    page.plain_section(heading, lines);
}

/// `12 files · 80 tests`.
pub(super) fn watched(files: u64, tests: u64) -> String {
    format!("{} · {}", plural(files, "file"), plural(tests, "test"))
}
