//! Functions that are called too often for argument conversion: `holdOwner` and the like, `release`, `sweep`, `gather`, `siteOfKey`,
//! `learnKey`. And `learnAwaits`, which needs the addresses of its arguments.
//!
//! A raw callback with four numbers takes 43–75 ns, a converted one 140–250.
#![allow(unsafe_code)]

use std::ptr;

use napi::{Error, Result, sys};

use super::isolate::{self, Place, with_table};
use super::region::int32_elements;
use super::scripts;
use super::stack_keys;
use super::status::check;
use super::table_size;

type Callback = unsafe extern "C" fn(sys::napi_env, sys::napi_callback_info) -> sys::napi_value;

/// Adds the functions to the addon's exports.
pub fn export(env: sys::napi_env, exports: sys::napi_value) -> Result<()> {
    let functions: [(&str, Callback); 13] = [
        ("holdOwner", hold::<0>),
        ("holdCollection", hold::<1>),
        ("holdHandle", hold::<2>),
        ("release", release),
        ("sweep", sweep),
        ("gather", gather),
        ("siteOfKey", site_of_key),
        ("learnKey", learn_key),
        ("learnAwaits", learn_awaits),
        ("scriptIds", script_ids),
        ("scriptName", script_name),
        ("learnTableSize", learn_table_size),
        ("tableSize", table_size),
    ];
    for (name, callback) in functions {
        let mut function = ptr::null_mut();
        // SAFETY: `env` is the calling thread's, the name is as long as said, the callback lives as
        // long as the library; its data is only used while JavaScript runs on this thread.
        check(unsafe {
            sys::napi_create_function(
                env,
                name.as_ptr().cast(),
                name.len() as isize,
                Some(callback),
                isolate::place(),
                &mut function,
            )
        })?;
        let key = std::ffi::CString::new(name).expect("a name without a zero byte");
        // SAFETY: three live values of this environment, and a terminated name.
        check(unsafe { sys::napi_set_named_property(env, exports, key.as_ptr(), function) })?;
    }
    Ok(())
}

/// `holdOwner(object)` and the like: holds an object weakly in a table; returns its index. Each table has a function, and
/// each function knows its isolate: in a service, where none of it is in the cache, every step counts.
unsafe extern "C" fn hold<const TABLE: usize>(
    env: sys::napi_env,
    info: sys::napi_callback_info,
) -> sys::napi_value {
    run(env, || {
        let mut count = 1;
        let mut object = ptr::null_mut();
        let mut place = ptr::null_mut();
        // SAFETY: the current call's `env` and `info`, and places to write to.
        check(unsafe {
            sys::napi_get_cb_info(env, info, &mut count, &mut object, ptr::null_mut(), &mut place)
        })?;
        // SAFETY: `export` has made the function with this thread's place; it is called on no other.
        let isolate = unsafe { &*place.cast::<Place>() };
        let index = isolate::with_table_at(isolate, TABLE, |env, table| {
            // SAFETY: the current call's environment and argument.
            unsafe { table.hold(env, object) }
        })?;
        value(env, index)
    })
}

/// `release(table, index)`: releases an index.
unsafe extern "C" fn release(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    run(env, || {
        let [table, index] = arguments(env, info)?;
        let index = number(env, index)?;
        with_table(number(env, table)?, |env, table| {
            // SAFETY: the current call's environment.
            unsafe { table.release(env, index) };
            Ok(())
        })?;
        Ok(ptr::null_mut())
    })
}

/// `sweep(table, from, limit, dead)`: visits handles; writes the number of dead ones to `dead[0]` and their indexes after
/// it. Stops when `dead`, an Int32Array, is full. Returns the next index, 0 at the end.
unsafe extern "C" fn sweep(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    run(env, || {
        let [table, from, limit, dead] = arguments(env, info)?;
        let (from, limit) = (number(env, from)?, number(env, limit)?);
        // SAFETY: the current call's environment and argument; nothing in this call runs
        // JavaScript or frees the array.
        let dead = unsafe { int32_array(env, dead) }?;
        let Some((count, indexes)) = dead.split_first_mut() else {
            return Err(Error::from_reason("the array for the dead has no room"));
        };
        *count = 0;
        let next = with_table(number(env, table)?, |env, table| {
            let dead = |index: u32| {
                indexes[*count as usize] = index as i32;
                *count += 1;
                (*count as usize) < indexes.len()
            };
            // SAFETY: the current call's environment.
            unsafe { table.sweep(env, from, limit, dead) }
        })?;
        value(env, next)
    })
}

