//! The records of a state on their way to the file: some ten bytes for each in place of 64. They go from thread to thread
//! once a second, and the process keeps the memory that this has taken.

use super::log::{BadLog, number, small, varint};
use super::record::Record;
use super::words::{verdict_number, verdict_of};
use crate::values::snapshot::Size;

const ESTIMATED: u8 = 1 << 2;
const COLLECTION: u8 = 1 << 3;
/// As many were registered as live and have ended: the number itself is left out.
const SUM: u8 = 1 << 4;
/// The site follows the one before: as above.
const NEXT: u8 = 1 << 5;

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Records {
    bytes: Vec<u8>,
    count: usize,
    /// The site of the last one.
    last: u32,
}

impl Records {
    /// Appends one.
    pub fn push(&mut self, record: &Record) {
        let out = &mut self.bytes;
        let is_next = record.site == self.last.wrapping_add(1);
        let is_sum = sum(record) == Some(record.registered);
        let flags = [
            (record.estimated, ESTIMATED),
            (record.size.is_some(), COLLECTION),
            (is_sum, SUM),
            (is_next, NEXT),
        ];
        let flags = flags.into_iter().filter(|(is_so, _)| *is_so).map(|(_, flag)| flag).sum::<u8>();
        out.push(verdict_number(record.verdict) | flags);
        if !is_next {
            varint(record.site.into(), out);
        }
        let counts = [record.live, record.released, record.collected, record.oldest_ms];
        counts.into_iter().for_each(|number| varint(number, out));
        if !is_sum {
            varint(record.registered, out);
        }
        if let Some(Size { total, max }) = record.size {
            varint(total, out);
            varint(max, out);
        }
        self.last = record.site;
        self.count += 1;
    }

    /// Empties it. Its memory stays for the next state's.
    pub fn clear(&mut self) {
        self.bytes.clear();
        (self.count, self.last) = (0, 0);
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
        let mut last = 0;
        std::iter::from_fn(move || decode(&mut rest, &mut last).ok())
    }
}

impl<'a> FromIterator<&'a Record> for Records {
    fn from_iter<I: IntoIterator<Item = &'a Record>>(records: I) -> Self {
        let mut all = Self::default();
        records.into_iter().for_each(|record| all.push(record));
        all
    }
}

fn sum(record: &Record) -> Option<u64> {
    record.live.checked_add(record.released)?.checked_add(record.collected)
}

fn decode(rest: &mut &[u8], last: &mut u32) -> Result<Record, BadLog> {
    let (flags, behind) = rest.split_first().ok_or(BadLog)?;
    *rest = behind;
    let has = |flag| flags & flag != 0;
    *last = if has(NEXT) { last.wrapping_add(1) } else { small(rest)? };
    let mut record = Record {
        site: *last,
        verdict: verdict_of(flags & 3),
        estimated: has(ESTIMATED),
        live: number(rest)?,
        released: number(rest)?,
        collected: number(rest)?,
        oldest_ms: number(rest)?,
        ..Record::default()
    };
    record.registered = if has(SUM) { sum(&record).ok_or(BadLog)? } else { number(rest)? };
    if has(COLLECTION) {
        record.size = Some(Size { total: number(rest)?, max: number(rest)? });
    }
    Ok(record)
}

#[cfg(all(test, not(loom)))]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::values::snapshot::Verdict;

    prop_compose! {
        fn record()(site in prop_oneof![1u32..4, any::<u32>()], verdict in 0u8..4, estimated: bool, is_sum: bool, numbers: [u64; 5], bits in 0u32..64, size: Option<(u64, u64)>) -> Record {
            let [live, registered, released, collected, oldest_ms] = numbers.map(|number| number >> bits);
            let registered = if is_sum { live.wrapping_add(released).wrapping_add(collected) } else { registered };
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
        assert!(records.bytes.len() <= 10_000 * 13, "{}", records.bytes.len());
    }
}
