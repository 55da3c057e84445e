//! Where V8 gets the memory of Buffers, and gives it back: the isolate's `v8::ArrayBuffer::Allocator`, whose virtual table
//! is replaced by a copy. In that `Allocate`, `AllocateUninitialized` and `Free` do what they did, and count.
//!
//! All memory of ArrayBuffers passes there, whoever asks for it: `Buffer`, typed arrays, zlib, the file system, the network.
//! V8 frees on a thread of its own, and another isolate may have got a buffer: so what is here works on any thread, and
//! as long as the process lives.
#![allow(unsafe_code)]

use std::cell::Cell;
use std::ffi::c_void;
use std::mem::transmute;
use std::sync::atomic::{AtomicUsize, Ordering};

use once_cell::sync::{Lazy, OnceCell};

use super::super::super::symbols::{symbol, v8_version};
use crate::record::pointers::Pointers;

/// `v8::Isolate`, opaque.
enum Isolate {}
/// `node::NodeArrayBufferAllocator`, of which the table is known.
enum Object {}

type GetCurrent = unsafe extern "C" fn() -> *mut Isolate;
type GetAllocator = unsafe extern "C" fn(*mut Isolate) -> *mut AtomicUsize;
type Allocate = unsafe extern "C" fn(*mut Object, usize) -> *mut c_void;
type Free = unsafe extern "C" fn(*mut Object, *mut c_void, usize);
/// Takes a sample, of an address and a size.
pub type Sampled = fn(usize, usize);

/// Virtual functions by the versions of V8 that this is tested with: Node 20, 22, 24, 26.
const VIRTUALS: [((u32, u32), usize); 4] = [((11, 3), 9), ((12, 4), 9), ((13, 6), 10), ((14, 6), 10)];
/// Before them, where an object's table begins: the offset to its top, and its type.
const HEADER: usize = 2;
/// Their places, behind the two of the destructor.
const ALLOCATE: usize = 2;
const ALLOCATE_UNINITIALIZED: usize = 3;
const FREE: usize = 4;
/// In V8 11 and 12. What it has there calls the others.
const REALLOCATE: usize = 5;

/// Buckets of the table of sampled addresses: 128 KiB.
const BUCKETS_LOG2: u32 = 11;

/// What was in the original table.
struct Original {
    current: GetCurrent,
    allocator: GetAllocator,
    /// What an object's first word is.
    virtuals: usize,
    allocate: Allocate,
    allocate_uninitialized: Allocate,
    free: Free,
    /// The copy, from its header on.
    copy: Box<[usize]>,
}

impl Original {
    /// What an object's first word is while the copy is in use.
    fn ours(&self) -> usize {
        (&raw const self.copy[HEADER]) as usize
    }
}

static ORIGINAL: Lazy<Option<Original>> = Lazy::new(find);

/// Found once more for the hooks: this is read in a nanosecond.
static HOOKED: OnceCell<&'static Original> = OnceCell::new();

/// The sampled addresses of all isolates. What it takes is allocated with the first.
static POINTERS: OnceCell<Pointers> = OnceCell::new();

thread_local! {
    /// Bytes up to the next sample of this thread; on a thread that nobody samples that never comes.
    static LEFT: Cell<i64> = const { Cell::new(i64::MAX) };
    /// Called with each sample, its address and its size. It says when the next is, and may not panic.
    static SAMPLED: Cell<Option<Sampled>> = const { Cell::new(None) };
}

/// The table, by its name and those of its functions. `None` where anything is not what it is known to be.
fn find() -> Option<Original> {
    let version = v8_version()?;
    let (_, count) = *VIRTUALS.iter().find(|(tested, _)| *tested == version)?;
    let table = symbol(c"_ZTVN4node24NodeArrayBufferAllocatorE")?.cast::<usize>();
    // SAFETY: a virtual table of so many functions behind its header, which is never written to.
    let words = unsafe { std::slice::from_raw_parts(table, HEADER + count) };
    let named = |at: usize, name| symbol(name).is_some_and(|found| words[HEADER + at] == found as usize);
    let is_known = named(ALLOCATE, c"_ZN4node24NodeArrayBufferAllocator8AllocateEm")
        && named(ALLOCATE_UNINITIALIZED, c"_ZN4node24NodeArrayBufferAllocator21AllocateUninitializedEm")
        && named(FREE, c"_ZN4node24NodeArrayBufferAllocator4FreeEPvm")
        && named(count - 1, c"_ZN4node24NodeArrayBufferAllocator17UnregisterPointerEPvm")
        && (version.0 > 12 || named(REALLOCATE, c"_ZN2v811ArrayBuffer9Allocator10ReallocateEPvmm"));
    if !is_known {
        return None;
    }
    let mut copy: Box<[usize]> = words.into();
    copy[HEADER + ALLOCATE] = allocate as *const () as usize;
    copy[HEADER + ALLOCATE_UNINITIALIZED] = allocate_uninitialized as *const () as usize;
    copy[HEADER + FREE] = free as *const () as usize;
    // SAFETY: each symbol's name spells its C++ type, in the ABI that GCC and Clang share; a member function takes its
    // object as the first argument.
    unsafe {
        Some(Original {
            current: transmute::<*mut c_void, GetCurrent>(symbol(c"_ZN2v87Isolate10GetCurrentEv")?),
            allocator: transmute::<*mut c_void, GetAllocator>(symbol(
                c"_ZN2v87Isolate23GetArrayBufferAllocatorEv",
            )?),
            virtuals: table.add(HEADER) as usize,
            allocate: transmute::<usize, Allocate>(words[HEADER + ALLOCATE]),
            allocate_uninitialized: transmute::<usize, Allocate>(words[HEADER + ALLOCATE_UNINITIALIZED]),
            free: transmute::<usize, Free>(words[HEADER + FREE]),
            copy,
        })
    }
}

