//! Writes a slot piece by piece, so that ten thousand sites need no more memory than ten.

use std::io;

use super::columns::Columns;
use super::format::{COLUMN_BYTES, COLUMNS, SLOT_HEAD, SLOT_TAIL};
use super::medium::{Medium, PIECE, Source};
use super::record::RECORD;
use super::records::Records;
use super::vitals::{VITALS, Vitals};
use super::words::u32_at;

/// Where a slot has its checksum.
const CRC_AT: usize = 12;
/// Where it says how much of the log belongs to it.
const LOG_AT: usize = 32;

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
    /// No more than the layout has room for.
    pub records: &'a Records,
    /// [`super::Details`], encoded.
    pub details: &'a [u8],
}

/// Writes a state with this sequence number into the slot at `at`.
///
/// # Errors
/// The system's.
pub(super) fn write(
    medium: &mut impl Medium,
    at: u64,
    state: &State<'_>,
    sequence: u64,
    log_len: u32,
    counts: &[u64],
) -> io::Result<()> {
    let payload = VITALS + COLUMN_BYTES + state.records.len() * RECORD + state.details.len();
    let mut front = Vec::with_capacity(SLOT_HEAD + VITALS + COLUMN_BYTES);
    front.extend(sequence.to_le_bytes());
    front.extend((payload as u32).to_le_bytes());
    front.extend([0; 4]);
    front.extend(state.at_ms.to_le_bytes());
    front.extend(state.at_unix_ms.to_le_bytes());
    for word in [log_len, state.records.len() as u32, state.details.len() as u32, state.interval_ms] {
        front.extend(word.to_le_bytes());
    }
    counts.iter().for_each(|count| front.extend(count.to_le_bytes()));
    front.resize(SLOT_HEAD, 0);
    state.vitals.encode(&mut front);
    state.columns.encode(&mut front);
    let mut pieces = Pieces::new(medium, at);
    pieces.write(&front)?;
    for record in state.records.iter() {
        pieces.write(&record.encode())?;
    }
    pieces.write(state.details)?;
    pieces.finish(sequence)
}

/// Copies the slot at `from`, but that `log_len` of the log belong to it.
///
/// # Errors
/// The system's.
pub(super) fn copy(
    source: &impl Source,
    from: u64,
    medium: &mut impl Medium,
    at: u64,
    sequence: u64,
    log_len: u32,
) -> io::Result<()> {
    let mut head = [0; SLOT_HEAD];
    source.read_at(&mut head, from)?;
    let mut left = u32_at(&head, 8) as usize;
    head[..8].copy_from_slice(&sequence.to_le_bytes());
    head[CRC_AT..][..4].fill(0);
    head[LOG_AT..][..4].copy_from_slice(&log_len.to_le_bytes());
    let mut pieces = Pieces::new(medium, at);
    pieces.write(&head)?;
    let (mut piece, mut next) = (vec![0; PIECE], from + SLOT_HEAD as u64);
    while left > 0 {
        let piece = &mut piece[..left.min(PIECE)];
        source.read_at(piece, next)?;
        pieces.write(piece)?;
        left -= piece.len();
        next += piece.len() as u64;
    }
    pieces.finish(sequence)
}

/// What is written, a piece at a time. The first piece has the sequence number and no checksum: from then on the slot
/// counts no longer. It counts again with the checksum, which is written last.
struct Pieces<'a, M> {
    medium: &'a mut M,
    /// Of the slot.
    from: u64,
    /// Of the piece.
    at: u64,
    piece: Vec<u8>,
    crc: crc32fast::Hasher,
}

impl<'a, M: Medium> Pieces<'a, M> {
    fn new(medium: &'a mut M, at: u64) -> Self {
        let piece = Vec::with_capacity(PIECE);
        Self { medium, from: at, at, piece, crc: crc32fast::Hasher::new() }
    }

    fn write(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let (fitting, rest) = bytes.split_at(bytes.len().min(PIECE - self.piece.len()));
            self.piece.extend(fitting);
            bytes = rest;
            if self.piece.len() == PIECE {
                self.flush()?;
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.crc.update(&self.piece);
        self.medium.write_at(&self.piece, self.at)?;
        self.at += self.piece.len() as u64;
        self.piece.clear();
        Ok(())
    }

    fn finish(mut self, sequence: u64) -> io::Result<()> {
        // The number behind the payload is no part of the checksum.
        self.crc.update(&self.piece);
        self.piece.extend(sequence.to_le_bytes());
        debug_assert_eq!(sequence.to_le_bytes().len(), SLOT_TAIL);
        self.medium.write_at(&self.piece, self.at)?;
        self.medium.write_at(&self.crc.finalize().to_le_bytes(), self.from + CRC_AT as u64)
    }
}
