//! Pages that V8 keeps out of children (`MADV_DONTFORK`): without them a child ends at once.
//!
//! Which they are says `/proc/self/smaps` alone, whose reading takes some 20 ms at 340 MB: it is read before, in another thread.
//! Pages that came since are in `/proc/self/maps`, which takes a millisecond; whether they are V8's is not said there, so they are
//! let in, and stay so: that costs the next fork of somebody some time, and nothing else.
#![allow(unsafe_code)]

use std::collections::HashSet;
use std::fs;

/// First and last address of a mapping.
type Range = (usize, usize);

/// What V8 kept out of children when it was looked.
pub struct Kept {
    ranges: Vec<Range>,
    /// All mappings that were there.
    known: HashSet<Range>,
}

impl Kept {
    /// Looks. May be called from any thread.
    pub fn look() -> std::io::Result<Self> {
        Ok(Self::in_smaps(&fs::read_to_string("/proc/self/smaps")?))
    }

    fn in_smaps(text: &str) -> Self {
        let mut kept = Self { ranges: Vec::new(), known: HashSet::new() };
        let mut last = None;
        for line in text.lines() {
            if let Some(flags) = line.strip_prefix("VmFlags:") {
                let has = |flag: &str| flags.split_ascii_whitespace().any(|each| each == flag);
                // Mappings of devices have the flag as well, and stay what they are.
                kept.ranges.extend(last.filter(|_| has("dc") && !has("io")));
            } else if let Some((range, _)) = mapping(line) {
                last = Some(range);
                kept.known.insert(range);
            }
        }
        kept
    }

    /// Lets them into children, and private anonymous ones that came since.
    pub fn let_in(&self) -> LetIn<'_> {
        let maps = fs::read_to_string("/proc/self/maps").unwrap_or_default();
        let now = maps.lines().filter_map(mapping);
        let new = now.filter(|(range, is_anonymous)| *is_anonymous && !self.known.contains(range));
        for range in self.ranges.iter().copied().chain(new.map(|(range, _)| range)) {
            advise(range, libc::MADV_DOFORK);
        }
        LetIn { ranges: &self.ranges }
    }
}

/// Until [`LetIn::undo`], V8's pages are part of children.
pub struct LetIn<'a> {
    ranges: &'a [Range],
}

impl LetIn<'_> {
    /// Keeps out again what was kept out before.
    pub fn undo(self) {
        for &range in self.ranges {
            advise(range, libc::MADV_DONTFORK);
        }
    }
}

/// A line of `maps` or the first of an entry of `smaps`: the range, and whether it is private and of no file.
fn mapping(line: &str) -> Option<(Range, bool)> {
    let mut parts = line.split_ascii_whitespace();
    let (first, last) = parts.next()?.split_once('-')?;
    let range = (usize::from_str_radix(first, 16).ok()?, usize::from_str_radix(last, 16).ok()?);
    let is_private = parts.next()?.ends_with('p');
    // Offset, device, inode, and no name.
    Some((range, is_private && parts.nth(2)? == "0" && parts.next().is_none()))
}

fn advise((first, last): Range, advice: i32) {
    // SAFETY: both kinds of advice say only what a fork is to do with the pages, never what is in them; where the range is
    // not mapped any more the system refuses.
    unsafe { libc::madvise(first as *mut libc::c_void, last - first, advice) };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_that_are_kept_out_are_found_by_their_flag() {
        let smaps = "\
55d0-55e0 r-xp 00000000 fe:00 1234 /usr/bin/node\nRss: 4 kB\nVmFlags: rd ex mr mw me\n\
7f00-7f10 rw-p 00000000 00:00 0 \nRss: 4 kB\nVmFlags: rd wr mr mw me dc ac\n\
7f20-7f30 rw-s 00000000 00:06 9 /dev/x\nVmFlags: rd wr dc io\n";
        let kept = Kept::in_smaps(smaps);
        assert_eq!(kept.ranges, [(0x7f00, 0x7f10)]);
        assert_eq!(kept.known.len(), 3);
    }

    #[test]
    fn anonymous_mappings_have_no_name() {
        assert_eq!(mapping("7f00-7f10 rw-p 00000000 00:00 0 "), Some(((0x7f00, 0x7f10), true)));
        assert_eq!(mapping("7f00-7f10 rw-s 00000000 00:00 0 "), Some(((0x7f00, 0x7f10), false)));
        assert_eq!(mapping("7f00-7f10 rw-p 00000000 00:00 0 [heap]"), Some(((0x7f00, 0x7f10), false)));
        assert_eq!(mapping("7f00-7f10 r--p 00001000 fe:00 77 /lib/a.so"), Some(((0x7f00, 0x7f10), false)));
        assert_eq!(mapping("Rss:       4 kB"), None);
    }
}
