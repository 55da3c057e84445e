//! The state of one isolate, from its first call to its end.
//!
//! An isolate has its own thread, so the state is the thread's. Each time the addon is loaded Node
//! makes another environment (`napi_env`) for it. All live as long as the isolate, and a value of one may be used with
//! another. References are created with the first environment, whichever one a call comes by.
#![allow(unsafe_code)]

use std::cell::RefCell;
use std::ffi::c_void;
use std::ptr;

use napi::bindgen_prelude::{FromNapiValue, Unknown};
use napi::{Error, Result, sys};

use super::heap;
use super::region::SharedRegion;
use super::stack_keys;
use super::status::check;
use super::weak::{self, WeakTable};
use super::{last_report, process};
use crate::store::IsolateKey;

thread_local! {
    static ISOLATE: Place = const { RefCell::new(None) };
}

/// A thread's isolate; `None` before and after.
pub type Place = RefCell<Option<Isolate>>;

pub struct Isolate {
    env: sys::napi_env,
    /// Strong: the engine that all loads of the JavaScript share.
    engine: sys::napi_ref,
    attached: Option<Attached>,
    /// Owners (emitters, tracked resources), collections, and handles.
    tables: [WeakTable; 3],
}

struct Attached {
    key: IsolateKey,
    /// Strong: the region must live until the collector has released it.
    words: sys::napi_ref,
}

/// An environment loads the addon, for the first time or again.
pub fn enter(env: sys::napi_env) -> Result<()> {
    ISOLATE.with_borrow_mut(|isolate| match isolate {
        Some(_) => Ok(()),
        None => {
            // SAFETY: `env` is the calling thread's; `leave` lives as long as the library, which is
            // never unloaded.
            check(unsafe { sys::napi_add_env_cleanup_hook(env, Some(leave), ptr::null_mut()) })?;
            *isolate =
                Some(Isolate { env, engine: ptr::null_mut(), attached: None, tables: Default::default() });
            Ok(())
        }
    })
}

/// The environment ends, on its own thread, before its memory is freed.
extern "C" fn leave(_: *mut c_void) {
    // While the registrations still count as live.
    last_report::write_at_end_of_thread();
    stack_keys::end();
    heap::sampler::end();
    heap::buffers::end();
    heap::collections::end();
    // References go with the environment; what remains are V8's own handles, and the collector must release
    // the region.
    let mut ended = ISOLATE.with_borrow_mut(Option::take);
    for table in ended.iter_mut().flat_map(|isolate| &mut isolate.tables) {
        // SAFETY: on the thread of the environment that the handles were made on.
        unsafe { table.end() };
    }
    if let Some(attached) = ended.and_then(|isolate| isolate.attached) {
        process::detach(attached.key, true);
    }
}

/// The [`Place`] of this thread's isolate, as data of callbacks. It lives as long as the thread.
pub fn place() -> *mut c_void {
    ISOLATE.with(|place| ptr::from_ref(place).cast_mut().cast())
}

fn with<T>(use_it: impl FnOnce(&mut Isolate) -> Result<T>) -> Result<T> {
    ISOLATE.with(|place| with_at(place, use_it))
}

#[inline]
fn with_at<T>(place: &Place, use_it: impl FnOnce(&mut Isolate) -> Result<T>) -> Result<T> {
    match place.borrow_mut().as_mut() {
        Some(isolate) => use_it(isolate),
        None => Err(Error::from_reason("the isolate is ending")),
    }
}

/// See [`super::attach`].
pub fn attach(words: sys::napi_value, thread: u32, root: String) -> Result<()> {
    with(|isolate| {
        let env = isolate.env;
        if isolate.attached.is_some() {
            return Err(Error::from_reason("this isolate is recording already"));
        }
        // SAFETY: `env` and `words` are the current call's. The buffer outlives the region because
        // of the strong reference below, which is deleted only after the collector has released the region.
        let region = unsafe { SharedRegion::new(env, words) }?;
        let mut reference = ptr::null_mut();
        // SAFETY: as above; `reference` is a place to write to.
        check(unsafe { sys::napi_create_reference(env, words, 1, &mut reference) })?;
        let key = process::attach(thread, root, region).inspect_err(|_| {
            // SAFETY: made above, and nobody else knows it.
            unsafe { sys::napi_delete_reference(env, reference) };
        })?;
        isolate.attached = Some(Attached { key, words: reference });
        Ok(())
    })
}

/// See [`super::detach`].
pub fn detach() -> Result<()> {
    stack_keys::end();
    heap::sampler::end();
    heap::buffers::end();
    heap::collections::end();
    with(|isolate| {
        let env = isolate.env;
        if let Some(attached) = isolate.attached.take() {
            process::detach(attached.key, false);
            // SAFETY: made by `attach` on this environment, and the collector has released the region.
            unsafe { sys::napi_delete_reference(env, attached.words) };
        }
        for table in &mut isolate.tables {
            // SAFETY: the environment is the one the handles were made on.
            unsafe { table.clear(env) };
        }
        Ok(())
    })
}

/// The collector's key of this isolate.
///
/// # Errors
/// When it is not recording.
pub fn key() -> Result<IsolateKey> {
    ISOLATE.with_borrow(|isolate| {
        let attached = isolate.as_ref().and_then(|isolate| isolate.attached.as_ref());
        attached
            .map(|attached| attached.key)
            .ok_or_else(|| Error::from_reason("this isolate is not recording"))
    })
}

/// Uses one of the tables of weak handles, with the environment that they belong to.
pub fn with_table<T>(
    table: u32,
    use_it: impl FnOnce(sys::napi_env, &mut WeakTable) -> Result<T>,
) -> Result<T> {
    ISOLATE.with(|place| with_table_at(place, table as usize, use_it))
}

/// [`with_table`] with a known place.
#[inline]
pub fn with_table_at<T>(
    place: &Place,
    table: usize,
    use_it: impl FnOnce(sys::napi_env, &mut WeakTable) -> Result<T>,
) -> Result<T> {
    with_at(place, |isolate| match isolate.tables.get_mut(table) {
        Some(table) => use_it(isolate.env, table),
        None => Err(Error::from_reason(format!("there is no table {table}"))),
    })
}

/// See [`super::weak_handles`].
pub fn weak_handles() -> Result<&'static str> {
    // SAFETY: the calling thread's environment.
    with(|isolate| Ok(unsafe { weak::sort(isolate.env) }))
}

/// See [`super::engine`].
pub fn engine() -> Result<Option<Unknown<'static>>> {
    with(|isolate| {
        let env = isolate.env;
        if isolate.engine.is_null() {
            return Ok(None);
        }
        let mut value = ptr::null_mut();
        // SAFETY: a strong reference of this environment.
        check(unsafe { sys::napi_get_reference_value(env, isolate.engine, &mut value) })?;
        // SAFETY: a live value of the current call's scope; it is returned at once.
        unsafe { Unknown::from_napi_value(env, value) }.map(Some)
    })
}

/// See [`super::set_engine`].
pub fn set_engine(engine: sys::napi_value) -> Result<()> {
    with(|isolate| {
        let env = isolate.env;
        let mut reference = ptr::null_mut();
        // SAFETY: `env` and `engine` are the current call's; `reference` is a place to write to.
        check(unsafe { sys::napi_create_reference(env, engine, 1, &mut reference) })?;
        let before = std::mem::replace(&mut isolate.engine, reference);
        if !before.is_null() {
            // SAFETY: made by an earlier call on this environment.
            unsafe { sys::napi_delete_reference(env, before) };
        }
        Ok(())
    })
}
