//! V8's phantom handles: the functions behind `v8::Global` and its `SetWeak()` in V8's public headers, found by their
//! symbols in the running program.
#![allow(unsafe_code)]

use std::ffi::{CStr, c_char, c_void};
use std::mem::transmute;

use once_cell::sync::Lazy;

use super::super::symbols::symbol;

/// Versions of V8 that this is tested with: Node 20, 22, 24, 26.
const TESTED: [&str; 4] = ["11.3.", "12.4.", "13.6.", "14.6."];

/// `v8::Isolate`, opaque.
enum Isolate {}

/// The address of an object, which V8 updates until the handle is disposed of.
pub type Slot = *mut usize;

type GetVersion = unsafe extern "C" fn() -> *const c_char;
type GetCurrent = unsafe extern "C" fn() -> *mut Isolate;
type Globalize = unsafe extern "C" fn(*mut Isolate, usize) -> Slot;
/// The one of V8 11, which takes the place of the address.
type GlobalizeAt = unsafe extern "C" fn(*mut Isolate, *const usize) -> Slot;
type Copy = unsafe extern "C" fn(Slot) -> Slot;
type MakeWeak = unsafe extern "C" fn(*mut Slot);
type Dispose = unsafe extern "C" fn(Slot);

enum Make {
    Of(Globalize),
    At(GlobalizeAt),
}

struct Functions {
    current: GetCurrent,
    make: Make,
    copy: Copy,
    make_weak: MakeWeak,
    dispose: Dispose,
}

static FUNCTIONS: Lazy<Option<Functions>> = Lazy::new(find);

fn find() -> Option<Functions> {
    // SAFETY: each symbol's name spells its C++ type, in the ABI that GCC and Clang share.
    unsafe {
        let version = transmute::<*mut c_void, GetVersion>(symbol(c"_ZN2v82V810GetVersionEv")?);
        let version = CStr::from_ptr(version()).to_str().ok()?;
        if !TESTED.iter().any(|tested| version.starts_with(tested)) {
            return None;
        }
        let of = symbol(c"_ZN2v812api_internal18GlobalizeReferenceEPNS_8internal7IsolateEm");
        let at = symbol(c"_ZN2v812api_internal18GlobalizeReferenceEPNS_8internal7IsolateEPm");
        let make = match (of, at) {
            (Some(of), _) => Make::Of(transmute::<*mut c_void, Globalize>(of)),
            (None, Some(at)) => Make::At(transmute::<*mut c_void, GlobalizeAt>(at)),
            (None, None) => return None,
        };
        Some(Functions {
            current: transmute::<*mut c_void, GetCurrent>(symbol(c"_ZN2v87Isolate10GetCurrentEv")?),
            make,
            copy: transmute::<*mut c_void, Copy>(symbol(c"_ZN2v812api_internal19CopyGlobalReferenceEPm")?),
            make_weak: transmute::<*mut c_void, MakeWeak>(symbol(c"_ZN2v812api_internal8MakeWeakEPPm")?),
            dispose: transmute::<*mut c_void, Dispose>(symbol(c"_ZN2v812api_internal13DisposeGlobalEPm")?),
        })
    }
}

/// The isolate of the thread that made this. It stays on that thread: a pointer is not `Send`.
pub struct Here {
    functions: &'static Functions,
    isolate: *mut Isolate,
}

impl Here {
    /// The calling thread's isolate; `None` where V8 lacks the functions, or its version is not tested.
    pub fn new() -> Option<Self> {
        let functions = FUNCTIONS.as_ref()?;
        // SAFETY: a static function that reads the thread's own variable.
        let isolate = unsafe { (functions.current)() };
        (!isolate.is_null()).then_some(Self { functions, isolate })
    }

    /// A strong handle of the object at an address that V8 knows.
    ///
    /// # Safety
    /// The calling thread's isolate is alive; `address` was read from a live handle of it, and no JavaScript nor V8
    /// function has run since.
    #[inline]
    pub unsafe fn hold(&self, address: usize) -> Slot {
        // SAFETY: the caller's promise.
        unsafe {
            match self.functions.make {
                Make::Of(make) => make(self.isolate, address),
                Make::At(make) => make(self.isolate, &address),
            }
        }
    }

    /// Another strong handle of what a handle holds.
    ///
    /// # Safety
    /// `slot` is a handle's of the calling thread's isolate, neither disposed of nor cleared.
    #[inline]
    pub unsafe fn copy(&self, slot: Slot) -> Slot {
        // SAFETY: the caller's promise.
        unsafe { (self.functions.copy)(slot) }
    }

    /// Makes the handle in a cell weak: when its object dies V8 writes null to the cell, disposes of the handle, and
    /// calls nobody.
    ///
    /// # Safety
    /// `cell` has a strong handle of the calling thread's isolate. It stays where it is, and nobody else writes to it,
    /// until the handle is disposed of.
    #[inline]
    pub unsafe fn make_weak(&self, cell: *mut Slot) {
        // SAFETY: the caller's promise.
        unsafe { (self.functions.make_weak)(cell) }
    }

    /// Disposes of a handle. V8 does not write to its cell any more.
    ///
    /// # Safety
    /// As [`Here::copy`].
    #[inline]
    pub unsafe fn dispose(&self, slot: Slot) {
        // SAFETY: the caller's promise.
        unsafe { (self.functions.dispose)(slot) }
    }
}
