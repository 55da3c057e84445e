//! Reports: pure functions from a value to a string.
//!
//! Nothing here decides what leaks; the values say that. The only input besides them is source files,
//! read for excerpts, and a file that cannot be read costs its excerpt and nothing else.
//!
//! In reading order: `text` holds the page, and `snapshot`, `diff` and `check` say what goes on it; `block`
//! lays out one numbered entry, `routes` the stacks that lead to it; `suite` writes what tests left behind; `folded` names what hangs on a cause; `hints` names the missing call, with the names that `callsite` reads off the
//! source line; `returned_late` lists registrations of earlier reports that were released; `excerpt` frames that line; `format`, `paths`, `paint` and `clean` are small
//! tools.

pub mod advice;
mod block;
mod called;
mod callsite;
mod census;
mod check;
mod clean;
mod collections;
mod diff;
mod evidence;
mod excerpt;
pub mod exchange;
mod figures;
mod folded;
mod format;
mod handle_hints;
mod heap;
mod hints;
pub mod html;
mod inserted;
mod kept;
mod lines;
mod located;
mod memory;
mod options;
mod paint;
mod paths;
mod retainers;
mod returned_late;
mod routes;
mod site;
mod snapshot;
pub mod suite;
mod text;
mod title;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tests;

pub use check::{check_text, result_text};
pub(crate) use clean::{clean, cut, escaped};
pub use diff::diff_text;
pub use evidence::put_evidence;
pub(crate) use format::{bytes, count, per_hour, plural};
pub use heap::{growth_text, selected_text, survey_text};
pub use options::{Excerpts, FORMATS, Format, TextOptions};
pub use retainers::retainers_text;
pub use snapshot::snapshot_text;
