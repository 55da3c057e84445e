//! The message of a test that fails for what it left behind.

use super::super::block::Fix;
use super::super::format::{count, plural};
use super::super::located::merge;
use super::super::options::TextOptions;
use super::super::paths::at;
use super::super::text::Page;
use super::super::title::title;
use super::parts::{block, covered, unreleased, why, why_shared};
use crate::values::snapshot::Growth;
use crate::values::suite::{CheckAt, Finding};

/// Writes what one test left. The first line says what and where by itself; test runners and JUnit files show
/// it alone. Then a block for each leak.
pub fn failure_text(findings: &[&Finding], check_at: CheckAt, o: &TextOptions) -> String {
    let groups = grouped(findings);
    let fix = if groups.len() == 1 { Fix::Alone } else { Fix::AmongOthers };
    let mut page = Page::new(o);
    page.headline(&headline(&groups, o));
    let blocks: Vec<_> = groups
        .iter()
        .map(|group| {
            let tests = &group[0].leftover.tests;
            let why = if tests.len() > 1 { why_shared(tests, check_at) } else { why("this test", check_at) };
            block(group, unreleased(group), Vec::new(), why + &covered(group), fix)
        })
        .collect();
    page.blocks(&blocks);
    page.finish().trim_end().to_owned()
}

/// What a reader sees as one, causes of which more hangs first, of those the largest. What this test left alone and what it may have left with
/// others are two.
fn grouped<'a>(findings: &[&'a Finding]) -> Vec<Vec<&'a Finding>> {
    let mut companies: Vec<&[String]> = Vec::new();
    for finding in findings {
        if !companies.contains(&&*finding.leftover.tests) {
            companies.push(&finding.leftover.tests);
        }
    }
    let of = |company: &[String]| merge(findings.iter().copied().filter(|one| one.leftover.tests == company));
    let mut groups: Vec<_> = companies.into_iter().flat_map(of).collect();
    groups.sort_by_key(|group| {
        (Growth::Instances.rank(&group[0].leftover.kind), std::cmp::Reverse(total(group)))
    });
    groups
}

/// `2 leaks: 3 × listener 'data' on Socket at src/proxy.ts:88:10, and 1 more`.
fn headline(groups: &[Vec<&Finding>], o: &TextOptions) -> String {
    let Some(first) = groups.first() else { return "0 leaks".to_owned() };
    let leftover = &first[0].leftover;
    let times = match total(first) {
        1 => String::new(),
        n => format!("{} × ", count(n)),
    };
    let at = leftover
        .origin
        .as_ref()
        .map_or_else(String::new, |frame| format!(" at {}", at(frame, o.cwd.as_deref())));
    let others = match groups.len() {
        1 => String::new(),
        n => format!(", and {} more", count(n as u64 - 1)),
    };
    let leaks = plural(groups.len() as u64, "leak");
    format!("{leaks}: {times}{}{at}{others}", title(&leftover.kind, &leftover.label))
}

fn total(group: &[&Finding]) -> u64 {
    group.iter().fold(0, |sum, finding| sum.saturating_add(finding.leftover.count))
}
