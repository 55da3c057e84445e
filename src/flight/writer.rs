//! Writes the file. Each call writes a few pieces, each in one call to the system; see [`super`] for their order.

use std::collections::HashSet;
use std::io;

use super::columns::Columns;
use super::end::End;
use super::format::{
    COLUMN_BYTES, COLUMNS, END_AT, HEADER, IDENTITY_AT, Layout, MAGIC, MAX_IDENTITY, REPORTED_AT, SLOT_HEAD,
    SLOT_TAIL, VERSION,
};
use super::history::{ENTRY, History, TIERS};
use super::identity::Identity;
use super::log::{Encoder, Mark, SiteEntry};
use super::medium::Medium;
use super::record::RECORD;
use super::retained::{Retained, retained};
use super::vitals::{VITALS, Vitals};
use super::words::u32_at;

/// What one publish writes.
pub struct State<'a> {
    /// Milliseconds since recording began.
    pub at_ms: u64,
    /// Milliseconds since 1970.
    pub at_unix_ms: u64,
    /// How long after this the next one is due, in ms.
    pub interval_ms: u32,
    /// How the process is.
    pub vitals: Vitals,
    /// Which sites the history follows.
    pub columns: &'a Columns,
    /// Their numbers now; asked for when an entry of the history is due.
    pub values: &'a dyn Fn() -> [u32; COLUMNS],
    /// [`super::Record`]s, encoded. No more than the layout has room for.
    pub records: &'a [u8],
    /// [`super::Details`], encoded.
    pub details: &'a [u8],
}

/// See the module.
pub struct Writer<M> {
    medium: M,
    identity: Identity,
    layout: Layout,
    encoder: Encoder,
    /// Bytes of the log that are written.
    log_len: u32,
    /// Bytes of the log that are still to be.
    pending: Vec<u8>,
    history: History,
    last_ms: u64,
    sequence: u64,
}

/// The log has no room for it: the file has to be [moved](Writer::moved_to) into a larger layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

impl<M: Medium> Writer<M> {
    /// Begins a file. It can be read once something is published.
    ///
    /// # Errors
    /// The system's.
    pub fn create(mut medium: M, identity: Identity, layout: Layout) -> io::Result<Self> {
        medium.write_at(&header(&identity, layout), 0)?;
        Ok(Self {
            medium,
            identity,
            layout,
            encoder: Encoder::default(),
            log_len: 0,
            pending: Vec::new(),
            history: History::default(),
            last_ms: 0,
            sequence: 0,
        })
    }

    /// The same state in another file with `layout`: of the log what belongs to `sites`, and the last `marks`. It can be
    /// read once something is published; until then the old one is what it was.
    ///
    /// # Errors
    /// The system's; `InvalidData` where the old log cannot be read, and `StorageFull` where it does not fit.
    pub fn moved_to<N: Medium>(
        &self,
        medium: N,
        layout: Layout,
        sites: &HashSet<u32>,
        marks: usize,
    ) -> io::Result<Writer<N>> {
        let mut moved = Writer::create(medium, self.identity.clone(), layout)?;
        let log = self.retained(sites, marks)?;
        (moved.encoder, moved.pending) = (self.encoder.retaining(&log.strings), log.bytes);
        if moved.pending.len() > layout.log as usize {
            return Err(io::ErrorKind::StorageFull.into());
        }
        moved.history = self.history.clone();
        moved.last_ms = self.last_ms;
        for (index, tier) in TIERS.iter().enumerate() {
            let mut entry = [0; ENTRY];
            for number in tier.numbers(self.history.counts[index]) {
                let at = Layout::ring_at(index) + tier.place(number);
                self.medium.read_at(&mut entry, at)?;
                moved.medium.write_at(&entry, at)?;
            }
        }
        Ok(moved)
    }

