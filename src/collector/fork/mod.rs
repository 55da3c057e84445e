//! The experiment behind `LEAKLINE_FORK=1`: a forked child takes V8's snapshot, while the service goes on. Linux on x64 with glibc.
//!
//! A child of a program with threads is alone with what they left behind. Three measures make V8 work in it:
//! V8's pages, which it keeps out of children, are let in for the moment of the fork (`ranges`); the fork waits for a moment in
//! which no other thread runs (`quiet`); and in the child, condition variables have nobody to wake (`alone`). Whatever goes
//! wrong all the same costs the child alone: it crashes, ends itself or is ended by `watch`, and that is an error.

mod alone;
mod begin;
mod child;
mod quiet;
mod ranges;
mod watch;

pub use begin::{Failed, fork};
pub use child::Child;
pub use ranges::Kept;
pub use watch::{Ended, watch};
