//! The way from an isolate to the collector: the record and the layout of the region, the ring, the names of kinds,
//! the addresses of sampled memory, and the atomics, which loom replaces in its models.

pub mod kinds;
pub mod layout;
pub mod pointers;
pub mod ring;
#[cfg(all(test, not(loom)))]
mod ring_model;
pub mod sync;
