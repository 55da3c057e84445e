//! The plain values that leave the library, and functions that every room needs to read them.

pub mod allocations;
pub mod census;
pub mod check;
pub mod course;
pub mod diff;
pub mod duration;
pub mod frames;
pub mod heap;
pub mod json;
pub mod label;
pub mod leftover;
pub mod memory;
pub(crate) mod paths;
pub mod proof;
pub mod reason;
pub mod retainers;
pub mod site;
pub mod snapshot;
pub mod stack;
pub mod suite;
pub mod urls;
pub mod verdict;