/// The hooks of this thread's isolate, from [`Hooks::new`] to [`Hooks::end`].
pub struct Hooks {
    original: &'static Original,
    /// The first word of the isolate's allocator.
    word: *mut AtomicUsize,
}

impl Hooks {
    /// Calls `sampled` with the address and the size of what the isolate allocates on this thread, each time that
    /// [`Hooks::next`] says. `None` where the allocator is not what it is known to be, or another's by now.
    pub fn new(sampled: Sampled) -> Option<Self> {
        let original = ORIGINAL.as_ref()?;
        let _ = HOOKED.set(original);
        // SAFETY: a static function that reads the thread's own variable; then a method of an isolate that is alive
        // while JavaScript on it can call us, as its allocator is.
        let word = unsafe {
            let isolate = (original.current)();
            if isolate.is_null() {
                return None;
            }
            (original.allocator)(isolate)
        };
        // SAFETY: an object with virtual functions begins with the address of their table, a word that is aligned.
        // Other threads read it as a whole, and either table is right at any time.
        let found = unsafe { word.as_ref() }?.compare_exchange(
            original.virtuals,
            original.ours(),
            Ordering::Relaxed,
            Ordering::Relaxed,
        );
        // Somebody had put another table on ours, and has taken it off again.
        let is_ours = found.is_ok() || found == Err(original.ours());
        if !is_ours {
            return None;
        }
        pointers();
        SAMPLED.set(Some(sampled));
        Some(Self { original, word })
    }

    /// Bytes from now on to the next sample.
    pub fn next(bytes: i64) {
        LEFT.set(bytes);
    }

    /// Ends sampling on this thread. Where somebody else has put a table on ours, ours stays below it, and counts nothing.
    pub fn end(self) {
        LEFT.set(i64::MAX);
        SAMPLED.set(None);
        // SAFETY: as in `new`; the isolate lives still.
        if let Some(word) = unsafe { self.word.as_ref() } {
            let _ = word.compare_exchange(
                self.original.ours(),
                self.original.virtuals,
                Ordering::Relaxed,
                Ordering::Relaxed,
            );
        }
    }
}

/// The sampled addresses.
pub fn pointers() -> &'static Pointers {
    POINTERS.get_or_init(|| Pointers::new(BUCKETS_LOG2))
}

/// Nothing here may touch JavaScript, take a lock or panic.
unsafe extern "C" fn allocate(object: *mut Object, size: usize) -> *mut c_void {
    let Some(original) = HOOKED.get() else { return std::ptr::null_mut() };
    // SAFETY: V8's own call, passed on.
    let memory = unsafe { (original.allocate)(object, size) };
    count(memory, size);
    memory
}

unsafe extern "C" fn allocate_uninitialized(object: *mut Object, size: usize) -> *mut c_void {
    let Some(original) = HOOKED.get() else { return std::ptr::null_mut() };
    // SAFETY: V8's own call, passed on.
    let memory = unsafe { (original.allocate_uninitialized)(object, size) };
    count(memory, size);
    memory
}

unsafe extern "C" fn free(object: *mut Object, memory: *mut c_void, size: usize) {
    // Before: afterwards the address may be another thread's.
    if let Some(pointers) = POINTERS.get() {
        pointers.remove(memory as usize);
    }
    if let Some(original) = HOOKED.get() {
        // SAFETY: V8's own call, passed on.
        unsafe { (original.free)(object, memory, size) }
    }
}

#[inline(always)]
fn count(memory: *mut c_void, size: usize) {
    let left = LEFT.get().wrapping_sub(size as i64);
    LEFT.set(left);
    if left < 0 {
        sample(memory as usize, size);
    }
}

#[cold]
fn sample(address: usize, size: usize) {
    // What is allocated by the sample itself is none.
    LEFT.set(i64::MAX);
    match SAMPLED.get() {
        Some(sampled) if address != 0 && size > 0 => sampled(address, size),
        Some(_) => LEFT.set(0),
        None => {}
    }
}
