//! The collector: its thread, the messages it takes, and what it needs of the operating system.

mod checks;
pub mod client;
pub mod exit;
pub mod exposition;
pub mod files;
#[cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
pub mod fork;
mod handle;
#[cfg(all(test, loom))]
mod loom_model;
mod memory;
pub mod message;
pub mod os;
pub mod recorder;
mod reporting;
pub mod reports;
pub mod requests;
pub mod settings;
pub mod signals;
pub mod streams;
// The thread uses system calls that Miri does not have.
#[cfg(all(test, not(loom), not(miri)))]
mod tests;
mod thread;

pub use thread::start;
