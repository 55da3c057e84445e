//! V8's heap, as far as [`super::awaits`] reads it: where things lie in its objects, by version.
#![allow(unsafe_code)]

/// Offsets in bytes, without pointer compression. Those that are the same in each version are constants below.
pub struct Layout {
    /// V8's version, major * 100 + minor.
    pub version: u32,
    /// In the isolate: the microtask that runs.
    pub microtask: usize,
    /// In a `PromiseReactionJobTask`: what it calls. Behind it lies the promise that this settles.
    pub task_handler: usize,
    /// In a `PromiseReaction`: the next one. Behind it lie both handlers and the promise that they settle.
    pub reaction_next: usize,
    /// In a `JSFunction`: what closures of the same code share. Behind it lies the context.
    pub shared: usize,
    /// In a `SharedFunctionInfo`: the number of a function of V8's own, a Smi.
    pub builtin: usize,
    /// In a `SharedFunctionInfo`: what is zero unless the function is the program's and compiled. 0 for none.
    pub bytecode: usize,
}

pub const LAYOUTS: [Layout; 4] = [
    Layout {
        version: 1103,
        microtask: 7008,
        task_handler: 24,
        reaction_next: 8,
        shared: 24,
        builtin: 8,
        bytecode: 0,
    },
    Layout {
        version: 1204,
        microtask: 7344,
        task_handler: 32,
        reaction_next: 16,
        shared: 32,
        builtin: 8,
        bytecode: 0,
    },
    Layout {
        version: 1306,
        microtask: 9600,
        task_handler: 32,
        reaction_next: 16,
        shared: 32,
        builtin: 16,
        bytecode: 8,
    },
    Layout {
        version: 1406,
        microtask: 9792,
        task_handler: 32,
        reaction_next: 16,
        shared: 32,
        builtin: 16,
        bytecode: 8,
    },
];

pub const WORD: usize = 8;
pub const INSTANCE_TYPE: usize = 12;
/// In a context, its third slot: the generator of an `await`, the promise of a resolving function.
pub const CONTEXT_SUBJECT: usize = 32;
/// In the context of a closure of `Promise.all` and the like: the capability of their promise.
pub const CONTEXT_CAPABILITY: usize = 40;
/// In a `PromiseCapability`.
pub const CAPABILITY_PROMISE: usize = 8;
/// In a `JSFunction` of `Promise.all` and the like: which of the promises it is for, a Smi.
pub const FUNCTION_HASH: usize = 8;
pub const PROMISE_REACTIONS: usize = 24;
pub const PROMISE_FLAGS: usize = 32;
pub const GENERATOR_FUNCTION: usize = 24;
pub const GENERATOR_POSITION: usize = 48;
pub const GENERATOR_CONTINUATION: usize = 64;
pub const GENERATOR_PROMISE: usize = 80;
/// The continuation of a generator that runs: the Smi -2.
pub const RUNNING: usize = (-2i64 as usize) << 32;

impl Layout {
    pub fn rejected(&self) -> usize {
        self.reaction_next + WORD
    }

    pub fn fulfilled(&self) -> usize {
        self.reaction_next + 2 * WORD
    }

    pub fn settled(&self) -> usize {
        self.reaction_next + 3 * WORD
    }

    pub fn context(&self) -> usize {
        self.shared + WORD
    }
}

/// A value of V8's: an integer, or the address of an object.
#[derive(Clone, Copy, PartialEq)]
pub struct Tagged(pub usize);

impl Tagged {
    /// The value behind a handle.
    ///
    /// # Safety
    /// `handle` is a live `napi_value` of the current call.
    pub unsafe fn behind(handle: *const std::ffi::c_void) -> Self {
        // SAFETY: in Node a napi_value is a v8::Local, which points to the place where V8 keeps the value.
        unsafe { handle.cast::<Self>().read() }
    }

    /// A small integer has its value in the upper half.
    pub fn is_smi(self) -> bool {
        self.0 as u32 == 0
    }

    /// Its value, of a small integer that is not negative.
    pub fn smi(self) -> Option<u32> {
        if self.is_smi() { u32::try_from((self.0 as i64) >> 32).ok() } else { None }
    }

    pub fn is_object(self) -> bool {
        self.0 & 3 == 1
    }

    pub fn at(self, offset: usize) -> Self {
        debug_assert!(self.is_object() && offset.is_multiple_of(WORD));
        // SAFETY: the value is of an object that is alive, as something alive refers to it and nothing collects or
        // moves while this runs; its type was checked, so that the offset is within it.
        unsafe { ((self.0 - 1 + offset) as *const Self).read() }
    }

    /// What lies there, when it is an object.
    pub fn object(self, offset: usize) -> Option<Self> {
        let value = self.at(offset);
        value.is_object().then_some(value)
    }

    pub fn instance_type(self) -> u16 {
        let map = self.at(0).0 - 1;
        // SAFETY: each object begins with its map, which has its type there.
        unsafe { ((map + INSTANCE_TYPE) as *const u16).read() }
    }
}
