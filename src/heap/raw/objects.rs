//! Objects in memory: which words refer to one, and what its map says.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use super::layout::Layout;
use super::memory::{Memory, Tagged};
use super::shapes::{Shape, Shapes};
use super::special::Special;
use super::types::NO_TYPE;

/// Types below are strings.
pub(super) const FIRST_NO_STRING: u16 = 128;
/// Bits of a string's type: how it is kept, and whether its characters are bytes.
pub(super) const REPRESENTATION: u16 = 7;
pub(super) const ONE_BYTE: u16 = 8;
pub(super) const SEQUENTIAL: u16 = 0;
pub(super) const CONCATENATED: u16 = 1;
pub(super) const EXTERNAL: u16 = 2;
pub(super) const SLICED: u16 = 3;
pub(super) const THIN: u16 = 5;

/// Names of properties that say a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KnownName {
    ToStringTag,
    Constructor,
    Other,
}

/// What the map of an object says.
#[derive(Clone, Copy, Debug)]
pub struct Map {
    /// Its address.
    pub address: u64,
    /// The type of its objects.
    pub kind: u16,
    /// Words of each object; zero where they differ.
    pub words: u8,
    /// Words in front of properties, or else a constructor's number.
    pub inobject_start: u8,
    pub(super) bits2: u8,
    pub(super) bits3: u32,
    shape: Shape,
}

/// The table of a WeakMap.
const WEAK_TABLE: u64 = 24;
/// What an oddball is, and the one that is no value.
const ODDBALL_KIND: u64 = 40;
const HOLE: i32 = 2;
/// The target of a WeakRef.
const WEAK_REF_TARGET: u64 = 24;
/// The next one of all allocation sites.
const SITE_NEXT: u64 = 40;

/// Objects of a heap that lies in memory.
pub struct Objects<'a, M> {
    pub(super) memory: &'a M,
    pub(super) layout: &'a Layout,
    pub(super) shapes: Shapes,
    pub(super) special: Special,
    /// The type of tables of WeakMaps and WeakSets: no constant says it, so the first of them does.
    pub(super) ephemerons: u16,
    /// The map of plain arrays.
    pub(super) array_map: Option<u64>,
    pub(super) class_names: HashMap<u64, u32, BuildHasherDefault<AddressHasher>>,
    pub(super) known_names: HashMap<u64, KnownName, BuildHasherDefault<AddressHasher>>,
    maps: HashMap<u64, Option<Map>, BuildHasherDefault<AddressHasher>>,
}

impl<'a, M: Memory> Objects<'a, M> {
    /// Objects in `memory`.
    pub fn new(memory: &'a M, layout: &'a Layout) -> Self {
        Objects {
            memory,
            layout,
            shapes: Shapes::of(layout),
            special: Special::of(layout),
            ephemerons: NO_TYPE,
            array_map: None,
            class_names: HashMap::default(),
            known_names: HashMap::default(),
            maps: HashMap::default(),
        }
    }

    /// The map of the object at `address`; `None` where no object is there.
    #[inline]
    pub fn map_of(&mut self, address: u64) -> Option<Map> {
        if address & 7 != 0 || !self.memory.may_have_objects(address) {
            return None;
        }
        let map = Tagged::of(self.memory.word(address)?).strong()?;
        if let Some(known) = self.maps.get(&map) {
            return *known;
        }
        let read = self.read_map(map);
        self.maps.insert(map, read);
        read
    }

    #[cold]
    fn read_map(&self, address: u64) -> Option<Map> {
        if address & 7 != 0 || !self.memory.may_have_objects(address) {
            return None;
        }
        let of_map = Tagged::of(self.memory.word(address)?).strong()?;
        let offsets = &self.layout.map;
        if of_map & 7 != 0 || self.half(of_map + offsets.instance_type)? != self.special.map {
            return None;
        }
        let kind = self.half(address + offsets.instance_type)?;
        let words = self.byte(address + offsets.size_in_words)?;
        let is_sequential = kind < FIRST_NO_STRING && kind & REPRESENTATION == SEQUENTIAL;
        let shape = match words {
            0 if is_sequential => {
                let each = if kind & ONE_BYTE != 0 { 1 } else { 2 };
                Shape::Array { header: self.layout.object.chars, each, tagged: false }
            }
            0 => self.shapes.of_type(kind),
            _ => Shape::Fixed,
        };
        Some(Map {
            address,
            kind,
            words,
            inobject_start: self.byte(address + offsets.inobject_start)?,
            bits2: self.byte(address + offsets.bits2)?,
            bits3: self
                .memory
                .word((address + offsets.bits3) & !7)
                .map(|word| (word >> (offsets.bits3 % 8 * 8)) as u32)?,
            shape,
        })
    }

