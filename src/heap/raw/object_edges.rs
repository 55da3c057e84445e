//! The edges of what a program makes: objects, arrays, functions, and the variables of those.

use super::edges::Extractor;
use super::memory::{Memory, Tagged};
use super::names::name_text;
use super::objects::{FIRST_NO_STRING, Map};
use crate::heap::graph::EdgeKind;

const WORD: u64 = 8;
/// Where a bound function has its arguments.
const BOUND_ARGUMENTS: u64 = 40;
/// Where an array has its length.
const ARRAY_LENGTH: u64 = 24;

impl<M: Memory> Extractor<'_, '_, M> {
    pub(super) fn of_object(&mut self, address: u64, map: &Map) {
        let slot = usize::from(map.kind) & 4095;
        let class = self.objects.class_of_fields(map.kind);
        let (first, last) = self.objects.layout.functions;
        let is_function = (first..=last).contains(&map.kind);
        if !is_function {
            if map.kind == self.objects.special.weak_reference {
                let target = self.names.text(b"target");
                self.weak(address, target, 24);
            } else if class != "JSBoundFunction" {
                self.named(address, class, slot);
            }
        }
        self.properties(address, map);
        self.elements(address, map);
        if let Some(prototype) = self.objects.object(map.address, self.objects.layout.map.prototype) {
            self.add(EdgeKind::Property, self.proto, prototype);
        }
        if is_function {
            self.prototype(address, map);
            self.named(address, "function", usize::from(first) & 4095);
        } else if class == "JSBoundFunction" {
            self.named(address, class, slot);
            self.bound_arguments(address);
        }
        let layout = &self.objects.layout.object;
        let (properties, elements) = (layout.properties, layout.elements);
        let name = self.names.text(b"properties");
        self.internal(address, name, properties);
        let name = self.names.text(b"elements");
        self.internal(address, name, elements);
    }

    fn bound_arguments(&mut self, address: u64) {
        let Some(arguments) = self.objects.object(address, BOUND_ARGUMENTS) else { return };
        let Some((size, _)) =
            self.objects.map_of(arguments).and_then(|map| self.objects.extent(arguments, &map))
        else {
            return;
        };
        let first = self.objects.layout.object.array;
        for (index, offset) in (first..size).step_by(WORD as usize).enumerate() {
            if let Some(argument) = self.objects.object(arguments, offset) {
                let name = self.names.text(format!("bound_argument_{index}").as_bytes());
                self.add(EdgeKind::Shortcut, name, argument);
            }
        }
    }

    fn prototype(&mut self, address: u64, map: &Map) {
        let offset = self.objects.layout.object.prototype_or_map;
        // Arrow functions and methods have none: they end in front of it, or begin their properties there.
        if u64::from(map.inobject_start) * WORD <= offset {
            return;
        }
        let Some(value) = self.objects.object(address, offset) else { return };
        let Some(of_value) = self.objects.map_of(value) else { return };
        let name = self.names.text(b"prototype");
        if self.objects.is_object(&of_value) {
            self.add(EdgeKind::Property, name, value);
            self.take(offset);
        } else if of_value.kind == self.objects.special.map {
            if let Some(prototype) = self.objects.object(value, self.objects.layout.map.prototype) {
                self.add(EdgeKind::Property, name, prototype);
            }
            let name = self.names.text(b"initial_map");
            self.internal(address, name, offset);
        }
    }

    fn properties(&mut self, address: u64, map: &Map) {
        let mut found: Vec<(u64, u64, bool, Option<u64>)> = Vec::new();
        self.objects.each_property(address, map, |_, property| {
            if let Tagged::Strong(value) = property.value {
                found.push((property.name, value, property.is_accessor, property.offset));
            }
            true
        });
        for (name, value, is_accessor, offset) in found {
            let number = self.names.name(self.objects, name);
            let kind = if number == self.names.known.empty { EdgeKind::Internal } else { EdgeKind::Property };
            if is_accessor {
                let is_pair = self
                    .objects
                    .map_of(value)
                    .is_some_and(|map| map.kind == self.objects.special.accessor_pair);
                if !is_pair {
                    continue;
                }
                self.add(kind, number, value);
                for (prefix, offset) in [("get", 8), ("set", 16)] {
                    let Some(function) = self.objects.object(value, offset) else { continue };
                    if self
                        .objects
                        .map_of(function)
                        .is_some_and(|map| map.kind == self.objects.special.oddball)
                    {
                        continue;
                    }
                    let text = name_text(self.objects, name);
                    let is_symbol = self.objects.map_of(name).is_some_and(|map| map.kind == FIRST_NO_STRING);
                    let text = if is_symbol { text } else { format!("{prefix} {text}") };
                    let name = self.names.text(text.as_bytes());
                    self.add(EdgeKind::Property, name, function);
                }
            } else {
                self.add(kind, number, value);
            }
            if let Some(offset) = offset {
                self.take(offset);
            }
        }
    }

