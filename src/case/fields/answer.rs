//! The first sentence, which is the whole answer.

use super::cause;
use super::words::{advice_of, name, place, short};
use crate::case::facts::Facts;
use crate::case::figures::{Memory, how_fast, how_many};
use crate::report::clean;

/// The whole answer.
pub(super) fn answer(facts: &Facts) -> String {
    let service = if facts.service.is_empty() { "the service" } else { &facts.service };
    let rate = how_fast(facts).map_or_else(String::new, |rate| format!(", {rate}"));
    let commit = facts.git.as_ref().and_then(cause::introducing).map_or_else(String::new, |commit| {
        format!(" The line came with commit {} “{}”.", short(&commit.hash), clean(&commit.subject))
    });
    let memory = Memory::of(facts)
        .filter(|memory| memory.trend.per_hour > 0.0 && memory.is_long())
        .map_or_else(String::new, |memory| {
            format!(" {} went {}: {}.", memory.what, memory.course(), memory.rate())
        });
    format!(
        "In {}, {} leaks at {}: {}{rate}.{memory}{commit} Fix: {}.",
        clean(service),
        name(facts),
        place(facts),
        how_many(facts),
        advice_of(facts)
    )
}
