//! JSON in and out: the shapes that JavaScript passes, apart from the core's types.

use std::path::PathBuf;

use napi::{Error, Result};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::analysis::census::Found;
use crate::analysis::kept::Kept;
use crate::collector::client::Gone;
use crate::collector::exit::{Destination, Target};
use crate::collector::recorder;
use crate::collector::settings::{CheckOptions, Settings, UnseenWorkers};
use crate::collector::streams::Stream;
use crate::flight::Identity;
use crate::report::exchange::{
    self,
    code_climate::code_climate,
    metrics::{Dialect, Ends, metrics},
    sarif::sarif,
};
use crate::report::html::{Charts, page};
use crate::report::{self, Excerpts, Format, TextOptions};
use crate::suite::allow::Allow;
use crate::values::course::Course;
use crate::values::diff::Diff;
use crate::values::json::json;
use crate::values::retainers::Retainers;
use crate::values::snapshot::{CheckResult, SCHEMA, Snapshot};

/// The layout of text.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Text {
    color: bool,
    width: Option<usize>,
    all: bool,
    all_frames: bool,
    source: SourceInput,
    cwd: Option<String>,
}

/// See [`Excerpts`].
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum SourceInput {
    #[default]
    Any,
    Below,
    None,
}

impl From<SourceInput> for Excerpts {
    fn from(input: SourceInput) -> Self {
        match input {
            SourceInput::Any => Excerpts::Any,
            SourceInput::Below => Excerpts::BelowCwd,
            SourceInput::None => Excerpts::Never,
        }
    }
}

impl From<Text> for TextOptions {
    fn from(text: Text) -> Self {
        let defaults = Self::default();
        let width = text.width.unwrap_or(defaults.width);
        let Text { color, all, all_frames, source, cwd, .. } = text;
        Self { color, width, all, all_frames, sources: source.into(), html: false, cwd }
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
    allow_gc: bool,
    #[serde(default)]
    program: String,
    #[serde(default)]
    allow: Vec<Allow>,
    #[serde(default)]
    flight: Option<FlightInput>,
}

/// See [`recorder::Settings`].
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FlightInput {
    dir: PathBuf,
    identity: Identity,
    #[serde(default)]
    at_once: bool,
}

impl From<FlightInput> for recorder::Settings {
    fn from(FlightInput { dir, identity, at_once }: FlightInput) -> Self {
        Self { dir, identity, at_once }
    }
}

impl From<SettingsInput> for Settings {
    fn from(input: SettingsInput) -> Self {
        let SettingsInput {
            mode,
            node,
            min_size,
            main,
            report,
            asked,
            every_ms,
            allow_gc,
            program,
            allow,
            flight,
        } = input;
        let (report, asked, flight) = (report.map(Into::into), asked.map(Into::into), flight.map(Into::into));
        Self { mode, node, min_size, report, asked, every_ms, allow_gc, program, allow, main, flight }
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
    #[serde(default)]
    unseen: UnseenWorkers,
    census_ms: Option<u64>,
    #[serde(default)]
    heap: Kept,
    #[serde(default)]
    text: Text,
}

impl From<CheckInput> for CheckOptions {
    fn from(input: CheckInput) -> Self {
        let CheckInput { iterations, warmup, kinds, hidden, census, unseen, census_ms, heap, text } = input;
        Self { iterations, warmup, kinds, hidden, census, unseen, census_ms, heap, text: text.into() }
    }
}

/// The options of `report()`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ReportInput {
    /// One of [`report::FORMATS`]; text unless said otherwise.
    pub format: Option<String>,
    /// Of a page: how the process went.
    pub course: Option<Course>,
    /// The layout of the text.
    #[serde(flatten)]
    pub text: Text,
}

/// The type of a value: its name, or by its fields where it was written before values had one.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Shape {
    #[serde(rename = "type")]
    name: Option<String>,
    schema: Option<u32>,
    totals: Option<serde_json::Value>,
    interval_ms: Option<serde_json::Value>,
    leaks: Option<serde_json::Value>,
}

