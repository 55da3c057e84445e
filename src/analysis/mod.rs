//! What the store's contents mean: growth, verdicts, censuses, checks and what a test leaves behind.

pub mod causes;
pub mod census;
pub mod checkouts;
pub mod diff;
pub mod evidence;
pub mod gc_requests;
pub mod growth;
pub mod kept;
pub mod leftovers;
pub mod verdict;
pub mod view;
