//! A child that runs.

use std::fs::File;

/// A child that runs.
pub struct Child {
    /// Its id.
    pub pid: i32,
    /// What it writes: the answer, and then nothing.
    pub pipe: File,
}
