//! Reads a file: of a process that has ended, or of one that writes on meanwhile.
//!
//! Of the two slots the newer whole one counts: begun and finished with the same sequence number, and with its checksum.
//! Beside a writer a slot may be half new, which its checksum shows, and entries of the history may have been replaced,
//! which their numbers show; then it is read once more. It is copied, never mapped.

use std::fmt;
use std::io;

use super::columns::Columns;
use super::details::Details;
use super::end::End;
use super::format::{
    COLUMN_BYTES, END, END_AT, HEADER, IDENTITY_AT, Layout, MAGIC, MAX_IDENTITY, REPORTED_AT, SLOT_HEAD,
    SLOT_TAIL, VERSION,
};
use super::history::{ENTRY, Entry, TIERS};
use super::identity::Identity;
use super::log::Log;
use super::medium::Source;
use super::record::{RECORD, Record};
use super::vitals::{VITALS, Vitals};
use super::words::{u32_at, u64_at};

/// How often it is read again beside a writer that is always faster.
const ATTEMPTS: usize = 50;

/// A file that was read.
#[derive(Debug)]
pub struct Flight {
    /// Which process.
    pub identity: Identity,
    /// How it ended; `None` while it runs, and where it could not say so.
    pub end: Option<End>,
    /// Whether a later start has reported that.
    pub reported: bool,
    /// Counts the states.
    pub sequence: u64,
    /// When the state was taken, in ms since recording began.
    pub at_ms: u64,
    /// The same in ms since 1970.
    pub at_unix_ms: u64,
    /// How long after it the next was to be expected, in ms.
    pub interval_ms: u32,
    /// How the process was.
    pub vitals: Vitals,
    /// Which sites the history follows.
    pub columns: Columns,
    /// The numbers of each site.
    pub records: Vec<Record>,
    /// What is suspicious in words; `None` where it was not written or is of another version.
    pub details: Option<Details>,
    /// Who the sites are, and the marks.
    pub log: Log,
    /// The rings, the finest first, the oldest entry first.
    pub history: [Vec<Entry>; TIERS.len()],
}

/// Why a file is not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bad {
    /// The system's words.
    Unreadable(String),
    /// Not leakline's.
    Foreign,
    /// Of an earlier version of the format.
    Older(u32),
    /// Of a later version of the format.
    Newer(u32),
    /// It ends too early.
    Truncated,
    /// Nothing was published yet.
    Empty,
    /// Its parts contradict each other.
    Damaged(&'static str),
}

impl fmt::Display for Bad {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(reason) => write!(f, "it cannot be read ({reason})"),
            Self::Foreign => f.write_str("it is no flight file"),
            Self::Older(version) => {
                write!(
                    f,
                    "its format is version {version}, this leakline reads version {VERSION}: an earlier leakline reads it"
                )
            }
            Self::Newer(version) => {
                write!(
                    f,
                    "its format is version {version}, this leakline reads version {VERSION}: a later leakline reads it"
                )
            }
            Self::Truncated => f.write_str("it was cut off: part of it is missing"),
            Self::Empty => f.write_str("it has no state: nothing was written to it yet, or it is cut off"),
            Self::Damaged(part) => write!(f, "its {part} is damaged"),
        }
    }
}

impl std::error::Error for Bad {}

impl From<io::Error> for Bad {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::Truncated,
            _ => Self::Unreadable(error.to_string()),
        }
    }
}

/// Who a process is and how it ended, which one short read says.
#[derive(Clone, Debug, PartialEq)]
pub struct Head {
    /// Which process.
    pub identity: Identity,
    /// How it ended, where it said so.
    pub end: Option<End>,
    /// Whether a later start has reported that.
    pub reported: bool,
    layout: Layout,
}

/// Reads the header alone.
///
/// # Errors
/// [`Bad`].
pub fn read_head(source: &(impl Source + ?Sized)) -> Result<Head, Bad> {
    let mut bytes = vec![0; HEADER as usize];
    match source.read_at(&mut bytes, 0) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            // A short file may be anybody's.
            let mut magic = [0; 8];
            source.read_at(&mut magic, 0).map_err(|_| Bad::Foreign)?;
            return Err(if magic == MAGIC { Bad::Truncated } else { Bad::Foreign });
        }
        read => read?,
    }
    if bytes[..8] != MAGIC {
        return Err(Bad::Foreign);
    }
    match u32_at(&bytes, 8) {
        VERSION => {}
        version if version < VERSION => return Err(Bad::Older(version)),
        version => return Err(Bad::Newer(version)),
    }
    if crc32fast::hash(&bytes[16..IDENTITY_AT as usize + MAX_IDENTITY]) != u32_at(&bytes, 12) {
        return Err(Bad::Damaged("header"));
    }
    let mut words = [0; 8];
    for (index, word) in words.iter_mut().enumerate() {
        *word = u32_at(&bytes, 16 + index * 4);
    }
    let layout = Layout::of_words(words).ok_or(Bad::Damaged("layout"))?;
    let length = (u32_at(&bytes, 48) as usize).min(MAX_IDENTITY);
    let identity = serde_json::from_slice(&bytes[IDENTITY_AT as usize..][..length]);
    Ok(Head {
        identity: identity.map_err(|_| Bad::Damaged("header"))?,
        end: End::decode(&bytes[END_AT as usize..][..END]),
        reported: u32_at(&bytes, REPORTED_AT as usize) != 0,
        layout,
    })
}

/// Reads all.
///
/// # Errors
/// [`Bad`].
pub fn read(source: &(impl Source + ?Sized)) -> Result<Flight, Bad> {
    read_parts(source, true)
}

/// Reads all but the log, the history and the words: how the process was, and the numbers of its sites.
///
/// # Errors
/// [`Bad`].
pub fn read_numbers(source: &(impl Source + ?Sized)) -> Result<Flight, Bad> {
    read_parts(source, false)
}

