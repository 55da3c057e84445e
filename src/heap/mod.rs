//! Heap snapshots of V8: who retains what. Plain values in and out; nothing here knows Node-API or V8.
//!
//! | file | what it is |
//! | --- | --- |
//! | [`source`], [`header`], [`parse`] | reads a `.heapsnapshot` in chunks |
//! | [`text`] | the snapshot's strings, of which a file's stay in the file |
//! | [`graph`] | nodes and edges; what an edge means for life |
//! | [`dominators`], [`paths`] | immediate dominators with retained sizes; shortest paths from stable roots |
//! | [`scopes`], [`label`] | which file a context belongs to; a path in words |
//! | [`analysis`], [`classes`] | all of these of one heap; the class of each node |
//! | [`survey`], [`owners`], [`collections`] | one heap: who retains most, whose it is, what has most entries |
//! | [`members`], [`search`], [`proof`] | objects of a check's findings, and which of these go with others |
//! | [`growth`], [`identity`], [`chains`], [`trie`] | several heaps: what grew, by object and by path |
//! | [`arrivals`] | of rounds between two heaps: what came in each |
//! | [`select`] | the objects of a class, a number or a line |
//! | [`raw`] | a heap as it lies in memory, an experiment |
//! | [`retained`] | what holds the objects of sites, and what retains most |

pub mod analysis;
pub mod arrivals;
mod chains;
pub mod classes;
pub mod collections;
pub mod dominators;
pub mod graph;
pub mod growth;
pub mod header;
pub mod identity;
pub mod label;
pub mod members;
pub mod owners;
pub mod parse;
mod parsed;
pub mod paths;
pub mod proof;
pub mod raw;
mod reciprocal;
pub mod refusal;
pub mod retained;
pub mod scopes;
pub mod search;
pub mod select;
pub mod source;
pub mod survey;
pub mod text;
pub mod trie;

#[cfg(all(test, not(loom)))]
mod analysis_tests;
#[cfg(all(test, not(loom)))]
mod arrivals_tests;
#[cfg(all(test, not(loom)))]
mod chains_tests;
#[cfg(all(test, not(loom), not(miri)))]
mod fuzz;
#[cfg(all(test, not(loom)))]
mod graph_model;
#[cfg(all(test, not(loom)))]
mod parse_tests;
#[cfg(all(test, not(loom)))]
mod written;
