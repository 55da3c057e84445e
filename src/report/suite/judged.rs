//! What a runner shows of one test file: a message for each test that fails, and the rest.

use serde::Serialize;

use super::annotations::annotations;
use super::failure::failure_text;
use super::file::file_text;
use crate::report::options::TextOptions;
use crate::values::suite::{Failed, Finding, Judgement};

/// The texts of a judgement.
#[derive(Clone, Debug, Serialize)]
pub struct Judged {
    /// Tests to fail, with their messages.
    pub failures: Vec<Failure>,
    /// What else there is to say of the file; empty when there is nothing.
    pub text: String,
    /// Workflow commands for GitHub, a line each.
    pub annotations: String,
}

/// A test to fail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// The test.
    pub tests: Vec<String>,
    /// Its first line says it all in short.
    pub message: String,
}

/// Writes what a judgement says. `cwd` is the folder that annotations name files from.
pub fn judged(judgement: &Judgement, cwd: &str, options: &TextOptions) -> Judged {
    let result = &judgement.result;
    let failure = |Failed { test, findings }: &Failed| {
        let findings: Vec<&Finding> = findings.iter().map(|&at| &result.findings[at]).collect();
        Failure { tests: vec![test.clone()], message: failure_text(&findings, result.check_at, options) }
    };
    Judged {
        failures: judgement.failures.iter().map(failure).collect(),
        text: file_text(result, options),
        annotations: annotations(std::slice::from_ref(result), cwd),
    }
}
