//! The log: what is written once. Strings, sites with their stacks, and marks; each entry with its length and checksum.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::io;

use serde::{Deserialize, Serialize};

use super::numbers::Numbers;
use super::words::{u32_at, u64_at};
use crate::values::frames::Frame;
use crate::values::stack::Stack;

pub(super) const STRING: u8 = 1;
pub(super) const SITE: u8 = 2;
pub(super) const MARK: u8 = 3;
/// In front of each entry: length and checksum.
pub(super) const ENTRY_HEAD: usize = 8;
/// Longest string, in bytes: a path that is longer is cut.
const MAX_STRING: usize = 4096;
/// Strings that an encoder knows, as many as a table of 4,096 places takes: what it forgets is written once more where it
/// is needed again.
const MAX_KNOWN: usize = 3_584;
/// Most frames of a stack.
const MAX_FRAMES: usize = 64;

/// Who a site is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SiteEntry {
    /// Its number, which records name.
    pub number: u32,
    /// Worker thread id; 0 is the main thread.
    pub thread: u32,
    /// See [`crate::values::snapshot::Site::fingerprint`].
    pub fingerprint: u64,
    /// `listener`, `map`, …
    pub kind: String,
    /// For people.
    pub label: String,
    /// Innermost first, as written.
    pub stack: Stack,
}

/// A named state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Mark {
    /// As the user called it.
    pub name: String,
    /// Milliseconds since recording began.
    pub at_ms: u64,
    /// Milliseconds since 1970.
    pub at_unix_ms: u64,
    /// What each site had.
    #[serde(skip)]
    pub sites: Vec<MarkedSite>,
}

impl Mark {
    /// Reads what [`Encoder::mark`] has written, behind the entry's kind.
    pub(super) fn decode(mut rest: &[u8]) -> Result<Self, BadLog> {
        let (at_ms, at_unix_ms) = (number(&mut rest)?, number(&mut rest)?);
        let (length, count) = (number(&mut rest)? as usize, number(&mut rest)?);
        let (name, mut rest) = rest.split_at_checked(length).ok_or(BadLog)?;
        let mut sites = Vec::new();
        for _ in 0..count {
            let site = small(&mut rest)?;
            let (live, registered, size) = (number(&mut rest)?, number(&mut rest)?, number(&mut rest)?);
            sites.push(MarkedSite { site, live, registered, size });
        }
        Ok(Self { name: String::from_utf8_lossy(name).into_owned(), at_ms, at_unix_ms, sites })
    }
}

/// A site's numbers at a mark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MarkedSite {
    /// Its number.
    pub site: u32,
    /// Unreleased.
    pub live: u64,
    /// Registered since the start.
    pub registered: u64,
    /// Entries, of collections.
    pub size: u64,
}

/// 96 bits of a text's hashes: no two texts of a process share them, and a text is not kept for it.
type Key = [u32; 3];

/// Writes entries, each string once.
pub struct Encoder {
    strings: HashMap<Key, u32>,
    hashers: (RandomState, RandomState),
    last: u32,
}

impl Default for Encoder {
    fn default() -> Self {
        Self { strings: HashMap::new(), hashers: (RandomState::new(), RandomState::new()), last: 0 }
    }
}

impl Encoder {
    /// Appends a site to `out`, with the strings that it needs.
    pub fn site(&mut self, site: &SiteEntry, out: &mut Vec<u8>) {
        let kind = self.string(&site.kind, out);
        let label = self.string(&site.label, out);
        let mut body = vec![SITE];
        body.extend(site.number.to_le_bytes());
        body.extend(site.fingerprint.to_le_bytes());
        let frames = &site.stack[..site.stack.len().min(MAX_FRAMES)];
        for number in [u64::from(site.thread), kind.into(), label.into(), frames.len() as u64] {
            varint(number, &mut body);
        }
        for frame in frames {
            let function = frame.function.as_deref().map_or(0, |name| self.string(name, out) + 1);
            let file = self.string(&frame.file, out);
            for number in [function, file, frame.line, frame.column] {
                varint(number.into(), &mut body);
            }
        }
        entry(&body, out);
    }

