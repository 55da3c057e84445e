//! Per-test leak checks: JSON in and out, without a collector.
//!
//! What a user's file got wrong is an answer too: `{ "error": { "code", "args" } }`, of which JavaScript makes
//! its coded error. An exception means that JavaScript itself passed something odd.

use napi::Result;
use napi_derive::napi;
use serde::{Deserialize, Serialize};

use super::values::{Text, parse, to_json};
use crate::report::suite::{self as report, Failure, Form, Judged};
use crate::suite::baseline::Baseline;
use crate::suite::config::Config;
use crate::suite::judge;
use crate::suite::known::{self, Known};
use crate::suite::known_file;
use crate::suite::mistake::Mistake;
use crate::suite::store;
use crate::values::suite::FileResult;

/// The configuration in `text`, which is that of `file`, completed; JSON.
#[napi]
pub fn testing_config(text: String, file: String) -> Result<String> {
    answer(Config::parse(&text, &file))
}

/// Looks whether `text`, which is that of `file`, is a baseline, and says how many entries it has; JSON.
#[napi]
pub fn testing_baseline(text: String, file: String) -> Result<String> {
    #[derive(Serialize)]
    struct Read {
        entries: usize,
    }
    answer(Baseline::parse(&text, &file).map(|baseline| Read { entries: baseline.entries().count() }))
}

/// The known leaks in `text`, which is that of `file`; a list as JSON, as `settings` takes it.
#[napi]
pub fn known_leaks(text: String, file: String) -> Result<String> {
    answer(known_file::parse(&text, &file))
}

/// A snapshot with its known leaks marked; JSON in and out.
#[napi]
pub fn mark_known(snapshot: String, known: String) -> Result<String> {
    let mut snapshot = parse(&snapshot)?;
    known::mark(&mut snapshot, &parse::<Vec<Known>>(&known)?);
    to_json(&snapshot)
}

/// See [`store::is_first`].
#[napi]
pub fn baseline_is_first(path: String) -> bool {
    store::is_first(&path)
}

/// What a test file's leftovers mean; JSON in and out.
#[napi]
pub fn judge(input: String) -> Result<String> {
    let JudgeInput { cwd, text, input } = parse(&input)?;
    answer(judge::judge(&input).map(|judgement| {
        let Judged { failures, text, annotations } = report::judged(&judgement, &cwd, &text.into());
        JudgeOutput { failures, text, annotations, baseline: judgement.baseline, result: judgement.result }
    }))
}

/// Takes the baseline to what a test file came to; JSON in and out.
#[napi]
pub fn baseline_update(input: String) -> Result<String> {
    #[derive(Deserialize)]
    struct Input {
        path: String,
        result: FileResult,
    }
    #[derive(Serialize)]
    struct Written {
        changed: bool,
    }
    let Input { path, result } = parse(&input)?;
    answer(store::update(&path, &result).map(|changed| Written { changed }))
}

/// The results of a run as text, JSON or annotations; JSON in.
#[napi]
pub fn testing_summary(input: String) -> Result<String> {
    #[derive(Deserialize)]
    struct Input {
        results: Vec<FileResult>,
        cwd: String,
        #[serde(default)]
        format: Form,
        #[serde(default)]
        text: Text,
    }
    let Input { results, cwd, format, text } = parse(&input)?;
    Ok(report::summary(results, format, &cwd, &text.into()))
}

/// What a test file left, and how the texts about it look.
#[derive(Deserialize)]
struct JudgeInput {
    /// The folder that annotations name files from.
    cwd: String,
    #[serde(default)]
    text: Text,
    #[serde(flatten)]
    input: judge::Input,
}

#[derive(Serialize)]
struct JudgeOutput {
    failures: Vec<Failure>,
    text: String,
    annotations: String,
    baseline: Option<String>,
    result: FileResult,
}

fn answer<T: Serialize>(answer: std::result::Result<T, Mistake>) -> Result<String> {
    match answer {
        Ok(value) => to_json(&value),
        Err(mistake) => to_json(&mistake),
    }
}
