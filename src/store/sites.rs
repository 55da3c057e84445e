//! What is known of a creation stack: whose it is, its label (`Socket 'data'`, written by `values/label.rs`), how to find it
//! again. A report's title of it (`listener 'data' on Socket`) is `report/title.rs`.

use serde::Deserialize;

use crate::record::layout;
use crate::values::frames::{self, Frame, Owner};
use crate::values::label::{Detail, Label};
use crate::values::stack::Stack;

/// Sites an isolate may have; what comes from further stacks is counted by kind only.
pub const MAX_SITES: u32 = 10_000;
/// Details (event names, delays) that a label names before it says "and others".
pub const MAX_DETAILS: usize = 3;
/// Longest subject or detail, in characters.
const MAX_TEXT: usize = 80;

/// A site as JavaScript first describes it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Definition {
    /// Index into the kinds.
    pub kind: u8,
    /// Class or function: `Redis`, `setInterval`, `Map`.
    pub subject: String,
    /// The first event name or delay, as it is to be shown.
    pub detail: Option<String>,
    /// Matched by the user's `ignore`: recorded, never reported.
    pub ignored: bool,
    /// What is registered here may end with its owner, where others of its kind end by a call alone.
    pub ends_with_owner: bool,
    /// Innermost first.
    pub stack: Vec<Frame>,
    /// In place of a stack: the number of another site of the isolate, with the same stack, the same `ignored` and
    /// owners of another class.
    pub like: Option<u32>,
}

/// A site's identity and name.
#[derive(Clone, Debug)]
pub struct Site {
    /// Index into the kinds.
    pub kind: u8,
    /// Recorded, never reported.
    pub ignored: bool,
    /// See [`Definition::ends_with_owner`].
    pub ends_with_owner: bool,
    /// See [`fingerprint`].
    pub fingerprint: u64,
    /// Innermost first.
    pub stack: Stack,
    label: Label,
}

impl Site {
    /// Names a new site. `root` is the folder whose path fingerprints leave out.
    pub fn new(definition: Definition, kind_name: &str, root: &str) -> Self {
        let Definition { kind, subject, detail, ignored, ends_with_owner, stack, like: _ } = definition;
        Self {
            kind,
            ignored,
            ends_with_owner,
            fingerprint: fingerprint(kind_name, &stack, root),
            stack: stack.into(),
            label: Label::new(
                &shortened(subject, MAX_TEXT),
                detail.iter().map(|shown| self::detail(shown)).collect(),
                false,
            ),
        }
    }

    /// A site with the stack of `other`, whose owners have another class.
    pub fn like(other: &Self, subject: String, detail: Option<String>) -> Self {
        Self {
            label: Label::new(
                &shortened(subject, MAX_TEXT),
                detail.iter().map(|shown| self::detail(shown)).collect(),
                false,
            ),
            ..other.clone()
        }
    }

    /// See [`Label::class`].
    pub fn class(&self) -> &str {
        self.label.class()
    }

    /// One more event name or delay was seen at this stack.
    pub fn add_detail(&mut self, detail: String) {
        let detail = self::detail(&detail);
        let known = self.label.details();
        if known.contains(&detail) || self.label.has_more() {
            return;
        }
        let has_room = known.len() < MAX_DETAILS;
        let details = known.iter().cloned().chain(has_room.then_some(detail)).collect();
        self.label = Label::new(self.label.class(), details, !has_room);
    }

    /// What it is called; it has one detail more with each version.
    pub fn label(&self) -> &Label {
        &self.label
    }

    /// Changes when the label does: it only grows.
    pub fn label_version(&self) -> u8 {
        self.label.details().len() as u8 + u8::from(self.label.has_more())
    }

    /// What is so of each of its registrations: the label without details where there are several.
    pub fn common_label(&self) -> Label {
        match self.label.details() {
            [] | [_] => self.label.clone(),
            _ => Label::new(self.class(), Vec::new(), false),
        }
    }

    /// True when the site holds collections, which have sizes.
    pub fn is_collection(&self) -> bool {
        layout::is_collection(self.kind)
    }

    /// The frame to look at first.
    pub fn origin(&self) -> Option<&Frame> {
        frames::origin(&self.stack)
    }
}

