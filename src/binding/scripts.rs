//! Which script a function was compiled from, as `v8::Function::ScriptId()` says it.
#![allow(unsafe_code)]

use std::ffi::{c_int, c_void};
use std::mem::transmute;
use std::ptr;

use napi::{Result, sys};
use once_cell::sync::Lazy;

use super::status::check;
use super::symbols::symbol;

/// `int v8::Function::ScriptId() const`: `this` is the place of a handle, as a Node-API value is.
type ScriptId = unsafe extern "C" fn(*const c_void) -> c_int;

static SCRIPT_ID: Lazy<Option<ScriptId>> = Lazy::new(|| {
    let found = symbol(c"_ZNK2v88Function8ScriptIdEv")?;
    // SAFETY: the symbol's name spells the C++ type, in the ABI that GCC and Clang share.
    Some(unsafe { transmute::<*mut c_void, ScriptId>(found) })
});

/// Writes the script number of each function of a list to `ids`: 0 for what no script made. Returns how many were
/// written: none where V8 does not offer the function.
///
/// # Safety
/// `env` and `functions`, an array, are of the current call.
pub unsafe fn script_ids(env: sys::napi_env, functions: sys::napi_value, ids: &mut [i32]) -> Result<u32> {
    let Some(script_id) = *SCRIPT_ID else { return Ok(0) };
    let mut length = 0;
    // SAFETY: the caller's promise, and a place to write to.
    check(unsafe { sys::napi_get_array_length(env, functions, &mut length) })?;
    let count = (length as usize).min(ids.len());
    for (at, id) in ids.iter_mut().enumerate().take(count) {
        let mut scope = ptr::null_mut();
        // SAFETY: the current call's environment; the scope ends below, before another value is made.
        check(unsafe { sys::napi_open_handle_scope(env, &mut scope) })?;
        let found: Result<c_int> = (|| {
            let mut function = ptr::null_mut();
            // SAFETY: the caller's array; its elements are plain values, so that no JavaScript runs.
            check(unsafe { sys::napi_get_element(env, functions, at as u32, &mut function) })?;
            let mut kind = sys::ValueType::napi_undefined;
            // SAFETY: a live value of the open scope.
            check(unsafe { sys::napi_typeof(env, function, &mut kind) })?;
            // SAFETY: a live handle of something that can be called; V8 answers 0 for what is no compiled function.
            Ok(if kind == sys::ValueType::napi_function { unsafe { script_id(function.cast()) } } else { 0 })
        })();
        // SAFETY: opened above, and nothing of it is used any more.
        check(unsafe { sys::napi_close_handle_scope(env, scope) })?;
        *id = found?;
    }
    Ok(count as u32)
}
