//! The memory of this process, a word at a time: only what `/proc/self/maps` lists as readable is ever read.
#![allow(unsafe_code)]

use crate::heap::raw::memory::Memory;

const PAGE_BITS: u32 = 12;
const BLOCK_BITS: u32 = 30;
/// Pages of a block, and words of the bits that say which of them there are.
const BLOCK_WORDS: usize = 1 << (BLOCK_BITS - PAGE_BITS - 6);
/// Addresses of a program have so many bits.
const ADDRESS_BITS: u32 = 47;

/// Which pages there are: a bit each, in blocks of a gigabyte.
struct Pages {
    blocks: Vec<Option<Box<[u64; BLOCK_WORDS]>>>,
}

impl Pages {
    fn none() -> Self {
        Self { blocks: (0..1usize << (ADDRESS_BITS - BLOCK_BITS)).map(|_| None).collect() }
    }

    fn add(&mut self, from: u64, to: u64) {
        for address in (from..to.min(1 << ADDRESS_BITS)).step_by(1 << PAGE_BITS) {
            let block = self.blocks[(address >> BLOCK_BITS) as usize]
                .get_or_insert_with(|| Box::new([0; BLOCK_WORDS]));
            let page = (address >> PAGE_BITS) as usize % (BLOCK_WORDS * 64);
            block[page / 64] |= 1 << (page % 64);
        }
    }

    #[inline(always)]
    fn has(&self, address: u64) -> bool {
        let Some(Some(block)) = self.blocks.get((address >> BLOCK_BITS) as usize) else { return false };
        let page = (address >> PAGE_BITS) as usize % (BLOCK_WORDS * 64);
        block[page / 64] >> (page % 64) & 1 != 0
    }
}

/// The mappings of this process at one moment, in which nothing else runs.
pub struct Regions {
    readable: Pages,
    /// Where V8's objects may lie: anonymous memory that is neither malloc's nor the stack.
    objects: Pages,
    /// What nobody can write there: V8's objects that all isolates share.
    shared: Pages,
    /// The stack of the main thread.
    pub stack: (u64, u64),
    /// What malloc grew by `brk`.
    pub malloc: Vec<(u64, u64)>,
}

impl Regions {
    /// The mappings in the text of `/proc/self/maps`.
    ///
    /// # Safety
    /// It is the text of this process, and as long as the value lives no mapping in it goes: in a forked child without other
    /// threads, which frees nothing that it has read here.
    pub unsafe fn of(maps: &str) -> Self {
        let mut regions = Self {
            readable: Pages::none(),
            objects: Pages::none(),
            shared: Pages::none(),
            stack: (0, 0),
            malloc: Vec::new(),
        };
        for line in maps.lines() {
            let mut fields = line.split_ascii_whitespace();
            let Some((from, to)) = fields.next().and_then(range) else { continue };
            let rights = fields.next().unwrap_or_default();
            let is_readable = rights.starts_with('r');
            let name = fields.nth(3).unwrap_or_default();
            // Pages of the kernel, and of devices, which may block whoever reads.
            if !is_readable
                || matches!(name, "[vvar]" | "[vsyscall]" | "[vvar_vclock]")
                || name.starts_with("/dev/")
            {
                continue;
            }
            regions.readable.add(from, to);
            match name {
                "" => {
                    regions.objects.add(from, to);
                    if rights.starts_with("r--") {
                        regions.shared.add(from, to);
                    }
                }
                "[stack]" => regions.stack = (from, to),
                "[heap]" => regions.malloc.push((from, to)),
                _ => {}
            }
        }
        regions
    }
}

fn range(text: &str) -> Option<(u64, u64)> {
    let (from, to) = text.split_once('-')?;
    Some((u64::from_str_radix(from, 16).ok()?, u64::from_str_radix(to, 16).ok()?))
}

impl Memory for Regions {
    #[inline(always)]
    fn word(&self, address: u64) -> Option<u64> {
        if address & 7 != 0 || !self.readable.has(address) {
            return None;
        }
        // SAFETY: the page is mapped and readable, by `Regions::of`'s promise still so; eight bytes at a multiple of eight are
        // within it. Nothing else runs; what this thread itself writes meanwhile, its stack and malloc's memory, may have any
        // value, which is why the read is volatile.
        Some(unsafe { std::ptr::with_exposed_provenance::<u64>(address as usize).read_volatile() })
    }

    #[inline(always)]
    fn may_have_objects(&self, address: u64) -> bool {
        self.objects.has(address)
    }

    fn is_shared(&self, address: u64) -> bool {
        self.shared.has(address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_mapped_is_read() {
        let words = Box::new([11u64, 22]);
        let at = std::ptr::from_ref(&*words).expose_provenance() as u64;
        let page = at & !0xFFF;
        let maps = format!(
            "{page:x}-{:x} rw-p 00000000 00:00 0\n10000-20000 ---p 0 00:00 0\n30000-40000 r--p 0 00:00 0 [stack]",
            page + 0x2000
        );
        // SAFETY: this test's own page is mapped as long as `words` lives; of the others only the absence is asked for.
        let regions = unsafe { Regions::of(&maps) };
        assert_eq!((regions.word(at), regions.word(at + 8)), (Some(11), Some(22)));
        assert_eq!((regions.word(at + 1), regions.word(0x10000), regions.word(1 << 50)), (None, None, None));
        assert!(regions.may_have_objects(at) && !regions.may_have_objects(0x30000));
        assert_eq!((regions.stack, regions.malloc.clone()), ((0x30000, 0x40000), Vec::new()));
    }
}
