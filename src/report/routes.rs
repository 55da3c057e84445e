//! The stacks that lead to one origin: how many share it, and who called.

use std::collections::HashMap;

use super::clean::columns_of;
use super::format::{count, percent, plural, wrapped};
use super::lines::{INDENT, labelled, placed};
use super::located::Located;
use super::options::TextOptions;
use super::paint::{Line, Role};
use crate::values::frames::{Frame, Owner, owner};

/// Routes whose callers are named; all have their share in `reached by`.
const MAX_ROUTES: usize = 3;

/// Shares written out; the rest is `…`.
const MAX_SHARES: usize = 4;

/// One stack that leads to an origin.
pub(super) struct Route<'a> {
    pub(super) stack: &'a [Frame],
    /// As [`Located::weight`].
    weight: u64,
}

/// The different stacks of a group, the heaviest first. Equal ones, as of several threads, are one.
pub(super) fn routes<'a, T: Located>(group: &[&'a T]) -> Vec<Route<'a>> {
    let mut index: HashMap<&[Frame], usize> = HashMap::new();
    let mut routes: Vec<Route<'_>> = Vec::new();
    for item in group {
        let route = *index.entry(item.stack()).or_insert_with(|| {
            routes.push(Route { stack: item.stack(), weight: 0 });
            routes.len() - 1
        });
        routes[route].weight = routes[route].weight.saturating_add(item.weight());
    }
    routes.sort_by_key(|route| std::cmp::Reverse(route.weight));
    routes
}

/// `reached by 2 stacks (60 % / 40 %)`.
pub(super) fn reached_by(routes: &[Route<'_>]) -> String {
    let stacks = plural(routes.len() as u64, "stack");
    let whole = routes.iter().fold(0, |sum: u64, route| sum.saturating_add(route.weight));
    if whole == 0 {
        return format!("reached by {stacks}");
    }
    let mut shares: Vec<String> =
        routes.iter().take(MAX_SHARES).map(|route| percent(route.weight, whole)).collect();
    if routes.len() > MAX_SHARES {
        shares.push("…".to_owned());
    }
    format!("reached by {stacks} ({})", shares.join(" / "))
}

/// The lines that lead from the origin inwards (`through`) and outwards (`called from`), one pair a route,
/// without those that would read the same.
pub(super) fn callers(
    routes: &[Route<'_>],
    origin: Option<&Frame>,
    options: &TextOptions,
    width: usize,
) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for route in routes.iter().take(MAX_ROUTES) {
        for group in route_lines(route.stack, origin, options, width) {
            let known = !group.is_empty() && lines.windows(group.len()).any(|window| window == group);
            if !known {
                lines.extend(group);
            }
        }
    }
    lines
}

fn route_lines(
    stack: &[Frame],
    origin: Option<&Frame>,
    options: &TextOptions,
    width: usize,
) -> [Vec<Line>; 2] {
    let cwd = options.cwd.as_deref();
    let at = origin.and_then(|origin| stack.iter().position(|frame| frame == origin));
    let (inner, outer) = at.map_or((&[][..], stack), |at| (&stack[..at], &stack[at + 1..]));
    let inner: Vec<&Frame> = inner.iter().filter(|frame| is_shown(frame)).collect();
    let outer: Vec<&Frame> = outer.iter().filter(|frame| is_shown(frame)).collect();

    if options.all_frames {
        return [list("through  ", &inner, cwd, width), list("called from  ", &outer, cwd, width)];
    }

    // The innermost frame says which call of a package took the resource; those between are its own affair.
    let through = match inner.split_first() {
        Some((innermost, between)) => {
            let line = placed("through  ", innermost, cwd, width);
            with_tail(line, &folded(0, between.len() as u64), width)
        }
        None => Vec::new(),
    };
    let is_application = |frame: &&&Frame| owner(&frame.file) == Owner::Application;
    let application = outer.iter().filter(is_application).count();
    let rest = folded(application.saturating_sub(1) as u64, (outer.len() - application) as u64);
    let called_from = match outer.iter().find(is_application) {
        Some(next) => with_tail(placed("called from  ", next, cwd, width), &rest, width),
        None if rest.is_empty() => Vec::new(),
        None => wrapped(labelled("called from  "), Role::Faint, &rest, width),
    };
    [through, called_from]
}

/// `line`, then `tail` if there is one: behind it, or below it when that is too wide.
fn with_tail(line: Line, tail: &str, width: usize) -> Vec<Line> {
    let beside = format!("  ·  {tail}");
    if tail.is_empty() {
        vec![line]
    } else if line.width() + columns_of(&beside) <= width {
        vec![line.with(Role::Faint, beside)]
    } else {
        let below = wrapped(Line::indented(2 * INDENT), Role::Faint, tail, width);
        std::iter::once(line).chain(below).collect()
    }
}

/// `3 more frames, 6 of packages hidden (--all-frames)`.
fn folded(more: u64, packages: u64) -> String {
    let more_frames = format!("{} more {}", count(more), if more == 1 { "frame" } else { "frames" });
    match (more, packages) {
        (0, 0) => String::new(),
        (0, _) => format!("{} of packages hidden (--all-frames)", plural(packages, "frame")),
        (_, 0) => format!("{more_frames} (--all-frames)"),
        _ => format!("{more_frames}, {} of packages hidden (--all-frames)", count(packages)),
    }
}

/// `frames` below each other, behind `label`.
fn list(label: &str, frames: &[&Frame], cwd: Option<&str>, width: usize) -> Vec<Line> {
    let blank = " ".repeat(label.len());
    let labels = std::iter::once(label).chain(std::iter::repeat(&*blank));
    labels.zip(frames).map(|(label, frame)| placed(label, frame, cwd, width)).collect()
}

/// Node's frames and leakline's own are nobody's business.
fn is_shown(frame: &Frame) -> bool {
    !matches!(owner(&frame.file), Owner::Runtime | Owner::Package("leakline"))
}
