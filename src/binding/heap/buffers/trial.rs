//! Whether the hooks see what V8 allocates and frees: by an ArrayBuffer of a known size, which is detached again.
#![allow(unsafe_code)]

use std::ffi::c_void;
use std::mem::transmute;
use std::ptr;

use napi::{Result, sys};

use super::super::super::status::check;
use super::super::super::symbols::symbol;
use super::samples::Samples;

/// No other is as large.
const SIZE: usize = 40_999;

/// Of Node-API's version 7, which all supported versions have.
type Detach = unsafe extern "C" fn(sys::napi_env, sys::napi_value) -> sys::napi_status;

/// `with` shows the samples while none is taken.
pub fn is_right(env: sys::napi_env, with: impl Fn(&mut dyn FnMut(&Samples) -> bool) -> bool) -> Result<bool> {
    let Some(detach) = symbol(c"napi_detach_arraybuffer") else { return Ok(false) };
    let mut buffer = ptr::null_mut();
    let mut memory = ptr::null_mut();
    // SAFETY: the current call's environment, and places of ours to write to.
    check(unsafe { sys::napi_create_arraybuffer(env, SIZE, &mut memory, &mut buffer) })?;
    // SAFETY: so many bytes of the buffer, which lives in the current call's scope; V8 sets them to zero.
    let is_zero =
        unsafe { std::slice::from_raw_parts(memory.cast::<u8>(), SIZE) }.iter().all(|byte| *byte == 0);
    let is_seen = with(&mut |samples| samples.is_followed(memory as usize, SIZE));
    // SAFETY: the function of that name in Node's public interface.
    let detach = unsafe { transmute::<*mut c_void, Detach>(detach) };
    // SAFETY: the current call's environment and value; nobody else has the buffer.
    check(unsafe { detach(env, buffer) })?;
    let is_gone = with(&mut |samples| !samples.is_followed(memory as usize, SIZE));
    Ok(is_zero && is_seen && is_gone)
}
