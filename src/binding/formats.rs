//! Differences, reports and other forms of snapshots; metrics.

use napi::JsString;
use napi::bindgen_prelude::*;
use napi_derive::napi;

use super::process;
use super::values::{self, parse, to_json};
use crate::collector::exposition::Form;
use crate::report::exchange::{self, metrics::Dialect};

/// The difference of two snapshots; JSON in and out.
#[napi]
pub fn diff(before: String, after: String) -> Result<String> {
    to_json(&crate::analysis::diff::diff(&parse(&before)?, &parse(&after)?))
}

/// Snapshots of several processes as one; JSON in and out. See [`crate::analysis::together`].
#[napi]
pub fn together(snapshots: String) -> Result<String> {
    to_json(&crate::analysis::together::together(parse(&snapshots)?))
}

/// A snapshot, diff or check result as text or JSON.
#[napi]
pub fn report(what: String, options: String) -> Result<String> {
    let options: values::ReportInput = parse(&options)?;
    values::render(&what, options.format.as_deref(), options.course, &options.text.into())
}

/// All live sites of a snapshot (JSON) as pprof's profile, not compressed; in base 64.
#[napi]
pub fn pprof(snapshot: String) -> Result<String> {
    Ok(base64_simd::STANDARD.encode_to_string(exchange::pprof::pprof(&parse(&snapshot)?)))
}

/// What is recorded, as metrics: Prometheus' text format, or OpenMetrics. The latest that the collector has prepared;
/// families without samples where it has prepared none.
#[napi]
pub fn metrics(env: &Env, open_metrics: bool) -> Result<JsString<'_>> {
    let dialect = if open_metrics { Dialect::OpenMetrics } else { Dialect::Prometheus };
    match process::client()?.metrics(Form::Text(dialect)).map_err(values::gone)? {
        Some(text) => env.create_string(text),
        None => env.create_string(exchange::metrics::written(&exchange::metrics::schema(), dialect)),
    }
}

/// The same as a list of families; JSON.
#[napi]
pub fn metric_families(env: &Env) -> Result<JsString<'_>> {
    match process::client()?.metrics(Form::Families).map_err(values::gone)? {
        Some(families) => env.create_string(families),
        None => env.create_string(to_json(&exchange::metrics::schema())?),
    }
}

/// The list of families is prepared from now on, for the first [`metric_families`].
#[napi]
pub fn want_metric_families() -> Result<()> {
    process::client()?.want_metrics(Form::Families);
    Ok(())
}

/// The families that there can be, without samples; JSON.
#[napi]
pub fn metric_schema() -> Result<String> {
    to_json(&exchange::metrics::schema())
}
