//! Words of a single site for other documents than reports: its name, its place, and what to do.

use super::called::called;
use super::callsite::CallSite;
use super::clean::clean;
use super::hints::{self, Subject};
use super::inserted::Inserted;
use super::paths;
use super::title;
use crate::values::frames::Frame;
use crate::values::snapshot::Site;

/// As a report's title has it: `listener 'data' on Socket`.
pub fn title(site: &Site) -> String {
    title::title(&site.kind, &site.label)
}

/// The sentence that says what to do. `line` is the source line of the site's origin, where it is known.
pub fn fix(site: &Site, line: Option<&str>, cwd: Option<&str>) -> String {
    if let Some(class) = site.stands_for.as_deref().filter(|_| site.kind == "listener") {
        return clean(&hints::of_kept(class)).into_owned();
    }
    let origin = site.origin.as_ref();
    let call = line.zip(origin).map(|(line, at)| CallSite::read(line, at.column)).unwrap_or_default();
    let package = called(&site.stack, origin, cwd);
    let subject = Subject {
        kind: &site.kind,
        label: &site.label,
        growth: site.growth(),
        has_company: false,
        package: package.as_ref(),
        inserter: inserted(site).short(),
    };
    clean(&hints::fix(&subject, &call)).into_owned()
}

/// The frame that inserts most into the collections of a site.
pub fn inserter(site: &Site) -> Option<&Frame> {
    site.top_inserter.as_ref().and_then(|top| crate::values::frames::origin(&top.stack))
}

/// `path:line:column`, the path relative to `cwd` when it lies below.
pub fn place(frame: &Frame, cwd: Option<&str>) -> String {
    paths::at(frame, cwd)
}

fn inserted(site: &Site) -> Inserted<'_> {
    Inserted { top: site.top_inserter.as_ref(), removed_entries: site.removed_entries }
}
