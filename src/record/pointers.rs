//! The addresses of sampled memory blocks, in one table for the process: any thread adds what it has allocated, and any
//! thread removes what it frees. V8 frees Buffers on a thread of its own.
//!
//! An address has one place to be in, a bucket of eight words: a cache line. Most blocks that are freed were never
//! sampled, and that is known after one look at it. A word is the address and a generation beside it, so that
//! whoever has added a block sees whether it is still that one, also when its address is in use again.
//!
//! No order is needed but that of each word: who frees a block has got its address from who allocated it, in a way
//! that makes the addition visible; and an address is given away again after its removal, by the allocator's own order.

use super::sync::{AtomicU64, Ordering};

/// Words of a bucket.
const WAYS: usize = 8;
/// A block's address has so many zeros at its end, …
const ALIGNMENT: u32 = 4;
/// … and is below this power of two: user space, with four levels of page tables.
const ADDRESS_BITS: u32 = 48;
/// Bits of a generation: what is left.
const GENERATION_BITS: u32 = 64 - (ADDRESS_BITS - ALIGNMENT);

#[cfg_attr(not(loom), repr(align(64)))]
struct Bucket([AtomicU64; WAYS]);

/// See the module.
pub struct Pointers {
    buckets: Box<[Bucket]>,
    shift: u32,
    generation: AtomicU64,
}

/// A block that was added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    place: u32,
    word: u64,
}

impl Pointers {
    /// Room for eight times `1 << log2` addresses, 64 bytes for each eight. `log2`: from 1 to 28.
    pub fn new(log2: u32) -> Self {
        let bucket = |_| Bucket(std::array::from_fn(|_| AtomicU64::new(0)));
        Self {
            buckets: (0..1_usize << log2).map(bucket).collect(),
            shift: u64::BITS - log2,
            generation: AtomicU64::new(0),
        }
    }

    /// Adds a block that the caller has just allocated. `None` where there is no room for it, or it cannot be distinguished from
    /// others: then it is not followed.
    pub fn add(&self, address: usize) -> Option<Entry> {
        let tag = tag(address)?;
        let at = self.bucket(tag);
        let bucket = self.buckets.get(at)?;
        let generation = self.generation.fetch_add(1, Ordering::Relaxed) & ((1 << GENERATION_BITS) - 1);
        let word = (tag << GENERATION_BITS) | generation;
        // Freed behind our back: the address is the caller's alone now.
        remove(bucket, tag);
        let way = bucket.0.iter().position(|place| {
            place.load(Ordering::Relaxed) == 0
                && place.compare_exchange(0, word, Ordering::Relaxed, Ordering::Relaxed).is_ok()
        })?;
        Some(Entry { place: (at * WAYS + way) as u32, word })
    }

    /// Removes a block that the caller is about to free. Returns whether it was there.
    #[inline]
    pub fn remove(&self, address: usize) -> bool {
        tag(address)
            .is_some_and(|tag| self.buckets.get(self.bucket(tag)).is_some_and(|bucket| remove(bucket, tag)))
    }

    /// Whether a block was not freed yet.
    pub fn lives(&self, entry: Entry) -> bool {
        let place = entry.place as usize;
        let word = self.buckets.get(place / WAYS).map(|bucket| &bucket.0[place % WAYS]);
        word.is_some_and(|word| word.load(Ordering::Relaxed) == entry.word)
    }

    /// A block is not followed any more, whether it lives or not.
    pub fn forget(&self, entry: Entry) {
        let place = entry.place as usize;
        if let Some(bucket) = self.buckets.get(place / WAYS) {
            let word = &bucket.0[place % WAYS];
            // Where it fails the place is another block's already.
            let _ = word.compare_exchange(entry.word, 0, Ordering::Relaxed, Ordering::Relaxed);
        }
    }

    /// Bytes of the table.
    pub fn bytes(&self) -> usize {
        self.buckets.len() * size_of::<Bucket>()
    }

    #[inline]
    fn bucket(&self, tag: u64) -> usize {
        // Fibonacci hashing (Knuth, volume 3, 6.4): the upper bits of the product depend on all of the tag.
        (tag.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> self.shift) as usize
    }
}

/// The bits that make out an address; `None` for what no block of an allocator has.
#[inline]
fn tag(address: usize) -> Option<u64> {
    let address = address as u64;
    let is_block = address != 0 && address >> ADDRESS_BITS == 0 && address & ((1 << ALIGNMENT) - 1) == 0;
    is_block.then_some(address >> ALIGNMENT)
}

#[inline]
fn remove(bucket: &Bucket, tag: u64) -> bool {
    bucket.0.iter().any(|place| {
        let word = place.load(Ordering::Relaxed);
        word >> GENERATION_BITS == tag
            && place.compare_exchange(word, 0, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    })
}

#[cfg(test)]
#[path = "pointers_tests.rs"]
mod tests;
