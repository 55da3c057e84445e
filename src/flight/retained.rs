//! What of a log goes on into another file. Entries stay as they are written, and are read a piece at a time: nothing is
//! decoded into texts, which for ten thousand sites would be twenty times the log.

use std::collections::HashMap;
use std::io;

use super::log::{BadLog, ENTRY_HEAD, Encoder, MARK, Mark, SITE, STRING, number, small};
use super::medium::{PIECE, Source};
use super::numbers::Numbers;
use super::words::u32_at;

/// A log: what is written of it, and what is still to be.
pub(super) struct LogSource<'a, S> {
    pub source: &'a S,
    /// Where it begins.
    pub at: u64,
    /// Bytes that are written.
    pub written: usize,
    pub pending: &'a [u8],
}

/// What of a log is retained.
pub struct Retained {
    sites: Numbers,
    /// Where the last entry is of each site that has several.
    last: HashMap<u32, usize>,
    /// The strings that they name, by number.
    pub(super) strings: Numbers,
    /// Marks that are not.
    earlier_marks: usize,
    /// Bytes of it.
    pub bytes: usize,
}

impl Retained {
    /// Retains `sites`, of one that is defined again the last entry, and the last `marks` with these sites.
    ///
    /// # Errors
    /// The system's, and `InvalidData` for an entry that is not whole.
    pub(super) fn of(log: &LogSource<'_, impl Source>, sites: Numbers, marks: usize) -> io::Result<Self> {
        let (mut seen, mut last) = (Numbers::default(), HashMap::new());
        let mut count: usize = 0;
        log.each(|Entry { at, kind, body, .. }| {
            match kind {
                SITE => {
                    let number = number_of(body)?;
                    if sites.contains(number) && !seen.insert(number) {
                        last.insert(number, at);
                    }
                }
                MARK => count += 1,
                _ => {}
            }
            Ok(())
        })?;
        let earlier_marks = count.saturating_sub(marks);
        let mut retained = Self { sites, last, strings: Numbers::default(), earlier_marks, bytes: 0 };
        let mut strings = Numbers::default();
        log.each(|Entry { at, kind, body, .. }| {
            if kind == SITE && retained.has_site(number_of(body)?, at) {
                strings_of(body, &mut strings)?;
            }
            Ok(())
        })?;
        retained.strings = strings;
        let mut bytes = 0;
        retained.copy(log, |piece| {
            bytes += piece.len();
            Ok(())
        })?;
        retained.bytes = bytes;
        Ok(retained)
    }

    /// Whether the entry at `at` is the last one of a site that is retained.
    fn has_site(&self, number: u32, at: usize) -> bool {
        self.sites.contains(number) && self.last.get(&number).is_none_or(|last| *last == at)
    }

    /// Hands over the entries, in their order.
    ///
    /// # Errors
    /// As [`Retained::of`], and those of `out`.
    pub(super) fn copy(
        &self,
        log: &LogSource<'_, impl Source>,
        mut out: impl FnMut(&[u8]) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut mark = 0;
        log.each(|Entry { at, kind, body, whole }| {
            let is_retained = match kind {
                STRING => self.strings.contains(number_of(body)?),
                SITE => self.has_site(number_of(body)?, at),
                MARK => {
                    mark += 1;
                    if mark > self.earlier_marks {
                        let mut mark = Mark::decode(body)?;
                        mark.sites.retain(|marked| self.sites.contains(marked.site));
                        let mut bytes = Vec::new();
                        Encoder::mark(&mark, &mut bytes);
                        out(&bytes)?;
                    }
                    false
                }
                _ => false,
            };
            if is_retained { out(whole) } else { Ok(()) }
        })
    }
}

struct Entry<'a> {
    at: usize,
    kind: u8,
    body: &'a [u8],
    /// With its head.
    whole: &'a [u8],
}

impl<S: Source> LogSource<'_, S> {
    fn len(&self) -> usize {
        self.written + self.pending.len()
    }

    fn each(&self, mut with: impl FnMut(Entry<'_>) -> io::Result<()>) -> io::Result<()> {
        let mut window = Window { from: 0, bytes: Vec::new() };
        let mut at = 0;
        while at < self.len() {
            let length = u32_at(window.at(self, at, ENTRY_HEAD)?, 0) as usize;
            let whole = window.at(self, at, ENTRY_HEAD + length)?;
            let (kind, body) = whole[ENTRY_HEAD..].split_first().ok_or(BadLog)?;
            with(Entry { at, kind: *kind, body, whole })?;
            at += whole.len();
        }
        Ok(())
    }

    /// Fills `bytes` from `at`, which has as many.
    fn read(&self, bytes: &mut [u8], at: usize) -> io::Result<()> {
        let (written, pending) = bytes.split_at_mut(self.written.saturating_sub(at).min(bytes.len()));
        if !written.is_empty() {
            self.source.read_at(written, self.at + at as u64)?;
        }
        let from = at.saturating_sub(self.written);
        pending.copy_from_slice(&self.pending[from..from + pending.len()]);
        Ok(())
    }
}

/// The part of a log that is in memory.
struct Window {
    from: usize,
    bytes: Vec<u8>,
}

impl Window {
    /// So many bytes of the log from `at`.
    fn at<S: Source>(&mut self, log: &LogSource<'_, S>, at: usize, length: usize) -> io::Result<&[u8]> {
        let left = log.len() - at;
        if length > left {
            return Err(BadLog.into());
        }
        if at < self.from || at + length > self.from + self.bytes.len() {
            self.bytes.resize(length.max(PIECE).min(left), 0);
            log.read(&mut self.bytes, at)?;
            self.from = at;
        }
        Ok(&self.bytes[at - self.from..][..length])
    }
}

