//! Registrations that outlived their window.

use serde::Serialize;

use crate::values::frames::Frame;
use crate::values::label::Label;
use crate::values::stack::Stack;

/// Live registrations of one window, kind and origin.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Leftover {
    /// The window's number.
    pub window: u32,
    /// As [`crate::values::snapshot::Leak::kind`].
    pub kind: String,
    /// As [`crate::values::snapshot::Leak::label`], without details of registrations of other windows.
    pub label: Label,
    /// As [`crate::values::snapshot::Leak::fingerprint`], of the most frequent stack.
    pub fingerprint: String,
    /// How many.
    pub count: u64,
    /// As [`crate::values::snapshot::Leak::origin`].
    pub origin: Option<Frame>,
    /// As [`crate::values::snapshot::Leak::stack`], the most frequent one.
    pub stack: Stack,
    /// Whether the application's code made the call, not a package or Node, which may do so for the application.
    pub direct: bool,
}
