//! What a running `check()` calls.

use napi::bindgen_prelude::*;
use napi_derive::napi;

use super::values::{self, parse, to_json};
use super::{isolate, process};
use crate::collector::settings::CheckOptions;

/// Begins a check.
#[napi]
pub fn first_sample() -> Result<()> {
    process::client()?.first_sample(isolate::key()?).map_err(values::gone)
}

/// Takes a sample at the end of a round of the check.
#[napi]
pub fn look() -> Result<()> {
    process::client()?.look(isolate::key()?).map_err(values::gone)
}

/// Takes the last sample again.
#[napi]
pub fn recheck() -> Result<()> {
    process::client()?.recheck(isolate::key()?).map_err(values::gone)
}

/// What grew in every round, a CheckResult; JSON in and out.
#[napi]
pub fn leaks(options: String) -> Result<String> {
    let options: values::CheckInput = parse(&options)?;
    to_json(&process::client()?.leaks(isolate::key()?, CheckOptions::from(options)).map_err(values::gone)?)
}

/// The live registrations behind each finding of the check under way, after `warmup` calls before its first round: a list of
/// [`crate::values::proof::Members`] as JSON.
#[napi]
pub fn check_members(warmup: f64) -> Result<String> {
    to_json(&process::client()?.members(isolate::key()?, warmup as u64).map_err(values::gone)?)
}

/// Which places grew between censuses; JSON in and out. See [`crate::analysis::census`].
#[napi]
pub fn census_grown(counted: String) -> Result<String> {
    to_json(&crate::analysis::census::grown(&parse(&counted)?))
}

/// Ends the check.
#[napi]
pub fn check_end() -> Result<()> {
    process::client()?.check_end(isolate::key()?).map_err(values::gone)
}
