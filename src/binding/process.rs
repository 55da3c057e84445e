//! The collector that all isolates of the process share: started for the first, ended with the
//! last.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use napi::{Error, Result};
use once_cell::sync::Lazy;

use super::values::gone;
use crate::collector;
use crate::collector::client::Client;
use crate::record::ring::Region;
use crate::store::IsolateKey;

static PROCESS: Lazy<Mutex<Process>> = Lazy::new(|| Mutex::new(Process::default()));

/// The client of [`Process::running`], for whoever must not wait: an isolate that attaches or detaches has the other lock
/// while it waits for the collector.
static CLIENT: Mutex<Option<Client>> = Mutex::new(None);

#[derive(Default)]
struct Process {
    running: Option<Running>,
    /// The last key; keys are never reused.
    last_key: IsolateKey,
}

struct Running {
    client: Client,
    thread: JoinHandle<()>,
    isolates: Vec<IsolateKey>,
}

/// The collector.
///
/// # Errors
/// When no isolate records.
pub fn client() -> Result<Client> {
    current().clone().ok_or_else(|| Error::from_reason("nothing is recording"))
}

/// An isolate begins to record.
///
/// # Errors
/// When the system gives no thread, or the region is no ring's.
pub fn attach(thread: u32, root: String, region: impl Region + 'static) -> Result<IsolateKey> {
    let mut process = lock();
    let key = process.last_key + 1;
    if process.running.as_ref().is_some_and(|running| running.thread.is_finished()) {
        process.running = None; // it panicked: its data is lost, and recording begins again
    }
    if process.running.is_none() {
        let (client, thread) = collector::start(root)
            .map_err(|error| Error::from_reason(format!("the collector thread could not start: {error}")))?;
        *current() = Some(client.clone());
        process.running = Some(Running { client, thread, isolates: Vec::new() });
    }
    let running = process.running.as_mut().expect("it was just started");
    let attached = running.client.attach(key, thread, region).map_err(gone)?;
    if let Err(bad) = attached {
        let reason = Error::from_reason(bad.to_string());
        process.end_if_unused(false);
        return Err(reason);
    }
    running.isolates.push(key);
    process.last_key = key;
    Ok(key)
}

/// Detaches an isolate, whose thread ends too if `dies`. After it returns the collector does not access its region.
pub fn detach(key: IsolateKey, dies: bool) {
    let mut process = lock();
    let Some(running) = process.running.as_mut() else { return };
    // A collector that is gone does not access it either.
    let _ = running.client.detach(key);
    running.isolates.retain(|isolate| *isolate != key);
    process.end_if_unused(dies);
}

impl Process {
    fn end_if_unused(&mut self, dies: bool) {
        if let Some(running) = self.running.take_if(|running| running.isolates.is_empty()) {
            *current() = None;
            if dies {
                running.client.end();
            } else {
                running.client.stop();
            }
            // A panic was reported when it happened.
            let _ = running.thread.join();
        }
    }
}

fn current() -> MutexGuard<'static, Option<Client>> {
    // It is replaced at once.
    CLIENT.lock().unwrap_or_else(PoisonError::into_inner)
}

fn lock() -> MutexGuard<'static, Process> {
    // A panic between two statements above leaves at worst a collector without clients.
    PROCESS.lock().unwrap_or_else(PoisonError::into_inner)
}