    /// Appends a mark to `out`.
    pub fn mark(mark: &Mark, out: &mut Vec<u8>) {
        let mut body = vec![MARK];
        let name = cut(&mark.name);
        for number in [mark.at_ms, mark.at_unix_ms, name.len() as u64, mark.sites.len() as u64] {
            varint(number, &mut body);
        }
        body.extend(name.as_bytes());
        for site in &mark.sites {
            for number in [site.site.into(), site.live, site.registered, site.size] {
                varint(number, &mut body);
            }
        }
        entry(&body, out);
    }

    /// Hands these strings to another one, which numbers others behind them. This one forgets all.
    pub(super) fn hand_over(&mut self, strings: &Numbers) -> Self {
        let mut known = std::mem::take(&mut self.strings);
        known.retain(|_, number| strings.contains(*number));
        Self { strings: known, hashers: self.hashers.clone(), last: self.last }
    }

    /// Writes each string again from now on, under a new number.
    pub(super) fn forget(&mut self) {
        self.strings.clear();
    }

    fn string(&mut self, text: &str, out: &mut Vec<u8>) -> u32 {
        let text = cut(text);
        let key = self.key(text);
        if let Some(known) = self.strings.get(&key) {
            return *known;
        }
        if self.strings.len() >= MAX_KNOWN {
            self.forget();
        }
        self.last += 1;
        self.strings.insert(key, self.last);
        write_string(self.last, text, out);
        self.last
    }

    fn key(&self, text: &str) -> Key {
        let (one, other) = (self.hashers.0.hash_one(text), self.hashers.1.hash_one(text));
        [one as u32, (one >> 32) as u32, other as u32]
    }
}

fn write_string(number: u32, text: &str, out: &mut Vec<u8>) {
    let mut body = vec![STRING];
    body.extend(number.to_le_bytes());
    body.extend(text.as_bytes());
    entry(&body, out);
}

fn cut(text: &str) -> &str {
    let end = (0..=text.len().min(MAX_STRING)).rev().find(|at| text.is_char_boundary(*at));
    &text[..end.unwrap_or(0)]
}

fn entry(body: &[u8], out: &mut Vec<u8>) {
    out.extend((body.len() as u32).to_le_bytes());
    out.extend(crc32fast::hash(body).to_le_bytes());
    out.extend(body);
}

pub(super) fn varint(mut number: u64, out: &mut Vec<u8>) {
    while number >= 128 {
        out.push(number as u8 | 128);
        number >>= 7;
    }
    out.push(number as u8);
}

/// A log that was read.
#[derive(Debug, Default)]
pub struct Log {
    /// By number.
    pub strings: HashMap<u32, String>,
    /// By number; of a site that was written again, the last.
    pub sites: HashMap<u32, SiteEntry>,
    /// In the order they were made.
    pub marks: Vec<Mark>,
}

/// The log is not what was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadLog;

impl From<BadLog> for io::Error {
    fn from(_: BadLog) -> Self {
        io::ErrorKind::InvalidData.into()
    }
}

impl Log {
    /// Reads all entries.
    ///
    /// # Errors
    /// [`BadLog`] for an entry that is not whole, or that names what is not there.
    pub fn parse(bytes: &[u8]) -> Result<Self, BadLog> {
        let mut log = Self::default();
        let mut rest = bytes;
        while !rest.is_empty() {
            let head = rest.get(..ENTRY_HEAD).ok_or(BadLog)?;
            let body =
                rest.get(ENTRY_HEAD..).and_then(|rest| rest.get(..u32_at(head, 0) as usize)).ok_or(BadLog)?;
            if crc32fast::hash(body) != u32_at(head, 4) {
                return Err(BadLog);
            }
            log.add(body)?;
            rest = &rest[ENTRY_HEAD + body.len()..];
        }
        Ok(log)
    }

