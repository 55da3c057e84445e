//! Counts the bytes that Rust has allocated: what leakline reports of its own memory is what it holds, whoever of it holds it.
#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// A cache line of its own: each thread that allocates writes to it.
#[repr(align(64))]
struct Line(AtomicUsize);

static HELD: Line = Line(AtomicUsize::new(0));

/// Bytes that are allocated now, by all threads, with what the system's allocator needs for each piece.
pub fn held_bytes() -> u64 {
    // A sum that nothing is ordered by.
    HELD.0.load(Ordering::Relaxed) as u64
}

/// What a piece takes: a word before it, in steps of two, four at the least. So it is in glibc; others differ by a word or two.
const fn taken(size: usize) -> usize {
    const WORD: usize = size_of::<usize>();
    let whole = size.saturating_add(2 * WORD + WORD - 1) / (2 * WORD) * (2 * WORD);
    if whole < 4 * WORD { 4 * WORD } else { whole }
}

/// The system's allocator.
struct Counting;

// SAFETY: each call is passed on to the system's allocator with its arguments and answered with what that answers; counting
// neither allocates nor panics.
unsafe impl GlobalAlloc for Counting {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise.
        came(unsafe { System.alloc(layout) }, layout.size())
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise.
        came(unsafe { System.alloc_zeroed(layout) }, layout.size())
    }

    #[inline]
    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(place, layout) };
        HELD.0.fetch_sub(taken(layout.size()), Ordering::Relaxed);
    }

    #[inline]
    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller's promise.
        let moved = came(unsafe { System.realloc(place, layout, size) }, size);
        if !moved.is_null() {
            HELD.0.fetch_sub(taken(layout.size()), Ordering::Relaxed);
        }
        moved
    }
}

/// Counts a piece, where there is one.
#[inline]
fn came(place: *mut u8, size: usize) -> *mut u8 {
    if !place.is_null() {
        HELD.0.fetch_add(taken(size), Ordering::Relaxed);
    }
    place
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_takes_what_glibc_takes() {
        let word = size_of::<usize>();
        for (size, words) in [(1, 4), (3 * word, 4), (3 * word + 1, 6), (5 * word, 6), (1_000 * word, 1_002)]
        {
            assert_eq!(taken(size), words * word, "{size}");
        }
    }

    /// Other tests allocate meanwhile, but not so much.
    #[test]
    #[cfg_attr(miri, ignore = "Miri fills what it allocates")]
    fn what_is_held_is_counted_until_it_is_freed() {
        const MUCH: usize = 512 << 20;
        let empty = held_bytes();
        // Never written, so that the system never gives it.
        let mut held: Vec<u8> = Vec::with_capacity(MUCH);
        assert!(held_bytes() > empty + MUCH as u64 / 2);
        held.reserve_exact(2 * MUCH);
        assert!(held_bytes() > empty + MUCH as u64 * 3 / 2);
        drop(held);
        assert!(held_bytes() < empty + MUCH as u64 / 2);
    }
}
