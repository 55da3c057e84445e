//! The end of the process by `exit()`, whatever calls it: `process.exit()`, an uncaught error, or
//! because there is nothing left to do.
#![allow(unsafe_code)]

use std::sync::Once;

use super::ends;
use crate::flight::Cause;

static WATCHED: Once = Once::new();

/// Has the flight recorder say so from now on. A listener for 'exit' would show, and does not run when JavaScript cannot.
pub fn watch() {
    WATCHED.call_once(register);
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn register() {
    unsafe extern "C" {
        // glibc's own: `atexit` does not say the code. The crate libc does not have it.
        fn on_exit(
            call: extern "C" fn(libc::c_int, *mut libc::c_void),
            with: *mut libc::c_void,
        ) -> libc::c_int;
    }
    extern "C" fn exits(code: libc::c_int, _: *mut libc::c_void) {
        ends::end(Cause::Exit, code, "");
    }
    // SAFETY: `exits` lives as long as the library, which is never unloaded, and takes no argument of ours.
    unsafe { on_exit(exits, std::ptr::null_mut()) };
}

#[cfg(all(unix, not(all(target_os = "linux", target_env = "gnu"))))]
fn register() {
    extern "C" fn exits() {
        ends::end(Cause::Exit, -1, "");
    }
    // SAFETY: `exits` lives as long as the library, which is never unloaded.
    unsafe { libc::atexit(exits) };
}

#[cfg(not(unix))]
fn register() {
    // A file without an end reads as one whose end is unknown.
}
