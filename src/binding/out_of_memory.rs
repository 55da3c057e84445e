//! V8's "heap out of memory": the last words of a process, for its flight file.
//!
//! V8 calls one handler per isolate before it aborts, and Node has set its own: ours writes what V8 says, and then calls
//! Node's, so that whatever Node does there (`--report-on-fatalerror`, the message, the abort) is done. The callback for
//! a heap near its limit is left to Node: V8 calls only the last one, and Node needs it for workers and for
//! `--heapsnapshot-near-heap-limit`.
#![allow(unsafe_code)]

use std::cell::Cell;
use std::ffi::{CStr, c_char, c_void};
use std::mem::transmute;

use once_cell::sync::Lazy;

use super::symbols::symbol;
use crate::collector::recorder;
use crate::flight::Cause;

/// What V8 says besides the place: `v8::OOMDetails`, as far as it is needed.
#[repr(C)]
struct Details {
    is_heap_oom: bool,
    detail: *const c_char,
}

type Handler = unsafe extern "C" fn(location: *const c_char, details: *const Details);
type GetCurrent = unsafe extern "C" fn() -> *mut c_void;
type SetHandler = unsafe extern "C" fn(isolate: *mut c_void, handler: Handler);

struct Functions {
    get_current: GetCurrent,
    set_handler: SetHandler,
    nodes_own: Handler,
}

static FUNCTIONS: Lazy<Option<Functions>> = Lazy::new(|| {
    let get_current = symbol(c"_ZN2v87Isolate10GetCurrentEv")?;
    let set_handler = symbol(c"_ZN2v87Isolate18SetOOMErrorHandlerEPFvPKcRKNS_10OOMDetailsEE")?;
    let nodes_own = symbol(c"_ZN4node15OOMErrorHandlerEPKcRKN2v810OOMDetailsE")?;
    // SAFETY: the mangled names say the parameters, which are these; references and pointers are passed alike, and
    // `this` is the first of a method's.
    unsafe {
        Some(Functions {
            get_current: transmute::<*mut c_void, GetCurrent>(get_current),
            set_handler: transmute::<*mut c_void, SetHandler>(set_handler),
            nodes_own: transmute::<*mut c_void, Handler>(nodes_own),
        })
    }
});

thread_local! {
    /// The worker thread that is watched; 0 for the main one.
    static THREAD: Cell<u32> = const { Cell::new(0) };
}

/// Watches the calling thread's isolate; of a worker, where the process has a flight file. Node ends most workers that run
/// out of memory alone, and V8 does not come here then. False where V8 or Node lacks the functions for it.
pub fn watch(thread: u32) -> bool {
    THREAD.set(thread);
    (thread > 0 && !recorder::is_on()) || set(last_words)
}

/// Puts Node's own handler back.
pub fn unwatch() {
    if let Some(functions) = &*FUNCTIONS {
        set(functions.nodes_own);
    }
}

fn set(handler: Handler) -> bool {
    let Some(Functions { get_current, set_handler, .. }) = &*FUNCTIONS else { return false };
    // SAFETY: called on an isolate's thread, so that there is a current one; the handler is never unloaded.
    unsafe {
        let isolate = get_current();
        if isolate.is_null() {
            return false;
        }
        set_handler(isolate, handler);
    }
    true
}

/// The heap is full: nothing here may touch JavaScript. Memory of our own is no part of it.
unsafe extern "C" fn last_words(location: *const c_char, details: *const Details) {
    let text = |words: *const c_char| {
        // SAFETY: V8 passes terminated texts, or none.
        (!words.is_null()).then(|| unsafe { CStr::from_ptr(words) }.to_string_lossy())
    };
    // SAFETY: V8 passes a reference to its details.
    let detail = unsafe { details.as_ref() }.and_then(|details| text(details.detail));
    let thread = THREAD.get();
    let worker = (thread > 0).then(|| format!("in worker thread {thread}").into());
    let parts: Vec<_> = [worker, text(location), detail].into_iter().flatten().collect();
    recorder::end(Cause::HeapOutOfMemory, 0, &parts.join(": "));
    if let Some(functions) = &*FUNCTIONS {
        // SAFETY: as V8 would have called it.
        unsafe { (functions.nodes_own)(location, details) };
    }
}
