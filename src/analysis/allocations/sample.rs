//! One allocation of many.

/// A living sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// Its number in the order of creation.
    pub id: u64,
    /// Bytes that it stands for.
    pub bytes: u64,
    /// Objects that it stands for.
    pub objects: u64,
    /// The function that allocated it, by a number that stays the same.
    pub function: u32,
}
