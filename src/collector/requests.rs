//! Requests for a look at the heap, until the main thread's JavaScript takes them: by a signal, or by a file beside the flight
//! file. Only the event loop can answer them.

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;

/// A request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Request {
    /// What is asked for, as JSON of whoever asks; absent for a signal, which asks for all.
    pub ask: Option<String>,
    /// The file that the answer is to be; absent for a signal, whose answer goes where reports go.
    pub answer: Option<PathBuf>,
    /// The name of the signal.
    pub signal: Option<String>,
}

static REQUEST: Mutex<Option<Request>> = Mutex::new(None);

/// Puts a request in the place of one that was not taken.
pub fn put(request: Request) {
    *lock() = Some(request);
}

/// Takes the request, if there is one.
pub fn take() -> Option<Request> {
    lock().take()
}

fn lock() -> MutexGuard<'static, Option<Request>> {
    // A value is put in one step.
    REQUEST.lock().unwrap_or_else(PoisonError::into_inner)
}
