//! The report at the end of the process. JavaScript asks for it when Node says that the process exits; where it is not
//! asked, as after `process.reallyExit()`, it is written when the environment ends, or by the C library at exit.

use std::cell::Cell;
use std::io::Write;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use napi::{Error, Result};

use super::{process, values};

/// Whether it is wanted, and was not written.
static WANTED: AtomicBool = AtomicBool::new(false);

thread_local! {
    /// Whether this is the thread whose end is the process's.
    static IS_MAIN: Cell<bool> = const { Cell::new(false) };
}

/// It is wanted from now on. Called on the main thread.
pub fn want() {
    static REGISTERED: Once = Once::new();
    REGISTERED.call_once(register);
    IS_MAIN.set(true);
    // Relaxed, as below: only the thread that takes it writes, and it requests the content by a channel.
    WANTED.store(true, Ordering::Relaxed);
}

/// It is not wanted any more.
pub fn forget() {
    WANTED.store(false, Ordering::Relaxed);
}

/// Writes it now.
pub fn write() -> Result<()> {
    forget();
    let written = process::client()?.report(None, "exit").map_err(values::gone)?;
    written.map_err(|error| Error::from_reason(error.to_string()))
}

/// This thread's environment ends.
pub fn write_at_end_of_thread() {
    if IS_MAIN.get() {
        write_if_wanted();
    }
}

fn write_if_wanted() {
    if !WANTED.load(Ordering::Relaxed) {
        return;
    }
    if let Ok(client) = process::client() {
        client.send(crate::collector::message::Message::Note(
            "the process ended without its exit event: sizes and garbage collections are as of the last look"
                .to_owned(),
        ));
    }
    if let Err(error) = write() {
        // Not eprintln!, which panics when the reader is gone.
        let _ = writeln!(std::io::stderr(), "leakline: the report could not be written: {}", error.reason);
    }
}

#[cfg(unix)]
#[allow(unsafe_code)]
fn register() {
    extern "C" fn at_exit() {
        write_if_wanted();
    }
    // SAFETY: the function takes and returns nothing, does not unwind (a panic aborts in `extern "C"`), and the library
    // is never unloaded. Other threads still run when it is called: what it asks of the collector is answered.
    unsafe { libc::atexit(at_exit) };
}

/// The end of the environment has to do.
#[cfg(not(unix))]
fn register() {}
