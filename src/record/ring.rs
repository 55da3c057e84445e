//! A single-producer single-consumer ring over a borrowed region of atomics.
//!
//! The producer is one isolate (JavaScript in production, [`Ring::push`] in tests), the consumer
//! the collector. Both positions only grow, modulo 2^32; their difference is the number of records.
//! After Lamport, *Proving the Correctness of Multiprocess Programs*, 1977: each position has one
//! writer, so no read-modify-write is needed.
//!
//! ```text
//!            TAIL                 HEAD
//!             ▼                    ▼
//!  … drained │ pushed, not drained │ free …
//!             └─ the consumer reads └─ the producer writes
//! ```
//!
//! | written with Release | read with Acquire | publishes |
//! | --- | --- | --- |
//! | HEAD by the producer | HEAD in [`Ring::head`] | the records before it |
//! | TAIL in [`Ring::drain`] | TAIL by the producer | that the records before it may be overwritten |
//! | SWEPT by the producer | SWEPT in [`Ring::is_swept`] | the records of the sweep, through HEAD |
//!
//! The other words (CLOCK, SWEEP, GC_REQUEST, DROPPED) publish nothing but themselves. `loom_model` goes through every
//! interleaving of all of them.
//!
//! JavaScript's `Atomics.store` and `Atomics.load` are sequentially consistent, hence also Release
//! and Acquire.

use std::ops::Deref;

use crate::record::layout::{
    CLOCK, DROPPED, GC_REQUEST, HEAD, HEADER_WORDS, RECORD_WORDS, Record, SWEEP, SWEPT, TAIL,
};
use crate::record::sync::{AtomicU32, Ordering};

/// The memory of a ring: shared with JavaScript in production, a box in tests.
pub trait Region: Deref<Target = [AtomicU32]> + Send {}
impl<T: Deref<Target = [AtomicU32]> + Send> Region for T {}

/// See the module.
pub struct Ring<M> {
    region: M,
    /// Records minus one; the number of records is a power of two.
    mask: u32,
}

/// Why a region cannot hold a ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadRegion {
    /// Words that were given.
    pub words: usize,
}

impl std::fmt::Display for BadRegion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "a region holds {HEADER_WORDS} header words and a power of two of {RECORD_WORDS}-word records; given {} words",
            self.words
        )
    }
}

impl std::error::Error for BadRegion {}

impl<M: Deref<Target = [AtomicU32]>> Ring<M> {
    /// A ring over a region, at the positions that the region has.
    ///
    /// # Errors
    /// [`BadRegion`] when it does not hold a power of two of records behind the header.
    pub fn new(region: M) -> Result<Self, BadRegion> {
        let words = region.len();
        let records = words.saturating_sub(HEADER_WORDS) / RECORD_WORDS;
        if !records.is_power_of_two() || records > 1 << 24 || words != HEADER_WORDS + records * RECORD_WORDS {
            return Err(BadRegion { words });
        }
        Ok(Self { region, mask: records as u32 - 1 })
    }

    /// Records that fit.
    pub fn capacity(&self) -> u32 {
        self.mask + 1
    }

    /// The producer's position. All records before it can be drained.
    pub fn head(&self) -> u32 {
        // Acquire: pairs with the producer's Release of HEAD; the records before it are visible.
        self.region[HEAD].load(Ordering::Acquire)
    }

    /// Drains the records before `head`, a result of [`Ring::head`]. Only the consumer may call it. Returns the
    /// number of records that were given to `each`.
    ///
    /// A caller that must also see what the producer did before a push, such as sending a message, reads the head
    /// first, the messages next, and drains last.
    pub fn drain(&self, head: u32, mut each: impl FnMut(Record)) -> u32 {
        // Relaxed: this side is the only writer of TAIL.
        let tail = self.region[TAIL].load(Ordering::Relaxed);
        let fill = head.wrapping_sub(tail);
        // A producer that overran the ring has overwritten the oldest records: keep the newest.
        let count = fill.min(self.capacity());
        for position in 0..count {
            let at = self.at(head.wrapping_sub(count).wrapping_add(position));
            // Relaxed: the Acquire of HEAD made them visible, and the producer writes them only after TAIL moves.
            each(std::array::from_fn(|word| self.region[at + word].load(Ordering::Relaxed)));
        }
        // Release: pairs with the producer's Acquire of TAIL; the reads above are done, so the
        // records may be overwritten.
        self.region[TAIL].store(head, Ordering::Release);
        count
    }

