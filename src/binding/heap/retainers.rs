//! `leakline.retainers()`: one look at the heap of the calling isolate. V8's snapshot goes in parts to a thread of our own, which
//! parses it meanwhile and makes the answer; the isolate goes on as soon as V8 has written the last part.

use std::cell::RefCell;
use std::io::Read;
use std::thread;
use std::time::Instant;

use crossbeam_channel::{Receiver, Sender, TryRecvError, bounded};
use napi::bindgen_prelude::*;
use napi_derive::napi;
use serde::Deserialize;
use serde_json::json;

use super::super::values::{parse as parse_json, to_json};
use super::parts::parts;
use super::snapshot::{self, Snapshot};
use crate::heap::analysis::Analysis;
use crate::heap::refusal::Refusal;
use crate::heap::{members, parse, retained};
use crate::values::retainers::{AskedSite, LookCost, Retainers};

thread_local! {
    static LOOK: RefCell<Option<Look>> = const { RefCell::new(None) };
}

/// A look under way.
struct Look {
    /// Where parts go; `None` when V8 has written the last.
    parts: Option<Sender<Vec<u8>>>,
    answer: Receiver<String>,
    begun: Instant,
    paused_ms: u64,
    forked: bool,
}

/// What is asked for.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ask {
    /// Files below it are named relative to it.
    root: String,
    /// The sites whose objects come with the snapshot, two lists each.
    sites: Vec<AskedSite>,
    /// A class, a number or a line.
    of: Option<String>,
    top: usize,
    taken_at: String,
    notes: Vec<String>,
}

/// Takes a snapshot of the calling isolate and begins to analyse it; `known` is any object that has been there for long. False
/// where V8 does not offer that: then its text is to come in parts. The isolate does nothing else meanwhile.
#[napi]
pub fn retainers_begin(ask: String, known: Unknown) -> Result<bool> {
    let ask: Ask = parse_json(&ask)?;
    let begun = Instant::now();
    let (parts, text) = parts();
    let (reply, answer) = bounded(1);
    let analyse = move || {
        // Nobody waits any more where the isolate has ended.
        let _ = reply.send(answered(&ask, text));
        give_back();
    };
    thread::Builder::new()
        .name("leakline-heap".to_owned())
        .spawn(analyse)
        .map_err(|error| Error::from_reason(error.to_string()))?;
    LOOK.set(Some(Look { parts: Some(parts), answer, begun, paused_ms: 0, forked: false }));
    if !snapshot::is_offered() {
        return Ok(false);
    }
    take(known)?;
    retainers_end();
    Ok(true)
}

#[allow(unsafe_code)]
fn take(known: Unknown) -> Result<()> {
    // SAFETY: in a call from JavaScript on its isolate's thread; `known` is an argument of the call.
    let Some(snapshot) = (unsafe { Snapshot::take(known.raw()) }) else {
        return Err(Error::from_reason("V8 made no snapshot"));
    };
    let parts = LOOK.with_borrow(|look| look.as_ref().and_then(|look| look.parts.clone()));
    // A parser that has refused the text does not want the rest.
    snapshot.write(|part| parts.as_ref().is_some_and(|parts| parts.send(part.to_vec()).is_ok()));
    Ok(())
}

/// The next part of a snapshot, where V8 was not asked directly.
#[napi]
pub fn retainers_part(part: Uint8Array) {
    LOOK.with_borrow(|look| {
        if let Some(parts) = look.as_ref().and_then(|look| look.parts.as_ref()) {
            let _ = parts.send(part.to_vec());
        }
    });
}

/// The last part was written: the isolate goes on.
#[napi]
pub fn retainers_end() {
    LOOK.with_borrow_mut(|look| {
        if let Some(look) = look {
            look.parts = None;
            look.paused_ms = look.begun.elapsed().as_millis() as u64;
        }
    });
}

/// The answer, as soon as it is there; null before. JSON: a `Retainers`, or `{ "error" }` as in `files`.
#[napi]
pub fn retainers_answer() -> Result<Option<String>> {
    LOOK.with_borrow_mut(|place| {
        let Some(look) = place else { return Err(Error::from_reason("no look at the heap is under way")) };
        let text = match look.answer.try_recv() {
            Ok(text) => text,
            Err(TryRecvError::Empty) => return Ok(None),
            // The thread has panicked.
            Err(TryRecvError::Disconnected) => {
                *place = None;
                return Err(Error::from_reason("the snapshot could not be analysed"));
            }
        };
        let took_ms = look.begun.elapsed().as_millis() as u64;
        let cost = LookCost { paused_ms: look.paused_ms, took_ms, forked: look.forked };
        *place = None;
        with_cost(text, cost).map(Some)
    })
}

/// Ends a look whose answer nobody wants.
#[napi]
pub fn retainers_forget() {
    LOOK.set(None);
}

/// Begins to wait for the answer of a forked process, which stopped this one for so many ms.
#[cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
pub fn wait_for(answer: Receiver<String>, begun: Instant, paused_ms: u64) {
    LOOK.set(Some(Look { parts: None, answer, begun, paused_ms, forked: true }));
}

fn with_cost(text: String, cost: LookCost) -> Result<String> {
    match serde_json::from_str::<Retainers>(&text) {
        Ok(retainers) => to_json(&Retainers { cost: Some(cost), ..retainers }),
        // An error has no cost.
        Err(_) => Ok(text),
    }
}

/// The whole answer as JSON: a `Retainers`, `{ "error" }`, or `{ "failed" }` with a reason.
pub fn answered(ask: &Ask, text: impl Read) -> String {
    let answer = analysed(ask, text);
    let text = match &answer {
        Ok(retainers) => serde_json::to_string(retainers),
        Err(refusal) => serde_json::to_string(refusal),
    };
    text.unwrap_or_else(|error| json!({ "failed": error.to_string() }).to_string())
}

fn analysed(ask: &Ask, text: impl Read) -> std::result::Result<Retainers, Refusal> {
    let mut heap = parse::read(text).map_err(|refusal| refusal.of_file("V8's snapshot of this process"))?;
    let lists = members::take(&mut heap);
    let on = Analysis::of(heap, &ask.root, |_, _| ());
    let found = retained::retainers(on, ask.sites.clone(), &lists, ask.of.as_deref(), None, ask.top)?;
    Ok(Retainers {
        pid: Some(std::process::id()),
        taken_at: Some(ask.taken_at.clone()),
        notes: ask.notes.clone(),
        ..found
    })
}

/// What V8 and the analysis have freed goes back to the system.
#[allow(unsafe_code)]
fn give_back() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: it may be called at any time, from any thread.
    unsafe {
        libc::malloc_trim(0);
    }
}
