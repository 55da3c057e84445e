//! A check as text: what grew in every round.

use super::block::{Block, Fix, Located, distance, merge, more_labels, routes};
use super::clean::clean;
use super::format::{count, per_call, plural};
use super::inserted::Inserted;
use super::options::TextOptions;
use super::paint::Role;
use super::text::{IN_PACKAGES, NODES_OWN, Page, summary};
use crate::values::frames::{Frame, Place, place_of};
use crate::values::snapshot::{CheckResult, Growth, Leak, Watched};

/// A check's result as text. Its `message` is this, plain.
pub fn result_text(result: &CheckResult, options: &TextOptions) -> String {
    check_text(&result.leaks, result.iterations, result.rounds, &result.watched, &result.notes, options)
}

/// Writes what a check found: leaks of the application with their fix, those in packages, the fastest first; what a call into a
/// package took comes after what the application took itself.
/// When it found nothing, one line says how often the function was called and what was watched.
///
/// `iterations` is all measured calls, over `rounds` rounds. `notes` say what could not be seen.
pub fn check_text(
    leaks: &[Leak],
    iterations: u64,
    rounds: u64,
    watched: &Watched,
    notes: &[String],
    o: &TextOptions,
) -> String {
    let of = |place: Place| {
        let mut groups = merge(leaks.iter().filter(move |leak| place_of(leak.origin.as_ref()) == place));
        // Joining can make a slow leak the fastest.
        groups.sort_by(|a, b| distance(a[0]).cmp(&distance(b[0])).then(rate(b).total_cmp(&rate(a))));
        groups
    };
    let application = of(Place::Application);
    let packages = of(Place::Package);
    let node = of(Place::Node);
    let fix = if application.len() == 1 { Fix::Alone } else { Fix::AmongOthers };
    let measured = Measured { iterations, rounds };

    let mut page = Page::new(o);
    match summary(application.len(), packages.len(), 0) {
        Some(found) => {
            let role = if application.is_empty() { Role::Title } else { Role::Mark };
            page.header(
                &found,
                role,
                &format!("{} · {}", plural(rounds, "round"), plural(iterations, "call")),
            );
        }
        None => {
            let found =
                format!("nothing found in {} ({})", plural(iterations, "call"), plural(rounds, "round"));
            page.nothing(&found, &looked_at(watched));
        }
    }
    page.blocks(&blocks(&application, measured, fix));
    page.brief_section(IN_PACKAGES, &blocks(&packages, measured, fix));
    if o.all {
        page.brief_section(NODES_OWN, &blocks(&node, measured, fix));
    } else {
        page.hidden(node.iter().map(Vec::len).sum());
    }
    page.notes(notes);
    page.finish()
}

impl Located for Leak {
    fn kind(&self) -> &str {
        &self.kind
    }
    fn label(&self) -> &str {
        &self.label
    }
    fn growth(&self) -> Growth {
        self.growth
    }
    fn origin(&self) -> Option<&Frame> {
        self.origin.as_ref()
    }
    fn stack(&self) -> &[Frame] {
        &self.stack
    }
    fn weight(&self) -> u64 {
        self.total
    }
    fn class(&self) -> u8 {
        0
    }
}

/// How long a check looked.
#[derive(Clone, Copy)]
struct Measured {
    /// Calls, over all rounds.
    iterations: u64,
    rounds: u64,
}

fn blocks<'a>(groups: &[Vec<&'a Leak>], measured: Measured, fix: Fix) -> Vec<Block<'a>> {
    groups.iter().map(|group| block(group, measured, fix)).collect()
}

/// The block of leaks that are one for a reader.
fn block<'a>(group: &[&'a Leak], measured: Measured, fix: Fix) -> Block<'a> {
    let Measured { iterations, rounds } = measured;
    let lead = group[0];
    let total = group.iter().fold(0, |sum: u64, leak| sum.saturating_add(leak.total));
    let (numbers, grown) = match lead.growth {
        Growth::Instances => (
            format!("{} unreleased, {} per call", count(total), per_call(rate(group))),
            format!("{} more unreleased", count(total)),
        ),
        Growth::Entries => (
            format!("{} entries per call", per_call(rate(group))),
            format!("{} more entries in the same instances", count(total)),
        ),
    };
    let filled = Inserted::first(group.iter().map(|leak| Inserted {
        grown_by: leak.grown_by.as_deref(),
        share: leak.grown_by_share,
        removed_entries: leak.removed_entries,
    }));
    Block {
        kind: &lead.kind,
        label: &lead.label,
        growth: lead.growth,
        numbers,
        details: if lead.growth == Growth::Entries { filled.detail() } else { String::new() },
        origin: lead.origin.as_ref().or(lead.stack.first()),
        more_labels: more_labels(group),
        routes: routes(group),
        filled,
        left_by: Vec::new(),
        why: format!(
            "grew in {rounds} of {}; {grown} after {}{}",
            plural(rounds, "round"),
            plural(iterations, "call"),
            known(lead)
        ),
        fix,
    }
}

/// What a census knows of a collection: `; 53 entries in the largest, elements are Subscriber`.
fn known(leak: &Leak) -> String {
    let Some(size) = leak.size else { return String::new() };
    let elements = leak.elements.as_deref().map(|name| {
        let what = if leak.kind == "map" { "values" } else { "elements" };
        format!(", {what} are {}", clean(name))
    });
    let most = match size.max {
        1 => "1 entry".to_owned(),
        n => format!("{} entries", count(n)),
    };
    format!("; {most} in the largest{}", elements.unwrap_or_default())
}

/// Growth a call.
fn rate(group: &[&Leak]) -> f64 {
    group.iter().map(|leak| leak.per_iteration).sum()
}

fn looked_at(watched: &Watched) -> String {
    let kinds = watched.kinds.iter().map(|kind| clean(kind)).collect::<Vec<_>>().join(", ");
    let kinds = if kinds.is_empty() { "no kind".to_owned() } else { kinds };
    match watched.registrations {
        0 if watched.census_ms.is_some() => format!("watched {kinds}"),
        0 => format!("watched {kinds}, but nothing was registered"),
        n => format!("watched {kinds} · {}", plural(n, "registration")),
    }
}
