//! Two snapshots compared, as text: what came and grew, with its source; then what went.

use std::borrow::Cow;

use super::block::{Block, Fix};
use super::format::{about, bytes, change, count};
use super::inserted::Inserted;
use super::located::{Located, merge, more_labels};
use super::options::TextOptions;
use super::paint::Role;
use super::routes::routes;
use super::text::{NODES_OWN, Page};
use crate::record::layout::is_sampled;
use crate::values::diff::{Change, Diff, SiteDiff};
use crate::values::duration::duration;
use crate::values::frames::{Frame, Place, place_of};
use crate::values::label::Label;
use crate::values::snapshot::Growth;

/// Writes what changed between two snapshots: sites of the application that came or grew, with their source
/// and what would release them; those that shrank or went; those of packages. When nothing changed, one line
/// says so.
pub fn diff_text(d: &Diff, o: &TextOptions) -> String {
    let of = |place: Place, more: bool| {
        let wanted = move |site: &&SiteDiff| place_of(site.origin.as_ref()) == place && is_more(site) == more;
        merge(d.sites.iter().filter(wanted))
    };
    let more = of(Place::Application, true);
    let less = of(Place::Application, false);
    let packages = [of(Place::Package, true), of(Place::Package, false)].concat();
    let node = [of(Place::Node, true), of(Place::Node, false)].concat();
    let fix = if more.len() == 1 { Fix::Alone } else { Fix::AmongOthers };

    let mut page = Page::new(o);
    let listed: Vec<&Vec<&SiteDiff>> = more.iter().chain(&less).chain(&packages).collect();
    if listed.is_empty() {
        page.nothing(
            &format!("nothing changed {}", between(d)),
            "every site has as many unreleased as before",
        );
    } else {
        page.header(&summary(&listed), Role::Title, &between(d));
    }
    page.blocks(&blocks(&more, fix));
    page.brief_section("less than before", &blocks(&less, fix));
    page.in_packages(&blocks(&packages, fix));
    if o.all {
        page.brief_section(NODES_OWN, &blocks(&node, fix));
    } else {
        page.hidden(node.iter().map(Vec::len).sum());
    }
    let estimated =
        |site: &SiteDiff| site.estimated && (o.all || place_of(site.origin.as_ref()) != Place::Node);
    page.estimates(d.sites.iter().any(estimated));
    page.notes(&d.notes);
    page.finish()
}

impl Located for SiteDiff {
    fn kind(&self) -> &str {
        &self.kind
    }
    fn label(&self) -> &Label {
        &self.label
    }
    /// Few more collections with many more entries grow by entries; others by instances.
    fn growth(&self) -> Growth {
        let instances = self.live_after.saturating_sub(self.live_before);
        if is_sampled(&self.kind) {
            return Growth::Instances;
        }
        let entries = self.size_after.unwrap_or(0).saturating_sub(self.size_before.unwrap_or(0));
        if entries / instances.max(1) > instances { Growth::Entries } else { Growth::Instances }
    }
    fn origin(&self) -> Option<&Frame> {
        self.origin.as_ref()
    }
    fn stack(&self) -> &[Frame] {
        &self.stack
    }
    fn weight(&self) -> u64 {
        let size = self.size_after.unwrap_or(0).abs_diff(self.size_before.unwrap_or(0));
        self.live_after.abs_diff(self.live_before).max(size)
    }
    fn fingerprint(&self) -> &str {
        &self.fingerprint
    }
    fn class(&self) -> u8 {
        self.change as u8
    }
}

fn blocks<'a>(groups: &[Vec<&'a SiteDiff>], fix: Fix) -> Vec<Block<'a>> {
    groups.iter().map(|group| block(group, fix)).collect()
}

/// The block of changes that are one for a reader.
fn block<'a>(group: &[&'a SiteDiff], fix: Fix) -> Block<'a> {
    let lead = group[0];
    Block {
        kind: &lead.kind,
        label: Cow::Borrowed(&lead.label),
        growth: lead.growth(),
        numbers: numbers(group),
        details: String::new(),
        origin: lead.origin.as_ref().or(lead.stack.first()),
        shipped: None,
        more_labels: more_labels(group),
        routes: routes(group),
        filled: Inserted::default(),
        held_by: String::new(),
        with: String::new(),
        keeps: String::new(),
        left_by: Vec::new(),
        why: String::new(),
        fix,
        stands_for: None,
    }
}

/// `+40 unreleased (12 → 52)`, `new: 40 unreleased, 1,200 entries`, `gone: 12 before`.
fn numbers(group: &[&SiteDiff]) -> String {
    let estimated = group.iter().any(|site| site.estimated);
    let sum = |of: fn(&SiteDiff) -> u64| group.iter().fold(0, |sum: u64, site| sum.saturating_add(of(site)));
    let live = (sum(|site| site.live_before), sum(|site| site.live_after));
    let size = (sum(|site| site.size_before.unwrap_or(0)), sum(|site| site.size_after.unwrap_or(0)));
    let changed = |(before, after): (u64, u64), unit: &str| {
        let (from, to) = (about(before, estimated), about(after, estimated));
        format!("{} {unit} ({from} → {to})", change(before, after))
    };
    if is_sampled(&group[0].kind) {
        return match group[0].change {
            Change::New => format!("new: {} retained", bytes(size.1)),
            Change::Gone => format!("gone: {} before", bytes(size.0)),
            Change::Grown | Change::Shrunk => format!("{} → {} retained", bytes(size.0), bytes(size.1)),
        };
    }
    match group[0].change {
        Change::New if size.1 > 0 => {
            format!("new: {} unreleased, {} entries", about(live.1, estimated), about(size.1, estimated))
        }
        Change::New => format!("new: {} unreleased", about(live.1, estimated)),
        Change::Gone => format!("gone: {} before", about(live.0, estimated)),
        Change::Grown | Change::Shrunk => {
            let mut parts = Vec::new();
            if live.0 != live.1 {
                parts.push(changed(live, "unreleased"));
            }
            if size.0 != size.1 {
                parts.push(changed(size, "entries"));
            }
            parts.join(", ")
        }
    }
}

/// `1 new, 2 grown, 1 gone`.
fn summary(groups: &[&Vec<&SiteDiff>]) -> String {
    [(Change::New, "new"), (Change::Grown, "grown"), (Change::Shrunk, "shrunk"), (Change::Gone, "gone")]
        .into_iter()
        .map(|(change, word)| (groups.iter().filter(|group| group[0].change == change).count(), word))
        .filter(|(n, _)| *n > 0)
        .map(|(n, word)| format!("{} {word}", count(n as u64)))
        .collect::<Vec<_>>()
        .join(", ")
}

/// What lies between the two snapshots.
fn between(d: &Diff) -> String {
    match d.interval_ms {
        0 => format!(
            "between two processes, of {} and {}",
            duration(d.before.uptime_ms),
            duration(d.after.uptime_ms)
        ),
        ms => format!("in {}", duration(ms)),
    }
}

fn is_more(site: &SiteDiff) -> bool {
    matches!(site.change, Change::New | Change::Grown)
}