/// `gather(table, from, limit, indexes, objects)`: as `sweep`, for live handles: `indexes[0]` is their number, their indexes
/// follow, and `objects`, an array, gets the objects from 0 on. Dead ones have index -1 - i and leave a hole.
unsafe extern "C" fn gather(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    run(env, || {
        let [table, from, limit, indexes, objects] = arguments(env, info)?;
        let (from, limit) = (number(env, from)?, number(env, limit)?);
        // SAFETY: as in `sweep`; setting an element of a plain array that leakline owns runs no
        // JavaScript.
        let indexes = unsafe { int32_array(env, indexes) }?;
        let Some((count, indexes)) = indexes.split_first_mut() else {
            return Err(Error::from_reason("the array for indexes has no room"));
        };
        *count = 0;
        let next = with_table(number(env, table)?, |env, table| {
            let each = |index: u32, object: sys::napi_value| {
                let at = *count as usize;
                if object.is_null() {
                    indexes[at] = -1 - index as i32;
                } else {
                    indexes[at] = index as i32;
                    // SAFETY: live values of this environment.
                    unsafe { sys::napi_set_element(env, objects, at as u32, object) };
                }
                *count += 1;
                at + 1 < indexes.len()
            };
            // SAFETY: the current call's environment.
            unsafe { table.gather(env, from, limit, each) }
        })?;
        value(env, next)
    })
}

/// `siteOfKey(kind)`: the site of the current stack by its key; 0 when it is unknown.
unsafe extern "C" fn site_of_key(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    run(env, || {
        let [kind] = arguments(env, info)?;
        let kind = number(env, kind)?;
        value(env, stack_keys::find(kind))
    })
}

/// `learnKey(site)`: the stack of the last `siteOfKey` is of this site.
unsafe extern "C" fn learn_key(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    run(env, || {
        let [site] = arguments(env, info)?;
        stack_keys::learn(number(env, site)?);
        Ok(ptr::null_mut())
    })
}

/// `learnAwaits(version, …examples)`: learns to find who awaits a stack, see [`stack_keys::Examples`]. Returns 1, or 0 where
/// that is impossible. V8 must be of that version, major * 100 + minor, and without pointer compression.
unsafe extern "C" fn learn_awaits(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    run(env, || {
        let values: [_; 17] = arguments(env, info)?;
        let version = number(env, values[0])?;
        // SAFETY: arguments of the current call, undefined where missing.
        let at = |index: usize| unsafe { stack_keys::Tagged::behind(values[index].cast()) };
        let examples = stack_keys::Examples {
            undefined: at(1),
            awaited: at(2),
            waits: at(3),
            waiting: at(4),
            chained_on: at(5),
            handler: at(6),
            chained: at(7),
            ended: at(8),
            resolve: at(9),
            resolved: at(10),
            combined: [(at(11), at(12)), (at(13), at(14)), (at(15), at(16))],
        };
        // SAFETY: js/recording/stack-keys.js, the only caller, passes what each field says, and looks how V8 was built.
        value(env, unsafe { stack_keys::learn_awaits(version, &examples) }.into())
    })
}

/// `learnTableSize(version, names, numbers, list, count)`: whether [`table_size`] can answer. What the objects are says
/// [`table_size::Examples`]. V8 must be of that version, major * 100 + minor, and without pointer compression.
unsafe extern "C" fn learn_table_size(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    run(env, || {
        let values: [_; 5] = arguments(env, info)?;
        let (version, count) = (number(env, values[0])?, number(env, values[4])?);
        // SAFETY: arguments of the current call, undefined where missing.
        let at = |index: usize| unsafe { stack_keys::Tagged::behind(values[index].cast()) };
        let examples = table_size::Examples { names: at(1), numbers: at(2), list: at(3), count };
        // SAFETY: js/census/reach/size.js, the only caller, passes what each field says, and looks how V8 was built.
        value(env, unsafe { table_size::learn(version, &examples) }.into())
    })
}

