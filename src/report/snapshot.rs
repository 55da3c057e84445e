//! A snapshot as text: what is unreleased now, the certain before the doubtful.

use std::borrow::Cow;

use super::block::{Block, Fix};
use super::census;
use super::clean::clean;
use super::collections::collections;
use super::figures::{BUFFERS, details, filled, join, numbers, why};
use super::folded;
use super::format::{bytes, count, plural};
use super::hints;
use super::kept::kept;
use super::located::{merge, more_labels};
use super::memory;
use super::options::TextOptions;
use super::paint::Role;
use super::returned_late::returned_late;
use super::routes::routes;
use super::site::{is_hanging, is_named};
use super::text::{NODES_OWN, Page, summary, summary_of_packages};
use crate::record::layout::is_sampled;
use crate::values::allocations::{EXCHANGES, POOL};
use crate::values::duration::duration;
use crate::values::frames::{Place, place_of};
use crate::values::snapshot::{Site, Snapshot, Verdict};

/// First line when something is kept by nobody knows whom.
const NO_LINE: &str = "something is kept, and no line is known to leak";

/// Heading above what the user knows already.
const ALLOWED: &str = "allowed (not counted)";

/// Writes what a snapshot found: leaks of the application, suspects, leaks in packages, large collections,
/// and what was left out or could not be seen. When nothing was found, one line says what was watched and for
/// how long.
///
/// Sites that share their origin, kind and label but not their stack are one block.
pub fn snapshot_text(s: &Snapshot, o: &TextOptions) -> String {
    let of = |place: Place, verdict: Verdict| {
        let wanted = move |site: &&Site| {
            site.verdict == verdict && site.is_cause() && site.allowed.is_none() && site.place() == place
        };
        merge(s.sites.iter().filter(wanted))
    };
    let hanging: Vec<&Site> = s.sites.iter().filter(|site| is_hanging(site)).collect();
    let mut leaks = of(Place::Application, Verdict::Leak);
    let suspects = of(Place::Application, Verdict::Suspect);
    let mut leaks_in_packages = of(Place::Package, Verdict::Leak);
    let suspects_in_packages = of(Place::Package, Verdict::Suspect);
    // What a package keeps of the application's is the application's leak.
    let is_applications = |site: &&Site| site.verdict == Verdict::Leak && site.place() == Place::Application;
    if leaks.is_empty() && hanging.iter().any(is_applications) {
        std::mem::swap(&mut leaks, &mut leaks_in_packages);
    }

    let is_of_packages = |group: &Vec<&Site>| place_of(group[0].origin.as_ref()) == Place::Package;
    let doubts = suspects.len() + suspects_in_packages.len();
    let found = match leaks.len() {
        n if n > 0 && leaks.iter().all(is_of_packages) => summary_of_packages(n, doubts),
        n => summary(n, leaks_in_packages.len(), doubts),
    };
    // Beside a line that leaks, it is mostly that line which keeps it.
    let kept = if found.is_none() { kept(s) } else { None };
    let is_kept = kept.is_some() || exchanges(s).is_some();
    let found = found.or_else(|| is_kept.then(|| NO_LINE.to_owned()));
    let fix = match leaks.len() + suspects.len() {
        1 => Fix::Alone,
        _ => Fix::AmongOthers,
    };

    let mut page = Page::new(o);
    match &found {
        Some(found) => {
            let role = if leaks.is_empty() { Role::Title } else { Role::Mark };
            page.header(found, role, &looked_at(s));
        }
        None => nothing_found(&mut page, s),
    }
    page.blocks(&blocks(&leaks, fix, &hanging));
    page.section("suspects (old or many, not certain)", &blocks(&suspects, fix, &hanging));
    let mut in_packages = blocks(&leaks_in_packages, Fix::Omitted, &hanging);
    in_packages.extend(tagged(&suspects_in_packages));
    page.in_packages(&in_packages);
    let causes = [leaks, suspects, leaks_in_packages, suspects_in_packages].concat();
    folded::consequences(&mut page, &hanging, &causes, folded::OF_SERVICE, o.all, &|groups| tagged(groups));
    let is_allowed = |site: &&Site| site.allowed.is_some() && is_named(site, &TextOptions::default());
    page.reasoned_section(ALLOWED, &allowed(&merge(s.sites.iter().filter(is_allowed))));
    if o.all {
        everything_else(&mut page, s);
    }

    let lines = collections(s, o, page.width());
    page.plain_section("large collections", lines);
    // Node's own are not reported either.
    let reported = s.sites.iter().filter(|site| o.all || place_of(site.origin.as_ref()) != Place::Node);
    if let Some(found) = &s.census {
        page.plain_section(&census::heading(found), census::lines(found, page.width()));
    }
    if let Some(heap) = &s.heap {
        for line in memory::advice(heap, !causes.is_empty()) {
            page.closing("heap: ", Role::Mark, &line);
        }
    }
    for (label, line) in of_no_line(s) {
        page.closing(label, Role::Mark, &line);
    }
    for line in returned_late(reported, o.cwd.as_deref()) {
        page.closing("returned late: ", Role::Fix, &line);
    }
    if let Some(kept) = kept {
        page.closing("retained: ", Role::Mark, &kept);
    }
    if !o.all {
        left_out(&mut page, s);
    }
    page.estimates(s.sites.iter().any(|site| site.estimated && is_named(site, o)));
    if s.overhead.dropped > 0 {
        let dropped = format!("{}; counts may be too low or too high by as many", count(s.overhead.dropped));
        page.closing("dropped events: ", Role::Mark, &dropped);
    }
    if s.mode == "counts" {
        page.closing("note: ", Role::Plain, "mode counts keeps no stacks, so no line can be named");
    }
    page.notes(&s.notes);
    page.finish()
}

