//! The stack of an allocation. It is known by its key, or captured: V8 makes an error, whose stack is read later.
//!
//! An error is an object on V8's heap. Where V8 asks for the memory of a Buffer that is in order: it is about to allocate
//! the Buffer itself, or has just done so, and collects garbage itself where there is no memory. So it is done on the
//! isolate's own thread alone, while JavaScript runs, and outside of collections.
#![allow(unsafe_code)]

use std::ptr;

use napi::bindgen_prelude::{FromNapiValue, Unknown};
use napi::{Result, sys};

use super::super::super::stack_keys::{self, Current};
use super::super::super::status::check;
use super::super::collections;
use crate::record::layout::BUFFER;
use crate::stacks::keys::Key;

/// A stack, as far as it is known without V8's heap.
pub enum Stack {
    /// Known by its key, or to be captured where that is not known.
    Key(Key),
    /// To be captured.
    Unknown,
    /// None: V8 has not called from JavaScript.
    None,
    /// It cannot be read now.
    Unreadable,
}

/// The current one.
pub fn current() -> Stack {
    if collections::is_collecting() {
        return Stack::Unreadable;
    }
    match stack_keys::current(u32::from(BUFFER)) {
        Current::Key(key) => Stack::Key(key),
        Current::Unknown => Stack::Unknown,
        Current::NoJavaScript => Stack::None,
    }
}

/// An error that has the current stack, held until its value is taken.
pub struct Capture {
    env: sys::napi_env,
    error: sys::napi_ref,
}

impl Capture {
    /// Captures the current stack. `None` where V8 refuses.
    pub fn new(env: sys::napi_env) -> Option<Self> {
        let mut scope = ptr::null_mut();
        let mut message = ptr::null_mut();
        let mut error = ptr::null_mut();
        let mut held = ptr::null_mut();
        // SAFETY: the environment is that of the calling thread's isolate, in which JavaScript runs; what the calls
        // write to are places of ours. No call of these runs JavaScript, or minds a pending exception.
        unsafe {
            check(sys::napi_open_handle_scope(env, &mut scope)).ok()?;
            let made = check(sys::napi_create_string_utf8(env, c"".as_ptr(), 0, &mut message))
                .and_then(|()| check(sys::napi_create_error(env, ptr::null_mut(), message, &mut error)))
                .and_then(|()| check(sys::napi_create_reference(env, error, 1, &mut held)));
            let closed = check(sys::napi_close_handle_scope(env, scope));
            made.and(closed).ok()?;
        }
        Some(Self { env, error: held })
    }

    /// Lets go of it.
    pub fn release(self) {
        // SAFETY: made in `new`, on this thread, and deleted once.
        unsafe { sys::napi_delete_reference(self.env, self.error) };
    }
}

/// The errors themselves.
pub fn values(env: sys::napi_env, captures: Vec<Capture>) -> Result<Vec<Unknown<'static>>> {
    let value = |capture: Capture| {
        let mut error = ptr::null_mut();
        // SAFETY: a strong reference of this thread's environment; the value is returned in the current call's scope.
        let value = unsafe {
            check(sys::napi_get_reference_value(capture.env, capture.error, &mut error))
                .and_then(|()| Unknown::from_napi_value(env, error))
        };
        capture.release();
        value
    };
    captures.into_iter().map(value).collect()
}
