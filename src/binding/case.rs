//! Case files, for the command.

use napi::bindgen_prelude::*;
use napi_derive::napi;
use serde::Serialize;

use super::values::{parse, to_json};
use crate::case::{self, Case, Facts, Recording};
use crate::values::snapshot::{CheckResult, Snapshot};

/// What the command writes.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Documents {
    case: Case,
    markdown: String,
    html: String,
    test: String,
    rules: String,
    rules_test: String,
}

/// Which site a case is of: of a snapshot, or with `is_check` of a check's result; JSON, `null` where there is none.
#[napi]
pub fn case_subject(value: String, is_check: bool, fingerprint: Option<String>) -> Result<String> {
    let wanted = fingerprint.as_deref();
    to_json(&match is_check {
        true => case::subject::of_check(&parse::<CheckResult>(&value)?, wanted),
        false => case::subject::of_snapshot(&parse::<Snapshot>(&value)?, wanted),
    })
}

/// The documents of a case; JSON in and out. See [`crate::case`].
#[napi]
pub fn case_documents(facts: String) -> Result<String> {
    let case = case::build(parse::<Facts>(&facts)?);
    to_json(&Documents {
        markdown: case::markdown::markdown(&case),
        html: case::page::page(&case),
        test: case::regression::test(&case.facts),
        rules: case::rules::rules(&case.facts.leak),
        rules_test: case::rules::rules_test(&case.facts.leak),
        case,
    })
}

/// What people are asked; JSON.
#[napi]
pub fn case_questions() -> Result<String> {
    to_json(&case::questions::QUESTIONS)
}

/// Two recordings, before a fix and after it, by the site with a fingerprint; JSON in and out.
#[napi]
pub fn case_compare(before: String, after: String, fingerprint: String) -> Result<String> {
    to_json(&case::compare(&parse::<Recording>(&before)?, &parse::<Recording>(&after)?, &fingerprint))
}
