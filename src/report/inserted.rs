//! The insertions into a collection, in words.

use super::clean::{clean, columns_of};
use super::format::percent;
use super::lines::placed;
use super::paint::{Line, Role};
use crate::values::frames::{self, Frame};
use crate::values::snapshot::TopInserter;

/// Right of the line that creates it, where no entry was ever removed.
const NEVER_DELETED: &str = "never deleted from";

/// What is known of the insertions into a collection.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Inserted<'a> {
    /// As [`crate::values::snapshot::Site::top_inserter`].
    pub(super) top: Option<&'a TopInserter>,
    /// As [`crate::values::snapshot::Site::removed_entries`].
    pub(super) removed_entries: Option<u64>,
}

impl Inserted<'_> {
    /// The first of several that has a line or a count.
    pub(super) fn first(mut all: impl Iterator<Item = Self>) -> Self {
        all.find(|inserted| inserted.top.is_some() || inserted.removed_entries.is_some()).unwrap_or_default()
    }

    /// The frame that inserts most.
    pub(super) fn frame(&self) -> Option<&Frame> {
        self.top.and_then(|top| frames::origin(&top.stack))
    }

    /// `inserted at  src/processor.ts:61:20  submit   (97 % of inserts)`.
    pub(super) fn line(&self, cwd: Option<&str>, width: usize) -> Option<Line> {
        let share = match self.top?.share {
            Some(share) if share.is_finite() => {
                format!("   ({} of inserts)", percent((share.clamp(0.0, 1.0) * 1e6) as u64, 1_000_000))
            }
            _ => String::new(),
        };
        let line = placed("inserted at  ", self.frame()?, cwd, width.saturating_sub(columns_of(&share)));
        let has_room = line.width() + columns_of(&share) <= width;
        Some(if has_room { line.with(Role::Faint, share) } else { line })
    }

    /// `never deleted from`; empty where an entry was removed, or the count is unknown.
    pub(super) fn detail(&self) -> String {
        if self.removed_entries == Some(0) { NEVER_DELETED.to_owned() } else { String::new() }
    }

    /// `processor.ts:61`, for a sentence.
    pub(super) fn short(&self) -> Option<String> {
        let frame = self.frame()?;
        let name = frame.file.rsplit(['/', '\\']).next().unwrap_or(&frame.file);
        Some(clean(&format!("{name}:{}", frame.line)).into_owned())
    }
}
