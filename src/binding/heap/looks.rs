//! Snapshots of this process, given in parts and kept in memory: what grew from one to the next. No file is written.

use std::cell::RefCell;
use std::time::Instant;

use napi::bindgen_prelude::*;
use napi_derive::napi;
use serde_json::json;

use super::super::values::{parse as parse_json, to_json};
use crate::analysis::kept::{self, MIN_BYTES_A_CALL};
use crate::heap::analysis::Analysis;
use crate::heap::growth::Tracker;
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
    /// What was given of the next one.
    text: Vec<u8>,
    last: Option<Analysis>,
    /// The objects of findings that came with the last one.
    members: Vec<Vec<u32>>,
}

/// Takes the next part of a snapshot.
#[napi]
pub fn heap_look_part(part: Uint8Array) {
    LOOKS.with_borrow_mut(|looks| looks.text.extend_from_slice(&part));
}

/// The snapshot is whole. Files below the folder `root` are named relative to it; `is_of_several` where it is one of several
/// that show what grows. JSON: `{ "nodes", "ms" }`, or `{ "error" }` as in `files`.
#[napi]
pub fn heap_look(root: String, is_of_several: bool) -> Result<String> {
    LOOKS.with_borrow_mut(|looks| {
        let begun = Instant::now();
        // Two heaps at a time would be one too many.
        looks.last = None;
        let text = std::mem::take(&mut looks.text);
        let mut heap = match parse::read(&text[..]) {
            Ok(heap) => heap,
            Err(refusal) => return to_json(&refusal.of_file("V8's snapshot of this process")),
        };
        drop(text);
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
        to_json(&json!({ "nodes": nodes, "ms": begun.elapsed().as_millis() as u64 }))
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
    let Looks { tracker, last, .. } = LOOKS.take();
    let least = MIN_BYTES_A_CALL * (calls.max(1.0) as u64);
    last.map(|on| to_json(&tracker.finish(&on, TOP, least))).transpose()
}

/// Whether rounds of `iterations` calls in all added more than noise to the heap, by the bytes that each added.
#[napi]
pub fn heap_grew(added: Vec<f64>, iterations: f64) -> bool {
    kept::grew(&added, iterations as u64)
}
