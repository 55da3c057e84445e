//! Memory that is read a word at a time.

/// Where a heap lies. Whoever reads cannot fail: what is not there is `None`.
pub trait Memory {
    /// The eight bytes at `address`, a multiple of eight; `None` where nothing can be read.
    fn word(&self, address: u64) -> Option<u64>;

    /// True where objects of V8 may lie: neither a stack nor memory of malloc's.
    fn may_have_objects(&self, address: u64) -> bool;

    /// True for what cannot be written: V8's objects that all isolates share.
    fn is_shared(&self, address: u64) -> bool;
}

/// Bits of a tagged word: 01 is a strong reference, 11 a weak one, else it is a small integer.
const TAGS: u64 = 3;

/// What a tagged word says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tagged {
    /// A small integer.
    Smi(i32),
    /// The address of an object.
    Strong(u64),
    /// The address of an object that it does not keep.
    Weak(u64),
    /// A weak reference whose object is gone.
    Cleared,
}

impl Tagged {
    /// Decodes a word. Whether an object is at the address is not known yet.
    #[inline(always)]
    pub fn of(word: u64) -> Tagged {
        match word & TAGS {
            1 => Tagged::Strong(word - 1),
            // V8 clears the lower half: it is 3 then, whatever is above.
            3 if word as u32 == 3 => Tagged::Cleared,
            3 => Tagged::Weak(word - 3),
            _ => Tagged::Smi((word >> 32) as i32),
        }
    }

    /// The object of a strong reference.
    #[inline(always)]
    pub fn strong(self) -> Option<u64> {
        match self {
            Tagged::Strong(address) => Some(address),
            _ => None,
        }
    }
}
