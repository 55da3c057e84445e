//! Snapshots of this isolate, kept in memory: what grew from one to the next. No file is written. A thread of our own parses one
//! while V8 writes it; between the first and the last V8 only numbers what is new, where that suffices.

use std::cell::RefCell;
use std::thread;

use crossbeam_channel::Sender;
use napi::bindgen_prelude::*;
use napi_derive::napi;
use serde_json::json;

use super::super::values::{parse as parse_json, to_json};
use super::parts::parts;
use super::snapshot::{self, Numbers, Snapshot};
use crate::analysis::kept::{self, Kept, MIN_BYTES_A_CALL};
use crate::heap::analysis::Analysis;
use crate::heap::graph::Heap;
use crate::heap::growth::Tracker;
use crate::heap::refusal::Refusal;
use crate::heap::{members, parse, proof};
use crate::values::proof::Asked;

/// Containers that are named at the most.
const TOP: usize = 16;

thread_local! {
    static LOOKS: RefCell<Looks> = RefCell::default();
}

/// The looks of one check.
#[derive(Default)]
struct Looks {
    tracker: Tracker,
    /// The numbers that V8 gives, where nobody else wants them.
    numbers: Option<Numbers>,
    /// The next one on its way to the parser, and what that makes of it.
    next: Option<(Sender<Vec<u8>>, Parser)>,
    last: Option<Analysis>,
    /// The objects of findings that came with the last one.
    members: Vec<Vec<u32>>,
}

type Parser = thread::JoinHandle<std::result::Result<Heap, Refusal>>;

impl Looks {
    /// Begins to parse the next one.
    fn begin(&mut self) -> Result<Sender<Vec<u8>>> {
        // Two heaps at a time would be one too many.
        self.last = None;
        let (sender, text) = parts();
        let parser = thread::Builder::new()
            .name("leakline-heap".to_owned())
            .spawn(move || parse::read(text))
            .map_err(|error| Error::from_reason(error.to_string()))?;
        self.next = Some((sender.clone(), parser));
        Ok(sender)
    }
}

/// Takes a snapshot; `known` is any object that has been there for long. False where V8 does not offer that: then its text is to
/// come in parts. Either way `heapLook` follows.
#[napi]
pub fn heap_look_begin(known: Unknown) -> Result<bool> {
    let parts = LOOKS.with_borrow_mut(Looks::begin)?;
    if !snapshot::is_offered() {
        return Ok(false);
    }
    let numbers = take(known, &parts)?;
    LOOKS.with_borrow_mut(|looks| looks.numbers = looks.numbers.take().or(numbers));
    Ok(true)
}

#[allow(unsafe_code)]
fn take(known: Unknown, parts: &Sender<Vec<u8>>) -> Result<Option<Numbers>> {
    // SAFETY: in a call from JavaScript on its isolate's thread; `known` is an argument of the call.
    let Some(mut snapshot) = (unsafe { Snapshot::take(known.raw()) }) else {
        return Err(Error::from_reason("V8 made no snapshot"));
    };
    // A parser that has refused the text does not want the rest.
    snapshot.write(|part| parts.send(part.to_vec()).is_ok());
    Ok(snapshot.keep_numbers())
}

/// Takes the next part of a snapshot.
#[napi]
pub fn heap_look_part(part: Uint8Array) {
    LOOKS.with_borrow(|looks| {
        if let Some((parts, _)) = &looks.next {
            let _ = parts.send(part.to_vec());
        }
    });
}

/// The snapshot is whole. Files below the folder `root` are named relative to it; `is_of_several` where it is one of several
/// that show what grows. JSON: `{ "nodes" }`, or `{ "error" }` as in `files`.
#[napi]
pub fn heap_look(root: String, is_of_several: bool) -> Result<String> {
    LOOKS.with_borrow_mut(|looks| {
        let Some((parts, parser)) = looks.next.take() else {
            return Err(Error::from_reason("no look at the heap is under way"));
        };
        drop(parts);
        let parsed = parser.join().map_err(|_| Error::from_reason("the snapshot could not be parsed"))?;
        let mut heap = match parsed {
            Ok(heap) => heap,
            Err(refusal) => return to_json(&refusal.of_file("V8's snapshot of this process")),
        };
        looks.members = members::take(&mut heap);
        let on = if is_of_several {
            let on = Analysis::of(heap, &root, |_, _| ());
            looks.tracker.look(&on, "");
            on
        } else {
            Analysis::without_dominators(heap, &root)
        };
        let nodes = on.heap.len();
        looks.last = Some(on);
        to_json(&json!({ "nodes": nodes }))
    })
}

/// A round of calls begins, after the first look or after another round: V8 numbers what is new, which collects garbage first.
/// False where it does not: then a look is to be taken after each round.
#[napi]
pub fn heap_round_begins() -> bool {
    LOOKS.with_borrow_mut(|looks| {
        let Some(numbers) = &looks.numbers else { return false };
        // What the last look saw is numbered.
        let is_seen = looks.last.take().is_some();
        let highest = if is_seen { looks.tracker.highest() } else { numbers.number() };
        looks.tracker.begin_round(highest);
        true
    })
}

/// Whether the two looks so far leave a doubt that what grew did so in each of the rounds between, of `calls` calls: then more
/// rounds follow, and a look after each. `own` is the folder of leakline's files.
#[napi]
pub fn heap_leaves_doubt(calls: f64, own: String) -> bool {
    LOOKS.with_borrow_mut(|looks| {
        let Some(on) = &looks.last else { return false };
        let is_doubtful = |growth| {
            Kept { growth: Some(growth), calls: calls as u64, own: own.clone(), ..Kept::default() }
                .has_doubt()
        };
        let has_doubt = is_doubtful(looks.tracker.finish(on, TOP, least(calls)))
            || is_doubtful(looks.tracker.possible(on, TOP, least(calls)));
        if has_doubt {
            looks.tracker.go_on();
        }
        has_doubt
    })
}

/// What the last look proves of findings, whose objects came with it: a `Proof` as JSON, of a list of `Asked`; null where
/// there was no look, or it came with none. `own` is the folder of leakline's files.
#[napi]
pub fn heap_proof(asked: String, own: String) -> Result<Option<String>> {
    let asked: Vec<Asked> = parse_json(&asked)?;
    LOOKS.with_borrow(|looks| match &looks.last {
        Some(on) if looks.members.len() == asked.len() * 2 => {
            to_json(&proof::prove(on, &asked, &looks.members, &own)).map(Some)
        }
        _ => Ok(None),
    })
}

/// What grew over the looks of `calls` calls, a `Growth` as JSON; null where there was no look. They are forgotten.
#[napi]
pub fn heap_looks_end(calls: f64) -> Result<Option<String>> {
    let Looks { tracker, last, numbers, .. } = LOOKS.take();
    if let Some(numbers) = numbers {
        numbers.forget();
    }
    last.map(|on| to_json(&tracker.finish(&on, TOP, least(calls)))).transpose()
}

/// Bytes that what grew has gained at the least.
fn least(calls: f64) -> u64 {
    MIN_BYTES_A_CALL * (calls.max(1.0) as u64)
}

/// Whether rounds of `iterations` calls in all added more than noise to the heap, by the bytes that each added.
#[napi]
pub fn heap_grew(added: Vec<f64>, iterations: f64) -> bool {
    kept::grew(&added, iterations as u64)
}