    /// Publishes in a file that was [moved](Writer::moved_to) the state that the `old` one has, so that it can be read.
    ///
    /// # Errors
    /// The system's.
    pub fn republish<N: Medium>(&mut self, old: &Writer<N>) -> io::Result<()> {
        let slot_at = old.layout.slot_at(old.sequence & 1);
        let mut head = [0; SLOT_HEAD];
        old.medium.read_at(&mut head, slot_at)?;
        let mut bytes = vec![0; SLOT_HEAD + u32_at(&head, 8) as usize + SLOT_TAIL];
        old.medium.read_at(&mut bytes, slot_at)?;
        self.write_log()?;
        // The same but for how long the log is.
        bytes[32..36].copy_from_slice(&self.log_len.to_le_bytes());
        sealed(&mut bytes, old.sequence);
        self.medium.write_at(&bytes, self.layout.slot_at(old.sequence & 1))?;
        self.sequence = old.sequence;
        Ok(())
    }

    /// How much of the log a file would need that has these sites and marks alone.
    ///
    /// # Errors
    /// As [`Writer::moved_to`].
    pub fn needed_log(&self, sites: &HashSet<u32>, marks: usize) -> io::Result<usize> {
        Ok(self.retained(sites, marks)?.bytes.len())
    }

    fn retained(&self, sites: &HashSet<u32>, marks: usize) -> io::Result<Retained> {
        let written = self.log_len as usize;
        let mut bytes = vec![0; written + self.pending.len()];
        self.medium.read_at(&mut bytes[..written], self.layout.log_at())?;
        bytes[written..].copy_from_slice(&self.pending);
        retained(&bytes, sites, marks).map_err(|_| io::ErrorKind::InvalidData.into())
    }

    /// Says who a site is, before a record names it. Said again of one whose label has changed.
    ///
    /// # Errors
    /// [`Full`]; then nothing of it is kept.
    pub fn define(&mut self, site: &SiteEntry) -> Result<(), Full> {
        let before = self.pending.len();
        self.encoder.site(site, &mut self.pending);
        self.check_room(before)
    }

    /// Names the state that is published next.
    ///
    /// # Errors
    /// [`Full`]; then nothing of it is kept.
    pub fn mark(&mut self, mark: &Mark) -> Result<(), Full> {
        let before = self.pending.len();
        Encoder::mark(mark, &mut self.pending);
        self.check_room(before)
    }

    fn check_room(&mut self, before: usize) -> Result<(), Full> {
        if self.log_len as usize + self.pending.len() <= self.layout.log as usize {
            return Ok(());
        }
        // Strings that went with it are not in the log: the encoder forgets all, and writes again those that it needs.
        self.pending.truncate(before);
        self.encoder.forget();
        Err(Full)
    }