    fn add(&mut self, body: &[u8]) -> Result<(), BadLog> {
        let (kind, rest) = body.split_first().ok_or(BadLog)?;
        match *kind {
            STRING => {
                let (number, text) = rest.split_at_checked(4).ok_or(BadLog)?;
                self.strings.insert(u32_at(number, 0), String::from_utf8_lossy(text).into_owned());
            }
            SITE => {
                let (head, mut rest) = rest.split_at_checked(12).ok_or(BadLog)?;
                let rest = &mut rest;
                let thread = small(rest)?;
                let (kind, label) = (self.text(small(rest)?)?, self.text(small(rest)?)?);
                let frames = small(rest)?.min(MAX_FRAMES as u32);
                let stack = (0..frames).map(|_| self.frame(rest)).collect::<Result<Vec<Frame>, BadLog>>()?;
                let (number, fingerprint) = (u32_at(head, 0), u64_at(head, 4));
                let stack = Stack::from(stack);
                self.sites.insert(number, SiteEntry { number, thread, fingerprint, kind, label, stack });
            }
            MARK => self.marks.push(Mark::decode(rest)?),
            // Of a later minor version: nothing that this one needs.
            _ => {}
        }
        Ok(())
    }

    fn frame(&self, rest: &mut &[u8]) -> Result<Frame, BadLog> {
        let function = match small(rest)? {
            0 => None,
            number => Some(self.text(number - 1)?),
        };
        Ok(Frame { function, file: self.text(small(rest)?)?, line: small(rest)?, column: small(rest)? })
    }

    fn text(&self, number: u32) -> Result<String, BadLog> {
        self.strings.get(&number).cloned().ok_or(BadLog)
    }
}

pub(super) fn number(rest: &mut &[u8]) -> Result<u64, BadLog> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (byte, behind) = rest.split_first().ok_or(BadLog)?;
        *rest = behind;
        number |= u64::from(byte & 127) << shift;
        if byte & 128 == 0 {
            return Ok(number);
        }
    }
    Err(BadLog)
}

pub(super) fn small(rest: &mut &[u8]) -> Result<u32, BadLog> {
    u32::try_from(number(rest)?).map_err(|_| BadLog)
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn site(number: u32) -> SiteEntry {
        let frame = |function: Option<&str>, file: &str| Frame {
            function: function.map(str::to_owned),
            file: file.to_owned(),
            line: number,
            column: 300,
        };
        SiteEntry {
            number,
            thread: 1,
            fingerprint: u64::MAX - u64::from(number),
            kind: "listener".to_owned(),
            label: format!("Bus 'e{number}'"),
            stack: vec![frame(None, "/srv/app/a.js"), frame(Some("handle"), "/srv/app/b.js")].into(),
        }
    }

    #[test]
    fn sites_and_marks_are_read_back_and_strings_written_once() {
        let (mut encoder, mut out) = (Encoder::default(), Vec::new());
        encoder.site(&site(1), &mut out);
        let first = out.len();
        encoder.site(&site(2), &mut out);
        assert!(out.len() - first < first / 2 + 20, "{first} then {}", out.len() - first);
        let marked = MarkedSite { site: 2, live: 300, registered: u64::MAX, size: 0 };
        let mark = Mark { name: "before".to_owned(), at_ms: 7, at_unix_ms: 8, sites: vec![marked] };
        Encoder::mark(&mark, &mut out);
        let log = Log::parse(&out).unwrap();
        assert_eq!((&log.sites[&1], &log.sites[&2], &log.marks[..]), (&site(1), &site(2), &[mark][..]));
    }

    #[test]
    fn a_damaged_log_is_none() {
        let (mut encoder, mut out) = (Encoder::default(), Vec::new());
        encoder.site(&site(1), &mut out);
        for at in 0..out.len() {
            let mut bad = out.clone();
            bad[at] ^= 0x40;
            assert!(Log::parse(&bad).is_err(), "byte {at}");
        }
        let whole: Vec<usize> =
            (0..=out.len()).filter(|length| Log::parse(&out[..*length]).is_ok()).collect();
        assert!(
            whole.len() < 10 && whole.contains(&0) && whole.contains(&out.len()),
            "at entries only: {whole:?}"
        );
    }
}
