//! What the store's contents mean: growth, verdicts, censuses, checks and what a test leaves behind.

pub mod causes;
pub mod census;
pub mod diff;
pub mod evidence;
pub mod growth;
pub mod leftovers;
pub mod lent;
pub mod verdict;
pub mod view;
pub mod wishes;