/// The number that a string and a site begin with.
fn number_of(body: &[u8]) -> Result<u32, BadLog> {
    body.get(..4).map(|number| u32_at(number, 0)).ok_or(BadLog)
}

fn strings_of(site: &[u8], strings: &mut Numbers) -> Result<(), BadLog> {
    let mut rest = site.get(12..).ok_or(BadLog)?;
    let rest = &mut rest;
    let _thread = number(rest)?;
    strings.extend([small(rest)?, small(rest)?]);
    for _ in 0..small(rest)? {
        strings.extend(small(rest)?.checked_sub(1));
        strings.insert(small(rest)?);
        let (_line, _column) = (number(rest)?, number(rest)?);
    }
    Ok(())
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::super::log::{Log, MarkedSite, SiteEntry};
    use super::*;
    use crate::values::frames::Frame;

    fn site(number: u32, label: &str) -> SiteEntry {
        let frame =
            |function: Option<String>| Frame { function, file: "/a.js".into(), line: number, column: 1 };
        let stack = vec![frame(Some(format!("f{number}"))), frame(None)].into();
        SiteEntry { number, label: label.to_owned(), kind: "map".into(), stack, ..SiteEntry::default() }
    }

    fn mark(name: &str) -> Mark {
        let of = |site| MarkedSite { site, live: 3, ..MarkedSite::default() };
        Mark { name: name.to_owned(), at_ms: 1, at_unix_ms: 2, sites: vec![of(1), of(7)] }
    }

    fn retained<const N: usize>(
        written: &[u8],
        pending: &[u8],
        sites: [u32; N],
        marks: usize,
    ) -> io::Result<(Retained, Vec<u8>)> {
        // Before the log there is something else.
        let source = [&[7; 5], written].concat();
        let log = LogSource { source: &source, at: 5, written: written.len(), pending };
        let retained = Retained::of(&log, Numbers::from_iter(sites), marks)?;
        let mut bytes = Vec::new();
        retained.copy(&log, |piece| {
            bytes.extend(piece);
            Ok(())
        })?;
        Ok((retained, bytes))
    }

    #[test]
    fn a_log_of_many_pieces_is_read_whole_wherever_it_is_cut() {
        let (mut encoder, mut log) = (Encoder::default(), Vec::new());
        let long = "x".repeat(3_000);
        (1..=40).for_each(|number| encoder.site(&site(number, &format!("{long}{number}")), &mut log));
        let many = Mark {
            sites: (1..=9_000).map(|site| MarkedSite { site, ..MarkedSite::default() }).collect(),
            ..mark("many")
        };
        Encoder::mark(&many, &mut log);
        encoder.site(&site(41, "last"), &mut log);
        assert!(log.len() > 6 * PIECE);
        for written in (0..=log.len()).step_by(PIECE / 2 + 77) {
            let (written, pending) = log.split_at(written);
            let sites = std::array::from_fn::<u32, 41, _>(|index| index as u32 + 1);
            let (_, bytes) = retained(written, pending, sites, 1).unwrap();
            let read = Log::parse(&bytes).unwrap();
            assert_eq!((read.sites.len(), read.marks[0].sites.len()), (41, 41));
            assert_eq!(read.sites[&40], site(40, &format!("{long}40")));
        }
    }

    #[test]
    fn sites_keep_their_last_entry_and_the_encoder_its_strings() {
        let (mut encoder, mut log) = (Encoder::default(), Vec::new());
        (1..=100).for_each(|number| encoder.site(&site(number, &format!("site {number}")), &mut log));
        encoder.site(&site(7, "another label"), &mut log);
        ["a", "b", "c"].iter().for_each(|name| Encoder::mark(&mark(name), &mut log));

        // Some of it is written, some of it is still to be.
        let (written, pending) = log.split_at(log.len() / 2);
        let (retained, bytes) = retained(written, pending, [7, 9], 2).unwrap();
        assert_eq!(bytes.len(), retained.bytes);
        assert!(bytes.len() * 10 < log.len(), "{} of {}", bytes.len(), log.len());
        let mut encoder = encoder.hand_over(&retained.strings);
        let mut again = bytes.clone();
        encoder.site(&site(9, "site 9"), &mut again);
        encoder.site(&site(10, "site 10"), &mut again);
        let read = Log::parse(&again).unwrap();
        assert_eq!(read.sites.len(), 3);
        assert_eq!(read.sites[&7], site(7, "another label"));
        assert_eq!(read.sites[&9], site(9, "site 9"));
        assert_eq!(read.sites[&10], site(10, "site 10"));
        let marks: Vec<_> = read.marks.iter().map(|mark| (&mark.name[..], mark.sites.len())).collect();
        assert_eq!(marks, [("b", 1), ("c", 1)]);
    }

    #[test]
    fn what_is_not_whole_is_refused() {
        let (mut encoder, mut log) = (Encoder::default(), Vec::new());
        encoder.site(&site(1, "x"), &mut log);
        let whole = log.len();
        for cut in (0..whole).filter(|cut| Log::parse(&log[..*cut]).is_err()) {
            assert!(retained(&log[..cut], &[], [1], 1).is_err(), "{cut} of {whole} bytes");
        }
    }
}
