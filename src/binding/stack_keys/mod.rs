//! Stack keys: the site of a JavaScript stack that was captured before, without capturing it again.
//!
//! | file | what it is |
//! | --- | --- |
//! | [`mod@self`] | one isolate's keys |
//! | `awaits` | who awaits a stack |
//! | `heap` | the layout of V8's objects that `awaits` needs |
//! | `walk` | the addresses of a stack, faster than V8 reads them |
//! | `v8` | the functions of V8 that keys need |

mod awaits;
mod heap;
mod v8;
mod walk;

use std::cell::{Cell, RefCell};
use std::ffi::{c_int, c_void};

use crate::stacks::keys::{Key, Keys};
use awaits::Awaits;
pub use awaits::Examples;
pub use heap::Tagged;
use v8::{Here, Isolate};
use walk::{Lessons, Walk};

/// The most addresses.
const MAX_ADDRESSES: usize = 192;

thread_local! {
    static STATE: RefCell<Option<State>> = const { RefCell::new(None) };
    /// Set by V8 during any allocation, so it is not in the state.
    static STALE: Cell<bool> = const { Cell::new(false) };
}

struct State {
    here: Here,
    /// `None` where leakline cannot find who awaits: then stacks in microtasks are captured.
    awaits: Option<Awaits>,
    /// `None` where V8 reads the addresses.
    walk: Option<Walk>,
    lessons: Option<Lessons>,
    keys: Keys,
    /// Addresses that are read.
    depth: usize,
    /// The stack of the last [`find`]; `None` when it must not be learnt.
    last: Option<Key>,
}

impl State {
    fn sample<'a>(&self, room: &'a mut [usize; MAX_ADDRESSES]) -> &'a [usize] {
        let room = &mut room[..self.depth];
        let count = self.here.sample(room);
        &room[..count]
    }

    /// The key of the current stack; `None` when it cannot be read.
    fn key(&self, kind: u32) -> Option<Key> {
        if let Some(walk) = &self.walk {
            let mut key = Key::new(kind, &[]);
            if walk.addresses(self.depth, |address| key = key.and(address)) {
                return Some(key);
            }
        }
        let mut room = [0; MAX_ADDRESSES];
        let addresses = self.sample(&mut room);
        (!addresses.is_empty()).then(|| Key::new(kind, addresses))
    }
}

/// Whether the heap of this version of V8 was looked into: major * 100 + minor.
pub fn is_known(version: u32) -> bool {
    heap::LAYOUTS.iter().any(|layout| layout.version == version)
}

/// Begins to keep keys of stacks of up to `addresses` physical frames. False where V8 lacks the functions.
pub fn begin(addresses: usize) -> bool {
    end();
    let Some(here) = Here::new() else { return false };
    here.observe(collected);
    STALE.set(false);
    let depth = addresses.min(MAX_ADDRESSES);
    STATE.set(Some(State {
        here,
        awaits: None,
        walk: None,
        lessons: None,
        keys: Keys::default(),
        depth,
        last: None,
    }));
    true
}

/// Learns by examples to find who awaits a stack. False where that is impossible with this V8.
///
/// # Safety
/// - V8 is of `version`, major * 100 + minor, and built without pointer compression.
/// - The examples are what their fields say.
#[allow(unsafe_code)]
pub unsafe fn learn_awaits(version: u32, examples: &Examples) -> bool {
    STATE.with_borrow_mut(|state| {
        let Some(state) = state else { return false };
        // SAFETY: the state's isolate is this thread's, on which JavaScript has called; the rest is the caller's promise.
        state.awaits = unsafe { Awaits::learn(state.here.isolate(), version, examples) };
        state.awaits.is_some()
    })
}

/// Drops all keys.
pub fn end() {
    if let Some(state) = STATE.take() {
        state.here.unobserve(collected);
    }
}

/// The site of the current stack; 0 when it is not known, or has to be captured each time.
pub fn find(kind: u32) -> u32 {
    STATE.with_borrow_mut(|state| {
        let Some(state) = state else { return 0 };
        let key = state.key(kind);
        if STALE.replace(false) {
            state.keys.forget();
        }
        // Below a microtask the stack continues with the functions that await it, which have no addresses.
        state.last = key.and_then(|key| match &state.awaits {
            Some(awaits) => awaits.extend(key),
            None => (!state.here.is_in_microtask()).then_some(key),
        });
        state.last.and_then(|key| state.keys.get(key)).unwrap_or(0)
    })
}

/// What can be known of the current stack without V8's heap, at any call from V8.
pub enum Current {
    /// It has this key.
    Key(Key),
    /// There is one, and no keys are kept.
    Unknown,
    /// JavaScript does not run.
    NoJavaScript,
}

/// The current stack, as keys of `kind` know it. Who awaits it is not in it.
pub fn current(kind: u32) -> Current {
    let key = STATE.with(|state| match state.try_borrow() {
        Ok(state) => state.as_ref().map(|state| state.key(kind)),
        Err(_) => None,
    });
    match key {
        Some(Some(key)) => Current::Key(key),
        Some(None) => Current::NoJavaScript,
        None if Here::new().is_some_and(|here| here.sample(&mut [0]) > 0) => Current::Unknown,
        None => Current::NoJavaScript,
    }
}

/// The stack of the last [`find`] is of this site.
pub fn learn(site: u32) {
    STATE.with_borrow_mut(|state| {
        let Some(state) = state else { return };
        // Code may have been collected between the lookup and the capture.
        if let Some(key) = state.last.take().filter(|_| !STALE.get()) {
            state.keys.learn(key, site);
        }
    });
}

/// Learns to walk stacks from the current one, which V8 reads. Call it on several different ones.
pub fn learn_walk() {
    STATE.with_borrow_mut(|state| {
        let Some(state) = state else { return };
        if state.lessons.is_none() {
            state.lessons = Lessons::new(state.here.isolate());
        }
        let mut room = [0; MAX_ADDRESSES];
        let found = state.here.sample(&mut room);
        if let Some(lessons) = state.lessons.as_mut().filter(|_| found < MAX_ADDRESSES) {
            lessons.learn(&room[..found]);
        }
    });
}

/// Walks stacks from now on, if the lessons are certain; `None` when V8 itself is unreliable: with a profiler's copies of
/// its interpreter it stops in the middle of a stack.
pub fn begin_walk() -> Option<bool> {
    STATE.with_borrow_mut(|state| {
        let Some(lessons) = state.as_mut().and_then(|state| state.lessons.take()) else { return Some(false) };
        if lessons.are_contradicted() {
            Lessons::forget();
            return None;
        }
        let walk = lessons.result();
        let is_certain = walk.is_some();
        if let Some(state) = state {
            state.walk = walk;
        }
        Some(is_certain)
    })
}

/// How many physical frames the current stack has, and its key as a number.
pub fn probe() -> (u32, u64) {
    STATE.with_borrow(|state| {
        let Some(state) = state else { return (0, 0) };
        let mut room = [0; MAX_ADDRESSES];
        let addresses = state.sample(&mut room);
        (addresses.len() as u32, Key::new(0, addresses).number())
    })
}

extern "C" fn collected(_: *mut Isolate, _: c_int, _: c_int, _: *mut c_void) {
    STALE.set(true);
}
