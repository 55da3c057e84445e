//! One site in a slot: the numbers that change, 64 bytes.

use super::format::{u32_at, u64_at};
use crate::values::snapshot::Verdict;

/// Bytes of a record.
pub const RECORD: usize = 64;

/// See the module. Who the site is stands in the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// Its number in the log.
    pub site: u32,
    /// As of the last judgement.
    pub verdict: Verdict,
    /// As [`crate::values::snapshot::Site::estimated`].
    pub estimated: bool,
    /// Unreleased.
    pub live: u64,
    /// Came to life.
    pub registered: u64,
    /// Ended in order.
    pub released: u64,
    /// Ended with their owner.
    pub collected: u64,
    /// Age of the oldest live one, in ms.
    pub oldest_ms: u64,
    /// Collections: entries over all live ones.
    pub size_total: u64,
    /// Collections: entries of the largest.
    pub size_max: u32,
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

impl Record {
    /// Appends its bytes.
    pub fn encode(&self, out: &mut Vec<u8>) {
        out.extend(self.site.to_le_bytes());
        out.extend([verdict_number(self.verdict), u8::from(self.estimated), 0, 0]);
        for number in
            [self.live, self.registered, self.released, self.collected, self.oldest_ms, self.size_total]
        {
            out.extend(number.to_le_bytes());
        }
        out.extend(self.size_max.to_le_bytes());
        out.extend([0; 4]);
    }

    /// Reads one from [`RECORD`] bytes.
    pub fn decode(bytes: &[u8]) -> Self {
        Self {
            site: u32_at(bytes, 0),
            verdict: verdict_of(bytes[4]),
            estimated: bytes[5] != 0,
            live: u64_at(bytes, 8),
            registered: u64_at(bytes, 16),
            released: u64_at(bytes, 24),
            collected: u64_at(bytes, 32),
            oldest_ms: u64_at(bytes, 40),
            size_total: u64_at(bytes, 48),
            size_max: u32_at(bytes, 56),
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_read_back() {
        let record = Record {
            site: 7,
            verdict: Verdict::Suspect,
            estimated: true,
            live: u64::MAX,
            registered: 2,
            released: 3,
            collected: 4,
            oldest_ms: 5,
            size_total: 6,
            size_max: u32::MAX,
        };
        let mut bytes = Vec::new();
        record.encode(&mut bytes);
        assert_eq!((bytes.len(), Record::decode(&bytes)), (RECORD, record));
    }
}