/// Renders a snapshot, a diff, a check result or an answer of `retainers()`.
pub fn render(
    value: &str,
    format: Option<&str>,
    course: Option<Course>,
    text: &TextOptions,
) -> Result<String> {
    let name = format.unwrap_or("text");
    let format =
        Format::named(name).ok_or_else(|| Error::from_reason(format!("there is no format {name:?}")))?;
    let shape: Shape = parse(value)?;
    if shape.schema.is_some_and(|schema| schema != SCHEMA) {
        let given = shape.schema.unwrap_or_default();
        return Err(Error::from_reason(format!("this version reads schema {SCHEMA}; given schema {given}")));
    }
    let is = |name: &str, has: bool| shape.name.as_deref().map_or(has, |given| given == name);
    let cwd = text.cwd.as_deref();
    let html = TextOptions { html: true, ..text.clone() };
    let title = |what: &str| format!("leakline {what}");
    if is("snapshot", shape.totals.is_some()) {
        let snapshot: Snapshot = parse(value)?;
        return Ok(match format {
            Format::Text => report::snapshot_text(&snapshot, text),
            Format::Json => json(&snapshot),
            Format::Html => {
                let causes: Vec<_> = snapshot.sites.iter().filter(|site| site.is_cause()).collect();
                let charts = Charts::new(&course.unwrap_or_default(), &causes);
                page(&title("report"), &report::snapshot_text(&snapshot, &html), &charts.list())
            }
            Format::Sarif => sarif(&exchange::of_snapshot(&snapshot), cwd),
            Format::CodeClimate => code_climate(&exchange::of_snapshot(&snapshot), cwd),
            Format::Prometheus => metrics(&snapshot, &Ends::default(), Dialect::Prometheus, cwd),
            Format::OpenMetrics => metrics(&snapshot, &Ends::default(), Dialect::OpenMetrics, cwd),
        });
    }
    if is("diff", shape.interval_ms.is_some()) {
        let diff: Diff = parse(value)?;
        return match format {
            Format::Text => Ok(report::diff_text(&diff, text)),
            Format::Json => Ok(json(&diff)),
            Format::Html => Ok(page(&title("comparison"), &report::diff_text(&diff, &html), &[])),
            _ => Err(no_such_form("a diff", name)),
        };
    }
    if is("check", shape.leaks.is_some()) {
        let result: CheckResult = parse(value)?;
        return match format {
            Format::Text => Ok(report::result_text(&result, text)),
            Format::Json => Ok(json(&result)),
            Format::Html => Ok(page(&title("check"), &report::result_text(&result, &html), &[])),
            Format::Sarif => Ok(sarif(&exchange::of_check(&result), cwd)),
            Format::CodeClimate => Ok(code_climate(&exchange::of_check(&result), cwd)),
            Format::Prometheus | Format::OpenMetrics => Err(no_such_form("a check result", name)),
        };
    }
    if is("retainers", false) {
        let retainers: Retainers = parse(value)?;
        return match format {
            Format::Text => Ok(report::retainers_text(&retainers, text)),
            Format::Json => Ok(json(&retainers)),
            Format::Html => Ok(page(&title("retainers"), &report::retainers_text(&retainers, &html), &[])),
            _ => Err(no_such_form("an answer of retainers()", name)),
        };
    }
    Err(Error::from_reason("neither a snapshot nor a diff nor a check result"))
}

fn no_such_form(value: &str, format: &str) -> Error {
    Error::from_reason(format!("{value} cannot be written as {format}; a snapshot can"))
}

/// Reads JSON of JavaScript, or of a user.
///
/// # Errors
/// Names the wrong field, without the wording of the parser.
pub fn parse<T: DeserializeOwned>(json: &str) -> Result<T> {
    let mut input = serde_json::Deserializer::from_str(json);
    let value = serde_path_to_error::deserialize(&mut input).map_err(|error| {
        let path = error.path().to_string();
        let error = error.into_inner();
        let place = match path.as_str() {
            "." | "?" => "it".to_owned(),
            path => format!("its field {path}"),
        };
        let text = error.to_string();
        let problem = match text.strip_prefix("missing field `").and_then(|rest| rest.split('`').next()) {
            Some(field) if path == "." => format!("its field {field} is missing"),
            Some(field) => format!("{place} has no field {field}"),
            None if error.is_data() => format!("{place} is not what leakline writes there"),
            None => "it is not JSON".to_owned(),
        };
        Error::from_reason(problem)
    })?;
    input.end().map_err(|_| Error::from_reason("something follows its JSON"))?;
    Ok(value)
}

/// Writes JSON for JavaScript to read.
pub fn to_json<T: Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::from_reason(error.to_string()))
}

/// The collector's thread has ended.
pub fn gone(gone: Gone) -> Error {
    Error::from_reason(gone.to_string())
}
