//! Weak handles that V8 clears itself, without a call: visiting a handle reads a word.
//!
//! V8 has the addresses of the words and writes to them during garbage collections, on the isolate's thread. So they never
//! move, and leakline frees them only after it has disposed of each handle.
#![allow(unsafe_code)]

use std::ptr;

use napi::{Error, Result, Status, sys};

use super::super::status::check;
use super::v8::{Here, Slot};

/// Words that are allocated together.
const CHUNK: usize = 1024;
/// The lowest bit of a free word; the bits above are the next free index, or all set. V8's own words are multiples of 8.
const FREE: usize = 1;
/// After the last free index.
const NONE: u32 = u32::MAX;
/// The two lowest bits of V8's tagged pointer to an object; of a small integer the lowest is clear.
const OBJECT: usize = 0b01;

/// Weak handles by index.
pub struct Phantoms {
    here: Here,
    /// Each of `CHUNK` words, owned. A word is V8's slot of a living object, null for a dead one that was not swept
    /// yet, or free.
    chunks: Vec<*mut Slot>,
    /// Indexes that were ever used.
    len: u32,
    /// The first free index.
    free: u32,
}

impl Phantoms {
    /// `None` where V8 lacks the functions, or does not behave as expected.
    ///
    /// # Safety
    /// `env` is the calling thread's environment.
    pub unsafe fn new(env: sys::napi_env) -> Option<Self> {
        let mut phantoms = Self { here: Here::new()?, chunks: Vec::new(), len: 0, free: NONE };
        // SAFETY: the caller's promise.
        let is_as_expected = unsafe { phantoms.does_as_expected(env) }.unwrap_or(false);
        // SAFETY: the calling thread's isolate is the one that the handles are of.
        unsafe { phantoms.clear() };
        is_as_expected.then_some(phantoms)
    }

    /// Holds two objects, and checks that it gets the same back.
    ///
    /// # Safety
    /// As [`Phantoms::new`].
    unsafe fn does_as_expected(&mut self, env: sys::napi_env) -> Result<bool> {
        let mut objects = [ptr::null_mut(); 2];
        for object in &mut objects {
            // SAFETY: the caller's promise; `object` is a place to write to.
            check(unsafe { sys::napi_create_object(env, object) })?;
            // SAFETY: made just now.
            unsafe { self.hold(*object) }?;
        }
        let mut same = 0;
        let compare = |index: u32, found: sys::napi_value| {
            for (other, &object) in (0..).zip(&objects) {
                let mut is_same = false;
                // SAFETY: two live values of this environment, or null, which is refused.
                unsafe { sys::napi_strict_equals(env, object, found, &mut is_same) };
                same += usize::from(is_same == (other == index));
            }
            true
        };
        // SAFETY: as above.
        unsafe { self.gather(0, 2, compare) };
        Ok(same == 4)
    }

    /// See [`super::WeakTable::hold`].
    ///
    /// # Safety
    /// `object` is a live value of the calling thread's isolate.
    #[inline]
    pub unsafe fn hold(&mut self, object: sys::napi_value) -> Result<u32> {
        let place = object as *const usize;
        // Node-API's values are V8's local handles, which are pointers to an address, or in builds that scan the
        // stack the address itself; that one is odd.
        if place.is_null() || !place.is_aligned() {
            return Err(Error::new(Status::InvalidArg, "the value is no handle"));
        }
        // SAFETY: a live local handle points to its object's address.
        let address = unsafe { *place };
        if address & 0b11 != OBJECT {
            return Err(Error::new(Status::ObjectExpected, "the value is no object"));
        }
        let index = self.take_free();
        let cell = self.cell(index);
        // SAFETY: the address was read from a live handle just now. The cell is this table's and free, stays where it
        // is, and is V8's until it is cleared or the handle disposed of.
        unsafe {
            cell.write(self.here.hold(address));
            self.here.make_weak(cell);
        }
        Ok(index)
    }

