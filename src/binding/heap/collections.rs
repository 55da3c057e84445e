//! V8's garbage collections, as its own callbacks before and after each report them: how many, how long the isolate stood,
//! and how much of the heap is in use right after a major one.
#![allow(unsafe_code)]

use std::cell::Cell;
use std::ffi::{c_int, c_void};
use std::mem::transmute;
use std::ptr;
use std::time::{Duration, Instant};

use once_cell::sync::Lazy;

use super::super::symbols::symbol;
use crate::values::memory::Pauses;

/// `v8::Isolate`, opaque.
enum Isolate {}

type GetCurrent = unsafe extern "C" fn() -> *mut Isolate;
type Callback = extern "C" fn(*mut Isolate, c_int, c_int, *mut c_void);
type Observe = unsafe extern "C" fn(*mut Isolate, Callback, *mut c_void, c_int);
type Unobserve = unsafe extern "C" fn(*mut Isolate, Callback, *mut c_void);
type GetStatistics = unsafe extern "C" fn(*mut Isolate, *mut Statistics);
type Notify = unsafe extern "C" fn(*mut Isolate, c_int);

/// `v8::GCType`: what collects the young generation, …
const SCAVENGE: c_int = 1 << 0;
/// … what marks in it, …
const MINOR: c_int = 1 << 1;
/// … and what collects all.
const MAJOR: c_int = 1 << 2;
/// The beginning of marking in steps, before that.
const MARKING: c_int = 1 << 3;

/// `v8::MemoryPressureLevel`.
const NONE: c_int = 0;
const MODERATE: c_int = 1;

/// `v8::HeapStatistics`, as far as it is read; the rest differs by version and has room to spare.
#[repr(C)]
struct Statistics {
    before: [usize; 4],
    used: usize,
    limit: usize,
    rest: [usize; 26],
}

struct Functions {
    current: GetCurrent,
    before: Observe,
    not_before: Unobserve,
    after: Observe,
    not_after: Unobserve,
    statistics: GetStatistics,
    notify: Notify,
}

static FUNCTIONS: Lazy<Option<Functions>> = Lazy::new(|| {
    // SAFETY: each symbol's name spells its C++ type, in the ABI that GCC and Clang share; a member function takes its
    // object as the first argument, and an enumeration is an int.
    unsafe {
        Some(Functions {
            current: transmute::<*mut c_void, GetCurrent>(symbol(c"_ZN2v87Isolate10GetCurrentEv")?),
            before: transmute::<*mut c_void, Observe>(symbol(
                c"_ZN2v87Isolate21AddGCPrologueCallbackEPFvPS0_NS_6GCTypeENS_15GCCallbackFlagsEPvES4_S2_",
            )?),
            not_before: transmute::<*mut c_void, Unobserve>(symbol(
                c"_ZN2v87Isolate24RemoveGCPrologueCallbackEPFvPS0_NS_6GCTypeENS_15GCCallbackFlagsEPvES4_",
            )?),
            after: transmute::<*mut c_void, Observe>(symbol(
                c"_ZN2v87Isolate21AddGCEpilogueCallbackEPFvPS0_NS_6GCTypeENS_15GCCallbackFlagsEPvES4_S2_",
            )?),
            not_after: transmute::<*mut c_void, Unobserve>(symbol(
                c"_ZN2v87Isolate24RemoveGCEpilogueCallbackEPFvPS0_NS_6GCTypeENS_15GCCallbackFlagsEPvES4_",
            )?),
            statistics: transmute::<*mut c_void, GetStatistics>(symbol(
                c"_ZN2v87Isolate17GetHeapStatisticsEPNS_14HeapStatisticsE",
            )?),
            notify: transmute::<*mut c_void, Notify>(symbol(
                c"_ZN2v87Isolate26MemoryPressureNotificationENS_19MemoryPressureLevelE",
            )?),
        })
    }
});

/// What was seen of one isolate's collections.
#[derive(Clone, Copy)]
struct Seen {
    is_watching: bool,
    /// Whether V8's statistics have the layout that is read.
    are_statistics_known: bool,
    begun: Option<Instant>,
    majors: u32,
    last_major: Option<Instant>,
    /// When marking in steps began, until it has ended.
    marking: Option<Instant>,
    asked: Answer,
    used: u64,
    /// Since they were last taken.
    pauses: Pauses,
}

/// What became of a collection that was asked for.
#[derive(Clone, Copy)]
enum Answer {
    /// Made, or not asked for.
    Made,
    /// Asked for then.
    Awaited(Instant),
    /// Asked for then, while V8 was marking already: that one has ended.
    Missed(Instant),
}

thread_local! {
    /// Copied in and out: V8 calls at any allocation.
    static SEEN: Cell<Seen> = const { Cell::new(UNSEEN) };
}

const UNSEEN: Seen = Seen {
    is_watching: false,
    are_statistics_known: false,
    begun: None,
    majors: 0,
    last_major: None,
    marking: None,
    asked: Answer::Made,
    used: 0,
    pauses: Pauses { minor: 0, major: 0, total_ms: 0.0, longest_ms: 0.0 },
};

