//! The history: three rings, near in time and finely, far and coarsely.

use super::vitals::{SAMPLE, Sample};
use super::words::{COLUMNS, u32_at, u64_at, verdict_number, verdict_of};
use crate::values::snapshot::Verdict;

/// Bytes of an entry: number, times, checksum, sample, a number for each column.
pub const ENTRY: usize = 24 + SAMPLE + COLUMNS * 4;

/// A ring's resolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tier {
    /// Between two entries, in ms.
    pub step_ms: u64,
    /// Entries that a state has.
    pub entries: u32,
    /// Entries that there is room for: one more, which is the one being written.
    pub length: u32,
}

/// An hour by 10 s, a day by minutes, a week by quarters of an hour.
pub const TIERS: [Tier; 3] = [Tier::of(10_000, 360), Tier::of(60_000, 1_440), Tier::of(900_000, 672)];

impl Tier {
    const fn of(step_ms: u64, entries: u32) -> Self {
        Self { step_ms, entries, length: entries + 1 }
    }

    /// Bytes of the ring.
    pub fn bytes(self) -> u64 {
        u64::from(self.length) * ENTRY as u64
    }

    /// Where the entry with this number lies, from the ring's beginning.
    pub fn place(self, number: u64) -> u64 {
        number % u64::from(self.length) * ENTRY as u64
    }

    /// The numbers of the entries that a state with `count` of them has.
    pub fn numbers(self, count: u64) -> std::ops::Range<u64> {
        count.saturating_sub(u64::from(self.entries))..count
    }
}

/// One look back.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Counts from 0 in each ring.
    pub number: u64,
    /// Milliseconds since recording began.
    pub at_ms: u64,
    /// How the process was since the entry before.
    pub sample: Sample,
    /// By column; see [`packed`].
    pub values: [u32; COLUMNS],
}

impl Entry {
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(ENTRY);
        bytes.extend(self.number.to_le_bytes());
        bytes.extend(self.at_ms.to_le_bytes());
        bytes.extend([0; 8]);
        self.sample.encode(&mut bytes);
        self.values.iter().for_each(|value| bytes.extend(value.to_le_bytes()));
        let crc = crc32fast::hash(&bytes);
        bytes[16..20].copy_from_slice(&crc.to_le_bytes());
        bytes
    }

    /// `None` for one that is not whole, or not the one with this number.
    pub(super) fn decode(bytes: &[u8], number: u64) -> Option<Self> {
        let mut copy = bytes.to_vec();
        copy[16..24].fill(0);
        if u64_at(bytes, 0) != number || crc32fast::hash(&copy) != u32_at(bytes, 16) {
            return None;
        }
        let mut values = [0; COLUMNS];
        for (index, value) in values.iter_mut().enumerate() {
            *value = u32_at(bytes, 24 + SAMPLE + index * 4);
        }
        Some(Self { number, at_ms: u64_at(bytes, 8), sample: Sample::decode(&bytes[24..]), values })
    }
}

/// A column without a site.
pub const NO_VALUE: u32 = u32::MAX;
const MAX_VALUE: u32 = (1 << 30) - 1;

/// A site's number in one word: the verdict in the highest two bits, below it how many are live.
pub fn packed(verdict: Verdict, live: u64) -> u32 {
    let live = u32::try_from(live).unwrap_or(MAX_VALUE).min(MAX_VALUE - 1);
    u32::from(verdict_number(verdict)) << 30 | live
}

/// As [`packed`], of collections: how many are live and how many entries they have, each with ten significant bits.
pub fn packed_sizes(verdict: Verdict, live: u64, entries: u64) -> u32 {
    let value = (rounded(live) << 15 | rounded(entries)).min(MAX_VALUE - 1);
    u32::from(verdict_number(verdict)) << 30 | value
}

/// The verdict and how many were live.
pub fn unpacked(value: u32) -> Option<(Verdict, u64)> {
    (value != NO_VALUE).then(|| (verdict_of((value >> 30) as u8), u64::from(value & MAX_VALUE)))
}

/// The verdict, how many were live, and their entries.
pub fn unpacked_sizes(value: u32) -> Option<(Verdict, u64, u64)> {
    let (verdict, value) = unpacked(value)?;
    Some((verdict, widened(value >> 15), widened(value & 0x7fff)))
}

/// Ten bits of a number, and five that say where they stand.
fn rounded(number: u64) -> u32 {
    let shift = (64 - number.leading_zeros()).saturating_sub(10);
    if shift > 30 { 0x7fff } else { shift << 10 | (number >> shift) as u32 }
}

fn widened(value: u64) -> u64 {
    (value & 0x3ff) << (value >> 10 & 0x1f)
}

