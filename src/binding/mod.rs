//! The Node-API binding: thin functions over the core.
//!
//! | file | what it is |
//! | --- | --- |
//! | [`mod@self`] | the functions JavaScript calls, one line each |
//! | `checks`, `keys`, `formats`, `signals` | the same, of checks, of stack keys, of reports, and of ends and signals |
//! | `case` | case files |
//! | `process` | the collector that all isolates share |
//! | `heap` | heap snapshots |
//! | `isolate` | the state of one isolate |
//! | `last_report` | the report at the end, even where no JavaScript runs |
//! | `region` | the ring's memory, shared with JavaScript |
//! | `out_of_memory` | V8's callback when the heap is full |
//! | `flight` | flight files for commands, and marks |
//! | `weak` | weak handles: how leakline sees that an owner is collected |
//! | `scripts` | the script of a function |
//! | `stack_keys` | keys of JavaScript stacks that were captured before |
//! | `status` | Node-API's answers as results |
//! | `symbols` | V8's functions, by their symbols |
//! | `raw` | functions that are called too often for argument conversion |
//! | `table_size` | how many properties an object used as a Map has |
//! | `suite` | per-test leak checks, without a collector |
//! | `values` | JSON in and out |

mod case;
mod checks;
mod flight;
mod formats;
mod heap;
mod isolate;
mod keys;
mod last_report;
mod out_of_memory;
mod process;
mod raw;
mod region;
mod scripts;
mod signals;
mod stack_keys;
mod status;
mod suite;
mod symbols;
mod table_size;
mod values;
mod weak;

use std::collections::HashMap;

use napi::bindgen_prelude::*;
use napi_derive::napi;

use crate::collector::message::Message;
use crate::collector::settings::Settings;
use crate::collector::{os, recorder};
use crate::record::{kinds, layout};
use crate::store::MajorGc;
use values::{parse, to_json};

/// Adds the raw functions, and keeps the library loaded: its thread must not run unmapped code.
#[napi(module_exports)]
pub fn init(exports: Object, env: Env) -> Result<()> {
    retain_current_module_for_unload_safety();
    isolate::enter(env.raw())?;
    raw::export(env.raw(), exports.raw())
}

/// Numbers of the record layout, by name.
#[napi]
pub fn layout() -> HashMap<String, u32> {
    layout::layout().into_iter().map(|(name, number)| (name.to_owned(), number)).collect()
}

/// Bounds that JavaScript must keep, by name.
#[napi]
pub fn limits() -> HashMap<String, u32> {
    HashMap::from([("MAX_SITES".to_owned(), crate::store::sites::MAX_SITES)])
}

/// Begins to record into `words`, an Int32Array over a SharedArrayBuffer. `root` is the folder
/// that fingerprints leave out.
#[napi]
pub fn attach(words: Unknown, thread: u32, root: String) -> Result<()> {
    isolate::attach(words.raw(), thread, root)
}

/// Ends recording. Live registrations count as released.
#[napi]
pub fn detach() -> Result<()> {
    isolate::detach()
}

/// Mode, Node version, bounds and where the last report goes; JSON.
#[napi]
pub fn settings(json: String) -> Result<()> {
    let input: values::SettingsInput = parse(&json)?;
    send(Message::Settings(Box::new(Settings::from(input))))
}

/// A new site; JSON. Sites are numbered from 1 in the order of these calls.
#[napi]
pub fn site(json: String) -> Result<()> {
    let definition = parse(&json)?;
    send(Message::Site(isolate::key()?, definition))
}

/// A known site with one more event name or delay.
#[napi]
pub fn detail(site: u32, text: String) -> Result<()> {
    send(Message::Detail(isolate::key()?, site, text))
}

/// Adds a note for the reader of the report, once.
#[napi]
pub fn note(text: String) -> Result<()> {
    send(Message::Note(text))
}

/// Positions of code that was transformed in memory, with the frames of their sources; JSON, an array of
/// `{ from: { file, line, column }, to: { function?, file, line, column } }`. They take precedence over source maps.
#[napi]
pub fn mapped(text: String) -> Result<()> {
    send(Message::Mapped(parse(&text)?))
}

/// What JavaScript has spent since the last call, and the bytes that it holds now.
#[napi]
pub fn cost(stacks: u32, mismatches: u32, ns: f64, bytes: f64) -> Result<()> {
    let (stacks, mismatches) = (u64::from(stacks), u64::from(mismatches));
    let (ns, bytes) = (ns.max(0.0) as u64, bytes.max(0.0) as u64);
    send(Message::Cost { key: isolate::key()?, stacks, mismatches, ns, bytes })
}

/// CPU time that the calling thread has used, in nanoseconds; 0 where the system does not say.
#[napi]
pub fn thread_cpu() -> f64 {
    os::thread_cpu_ns() as f64
}

/// A garbage collection that was made at once has ended all owners that were garbage at `since_ms` on the collector's clock,
/// and their ends are pushed.
#[napi]
pub fn collected_since(since_ms: u32) -> Result<()> {
    send(Message::Collected(isolate::key()?, since_ms, MajorGc::Whole))
}

