//! The addresses of the JavaScript stack, read along its frame pointers, in a tenth of the time of V8's own walk, which
//! looks up the code of each address.
//!
//! The start of the frames and their links are not in V8's interface. leakline learns them from stacks that V8 has read too
//! ([`Lessons`]), and uses them only if they yield every address that V8 found on each of these stacks.
#![allow(unsafe_code)]

use std::cell::Cell;

/// Words of the isolate in which its innermost exit frame is looked for.
const ISOLATE_WORDS: usize = 160;
/// Words below the frame pointer of an entry frame in which the exit frame before it is looked for.
const ENTRY_WORDS: std::ops::RangeInclusive<usize> = 2..=16;
/// What lies below the frame pointer of an entry frame, where the program's functions have their context.
const ENTRY_MARKERS: [usize; 2] = [1 << 1, 2 << 1];
const WORD: usize = 8;
/// Below the frame pointer of an exit frame: where it ends.
const EXIT_END: usize = 2 * WORD;
/// Below the frame pointer of a function that is interpreted: its bytecode, and where in it, a Smi.
const BYTECODE: usize = 4 * WORD;
const BYTECODE_OFFSET: usize = 5 * WORD;

/// Where the frames of this thread's stack begin, and how they are linked.
#[derive(Clone, Copy, PartialEq)]
pub struct Walk {
    /// Where the isolate keeps the frame pointer by which JavaScript was left.
    start: *const usize,
    /// In an entry frame, bytes below its frame pointer: the exit frame before it, 0 for the first.
    previous_exit: usize,
    /// The address to which calls of functions that are interpreted return.
    interpreter: usize,
    /// The end of the thread's stack.
    top: usize,
}

/// A frame: the address at which it goes on, and its frame pointer.
#[derive(Clone, Copy)]
struct Frame {
    address: usize,
    pointer: usize,
}

impl Walk {
    /// Calls `each` with the addresses of up to `depth` frames, innermost first. False when a frame is not where the
    /// stack is.
    pub fn addresses(&self, depth: usize, mut each: impl FnMut(usize)) -> bool {
        self.frames(depth, |Frame { address, pointer }| {
            each(address);
            if address == self.interpreter {
                // SAFETY: the frame of a function has these words, see `frames`.
                let (bytecode, offset) =
                    unsafe { (read(pointer - BYTECODE), read(pointer - BYTECODE_OFFSET)) };
                each(bytecode);
                each(offset);
            }
        })
    }

    fn frames(&self, depth: usize, mut each: impl FnMut(Frame)) -> bool {
        let here = 0;
        let mut lowest = std::ptr::from_ref(&here) as usize;
        // SAFETY: a word of the calling thread's isolate.
        let mut pointer = unsafe { self.start.read() };
        for _ in 0..depth {
            // Frames lie the one above the other, with room for what is read of them.
            let is_inside = pointer > lowest && pointer < self.top - 2 * WORD && pointer.is_multiple_of(WORD);
            if !is_inside {
                return false;
            }
            // SAFETY: two words of the thread's own stack, above this function's.
            let (caller, address) = unsafe { (read(pointer), read(pointer + WORD)) };
            let is_above = caller > pointer && caller < self.top - 2 * WORD && caller.is_multiple_of(WORD);
            if !is_above {
                return false;
            }
            each(Frame { address, pointer: caller });
            lowest = pointer;
            pointer = caller;
            // SAFETY: `caller` is above `pointer`, whose frame is larger than a word.
            if ENTRY_MARKERS.contains(&unsafe { read(caller - WORD) }) {
                // SAFETY: an entry frame has saved registers there.
                pointer = unsafe { read(caller - self.previous_exit) };
                if pointer == 0 {
                    return true;
                }
                let is_above = pointer > caller && pointer < self.top && pointer.is_multiple_of(WORD);
                if !is_above {
                    return false;
                }
                // SAFETY: an exit frame, above the entry frame.
                let end = unsafe { read(pointer - EXIT_END) };
                if end <= caller || end > pointer || !end.is_multiple_of(WORD) {
                    return false;
                }
                // SAFETY: between the two frames; there lies the address at which V8's code was left.
                each(Frame { address: unsafe { read(end - WORD) }, pointer });
                lowest = caller;
            }
        }
        true
    }
}

thread_local! {
    static LEARNT: Cell<Option<Walk>> = const { Cell::new(None) };
}

