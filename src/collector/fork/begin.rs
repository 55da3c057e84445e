//! The fork.
#![allow(unsafe_code)]

use std::fs::File;
use std::os::fd::{FromRawFd, RawFd};
use std::time::{Duration, Instant};

use super::child::Child;
use super::ranges::{Kept, LetIn};
use super::{alone, quiet};

/// Why there is no child.
#[derive(Debug)]
pub enum Failed {
    /// Other threads ran all the time: a later moment may do.
    Busy,
    /// The system refused.
    System(std::io::Error),
}

/// Forks in a moment in which no other thread runs, within `longest`. The child does `work`, writes what that returns to a pipe
/// and ends; this returns in the parent alone. `kept` is what V8 kept out of children a moment ago.
///
/// # Safety
/// Called on the main thread. `work` may only do what a child without other threads can: no thread, no lock that another thread
/// may hold, no descriptor.
pub unsafe fn fork(
    kept: &Kept,
    longest: Duration,
    cpu_seconds: u64,
    work: impl FnOnce() -> Vec<u8>,
) -> Result<Child, Failed> {
    let (read, write) = pipe().map_err(Failed::System)?;
    let Some(let_in) = quietly_let_in(kept, longest) else {
        close(read);
        close(write);
        return Err(Failed::Busy);
    };
    // SAFETY: the parent goes on as if nothing had happened. The child runs `alone::run` only, which never returns.
    let pid = unsafe { libc::fork() };
    if pid == 0 {
        alone::run(write, cpu_seconds, work);
    }
    let failed = std::io::Error::last_os_error();
    let_in.undo();
    close(write);
    if pid < 0 {
        close(read);
        return Err(Failed::System(failed));
    }
    // SAFETY: made by `pipe`, and nobody else's.
    Ok(Child { pid, pipe: unsafe { File::from_raw_fd(read) } })
}

/// Lets V8's pages in at a moment in which no other thread runs; `None` where there is none within `longest`.
fn quietly_let_in(kept: &Kept, longest: Duration) -> Option<LetIn<'_>> {
    let until = Instant::now() + longest;
    loop {
        if quiet::is_quiet() {
            let let_in = kept.let_in();
            // A thread that has begun meanwhile may have made pages that are not let in.
            if quiet::is_quiet() {
                return Some(let_in);
            }
            let_in.undo();
        }
        if Instant::now() >= until {
            return None;
        }
        std::thread::sleep(quiet::STEP);
    }
}

fn pipe() -> std::io::Result<(RawFd, RawFd)> {
    let mut ends = [0; 2];
    // SAFETY: room for two descriptors.
    match unsafe { libc::pipe2(ends.as_mut_ptr(), libc::O_CLOEXEC) } {
        0 => Ok((ends[0], ends[1])),
        _ => Err(std::io::Error::last_os_error()),
    }
}

fn close(descriptor: RawFd) {
    // SAFETY: made by `pipe`, and not used any more.
    unsafe { libc::close(descriptor) };
}
