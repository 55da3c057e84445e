//! What is written when the process ends, or when a signal asks for it.

use napi::{Error, Result};
use napi_derive::napi;

use super::values::{self, parse, to_json};
use super::{last_report, out_of_memory, process};
use crate::collector::reports::Asks;
use crate::collector::{exit, requests};

/// The process ends: writes the last report to the target in the settings, and no other after it.
#[napi]
pub fn write_last_report() -> Result<()> {
    last_report::write()
}

/// Enables the last report, however the process ends.
#[napi]
pub fn want_last_report() {
    last_report::want();
}

/// Disables the last report.
#[napi]
pub fn forget_last_report() {
    last_report::forget();
}

/// Writes reports when signals end the process or would, and on the signal `number`, called `name`; with `retainers` this one
/// is a request for a look at the heap, see [`take_request`].
#[napi]
pub fn watch_signals(number: Option<i32>, name: Option<String>, retainers: Option<bool>) -> Result<()> {
    let asks =
        number.zip(name).map(|(signal, name)| Asks { signal, name, retainers: retainers.unwrap_or(false) });
    process::client()?.watch_signals(asks).map_err(values::gone)
}

/// A request for a look at the heap, as JSON of [`Request`](crate::collector::requests::Request); null where there is none.
#[napi]
pub fn take_request() -> Result<Option<String>> {
    requests::take().map(|request| to_json(&request)).transpose()
}

/// Writes the answer of such a look where reports go; the target as `settings` takes it. `signal` is who asked, `program` what
/// the process runs.
#[napi]
pub fn write_retainers(answer: String, target: String, signal: String, program: String) -> Result<()> {
    let target: values::TargetInput = parse(&target)?;
    let rendered = exit::render_retainers(&parse(&answer)?, &target.into(), &signal, &program);
    // In a thread of its own: nobody waits for a reader.
    let writing = move || rendered.write_or_warn();
    let spawned = std::thread::Builder::new().name("leakline-report".to_owned()).spawn(writing);
    spawned.map(drop).map_err(|error| Error::from_reason(error.to_string()))
}

/// Puts the signals back as they were.
#[napi]
pub fn unwatch_signals() -> Result<()> {
    process::client()?.unwatch_signals().map_err(values::gone)
}

/// Has the flight file record that V8 ran out of heap in this thread; 0 is the main one. False where V8 or Node lacks the
/// functions for it.
#[napi]
pub fn watch_out_of_memory(thread: u32) -> bool {
    out_of_memory::watch(thread)
}

/// Puts Node's own handler of that back.
#[napi]
pub fn unwatch_out_of_memory() {
    out_of_memory::unwatch();
}
