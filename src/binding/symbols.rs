//! Functions of V8's public embedder interface, found by their symbols in the running program.
#![allow(unsafe_code)]

use std::ffi::{CStr, c_void};

/// The address of a function; `None` where the program does not export it.
#[cfg(all(unix, any(target_arch = "x86_64", target_arch = "aarch64")))]
pub fn symbol(name: &CStr) -> Option<*mut c_void> {
    // SAFETY: a terminated name; the handle means "the running program and what it loaded".
    let found = unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) };
    (!found.is_null()).then_some(found)
}

/// The address of a function: none here.
#[cfg(not(all(unix, any(target_arch = "x86_64", target_arch = "aarch64"))))]
pub fn symbol(_: &CStr) -> Option<*mut c_void> {
    None
}
