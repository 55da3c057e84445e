//! A snapshot's census as text: how much there is, and the largest of it.

use super::clean::clean;
use super::format::{count, title_columns};
use super::lines::labelled;
use super::paint::Line;
use super::title::class;
use crate::values::census::{Census, Counts, Large};
use crate::values::duration::duration;

/// Collections listed. The rest are counted.
const MAX_LISTED: usize = 10;

/// `census (the thread stood still for 0.4 s)`.
pub(super) fn heading(census: &Census) -> String {
    let pause = duration(census.pause_ms.max(0.0).round() as u64);
    format!("census of everything that lives (the thread stood still for {pause})")
}

/// What there is by kind, and the largest.
pub(super) fn lines(census: &Census, width: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    for (kind, counts) in &census.counts {
        let unit = if kind == "emitter" { "listeners" } else { "entries" };
        let Counts { instances, entries } = counts;
        let name =
            format!("{} {}{}", count(*instances), clean(class(kind)), if *instances == 1 { "" } else { "s" });
        lines.extend(title_columns("   ", &name, &format!("{} {unit}", count(*entries)), width));
    }
    // What names neither a holder nor a class of the program's helps nobody to find it.
    let is_plain = |class: &str| matches!(class, "" | "Array" | "Map" | "Set" | "Object" | "EventEmitter");
    let (named, nameless): (Vec<&Large>, Vec<&Large>) =
        census.largest.iter().partition(|large| large.held_by.is_some() || !is_plain(&large.class));
    let listed = if named.is_empty() { &nameless } else { &named };
    for large in listed.iter().take(MAX_LISTED) {
        let Large { kind, class: own, size, held_by, elements, grew_by } = *large;
        let unit = if kind == "emitter" { "listeners" } else { "entries" };
        let grown = grew_by.map(|n| match n {
            0 => "as many as at the census before".to_owned(),
            1.. => format!("{} more than at the census before", count(n.unsigned_abs())),
            _ => format!("{} fewer than at the census before", count(n.unsigned_abs())),
        });
        let title = if own.is_empty() { class(kind) } else { own };
        lines.extend(title_columns("   ", &clean(title), &format!("{} {unit}", count(*size)), width));
        let holder = held_by.as_deref().map(|held_by| format!("held by {}", clean(held_by)));
        let what = if kind == "map" || kind == "object" { "values" } else { "elements" };
        let elements = elements.as_deref().map(|name| format!("{what} are {}", clean(name)));
        let about: Vec<String> = holder.into_iter().chain(elements).chain(grown).collect();
        if !about.is_empty() {
            lines.push(labelled(&about.join(" · ")));
        }
    }
    let more = listed.len().saturating_sub(MAX_LISTED);
    if more > 0 {
        lines.push(labelled(&format!("and {} more", count(more as u64))));
    }
    if !named.is_empty() && !nameless.is_empty() {
        lines.push(labelled(&format!(
            "and {} that no property of a class holds",
            count(nameless.len() as u64)
        )));
    }
    lines
}
