//! What V8 holds by itself, as it lies in memory: its table of roots is in the isolate, global handles are in blocks that refer
//! back to their table, and the rest is on the stack or in malloc's memory.

use std::collections::HashSet;

use crate::heap::raw::discover::Roots;
use crate::heap::raw::layout::Layout;
use crate::heap::raw::memory::{Memory, Tagged};
use crate::heap::raw::objects::Objects;

use super::regions::Regions;

/// Bytes of an isolate with its tables of roots and builtins, and of all in which the table of handles is looked for.
const TABLES: u64 = 48 * 1024;
const ISOLATE: u64 = 128 * 1024;
/// In a block of global handles: so many, of four words each, then the next block and the table.
const HANDLES: u64 = 256;
const HANDLE: u64 = 32;
/// Where the public headers of V8 have a handle's flags (`kNodeFlagsOffset`), and what they say there.
const FLAGS: u64 = 8 + 3;
const STATE: u8 = 3;
const STRONG: u8 = 1;

/// All roots of the isolate at `isolate`; `stack` is the address of a local of the caller, `slots` are those of [`slots`].
pub fn roots(memory: &Regions, isolate: u64, stack: u64, slots: &[u64]) -> Vec<Roots> {
    let all = words(memory, isolate, isolate + ISOLATE);
    let native: Vec<u64> = slots.iter().filter_map(|&slot| memory.word(slot)).collect();
    vec![
        Roots { name: "(Strong roots)", addresses: strong(&words(memory, isolate, isolate + TABLES)) },
        Roots { name: "(Global handles)", addresses: global_handles(memory, isolate, &all) },
        Roots { name: "(Stack roots)", addresses: strong(&words(memory, stack & !7, memory.stack.1)) },
        Roots { name: "(Native memory)", addresses: strong(&native) },
    ]
}

/// Words of malloc's memory that refer to objects: handles of running calls, handles for ever, queues and caches of V8's C++.
/// What is freed and not yet used again is among them, so that an object may seem to be held that is not.
pub fn slots(memory: &Regions, layout: &Layout) -> Vec<u64> {
    let mut objects = Objects::new(memory, layout);
    let ranges = memory.malloc.iter();
    let all = ranges.flat_map(|&(from, to)| (from..to).step_by(8));
    all.filter(|&slot| {
        let found = memory.word(slot).and_then(|word| Tagged::of(word).strong());
        found.is_some_and(|address| objects.map_of(address).is_some())
    })
    .collect()
}

fn words(memory: &Regions, from: u64, to: u64) -> Vec<u64> {
    (from..to).step_by(8).map_while(|address| memory.word(address)).collect()
}

fn strong(words: &[u64]) -> Vec<u64> {
    words.iter().filter_map(|&word| Tagged::of(word).strong()).collect()
}

/// What strong global handles refer to. Their table's first word is the isolate, its second the list of blocks, whose first
/// word is the table.
fn global_handles(memory: &Regions, isolate: u64, tables: &[u64]) -> Vec<u64> {
    let is_table = |&&table: &&u64| memory.word(table) == Some(isolate) && table != isolate;
    let found = tables.iter().filter(is_table).find_map(|&table| {
        let list = memory.word(table + 8)?;
        (memory.word(list)? == table).then_some(list)
    });
    let Some(list) = found else { return Vec::new() };
    let mut handles = Vec::new();
    let mut block = memory.word(list + 8);
    let mut seen = HashSet::new();
    while let Some(at) = block.filter(|&at| at != 0 && seen.insert(at)) {
        let ends_with =
            |words: u64, value: u64| memory.word(at + HANDLES * HANDLE + words * 8) == Some(value);
        if !(ends_with(1, list) || ends_with(2, list)) {
            break;
        }
        for handle in (0..HANDLES).map(|index| at + index * HANDLE) {
            let flags = memory.word(handle + 8).map_or(0, |word| (word >> (FLAGS % 8 * 8)) as u8);
            if flags & STATE == STRONG {
                handles.extend(memory.word(handle).and_then(|word| Tagged::of(word).strong()));
            }
        }
        block = memory.word(at + HANDLES * HANDLE);
    }
    handles
}
