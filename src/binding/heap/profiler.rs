//! V8's sampling heap profiler: `v8::HeapProfiler` of V8's public headers, found by its symbols in the running program, and
//! the profile that it hands out, read by its layout there. An isolate has one, whoever starts it.
#![allow(unsafe_code)]

use std::ffi::{c_int, c_void};
use std::mem::transmute;
use std::slice;

use napi::sys;
use once_cell::sync::Lazy;

use super::super::symbols::{symbol, v8_version};

/// The size of a `v8::AllocationProfile::Sample`, by the versions of V8 that this is tested with: Node 20, 22, 24, 26. The
/// last has a field more.
const SAMPLE_SIZES: [((u32, u32), usize); 4] = [((11, 3), 32), ((12, 4), 32), ((13, 6), 32), ((14, 6), 40)];
/// Deeper is no tree of stacks.
const MAX_DEPTH: usize = 256;
/// More is no profile of ours.
const MAX_LEN: usize = 1 << 22;

/// `v8::Isolate` and `v8::HeapProfiler`, opaque.
enum Isolate {}
enum HeapProfiler {}

type GetCurrent = unsafe extern "C" fn() -> *mut Isolate;
type GetProfiler = unsafe extern "C" fn(*mut Isolate) -> *mut HeapProfiler;
type Start = unsafe extern "C" fn(*mut HeapProfiler, u64, c_int, c_int) -> bool;
type Stop = unsafe extern "C" fn(*mut HeapProfiler);
type GetProfile = unsafe extern "C" fn(*mut HeapProfiler) -> *mut RawProfile;

/// `v8::HeapProfiler::kSamplingNoFlags`. With `kSamplingForceGC` each reading is a full collection.
const NO_FLAGS: c_int = 0;

struct Functions {
    current: GetCurrent,
    profiler: GetProfiler,
    start: Start,
    stop: Stop,
    profile: GetProfile,
    sample_size: usize,
}

static FUNCTIONS: Lazy<Option<Functions>> = Lazy::new(|| {
    let version = v8_version()?;
    let (_, sample_size) = *SAMPLE_SIZES.iter().find(|(tested, _)| *tested == version)?;
    // SAFETY: each symbol's name spells its C++ type, in the ABI that GCC and Clang share; a member function takes its
    // object as the first argument, and an enumeration is an int.
    unsafe {
        Some(Functions {
            current: transmute::<*mut c_void, GetCurrent>(symbol(c"_ZN2v87Isolate10GetCurrentEv")?),
            profiler: transmute::<*mut c_void, GetProfiler>(symbol(c"_ZN2v87Isolate15GetHeapProfilerEv")?),
            start: transmute::<*mut c_void, Start>(symbol(
                c"_ZN2v812HeapProfiler25StartSamplingHeapProfilerEmiNS0_13SamplingFlagsE",
            )?),
            stop: transmute::<*mut c_void, Stop>(symbol(
                c"_ZN2v812HeapProfiler24StopSamplingHeapProfilerEv",
            )?),
            profile: transmute::<*mut c_void, GetProfile>(symbol(
                c"_ZN2v812HeapProfiler20GetAllocationProfileEv",
            )?),
            sample_size,
        })
    }
});

/// The heap profiler of the thread's isolate. It stays on that thread: a pointer is not `Send`.
pub struct Profiler {
    functions: &'static Functions,
    profiler: *mut HeapProfiler,
}

impl Profiler {
    /// `None` where V8 lacks the functions, or its version is not tested.
    pub fn new() -> Option<Self> {
        let functions = FUNCTIONS.as_ref()?;
        // SAFETY: a static function that reads the thread's own variable; then a method of an isolate that is alive while
        // JavaScript on it can call us, whose profiler lives as long as itself.
        let profiler = unsafe {
            let isolate = (functions.current)();
            if isolate.is_null() {
                return None;
            }
            (functions.profiler)(isolate)
        };
        (!profiler.is_null()).then_some(Self { functions, profiler })
    }

    /// Starts to sample each `interval` bytes on average, with so many frames. False where somebody samples already.
    pub fn start(&self, interval: u64, frames: u32) -> bool {
        // SAFETY: called on the isolate's thread.
        unsafe { (self.functions.start)(self.profiler, interval, frames as c_int, NO_FLAGS) }
    }

    /// Stops it, whoever has started it.
    pub fn stop(&self) {
        // SAFETY: called on the isolate's thread; V8 does nothing where nothing is sampled.
        unsafe { (self.functions.stop)(self.profiler) }
    }

    /// Reads what is sampled; `None` where nothing is. It holds V8's local handles, so it ends with the native call that
    /// JavaScript has made.
    pub fn read(&self) -> Option<Profile> {
        // SAFETY: called on the isolate's thread, in a call from JavaScript, so that there is a scope for handles.
        let raw = unsafe { (self.functions.profile)(self.profiler) };
        // Made only where there is one: it is deleted when it is dropped.
        (!raw.is_null()).then(|| Profile { raw, sample_size: self.functions.sample_size })
    }
}

