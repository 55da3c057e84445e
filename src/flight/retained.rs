//! What of a log goes on into another file. Entries stay as they are written: nothing is decoded into texts, which for
//! ten thousand sites would be twenty times the log.

use std::collections::{HashMap, HashSet};

use super::log::{BadLog, ENTRY_HEAD, Encoder, MARK, Mark, SITE, STRING, number, small};
use super::words::u32_at;

/// A log without what nobody needs any more.
pub(super) struct Retained {
    /// Its entries, in their order.
    pub bytes: Vec<u8>,
    /// The strings that they name, by number.
    pub strings: HashSet<u32>,
}

/// Retains `sites`, of one that is defined again the last entry, and the last `marks` with these sites.
///
/// # Errors
/// [`BadLog`] for an entry that is not whole.
pub(super) fn retained(log: &[u8], sites: &HashSet<u32>, marks: usize) -> Result<Retained, BadLog> {
    let mut last: HashMap<u32, usize> = HashMap::with_capacity(sites.len());
    let mut count = 0;
    for entry in entries(log) {
        let Entry { at, kind, body } = entry?;
        match kind {
            SITE => drop(sites.get(&number_of(body)?).map(|site| last.insert(*site, at))),
            MARK => count += 1,
            _ => {}
        }
    }
    let mut strings = HashSet::new();
    for at in last.values() {
        let entry = entries(&log[*at..]).next().ok_or(BadLog)??;
        strings_of(entry.body, &mut strings)?;
    }
    let mut bytes = Vec::new();
    let mut mark = 0;
    for entry in entries(log) {
        let Entry { at, kind, body } = entry?;
        let is_retained = match kind {
            STRING => strings.contains(&number_of(body)?),
            SITE => last.get(&number_of(body)?) == Some(&at),
            MARK => {
                mark += 1;
                if mark + marks > count {
                    let mut mark = Mark::decode(body)?;
                    mark.sites.retain(|marked| sites.contains(&marked.site));
                    Encoder::mark(&mark, &mut bytes);
                }
                false
            }
            _ => false,
        };
        if is_retained {
            bytes.extend(&log[at..][..ENTRY_HEAD + 1 + body.len()]);
        }
    }
    Ok(Retained { bytes, strings })
}

struct Entry<'a> {
    at: usize,
    kind: u8,
    body: &'a [u8],
}

fn entries(log: &[u8]) -> impl Iterator<Item = Result<Entry<'_>, BadLog>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = log.get(at..).filter(|rest| !rest.is_empty())?;
        let body = rest.get(..ENTRY_HEAD).and_then(|head| rest[ENTRY_HEAD..].get(..u32_at(head, 0) as usize));
        let found = body.and_then(|body| body.split_first()).ok_or(BadLog);
        let entry = found.map(|(kind, body)| Entry { at, kind: *kind, body });
        // After an entry that is not whole there is none.
        at = body.map_or(log.len(), |body| at + ENTRY_HEAD + body.len());
        Some(entry)
    })
}

/// The number that a string and a site begin with.
fn number_of(body: &[u8]) -> Result<u32, BadLog> {
    body.get(..4).map(|number| u32_at(number, 0)).ok_or(BadLog)
}

fn strings_of(site: &[u8], strings: &mut HashSet<u32>) -> Result<(), BadLog> {
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

    #[test]
    fn sites_keep_their_last_entry_and_the_encoder_its_strings() {
        let (mut encoder, mut log) = (Encoder::default(), Vec::new());
        (1..=100).for_each(|number| encoder.site(&site(number, &format!("site {number}")), &mut log));
        encoder.site(&site(7, "another label"), &mut log);
        ["a", "b", "c"].iter().for_each(|name| Encoder::mark(&mark(name), &mut log));

        let Retained { bytes, strings } = retained(&log, &HashSet::from([7, 9]), 2).unwrap();
        assert!(bytes.len() * 10 < log.len(), "{} of {}", bytes.len(), log.len());
        let mut encoder = encoder.retaining(&strings);
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
            assert!(retained(&log[..cut], &HashSet::from([1]), 1).is_err(), "{cut} of {whole} bytes");
        }
    }
}
