//! A check as text: what grew in every round.

use std::borrow::Cow;

use super::block::{Block, Fix};
use super::clean::clean;
use super::folded;
use super::format::{bytes, count, per_call, plural};
use super::inserted::Inserted;
use super::located::{Located, merge, more_labels};
use super::options::TextOptions;
use super::paint::Role;
use super::routes::routes;
use super::text::{NODES_OWN, Page, summary, summary_of_packages};
use crate::values::frames::{Frame, Place};
use crate::values::label::Label;
use crate::values::snapshot::{CheckResult, Growth, Leak, Watched};

/// A check's result as text. Its `message` is this, plain.
pub fn result_text(result: &CheckResult, options: &TextOptions) -> String {
    check_text(&result.leaks, result.iterations, result.rounds, &result.watched, &result.notes, options)
}

/// Writes what a check found: the causes, those of the application with their fix, those of packages; and in a line what hangs
/// on them. When it found nothing, one line says how often the function was called and what was watched.
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
    let found = Found::of(leaks);
    let Found { application, packages, node, .. } = &found;
    let fix = if application.len() == 1 { Fix::Alone } else { Fix::AmongOthers };
    let measured = Measured { iterations, rounds };

    let mut page = Page::new(o);
    match found.summary() {
        Some(title) => {
            let role = if application.is_empty() { Role::Title } else { Role::Mark };
            page.header(
                &title,
                role,
                &format!("{} · {}", plural(rounds, "round"), plural(iterations, "call")),
            );
        }
        None => {
            let title =
                format!("nothing found in {} ({})", plural(iterations, "call"), plural(rounds, "round"));
            page.nothing(&title, &looked_at(watched));
        }
    }
    page.blocks(&found.blocks(application, measured, fix));
    page.in_packages(&found.blocks(packages, measured, fix));
    let causes = [&application[..], packages, node].concat();
    folded::consequences(&mut page, &found.consequences, &causes, folded::OF_CALLS, o.all, &|groups| {
        brief(groups, measured)
    });
    if o.all {
        page.brief_section(NODES_OWN, &found.blocks(node, measured, fix));
    } else {
        page.hidden(node.iter().map(Vec::len).sum());
    }
    page.notes(notes);
    page.finish()
}

/// What a check found, as it is shown.
struct Found<'a> {
    /// Causes that count, in the order of the result.
    application: Vec<Vec<&'a Leak>>,
    /// Causes of packages, which do not count.
    packages: Vec<Vec<&'a Leak>>,
    /// Causes that have no frame but Node's.
    node: Vec<Vec<&'a Leak>>,
    /// What hangs on a cause.
    consequences: Vec<&'a Leak>,
}

impl<'a> Found<'a> {
    fn of(leaks: &'a [Leak]) -> Self {
        let (causes, consequences): (Vec<&Leak>, Vec<&Leak>) = leaks.iter().partition(|leak| leak.is_cause());
        let of = |place: Place| merge(causes.iter().copied().filter(|leak| leak.place() == place));
        let (mut application, mut packages) = (of(Place::Application), of(Place::Package));
        // What a package keeps of the application's is the application's leak.
        let is_applications = |leak: &&Leak| leak.place() == Place::Application;
        if application.is_empty() && consequences.iter().any(is_applications) {
            std::mem::swap(&mut application, &mut packages);
        }
        Self { application, packages, node: of(Place::Node), consequences }
    }

    fn summary(&self) -> Option<String> {
        let is_of_packages = |group: &Vec<&Leak>| group[0].place() == Place::Package;
        match self.application.len() {
            n if n > 0 && self.application.iter().all(is_of_packages) => summary_of_packages(n, 0),
            n => summary(n, self.packages.len(), 0),
        }
    }

