//! Writes the file. Each call writes a few pieces, each in one call to the system; see [`super`] for their order.

use std::io;

use super::end::End;
use super::format::{END_AT, HEADER, IDENTITY_AT, Layout, MAGIC, MAX_IDENTITY, REPORTED_AT, VERSION};
use super::history::{ENTRY, History, TIERS};
use super::identity::Identity;
use super::log::{Encoder, Mark, SiteEntry};
use super::medium::{Medium, PIECE};
use super::numbers::Numbers;
use super::retained::{LogSource, Retained};
use super::slot::{self, State};

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

    /// What a file needs of the log that has these sites, and the last `marks`, alone.
    ///
    /// # Errors
    /// The system's, and `InvalidData` where the log cannot be read.
    pub fn retained(&self, sites: Numbers, marks: usize) -> io::Result<Retained> {
        Retained::of(&self.log(), sites, marks)
    }

    /// The same state in another file with `layout`, and of the log what is `retained`. It can be read once something is
    /// published; until then the old one is what it was.
    ///
    /// # Errors
    /// The system's; `InvalidData` where the old log cannot be read, and `StorageFull` where it does not fit.
    pub fn moved_to<N: Medium>(
        &mut self,
        medium: N,
        layout: Layout,
        retained: &Retained,
    ) -> io::Result<Writer<N>> {
        if retained.bytes > layout.log as usize {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let mut moved = Writer::create(medium, self.identity.clone(), layout)?;
        retained.copy(&self.log(), |entry| {
            moved.pending.extend(entry);
            moved.relieve()
        })?;
        moved.encoder = self.encoder.hand_over(&retained.strings);
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
        self.write_log()?;
        let (from, to) = (old.layout.slot_at(old.sequence & 1), self.layout.slot_at(old.sequence & 1));
        slot::copy(&old.medium, from, &mut self.medium, to, old.sequence, self.log_len)?;
        self.sequence = old.sequence;
        Ok(())
    }

    fn log(&self) -> LogSource<'_, M> {
        LogSource {
            source: &self.medium,
            at: self.layout.log_at(),
            written: self.log_len as usize,
            pending: &self.pending,
        }
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

    /// Writes what is defined so far where that is much. It belongs to no state before the next one.
    ///
    /// # Errors
    /// The system's.
    pub fn relieve(&mut self) -> io::Result<()> {
        if self.pending.len() >= PIECE { self.write_log() } else { Ok(()) }
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
        if state.records.len() > self.layout.records as usize {
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
        let at = self.layout.slot_at(sequence & 1);
        slot::write(&mut self.medium, at, state, sequence, self.log_len, &history.counts)?;
        (self.history, self.sequence, self.last_ms) = (history, sequence, state.at_ms);
        Ok(sequence)
    }

    fn write_log(&mut self) -> io::Result<()> {
        if !self.pending.is_empty() {
            self.medium.write_at(&self.pending, self.layout.log_at() + u64::from(self.log_len))?;
            self.log_len += self.pending.len() as u32;
            self.pending.clear();
            // What a mark of all sites needs is not needed again soon.
            self.pending.shrink_to(2 * PIECE);
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
