//! JSON in and out: the shapes that JavaScript passes, apart from the core's types.

use std::path::PathBuf;

use napi::{Error, Result};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::analysis::census::Found;
use crate::analysis::kept::Kept;
use crate::collector::client::{CheckOptions, Gone, Settings};
use crate::collector::exit::{Destination, Target};
use crate::collector::streams::Stream;
use crate::report::exchange::{
    self,
    code_climate::code_climate,
    metrics::{Dialect, metrics},
    sarif::sarif,
};
use crate::report::{self, Format, TextOptions};
use crate::suite::known::Known;
use crate::values::diff::Diff;
use crate::values::json::json;
use crate::values::snapshot::{CheckResult, SCHEMA, Snapshot};

/// How text looks.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Text {
    color: bool,
    width: Option<usize>,
    all: bool,
    all_frames: bool,
    cwd: Option<String>,
}

impl From<Text> for TextOptions {
    fn from(text: Text) -> Self {
        let defaults = Self::default();
        let width = text.width.unwrap_or(defaults.width);
        Self { color: text.color, width, all: text.all, all_frames: text.all_frames, cwd: text.cwd }
    }
}

/// Where a report goes; without a file to a stream, standard error unless it is `stdout`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TargetInput {
    file: Option<PathBuf>,
    in_place: bool,
    stdout: bool,
    text: Text,
}

impl From<TargetInput> for Target {
    fn from(input: TargetInput) -> Self {
        let destination = match input.file {
            Some(path) => Destination::File { path, in_place: input.in_place },
            None if input.stdout => Destination::Stream(Stream::Stdout),
            None => Destination::Stream(Stream::Stderr),
        };
        Self { destination, text: input.text.into() }
    }
}

/// See [`Settings`].
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SettingsInput {
    mode: String,
    node: String,
    min_size: u32,
    main: bool,
    report: Option<TargetInput>,
    asked: Option<TargetInput>,
    every_ms: Option<u64>,
    #[serde(default)]
    gc: bool,
    #[serde(default)]
    program: String,
    #[serde(default)]
    known: Vec<Known>,
}

impl From<SettingsInput> for Settings {
    fn from(input: SettingsInput) -> Self {
        let SettingsInput { mode, node, min_size, main, report, asked, every_ms, gc, program, known } = input;
        let (report, asked) = (report.map(Into::into), asked.map(Into::into));
        Self { mode, node, min_size, report, asked, every_ms, gc, program, known, main }
    }
}

/// See [`CheckOptions`].
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CheckInput {
    iterations: u64,
    #[serde(default)]
    warmup: u64,
    #[serde(default)]
    kinds: Vec<String>,
    #[serde(default)]
    hidden: Vec<String>,
    #[serde(default)]
    census: Vec<Found>,
    census_ms: Option<u64>,
    #[serde(default)]
    heap: Kept,
    #[serde(default)]
    text: Text,
}

impl From<CheckInput> for CheckOptions {
    fn from(input: CheckInput) -> Self {
        let CheckInput { iterations, warmup, kinds, hidden, census, census_ms, heap, text } = input;
        Self { iterations, warmup, kinds, hidden, census, census_ms, heap, text: text.into() }
    }
}

/// What `report()` is asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ReportInput {
    /// One of [`report::FORMATS`]; text unless said otherwise.
    pub format: Option<String>,
    /// How the text looks.
    #[serde(flatten)]
    pub text: Text,
}

/// What a value turns out to be by its fields.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Shape {
    schema: Option<u32>,
    totals: Option<serde_json::Value>,
    interval_ms: Option<serde_json::Value>,
    leaks: Option<serde_json::Value>,
}

/// Renders a snapshot, a diff or a check result.
pub fn render(value: &str, format: Option<&str>, text: &TextOptions) -> Result<String> {
    let name = format.unwrap_or("text");
    let format =
        Format::named(name).ok_or_else(|| Error::from_reason(format!("there is no format {name:?}")))?;
    let shape: Shape = parse(value)?;
    if shape.schema.is_some_and(|schema| schema != SCHEMA) {
        let given = shape.schema.unwrap_or_default();
        return Err(Error::from_reason(format!("this version reads schema {SCHEMA}; given schema {given}")));
    }
    let cwd = text.cwd.as_deref();
    if shape.totals.is_some() {
        let snapshot: Snapshot = parse(value)?;
        return Ok(match format {
            Format::Text => report::snapshot_text(&snapshot, text),
            Format::Json => json(&snapshot),
            Format::Sarif => sarif(&exchange::of_snapshot(&snapshot), cwd),
            Format::CodeClimate => code_climate(&exchange::of_snapshot(&snapshot), cwd),
            Format::Prometheus => metrics(&snapshot, Dialect::Prometheus, cwd),
            Format::OpenMetrics => metrics(&snapshot, Dialect::OpenMetrics, cwd),
        });
    }
    if shape.interval_ms.is_some() {
        let diff: Diff = parse(value)?;
        return match format {
            Format::Text => Ok(report::diff_text(&diff, text)),
            Format::Json => Ok(json(&diff)),
            _ => Err(no_such_form("a diff", name)),
        };
    }
    if shape.leaks.is_some() {
        let result: CheckResult = parse(value)?;
        return match format {
            Format::Text => Ok(report::result_text(&result, text)),
            Format::Json => Ok(json(&result)),
            Format::Sarif => Ok(sarif(&exchange::of_check(&result), cwd)),
            Format::CodeClimate => Ok(code_climate(&exchange::of_check(&result), cwd)),
            Format::Prometheus | Format::OpenMetrics => Err(no_such_form("a check result", name)),
        };
    }
    Err(Error::from_reason("neither a snapshot nor a diff nor a check result"))
}

fn no_such_form(value: &str, format: &str) -> Error {
    Error::from_reason(format!("{value} cannot be written as {format}; a snapshot can"))
}

/// Reads JSON that JavaScript wrote.
pub fn parse<T: DeserializeOwned>(json: &str) -> Result<T> {
    serde_json::from_str(json)
        .map_err(|error| Error::from_reason(format!("not of the expected shape: {error}")))
}

/// Writes JSON for JavaScript to read.
pub fn to_json<T: Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::from_reason(error.to_string()))
}

/// The collector's thread has ended.
pub fn gone(gone: Gone) -> Error {
    Error::from_reason(gone.to_string())
}
