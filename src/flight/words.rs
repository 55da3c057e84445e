//! Words of the file, and what numbers in them mean.

use crate::values::snapshot::Verdict;

/// Sites whose history is kept.
pub const COLUMNS: usize = 64;

/// A little-endian word.
pub(super) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    let mut word = [0; 4];
    word.copy_from_slice(&bytes[at..at + 4]);
    u32::from_le_bytes(word)
}

/// A little-endian double word.
pub(super) fn u64_at(bytes: &[u8], at: usize) -> u64 {
    let mut word = [0; 8];
    word.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(word)
}

/// The number of a verdict in the file.
pub(super) fn verdict_number(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Leak => 0,
        Verdict::Suspect => 1,
        Verdict::Steady => 2,
        Verdict::New => 3,
    }
}

/// The verdict of a number.
pub(super) fn verdict_of(number: u8) -> Verdict {
    match number {
        0 => Verdict::Leak,
        1 => Verdict::Suspect,
        2 => Verdict::Steady,
        _ => Verdict::New,
    }
}
