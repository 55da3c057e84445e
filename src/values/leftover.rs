//! What a window of an isolate left behind.

use serde::Serialize;

use crate::values::frames::Frame;
use crate::values::stack::Stack;

/// Registrations of one window, kind and origin.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Leftover {
    /// The window's number.
    pub window: u32,
    /// As [`crate::values::snapshot::Leak::kind`].
    pub kind: String,
    /// As [`crate::values::snapshot::Leak::label`], without what other windows' registrations may have reported.
    pub label: String,
    /// As [`crate::values::snapshot::Leak::fingerprint`], of the stack that most came by.
    pub fingerprint: String,
    /// How many.
    pub count: u64,
    /// As [`crate::values::snapshot::Leak::origin`].
    pub origin: Option<Frame>,
    /// As [`crate::values::snapshot::Leak::stack`], the one that most came by.
    pub stack: Stack,
    /// True when the application's code made the call; false when a package or Node did, on the
    /// application's behalf perhaps.
    pub direct: bool,
}
