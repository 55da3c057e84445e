//! How large an object is, also where neither its map nor a length says it.

use super::memory::Memory;
use super::objects::{FIRST_NO_STRING, Map, Objects};
use super::scope_info::ScopeInfo;
use super::shapes::{Shape, extent};

/// Of feedback metadata: kinds of slots in a word of 32 bits, and the header in front.
const KINDS_IN_WORD: u64 = 6;
/// Code begins at multiples of this.
const CODE_ALIGNMENT: u64 = 64;
const HEADER: u64 = 16;
/// No object is larger: what says so is none.
const LARGEST: u64 = 1 << 31;

impl<M: Memory> Objects<'_, M> {
    /// The size of an object, and where references in it end.
    #[inline]
    pub fn extent(&self, address: u64, map: &Map) -> Option<(u64, u64)> {
        if map.words != 0 {
            let size = u64::from(map.words) * 8;
            return Some((size, size));
        }
        let count = self.memory.word(address + 8)?;
        let found = match self.shape_of(map) {
            // A string's hash and length are half a word each.
            _ if map.kind < FIRST_NO_STRING => extent(self.shape_of(map), count >> 32 << 32, self.layout),
            Shape::Unknown => special_extent(self, address, map),
            shape => extent(shape, count, self.layout),
        };
        // What says to be larger than what is there is no object, or none of this layout.
        found.filter(|(size, _)| *size <= LARGEST && self.memory.word(address + size - 8).is_some())
    }
}

/// The same for types that are treated one by one.
fn special_extent<M: Memory>(objects: &Objects<'_, M>, address: u64, map: &Map) -> Option<(u64, u64)> {
    let layout = objects.layout;
    let special = &objects.special;
    let low = u64::from(objects.int(address + 8)?);
    let high = u64::from(objects.int(address + 12)?);
    let (size, references) = match map.kind {
        kind if kind == special.bigint => (HEADER + (low >> 1 & 0x3FFF_FFFF) * 8, 8),
        kind if kind == special.feedback_metadata => {
            let parameters = if layout.has_closure_parameters { high * 2 } else { 0 };
            (HEADER + low.div_ceil(KINDS_IN_WORD) * 4 + parameters, 8)
        }
        kind if kind == special.feedback_vector => {
            let size = layout.feedback_vector + low * 8;
            (size, size)
        }
        kind if kind == special.preparse_data => {
            let children = (HEADER + low).next_multiple_of(8);
            (children + high * 8, children + high * 8)
        }
        kind if kind == special.scope_info => {
            let size = ScopeInfo::read(objects, address)?.size();
            (size, size)
        }
        kind if kind == special.instructions => {
            let (header, body) = match layout.instruction_header {
                // The size is in the code that it belongs to.
                16 => (16, objects.object(address, 8).and_then(|code| code_size(objects, code))?),
                header => (header, u64::from(objects.int(address + header - 8)?)),
            };
            ((header + body).next_multiple_of(CODE_ALIGNMENT), header)
        }
        kind if kind == special.double_strings => (HEADER + low * 16, 8),
        // The empty one alone is ever used.
        kind if kind == special.swiss => (40, 24),
        kind if kind == special.wasm_null => (8, 8),
        _ => return None,
    };
    Some((size.next_multiple_of(8), references))
}

/// Bytes of instructions and their metadata, in V8 11.
fn code_size<M: Memory>(objects: &Objects<'_, M>, code: u64) -> Option<u64> {
    Some(u64::from(objects.int(code + 56)?) + u64::from(objects.int(code + 60)?))
}
