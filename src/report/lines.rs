//! Lines below the title of a block.

use super::paint::{Line, Role};
use super::paths::place;
use crate::values::frames::Frame;

/// Columns that everything below a title is moved in by: the width of a number below 10 and its blanks.
pub(super) const INDENT: usize = 3;

/// `frame` behind `label`.
pub(super) fn placed(label: &str, frame: &Frame, cwd: Option<&str>, width: usize) -> Line {
    let lead = labelled(label);
    let room = width.saturating_sub(lead.width());
    lead.then(place(frame, cwd, room))
}

/// `label` below a title.
pub(super) fn labelled(label: &str) -> Line {
    Line::indented(INDENT).with(Role::Faint, label)
}
