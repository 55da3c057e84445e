//! V8's own way to read the addresses of the JavaScript stack: `v8::Isolate::GetStackSample`, part of V8's public
//! embedder interface, found by its symbol in the running program. Where one is missing there are no keys.
#![allow(unsafe_code)]

use std::ffi::{c_int, c_void};
use std::mem::transmute;
use std::ptr;

use once_cell::sync::Lazy;

use super::super::symbols::symbol;

/// `v8::Isolate`, opaque.
pub enum Isolate {}

/// `v8::RegisterState`: where a walk begins. The last field is a `std::unique_ptr`, null.
#[repr(C)]
struct RegisterState {
    pc: *mut c_void,
    sp: *mut c_void,
    fp: *mut c_void,
    lr: *mut c_void,
    callee_saved: *mut c_void,
}

/// `v8::SampleInfo`. Only its first field is read; the rest differs by version and has room to spare.
#[repr(C)]
struct SampleInfo {
    frames_count: usize,
    rest: [usize; 15],
}

type GetCurrent = unsafe extern "C" fn() -> *mut Isolate;
type IsRunningMicrotasks = unsafe extern "C" fn(*mut Isolate) -> bool;
type GetStackSample =
    unsafe extern "C" fn(*mut Isolate, *const RegisterState, *mut usize, usize, *mut SampleInfo);
pub type GcCallback = extern "C" fn(*mut Isolate, c_int, c_int, *mut c_void);
type Observe = unsafe extern "C" fn(*mut Isolate, GcCallback, *mut c_void, c_int);
type Unobserve = unsafe extern "C" fn(*mut Isolate, GcCallback, *mut c_void);

/// `v8::GCType::kGCTypeMarkSweepCompact`.
const MAJOR: c_int = 1 << 2;

struct Functions {
    current: GetCurrent,
    sample: GetStackSample,
    is_running_microtasks: IsRunningMicrotasks,
    observe: Observe,
    unobserve: Unobserve,
}

static FUNCTIONS: Lazy<Option<Functions>> = Lazy::new(find);

fn find() -> Option<Functions> {
    // SAFETY: each symbol's name spells its C++ type, in the ABI that GCC and Clang share; a member
    // function takes its object as the first argument.
    unsafe {
        Some(Functions {
            current: transmute::<*mut c_void, GetCurrent>(symbol(c"_ZN2v87Isolate10GetCurrentEv")?),
            sample: transmute::<*mut c_void, GetStackSample>(symbol(
                c"_ZN2v87Isolate14GetStackSampleERKNS_13RegisterStateEPPvmPNS_10SampleInfoE",
            )?),
            is_running_microtasks: transmute::<*mut c_void, IsRunningMicrotasks>(symbol(
                c"_ZN2v815MicrotasksScope19IsRunningMicrotasksEPNS_7IsolateE",
            )?),
            observe: transmute::<*mut c_void, Observe>(symbol(
                c"_ZN2v87Isolate21AddGCEpilogueCallbackEPFvPS0_NS_6GCTypeENS_15GCCallbackFlagsEPvES4_S2_",
            )?),
            unobserve: transmute::<*mut c_void, Unobserve>(symbol(
                c"_ZN2v87Isolate24RemoveGCEpilogueCallbackEPFvPS0_NS_6GCTypeENS_15GCCallbackFlagsEPvES4_",
            )?),
        })
    }
}

/// The isolate of the thread that made this. It stays on that thread: a pointer is not `Send`.
pub struct Here {
    functions: &'static Functions,
    isolate: *mut Isolate,
}

impl Here {
    /// The calling thread's isolate; `None` where the symbols are missing.
    pub fn new() -> Option<Self> {
        let functions = FUNCTIONS.as_ref()?;
        // SAFETY: a static function that reads the thread's own variable.
        let isolate = unsafe { (functions.current)() };
        (!isolate.is_null()).then_some(Self { functions, isolate })
    }

    /// Writes the addresses of the JavaScript frames that called this thread's native code, innermost first. Returns
    /// how many; none where no JavaScript is running.
    pub fn sample(&self, addresses: &mut [usize]) -> usize {
        let (sp, fp) = registers();
        let state =
            RegisterState { pc: ptr::null_mut(), sp, fp, lr: ptr::null_mut(), callee_saved: ptr::null_mut() };
        let mut info = SampleInfo { frames_count: 0, rest: [0; 15] };
        // SAFETY: the isolate is this thread's, and alive while JavaScript on it can call us. V8 walks from the frame
        // by which it was left to the one by which it was entered, and not at all when it is not entered.
        // `addresses` has as much room as said, `info` has room for every version's struct.
        unsafe {
            (self.functions.sample)(self.isolate, &state, addresses.as_mut_ptr(), addresses.len(), &mut info);
        }
        info.frames_count.min(addresses.len())
    }

    pub fn isolate(&self) -> *const u8 {
        self.isolate.cast()
    }

    /// Whether what runs was called by a microtask of the isolate's queue.
    pub fn is_in_microtask(&self) -> bool {
        // SAFETY: the isolate is this thread's; the function reads a flag.
        unsafe { (self.functions.is_running_microtasks)(self.isolate) }
    }

    /// Calls `callback` after each major garbage collection, until [`Here::unobserve`]. It may run at any allocation.
    pub fn observe(&self, callback: GcCallback) {
        // SAFETY: the isolate is this thread's; the callback lives as long as the library, which is never unloaded.
        unsafe { (self.functions.observe)(self.isolate, callback, ptr::null_mut(), MAJOR) }
    }

    /// Ends [`Here::observe`].
    pub fn unobserve(&self, callback: GcCallback) {
        // SAFETY: the isolate is this thread's; V8 looks for the pair of callback and data.
        unsafe { (self.functions.unobserve)(self.isolate, callback, ptr::null_mut()) }
    }
}

/// Stack and frame pointer.
#[inline(always)]
fn registers() -> (*mut c_void, *mut c_void) {
    let (sp, fp): (*mut c_void, *mut c_void);
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    {
        (sp, fp) = (ptr::null_mut(), ptr::null_mut());
    }
    #[cfg(target_arch = "x86_64")]
    // SAFETY: reads two registers.
    unsafe {
        std::arch::asm!("mov {}, rsp", "mov {}, rbp", out(reg) sp, out(reg) fp, options(nomem, nostack, preserves_flags));
    }
    #[cfg(target_arch = "aarch64")]
    // SAFETY: reads two registers.
    unsafe {
        std::arch::asm!("mov {}, sp", "mov {}, x29", out(reg) sp, out(reg) fp, options(nomem, nostack, preserves_flags));
    }
    (sp, fp)
}
