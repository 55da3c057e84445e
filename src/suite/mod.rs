//! Per-test leak checks: what the leftovers of a test file mean, and what to say of them.
//!
//! Pure but for [`store`]: JavaScript reads the files and hands over text, and gets JSON back. In the order
//! of a run: [`config`] is read, with its [`allow`] list; [`judge`] holds what a file left behind against it
//! and against the [`baseline`]; each file's result goes into a folder, from which [`groups`] makes the
//! summary of the run. [`store`] writes the baseline, one worker at a time by its [`lock`]. A [`mistake`] is
//! what a user's file got wrong, found by [`fields`]. [`known`] is the same for the leaks of a service. What they come to is
//! [values](crate::values::suite); texts are made of those.

pub mod allow;
pub mod baseline;
pub mod config;
pub mod judge;
pub mod known;
pub mod known_file;
pub mod mistake;
pub mod session;
pub mod store;

mod fields;
mod lock;
mod names;
