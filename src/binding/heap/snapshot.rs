//! A heap snapshot of the calling isolate: `v8::HeapProfiler::TakeHeapSnapshot`, handed on in parts as V8 writes it, so that it is
//! nowhere in memory as a whole and in no file. Afterwards V8 is as it was before: it would go on to number objects.
#![allow(unsafe_code)]

use std::ffi::{c_char, c_int, c_void};
use std::mem::transmute;

use napi::sys;
use once_cell::sync::Lazy;

use super::super::symbols::symbol;

/// `v8::Isolate`, `v8::HeapProfiler` and `v8::HeapSnapshot`, opaque.
enum Isolate {}
enum HeapProfiler {}
enum HeapSnapshot {}

/// `v8::HeapProfiler::HeapSnapshotOptions`, which only grew: two pointers to callbacks and three enumerations. All zeros are its
/// defaults: no callbacks, nothing internal, no numbers, and pointers may lie on the stack.
#[repr(C)]
struct Options([usize; 8]);

type GetCurrent = unsafe extern "C" fn() -> *mut Isolate;
type GetProfiler = unsafe extern "C" fn(*mut Isolate) -> *mut HeapProfiler;
type Take = unsafe extern "C" fn(*mut HeapProfiler, *const Options) -> *const HeapSnapshot;
type Count = unsafe extern "C" fn(*mut HeapProfiler) -> c_int;
type Clear = unsafe extern "C" fn(*mut HeapProfiler);
type ObjectId = unsafe extern "C" fn(*mut HeapProfiler, sys::napi_value) -> u32;
type Serialize = unsafe extern "C" fn(*const HeapSnapshot, *mut Stream<'_>, c_int);
type Delete = unsafe extern "C" fn(*mut HeapSnapshot);
type GetStats = unsafe extern "C" fn(*mut HeapProfiler, *mut Stream<'_>, *mut i64) -> u32;

/// `v8::HeapSnapshot::kJSON`.
const JSON: c_int = 0;
/// `v8::OutputStream::WriteResult`.
const CONTINUE: c_int = 0;
const ABORT: c_int = 1;
/// Bytes that V8 writes at once: what the parser reads at once.
const CHUNK: c_int = 256 * 1024;

struct Functions {
    current: GetCurrent,
    profiler: GetProfiler,
    take: Take,
    count: Count,
    clear: Clear,
    object_id: ObjectId,
    serialize: Serialize,
    delete: Delete,
    stats: Option<GetStats>,
}

static FUNCTIONS: Lazy<Option<Functions>> = Lazy::new(|| {
    // SAFETY: each symbol's name spells its C++ type, in the ABI that GCC and Clang share; a member function takes its
    // object as the first argument, a reference is a pointer, an enumeration an int, and a local handle a pointer, as a
    // Node-API value is.
    unsafe {
        Some(Functions {
            current: transmute::<*mut c_void, GetCurrent>(symbol(c"_ZN2v87Isolate10GetCurrentEv")?),
            profiler: transmute::<*mut c_void, GetProfiler>(symbol(c"_ZN2v87Isolate15GetHeapProfilerEv")?),
            take: transmute::<*mut c_void, Take>(symbol(
                c"_ZN2v812HeapProfiler16TakeHeapSnapshotERKNS0_19HeapSnapshotOptionsE",
            )?),
            count: transmute::<*mut c_void, Count>(symbol(c"_ZN2v812HeapProfiler16GetSnapshotCountEv")?),
            clear: transmute::<*mut c_void, Clear>(symbol(c"_ZN2v812HeapProfiler14ClearObjectIdsEv")?),
            object_id: transmute::<*mut c_void, ObjectId>(symbol(
                c"_ZN2v812HeapProfiler11GetObjectIdENS_5LocalINS_5ValueEEE",
            )?),
            serialize: transmute::<*mut c_void, Serialize>(symbol(
                c"_ZNK2v812HeapSnapshot9SerializeEPNS_12OutputStreamENS0_19SerializationFormatE",
            )?),
            delete: transmute::<*mut c_void, Delete>(symbol(c"_ZN2v812HeapSnapshot6DeleteEv")?),
            stats: symbol(c"_ZN2v812HeapProfiler12GetHeapStatsEPNS_12OutputStreamEPl")
                .map(|found| transmute::<*mut c_void, GetStats>(found)),
        })
    }
});

/// Whether V8 offers all that is needed.
pub fn is_offered() -> bool {
    FUNCTIONS.is_some()
}

/// The address of the calling thread's isolate.
#[cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
pub fn isolate() -> Option<usize> {
    let functions = FUNCTIONS.as_ref()?;
    // SAFETY: a static function that reads the thread's own variable.
    let isolate = unsafe { (functions.current)() };
    (!isolate.is_null()).then(|| isolate.expose_provenance())
}

/// A snapshot that V8 holds. It stays on the isolate's thread: a pointer is not `Send`.
pub struct Snapshot {
    functions: &'static Functions,
    profiler: *mut HeapProfiler,
    snapshot: *mut HeapSnapshot,
    /// Whether nobody had numbered objects before.
    is_first: bool,
}

impl Snapshot {
    /// Takes one; `None` where V8 lacks the functions, or makes none. `known` is any object that has been there for long.
    ///
    /// # Safety
    /// Called on the isolate's thread, in a call from JavaScript, of which `known` is an object.
    pub unsafe fn take(known: sys::napi_value) -> Option<Self> {
        let functions = FUNCTIONS.as_ref()?;
        // SAFETY: a static function that reads the thread's own variable; then methods of an isolate that is alive while
        // JavaScript on it can call us, whose profiler lives as long as itself. The caller's promise for `known`.
        let (profiler, is_first) = unsafe {
            let isolate = (functions.current)();
            if isolate.is_null() {
                return None;
            }
            let profiler = (functions.profiler)(isolate);
            if profiler.is_null() {
                return None;
            }
            let is_numbered = (functions.count)(profiler) > 0 || (functions.object_id)(profiler, known) != 0;
            (profiler, !is_numbered)
        };
        let options = Options([0; 8]);
        // SAFETY: as above; V8 only reads the options, none of which outlives the call.
        let snapshot = unsafe { (functions.take)(profiler, &options) }.cast_mut();
        (!snapshot.is_null()).then_some(Self { functions, profiler, snapshot, is_first })
    }

    /// The number in it of the object at `address`, any at all: a handle is the address of a tagged word, here one of ours. 0
    /// where it has none.
    #[cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
    pub fn id_of(&self, address: u64) -> u32 {
        let tagged = address + 1;
        let handle = std::ptr::from_ref(&tagged).cast_mut().cast();
        // SAFETY: V8 looks the tagged word up in its table of addresses, without a look at what is there.
        unsafe { (self.functions.object_id)(self.profiler, handle) }
    }

    /// What V8 has numbered stays so when this is dropped, until [`Numbers::forget`]; `None` where somebody else wants
    /// the numbers, or V8 does not number without a snapshot.
    pub fn keep_numbers(&mut self) -> Option<Numbers> {
        let (profiler, clear, stats) = (self.profiler, self.functions.clear, self.functions.stats?);
        std::mem::take(&mut self.is_first).then_some(Numbers { profiler, clear, stats })
    }

    /// Hands its text to `write` in parts, until that returns false.
    pub fn write(&self, mut write: impl FnMut(&[u8]) -> bool) {
        let mut stream = Stream { table: &TABLE, write: &mut write };
        // SAFETY: a living snapshot, and a stream whose table has the functions of `v8::OutputStream` in their order. V8
        // calls them within this call only.
        unsafe { (self.functions.serialize)(self.snapshot, &mut stream, JSON) };
    }
}

impl Drop for Snapshot {
    fn drop(&mut self) {
        // SAFETY: made by `take`, and not used any more. Without this V8 would follow each object that moves for the rest
        // of the program: it does so only where somebody had asked for that before.
        unsafe {
            (self.functions.delete)(self.snapshot);
            if self.is_first {
                (self.functions.clear)(self.profiler);
            }
        }
    }
}

/// V8's numbers of the objects of an isolate, which only we want. They stay on its thread, as a [`Snapshot`] does.
pub struct Numbers {
    profiler: *mut HeapProfiler,
    clear: Clear,
    stats: GetStats,
}

impl Numbers {
    /// Collects garbage, and numbers what is new. The highest number so far.
    pub fn number(&self) -> u32 {
        let mut nothing = |_: &[u8]| false;
        let mut stream = Stream { table: &TABLE, write: &mut nothing };
        let mut at = 0;
        // SAFETY: the isolate's profiler lives as long as itself, and we are on its thread. The stream is as in
        // `Snapshot::write`; V8 uses both pointers within this call only.
        unsafe { (self.stats)(self.profiler, &mut stream, &mut at) }
    }

    /// V8 forgets them: it would go on to follow each object that moves. Not done by dropping, which may be after the isolate's end.
    pub fn forget(self) {
        // SAFETY: as in `number`. Nobody else had asked for them.
        unsafe { (self.clear)(self.profiler) };
    }
}

/// A `v8::OutputStream`: a pointer to its virtual functions, and what is ours behind it.
#[repr(C)]
struct Stream<'a> {
    table: &'static Table,
    write: &'a mut dyn FnMut(&[u8]) -> bool,
}

/// The virtual functions of `v8::OutputStream`, in the order of its declaration; a destructor is two.
#[repr(C)]
struct Table {
    destroy: unsafe extern "C" fn(*mut Stream<'_>),
    delete: unsafe extern "C" fn(*mut Stream<'_>),
    end: unsafe extern "C" fn(*mut Stream<'_>),
    chunk_size: unsafe extern "C" fn(*mut Stream<'_>) -> c_int,
    write: unsafe extern "C" fn(*mut Stream<'_>, *mut c_char, c_int) -> c_int,
    write_stats: unsafe extern "C" fn(*mut Stream<'_>, *mut c_void, c_int) -> c_int,
}

static TABLE: Table =
    Table { destroy: nothing, delete: nothing, end: nothing, chunk_size, write: write_part, write_stats };

/// The stream is on our stack: nobody else ends it.
unsafe extern "C" fn nothing(_: *mut Stream<'_>) {}

unsafe extern "C" fn chunk_size(_: *mut Stream<'_>) -> c_int {
    CHUNK
}

unsafe extern "C" fn write_part(stream: *mut Stream<'_>, data: *mut c_char, size: c_int) -> c_int {
    let Ok(size) = usize::try_from(size) else { return ABORT };
    // SAFETY: V8 passes the stream that `Snapshot::write` gave it, which it alone uses meanwhile, and `size` bytes that stay
    // until this returns.
    let (stream, part) = unsafe { (&mut *stream, std::slice::from_raw_parts(data.cast::<u8>(), size)) };
    if (stream.write)(part) { CONTINUE } else { ABORT }
}

unsafe extern "C" fn write_stats(_: *mut Stream<'_>, _: *mut c_void, _: c_int) -> c_int {
    ABORT
}
