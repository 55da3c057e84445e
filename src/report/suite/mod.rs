//! What tests left behind, as text: a failing test's message, what is reported a file, the summary of a run.
//!
//! `parts` has what they share. Nothing here decides what fails: the findings say it.

mod annotations;
mod failure;
mod file;
mod parts;
mod run;

#[cfg(all(test, not(loom)))]
mod tests;

pub use annotations::annotations;
pub use failure::failure_text;
pub use file::file_text;
pub use run::run_text;
