//! Weak handles: how leakline sees that an owner is collected.
//!
//! | file | what it is |
//! | --- | --- |
//! | [`mod@self`] | a table of handles by index, of either kind |
//! | `phantoms` | V8's own: V8 clears a word of the table, without a call |
//! | `v8` | the functions of V8 that phantoms need |
//! | `references` | Node-API's: available everywhere |
//!
//! Both are cleared by every garbage collection, also a minor one. WeakRef and FinalizationRegistry keep their
//! targets through minor collections, which made a service grow from 98 to 360 MB.
#![allow(unsafe_code)]

mod phantoms;
mod references;
mod v8;

use std::env;

use napi::{Result, sys};
use once_cell::sync::Lazy;

use phantoms::Phantoms;
use references::References;

/// For tests: references where phantoms are available.
static ARE_REFERENCES_WANTED: Lazy<bool> = Lazy::new(|| env::var_os("LEAKLINE_REFERENCES").is_some());

/// Weak handles by index. Indexes are reused.
#[derive(Default)]
pub struct WeakTable {
    /// `None` before the first.
    handles: Option<Handles>,
}

enum Handles {
    Phantoms(Phantoms),
    References(References),
}

impl Handles {
    /// # Safety
    /// As [`WeakTable::hold`].
    unsafe fn new(env: sys::napi_env) -> Self {
        // SAFETY: the caller's promise.
        let phantoms = if *ARE_REFERENCES_WANTED { None } else { unsafe { Phantoms::new(env) } };
        phantoms.map_or_else(|| Self::References(References::default()), Self::Phantoms)
    }
}

impl WeakTable {
    /// Holds `object` weakly. Returns its index.
    ///
    /// # Errors
    /// When the value is not an object, or the engine refuses.
    ///
    /// # Safety
    /// `env` is the calling thread's environment, the same in every call; `object` is a live value of it.
    #[inline]
    pub unsafe fn hold(&mut self, env: sys::napi_env, object: sys::napi_value) -> Result<u32> {
        // SAFETY: the caller's promise.
        unsafe {
            match self.handles.get_or_insert_with(|| Handles::new(env)) {
                Handles::Phantoms(phantoms) => phantoms.hold(object),
                Handles::References(references) => references.hold(env, object),
            }
        }
    }

    /// Releases an index.
    ///
    /// # Safety
    /// As [`WeakTable::hold`].
    pub unsafe fn release(&mut self, env: sys::napi_env, index: u32) {
        // SAFETY: the caller's promise.
        unsafe {
            match &mut self.handles {
                None => {}
                Some(Handles::Phantoms(phantoms)) => phantoms.release(index),
                Some(Handles::References(references)) => references.release(env, index),
            }
        }
    }

    /// Visits up to `limit` handles from index `from` on. `dead` gets the index of each dead one, which is released, and
    /// returns whether to continue. Returns the next index; 0 after the last.
    ///
    /// # Errors
    /// When the engine refuses.
    ///
    /// # Safety
    /// As [`WeakTable::hold`].
    pub unsafe fn sweep(
        &mut self,
        env: sys::napi_env,
        from: u32,
        limit: u32,
        mut dead: impl FnMut(u32) -> bool,
    ) -> Result<u32> {
        // SAFETY: the caller's promise.
        unsafe {
            match &mut self.handles {
                None => Ok(0),
                Some(Handles::Phantoms(phantoms)) => Ok(phantoms.sweep(from, limit, dead)),
                Some(Handles::References(references)) => {
                    references.visit(env, from, limit, |index, object| !object.is_null() || dead(index))
                }
            }
        }
    }

    /// As [`WeakTable::sweep`], for live handles too: `each` gets the index and the object, or null for a dead one.
    /// The object is valid only while `each` runs.
    ///
    /// # Errors
    /// As [`WeakTable::sweep`].
    ///
    /// # Safety
    /// As [`WeakTable::hold`].
    pub unsafe fn gather(
        &mut self,
        env: sys::napi_env,
        from: u32,
        limit: u32,
        each: impl FnMut(u32, sys::napi_value) -> bool,
    ) -> Result<u32> {
        // SAFETY: the caller's promise.
        unsafe {
            match &mut self.handles {
                None => Ok(0),
                Some(Handles::Phantoms(phantoms)) => Ok(phantoms.gather(from, limit, each)),
                Some(Handles::References(references)) => references.visit(env, from, limit, each),
            }
        }
    }

    /// Releases all indexes.
    ///
    /// # Safety
    /// As [`WeakTable::hold`].
    pub unsafe fn clear(&mut self, env: sys::napi_env) {
        // SAFETY: the caller's promise.
        unsafe {
            match &mut self.handles {
                None => {}
                Some(Handles::Phantoms(phantoms)) => phantoms.clear(),
                Some(Handles::References(references)) => references.clear(env),
            }
        }
        self.handles = None;
    }

    /// The environment ends with its isolate: V8 must not write to memory here any more.
    ///
    /// # Safety
    /// As [`WeakTable::hold`].
    pub unsafe fn end(&mut self) {
        // References go with the environment.
        if let Some(Handles::Phantoms(mut phantoms)) = self.handles.take() {
            // SAFETY: the caller's promise.
            unsafe { phantoms.clear() };
        }
    }
}

/// The kind of handles of this isolate.
///
/// # Safety
/// `env` is the calling thread's environment.
pub unsafe fn sort(env: sys::napi_env) -> &'static str {
    // SAFETY: the caller's promise.
    match unsafe { Handles::new(env) } {
        Handles::Phantoms(_) => "phantoms",
        Handles::References(_) => "references",
    }
}
