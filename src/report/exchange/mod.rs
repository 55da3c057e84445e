//! Formats that other tools read, one a file: pure functions from a value to text or bytes.
//!
//! [`sarif`] and [`code_climate`] list findings for code reviews, [`pprof`] lists all sites for profile viewers,
//! and [`metrics`] is what Prometheus scrapes. [`finding`] says what of a value is a finding.

pub mod code_climate;
mod family;
mod finding;
pub mod fleet;
pub mod metrics;
pub mod pprof;
mod process;
pub mod sarif;

#[cfg(test)]
mod tests;

pub use finding::{Finding, of_check, of_snapshot};
