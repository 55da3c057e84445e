//! What tests left behind, as text: the message of a failing test, the text about a file, the summary of a run.
//!
//! `parts` has what they share. Nothing here decides what fails: the findings say it.

mod annotations;
mod failure;
mod file;
mod groups;
mod judged;
mod parts;
mod run;
mod summary;
mod summary_json;

#[cfg(all(test, not(loom)))]
mod tests;

pub use judged::{Failure, Judged, judged};
pub use summary::{Form, saved_summary, summary};
pub use summary_json::Saved;
