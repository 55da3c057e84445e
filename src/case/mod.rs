//! The case file: the report that somebody writes after an incident, filled in with what leakline knows.
//!
//! [`facts`] are what was collected: the recording, the repository, the answers of people. [`build`] makes sections of
//! fields of them, and [`markdown`], [`page`], [`rules`] and [`regression`] write those. All are pure functions, without a
//! clock or a file, so that the same `case.json` makes the same documents.

mod compare;
pub mod facts;
mod fields;
mod figures;
pub mod markdown;
pub mod page;
mod proof;
pub mod questions;
pub mod regression;
pub mod rules;
pub mod subject;
mod trend;
mod value;

#[cfg(all(test, not(loom)))]
mod tests;

pub use compare::{Comparison, Recording, compare};
pub use facts::Facts;
pub use fields::build;
pub use value::{Case, SCHEMA};
