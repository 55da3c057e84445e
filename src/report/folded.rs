//! What hangs on a cause, in a line: the names of what grew as well.

use super::block::{Located, class_of};
use super::clean::{clean, cut};
use super::format::plural;
use super::hints;
use crate::frames;
use crate::snapshot::Frame;

/// Names in a line. The rest are counted.
const MAX_NAMES: usize = 8;

/// Characters of one name.
const MAX_NAME_CHARS: usize = 60;

/// Heading above what is kept by something that nobody has proven.
pub(super) const PROBABLY_KEPT: &str =
    "grew as well, on objects that each call makes anew, probably kept by the above";

/// `listeners of Request, PassThrough; Set at index.js:194; and 3 more (--all)`.
pub(super) fn names<'a, T: Located + 'a>(items: impl IntoIterator<Item = &'a T>) -> String {
    let mut classes: Vec<String> = Vec::new();
    let mut others: Vec<String> = Vec::new();
    for item in items {
        let (list, name) = match item.kind() {
            "listener" => (&mut classes, clean(class_of(item.label())).into_owned()),
            _ => (&mut others, other(item)),
        };
        let name = cut(&name, MAX_NAME_CHARS).into_owned();
        if !list.contains(&name) {
            list.push(name);
        }
    }
    let more = (classes.len() + others.len()).saturating_sub(MAX_NAMES);
    // Classes say more than lines do.
    classes.truncate(MAX_NAMES.saturating_sub(others.len().min(MAX_NAMES / 2)));
    others.truncate(MAX_NAMES - classes.len());
    let mut parts = Vec::new();
    if !classes.is_empty() {
        parts.push(format!("listeners of {}", classes.join(", ")));
    }
    parts.extend(others);
    if more > 0 {
        parts.push(format!("{more} more (--all)"));
    }
    parts.join("; ")
}

/// `12 more that grew: …`.
pub(super) fn counted<T: Located>(items: &[&T]) -> String {
    let n = items.len() as u64;
    let found = if n == 1 { "1 more finding".to_owned() } else { plural(n, "more finding") };
    format!("{found}: {}", names(items.iter().copied()))
}

fn other<T: Located>(item: &T) -> String {
    let title = hints::title(item.kind(), item.label());
    // A property says where it is; of a bare Map its line does.
    match frames::registering(item.stack()).or(item.origin()).filter(|_| !title.contains('.')) {
        Some(frame) => format!("{title} at {}", short(frame)),
        None => title,
    }
}

fn short(Frame { file, line, .. }: &Frame) -> String {
    let name = file.rsplit(['/', '\\']).next().unwrap_or(file);
    format!("{}:{line}", clean(name))
}
