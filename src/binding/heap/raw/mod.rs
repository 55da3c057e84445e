//! The raw walk over V8's heap, in a forked child where nothing moves, and its comparison with V8's own snapshot there. An
//! experiment that no look uses: see [`crate::heap::raw`].
//!
//! | file | what it is |
//! | --- | --- |
//! | `regions` | this process's memory, a word at a time |
//! | `roots` | what V8 holds by itself |
//! | `child` | what the child does |

mod child;
mod regions;
mod roots;

use std::time::Duration;

use napi::bindgen_prelude::*;
use napi_derive::napi;

use super::super::symbols::v8_version;
use crate::collector::fork::{Ended, Failed, Kept, fork, watch};
use crate::heap::raw::record;

/// How long a fork waits for a moment in which no other thread runs, and how often.
const LONGEST: Duration = Duration::from_millis(40);
const TRIES: usize = 50;
/// CPU seconds of a child.
const SECONDS: u64 = 120;

/// Whether a look may use the walk on this version of V8.
#[napi]
pub fn can_walk_raw() -> bool {
    record::is_equal(v8_version())
}

/// Walks over this isolate's heap in a forked process, and with `oracle` compares what it has found with V8's snapshot of that
/// process. For tests: the thread waits for it. JSON.
#[napi]
#[allow(unsafe_code)]
pub fn raw_walk(known: Unknown, oracle: bool) -> Result<String> {
    let known = known.raw();
    let failed = |error: std::io::Error| Error::from_reason(error.to_string());
    for _ in 0..TRIES {
        let kept = Kept::look().map_err(failed)?;
        // SAFETY: on the main thread, as a test has seen to; the work starts no thread, and opens only what it reads itself.
        match unsafe { fork(&kept, LONGEST, SECONDS, || child::walk(known, oracle)) } {
            Ok(child) => {
                return match watch(child, Duration::from_secs(SECONDS)) {
                    Ended::Answered(text) => Ok(String::from_utf8_lossy(&text).into_owned()),
                    Ended::Failed(reason) => Err(Error::from_reason(reason)),
                };
            }
            Err(Failed::Busy) => {}
            Err(Failed::System(error)) => return Err(failed(error)),
        }
    }
    Err(Error::from_reason("other threads ran all the time"))
}