/// Begins to watch this thread's isolate, whose heap may grow to `limit` bytes as Node says it. False where V8 lacks the
/// functions.
pub fn begin(limit: u64) -> bool {
    end();
    let (Some(functions), Some(isolate)) = (&*FUNCTIONS, isolate()) else { return false };
    let are_statistics_known = statistics(isolate).is_some_and(|found| found.limit as u64 == limit);
    SEEN.set(Seen { is_watching: true, are_statistics_known, ..UNSEEN });
    // SAFETY: the isolate is this thread's; the callbacks live as long as the library, which is never unloaded.
    unsafe {
        (functions.before)(isolate, begins, ptr::null_mut(), SCAVENGE | MINOR | MAJOR);
        (functions.after)(isolate, ends, ptr::null_mut(), SCAVENGE | MINOR | MAJOR);
        (functions.before)(isolate, marks, ptr::null_mut(), MARKING);
    }
    true
}

/// Ends [`begin`].
pub fn end() {
    if !SEEN.replace(UNSEEN).is_watching {
        return;
    }
    if let (Some(functions), Some(isolate)) = (&*FUNCTIONS, isolate()) {
        // SAFETY: the isolate is this thread's; V8 looks for the pair of callback and data.
        unsafe {
            (functions.not_before)(isolate, begins, ptr::null_mut());
            (functions.not_after)(isolate, ends, ptr::null_mut());
            (functions.not_before)(isolate, marks, ptr::null_mut());
        }
    }
}

/// Major collections so far, and when the last one ended.
pub fn majors() -> (u32, Option<Instant>) {
    let Seen { majors, last_major, .. } = SEEN.get();
    (majors, last_major)
}

/// Whether one runs on this thread.
pub fn is_collecting() -> bool {
    SEEN.get().begun.is_some()
}

/// Bytes of the heap that were in use right after the last major collection; 0 where that is not known.
pub fn used() -> u64 {
    SEEN.get().used
}

/// What collections took since the last call.
pub fn take_pauses() -> Pauses {
    let seen = SEEN.get();
    SEEN.set(Seen { pauses: Pauses::default(), ..seen });
    seen.pauses
}

/// Asks V8 for a major collection as it makes them by itself: it marks beside the program, and stops it for the end only.
/// False where it cannot be asked.
pub fn request() -> bool {
    let (Some(functions), Some(isolate)) = (&*FUNCTIONS, isolate()) else { return false };
    // SAFETY: called on the isolate's thread, outside of a collection. V8 begins to mark at the first; the second says that
    // memory is not short, so that nothing else changes.
    unsafe {
        (functions.notify)(isolate, MODERATE);
        (functions.notify)(isolate, NONE);
    }
    true
}

/// The same, to be asked about: see [`is_answered`].
pub fn ask() -> bool {
    SEEN.set(Seen { asked: Answer::Awaited(Instant::now()), ..SEEN.get() });
    request()
}

/// Whether the collection that was asked for last is made: one that began to mark after it was asked for.
pub fn is_answered() -> bool {
    let seen = SEEN.get();
    if let Answer::Missed(asked) = seen.asked {
        SEEN.set(Seen { asked: Answer::Awaited(asked), ..seen });
        request();
    }
    matches!(seen.asked, Answer::Made)
}

fn isolate() -> Option<*mut Isolate> {
    // SAFETY: a static function that reads the thread's own variable.
    let isolate = unsafe { (FUNCTIONS.as_ref()?.current)() };
    (!isolate.is_null()).then_some(isolate)
}

fn statistics(isolate: *mut Isolate) -> Option<Statistics> {
    let mut found = Statistics { before: [0; 4], used: 0, limit: 0, rest: [0; 26] };
    // SAFETY: the isolate is this thread's; there is room for the struct of each version, which is twice as large as any.
    unsafe { (FUNCTIONS.as_ref()?.statistics)(isolate, &mut found) };
    Some(found)
}

/// Nothing here may touch JavaScript, or allocate in V8's heap.
extern "C" fn begins(_: *mut Isolate, _: c_int, _: c_int, _: *mut c_void) {
    let seen = SEEN.get();
    SEEN.set(Seen { begun: Some(Instant::now()), ..seen });
}

extern "C" fn marks(_: *mut Isolate, _: c_int, _: c_int, _: *mut c_void) {
    SEEN.set(Seen { marking: Some(Instant::now()), ..SEEN.get() });
}

extern "C" fn ends(isolate: *mut Isolate, kind: c_int, _: c_int, _: *mut c_void) {
    let now = Instant::now();
    let mut seen = SEEN.get();
    let Some(begun) = seen.begun.take() else { return };
    let took_ms = now.saturating_duration_since(begun).as_secs_f64() * 1_000.0;
    seen.pauses.total_ms += took_ms;
    seen.pauses.longest_ms = seen.pauses.longest_ms.max(took_ms);
    if kind & MAJOR == 0 {
        seen.pauses.minor += 1;
    } else {
        seen.pauses.major += 1;
        seen.majors = seen.majors.wrapping_add(1);
        seen.last_major = Some(now);
        let marked = seen.marking.take().unwrap_or(begun);
        seen.asked = match seen.asked {
            Answer::Awaited(asked) | Answer::Missed(asked) if marked < asked => Answer::Missed(asked),
            _ => Answer::Made,
        };
        if seen.are_statistics_known {
            seen.used = statistics(isolate).map_or(0, |found| found.used as u64);
        }
    }
    SEEN.set(seen);
}

/// How long ago something was, in ms.
pub fn ago_ms(then: Instant) -> u64 {
    Duration::as_millis(&then.elapsed()) as u64
}
