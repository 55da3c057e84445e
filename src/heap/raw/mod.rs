//! A heap as it lies in memory, without a snapshot of V8's: an experiment that nothing uses, see [`record`].
//!
//! Nothing here touches memory itself: whoever calls says how to read a word ([`memory`]), what V8's constants are ([`layout`])
//! and where roots are ([`discover`]).
//!
//! | file | what it is |
//! | --- | --- |
//! | [`memory`] | a word at a time; what a tagged word says |
//! | [`layout`], [`types`], `special` | offsets and numbers of types, as V8 exports them |
//! | [`objects`], [`shapes`], `sizes`, `scope_info` | where objects are, and how large |
//! | [`numbers`], [`discover`] | all that roots reach |
//! | `names`, `classes`, `describe`, `tags` | kinds and names of nodes |
//! | `properties`, `fields`, `edges`, `object_edges` | edges and their names |
//! | [`build`], `making` | the graph |
//! | [`compare`], [`record`] | how much of V8's snapshot it has; where it may be used |

pub mod build;
mod classes;
pub mod compare;
mod describe;
pub mod discover;
mod edges;
mod fields;
pub mod layout;
mod making;
pub mod memory;
mod names;
pub mod numbers;
mod object_edges;
pub mod objects;
mod properties;
pub mod record;
mod scope_info;
pub mod shapes;
mod sizes;
mod special;
mod tags;
pub mod types;

#[cfg(all(test, not(loom), not(miri)))]
mod tests;
