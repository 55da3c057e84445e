//! Per-test leak checks: JSON in and out, without a collector.
//!
//! What a user's file got wrong is an answer too: `{ "error": { "code", "args" } }`, of which JavaScript makes
//! its coded error. An exception means that JavaScript itself passed something odd.

use napi::Result;
use napi_derive::napi;
use serde::{Deserialize, Serialize};

use super::values::{Text, parse, to_json};
use crate::suite::baseline::Baseline;
use crate::suite::config::Config;
use crate::suite::groups::{self, Form};
use crate::suite::judge::{self, BaselineText};
use crate::suite::known;
use crate::suite::mistake::Mistake;
use crate::suite::store;
use crate::suite::values::{FileResult, JudgedAt, Leftover, Test, Update};

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
    answer(known::parse(&text, &file))
}

/// A snapshot with its known leaks marked; JSON in and out.
#[napi]
pub fn mark_known(snapshot: String, known: String) -> Result<String> {
    let mut snapshot = parse(&snapshot)?;
    known::mark(&mut snapshot, &parse::<Vec<known::Known>>(&known)?);
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
    let input: JudgeInput = parse(&input)?;
    answer(judge::judge(&input.into()))
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
    Ok(groups::summary(results, format, &cwd, &text.into()))
}

/// See [`judge::Input`].
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct JudgeInput {
    cwd: String,
    runner: String,
    file: String,
    tests: Vec<Test>,
    leftovers: Vec<Leftover>,
    #[serde(default)]
    config: Config,
    judge: Option<JudgedAt>,
    #[serde(default)]
    baseline: BaselineText,
    update: Option<Update>,
    #[serde(default)]
    notes: Vec<String>,
    #[serde(default)]
    text: Text,
}

impl From<JudgeInput> for judge::Input {
    fn from(input: JudgeInput) -> Self {
        let JudgeInput { cwd, runner, file, tests, leftovers, config, judge, baseline, update, notes, text } =
            input;
        let text = text.into();
        Self { cwd, runner, file, tests, leftovers, config, judge, baseline, update, notes, text }
    }
}

fn answer<T: Serialize>(answer: std::result::Result<T, Mistake>) -> Result<String> {
    match answer {
        Ok(value) => to_json(&value),
        Err(mistake) => to_json(&mistake),
    }
}