    /// Where references of an object begin, behind its map.
    pub fn first_reference(&self, map: &Map) -> u64 {
        // Strings have their hash and length first.
        if map.kind < FIRST_NO_STRING { self.layout.object.chars } else { 8 }
    }

    /// True for a field that refers strongly in form, and keeps nothing.
    #[inline]
    pub fn is_custom_weak(&self, map: &Map, offset: u64) -> bool {
        let special = &self.special;
        match map.kind {
            kind if kind == special.weak_reference => offset == WEAK_REF_TARGET,
            kind if kind == special.weak_cell => self.layout.weak_cell.contains(&offset),
            kind if kind == special.site => offset == SITE_NEXT,
            _ => false,
        }
    }

    /// The shape of a map's objects.
    pub fn shape_of(&self, map: &Map) -> Shape {
        map.shape
    }

    /// Learns what no constant says from the objects that there are.
    pub fn learn(&mut self, addresses: &[u64]) {
        for &address in addresses {
            let Some(map) = self.map_of(address) else { continue };
            if self.ephemerons == NO_TYPE && map.kind == self.special.weak_map {
                let table = self.object(address, WEAK_TABLE).and_then(|table| self.map_of(table));
                self.ephemerons = table.map_or(NO_TYPE, |map| map.kind);
            }
            if self.array_map.is_none()
                && map.kind == self.special.fixed_array
                && self.memory.word(address + 8) == Some(0)
            {
                self.array_map = Some(map.address);
            }
            if self.ephemerons != NO_TYPE && self.array_map.is_some() {
                return;
            }
        }
    }

    /// False for what is the same in each heap, which V8's snapshots leave out of most edges.
    #[inline]
    pub fn is_essential(&mut self, address: u64) -> bool {
        let Some(map) = self.map_of(address) else { return false };
        let special = &self.special;
        match map.kind {
            kind if kind == special.oddball || kind == special.hole => false,
            kind if kind == special.fixed_array
                || kind == special.byte_array
                || kind == special.weak_arrays[0] =>
            {
                self.memory.word(address + 8) != Some(0)
            }
            kind if special.descriptors.contains(&kind) => self.half(address + 8) != Some(0),
            kind if kind == special.map => {
                let of_objects = self.half(address + self.layout.map.instance_type).unwrap_or(0);
                let left_out = [special.cell, special.property_cell, special.shared, special.free_space];
                !left_out.contains(&of_objects) && self.array_map != Some(address)
            }
            _ => true,
        }
    }

    /// True for what stands where an array has no element.
    pub fn is_hole(&mut self, address: u64) -> bool {
        let Some(map) = self.map_of(address) else { return false };
        let is_oddball = map.kind == self.special.oddball;
        map.kind == self.special.hole || is_oddball && self.smi(address, ODDBALL_KIND) == Some(HOLE)
    }

    /// The class whose named fields objects of a type have.
    pub fn class_of_fields(&self, kind: u16) -> &'static str {
        match self.layout.types.class(kind) {
            None if kind == self.special.generator => "JSGeneratorObject",
            found => found.unwrap_or_default(),
        }
    }

    /// A tagged field.
    #[inline]
    pub fn field(&self, object: u64, offset: u64) -> Option<Tagged> {
        self.memory.word(object + offset).map(Tagged::of)
    }

    /// The object that a field refers to strongly.
    #[inline]
    pub fn object(&self, object: u64, offset: u64) -> Option<u64> {
        self.field(object, offset)?.strong()
    }

    /// The number in a field.
    pub fn smi(&self, object: u64, offset: u64) -> Option<i32> {
        match self.field(object, offset)? {
            Tagged::Smi(value) => Some(value),
            _ => None,
        }
    }

    pub(super) fn byte(&self, address: u64) -> Option<u8> {
        Some((self.memory.word(address & !7)? >> (address % 8 * 8)) as u8)
    }

    pub(super) fn half(&self, address: u64) -> Option<u16> {
        Some((self.memory.word(address & !7)? >> (address % 8 * 8)) as u16)
    }

    pub(super) fn int(&self, address: u64) -> Option<u32> {
        Some((self.memory.word(address & !7)? >> (address % 8 * 8)) as u32)
    }
}

/// Addresses differ in the middle.
#[derive(Default)]
pub(super) struct AddressHasher(u64);

impl Hasher for AddressHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u64(self.0 << 8 | u64::from(byte));
        }
    }

    fn write_u64(&mut self, address: u64) {
        self.0 = (address >> 3).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(26);
    }
}