fn blocks<'a>(groups: &[Vec<&'a Site>], fix: Fix, hanging: &[&Site]) -> Vec<Block<'a>> {
    let block = |group: &Vec<&'a Site>| Block {
        with: folded::with(hanging, group),
        keeps: folded::keeps(hanging, group),
        ..block(group, fix)
    };
    groups.iter().map(block).collect()
}

/// The block of sites that are one for a reader.
fn block<'a>(group: &[&'a Site], fix: Fix) -> Block<'a> {
    let lead = group[0];
    Block {
        kind: &lead.kind,
        label: Cow::Borrowed(&lead.label),
        growth: lead.growth(),
        numbers: numbers(group),
        details: details(group),
        origin: lead.origin.as_ref().or(lead.stack.first()),
        shipped: lead.shipped_at.as_ref(),
        more_labels: more_labels(group),
        routes: routes(group),
        filled: filled(group),
        held_by: lead.held_by.as_deref().map_or_else(String::new, |held_by| clean(held_by).into_owned()),
        with: String::new(),
        keeps: String::new(),
        left_by: Vec::new(),
        why: why(group),
        fix,
        stands_for: None,
    }
    .standing_for(lead.stands_for.as_deref(), &lead.stack)
}

/// Blocks whose verdict is not reported by their section.
fn tagged<'a>(groups: &[Vec<&'a Site>]) -> Vec<Block<'a>> {
    let tag = |group: &Vec<&'a Site>| {
        let verdict = group[0].verdict.name();
        let mut block = block(group, Fix::Omitted);
        block.details = join([verdict.to_owned(), std::mem::take(&mut block.details)]);
        block
    };
    groups.iter().map(tag).collect()
}

/// Blocks that say why nobody is to be troubled with them.
fn allowed<'a>(groups: &[Vec<&'a Site>]) -> Vec<Block<'a>> {
    let reason =
        |group: &Vec<&'a Site>| clean(group[0].allowed.as_deref().unwrap_or_default().trim()).into_owned();
    groups.iter().zip(tagged(groups)).map(|(group, block)| Block { why: reason(group), ..block }).collect()
}

/// `mode full · 10 min · 48,211 events · 1.2 MiB of its own`.
fn looked_at(s: &Snapshot) -> String {
    let heap = s.heap.as_ref().and_then(memory::went);
    join([
        format!("mode {}", clean(&s.mode)),
        duration(s.process.uptime_ms),
        heap.unwrap_or_else(|| plural(s.overhead.events, "event")),
        format!("{} of its own", bytes(s.overhead.bytes)),
    ])
}