/// A site's identity across runs, checkouts and machines: kind, functions and files, without line
/// numbers. Files are those that run, whether or not a source map is there, below `root` or as their
/// package has them; Node's own frames and those of a test runner below the tests do not count, as
/// they change with the version. FNV-1a, 64 bits (Fowler, Noll, Vo): stable for ever, which the
/// standard library's hasher is not.
pub fn fingerprint(kind: &str, stack: &[Frame], root: &str) -> u64 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    let mut add = |text: &str| {
        for byte in text.bytes().chain([0]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    };
    add(kind);
    let counts = |frame: &&Frame| frames::owner(&frame.file) != Owner::Runtime;
    let of_code: Vec<&Frame> = frames::above_runner(stack).iter().filter(counts).collect();
    // Of what Node or the runner does by itself nothing else identifies it.
    let frames = if of_code.is_empty() { stack.iter().collect() } else { of_code };
    for Frame { function, file, .. } in frames {
        add(function.as_deref().unwrap_or(""));
        let below = match frames::in_package(file) {
            Some(path) => path,
            None => file.strip_prefix(root).filter(|_| !root.is_empty()).unwrap_or(file),
        };
        add(below.trim_start_matches(['/', '\\']));
    }
    hash
}

/// A detail as a hook shows it, bounded.
fn detail(shown: &str) -> Detail {
    match Detail::read(shown) {
        Detail::Name(name) => Detail::Name(shortened(name, MAX_TEXT)),
        Detail::Shown(text) => Detail::Shown(shortened(text, MAX_TEXT)),
        delay @ Detail::Delay(_) => delay,
    }
}

/// The first characters of a text. Names are the program's, and may hold anything for ever.
pub(super) fn shortened(text: String, max: usize) -> String {
    match text.char_indices().nth(max) {
        None => text,
        Some((at, _)) => format!("{}…", &text[..at]),
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn frame(function: &str, file: &str, line: u32) -> Frame {
        Frame { function: Some(function.to_owned()), file: file.to_owned(), line, column: 1 }
    }

    fn site(details: &[&str]) -> Site {
        let definition = Definition {
            subject: "Bus".to_owned(),
            detail: details.first().map(|d| (*d).to_owned()),
            ..Definition::default()
        };
        let mut site = Site::new(definition, "listener", "");
        for detail in details.iter().skip(1) {
            site.add_detail((*detail).to_owned());
        }
        site
    }

    #[test]
    fn a_label_names_a_few_details() {
        assert_eq!(site(&[]).label(), "Bus");
        assert_eq!(site(&["'a'"]).label(), "Bus 'a'");
        assert_eq!(site(&["'a'", "'b'", "'a'"]).label(), "Bus 'a', 'b'");
        assert_eq!(site(&["'a'", "'b'", "'c'", "'d'", "'e'"]).label(), "Bus 'a', 'b', 'c' and others");
    }

    #[test]
    fn a_label_is_bounded() {
        let mut site = site(&[&"é".repeat(500)]);
        for n in 0..10_000 {
            site.add_detail(format!("'{n}'"));
        }
        assert!(site.label().chars().count() < 120, "{}", site.label());
    }

    #[test]
    fn a_fingerprint_survives_moved_lines_and_folders() {
        let here = [
            frame("attach", "/home/a/app/src/proxy.js", 88),
            frame("handle", "/home/a/app/src/server.js", 41),
        ];
        let there =
            [frame("attach", "/srv/app/src/proxy.js", 90), frame("handle", "/srv/app/src/server.js", 12)];
        let print = fingerprint("listener", &here, "/home/a/app");
        assert_eq!(print, fingerprint("listener", &there, "/srv/app"));
        assert_ne!(print, fingerprint("timeout", &here, "/home/a/app"));
        assert_ne!(print, fingerprint("listener", &here[..1], "/home/a/app"));
        let behind = |path: &str| {
            vec![here[0].clone(), frame("main", "/home/a/app/main.js", 3), frame("run", path, 1)]
        };
        let package = |folder: &str| {
            fingerprint("listener", &behind(&format!("{folder}/node_modules/pg/i.js")), "/home/a/app")
        };
        assert_eq!(package("/home/a/app"), package("/home/a"), "packages may lie higher up");
        let run_by = |path: &str| fingerprint("listener", &behind(path), "/home/a/app");
        assert_eq!(
            run_by("/x/node_modules/jest-circus/run.js"),
            run_by("node:internal/timers"),
            "whoever runs it"
        );
        // A frozen value: baselines on disk depend on it.
        assert_eq!(format!("{print:016x}"), "4b78a96cc47c0595");
    }
}
