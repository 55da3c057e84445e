//! Per-test leak checks: the leftovers of a test file, judged by the configuration and the baseline.
//!
//! Pure except for [`store`], which writes the baseline, one worker at a time by its `lock`. In the order of a run: a
//! [`session`] has the [`config`] with its [`allow`] list and the [`baseline`]; [`judge`] compares the leftovers of a
//! file with both. Its results are [values](crate::values::suite), from which the report makes the texts. A
//! [`mistake`] is an error in a user's file, found by `fields`. [`allowed`] has what a service accepts.

pub mod allow;
pub mod allowed;
pub mod baseline;
pub mod config;
pub mod judge;
pub mod mistake;
pub mod session;
pub mod store;

mod fields;
mod lock;
mod names;
