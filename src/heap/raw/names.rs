//! Strings of the heap, and the strings of a graph that is made of it.

use std::collections::HashMap;
use std::hash::{BuildHasher, BuildHasherDefault, RandomState};

use super::memory::{Memory, Tagged};
use super::objects::{
    AddressHasher, CONCATENATED, EXTERNAL, FIRST_NO_STRING, ONE_BYTE, Objects, REPRESENTATION, SEQUENTIAL,
    SLICED, THIN,
};
use crate::heap::text::{InMemory, KnownStrings};

/// Characters of a string that are kept, as in V8's snapshots.
const LONGEST: usize = 1024;
/// A symbol's flags.
pub(super) const SYMBOL_FLAGS: u64 = 12;
/// Strings within strings that are followed.
const DEEPEST: usize = 64;

/// The strings of a graph. One that names something is there once; the text of a string's own node is not looked up.
#[derive(Default)]
pub struct Names {
    /// The strings.
    pub memory: InMemory,
    /// Those that analyses look for.
    pub known: KnownStrings,
    by_hash: HashMap<u64, Vec<u32>, BuildHasherDefault<AddressHasher>>,
    state: RandomState,
    /// Numbers of names by the address of V8's string.
    by_address: HashMap<u64, u32, BuildHasherDefault<AddressHasher>>,
    /// Numbers of indices.
    indices: Vec<u32>,
    buffer: Vec<u8>,
}

impl Names {
    /// The number of a text.
    pub fn text(&mut self, text: &[u8]) -> u32 {
        let hash = self.state.hash_one(text);
        let known = self.by_hash.entry(hash << 3).or_default();
        if let Some(&found) = known.iter().find(|&&number| self.memory.bytes_of(number) == text) {
            return found;
        }
        let number = self.memory.push(text);
        known.push(number);
        self.known.see(number, text);
        number
    }

    /// The number of an index in words.
    pub fn index(&mut self, index: usize) -> u32 {
        while self.indices.len() <= index.min(1 << 16) {
            let next = self.text(self.indices.len().to_string().as_bytes());
            self.indices.push(next);
        }
        match self.indices.get(index) {
            Some(&known) => known,
            None => self.text(index.to_string().as_bytes()),
        }
    }

    /// The number of the text of V8's string, or of a symbol's description, at `address`.
    pub fn name<M: Memory>(&mut self, objects: &mut Objects<'_, M>, address: u64) -> u32 {
        if let Some(&known) = self.by_address.get(&address) {
            return known;
        }
        let text = name_text(objects, address);
        let number = self.text(text.as_bytes());
        self.by_address.insert(address, number);
        number
    }

    /// The number of a string's own text: a new one.
    pub fn own_text<M: Memory>(&mut self, objects: &mut Objects<'_, M>, address: u64) -> u32 {
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.clear();
        characters(objects, address, &mut buffer);
        let number = self.memory.push(&buffer);
        self.known.see(number, &buffer);
        self.buffer = buffer;
        number
    }
}

/// A property's name in words, a symbol's as V8 writes it.
pub fn name_text<M: Memory>(objects: &mut Objects<'_, M>, address: u64) -> String {
    match objects.map_of(address) {
        Some(map) if map.kind == FIRST_NO_STRING => {
            let description = objects.object(address, objects.layout.object.symbol_name);
            let (_, private_name) = objects.layout.private;
            let is_private_name =
                objects.int(address + SYMBOL_FLAGS).is_some_and(|flags| flags & private_name != 0);
            match description
                .filter(|&text| objects.map_of(text).is_some_and(|map| map.kind < FIRST_NO_STRING))
            {
                Some(text) if is_private_name => text_of(objects, text),
                Some(text) => format!("<symbol {}>", text_of(objects, text)),
                None => "<symbol>".to_owned(),
            }
        }
        Some(map) if map.kind < FIRST_NO_STRING => text_of(objects, address),
        _ => String::new(),
    }
}