    /// Pushes one record; false when the ring is full. Only the producer may call it.
    ///
    /// For tests and models: `js/recording/ring.js` is the producer in production.
    pub fn push(&self, record: Record) -> bool {
        // Relaxed: this side is the only writer of HEAD.
        let head = self.region[HEAD].load(Ordering::Relaxed);
        // Acquire: pairs with the consumer's Release of TAIL; it has read the records that are overwritten.
        let tail = self.region[TAIL].load(Ordering::Acquire);
        if head.wrapping_sub(tail) >= self.capacity() {
            return false;
        }
        let at = self.at(head);
        for (word, value) in record.into_iter().enumerate() {
            // Relaxed: published by HEAD's Release below.
            self.region[at + word].store(value, Ordering::Relaxed);
        }
        // Release: pairs with the consumer's Acquire of HEAD; publishes the record.
        self.region[HEAD].store(head.wrapping_add(1), Ordering::Release);
        true
    }

    /// Publishes the time, in ms.
    pub fn publish_clock(&self, now_ms: u64) {
        // Relaxed: a clock that is a few ms old anyway. Wraps.
        self.region[CLOCK].store(now_ms as u32, Ordering::Relaxed);
    }

    /// Requests a garbage collection when it is cheap. Only the consumer may call it.
    pub fn request_gc(&self) {
        let request = &self.region[GC_REQUEST];
        // Relaxed: a count with one writer, which publishes nothing but itself.
        request.store(request.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
    }

    /// Requests that the producer looks for dead owners now and pushes their ends. Only the consumer may call it.
    pub fn ask_sweep(&self, number: u32) {
        // Release: pairs with the producer's Acquire of SWEEP; publishes nothing but itself.
        self.region[SWEEP].store(number, Ordering::Release);
    }

    /// Whether the producer has done the last [`Ring::ask_sweep`]. Its records are before any [`Ring::head`] that is read
    /// after this call, not before one that was read earlier.
    pub fn is_swept(&self) -> bool {
        // Acquire: pairs with the producer's Release of SWEPT, which comes after HEAD's. Relaxed: this side writes SWEEP.
        self.region[SWEPT].load(Ordering::Acquire) == self.region[SWEEP].load(Ordering::Relaxed)
    }

    /// Records that the producer dropped.
    pub fn dropped(&self) -> u64 {
        // Relaxed: a count, which nothing else depends on.
        u64::from(self.region[DROPPED].load(Ordering::Relaxed))
    }

    fn at(&self, position: u32) -> usize {
        HEADER_WORDS + (position & self.mask) as usize * RECORD_WORDS
    }
}

/// A region on the heap, for tests, models and benchmarks. Both positions begin at `start`: near `u32::MAX` they wrap at
/// once.
pub fn heap_region(records: usize, start: u32) -> Box<[AtomicU32]> {
    (0..HEADER_WORDS + records * RECORD_WORDS)
        .map(|word| AtomicU32::new(if word == HEAD || word == TAIL { start } else { 0 }))
        .collect()
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn ring(records: usize, start: u32) -> Ring<Box<[AtomicU32]>> {
        Ring::new(heap_region(records, start)).unwrap()
    }

    fn drained<M: Deref<Target = [AtomicU32]>>(ring: &Ring<M>) -> Vec<u32> {
        let mut firsts = Vec::new();
        ring.drain(ring.head(), |record| firsts.push(record[0]));
        firsts
    }

    #[test]
    fn smoke() {
        let ring = ring(4, 0);
        assert!(ring.push([7, 8, 9, 10]));
        let mut seen = Vec::new();
        assert_eq!(ring.drain(ring.head(), |record| seen.push(record)), 1);
        assert_eq!(seen, [[7, 8, 9, 10]]);
        assert_eq!(drained(&ring), [0; 0], "drained once");
    }

    #[test]
    fn a_full_ring_refuses_until_it_is_drained() {
        let ring = ring(4, 0);
        assert!((0..4).all(|n| ring.push([n, 0, 0, 0])));
        assert!(!ring.push([4, 0, 0, 0]), "the fifth record would overwrite the first");
        assert_eq!(drained(&ring), [0, 1, 2, 3]);
        assert!(ring.push([5, 0, 0, 0]));
        assert_eq!(drained(&ring), [5]);
    }

    #[test]
    fn positions_wrap_around() {
        let ring = ring(4, u32::MAX - 5);
        let mut expected = 0;
        for round in 0..10 {
            assert!(ring.push([round * 2, 0, 0, 0]) && ring.push([round * 2 + 1, 0, 0, 0]));
            for first in drained(&ring) {
                assert_eq!(first, expected);
                expected += 1;
            }
        }
        assert_eq!(expected, 20);
    }

    #[test]
    fn what_is_pushed_after_the_head_was_read_waits() {
        let ring = ring(4, 0);
        ring.push([1, 0, 0, 0]);
        let head = ring.head();
        ring.push([2, 0, 0, 0]);
        let mut seen = Vec::new();
        ring.drain(head, |record| seen.push(record[0]));
        assert_eq!(seen, [1]);
        assert_eq!(drained(&ring), [2]);
    }

    #[test]
    fn a_region_of_another_size_is_refused() {
        for words in [0, HEADER_WORDS, HEADER_WORDS + 3 * RECORD_WORDS, HEADER_WORDS + RECORD_WORDS + 1] {
            let region: Box<[AtomicU32]> = (0..words).map(|_| AtomicU32::new(0)).collect();
            assert_eq!(Ring::new(region).err(), Some(BadRegion { words }));
        }
    }

    #[test]
    fn spsc() {
        const COUNT: u32 = if cfg!(miri) { 200 } else { 200_000 };
        let ring = ring(64, u32::MAX - 100);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for n in 0..COUNT {
                    while !ring.push([n, !n, n ^ 0x5555, n.rotate_left(7)]) {
                        std::thread::yield_now();
                    }
                }
            });
            let mut expected = 0;
            while expected < COUNT {
                ring.drain(ring.head(), |record| {
                    let n = expected;
                    assert_eq!(record, [n, !n, n ^ 0x5555, n.rotate_left(7)], "a torn or lost record");
                    expected += 1;
                });
            }
        });
    }

    /// Plain memory, for ThreadSanitizer and Miri: the ring's own words are atomics, which never race, however weak
    /// their order.
    #[allow(unsafe_code)]
    struct Plain(Box<[std::cell::UnsafeCell<u32>]>);
    // SAFETY: each cell has one writer, and is read only after the ring has ordered the accesses: the test checks that.
    #[allow(unsafe_code)]
    unsafe impl Sync for Plain {}

    #[allow(unsafe_code)]
    impl Plain {
        fn new(count: u32) -> Self {
            Self((0..count).map(|_| std::cell::UnsafeCell::new(0)).collect())
        }

        fn set(&self, at: u32, value: u32) {
            // SAFETY: no other thread reads this cell yet, see above.
            unsafe { *self.0[at as usize].get() = value }
        }

        fn get(&self, at: u32) -> u32 {
            // SAFETY: its writer has finished, see above.
            unsafe { *self.0[at as usize].get() }
        }
    }

    #[test]
    fn a_push_publishes_what_was_written_before_and_a_drain_what_was_read() {
        const COUNT: u32 = if cfg!(miri) { 100 } else { 20_000 };
        let ring = ring(16, 0);
        let (sent, received) = (Plain::new(COUNT), Plain::new(COUNT));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for n in 0..COUNT {
                    sent.set(n, n + 1);
                    while !ring.push([n, 0, 0, 0]) {
                        std::thread::yield_now();
                    }
                    // There was room, so the record that lay there was drained.
                    if n >= ring.capacity() {
                        assert_eq!(received.get(n - ring.capacity()), n - ring.capacity() + 1);
                    }
                }
            });
            let mut count = 0;
            while count < COUNT {
                count += ring.drain(ring.head(), |[n, ..]| {
                    assert_eq!(sent.get(n), n + 1);
                    received.set(n, n + 1);
                });
            }
        });
    }
}
