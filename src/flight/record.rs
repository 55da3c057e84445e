//! One site in a slot: the numbers that change, 64 bytes.

use super::history::{packed, packed_sizes};
use super::words::{u32_at, u64_at, verdict_number, verdict_of};
use crate::values::snapshot::{Size, Verdict};

/// Bytes of a record.
pub const RECORD: usize = 64;

const ESTIMATED: u8 = 1;
const COLLECTION: u8 = 2;

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
    /// Collections only: their entries.
    pub size: Option<Size>,
}

impl Record {
    /// Its number in the history.
    pub fn packed(&self) -> u32 {
        match self.size {
            Some(size) => packed_sizes(self.verdict, self.live, size.total),
            None => packed(self.verdict, self.live),
        }
    }

    /// Its bytes.
    pub fn encode(&self) -> [u8; RECORD] {
        let mut bytes = [0; RECORD];
        bytes[..4].copy_from_slice(&self.site.to_le_bytes());
        bytes[4] = verdict_number(self.verdict);
        bytes[5] = u8::from(self.estimated) * ESTIMATED + u8::from(self.size.is_some()) * COLLECTION;
        let Size { total, max } = self.size.unwrap_or_default();
        let numbers = [self.live, self.registered, self.released, self.collected, self.oldest_ms, total];
        for (index, number) in numbers.into_iter().enumerate() {
            bytes[8 + index * 8..][..8].copy_from_slice(&number.to_le_bytes());
        }
        bytes[56..60].copy_from_slice(&u32::try_from(max).unwrap_or(u32::MAX).to_le_bytes());
        bytes
    }

    /// Reads one from [`RECORD`] bytes.
    pub fn decode(bytes: &[u8]) -> Self {
        Self {
            site: u32_at(bytes, 0),
            verdict: verdict_of(bytes[4]),
            estimated: bytes[5] & ESTIMATED != 0,
            live: u64_at(bytes, 8),
            registered: u64_at(bytes, 16),
            released: u64_at(bytes, 24),
            collected: u64_at(bytes, 32),
            oldest_ms: u64_at(bytes, 40),
            size: (bytes[5] & COLLECTION != 0)
                .then(|| Size { total: u64_at(bytes, 48), max: u32_at(bytes, 56).into() }),
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
            size: Some(Size { total: 6, max: u32::MAX.into() }),
        };
        assert_eq!(Record::decode(&record.encode()), record);
    }
}
