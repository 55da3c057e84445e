//! The records of a state on their way to the file: a dozen bytes for each in place of 64, since they go from thread to
//! thread once a second, and what was allocated for that stays the process's.

use super::log::{BadLog, number, small, varint};
use super::record::Record;
use super::words::{verdict_number, verdict_of};
use crate::values::snapshot::Size;

const ESTIMATED: u8 = 1 << 2;
const COLLECTION: u8 = 1 << 3;

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Records {
    bytes: Vec<u8>,
    count: usize,
}

impl Records {
    /// Appends one.
    pub fn push(&mut self, record: &Record) {
        let out = &mut self.bytes;
        varint(record.site.into(), out);
        let flags = u8::from(record.estimated) * ESTIMATED + u8::from(record.size.is_some()) * COLLECTION;
        out.push(verdict_number(record.verdict) | flags);
        let counts = [record.live, record.registered, record.released, record.collected, record.oldest_ms];
        counts.into_iter().for_each(|number| varint(number, out));
        if let Some(Size { total, max }) = record.size {
            varint(total, out);
            varint(max, out);
        }
        self.count += 1;
    }

    /// Empties it. Its memory stays for the next state's.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.count = 0;
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// All of them, in their order.
    pub fn iter(&self) -> impl Iterator<Item = Record> + '_ {
        let mut rest = self.bytes.as_slice();
        // Only `push` writes there, so that each is whole; none is left once there are no bytes.
        std::iter::from_fn(move || decode(&mut rest).ok())
    }
}

impl<'a> FromIterator<&'a Record> for Records {
    fn from_iter<I: IntoIterator<Item = &'a Record>>(records: I) -> Self {
        let mut all = Self::default();
        records.into_iter().for_each(|record| all.push(record));
        all
    }
}

fn decode(rest: &mut &[u8]) -> Result<Record, BadLog> {
    let site = small(rest)?;
    let (flags, behind) = rest.split_first().ok_or(BadLog)?;
    *rest = behind;
    Ok(Record {
        site,
        verdict: verdict_of(flags & 3),
        estimated: flags & ESTIMATED != 0,
        live: number(rest)?,
        registered: number(rest)?,
        released: number(rest)?,
        collected: number(rest)?,
        oldest_ms: number(rest)?,
        size: match flags & COLLECTION {
            0 => None,
            _ => Some(Size { total: number(rest)?, max: number(rest)? }),
        },
    })
}

#[cfg(all(test, not(loom)))]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::values::snapshot::Verdict;

    prop_compose! {
        fn record()(site: u32, verdict in 0u8..4, estimated: bool, numbers: [u64; 5], bits in 0u32..64, size: Option<(u64, u64)>) -> Record {
            let [live, registered, released, collected, oldest_ms] = numbers.map(|number| number >> bits);
            let size = size.map(|(total, max)| Size { total, max });
            Record { site, verdict: verdict_of(verdict), estimated, live, registered, released, collected, oldest_ms, size }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn records_are_read_back(all in prop::collection::vec(record(), 0..20)) {
            let mut records: Records = all.iter().collect();
            prop_assert_eq!(records.len(), all.len());
            prop_assert_eq!(records.is_empty(), all.is_empty());
            prop_assert_eq!(records.iter().collect::<Vec<_>>(), all);
            records.clear();
            prop_assert_eq!(records, Records::default());
        }
    }

    #[test]
    fn a_service_takes_a_fifth_of_what_the_file_has() {
        let of_a_week = |site| Record {
            site,
            verdict: Verdict::Steady,
            live: 3,
            registered: 100_000,
            released: 99_000,
            collected: 997,
            oldest_ms: 604_800_000,
            ..Record::default()
        };
        let all: Vec<Record> = (1..=10_000).map(of_a_week).collect();
        let records: Records = all.iter().collect();
        assert!(records.bytes.len() <= 10_000 * 20, "{}", records.bytes.len());
    }
}