/// `tableSize(object)`: how many entries it has in hash tables, as [`table_size::size`] says it. It lists no keys.
unsafe extern "C" fn table_size(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    run(env, || {
        let [object] = arguments(env, info)?;
        // SAFETY: the argument of the current call, undefined where missing.
        let object = unsafe { stack_keys::Tagged::behind(object.cast()) };
        // SAFETY: as above.
        value(env, unsafe { table_size::size(object) })
    })
}

/// `scriptIds(functions, ids)`: writes the number of each function's script to `ids`, an Int32Array; 0 for what no
/// script made. Returns how many were written, 0 where that cannot be known.
unsafe extern "C" fn script_ids(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    run(env, || {
        let [functions, ids] = arguments(env, info)?;
        // SAFETY: the current call's environment and argument; reading elements of a plain array that leakline owns
        // runs no JavaScript.
        let ids = unsafe { int32_array(env, ids) }?;
        // SAFETY: the current call's environment and argument.
        value(env, unsafe { scripts::script_ids(env, functions, ids) }?)
    })
}

/// `scriptName(function)`: the name of its script; undefined where it has none, null where that cannot be known.
unsafe extern "C" fn script_name(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    run(env, || {
        let [function] = arguments(env, info)?;
        // SAFETY: the current call's environment and argument.
        unsafe { scripts::script_name(env, function) }
    })
}

/// Turns an error into an exception. The shim catches it; it never reaches the user's call.
fn run(env: sys::napi_env, body: impl FnOnce() -> Result<sys::napi_value>) -> sys::napi_value {
    body().unwrap_or_else(|error| {
        let message = std::ffi::CString::new(error.reason.replace('\0', " ")).unwrap_or_default();
        // SAFETY: the current call's environment and a terminated message; a second exception
        // is refused, which is fine.
        unsafe { sys::napi_throw_error(env, ptr::null(), message.as_ptr()) };
        ptr::null_mut()
    })
}

fn arguments<const N: usize>(
    env: sys::napi_env,
    info: sys::napi_callback_info,
) -> Result<[sys::napi_value; N]> {
    let mut count = N;
    let mut values = [ptr::null_mut(); N];
    // SAFETY: the current call's `env` and `info`; `values` has room for `count`, and missing
    // ones are filled with undefined.
    check(unsafe {
        sys::napi_get_cb_info(env, info, &mut count, values.as_mut_ptr(), ptr::null_mut(), ptr::null_mut())
    })?;
    Ok(values)
}

fn number(env: sys::napi_env, value: sys::napi_value) -> Result<u32> {
    let mut number = 0;
    // SAFETY: a live value of the current call; `number` is a place to write to.
    check(unsafe { sys::napi_get_value_uint32(env, value, &mut number) })?;
    Ok(number)
}

fn value(env: sys::napi_env, number: u32) -> Result<sys::napi_value> {
    let mut value = ptr::null_mut();
    // SAFETY: the current call's environment; `value` is a place to write to.
    check(unsafe { sys::napi_create_uint32(env, number, &mut value) })?;
    Ok(value)
}

/// The elements of an Int32Array.
///
/// # Safety
/// - `env` and `array` are the current call's.
/// - Nothing else touches the array while the slice lives.
unsafe fn int32_array<'call>(env: sys::napi_env, array: sys::napi_value) -> Result<&'call mut [i32]> {
    // SAFETY: the caller's promise.
    let (data, len) = unsafe { int32_elements(env, array) }?;
    // SAFETY: an Int32Array's data is aligned to four bytes and `len` elements long; the caller
    // promises that nothing else touches it.
    Ok(unsafe { std::slice::from_raw_parts_mut(data, len) })
}
