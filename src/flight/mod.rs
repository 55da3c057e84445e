//! The flight file: what leakline knows of a process, kept so that it outlives the process.
//!
//! ```text
//! 0       header: layout, who the process is, how it ended              4 KiB, written once; the end last of all
//! rings   history: process and the 64 most suspicious sites            10 s × 360, 1 min × 1,440, 15 min × 672
//! slot A  ┐ the state, in turn: each whole or not there                 sequence number at both ends, CRC over all
//! slot B  ┘   vitals, columns of the history, 64 bytes a site, details as JSON of what is suspicious
//! log     append-only: strings, sites with their stacks, marks          each entry with its CRC
//! ```
//!
//! A write goes log first, rings next, slot last, and of the slot its checksum last. A slot says how much of the log and of the rings belongs to it, and
//! what it says is never overwritten while it is one of the two: the log grows only, and each ring has room for one entry
//! more than a slot counts. So whoever reads at any prefix of a write finds the state before or the state after.
//! The file is written and read by calls, never mapped: a file that somebody truncates ends no process. Nothing of it is
//! shared memory, so there is no order of memory to argue about; [`reader`] says what it does beside a writer.
//!
//! The room knows [`crate::values`] alone: no threads, no clock, no Node-API.

pub mod aftermath;
pub mod columns;
mod course;
pub mod details;
pub mod end;
pub mod format;
pub mod history;
pub mod identity;
pub mod log;
pub mod medium;
mod numbers;
pub mod past;
pub mod reader;
pub mod record;
pub mod records;
mod retained;
mod slot;
pub mod value;
pub mod vitals;
mod words;
pub mod writer;

#[cfg(all(test, unix, not(loom), not(miri)))]
mod kill_tests;
#[cfg(all(test, not(loom)))]
mod prefix_tests;
#[cfg(all(test, not(loom)))]
mod value_tests;

pub use columns::Columns;
pub use details::Details;
pub use end::{Cause, End};
pub use format::Layout;
pub use identity::Identity;
pub use numbers::Numbers;
pub use reader::{Bad, Flight, read, read_numbers};
pub use record::Record;
pub use records::Records;
pub use retained::Retained;
pub use slot::State;
pub use vitals::Vitals;
pub use writer::Writer;
