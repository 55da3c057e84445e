//! What earlier reports reported and what has ended in order since.

use std::collections::BTreeMap;

use super::clean::{clean, cut};
use super::format::about;
use super::paths::shown;
use crate::values::snapshot::Site;

/// Characters shown of a kind's name or a label.
const MAX_NAME_CHARS: usize = 40;

/// `4 checkouts of src/db.ts:17 reported earlier were returned.`, a line for each place and kind, the most first.
pub(super) fn returned_late<'s>(sites: impl Iterator<Item = &'s Site>, cwd: Option<&str>) -> Vec<String> {
    let mut places: BTreeMap<(String, &str), (u64, bool)> = BTreeMap::new();
    for site in sites.filter(|site| site.returned_late > 0) {
        let (n, estimated) = places.entry((place(site, cwd), &site.kind)).or_default();
        *n = n.saturating_add(site.returned_late);
        *estimated |= site.estimated;
    }
    let mut places: Vec<_> = places.into_iter().collect();
    places.sort_by_key(|(_, (n, _))| std::cmp::Reverse(*n));
    places
        .into_iter()
        .map(|((place, kind), (n, estimated))| {
            let (noun, ended) = words(kind);
            let s = if n == 1 { "" } else { "s" };
            let were = if n == 1 { "was" } else { "were" };
            let kind = match noun {
                "registration" => format!(" ({})", cut(&clean(kind), MAX_NAME_CHARS)),
                _ => String::new(),
            };
            format!("{} {noun}{s}{kind} of {place} reported earlier {were} {ended}.", about(n, estimated))
        })
        .collect()
}

/// What one of a kind is called, and how it ends in order.
fn words(kind: &str) -> (&'static str, &'static str) {
    match kind {
        "listener" => ("listener", "removed"),
        "interval" => ("timer", "cleared"),
        // Which of the two, nobody has counted.
        "timeout" => ("timer", "cleared or fired"),
        "immediate" => ("immediate", "cleared or run"),
        "handle" => ("handle", "closed"),
        "pool" => ("checkout", "returned"),
        _ => ("registration", "released"),
    }
}

/// The line that it is of, without its column; its label where there is none.
fn place(site: &Site, cwd: Option<&str>) -> String {
    match &site.origin {
        Some(frame) if frame.line > 0 => format!("{}:{}", shown(&frame.file, cwd), frame.line),
        Some(frame) => shown(&frame.file, cwd),
        None => cut(&clean(&site.label), MAX_NAME_CHARS).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::frames::Frame;

    fn site(kind: &str, returned_late: u64, line: u32) -> Site {
        let origin = Some(Frame { function: None, file: "/app/src/db.ts".to_owned(), line, column: 9 });
        Site { kind: kind.to_owned(), label: "label".into(), returned_late, origin, ..Site::default() }
    }

    fn lines(sites: &[Site]) -> Vec<String> {
        returned_late(sites.iter(), Some("/app"))
    }

    #[test]
    fn each_kind_has_its_words() {
        let text = |kind: &str, n: u64| lines(&[site(kind, n, 17)]).concat();
        assert_eq!(text("pool", 4), "4 checkouts of src/db.ts:17 reported earlier were returned.");
        assert_eq!(text("pool", 1), "1 checkout of src/db.ts:17 reported earlier was returned.");
        assert_eq!(text("interval", 4), "4 timers of src/db.ts:17 reported earlier were cleared.");
        assert_eq!(text("timeout", 1), "1 timer of src/db.ts:17 reported earlier was cleared or fired.");
        assert_eq!(
            text("immediate", 2),
            "2 immediates of src/db.ts:17 reported earlier were cleared or run."
        );
        assert_eq!(text("listener", 2_000), "2,000 listeners of src/db.ts:17 reported earlier were removed.");
        assert_eq!(text("handle", 1), "1 handle of src/db.ts:17 reported earlier was closed.");
        assert_eq!(
            text("lease", 2),
            "2 registrations (lease) of src/db.ts:17 reported earlier were released."
        );
        assert_eq!(text("pool", 0), "", "nothing ended");
    }

    #[test]
    fn stacks_to_one_line_are_one_and_the_most_come_first() {
        let sampled = Site { estimated: true, ..site("pool", 7, 30) };
        let nowhere = Site { origin: None, ..site("pool", 1, 0) };
        assert_eq!(
            lines(&[site("pool", 2, 17), site("listener", 3, 17), sampled, site("pool", 2, 17), nowhere]),
            [
                "~7 checkouts of src/db.ts:30 reported earlier were returned.",
                "4 checkouts of src/db.ts:17 reported earlier were returned.",
                "3 listeners of src/db.ts:17 reported earlier were removed.",
                "1 checkout of label reported earlier was returned.",
            ]
        );
    }
}
