//! Keys of stacks, as JavaScript asks for them.

use napi_derive::napi;

use super::stack_keys;

/// Begins to keep keys of stacks of up to `addresses` physical frames. False where V8 lacks the functions.
#[napi]
pub fn begin_keys(addresses: u32) -> bool {
    stack_keys::begin(addresses as usize)
}

/// Drops all keys.
#[napi]
pub fn end_keys() {
    stack_keys::end();
}

/// Learns to walk stacks from the current one. Call it on several different ones.
#[napi]
pub fn learn_walk() {
    stack_keys::learn_walk();
}

/// Walks stacks from now on, if the lessons are certain. False where V8 still reads the addresses, null where V8 is
/// unreliable.
#[napi]
pub fn begin_walk() -> Option<bool> {
    stack_keys::begin_walk()
}

/// The current stack: how many physical frames, and its key, which is rounded.
#[napi]
pub fn probe_key() -> Vec<f64> {
    let (frames, key) = stack_keys::probe();
    vec![f64::from(frames), key as f64]
}
