//! Heaps: what JavaScript asks of [`crate::heap`].
//!
//! | file | what it is |
//! | --- | --- |
//! | `files` | heap snapshots in files, for the command |
//! | `looks` | snapshots of this process in memory, for checks |

mod files;
mod looks;
