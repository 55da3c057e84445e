//! What commands ask of flight files, and marks. No collector is needed to read.

use std::path::{Path, PathBuf};

use napi::bindgen_prelude::*;
use napi_derive::napi;
use serde::Serialize;

use super::process;
use super::values::{parse, to_json};
use crate::collector::message::Message;
use crate::collector::recorder::readout::{self, Query, Refused};
use crate::report::exchange::metrics::Dialect;

/// Why a file is not read, for JavaScript to say.
#[derive(Serialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "refused")]
enum Answer {
    File { reason: String },
    Time { from_unix_ms: u64, until_unix_ms: u64 },
    Mark { names: Vec<String> },
}

impl From<Refused> for Answer {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::File(bad) => Self::File { reason: bad.to_string() },
            Refused::Time(from_unix_ms, until_unix_ms) => Self::Time { from_unix_ms, until_unix_ms },
            Refused::Mark(names) => Self::Mark { names },
        }
    }
}

/// A flight file; JSON. With `refused` it is why there is none.
#[napi]
pub fn read_flight(path: String, query: String) -> Result<String> {
    let query: Query = parse(&query)?;
    match readout::read_out(Path::new(&path), &query) {
        Ok(readout) => to_json(&readout),
        Err(refused) => to_json(&Answer::from(refused)),
    }
}

/// The flight files of a directory, the newest first, without sites; JSON.
#[napi]
pub fn list_flights(dir: String, query: String) -> Result<String> {
    let query: Query = parse(&query)?;
    to_json(&readout::read_directory(Path::new(&dir), &query))
}

/// The metrics of the processes whose flight files lie in directories (a list as JSON).
#[napi]
pub fn flight_metrics(dirs: String, query: String, open_metrics: bool) -> Result<String> {
    let dialect = if open_metrics { Dialect::OpenMetrics } else { Dialect::Prometheus };
    Ok(readout::metrics(&parse::<Vec<PathBuf>>(&dirs)?, &parse(&query)?, dialect))
}

/// When a process started, in ticks since boot; null where it is gone or the system does not say.
#[napi]
pub fn start_ticks(pid: u32) -> Option<f64> {
    crate::collector::recorder::start_ticks(pid).map(|ticks| ticks as f64)
}

/// Names the state of now in the flight file.
#[napi]
pub fn mark(name: String) -> Result<()> {
    process::client()?.send(Message::Mark(name));
    Ok(())
}