/// The next major collection of V8's is to be noticed: see [`collected_noticed`].
#[napi]
pub fn expect_collection() -> Result<()> {
    send(Message::Marking(isolate::key()?, MajorGc::Noticed))
}

/// The same as [`collected_since`] of one of V8's, where `since_ms` is when [`expect_collection`] was called: what was registered
/// later is not shown to be held.
#[napi]
pub fn collected_noticed(since_ms: u32) -> Result<()> {
    send(Message::Collected(isolate::key()?, since_ms, MajorGc::Noticed))
}

/// The same, where `since_ms` is when [`request_collection`] was called.
#[napi]
pub fn collected_in_steps(since_ms: u32) -> Result<()> {
    send(Message::Collected(isolate::key()?, since_ms, MajorGc::InSteps))
}

/// The kind of weak handles here: `phantoms` or `references`.
#[napi]
pub fn weak_handles() -> Result<&'static str> {
    isolate::weak_handles()
}

/// The number of a kind; null when there are too many names, or this one is invalid.
#[napi]
pub fn kind(name: String) -> Option<u8> {
    kinds::number(&name)
}

/// Waits until the collector has applied everything recorded.
#[napi]
pub fn drain() -> Result<()> {
    process::client()?.drain().map_err(values::gone)
}

/// How the memory is right after a major garbage collection, a MemorySample; JSON.
#[napi]
pub fn memory(sample: String) -> Result<()> {
    send(Message::Memory(isolate::key()?, parse(&sample)?))
}

/// Begins to watch this isolate's garbage collections. `limit` is what its heap may grow to, as Node says it. False where V8
/// does not have what it takes.
#[napi]
pub fn begin_collections(limit: f64) -> bool {
    heap::collections::begin(limit as u64)
}

/// The number of major collections so far, after those since the last call are reported.
#[napi]
pub fn look_at_collections() -> Result<u32> {
    let pauses = heap::collections::take_pauses();
    if pauses.minor + pauses.major > 0 {
        send(Message::Pauses(isolate::key()?, pauses))?;
    }
    Ok(heap::collections::majors().0)
}

/// Asks V8 for a major collection, which it makes in steps beside the program. False where V8 lacks the function.
#[napi]
pub fn request_collection() -> Result<bool> {
    // Before it begins: what is registered later may be kept for that alone.
    send(Message::Marking(isolate::key()?, MajorGc::InSteps))?;
    Ok(heap::collections::ask())
}

/// Whether the collection that was asked for last has been made, all of it after that.
#[napi]
pub fn is_collection_made() -> bool {
    heap::collections::is_answered()
}

/// Bytes of the heap in use right after the last major collection; 0 where that is not known.
#[napi]
pub fn used_after_major() -> f64 {
    heap::collections::used() as f64
}

/// What functions keep of their allocations, and lines of their Buffers, has changed; a list of Allocations as JSON.
#[napi]
pub fn allocations(changed: String) -> Result<()> {
    send(Message::Allocations(isolate::key()?, parse(&changed)?))
}

/// A snapshot; JSON.
#[napi]
pub fn snapshot() -> Result<String> {
    process::client()?.snapshot(to_json).map_err(values::gone)?
}

/// The live registrations of this isolate's sites with the fingerprints of a JSON list, `most` of each at the most: a list of
/// [`crate::values::proof::Members`] as JSON, in that order.
#[napi]
pub fn registrations(fingerprints: String, most: u32) -> Result<String> {
    let texts: Vec<String> = parse(&fingerprints)?;
    let numbers = texts.iter().map(|text| u64::from_str_radix(text, 16).unwrap_or(0)).collect();
    to_json(&process::client()?.registrations(isolate::key()?, numbers, most as usize).map_err(values::gone)?)
}

/// Bytes that this process can still take, of the machine's and of its cgroup's; null where the system does not say.
#[napi]
pub fn free_memory() -> Option<f64> {
    recorder::free_bytes().map(|bytes| bytes as f64)
}

/// The leftovers of this isolate's windows; JSON.
#[napi]
pub fn leftovers() -> Result<String> {
    to_json(&process::client()?.leftovers(isolate::key()?).map_err(values::gone)?)
}

/// What could not be hooked, which bound was hit: a list of texts as JSON.
#[napi]
pub fn notes() -> Result<String> {
    to_json(&process::client()?.notes().map_err(values::gone)?)
}

/// Asks the other isolates to collect garbage and look.
#[napi]
pub fn sweep_others() -> Result<()> {
    process::client()?.sweep_others(isolate::key()?).map_err(values::gone)
}

/// How many other isolates have not done so yet.
#[napi]
pub fn unswept_others() -> Result<u32> {
    process::client()?.unswept_others(isolate::key()?).map_err(values::gone)
}

/// What another load of the JavaScript left here for this isolate.
#[napi]
pub fn engine() -> Result<Option<Unknown<'static>>> {
    isolate::engine()
}

/// Leaves something for other loads of the JavaScript in this isolate.
#[napi]
pub fn set_engine(engine: Unknown) -> Result<()> {
    isolate::set_engine(engine.raw())
}

fn send(message: Message) -> Result<()> {
    process::client()?.send(message);
    Ok(())
}
