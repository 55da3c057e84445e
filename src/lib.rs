//! leakline names the line that leaks.
//!
//! The modules are rooms, listed in their order: each knows only those before it, and [`report`], [`analysis`]
//! and [`suite`] do not know one another. A registration travels the same way: JavaScript writes it into a ring
//! of [`record`] under the key of its stack ([`stacks`]); the thread of the [`collector`] drains it into the
//! [`store`]; [`analysis`] turns the store into [`values`], and [`report`] turns those into text. [`suite`]
//! judges what a test leaves behind; [`case`] writes the report of an incident. Only `binding` knows Node-API.

pub mod record;

pub mod values;

pub mod flight;

pub mod stacks;

pub mod store;

pub mod analysis;
pub mod heap;

pub mod report;
pub mod suite;

pub mod case;

pub mod collector;

// The exported functions are called from Node alone, which a test binary is not.
#[cfg(feature = "node")]
#[cfg_attr(test, allow(dead_code))]
mod binding;
