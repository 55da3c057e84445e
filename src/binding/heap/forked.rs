//! The same look by a forked process, see `fork`: an experiment behind `LEAKLINE_FORK=1`, on Linux x64 with glibc alone.

use napi::bindgen_prelude::*;
use napi_derive::napi;

#[cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
mod here {
    use std::cell::RefCell;
    use std::thread;
    use std::time::{Duration, Instant};

    use crossbeam_channel::{Receiver, bounded};
    use serde_json::json;

    use super::super::retainers::{Ask, answered, wait_for};
    use super::super::snapshot::{self, Snapshot};
    use super::*;
    use crate::binding::values::parse;
    use crate::collector::fork::{Child, Ended, Failed, Kept, fork, watch};

    /// How long a fork waits for a moment in which no other thread runs; the program waits with it.
    const LONGEST: Duration = Duration::from_millis(40);
    /// CPU time and time of a child: so much, and so much more for a gigabyte of heap.
    const SECONDS: (u64, u64) = (60, 600);

    thread_local! {
        static KEPT: RefCell<Option<Receiver<std::io::Result<Kept>>>> = const { RefCell::new(None) };
    }

    /// Whether a process can be forked here for a look.
    #[napi]
    pub fn can_fork() -> bool {
        snapshot::is_offered()
    }

    /// Begins to look for the pages that V8 keeps out of children, in a thread: it takes time.
    #[napi]
    pub fn prepare_fork() -> Result<()> {
        let (reply, kept) = bounded(1);
        let look = move || drop(reply.send(Kept::look()));
        let spawned = thread::Builder::new().name("leakline-fork".to_owned()).spawn(look);
        spawned.map_err(|error| Error::from_reason(error.to_string()))?;
        KEPT.set(Some(kept));
        Ok(())
    }

    /// Forks a process that looks at the heap of `heap` bytes; its answer comes by `retainers_answer`. Called on the main
    /// thread. `soon` where it is still being prepared, `busy` where other threads ran all the time, else `forked`.
    #[napi]
    pub fn fork_retainers(ask: String, known: Unknown, heap: f64) -> Result<String> {
        let kept = match KEPT.with_borrow(|kept| kept.as_ref().map(Receiver::try_recv)) {
            Some(Ok(kept)) => kept.map_err(|error| Error::from_reason(error.to_string()))?,
            Some(Err(crossbeam_channel::TryRecvError::Empty)) => return Ok("soon".to_owned()),
            _ => return Err(Error::from_reason("no fork was prepared")),
        };
        KEPT.set(None);
        let ask: Ask = parse(&ask)?;
        let seconds = SECONDS.0 + (heap / 1e9 * SECONDS.1 as f64) as u64;
        let begun = Instant::now();
        let child = match begin(&kept, &ask, known, seconds) {
            Ok(child) => child,
            Err(Failed::Busy) => return Ok("busy".to_owned()),
            Err(Failed::System(error)) => return Err(Error::from_reason(error.to_string())),
        };
        let paused_ms = begun.elapsed().as_millis() as u64;
        let (reply, answer) = bounded(1);
        let waiting = move || {
            // A nice child on a busy machine takes its time.
            let text = match watch(child, Duration::from_secs(seconds * 4)) {
                Ended::Answered(text) => String::from_utf8_lossy(&text).into_owned(),
                Ended::Failed(reason) => json!({ "failed": reason }).to_string(),
            };
            let _ = reply.send(text);
        };
        let spawned = thread::Builder::new().name("leakline-fork".to_owned()).spawn(waiting);
        spawned.map_err(|error| Error::from_reason(error.to_string()))?;
        wait_for(answer, begun, paused_ms);
        Ok("forked".to_owned())
    }

    #[allow(unsafe_code)]
    fn begin(kept: &Kept, ask: &Ask, known: Unknown, seconds: u64) -> std::result::Result<Child, Failed> {
        let known = known.raw();
        let work = || {
            // SAFETY: in the child, on the thread that has made the call from JavaScript, of which `known` is an argument.
            let Some(snapshot) = (unsafe { Snapshot::take(known) }) else {
                return json!({ "failed": "V8 made no snapshot" }).to_string().into_bytes();
            };
            let mut text = Vec::new();
            snapshot.write(|part| {
                text.extend_from_slice(part);
                true
            });
            drop(snapshot);
            answered(ask, &text[..]).into_bytes()
        };
        // SAFETY: on the main thread, as JavaScript has seen to; the work takes V8's snapshot and analyses it, without
        // another thread, a lock or a descriptor of its own.
        unsafe { fork(kept, LONGEST, seconds, work) }
    }
}

#[cfg(not(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu")))]
mod nowhere {
    use super::*;

    /// No process can be forked here for a look.
    #[napi]
    pub fn can_fork() -> bool {
        false
    }

    /// Does nothing here.
    #[napi]
    pub fn prepare_fork() -> Result<()> {
        Ok(())
    }

    /// Refuses.
    #[napi]
    pub fn fork_retainers(_ask: String, _known: Unknown, _heap: f64) -> Result<String> {
        Err(Error::from_reason("no process can be forked here"))
    }
}