    fn blocks(&self, groups: &[Vec<&'a Leak>], measured: Measured, fix: Fix) -> Vec<Block<'a>> {
        let block = |group: &Vec<&'a Leak>| Block {
            with: folded::with(&self.consequences, group),
            keeps: folded::keeps(&self.consequences, group),
            ..block(group, measured, fix)
        };
        groups.iter().map(block).collect()
    }
}

impl Located for Leak {
    fn kind(&self) -> &str {
        &self.kind
    }
    fn label(&self) -> &Label {
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
        self.role as u8
    }
    fn fingerprint(&self) -> &str {
        &self.fingerprint
    }
    fn stands_for(&self) -> Option<&str> {
        self.stands_for.as_deref()
    }
    fn kept_by(&self) -> &[String] {
        &self.kept_by
    }
    fn same_call(&self) -> Option<&str> {
        self.same_call.as_deref()
    }
    fn held_by(&self) -> Option<&str> {
        self.held_by.as_deref()
    }
    fn as_holder(&self) -> Option<String> {
        (self.growth == Growth::Entries).then(|| Leak::as_holder(self))
    }
}

/// Right of the line of the holder, where no line is known that made what it holds.
const MADE_ELSEWHERE: &str = "made elsewhere (JSON.parse?)";

/// How long a check looked.
#[derive(Clone, Copy)]
struct Measured {
    /// Calls, over all rounds.
    iterations: u64,
    rounds: u64,
}

fn brief<'a>(groups: &[Vec<&'a Leak>], measured: Measured) -> Vec<Block<'a>> {
    groups.iter().map(|group| block(group, measured, Fix::Omitted)).collect()
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
        Growth::Entries if lead.kind == "heap" => (
            format!("{} objects per call", per_call(rate(group))),
            format!("{} more {}", count(total), gained(lead)),
        ),
        Growth::Entries => (
            format!("{} entries per call", per_call(rate(group))),
            format!("{} more entries in the same instances", count(total)),
        ),
    };
    let filled = Inserted::first(
        group
            .iter()
            .map(|leak| Inserted { top: leak.top_inserter.as_ref(), removed_entries: leak.removed_entries }),
    );
    Block {
        kind: &lead.kind,
        label: Cow::Borrowed(&lead.label),
        growth: lead.growth,
        numbers,
        details: match (lead.bytes_per_call, lead.growth) {
            (Some(each), _) => format!("≈ {} each call", bytes(each.max(0.0) as u64)),
            (None, Growth::Entries) => filled.detail(),
            (None, Growth::Instances) if lead.made_elsewhere => MADE_ELSEWHERE.to_owned(),
            (None, Growth::Instances) => String::new(),
        },
        origin: lead.origin.as_ref().or(lead.stack.first()),
        shipped: lead.shipped_at.as_ref(),
        more_labels: more_labels(group),
        routes: routes(group),
        filled,
        held_by: held_by(lead),
        with: String::new(),
        keeps: String::new(),
        left_by: Vec::new(),
        why: format!(
            "grew in {rounds} of {}; {grown} after {}{}",
            plural(rounds, "round"),
            plural(iterations, "call"),
            known(lead)
        ),
        fix,
        stands_for: None,
    }
    .standing_for(lead.stands_for.as_deref(), &lead.stack)
}

/// The class of what a container gained.
fn gained(leak: &Leak) -> String {
    match leak.elements.as_deref() {
        Some("(closure)") => "closures in it".to_owned(),
        Some("(string)") => "strings in it".to_owned(),
        Some(class) => format!("{} in it", clean(class)),
        None => "objects in it".to_owned(),
    }
}

/// What holds it, unless its name says so.
fn held_by(leak: &Leak) -> String {
    leak.held_by
        .as_deref()
        .filter(|held_by| !leak.label.ends_with(held_by))
        .map_or_else(String::new, |held_by| clean(held_by).into_owned())
}

/// What a census knows of a collection: `; 53 entries in the largest, elements are Subscriber`.
fn known(leak: &Leak) -> String {
    let Some(size) = leak.size else { return String::new() };
    let elements = leak.elements.as_deref().map(|name| {
        let what = if matches!(&*leak.kind, "map" | "object") { "values" } else { "elements" };
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