    /// Writes a state. Returns its sequence number. After an error the file has the state before.
    ///
    /// # Errors
    /// The system's, and `InvalidInput` for more records than the layout has room for.
    pub fn publish(&mut self, state: &State<'_>) -> io::Result<u64> {
        if state.records.len() > self.layout.records as usize * RECORD {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        self.write_log()?;
        let mut history = self.history.clone();
        let due = history.push(self.last_ms, state.at_ms, state.vitals.sample, state.values);
        for (tier, entry) in &due {
            let at = Layout::ring_at(*tier) + TIERS[*tier].place(entry.number);
            self.medium.write_at(&entry.encode(), at)?;
        }
        history.wrote(&due);
        let sequence = self.sequence + 1;
        let slot = Slot::new(state, sequence, self.log_len, &history.counts);
        slot.write(&mut self.medium, self.layout.slot_at(sequence & 1))?;
        (self.history, self.sequence, self.last_ms) = (history, sequence, state.at_ms);
        Ok(sequence)
    }

    fn write_log(&mut self) -> io::Result<()> {
        if !self.pending.is_empty() {
            self.medium.write_at(&self.pending, self.layout.log_at() + u64::from(self.log_len))?;
            self.log_len += self.pending.len() as u32;
            // What all sites of a service need at first is never needed again.
            self.pending = Vec::new();
        }
        Ok(())
    }

    /// Says how the process ended.
    ///
    /// # Errors
    /// The system's.
    pub fn end(&mut self, end: &End) -> io::Result<()> {
        self.medium.write_at(&end.encode(), END_AT)
    }

    /// How much room there is.
    pub fn layout(&self) -> Layout {
        self.layout
    }

    /// Where it writes.
    pub fn medium(&self) -> &M {
        &self.medium
    }

    #[cfg(all(test, not(loom)))]
    pub(super) fn medium_mut(&mut self) -> &mut M {
        &mut self.medium
    }
}

/// Says in a file of a process that has ended that its end was reported.
///
/// # Errors
/// The system's.
pub fn set_reported(medium: &mut impl Medium) -> io::Result<()> {
    medium.write_at(&1u32.to_le_bytes(), REPORTED_AT)
}

fn header(identity: &Identity, layout: Layout) -> Vec<u8> {
    let mut bytes = vec![0; HEADER as usize];
    bytes[..8].copy_from_slice(&MAGIC);
    bytes[8..12].copy_from_slice(&VERSION.to_le_bytes());
    for (index, word) in layout.words().iter().enumerate() {
        bytes[16 + index * 4..][..4].copy_from_slice(&word.to_le_bytes());
    }
    let json = identity.to_json(MAX_IDENTITY);
    bytes[48..52].copy_from_slice(&(json.len() as u32).to_le_bytes());
    bytes[IDENTITY_AT as usize..][..json.len()].copy_from_slice(&json);
    let crc = crc32fast::hash(&bytes[16..IDENTITY_AT as usize + MAX_IDENTITY]);
    bytes[12..16].copy_from_slice(&crc.to_le_bytes());
    bytes
}

/// A slot in three pieces, so that its records, most of it, are not copied. It counts once all three are there.
struct Slot<'a> {
    front: Vec<u8>,
    records: &'a [u8],
    back: Vec<u8>,
}

impl<'a> Slot<'a> {
    fn new(state: &State<'a>, sequence: u64, log_len: u32, counts: &[u64]) -> Self {
        let payload = VITALS + COLUMN_BYTES + state.records.len() + state.details.len();
        let mut front = Vec::with_capacity(SLOT_HEAD + VITALS + COLUMN_BYTES);
        front.extend(sequence.to_le_bytes());
        front.extend((payload as u32).to_le_bytes());
        front.extend([0; 4]);
        front.extend(state.at_ms.to_le_bytes());
        front.extend(state.at_unix_ms.to_le_bytes());
        let records = (state.records.len() / RECORD) as u32;
        for word in [log_len, records, state.details.len() as u32, state.interval_ms] {
            front.extend(word.to_le_bytes());
        }
        counts.iter().for_each(|count| front.extend(count.to_le_bytes()));
        front.resize(SLOT_HEAD, 0);
        state.vitals.encode(&mut front);
        state.columns.encode(&mut front);
        let mut crc = crc32fast::Hasher::new();
        [&front, state.records, state.details].into_iter().for_each(|piece| crc.update(piece));
        front[12..16].copy_from_slice(&crc.finalize().to_le_bytes());
        Self { front, records: state.records, back: [state.details, &sequence.to_le_bytes()].concat() }
    }

    fn write(&self, medium: &mut impl Medium, at: u64) -> io::Result<()> {
        let mut at = at;
        for piece in [&self.front, self.records, &self.back] {
            medium.write_at(piece, at)?;
            at += piece.len() as u64;
        }
        Ok(())
    }
}

/// Puts the sequence number at both ends of a slot, and its checksum.
fn sealed(bytes: &mut [u8], sequence: u64) {
    let tail = bytes.len() - SLOT_TAIL;
    bytes[..8].copy_from_slice(&sequence.to_le_bytes());
    bytes[12..16].fill(0);
    let crc = crc32fast::hash(&bytes[..tail]);
    bytes[12..16].copy_from_slice(&crc.to_le_bytes());
    bytes[tail..].copy_from_slice(&sequence.to_le_bytes());
}
