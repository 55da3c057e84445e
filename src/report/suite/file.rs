//! The text about one test file besides its failures.

use super::super::block::{Block, Fix};
use super::super::clean::clean;
use super::super::format::{count, plural};
use super::super::located::merge;
use super::super::options::TextOptions;
use super::super::paint::Role;
use super::super::paths::shown;
use super::super::text::Page;
use super::parts::{ALLOWED, IN_PACKAGES, besides, block, covered, left_by, stale_section, unreleased, why};
use crate::values::suite::{FileResult, Finding, Outcome};

/// Writes what a test file left that fails nothing, and the baseline's entries that are too high. Empty when
/// there is nothing to say: leaks that are known, and notes without a finding, are for the summary. Where nobody
/// has to do anything, as about packages, it is one line: the run's summary lists them.
pub fn file_text(result: &FileResult, o: &TextOptions) -> String {
    let of = |outcome| merge(result.with(outcome));
    let reported = of(Outcome::Reported);
    let packages = of(Outcome::Package);
    let allowed = of(Outcome::Allowed);
    let known = result.with(Outcome::Baselined).count();
    if reported.is_empty() && packages.is_empty() && allowed.is_empty() && result.stale.is_empty() {
        return String::new();
    }
    let mut found = match reported.len() as u64 {
        0 => Vec::new(),
        n => vec![format!("{} reported", plural(n, "leak"))],
    };
    found.extend(besides(packages.len(), allowed.len(), known, result.taken.len()));
    if !result.stale.is_empty() {
        found.push(format!("{} stale", count(result.stale.len() as u64)));
    }

    let mut page = Page::new(o);
    let tests = plural(result.tests.len() as u64, "test");
    let looked_at = format!("{} · {tests}", shown(&result.file, o.cwd.as_deref()));
    page.header(&found.join(", "), Role::Title, &looked_at);
    if reported.is_empty() && result.stale.is_empty() {
        return page.finish();
    }
    let width = page.width();
    let fix = if reported.len() == 1 { Fix::Alone } else { Fix::AmongOthers };
    let blocks: Vec<_> = reported
        .iter()
        .map(|group| entry(group, why("a test", result.check_at) + &covered(group), fix, o, width))
        .collect();
    page.blocks(&blocks);
    let blocks: Vec<_> =
        packages.iter().map(|group| entry(group, String::new(), Fix::Omitted, o, width)).collect();
    page.reasoned_section(IN_PACKAGES, &blocks);
    let blocks: Vec<_> =
        allowed.iter().map(|group| entry(group, reason(group), Fix::Omitted, o, width)).collect();
    page.reasoned_section(ALLOWED, &blocks);
    stale_section(&mut page, &result.stale.iter().collect::<Vec<_>>(), result.update);
    page.notes(&result.notes);
    page.finish()
}

fn entry<'a>(group: &[&'a Finding], why: String, fix: Fix, o: &TextOptions, width: usize) -> Block<'a> {
    let mut tests: Vec<&[String]> = Vec::new();
    for finding in group {
        if !tests.contains(&&*finding.leftover.tests) {
            tests.push(&finding.leftover.tests);
        }
    }
    let left_by = left_by(tests.into_iter().map(|tests| (None, tests)), o, width);
    block(group, unreleased(group), left_by, why, fix)
}

fn reason(group: &[&Finding]) -> String {
    let reason = group[0].reason.as_deref().unwrap_or_default();
    clean(reason).into_owned()
}
