//! Leaks as workflow commands of GitHub, which shows each at its line.

use super::super::block::{self, Block, Fix};
use super::super::excerpt::Sources;
use super::super::format::plural;
use super::super::title::title;
use super::parts::{block, covered, more, one_of, unreleased, why};
use crate::report::suite::groups::{Group, groups};
use crate::values::frames::Frame;
use crate::values::paths::relative;
use crate::values::suite::{FileResult, Finding, Outcome};
use crate::values::urls::local as file_of;

/// Tests that an annotation names.
const MAX_TESTS: usize = 3;

/// Writes an error for each leak that fails a test and a warning for each that is reported, a line each.
/// Files are named from `cwd`, where GitHub's checkout is.
pub fn annotations(results: &[FileResult], cwd: &str) -> String {
    let mut sources = Sources::default();
    let groups = groups(results);
    let leaks: Vec<_> = groups.iter().filter_map(|group| Some((command(group.outcome)?, group))).collect();
    let fix = if leaks.len() == 1 { Fix::Alone } else { Fix::AmongOthers };
    leaks.into_iter().map(|(command, group)| annotation(command, group, cwd, fix, &mut sources)).collect()
}

fn command(outcome: Outcome) -> Option<&'static str> {
    match outcome {
        Outcome::Failed => Some("error"),
        Outcome::Reported => Some("warning"),
        Outcome::Package | Outcome::Allowed | Outcome::Baselined => None,
    }
}

fn annotation(command: &str, group: &Group<'_>, cwd: &str, fix: Fix, sources: &mut Sources) -> String {
    let findings: Vec<&Finding> = group.findings.iter().map(|(_, finding)| *finding).collect();
    let why = why("a test", group.findings[0].0.check_at) + &covered(&findings);
    let block = block(&findings, unreleased(&findings), Vec::new(), why, fix);
    let heading = format!("leakline: {}", title(block.kind, &block.label));
    let mut properties = block.origin.map_or_else(Vec::new, |origin| place(origin, cwd));
    properties.push(("title", heading));
    let properties: Vec<String> =
        properties.iter().map(|(name, value)| format!("{name}={}", property(value))).collect();
    format!("::{command} {}::{}\n", properties.join(","), data(&message(&block, group, cwd, sources)))
}

/// How many, why, by which tests, what to do.
fn message(block: &Block<'_>, group: &Group<'_>, cwd: &str, sources: &mut Sources) -> String {
    let tests = group.tests();
    let mut lines = vec![format!("{}: {}", block.numbers, block.why)];
    lines.push(format!("left by {}:", plural(tests.len() as u64, "test")));
    let test = |(file, tests): &(&str, &[String])| format!("  {}  {}", named(file, cwd), one_of(tests));
    lines.extend(tests.iter().take(MAX_TESTS).map(test));
    lines.extend(more(tests.len(), MAX_TESTS).map(|text| format!("  {text}")));
    let source = block.origin.and_then(|origin| sources.of(origin, None, Some(cwd)));
    lines.push(format!("fix: {}", block::fix(block, source, sources, Some(cwd))));
    lines.join("\n")
}

fn place(origin: &Frame, cwd: &str) -> Vec<(&'static str, String)> {
    let mut properties = vec![("file", named(&origin.file, cwd))];
    if origin.line > 0 {
        properties.extend([("line", origin.line.to_string()), ("col", origin.column.to_string())]);
    }
    properties
}

/// `file` below `cwd`, or whole where it lies elsewhere.
fn named(file: &str, cwd: &str) -> String {
    let file = file_of(file);
    let below = relative(&file, cwd);
    if below.starts_with("../") { file.into_owned() } else { below }
}

/// A message as GitHub's runner reads it.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property's value as GitHub's runner reads it.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn what_would_end_a_command_is_escaped() {
        assert_eq!(data("100 %\r\na: b, c"), "100 %25%0D%0Aa: b, c");
        assert_eq!(property("a: b, 100 %\n"), "a%3A b%2C 100 %25%0A");
    }

    #[test]
    fn files_are_named_from_the_checkout() {
        assert_eq!(named("/srv/app/src/a.js", "/srv/app"), "src/a.js");
        assert_eq!(named("file:///srv/app/src/a.mjs", "/srv/app"), "src/a.mjs");
        assert_eq!(named("/srv/other/a.js", "/srv/app"), "/srv/other/a.js");
    }
}
