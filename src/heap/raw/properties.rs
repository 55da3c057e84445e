//! An object's own properties, as its map or its table says.

use super::memory::{Memory, Tagged};
use super::objects::{FIRST_NO_STRING, Map, Objects};

/// A property.
#[derive(Clone, Copy, Debug)]
pub struct Property {
    /// The address of its name, a string or a symbol.
    pub name: u64,
    /// Its value, or a pair of functions.
    pub value: Tagged,
    /// True where the value is a pair of a getter and a setter, or what stands for it.
    pub is_accessor: bool,
    /// Where in the object the value is.
    pub offset: Option<u64>,
}

const WORD: u64 = 8;
/// In a property's cell: name, details, value.
const CELL: [u64; 3] = [8, 16, 24];
/// Words of an entry in a table of names.
const ENTRY: u64 = 3;

impl<M: Memory> Objects<'_, M> {
    /// Words of properties in an object.
    fn inobject(&self, map: &Map) -> u64 {
        u64::from(map.words.saturating_sub(map.inobject_start))
    }

    /// True where the properties are a table.
    pub fn has_table(&self, map: &Map) -> bool {
        map.bits3 >> self.layout.map.is_dictionary_shift & 1 != 0
    }

    fn is_name(&mut self, address: u64) -> bool {
        self.map_of(address).is_some_and(|map| map.kind <= FIRST_NO_STRING)
    }

    /// Calls `with` for each own property, until it returns false.
    pub fn each_property(
        &mut self,
        object: u64,
        map: &Map,
        mut with: impl FnMut(&mut Self, Property) -> bool,
    ) {
        if !self.has_table(map) {
            self.each_described(object, map, with);
            return;
        }
        let is_global = map.kind == self.special.global_object;
        let table = match is_global {
            true => self.object(object, self.layout.object.properties),
            false => self.object(object, self.layout.object.properties),
        };
        let Some(table) = table else { return };
        let Some((size, _)) = self.map_of(table).and_then(|map| self.extent(table, &map)) else { return };
        let (words, first) = (if is_global { 1 } else { ENTRY }, self.layout.name_dictionary);
        let mut at = self.layout.object.array + first * WORD;
        while at + words * WORD <= size {
            let Some(key) = self.object(table, at) else { return };
            let (name, cell) = match is_global {
                true => match self.map_of(key).filter(|map| map.kind == self.special.property_cell) {
                    Some(_) => (self.object(key, CELL[0]), Some(key)),
                    None => (None, None),
                },
                false => (Some(key), None),
            };
            let (value, details) = match cell {
                Some(cell) => (self.field(cell, CELL[2]), self.field(cell, CELL[1])),
                None => (self.field(table, at + WORD), self.field(table, at + 2 * WORD)),
            };
            at += words * WORD;
            let (Some(name), Some(value), Some(Tagged::Smi(details))) = (name, value, details) else {
                continue;
            };
            if !self.is_name(name) {
                continue;
            }
            let is_accessor = details as u32 & self.layout.details.kind_mask == self.layout.details.accessor;
            if !with(self, Property { name, value, is_accessor, offset: None }) {
                return;
            }
        }
    }

    fn each_described(&mut self, object: u64, map: &Map, mut with: impl FnMut(&mut Self, Property) -> bool) {
        let Some(descriptors) = self.object(map.address, self.layout.map.descriptors) else { return };
        let (mask, shift) = self.layout.map.descriptor_count;
        let count = u64::from((map.bits3 & mask) >> shift);
        let properties = self.object(object, self.layout.object.properties);
        for entry in 0..count {
            let at = self.layout.descriptors + entry * 3 * WORD;
            let (Some(name), Some(Tagged::Smi(details))) =
                (self.object(descriptors, at), self.field(descriptors, at + WORD))
            else {
                return;
            };
            let details = details as u32;
            let bits = &self.layout.details;
            let is_accessor = details & bits.kind_mask == bits.accessor;
            let in_field = details & bits.location_mask == 0;
            let representation = (details & bits.representation.0) >> bits.representation.1;
            if in_field && bits.numbers.contains(&representation) {
                continue;
            }
            let index = u64::from((details & bits.index.0) >> bits.index.1);
            let (value, offset) = if !in_field {
                (self.field(descriptors, at + 2 * WORD), None)
            } else if index < self.inobject(map) {
                let offset = (u64::from(map.inobject_start) + index) * WORD;
                (self.field(object, offset), Some(offset))
            } else {
                let outside = index - self.inobject(map);
                (
                    properties.and_then(|array| self.field(array, self.layout.object.array + outside * WORD)),
                    None,
                )
            };
            let Some(value) = value else { continue };
            if !with(self, Property { name, value, is_accessor, offset }) {
                return;
            }
        }
    }
}
