//! Heaps: what JavaScript asks of [`crate::heap`], and what V8 says of the heap of this process.
//!
//! | file | what it is |
//! | --- | --- |
//! | `files` | heap snapshots in files, for the command |
//! | `looks` | snapshots of this process in memory, for checks |
//! | `forked` | the same in a forked process, an experiment |
//! | `raw` | a walk over V8's memory there, which nothing uses yet |
//! | `collections` | garbage collections, by V8's callbacks |
//! | `profiler` | V8's sampling heap profiler |
//! | `identity` | whether a profile is the one that was read before |
//! | `parts` | a snapshot on its way to the thread that parses it |
//! | `snapshot`, `retainers` | a snapshot of this isolate, and who retains what in it |
//! | `functions` | whose function a sample is |
//! | `sampler` | samples of allocations, from start to end |
//! | `requests` | collections that are asked for |
//! | `buffers` | samples of the memory of Buffers |

pub mod buffers;
pub mod collections;
mod files;
mod forked;
mod functions;
mod identity;
mod looks;
mod parts;
mod profiler;
#[cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
mod raw;
mod requests;
mod retainers;
pub mod sampler;
mod snapshot;