fn nothing_found(page: &mut Page<'_>, s: &Snapshot) {
    if let Some(found) = s.heap.as_ref().and_then(memory::unexplained) {
        page.header(&found, Role::Title, &looked_at(s));
        return;
    }
    let found = format!("nothing found in {}", duration(s.process.uptime_ms));
    let registered: u64 = s.totals.values().fold(0, |sum, totals| sum.saturating_add(totals.registered));
    let mode = clean(&s.mode);
    if registered == 0 {
        page.nothing(&found, &format!("but nothing was registered either · mode {mode}"));
        return;
    }
    let kinds = s.totals.iter().enumerate().map(|(n, (kind, totals))| {
        let unit = if n == 0 { " registered" } else { "" };
        format!("{} ({}{unit})", clean(kind), count(totals.registered))
    });
    page.nothing(&found, &format!("watched {} · mode {mode}", kinds.collect::<Vec<_>>().join(", ")));
}

/// HTTP requests and responses that pile up: Node allocates them, whoever keeps them.
fn exchanges(s: &Snapshot) -> Option<&Site> {
    s.sites.iter().find(|site| {
        is_sampled(&site.kind)
            && site.label == EXCHANGES
            && site.is_cause()
            && site.verdict <= Verdict::Suspect
            && site.allowed.is_none()
    })
}

/// Memory that piles up, which no line of the application or of a package has allocated: before which label, and what.
fn of_no_line(s: &Snapshot) -> Vec<(&'static str, String)> {
    let exchanges = exchanges(s)
        .map(|site| ("heap: ", format!("{EXCHANGES}, {}: {}", numbers(&[site]), hints::EXCHANGES_KEPT)));
    exchanges.into_iter().chain(buffers_of_no_line(s).into_iter().map(|line| ("Buffers: ", line))).collect()
}

/// The Buffers of that.
fn buffers_of_no_line(s: &Snapshot) -> Vec<String> {
    let is_one = |site: &&Site| {
        site.kind == BUFFERS
            && site.verdict <= Verdict::Suspect
            && site.allowed.is_none()
            && place_of(site.origin.as_ref()) == Place::Node
    };
    let of = |site: &Site| {
        let why = match site.label.as_str() {
            POOL => "many lines have slices of it",
            _ if site.stack.is_empty() => "Node has allocated them while no JavaScript ran",
            _ => "no code of the application was on the stack",
        };
        let (label, fix) = (clean(&site.label), hints::buffers(&site.label));
        format!("{label}, {}; {why}: {fix}", numbers(&[site]))
    };
    s.sites.iter().filter(is_one).map(of).collect()
}

/// With `all`: what needs no attention.
fn everything_else(page: &mut Page<'_>, s: &Snapshot) {
    let users = |verdict: Verdict| {
        let wanted =
            move |site: &&Site| site.verdict == verdict && place_of(site.origin.as_ref()) != Place::Node;
        blocks(&merge(s.sites.iter().filter(wanted)), Fix::Omitted, &[])
    };
    page.brief_section("steady", &users(Verdict::Steady));
    page.brief_section("new (too young or too few for a verdict)", &users(Verdict::New));
    let nodes = merge(s.sites.iter().filter(|site| place_of(site.origin.as_ref()) == Place::Node));
    page.brief_section(NODES_OWN, &tagged(&nodes));
}

/// Without `all`: how much of it there is.
fn left_out(page: &mut Page<'_>, s: &Snapshot) {
    let (nodes, users): (Vec<&Site>, Vec<&Site>) =
        s.sites.iter().partition(|site| place_of(site.origin.as_ref()) == Place::Node);
    let of = |verdict: Verdict| users.iter().filter(|site| site.verdict == verdict).count() as u64;
    let (steady, new) = (of(Verdict::Steady), of(Verdict::New));
    let parts: Vec<String> = [(steady, "steady"), (new, "new")]
        .into_iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, word)| format!("{} {word}", count(n)))
        .collect();
    if !parts.is_empty() {
        page.closing("not shown: ", Role::Faint, &format!("{} (--all)", parts.join(", ")));
    }
    page.hidden(nodes.len());
}
