//! std or loom: the only switch. Whatever loom must see takes its atomics from here.

#[cfg(not(loom))]
pub use std::sync::atomic::{AtomicU32, Ordering};

#[cfg(loom)]
pub use loom::sync::atomic::{AtomicU32, Ordering};