/// Says when entries are due, and joins the samples of each ring.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// Entries made so far.
    pub counts: [u64; TIERS.len()],
    last_ms: [u64; TIERS.len()],
    joined: [Option<(Sample, u64)>; TIERS.len()],
}

impl History {
    /// Takes a sample of the time since `since_ms`. Returns the entries that are due; they count once
    /// [`History::wrote`] says that they are in the file.
    pub fn push(
        &mut self,
        since_ms: u64,
        now_ms: u64,
        sample: Sample,
        values: &dyn Fn() -> [u32; COLUMNS],
    ) -> Vec<(usize, Entry)> {
        let mut due = Vec::new();
        for (index, tier) in TIERS.iter().enumerate() {
            let span = now_ms.saturating_sub(since_ms);
            let joined = match self.joined[index] {
                None => (sample, span),
                Some((before, lasted)) => {
                    (before.joined(sample, (lasted as f32, span as f32)), lasted + span)
                }
            };
            self.joined[index] = Some(joined);
            if self.counts[index] == 0 || now_ms >= self.last_ms[index] + tier.step_ms {
                let entry =
                    Entry { number: self.counts[index], at_ms: now_ms, sample: joined.0, values: values() };
                due.push((index, entry));
            }
        }
        due
    }

    /// The entries that were due are in the file.
    pub fn wrote(&mut self, due: &[(usize, Entry)]) {
        for (index, entry) in due {
            self.counts[*index] = entry.number + 1;
            // Not from when it was late: else each would be a little later than the one before.
            let (step, last) = (TIERS[*index].step_ms, self.last_ms[*index]);
            let is_in_time = entry.number > 0 && entry.at_ms < last + 2 * step;
            self.last_ms[*index] = if is_in_time { last + step } else { entry.at_ms };
            self.joined[*index] = None;
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_week_is_kept_and_each_ring_has_room_for_one_more() {
        let spans: Vec<u64> =
            TIERS.iter().map(|tier| tier.step_ms * u64::from(tier.entries) / 3_600_000).collect();
        assert_eq!(spans, [1, 24, 168]);
        let tier = TIERS[0];
        let places: Vec<u64> = tier.numbers(1_000).map(|number| tier.place(number)).collect();
        assert_eq!(places.len(), 360);
        assert!(!places.contains(&tier.place(1_000)), "the one being written is none of the state's");
    }

    #[test]
    fn an_entry_is_read_back_only_whole_and_with_its_number() {
        let mut values = [NO_VALUE; COLUMNS];
        values[3] = packed(Verdict::Leak, 77);
        let entry =
            Entry { number: 5, at_ms: 9, sample: Sample { rss: Some(3), ..Sample::default() }, values };
        let bytes = entry.encode();
        assert_eq!(bytes.len(), ENTRY);
        assert_eq!(Entry::decode(&bytes, 5), Some(entry));
        assert_eq!(Entry::decode(&bytes, 4), None);
        for at in 0..ENTRY {
            let mut torn = bytes.clone();
            torn[at] ^= 1;
            // Four bytes are spare.
            assert!((20..24).contains(&at) || Entry::decode(&torn, 5).is_none(), "byte {at}");
        }
    }

    #[test]
    fn numbers_are_packed() {
        assert_eq!(unpacked(packed(Verdict::Suspect, 12_345)), Some((Verdict::Suspect, 12_345)));
        assert_eq!(unpacked(packed(Verdict::New, u64::MAX)).unwrap().1, u64::from(MAX_VALUE) - 1);
        assert_eq!(unpacked(NO_VALUE), None);
        let (verdict, live, entries) = unpacked_sizes(packed_sizes(Verdict::Leak, 3, 1_234_567)).unwrap();
        assert_eq!((verdict, live), (Verdict::Leak, 3));
        assert!((1_232_000..=1_234_567).contains(&entries), "{entries}");
        assert_eq!(unpacked_sizes(packed_sizes(Verdict::New, 1_023, 0)), Some((Verdict::New, 1_023, 0)));
    }

    #[test]
    fn each_ring_has_its_step() {
        let mut history = History::default();
        let values = || [NO_VALUE; COLUMNS];
        for second in 0..3_600 {
            let sample = Sample { major_gcs: 1, ..Sample::default() };
            let due = history.push(second * 1_000, second * 1_000 + 7, sample, &values);
            history.wrote(&due);
        }
        assert_eq!(history.counts, [360, 60, 4]);
    }

    #[test]
    fn what_was_not_written_is_due_again() {
        let mut history = History::default();
        let values = || [NO_VALUE; COLUMNS];
        assert_eq!(history.push(0, 0, Sample::default(), &values).len(), 3);
        assert_eq!(history.push(0, 1_000, Sample::default(), &values).len(), 3);
    }
}
