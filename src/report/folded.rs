//! What hangs on a cause, in a line: the names of what grew as well.

use super::block::Block;
use super::clean::{clean, cut};
use super::format::plural;
use super::located::{Located, merge, more_labels};
use super::paint::Role;
use super::text::Page;
use super::title;
use crate::values::frames::{self, Frame};

/// Names in a line. The rest are counted.
const MAX_NAMES: usize = 8;

/// Characters of one name.
const MAX_NAME_CHARS: usize = 60;

/// Heading above what is kept by something that nobody has proven.
pub(super) const OF_CALLS: &str =
    "grew as well, on objects that each call makes anew, probably kept by the above";

/// The same in a service.
pub(super) const OF_SERVICE: &str =
    "grew as well, on objects that are made anew each time, probably kept by the above";

/// The same where nothing is above.
const OF_NOTHING_ABOVE: &str = "grew as well, on objects that are made anew each time";

/// Heading above what grew beside what stands for it.
const WITH: &str = "grew as well, with the same objects";

/// Heading above what calls of causes register as well.
const OF_SAME_CALLS: &str = "grew as well, by the same calls as the above";

/// Heading above what is proven to be kept by a cause.
const KEPT: &str = "grew only because of the above";

/// How the lines begin that fold it.
const LEAD: &str = "grew as well, ";

/// `listeners of Request, PassThrough; Set at index.js:194; and 3 more (--all)`.
fn names<'a, T: Located + 'a>(items: impl IntoIterator<Item = &'a T>) -> String {
    let mut classes: Vec<String> = Vec::new();
    let mut others: Vec<String> = Vec::new();
    for item in items {
        let (list, name) = match item.kind() {
            "listener" => (&mut classes, clean(item.label().class()).into_owned()),
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

/// What is proven to go with this cause alone: `2 more findings: …; they go when this is fixed`; empty where nothing is.
pub(super) fn keeps<T: Located>(hanging: &[&T], cause: &[&T]) -> String {
    let kept: Vec<&T> = hanging.iter().filter(|item| is_kept_by(**item, cause)).copied().collect();
    match kept.len() {
        0 => String::new(),
        1 => format!("{}; it goes when this is fixed", counted(&kept)),
        _ => format!("{}; they go when this is fixed", counted(&kept)),
    }
}

/// What the call of this cause registers as well: `listener 'data' on Socket: the same call adds it`; empty where that is nothing.
pub(super) fn with<T: Located>(hanging: &[&T], cause: &[&T]) -> String {
    let beside: Vec<&T> = hanging.iter().filter(|item| is_of_call(**item, cause)).copied().collect();
    let names: Vec<String> = merge(beside).iter().map(|group| titled(group)).collect();
    match &names[..] {
        [] => String::new(),
        [one] => format!("{one}: the same call adds it"),
        all => {
            let shown = all.iter().take(MAX_NAMES).map(String::as_str).collect::<Vec<_>>().join("; ");
            let more = all.len().saturating_sub(MAX_NAMES);
            let more = if more > 0 { format!("; {more} more (--all)") } else { String::new() };
            format!("{shown}{more}: the same call adds them")
        }
    }
}

/// `listener 'data' on Socket and 1 more`, or a collection with its line.
fn titled<T: Located>(group: &[&T]) -> String {
    let name = match group[0].kind() {
        "listener" => title::title(group[0].kind(), group[0].label()),
        _ => other(group[0]),
    };
    let name = cut(&name, MAX_NAME_CHARS).into_owned();
    match more_labels(group) {
        0 => name,
        more => format!("{name} and {more} more"),
    }
}

/// Writes what hangs on causes and is in no block of one; with `all` each by itself, as `brief` lays it out.
pub(super) fn consequences<'a, T: Located>(
    page: &mut Page<'_>,
    hanging: &[&'a T],
    causes: &[Vec<&'a T>],
    heading: &str,
    all: bool,
    brief: &dyn Fn(&[Vec<&'a T>]) -> Vec<Block<'a>>,
) {
    let is_open = |item: &&&T| {
        all || !causes.iter().any(|cause| {
            is_kept_by(**item, cause) || is_of_call(**item, cause) || is_holder_of(**item, cause[0])
        })
    };
    let is_beside = |item: &&T| item.same_call().is_some();
    let (proven, rest): (Vec<&T>, Vec<&T>) =
        hanging.iter().filter(is_open).partition(|item| !item.kept_by().is_empty());
    let is_with = |item: &&T| causes.iter().any(|cause| is_holder_of(*item, cause[0]));
    let (with, rest): (Vec<&T>, Vec<&T>) = rest.into_iter().partition(is_with);
    let (beside, probable): (Vec<&T>, Vec<&T>) = rest.into_iter().partition(is_beside);
    let are_standing = !causes.is_empty() && causes.iter().all(|cause| cause[0].stands_for().is_some());
    let heading = match causes {
        [] => OF_NOTHING_ABOVE,
        _ if are_standing => WITH,
        _ => heading,
    };
    if all {
        page.brief_section(KEPT, &brief(&merge(proven)));
        page.brief_section(heading, &brief(&merge(probable)));
        page.brief_section(WITH, &brief(&merge(with)));
        page.brief_section(OF_SAME_CALLS, &brief(&merge(beside)));
        return;
    }
    if !proven.is_empty() {
        let together = format!("only because of the above together: {}", counted(&proven));
        page.closing(LEAD, Role::Plain, &together);
    }
    if !probable.is_empty() {
        let heading = heading.strip_prefix(LEAD).unwrap_or(heading);
        page.closing(LEAD, Role::Plain, &format!("{heading}: {}", names(probable)));
    }
}

/// Whether a proof says that this cause alone keeps it.
fn is_kept_by<T: Located>(item: &T, cause: &[&T]) -> bool {
    matches!(item.kept_by(), [only] if cause.iter().any(|member| member.fingerprint() == only))
}

/// Whether the call of this cause registers it as well.
fn is_of_call<T: Located>(item: &T, cause: &[&T]) -> bool {
    // Lines of one function have one fingerprint.
    let is_elsewhere =
        item.kind() == "listener" && cause[0].kind() == "listener" && item.origin() != cause[0].origin();
    !is_elsewhere
        && item.same_call().is_some_and(|call| cause.iter().any(|member| member.fingerprint() == call))
}

/// Whether it is named as what holds this cause.
fn is_holder_of<T: Located>(item: &T, cause: &T) -> bool {
    cause.held_by().is_some_and(|holder| item.as_holder().is_some_and(|name| name == holder))
}

/// `12 more findings: …`.
fn counted<T: Located>(items: &[&T]) -> String {
    format!("{}: {}", plural(items.len() as u64, "more finding"), names(items.iter().copied()))
}

fn other<T: Located>(item: &T) -> String {
    let title = title::title(item.kind(), item.label());
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