/// `std::vector`, as libstdc++ and libc++ have it.
#[repr(C)]
struct Vector<T> {
    begin: *const T,
    end: *const T,
    room: *const T,
}

impl<T> Vector<T> {
    fn bytes(&self) -> usize {
        (self.end as usize).saturating_sub(self.begin as usize)
    }

    /// Its elements; none where it is not plausible.
    fn elements(&self) -> &[T] {
        let is_plausible = !self.begin.is_null()
            && self.begin.is_aligned()
            && self.bytes().is_multiple_of(size_of::<T>())
            && self.bytes() / size_of::<T>() <= MAX_LEN
            && self.end <= self.room;
        if is_plausible {
            // SAFETY: a vector's first to last element, which lives as long as its profile.
            unsafe { slice::from_raw_parts(self.begin, self.bytes() / size_of::<T>()) }
        } else {
            &[]
        }
    }
}

/// `v8::AllocationProfile::Node`: a function with its callers.
#[repr(C)]
pub struct Node {
    /// A local handle, as a Node-API value is.
    pub name: sys::napi_value,
    /// The same.
    pub script_name: sys::napi_value,
    /// 0 for what no script is.
    pub script_id: c_int,
    /// Of the function, in its script.
    pub start: c_int,
    /// 1-based; of the function.
    pub line: c_int,
    /// 1-based; of the function.
    pub column: c_int,
    id: u32,
    children: Vector<*const Node>,
    allocations: Vector<[usize; 2]>,
}

/// The first fields of a `v8::AllocationProfile::Sample`.
#[repr(C)]
struct RawSample {
    node: u32,
    size: usize,
    count: u32,
    id: u64,
}

const _: () = assert!(size_of::<Node>() == 88 && size_of::<RawSample>() == 32, "as on 64-bit machines");

/// `v8::AllocationProfile`: its virtual functions, in the order of its declaration; a destructor is two.
#[repr(C)]
struct Table {
    root: unsafe extern "C" fn(*mut RawProfile) -> *const Node,
    samples: unsafe extern "C" fn(*mut RawProfile) -> *const Vector<u8>,
    destroy: unsafe extern "C" fn(*mut RawProfile),
    delete: unsafe extern "C" fn(*mut RawProfile),
}

#[repr(C)]
struct RawProfile {
    table: *const Table,
}

/// A living sample.
pub struct Sampled {
    /// The number of its node.
    pub node: u32,
    /// Bytes of one object.
    pub size: u64,
    /// Objects that it stands for.
    pub count: u64,
    /// Its number in the order of creation.
    pub id: u64,
}

/// A profile of V8's, which is ours.
pub struct Profile {
    raw: *mut RawProfile,
    sample_size: usize,
}

impl Profile {
    fn table(&self) -> &Table {
        // SAFETY: V8 has made the object, of a class with these virtual functions.
        unsafe { &*(*self.raw).table }
    }

    /// The living samples.
    pub fn samples(&self) -> Vec<Sampled> {
        // SAFETY: a method of the object, which returns a reference to a vector of its own.
        let vector = unsafe { &*(self.table().samples)(self.raw) };
        let bytes = if vector.bytes().is_multiple_of(self.sample_size) { vector.elements() } else { &[] };
        // SAFETY: each element begins with the fields of `RawSample`; a vector's memory is aligned for them.
        let read = |one: &[u8]| unsafe { one.as_ptr().cast::<RawSample>().read() };
        let samples = bytes.chunks_exact(self.sample_size).map(read);
        samples
            .map(|RawSample { node, size, count, id }| Sampled {
                node,
                size: size as u64,
                count: count.into(),
                id,
            })
            .collect()
    }

    /// Visits each node below the root, with the number of its node and how deep it lies: a caller before what it calls.
    pub fn visit(&self, mut each: impl FnMut(u32, usize, &Node)) {
        // SAFETY: a method of the object, which returns a node of its own.
        let root = unsafe { (self.table().root)(self.raw) };
        let mut open = vec![(root, 0)];
        while let Some((node, depth)) = open.pop() {
            // SAFETY: nodes live as long as the profile.
            let Some(node) = (unsafe { node.as_ref() }) else { continue };
            if depth > 0 {
                each(node.id, depth - 1, node);
            }
            if depth < MAX_DEPTH {
                open.extend(node.children.elements().iter().map(|child| (*child, depth + 1)));
            }
        }
    }

    /// Bytes of all nodes, by the sums that V8 keeps in them: other fields than those of the samples.
    pub fn sum(&self) -> u64 {
        let mut bytes: u64 = 0;
        self.visit(|_, _, node| {
            for [size, count] in node.allocations.elements() {
                // The upper half of the count's word is padding.
                let count = *count as u32 as u64;
                bytes = bytes.saturating_add((*size as u64).saturating_mul(count));
            }
        });
        bytes
    }
}

impl Drop for Profile {
    fn drop(&mut self) {
        // SAFETY: the profile belongs to whoever asked for it, and is deleted once, as `delete` would.
        unsafe { (self.table().delete)(self.raw) }
    }
}
