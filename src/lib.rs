//! leakline names the line that leaks.
//!
//! In the order in which a registration travels: JavaScript finds its site by [`stack_keys`] or a
//! capture and writes an [`event`] into a [`ring`],
//! the [`collector`] drains it into the [`store`] (a [`slab`] of live registrations, [`sites`] with
//! their sums and [`series`]), a [`view`] of which, with a [`verdict`] for each site by its
//! [`evidence`], is a [`snapshot`], whose frames [`source_maps`] lead to what was written. Snapshots are compared by
//! [`diff`]; [`growth`] is what `check()` looks for, and [`leftovers`] what a test leaves behind, for
//! [`testing`] to judge; [`report`] turns each into what a person reads. Only `binding` knows Node-API.

pub mod event;
#[cfg(all(test, loom))]
mod loom_model;
pub mod ring;
#[cfg(all(test, not(loom)))]
mod ring_model;
pub mod sync;

pub mod client;
pub mod collector;
// Under Miri the thread would ask the system for what Miri does not have.
#[cfg(all(test, not(loom), not(miri)))]
mod collector_tests;
pub mod kinds;
pub mod os;

pub mod stack_keys;

pub mod inserters;
pub mod series;
pub mod sites;
pub mod slab;
#[cfg(all(test, not(loom)))]
mod slab_model;
pub mod store;

pub mod census;
pub mod checkouts;
pub mod diff;
pub mod evidence;
pub mod gc_requests;
pub mod growth;
pub mod leftovers;
pub mod snapshot;
pub mod stack;
pub mod verdict;
pub mod view;

pub mod exit;
pub mod frames;
pub mod report;
pub mod source_maps;
pub mod urls;

pub mod testing;

// The exported functions are called from Node alone, which a test binary is not.
#[cfg(feature = "node")]
#[cfg_attr(test, allow(dead_code))]
mod binding;