    /// Elements of arrays and of objects with indices.
    fn elements(&mut self, address: u64, map: &Map) {
        let layout = self.objects.layout;
        let (mask, shift) = layout.map.elements_kind;
        let kind = (u32::from(map.bits2) & mask) >> shift;
        let Some(elements) = self.objects.object(address, layout.object.elements) else { return };
        let Some(of_elements) = self.objects.map_of(elements) else { return };
        let Some((size, _)) = self.objects.extent(elements, &of_elements) else { return };
        let first = layout.object.array;
        if layout.has_object_elements(kind) {
            let mut count = size.saturating_sub(first) / WORD;
            if map.kind == self.objects.special.array
                && let Some(length) = self.objects.smi(address, ARRAY_LENGTH)
            {
                count = count.min(u64::try_from(length).unwrap_or(0));
            }
            for index in 0..count {
                if let Some(Tagged::Strong(value)) = self.objects.field(elements, first + index * WORD)
                    && !self.objects.is_hole(value)
                {
                    self.add(EdgeKind::Element, index as u32, value);
                }
            }
        } else if kind == layout.dictionary_elements {
            let mut at = first + layout.number_dictionary * WORD;
            while at + 3 * WORD <= size {
                if let Some(Tagged::Smi(index)) = self.objects.field(elements, at)
                    && let Some(Tagged::Strong(value)) = self.objects.field(elements, at + WORD)
                {
                    self.add(EdgeKind::Element, index as u32, value);
                }
                at += 3 * WORD;
            }
        }
    }

    /// Variables by the names that their ScopeInfo has.
    pub(super) fn of_context(&mut self, address: u64, map: &Map) {
        let first = self.objects.layout.object.array;
        let native = map.kind == self.objects.shapes.native_context();
        let scope_at = self.objects.object(address, first);
        let scope = scope_at.and_then(|scope| self.objects.scope_info(scope));
        if let Some(scope) = scope.filter(|scope| !native && self.objects.declares(map.kind, scope)) {
            let slots = self.objects.layout.first_context_slot;
            for index in 0..scope.locals {
                let Some(name) = scope.local(self.objects, index) else { break };
                self.variable(address, name, first + (scope.header_slots(slots) + index) * WORD);
            }
            for (name, index) in self.objects.names_in_table(&scope) {
                self.variable(address, name, first + (scope.header_slots(slots) + index) * WORD);
            }
            if scope.has_function_in_context()
                && let Some(name) = scope.function_name(self.objects)
            {
                self.variable(address, name, first + (scope.header_slots(slots) + scope.locals) * WORD);
            }
        }
        for (name, slot) in [("scope_info", 0), ("previous", 1)] {
            let name = self.names.text(name.as_bytes());
            self.internal(address, name, first + slot * WORD);
        }
        let has_extension = scope_at
            .and_then(|scope| self.objects.scope_info(scope))
            .is_some_and(|scope| scope.header_slots(0) > 0);
        if native || has_extension {
            let name = self.names.text(if native { b"global_object" as &[u8] } else { b"extension" });
            self.internal(address, name, first + 2 * WORD);
        }
    }

    fn variable(&mut self, address: u64, name: u64, offset: u64) {
        if let Some(Tagged::Strong(value)) = self.objects.field(address, offset) {
            let name = self.names.name(self.objects, name);
            self.add(EdgeKind::Context, name, value);
            self.take(offset);
        }
    }
}
