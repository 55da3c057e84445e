//! Reads the store: snapshots with verdicts, growth in checks and censuses, and the leftovers of tests.

pub mod allocations;
pub mod causes;
pub mod census;
pub mod checkouts;
pub mod diff;
mod estimates;
pub mod gc_requests;
pub mod heap_trend;
pub mod judge;
pub mod kept;
pub mod leftovers;
pub mod proof;
pub mod registrations;
pub mod rounds;
pub mod runs;
mod same_call;
mod same_objects;
pub mod together;
mod unclosed;
mod unknown_pools;
pub mod verdict;
pub mod view;
