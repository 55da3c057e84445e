//! Who fills a collection, in words.

use super::clean::{clean, columns_of};
use super::format::percent;
use super::lines::placed;
use super::paint::{Line, Role};
use crate::values::frames::{self, Frame};

/// Right of the place that made it, where nothing ever left it.
const NEVER_DELETED: &str = "never deleted from";

/// What is known of who fills a collection.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Inserted<'a> {
    /// As [`crate::values::snapshot::Site::grown_by`].
    pub(super) grown_by: Option<&'a [Frame]>,
    /// As [`crate::values::snapshot::Site::grown_by_share`].
    pub(super) share: Option<f64>,
    /// As [`crate::values::snapshot::Site::removed_entries`].
    pub(super) removed_entries: Option<u64>,
}

impl Inserted<'_> {
    /// The first of several that is known.
    pub(super) fn first(mut all: impl Iterator<Item = Self>) -> Self {
        all.find(|filled| filled.grown_by.is_some() || filled.removed_entries.is_some()).unwrap_or_default()
    }

    /// The frame that puts entries in.
    pub(super) fn frame(&self) -> Option<&Frame> {
        self.grown_by.and_then(frames::origin)
    }

    /// `filled at  src/processor.ts:61:20  submit   (97 % of inserts)`.
    pub(super) fn line(&self, cwd: Option<&str>, width: usize) -> Option<Line> {
        let share = match self.share {
            Some(share) if share.is_finite() => {
                format!("   ({} of inserts)", percent((share.clamp(0.0, 1.0) * 1e6) as u64, 1_000_000))
            }
            _ => String::new(),
        };
        let line = placed("filled at  ", self.frame()?, cwd, width.saturating_sub(columns_of(&share)));
        let has_room = line.width() + columns_of(&share) <= width;
        Some(if has_room { line.with(Role::Faint, share) } else { line })
    }

    /// `never deleted from`; empty where something was, or nobody knows.
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
