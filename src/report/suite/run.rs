//! The summary of a run: every leak once, over all test files and workers.

use super::super::block::{Block, Fix};
use super::super::clean::clean;
use super::super::format::{count, plural};
use super::super::options::TextOptions;
use super::super::paint::Role;
use super::super::text::Page;
use super::parts::{
    ALLOWED, IN_PACKAGES, besides, block, covered, left_by, stale_section, unreleased, watched, why,
};
use crate::report::suite::groups::{self, Group};
use crate::values::suite::{FileResult, Finding, Outcome};

/// Writes what a run left behind. When that is nothing, one line says what was watched.
pub fn run_text(results: &[FileResult], o: &TextOptions) -> String {
    run_text_of(results, (groups::files(results), groups::tests(results)), o)
}

/// The same, where more files and tests were watched than there are results of.
pub fn run_text_of(results: &[FileResult], (files, tests): (u64, u64), o: &TextOptions) -> String {
    let mut page = Page::new(o);
    if files == 0 {
        page.nothing("nothing was watched", "no test file used leakline; the README says how to set it up");
        return page.finish();
    }
    let groups = groups::groups(results);
    let of = |outcome| groups.iter().filter(|group| group.outcome == outcome).collect::<Vec<_>>();
    let [failed, reported] = [of(Outcome::Failed), of(Outcome::Reported)];
    let [packages, allowed, known] = [of(Outcome::Package), of(Outcome::Allowed), of(Outcome::Baselined)];
    let stale: Vec<_> = results.iter().flat_map(|result| &result.stale).collect();

    let watched = watched(files, tests);
    let taken = results.iter().map(|result| result.taken.len()).sum();
    let besides = besides(packages.len(), allowed.len(), known.len(), taken);
    match headline(&failed, reported.len()) {
        Some(found) => {
            let role = if failed.is_empty() { Role::Title } else { Role::Mark };
            let found: Vec<String> = std::iter::once(found).chain(besides).collect();
            page.header(&found.join(", "), role, &watched);
        }
        None if besides.is_empty() => page.nothing("nothing left behind", &watched),
        None => page.header(&format!("no new leak, {}", besides.join(", ")), Role::Fix, &watched),
    }

    let width = page.width();
    let fix = if failed.len() + reported.len() == 1 { Fix::Alone } else { Fix::AmongOthers };
    page.blocks(&blocks(&failed, fix, o, width));
    page.section("reported (failing no test)", &blocks(&reported, fix, o, width));
    page.reasoned_section(IN_PACKAGES, &blocks(&packages, Fix::Omitted, o, width));
    page.reasoned_section(ALLOWED, &blocks(&allowed, Fix::Omitted, o, width));
    stale_section(&mut page, &stale, results.iter().find_map(|result| result.update));
    page.notes(&groups::notes(results));
    if !failed.is_empty() {
        let how =
            "with its reason by allow in leakline.config.json, or all by LEAKLINE_UPDATE=all in the baseline";
        page.closing("to accept a leak: ", Role::Faint, how);
    }
    page.finish()
}

/// `3 leaks left by 5 tests, 2 reported`; `None` without any.
fn headline(failed: &[&Group<'_>], reported: usize) -> Option<String> {
    let leaks = match failed.len() as u64 {
        0 => return (reported > 0).then(|| format!("{} reported", plural(reported as u64, "leak"))),
        n => plural(n, "leak"),
    };
    let mut tests: Vec<_> = failed.iter().flat_map(|group| group.tests()).collect();
    tests.sort_unstable();
    tests.dedup();
    let tests = plural(tests.len() as u64, "test");
    Some(match reported {
        0 => format!("{leaks} left by {tests}"),
        n => format!("{leaks} left by {tests}, {} reported", count(n as u64)),
    })
}

fn blocks<'a>(groups: &[&Group<'a>], fix: Fix, o: &TextOptions, width: usize) -> Vec<Block<'a>> {
    groups.iter().map(|group| entry(group, fix, o, width)).collect()
}

fn entry<'a>(group: &Group<'a>, fix: Fix, o: &TextOptions, width: usize) -> Block<'a> {
    let findings: Vec<&Finding> = group.findings.iter().map(|(_, finding)| *finding).collect();
    let tests = group.tests();
    let numbers = match tests.len() as u64 {
        0 | 1 => unreleased(&findings),
        n => format!("{} by {}", unreleased(&findings), plural(n, "test")),
    };
    let left_by = left_by(tests.into_iter().map(|(file, tests)| (Some(file), tests)), o, width);
    let (result, lead) = group.findings[0];
    let why = match group.outcome {
        Outcome::Failed | Outcome::Reported => why("a test", result.check_at) + &covered(&findings),
        Outcome::Allowed => clean(lead.reason.as_deref().unwrap_or_default()).into_owned(),
        Outcome::Package | Outcome::Baselined => String::new(),
    };
    block(&findings, numbers, left_by, why, fix)
}
