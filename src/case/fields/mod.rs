//! The fields of a case, section by section.

pub(super) mod cause;
mod detection;
mod fix;
mod prevention;
mod summary;
mod timeline;

use super::facts::Facts;
use super::figures::{how_fast, how_many};
use super::value::{Case, SCHEMA, Section};
use crate::report::{advice, clean, cut};

/// Columns of a label in a sentence.
const MAX_NAME: usize = 120;

/// Makes a case of what is known.
pub fn build(facts: Facts) -> Case {
    let sections = vec![
        Section { title: "Executive summary", parts: summary::parts(&facts) },
        Section { title: "Timeline", parts: timeline::parts(&facts) },
        Section { title: "Symptoms and detection", parts: detection::parts(&facts) },
        Section { title: "Root cause", parts: cause::parts(&facts) },
        Section { title: "Reproduction, fix and proof", parts: fix::parts(&facts) },
        Section { title: "Prevention and follow-up", parts: prevention::parts(&facts) },
    ];
    Case {
        schema: SCHEMA,
        kind: "case",
        title: format!("{} leaks at {}", name(&facts), place(&facts)),
        summary: answer(&facts),
        fingerprint: facts.leak.fingerprint.clone(),
        sections,
        facts,
    }
}

/// What leaks: `listener 'data' on Socket`.
pub fn name(facts: &Facts) -> String {
    cut(&advice::title(&facts.leak), MAX_NAME).into_owned()
}

/// Where: within the repository, else below the folder that the process ran in.
pub fn place(facts: &Facts) -> String {
    if let Some(origin) = facts.git.as_ref().and_then(|git| git.origin.as_ref()) {
        return format!("{}:{}", clean(&origin.path), origin.line);
    }
    match &facts.leak.origin {
        Some(origin) => advice::place(origin, facts.process.cwd.as_deref()),
        None => "no line of the application".to_owned(),
    }
}

/// The whole answer.
fn answer(facts: &Facts) -> String {
    let service = if facts.service.is_empty() { "the service" } else { &facts.service };
    let rate = how_fast(facts).map_or_else(String::new, |rate| format!(", {rate}"));
    let commit = facts.git.as_ref().and_then(cause::introducing).map_or_else(String::new, |commit| {
        format!(" The line came with commit {} “{}”.", short(&commit.hash), clean(&commit.subject))
    });
    let memory = super::figures::Memory::of(facts)
        .filter(|memory| memory.trend.per_hour > 0.0 && memory.is_long())
        .map_or_else(String::new, |memory| {
            format!(" {} went {}: {}.", memory.what, memory.course(), memory.rate())
        });
    let line = facts.git.as_ref().and_then(|git| git.origin.as_ref()?.marked());
    format!(
        "In {}, {} leaks at {}: {}{rate}.{memory}{commit} Fix: {}.",
        clean(service),
        name(facts),
        place(facts),
        how_many(facts),
        advice::fix(&facts.leak, line, facts.process.cwd.as_deref())
    )
}

/// The first ten digits of a commit.
pub fn short(hash: &str) -> String {
    hash.chars().filter(char::is_ascii_hexdigit).take(10).collect()
}

pub use fix::command;