/// The text of a string, cut.
pub fn text_of<M: Memory>(objects: &mut Objects<'_, M>, address: u64) -> String {
    let mut text = Vec::new();
    characters(objects, address, &mut text);
    String::from_utf8_lossy(&text).into_owned()
}

fn characters<M: Memory>(objects: &mut Objects<'_, M>, address: u64, into: &mut Vec<u8>) {
    let mut units = Vec::new();
    part(objects, address, 0, LONGEST, &mut units, DEEPEST);
    if units.iter().all(|&unit| unit < 128) {
        into.extend(units.iter().map(|&unit| unit as u8));
    } else {
        into.extend_from_slice(String::from_utf16_lossy(&units).as_bytes());
    }
}

/// Adds characters of a string to `into`, from `from` on, until it has `until` of them.
fn part<M: Memory>(
    objects: &mut Objects<'_, M>,
    address: u64,
    from: usize,
    until: usize,
    into: &mut Vec<u16>,
    depth: usize,
) {
    let Some(map) = objects.map_of(address).filter(|map| map.kind < FIRST_NO_STRING && depth > 0) else {
        return;
    };
    let layout = &objects.layout.object;
    let length = objects.int(address + layout.string_length).unwrap_or(0) as usize;
    let wanted = length.saturating_sub(from).min(until.saturating_sub(into.len()));
    let is_one_byte = map.kind & ONE_BYTE != 0;
    let first = layout.chars;
    match map.kind & REPRESENTATION {
        SEQUENTIAL => copy(objects.memory, address + first, from, wanted, is_one_byte, into),
        EXTERNAL => {
            // Behind the resource is where its characters are, unless V8 does not keep that.
            let data = objects.memory.word(address + first + 8);
            if let Some(data) = data.filter(|_| map.words >= 4) {
                copy_anywhere(objects.memory, data, from, wanted, is_one_byte, into);
            }
        }
        CONCATENATED => {
            let halves = [objects.object(address, first), objects.object(address, first + 8)];
            let mut skipped = 0;
            for half in halves.into_iter().flatten() {
                let own = objects.int(half + objects.layout.object.string_length).unwrap_or(0) as usize;
                if from < skipped + own && into.len() < until {
                    part(objects, half, from.saturating_sub(skipped), until, into, depth - 1);
                }
                skipped += own;
            }
        }
        SLICED => {
            let Some(Tagged::Smi(offset)) = objects.field(address, first + 8) else { return };
            let (Some(parent), Ok(offset)) = (objects.object(address, first), usize::try_from(offset)) else {
                return;
            };
            let until = into.len() + wanted;
            part(objects, parent, from + offset, until, into, depth - 1);
        }
        THIN => {
            if let Some(actual) = objects.object(address, first) {
                part(objects, actual, from, until, into, depth - 1);
            }
        }
        _ => {}
    }
}

fn copy<M: Memory>(memory: &M, data: u64, from: usize, count: usize, is_one_byte: bool, into: &mut Vec<u16>) {
    let width = if is_one_byte { 1 } else { 2 };
    let (mut at, end) = (data + (from * width) as u64, data + ((from + count) * width) as u64);
    while at < end {
        let Some(word) = memory.word(at & !7) else { return };
        while at < end {
            let value = (word >> (at % 8 * 8)) as u16;
            into.push(if is_one_byte { value & 0xFF } else { value });
            at += width as u64;
            if at % 8 == 0 {
                break;
            }
        }
    }
}

/// Characters outside of the heap need not begin at a word, nor even at an even address.
fn copy_anywhere<M: Memory>(
    memory: &M,
    data: u64,
    from: usize,
    count: usize,
    is_one_byte: bool,
    into: &mut Vec<u16>,
) {
    if is_one_byte || data.is_multiple_of(2) {
        return copy(memory, data, from, count, is_one_byte, into);
    }
    let mut bytes = Vec::new();
    copy(memory, data, from * 2, count * 2, true, &mut bytes);
    into.extend(bytes.chunks_exact(2).map(|pair| pair[0] | pair[1] << 8));
}
