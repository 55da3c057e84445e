//! The fields of a case, section by section.

pub(super) mod answer;
mod cause;
mod detection;
mod fix;
mod prevention;
mod summary;
mod timeline;
pub mod words;

use super::facts::Facts;
use super::value::{Case, SCHEMA, Section};
use answer::answer;
use words::{name, place};

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