fn read_parts(source: &(impl Source + ?Sized), is_whole: bool) -> Result<Flight, Bad> {
    let mut bad = Bad::Empty;
    for _ in 0..ATTEMPTS {
        match attempt(source, is_whole) {
            Ok(flight) => return Ok(flight),
            // The writer was faster; whatever else is wrong stays wrong.
            Err(Beside(reason)) => bad = reason,
        }
        if !matches!(bad, Bad::Empty | Bad::Damaged(_)) {
            break;
        }
        std::thread::yield_now();
    }
    Err(bad)
}

/// A reason that may be gone at the next attempt.
struct Beside(Bad);

impl<T: Into<Bad>> From<T> for Beside {
    fn from(reason: T) -> Self {
        Self(reason.into())
    }
}

/// A slot that is whole.
struct Slot {
    sequence: u64,
    bytes: Vec<u8>,
}

fn attempt(source: &(impl Source + ?Sized), is_whole: bool) -> Result<Flight, Beside> {
    let head = read_head(source)?;
    let (first, second) = (slot(source, head.layout, 0)?, slot(source, head.layout, 1)?);
    let mut is_torn = false;
    let mut newest: Option<Slot> = None;
    for slot in [first, second] {
        match slot {
            Found::Whole(slot) if newest.as_ref().is_none_or(|newest| newest.sequence < slot.sequence) => {
                newest = Some(slot);
            }
            Found::Torn => is_torn = true,
            Found::Whole(_) | Found::Nothing => {}
        }
    }
    let Some(Slot { sequence, bytes }) = newest else {
        return Err(if is_torn { Bad::Damaged("state") } else { Bad::Empty }.into());
    };
    let (log_len, records) = (u32_at(&bytes, 32), u32_at(&bytes, 36) as usize);
    let details = u32_at(&bytes, 40) as usize;
    let from_records = SLOT_HEAD + VITALS + COLUMN_BYTES;
    let from_details = from_records + records * RECORD;
    if log_len > head.layout.log || from_details + details + SLOT_TAIL != bytes.len() {
        return Err(Bad::Damaged("state").into());
    }
    let mut log = vec![0; if is_whole { log_len as usize } else { 0 }];
    source.read_at(&mut log, head.layout.log_at())?;
    let mut history: [Vec<Entry>; TIERS.len()] = Default::default();
    for (index, ring) in history.iter_mut().enumerate().filter(|_| is_whole) {
        *ring = entries(source, index, u64_at(&bytes, 48 + index * 8))?;
    }
    let details = bytes.get(from_details..from_details + details).filter(|_| is_whole);
    Ok(Flight {
        identity: head.identity,
        end: head.end,
        reported: head.reported,
        sequence,
        at_ms: u64_at(&bytes, 16),
        at_unix_ms: u64_at(&bytes, 24),
        interval_ms: u32_at(&bytes, 44),
        vitals: Vitals::decode(&bytes[SLOT_HEAD..]),
        columns: Columns::decode(&bytes[SLOT_HEAD + VITALS..]),
        records: bytes[from_records..from_details].chunks_exact(RECORD).map(Record::decode).collect(),
        details: details.and_then(|details| serde_json::from_slice(details).ok()),
        log: Log::parse(&log).map_err(|_| Bad::Damaged("log"))?,
        history,
    })
}

enum Found {
    Whole(Slot),
    Torn,
    Nothing,
}

fn slot(source: &(impl Source + ?Sized), layout: Layout, number: u64) -> Result<Found, Bad> {
    let at = layout.slot_at(number);
    let mut head = [0; SLOT_HEAD];
    match source.read_at(&mut head, at) {
        // The file grows: this one was not written yet.
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(Found::Nothing),
        read => read?,
    }
    let (sequence, payload) = (u64_at(&head, 0), u32_at(&head, 8) as usize);
    if sequence == 0 {
        return Ok(Found::Nothing);
    }
    let length = SLOT_HEAD + payload + SLOT_TAIL;
    if length as u64 > layout.slot_bytes() || payload < VITALS + COLUMN_BYTES || sequence & 1 != number {
        return Ok(Found::Torn);
    }
    let mut bytes = vec![0; length];
    match source.read_at(&mut bytes, at) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(Found::Torn),
        read => read?,
    }
    // The head may have changed since it was read: then its checksum or the sequence behind it does not fit.
    let crc = u32_at(&bytes, 12);
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&bytes[..12]);
    hasher.update(&[0; 4]);
    hasher.update(&bytes[16..length - SLOT_TAIL]);
    let is_whole = u64_at(&bytes, 0) == sequence && u64_at(&bytes, length - SLOT_TAIL) == sequence;
    Ok(if is_whole && hasher.finalize() == crc {
        Found::Whole(Slot { sequence, bytes })
    } else {
        Found::Torn
    })
}

/// The entries of a ring that a state with `count` of them has.
fn entries(source: &(impl Source + ?Sized), index: usize, count: u64) -> Result<Vec<Entry>, Bad> {
    let tier = TIERS[index];
    let numbers = tier.numbers(count);
    let mut ring = vec![0; (u64::from(tier.length).min(count) * ENTRY as u64) as usize];
    source.read_at(&mut ring, Layout::ring_at(index))?;
    let mut found = Vec::with_capacity((numbers.end - numbers.start) as usize);
    for number in numbers {
        let bytes = ring.get(tier.place(number) as usize..).and_then(|rest| rest.get(..ENTRY));
        let entry = bytes.and_then(|bytes| Entry::decode(bytes, number)).ok_or(Bad::Damaged("history"))?;
        found.push(entry);
    }
    Ok(found)
}
