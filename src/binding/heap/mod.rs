//! Heaps: what JavaScript asks of [`crate::heap`].
//!
//! | file | what it is |
//! | --- | --- |
//! | `files` | heap snapshots in files, for the command |

mod files;
