//! A site as reports list it.

use super::located::Located;
use super::options::TextOptions;
use crate::values::frames::{Frame, Place, place_of};
use crate::values::label::Label;
use crate::values::snapshot::{Growth, Site, Verdict};

impl Located for Site {
    fn kind(&self) -> &str {
        &self.kind
    }
    fn label(&self) -> &Label {
        &self.label
    }
    fn growth(&self) -> Growth {
        Site::growth(self)
    }
    fn origin(&self) -> Option<&Frame> {
        self.origin.as_ref()
    }
    fn stack(&self) -> &[Frame] {
        &self.stack
    }
    fn weight(&self) -> u64 {
        match (self.growth(), self.size) {
            (Growth::Entries, Some(size)) => size.total,
            _ => self.live,
        }
    }
    fn class(&self) -> u8 {
        self.verdict as u8
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
}

/// Whether it grows, and something else probably keeps it.
pub(super) fn is_hanging(site: &Site) -> bool {
    !site.is_cause() && site.allowed.is_none() && is_named(site, &TextOptions::default())
}

/// Whether `site` has a block in the report.
pub(super) fn is_named(site: &Site, o: &TextOptions) -> bool {
    let is_suspicious = matches!(site.verdict, Verdict::Leak | Verdict::Suspect);
    o.all || (is_suspicious && place_of(site.origin.as_ref()) != Place::Node)
}
