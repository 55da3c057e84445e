//! Reports: pure functions from a value to a string.
//!
//! Nothing here decides what leaks; that is reported by the values. The only input besides them is source files,
//! read for excerpts, and a file that cannot be read costs its excerpt and nothing else.
//!
//! In reading order: `text` holds the page, and `snapshot`, `diff` and `check` say what goes on it; `block`
//! lays out one numbered entry; `suite` writes what tests left behind; `hints` names the missing call, with the names that `callsite` reads off the
//! source line; `returned_late` takes back what earlier reports reported; `excerpt` frames that line; `format`, `paths`, `paint` and `clean` are the trade's small
//! tools.

mod block;
mod callsite;
mod census;
mod check;
mod clean;
mod diff;
mod excerpt;
mod format;
mod handle_hints;
mod hints;
mod inserted;
mod json;
mod paint;
mod paths;
mod returned_late;
mod snapshot;
pub mod suite;
mod text;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tests;

pub(crate) use crate::values::urls::local as file_of;
pub(crate) use format::duration;

pub use check::check_text;
pub use diff::diff_text;
pub use json::json;
pub use snapshot::snapshot_text;

pub use crate::values::snapshot::Watched;

/// A check's result as text. Its `message` is this, plain.
pub fn result_text(result: &crate::values::snapshot::CheckResult, options: &TextOptions) -> String {
    check_text(&result.leaks, result.iterations, result.rounds, &result.watched, &result.notes, options)
}

/// A form a report can take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people: [`snapshot_text`], [`diff_text`], [`check_text`].
    Text,
    /// For programs: [`json`], every number raw.
    Json,
}

/// Every format under the name that users give it. Adding one is adding a line.
pub const FORMATS: &[(&str, Format)] = &[("text", Format::Text), ("json", Format::Json)];

impl Format {
    /// The format called `name`, if there is one. If unsure use `text`.
    pub fn named(name: &str) -> Option<Format> {
        FORMATS.iter().find(|(known, _)| *known == name).map(|(_, format)| *format)
    }
}

/// How a text report is laid out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextOptions {
    /// Whether to colour with ANSI escapes. Default false: plain text is what files and pipes want.
    pub color: bool,
    /// Columns to lay out for; numbers are right-aligned to it. 60 to 400, default 100; what is outside is
    /// brought inside. Paths are never cut, so a long one may reach beyond.
    pub width: usize,
    /// Whether to list steady and new sites and Node's own too. Default false: they are counted in a line.
    pub all: bool,
    /// Whether to list every frame of the application and of packages. Default false: the origin and its
    /// caller.
    pub all_frames: bool,
    /// Directory below which paths are shown relative. Default none: paths as recorded.
    pub cwd: Option<String>,
}

impl Default for TextOptions {
    fn default() -> Self {
        TextOptions { color: false, width: 100, all: false, all_frames: false, cwd: None }
    }
}
