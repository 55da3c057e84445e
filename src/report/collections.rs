//! Large collections that no block of a report names.

use std::collections::{HashMap, HashSet};

use super::format::{count, title_columns};
use super::inserted::Inserted;
use super::lines::{labelled, placed};
use super::options::TextOptions;
use super::paint::Line;
use super::site::is_named;
use super::title::title;
use crate::values::frames::Frame;
use crate::values::label::Label;
use crate::values::snapshot::{Collection, Site, Snapshot};

/// Collections listed. The rest are counted.
const MAX_COLLECTIONS: usize = 10;

/// Large collections that no block above has named.
pub(super) fn collections(s: &Snapshot, o: &TextOptions, width: usize) -> Vec<Line> {
    let sites: HashMap<&str, &Site> = s.sites.iter().map(|site| (&*site.fingerprint, site)).collect();
    let named: HashSet<&str> =
        s.sites.iter().filter(|site| is_named(site, o)).map(|site| &*site.fingerprint).collect();
    let wanted: Vec<(&Collection, Option<&&Site>, Option<&Frame>, Inserted<'_>)> = s
        .collections
        .iter()
        .filter_map(|collection| {
            let site = sites.get(&*collection.site);
            let filled = Inserted {
                top: collection.top_inserter.as_ref(),
                removed_entries: collection.removed_entries,
            };
            let origin = site.and_then(|site| site.origin.as_ref());
            let is_nodes_own = site.is_some() && filled.frame().or(origin).is_none();
            if named.contains(&*collection.site) || (is_nodes_own && !o.all) {
                return None;
            }
            Some((collection, site, origin, filled))
        })
        .collect();

    let mut lines = Vec::new();
    for (collection, site, origin, filled) in wanted.iter().take(MAX_COLLECTIONS) {
        let entries = format!("{} entries", count(collection.size));
        lines.extend(title_columns(
            "   ",
            &title(&collection.kind, site.map_or(&Label::default(), |site| &site.label)),
            &entries,
            width,
        ));
        let cwd = o.cwd.as_deref();
        lines.push(match (filled.line(cwd, width), origin) {
            (Some(line), _) => line,
            (None, Some(origin)) => placed("made at  ", origin, cwd, width),
            (None, None) => labelled("made before recording, or where no stack was taken"),
        });
    }
    if wanted.len() > MAX_COLLECTIONS {
        let more = format!("and {} more", count((wanted.len() - MAX_COLLECTIONS) as u64));
        lines.push(labelled(&more));
    }
    lines
}
