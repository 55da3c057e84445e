//! Weak handles of Node-API: references with count 0. V8 calls Node when an object is collected.
#![allow(unsafe_code)]

use std::ptr;

use napi::{Result, sys};

use super::super::status::check;

/// Handles visited in one handle scope.
const SCOPE: usize = 256;

/// Weak handles by index.
#[derive(Default)]
pub struct References {
    references: Vec<sys::napi_ref>,
    free: Vec<u32>,
}

impl References {
    /// See [`super::WeakTable::hold`].
    ///
    /// # Safety
    /// As there, here and below.
    pub unsafe fn hold(&mut self, env: sys::napi_env, object: sys::napi_value) -> Result<u32> {
        let mut reference = ptr::null_mut();
        // SAFETY: the caller's promise; `reference` is a place to write to.
        check(unsafe { sys::napi_create_reference(env, object, 0, &mut reference) })?;
        let index = match self.free.pop() {
            Some(index) => {
                self.references[index as usize] = reference;
                index
            }
            None => {
                self.references.push(reference);
                self.references.len() as u32 - 1
            }
        };
        Ok(index)
    }

    /// See [`super::WeakTable::release`].
    pub unsafe fn release(&mut self, env: sys::napi_env, index: u32) {
        let Some(reference) = self.references.get_mut(index as usize) else { return };
        let reference = std::mem::replace(reference, ptr::null_mut());
        if !reference.is_null() {
            // SAFETY: the reference is this environment's, made by `hold` and not deleted yet: a
            // deleted one is null in the table.
            unsafe { sys::napi_delete_reference(env, reference) };
            self.free.push(index);
        }
    }

    /// See [`super::WeakTable::gather`].
    pub unsafe fn visit(
        &mut self,
        env: sys::napi_env,
        from: u32,
        limit: u32,
        mut each: impl FnMut(u32, sys::napi_value) -> bool,
    ) -> Result<u32> {
        let end = self.references.len().min(from as usize + limit as usize);
        let mut index = (from as usize).min(end);
        while index < end {
            let mut scope = ptr::null_mut();
            // SAFETY: opened and closed in this iteration, on the environment's thread.
            check(unsafe { sys::napi_open_handle_scope(env, &mut scope) })?;
            let stop = end.min(index + SCOPE);
            let mut full = false;
            while index < stop && !full {
                let reference = self.references[index];
                if !reference.is_null() {
                    let mut object = ptr::null_mut();
                    // SAFETY: the reference is this environment's and not deleted; a dead one gives null.
                    unsafe { sys::napi_get_reference_value(env, reference, &mut object) };
                    full = !each(index as u32, object);
                    if object.is_null() {
                        // SAFETY: as above; it is null in the table from here on.
                        unsafe { sys::napi_delete_reference(env, reference) };
                        self.references[index] = ptr::null_mut();
                        self.free.push(index as u32);
                    }
                }
                index += 1;
            }
            // SAFETY: the scope opened above.
            check(unsafe { sys::napi_close_handle_scope(env, scope) })?;
            if full {
                break;
            }
        }
        Ok(if index >= self.references.len() { 0 } else { index as u32 })
    }

    /// See [`super::WeakTable::clear`].
    pub unsafe fn clear(&mut self, env: sys::napi_env) {
        for reference in self.references.drain(..).filter(|reference| !reference.is_null()) {
            // SAFETY: as in `release`.
            unsafe { sys::napi_delete_reference(env, reference) };
        }
        *self = Self::default();
    }
}