    /// See [`super::WeakTable::release`].
    ///
    /// # Safety
    /// The calling thread's isolate is the one that the handles are of, and alive.
    pub unsafe fn release(&mut self, index: u32) {
        if index >= self.len {
            return;
        }
        // SAFETY: a cell of this table.
        let slot = unsafe { self.cell(index).read() };
        if is_free(slot) {
            return;
        }
        if !slot.is_null() {
            // SAFETY: a slot that is neither null nor free is a handle's that V8 has not cleared.
            unsafe { self.here.dispose(slot) };
        }
        self.give_free(index);
    }

    /// See [`super::WeakTable::sweep`].
    pub fn sweep(&mut self, from: u32, limit: u32, mut dead: impl FnMut(u32) -> bool) -> u32 {
        let end = self.len.min(from.saturating_add(limit));
        let mut index = from.min(end);
        let mut goes_on = true;
        while index < end && goes_on {
            // SAFETY: a cell of this table.
            if unsafe { self.cell(index).read() }.is_null() {
                self.give_free(index);
                goes_on = dead(index);
            }
            index += 1;
        }
        if index >= self.len { 0 } else { index }
    }

    /// See [`super::WeakTable::gather`].
    ///
    /// # Safety
    /// As [`Phantoms::release`].
    pub unsafe fn gather(
        &mut self,
        from: u32,
        limit: u32,
        mut each: impl FnMut(u32, sys::napi_value) -> bool,
    ) -> u32 {
        let end = self.len.min(from.saturating_add(limit));
        let mut index = from.min(end);
        let mut goes_on = true;
        while index < end && goes_on {
            // SAFETY: a cell of this table.
            let slot = unsafe { self.cell(index).read() };
            if slot.is_null() {
                self.give_free(index);
                goes_on = each(index, ptr::null_mut());
            } else if !is_free(slot) {
                // A strong one, because `each` may allocate. A handle's slot does for a local handle: both are
                // pointers to the address, which V8 keeps up to date.
                // SAFETY: the handle is not cleared; the copy is disposed of once, after its use.
                unsafe {
                    let strong = self.here.copy(slot);
                    goes_on = each(index, strong.cast());
                    self.here.dispose(strong);
                }
            }
            index += 1;
        }
        if index >= self.len { 0 } else { index }
    }

    /// See [`super::WeakTable::clear`].
    ///
    /// # Safety
    /// As [`Phantoms::release`].
    pub unsafe fn clear(&mut self) {
        for index in 0..self.len {
            // SAFETY: a cell of this table, and the caller's promise.
            unsafe {
                let slot = self.cell(index).read();
                if !slot.is_null() && !is_free(slot) {
                    self.here.dispose(slot);
                }
            }
        }
        self.len = 0;
        self.free = NONE;
        for chunk in self.chunks.drain(..) {
            // SAFETY: made by `grow` of a box, and V8 no longer uses any of its words.
            drop(unsafe { Box::from_raw(chunk.cast::<[Slot; CHUNK]>()) });
        }
    }

    #[inline]
    fn take_free(&mut self) -> u32 {
        if self.free == NONE {
            if self.len as usize == self.chunks.len() * CHUNK {
                let words: Box<[Slot; CHUNK]> = Box::new([ptr::null_mut(); CHUNK]);
                self.chunks.push(Box::into_raw(words).cast());
            }
            self.len += 1;
            return self.len - 1;
        }
        let index = self.free;
        // SAFETY: a cell of this table.
        self.free = (unsafe { self.cell(index).read() } as usize >> 1) as u32;
        index
    }

    #[inline]
    fn give_free(&mut self, index: u32) {
        let word = (self.free as usize) << 1 | FREE;
        // SAFETY: a cell of this table that V8 no longer uses.
        unsafe { self.cell(index).write(ptr::without_provenance_mut(word)) };
        self.free = index;
    }

    /// The word of an index below `len`.
    #[inline]
    fn cell(&self, index: u32) -> *mut Slot {
        let index = index as usize;
        let chunk = self.chunks[index / CHUNK];
        // SAFETY: a chunk has `CHUNK` words.
        unsafe { chunk.add(index % CHUNK) }
    }
}

fn is_free(slot: Slot) -> bool {
    slot as usize & FREE != 0
}
