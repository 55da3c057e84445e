//! What the child does: the walk, and with V8's snapshot the comparison.
#![allow(unsafe_code)]

use std::fs;
use std::ptr;

use napi::sys;
use serde_json::{Value, json};

use super::super::super::symbols::symbol;
use super::super::snapshot::{self, Snapshot};
use super::regions::Regions;
use super::roots::{roots, slots};
use crate::heap::parse;
use crate::heap::raw::build::{Built, build};
use crate::heap::raw::compare::compare;
use crate::heap::raw::layout::Layout;

/// Walks, and with `oracle` compares. JSON: counts, and CPU milliseconds and the growth of memory of each part.
pub fn walk(known: sys::napi_value, oracle: bool) -> Vec<u8> {
    // SAFETY: settings of malloc's, of a process without other threads. It gives nothing back from now on.
    unsafe {
        libc::mallopt(libc::M_TRIM_THRESHOLD, -1);
        libc::mallopt(libc::M_MMAP_MAX, 0);
    }
    report(known, oracle).unwrap_or_else(|why| json!({ "failed": why })).to_string().into_bytes()
}

fn report(known: sys::napi_value, oracle: bool) -> Result<Value, String> {
    let layout = Layout::read(&constant).map_err(|missing| format!("this V8 does not export {missing}"))?;
    let walked = Cost::begin();
    // Where V8's C++ has its references is looked at first: its snapshot leaves tables of all objects behind.
    let slots = slots(&regions(), &layout);
    let before = walked.end();
    // V8's snapshot before the walk: its collection moves objects, and afterwards none moves any more.
    let mut text = Vec::new();
    let taken = Cost::begin();
    let snapshot = if oracle { Some(take(known, &mut text)?) } else { None };
    let taken = taken.end();
    let walked = Cost::begin();
    let built = built(&layout, &slots)?;
    let mut report = json!({
        "nodes": built.heap.len(),
        "edges": built.heap.edge_count(),
        "bytes": built.heap.total_size(),
        "slots": before,
        "walk": walked.end(),
    });
    if let Some(snapshot) = snapshot {
        let parsed = Cost::begin();
        let heap = parse::read(&text[..]).map_err(|refusal| format!("{refusal:?}"))?;
        report["parse"] = parsed.end();
        report["snapshot"] = taken;
        let roots = std::iter::repeat_n(0, built.first as usize);
        let ids: Vec<u32> =
            roots.chain(built.addresses.iter().map(|&address| snapshot.id_of(address))).collect();
        report["comparison"] = json!(compare(&built.heap, &ids, &heap));
    }
    Ok(report)
}

fn take(known: sys::napi_value, text: &mut Vec<u8>) -> Result<Snapshot, String> {
    // SAFETY: in the child, on the thread that has made the call from JavaScript, of which `known` is an argument.
    let snapshot = unsafe { Snapshot::take(known) }.ok_or("V8 made no snapshot")?;
    snapshot.write(|part| {
        text.extend_from_slice(part);
        true
    });
    Ok(snapshot)
}

fn built(layout: &Layout, slots: &[u64]) -> Result<Built, String> {
    let isolate = snapshot::isolate().ok_or("no isolate is here")?;
    let here = 0u64;
    let regions = regions();
    let roots = roots(&regions, isolate as u64, ptr::from_ref(&here).addr() as u64, slots);
    Ok(build(&regions, layout, &roots))
}

fn regions() -> Regions {
    let maps = mappings();
    // SAFETY: the text is this process's own, whose only thread this is. As long as the value lives V8 does nothing, and malloc,
    // which the walk uses, gives nothing back (`walk` has set that): what was there stays mapped.
    unsafe { Regions::of(&maps) }
}

/// The value of a constant that V8 exports for debuggers.
fn constant(name: &str) -> Option<i32> {
    let name = std::ffi::CString::new(name).ok()?;
    let found = symbol(&name)?;
    // SAFETY: each such symbol is an int that stays.
    Some(unsafe { found.cast::<i32>().read() })
}

/// The child's own mappings. Their list is root's as long as nobody may look into the child.
fn mappings() -> String {
    // SAFETY: sets a flag of this process.
    unsafe { libc::prctl(libc::PR_SET_DUMPABLE, 1 as libc::c_ulong) };
    let text = fs::read_to_string("/proc/self/maps").unwrap_or_default();
    // SAFETY: as above.
    unsafe { libc::prctl(libc::PR_SET_DUMPABLE, 0 as libc::c_ulong) };
    text
}

/// What a part costs.
struct Cost {
    cpu_ms: u64,
    kib: u64,
}

impl Cost {
    fn begin() -> Self {
        // SAFETY: zeroed is a valid value; the call writes to it.
        let (usage, result) = unsafe {
            let mut usage: libc::rusage = std::mem::zeroed();
            let result = libc::getrusage(libc::RUSAGE_SELF, &mut usage);
            (usage, result)
        };
        let ms = |time: libc::timeval| time.tv_sec as u64 * 1000 + time.tv_usec as u64 / 1000;
        match result {
            0 => Self { cpu_ms: ms(usage.ru_utime) + ms(usage.ru_stime), kib: usage.ru_maxrss as u64 },
            _ => Self { cpu_ms: 0, kib: 0 },
        }
    }

    /// CPU milliseconds since then, and KiB by which the most memory has grown.
    fn end(self) -> Value {
        let now = Self::begin();
        json!({ "cpuMs": now.cpu_ms - self.cpu_ms, "grownKiB": now.kib - self.kib })
    }
}
