//! The end of the process, said to the recorder.

use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use crossbeam_channel::{Sender, bounded};

use super::handover::Control;
use super::settings::unix_ms;
use crate::flight::{Cause, End};

/// How long the thread that ends the process waits until the end is written.
const MAX_END_WAIT: Duration = Duration::from_millis(50);

/// Where the end of the process is said: to the recorder that runs, or ran last.
static ENDS: Mutex<Option<Sender<Control>>> = Mutex::new(None);

pub(super) fn ends() -> std::sync::MutexGuard<'static, Option<Sender<Control>>> {
    // A sender cannot be half replaced.
    ENDS.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Whether there is a recorder that the end of the process can be said to.
pub fn is_on() -> bool {
    ends().is_some()
}

/// Says how the process ends, and waits a moment until it is written. Called on whichever thread ends it.
pub fn end(cause: Cause, code: i32, text: &str) {
    // Not lock(): its holder may be the thread that is ending.
    let sender = ENDS.try_lock().ok().and_then(|ends| ends.clone());
    let Some(sender) = sender else { return };
    let (reply, written) = bounded(1);
    let end = End { cause, code, at_unix_ms: unix_ms(SystemTime::now()), text: text.to_owned() };
    if sender.try_send(Control::End(end, reply)).is_ok() {
        let _ = written.recv_timeout(MAX_END_WAIT);
    }
}
