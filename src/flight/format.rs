//! Numbers of the file's layout. Whatever changes the meaning of one raises [`VERSION`].

use super::history::{ENTRY, TIERS};
use super::record::RECORD;
use super::vitals::VITALS;
pub use super::words::COLUMNS;

/// The first eight bytes.
pub const MAGIC: [u8; 8] = *b"LKFLIGHT";
/// Version of the format.
pub const VERSION: u32 = 1;
/// Bytes of the header.
pub const HEADER: u64 = 4096;
/// Where the identity begins in the header.
pub const IDENTITY_AT: u64 = 128;
/// Longest identity, as JSON.
pub const MAX_IDENTITY: usize = 2816;
/// Where the header says that a later start has reported this file's end: one word.
pub const REPORTED_AT: u64 = 3072;
/// Where the end of the process lies: a sector of its own, so that one write is whole or not there.
pub const END_AT: u64 = 3584;
/// Bytes of the end.
pub const END: usize = 512;

/// Words in front of a slot's payload: sequence number, lengths, checksum, times, entries of each ring.
pub const SLOT_HEAD: usize = 80;
/// The sequence number once more, behind the payload.
pub const SLOT_TAIL: usize = 8;
/// Bytes of the columns in a slot: site and since when, each.
pub const COLUMN_BYTES: usize = COLUMNS * 12;
/// Most bytes of a slot's details.
pub const MAX_DETAILS: usize = 64 << 10;

/// Sites that a slot has room for at first.
pub const FIRST_RECORDS: u32 = 1 << 10;
/// And at the most; further sites are not in the file.
pub const MAX_RECORDS: u32 = 10 << 10;
/// Bytes of the log at first.
pub const FIRST_LOG: u32 = 256 << 10;
/// And at the most: with the largest slots the file stays below 4 MiB.
pub const MAX_LOG: u32 = 1856 << 10;

/// How much room a file has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Records of a slot.
    pub records: u32,
    /// Bytes of the log.
    pub log: u32,
}

impl Default for Layout {
    fn default() -> Self {
        Self { records: FIRST_RECORDS, log: FIRST_LOG }
    }
}

impl Layout {
    /// The smallest layout with room for `records` and `log` bytes, doubling from the first.
    pub fn fitting(records: usize, log: usize) -> Self {
        let double = |first: u32, max: u32, wanted: usize| {
            let mut size = first;
            while (size as usize) < wanted && size < max {
                size = size.saturating_mul(2).min(max);
            }
            size
        };
        Self { records: double(FIRST_RECORDS, MAX_RECORDS, records), log: double(FIRST_LOG, MAX_LOG, log) }
    }

    /// Where a ring of the history begins.
    pub fn ring_at(tier: usize) -> u64 {
        HEADER + TIERS[..tier].iter().map(|tier| tier.bytes()).sum::<u64>()
    }

    /// Bytes of a slot.
    pub fn slot_bytes(self) -> u64 {
        let bytes =
            SLOT_HEAD + VITALS + COLUMN_BYTES + self.records as usize * RECORD + MAX_DETAILS + SLOT_TAIL;
        bytes.next_multiple_of(4096) as u64
    }

    /// Where slot 0 or 1 begins.
    pub fn slot_at(self, slot: u64) -> u64 {
        Self::ring_at(TIERS.len()).next_multiple_of(4096) + slot * self.slot_bytes()
    }

    /// Where the log begins.
    pub fn log_at(self) -> u64 {
        self.slot_at(2)
    }

    /// Bytes of a file whose log is full.
    pub fn bytes(self) -> u64 {
        self.log_at() + u64::from(self.log)
    }

    /// The header's words behind magic and version.
    pub(super) fn words(self) -> [u32; 8] {
        let ring = TIERS.iter().map(|tier| tier.length).sum();
        [
            self.records,
            self.log,
            RECORD as u32,
            ENTRY as u32,
            COLUMNS as u32,
            TIERS.len() as u32,
            ring,
            MAX_DETAILS as u32,
        ]
    }

    /// The layout of a header's words; `None` for one that this version does not lay out so.
    pub(super) fn of_words(words: [u32; 8]) -> Option<Self> {
        let layout = Self { records: words[0], log: words[1] };
        let is_bounded = layout.records <= MAX_RECORDS && layout.log <= MAX_LOG;
        (is_bounded && layout.words() == words).then_some(layout)
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_a_thousand_sites_is_small_and_none_is_above_four_mebibytes() {
        assert!(Layout::default().bytes() <= 1_500_000, "{}", Layout::default().bytes());
        let largest = Layout::fitting(usize::MAX, usize::MAX);
        assert!(largest.bytes() <= 4 << 20, "{}", largest.bytes());
        assert_eq!(largest, Layout { records: MAX_RECORDS, log: MAX_LOG });
        assert_eq!(Layout::fitting(1_025, 1), Layout { records: 2_048, log: FIRST_LOG });
    }

    #[test]
    fn a_layout_is_read_back_and_no_other() {
        let layout = Layout::fitting(5_000, 900_000);
        assert_eq!(Layout::of_words(layout.words()), Some(layout));
        let mut words = layout.words();
        words[2] += 1;
        assert_eq!(Layout::of_words(words), None);
        words = layout.words();
        words[1] = u32::MAX;
        assert_eq!(Layout::of_words(words), None);
    }
}
