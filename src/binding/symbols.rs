//! Functions of V8's public embedder interface, found by their symbols in the running program.
#![allow(unsafe_code)]

use std::ffi::{CStr, c_char, c_void};

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

/// V8's version, major and minor; `None` where it does not say it.
pub fn v8_version() -> Option<(u32, u32)> {
    type GetVersion = unsafe extern "C" fn() -> *const c_char;
    let found = symbol(c"_ZN2v82V810GetVersionEv")?;
    // SAFETY: the symbol's name spells the type of a static function, which returns a terminated text that stays.
    let text = unsafe { CStr::from_ptr(std::mem::transmute::<*mut c_void, GetVersion>(found)()) };
    let mut numbers = text.to_str().ok()?.split('.').map(|number| number.parse().ok());
    Some((numbers.next()??, numbers.next()??))
}