/// Lessons from stacks that V8 has read too.
pub struct Lessons {
    isolate: *const usize,
    top: usize,
    /// The layouts that agree with all of them; `None` before the first.
    candidates: Option<Vec<Walk>>,
}

impl Lessons {
    /// Begins, with what was learnt in this thread before: by now its functions may not be interpreted any more.
    /// `None` where the extent of the stack is not known.
    pub fn new(isolate: *const u8) -> Option<Self> {
        let isolate = isolate.cast::<usize>();
        let words = isolate as usize..isolate as usize + ISOLATE_WORDS * WORD;
        let learnt = LEARNT.get().filter(|walk| words.contains(&(walk.start as usize)));
        Some(Self { isolate, top: top_of_stack()?, candidates: learnt.map(|walk| vec![walk]) })
    }

    /// What was learnt in this thread before is not relied on any more.
    pub fn forget() {
        LEARNT.set(None);
    }

    /// Learns from the current stack and what V8 found on it: all its addresses.
    pub fn learn(&mut self, found: &[usize]) {
        let candidates = self.candidates.take().unwrap_or_else(|| self.all());
        let agree = candidates.into_iter().filter_map(|walk| agrees(walk, found));
        self.candidates = Some(agree.collect());
    }

    /// The walk, if the lessons are certain.
    pub fn result(&self) -> Option<Walk> {
        match self.candidates.as_deref() {
            // An interpreted function was among them: its frames have their position in another place.
            Some([walk]) if walk.interpreter != 0 => {
                LEARNT.set(Some(*walk));
                Some(*walk)
            }
            _ => None,
        }
    }

    /// Whether V8 has found what no walk passes. Only said where walks are known to be found.
    pub fn are_contradicted(&self) -> bool {
        let is_known = cfg!(all(target_os = "linux", target_arch = "x86_64"));
        is_known && self.candidates.as_ref().is_some_and(Vec::is_empty)
    }

    fn all(&self) -> Vec<Walk> {
        let starts = (0..ISOLATE_WORDS).map(|index| self.isolate.wrapping_add(index));
        let walks = starts.flat_map(|start| {
            ENTRY_WORDS.map(move |words| Walk {
                start,
                previous_exit: words * WORD,
                interpreter: 0,
                top: self.top,
            })
        });
        walks.collect()
    }
}

/// Whether a walk passes each address that V8 found, in their order. Learns the interpreter's.
fn agrees(mut walk: Walk, found: &[usize]) -> Option<Walk> {
    let mut left = found;
    let mut interpreter = walk.interpreter;
    let mut is_clear = true;
    let is_whole = walk.frames(usize::MAX, |Frame { address, pointer }| {
        // SAFETY: as in `addresses`; a frame that is no function's has other words there, or another frame's.
        let (bytecode, offset) = unsafe { (read(pointer - BYTECODE), read(pointer - BYTECODE_OFFSET)) };
        // V8 says the place in the bytecode of a function that is interpreted.
        let place = bytecode.wrapping_add(offset >> 32);
        match left {
            [next, rest @ ..] if *next == address => {
                is_clear &= address != interpreter;
                left = rest;
            }
            [next, rest @ ..] if *next == place => {
                is_clear &= interpreter == 0 || interpreter == address;
                interpreter = address;
                left = rest;
            }
            _ => is_clear &= address != interpreter,
        }
    });
    walk.interpreter = interpreter;
    (is_whole && is_clear && left.is_empty()).then_some(walk)
}

/// # Safety
/// `address` is of a word of the calling thread's stack.
unsafe fn read(address: usize) -> usize {
    // SAFETY: the caller's promise. Volatile, as other code wrote it.
    unsafe { (address as *const usize).read_volatile() }
}

/// One past the highest address of the calling thread's stack.
#[cfg(target_os = "linux")]
fn top_of_stack() -> Option<usize> {
    let mut attributes = std::mem::MaybeUninit::uninit();
    let mut lowest = std::ptr::null_mut();
    let mut size = 0;
    // SAFETY: the attributes are initialised by the first call, read and destroyed only if it succeeds.
    let is_known = unsafe {
        libc::pthread_getattr_np(libc::pthread_self(), attributes.as_mut_ptr()) == 0 && {
            let result = libc::pthread_attr_getstack(attributes.as_ptr(), &mut lowest, &mut size);
            libc::pthread_attr_destroy(attributes.as_mut_ptr());
            result == 0
        }
    };
    is_known.then(|| lowest as usize + size)
}

#[cfg(not(target_os = "linux"))]
fn top_of_stack() -> Option<usize> {
    None
}
