//! Node-API's status codes.

use napi::{Error, Result, Status, sys};

/// Turns a status into a result.
pub fn check(status: sys::napi_status) -> Result<()> {
    match status {
        sys::Status::napi_ok => Ok(()),
        status => Err(Error::new(Status::from(status), format!("Node-API refused with status {status}"))),
    }
}
