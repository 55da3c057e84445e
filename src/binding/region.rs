//! The memory of the ring: a SharedArrayBuffer of JavaScript, read in place.
//!
//! JavaScript allocates it because some embedders refuse buffers of an addon and others copy them silently, which would
//! end the sharing without an error.
#![allow(unsafe_code)]

use std::ops::Deref;
use std::ptr;

use napi::{Error, Result, sys};

use super::status::check;
use crate::record::sync::AtomicU32;

/// The words of an Int32Array over a SharedArrayBuffer.
///
/// JavaScript guarantees, and some of it is asserted:
/// - the array is an Int32Array (asserted), so it is aligned to four bytes (asserted);
/// - its buffer is shared and of fixed length, so it never moves nor shrinks (`js/recording/ring.js` makes it);
/// - the isolate holds the array until it detaches ([`super::isolate`] keeps a reference).
pub struct SharedRegion {
    words: *const AtomicU32,
    len: usize,
}

// SAFETY: the words are shared memory that is only accessed atomically from this side, and nothing
// in the struct belongs to a thread.
unsafe impl Send for SharedRegion {}

impl SharedRegion {
    /// Finds the words of `array`.
    ///
    /// # Errors
    /// When it is not an Int32Array.
    ///
    /// # Safety
    /// - `env` is the calling thread's environment and `array` a live value of it.
    /// - The array's buffer outlives the region.
    pub unsafe fn new(env: sys::napi_env, array: sys::napi_value) -> Result<Self> {
        // SAFETY: the caller's promise.
        let (data, len) = unsafe { int32_elements(env, array) }?;
        let words = data.cast::<AtomicU32>();
        if !words.is_aligned() {
            return Err(Error::from_reason("the region is not aligned to four bytes"));
        }
        Ok(Self { words, len })
    }
}

impl Deref for SharedRegion {
    type Target = [AtomicU32];

    fn deref(&self) -> &[AtomicU32] {
        // SAFETY: the pointer is not null, aligned and to `len` words that live as long as the
        // region (see the struct). An AtomicU32 has the layout of a u32 and allows that another
        // thread writes; what JavaScript writes without atomics it publishes by an atomic store.
        unsafe { std::slice::from_raw_parts(self.words, self.len) }
    }
}

/// The address and the number of the elements of an Int32Array.
///
/// # Errors
/// When it is another value, or empty.
///
/// # Safety
/// `env` is the calling thread's environment and `array` a live value of it.
pub unsafe fn int32_elements(env: sys::napi_env, array: sys::napi_value) -> Result<(*mut i32, usize)> {
    let (mut kind, mut len, mut data) = (0, 0, ptr::null_mut());
    // SAFETY: `env` and `array` are live (the caller's promise), the rest are places to write to;
    // the buffer and its offset are not requested.
    check(unsafe {
        sys::napi_get_typedarray_info(
            env,
            array,
            &mut kind,
            &mut len,
            &mut data,
            ptr::null_mut(),
            ptr::null_mut(),
        )
    })?;
    if kind != sys::TypedarrayType::int32_array || data.is_null() {
        return Err(Error::from_reason("an Int32Array that is not empty is needed"));
    }
    Ok((data.cast(), len))
}
