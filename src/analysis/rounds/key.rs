//! Which sites are one finding of a check.

use crate::store::{IsolateKey, SiteView};
use crate::values::frames::{self, Frame};

/// What makes two sites one finding: the same line that registers, called from the same line of the application, on owners of
/// the same class. Events and delays are details, and so are the calls between the two lines.
#[derive(PartialEq, Eq, PartialOrd, Ord, Clone, Copy)]
pub(super) struct Key<'a> {
    isolate: IsolateKey,
    kind: u8,
    origin: At<'a>,
    registering: At<'a>,
    class: &'a str,
}

/// File, line and column.
pub(super) type At<'a> = (&'a str, u32, u32);

impl<'a> Key<'a> {
    /// None for what only Node's own code registers.
    pub(super) fn of(view: &SiteView<'a>) -> Option<Self> {
        let (isolate, site) = (view.key.0, &view.aggregate.site);
        let at = |frame: &'a Frame| (&*frame.file, frame.line, frame.column);
        let origin = site.origin()?;
        let registering = frames::registering(&site.stack).unwrap_or(origin);
        Some(Self {
            isolate,
            kind: site.kind,
            origin: at(origin),
            registering: at(registering),
            class: site.class(),
        })
    }

    /// The line of the application that leads to it, whatever registers there.
    pub(super) fn place(&self) -> (IsolateKey, u8, At<'a>) {
        (self.isolate, self.kind, self.origin)
    }
}
