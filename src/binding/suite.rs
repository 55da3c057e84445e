//! Per-test leak checks: JSON in and out, without a collector.
//!
//! An error in a user's file is a result: `{ "error": { "code", "args" } }`, from which JavaScript makes its coded
//! error. An exception means that JavaScript passed an invalid value.

use napi::bindgen_prelude::{Either, External};
use napi::{Error, Result};
use napi_derive::napi;
use serde::{Deserialize, Serialize};

use super::values::{Text, parse, to_json};
use crate::report::Format;
use crate::report::suite::{self as report, Failure, Form, Judged};
use crate::suite::allow::Allow;
use crate::suite::allowed;
use crate::suite::config::Config;
use crate::suite::judge;
use crate::suite::mistake::Mistake;
use crate::suite::session::Session;
use crate::suite::store;
use crate::values::suite::FileResult;

/// The configuration `text` of `file`, completed; JSON.
#[napi]
pub fn testing_config(text: String, file: String) -> Result<String> {
    json_of(Config::parse(&text, &file))
}

/// A session of a complete configuration, as JSON, and the baseline at `path` with its text, `null` where there is no
/// file. Returns an object for the functions below; JSON when the baseline has a mistake.
#[napi]
pub fn suite_session(
    config: String,
    path: String,
    text: Option<String>,
) -> Result<Either<External<Session>, String>> {
    match Session::new(parse(&config)?, path, text.as_deref()) {
        Ok(session) => Ok(Either::A(External::new(session))),
        Err(mistake) => Ok(Either::B(to_json(&mistake)?)),
    }
}

/// The allow-list in the configuration `text` of `file`; a list as JSON, as `settings` takes it.
#[napi]
pub fn allow_list(text: String, file: String) -> Result<String> {
    json_of(allowed::list(&text, &file))
}

/// An allow-list of what leaked in the snapshot `text` of `file`; JSON.
#[napi]
pub fn allow_baseline(text: String, file: String) -> Result<String> {
    json_of(allowed::baseline(&text, &file))
}

/// A snapshot with its allowed leaks marked; JSON in and out.
#[napi]
pub fn mark_allowed(snapshot: String, allow: String) -> Result<String> {
    let mut snapshot = parse(&snapshot)?;
    allowed::mark(&mut snapshot, &parse::<Vec<Allow>>(&allow)?);
    to_json(&snapshot)
}

/// See [`store::is_first`].
#[napi]
pub fn baseline_is_first(path: String) -> bool {
    store::is_first(&path)
}

/// Whether a test fails for its leftovers; JSON in.
#[napi]
pub fn suite_fails(session: &External<Session>, end: String) -> Result<bool> {
    Ok(!judge::judge(session, &parse(&end)?).failures.is_empty())
}

/// Judges the leftovers of a test file and writes the texts about them; JSON in and out.
#[napi]
pub fn suite_judge(session: &External<Session>, end: String) -> Result<String> {
    let JudgedEnd { cwd, text, end } = parse(&end)?;
    let judgement = judge::judge(session, &end);
    let Judged { failures, text, annotations } = report::judged(&judgement, &cwd, &text.into());
    to_json(&Output { failures, text, annotations, result: judgement.result })
}

/// Updates the baseline by the result of a test file; JSON in and out.
#[napi]
pub fn baseline_update(session: &External<Session>, result: String) -> Result<String> {
    #[derive(Serialize)]
    struct Written {
        changed: bool,
    }
    let result: FileResult = parse(&result)?;
    json_of(store::update(session.path(), &result).map(|changed| Written { changed }))
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

/// A run's summary that was saved as JSON, as text or in another format; JSON in.
#[napi]
pub fn testing_saved_summary(saved: String, format: String, text: String) -> Result<String> {
    let text: Text = parse(&text)?;
    let saved = parse(&saved)?;
    let format = Format::named(&format);
    let written = format.and_then(|format| report::saved_summary(saved, format, &text.into()));
    written.ok_or_else(|| Error::from_reason("a test run has no such format"))
}

/// The end of a test file, and the layout of its texts.
#[derive(Deserialize)]
struct JudgedEnd {
    /// The folder that annotations name files from.
    cwd: String,
    #[serde(default)]
    text: Text,
    #[serde(flatten)]
    end: judge::End,
}

#[derive(Serialize)]
struct Output {
    failures: Vec<Failure>,
    text: String,
    annotations: String,
    result: FileResult,
}

fn json_of<T: Serialize>(result: std::result::Result<T, Mistake>) -> Result<String> {
    match result {
        Ok(value) => to_json(&value),
        Err(mistake) => to_json(&mistake),
    }
}
