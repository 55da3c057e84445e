//! Which script a function was compiled from, as `v8::Function::ScriptId()` and `GetScriptOrigin()` say it. The inspector
//! knows it as well, but to ask it V8 hashes the source of every script.
#![allow(unsafe_code)]

use std::ffi::{c_int, c_void};
use std::mem::transmute;
use std::ptr;

use napi::{Result, sys};
use once_cell::sync::Lazy;

use super::status::check;
use super::symbols::{symbol, v8_version};

/// `int v8::Function::ScriptId() const`: `this` is the place of a handle, as a Node-API value is.
type ScriptId = unsafe extern "C" fn(*const c_void) -> c_int;

static SCRIPT_ID: Lazy<Option<ScriptId>> = Lazy::new(|| {
    let found = symbol(c"_ZNK2v88Function8ScriptIdEv")?;
    // SAFETY: the symbol's name spells the C++ type, in the ABI that GCC and Clang share.
    Some(unsafe { transmute::<*mut c_void, ScriptId>(found) })
});

/// `v8::ScriptOrigin`: 56 bytes at most in the versions below.
#[repr(C)]
struct Origin([*mut c_void; 8]);

/// `v8::ScriptOrigin v8::Function::GetScriptOrigin() const`: the result is written where the caller says, as for any
/// structure of this size.
type GetScriptOrigin = unsafe extern "C" fn(*const c_void) -> Origin;

/// Which word of an origin is the script's name, in the versions of V8 whose headers were read. In the first of them the
/// isolate comes before it.
const NAMES: [((u32, u32), usize); 4] = [((11, 3), 1), ((12, 4), 0), ((13, 6), 0), ((14, 6), 0)];

static SCRIPT_ORIGIN: Lazy<Option<(GetScriptOrigin, usize)>> = Lazy::new(|| {
    let version = v8_version()?;
    let (_, at) = *NAMES.iter().find(|(read, _)| *read == version)?;
    let found = symbol(c"_ZNK2v88Function15GetScriptOriginEv")?;
    // SAFETY: the symbol's name spells the C++ type, in the ABI that GCC and Clang share.
    Some((unsafe { transmute::<*mut c_void, GetScriptOrigin>(found) }, at))
});

/// The name of the script that a function was compiled from, a string: its file or URL. Undefined for what no named script
/// made, null where V8 does not say it.
///
/// # Safety
/// `env` and `function` are of the current call.
pub unsafe fn script_name(env: sys::napi_env, function: sys::napi_value) -> Result<sys::napi_value> {
    let mut undefined = ptr::null_mut();
    // SAFETY: the current call's environment, and a place to write to.
    check(unsafe { sys::napi_get_undefined(env, &mut undefined) })?;
    let Some((origin, at)) = *SCRIPT_ORIGIN else {
        let mut null = ptr::null_mut();
        // SAFETY: as above.
        check(unsafe { sys::napi_get_null(env, &mut null) })?;
        return Ok(null);
    };
    let mut kind = sys::ValueType::napi_undefined;
    // SAFETY: a live value of the current call.
    check(unsafe { sys::napi_typeof(env, function, &mut kind) })?;
    if kind != sys::ValueType::napi_function {
        return Ok(undefined);
    }
    // SAFETY: a live handle of something that can be called; V8 makes handles in the current call's scope.
    let Origin(words) = unsafe { origin(function.cast()) };
    let name: sys::napi_value = words[at].cast();
    if name.is_null() {
        return Ok(undefined); // no script made it
    }
    // SAFETY: the word is a handle, as a Node-API value is, by the header of this version.
    check(unsafe { sys::napi_typeof(env, name, &mut kind) })?;
    Ok(if kind == sys::ValueType::napi_string { name } else { undefined })
}

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
