//! The plain values that leave the library: no logic but what reads them.

pub mod frames;
pub mod snapshot;
pub mod stack;
pub mod urls;
