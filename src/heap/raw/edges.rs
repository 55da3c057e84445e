//! The edges of an object, with their names.

use super::fields::{self, Field};
use super::memory::{Memory, Tagged};
use super::names::Names;
use super::numbers::Numbers;
use super::objects::{CONCATENATED, FIRST_NO_STRING, Map, Objects, REPRESENTATION, SLICED, THIN};
use super::shapes::Shape;
use crate::heap::graph::{EdgeKind, NONE};

/// One object's edges: kind, name or index, and the number of what it leads to.
#[derive(Default)]
pub struct Edges {
    /// The edges in order.
    pub found: Vec<(EdgeKind, u32, u32)>,
    /// Words of the object that an edge already stands for.
    taken: Vec<bool>,
}

const WORD: u64 = 8;

/// The edges of objects, one after another.
pub struct Extractor<'a, 'm, M> {
    /// Objects.
    pub objects: &'a mut Objects<'m, M>,
    /// Numbers of those that there are.
    pub numbers: &'a Numbers,
    /// Strings.
    pub names: &'a mut Names,
    /// The object's edges.
    pub edges: Edges,
    fields: Vec<Option<Vec<(u32, u64)>>>,
    pub(super) proto: u32,
    map_name: u32,
}

impl<'a, 'm, M: Memory> Extractor<'a, 'm, M> {
    /// Of these objects.
    pub fn new(objects: &'a mut Objects<'m, M>, numbers: &'a Numbers, names: &'a mut Names) -> Self {
        let (proto, map_name) = (names.text(b"__proto__"), names.text(b"map"));
        Extractor {
            objects,
            numbers,
            names,
            edges: Edges::default(),
            fields: vec![None; 4096],
            proto,
            map_name,
        }
    }

    /// Finds the edges of the object at `address`.
    pub fn extract(&mut self, address: u64, map: &Map) {
        self.edges.found.clear();
        self.edges.taken.clear();
        let (_, end) = self.objects.extent(address, map).unwrap_or((8, 8));
        self.edges.taken.resize((end / WORD) as usize, false);
        let special = &self.objects.special;
        if map.kind == special.array_buffer || map.kind == special.global_proxy {
            // V8 names nothing in these.
        } else if self.objects.is_object(map) {
            self.of_object(address, map);
        } else {
            self.of_other(address, map, end);
        }
        self.add_strong(EdgeKind::Internal, self.map_name, map.address);
        self.hidden(address, map, end);
    }

    fn number(&mut self, address: u64) -> u32 {
        match self.numbers.known(address) {
            NONE => NONE,
            number => number,
        }
    }

    pub(super) fn add(&mut self, kind: EdgeKind, name: u32, target: u64) {
        let to = self.number(target);
        if to != NONE {
            self.edges.found.push((kind, name, to));
        }
    }

    /// A reference that is left out where what it leads to is the same in each heap.
    fn add_strong(&mut self, kind: EdgeKind, name: u32, target: u64) {
        if self.objects.is_essential(target) {
            self.add(kind, name, target);
        }
    }

    pub(super) fn take(&mut self, offset: u64) {
        if let Some(taken) = self.edges.taken.get_mut((offset / WORD) as usize) {
            *taken = true;
        }
    }

    /// An internal field, where it refers to something.
    pub(super) fn internal(&mut self, address: u64, name: u32, offset: u64) {
        let Some(Tagged::Strong(target)) = self.objects.field(address, offset) else { return };
        if self.objects.is_essential(target) {
            self.add(EdgeKind::Internal, name, target);
            self.take(offset);
        }
    }

    pub(super) fn weak(&mut self, address: u64, name: u32, offset: u64) {
        let (Some(Tagged::Strong(target)) | Some(Tagged::Weak(target))) = self.objects.field(address, offset)
        else {
            return;
        };
        if self.objects.is_essential(target) {
            self.add(EdgeKind::Weak, name, target);
            self.take(offset);
        }
    }

    pub(super) fn named(&mut self, address: u64, class: &str, slot: usize) {
        if self.fields[slot].is_none() {
            let fields: Vec<Field> = fields::of_class(class, self.objects.layout);
            let fields =
                fields.into_iter().map(|(name, offset)| (self.names.text(name.as_bytes()), offset)).collect();
            self.fields[slot] = Some(fields);
        }
        let fields = self.fields[slot].take().unwrap_or_default();
        for &(name, offset) in &fields {
            self.internal(address, name, offset);
        }
        self.fields[slot] = Some(fields);
    }

    fn of_other(&mut self, address: u64, map: &Map, end: u64) {
        if map.kind < FIRST_NO_STRING {
            let (class, slot) = match map.kind & REPRESENTATION {
                CONCATENATED => ("ConsString", CONCATENATED),
                SLICED => ("SlicedString", SLICED),
                THIN => ("ThinString", THIN),
                _ => return,
            };
            return self.named(address, class, usize::from(slot));
        }
        let special = &self.objects.special;
        let (first_context, last_context) = self.objects.layout.contexts;
        match map.kind {
            kind if kind == special.map => {
                self.of_map(address);
            }
            kind if (first_context..=last_context).contains(&kind) => self.of_context(address, map),
            kind if kind == self.objects.ephemerons => self.of_ephemerons(address, end),
            kind if kind == special.cell
                && matches!(self.objects.field(address, 8), Some(Tagged::Weak(_))) =>
            {
                let name = self.names.text(b"value");
                self.weak(address, name, 8);
            }
            kind if kind == special.weak_cell => {
                let (target, token) = (self.names.text(b"target"), self.names.text(b"unregister_token"));
                let [target_at, token_at] = self.objects.layout.weak_cell;
                self.weak(address, target, target_at);
                self.weak(address, token, token_at);
            }
            kind if special.descriptors.contains(&kind) => {
                let name = self.names.text(b"enum_cache");
                let first = self.objects.layout.descriptors;
                self.internal(address, name, self.objects.layout.enum_cache);
                self.indexed(address, first, end);
            }
            kind if kind == special.transitions => {}
            kind if special.weak_arrays.contains(&kind) => {
                self.indexed(address, self.objects.layout.object.array, end)
            }
            kind if kind == special.weak_list => {
                self.indexed(address, self.objects.layout.object.array + WORD, end)
            }
            kind if special.arrays.contains(&kind) => {
                let first = self.objects.layout.object.array;
                if matches!(self.objects.shape_of(map), Shape::Array { header, .. } if header == first) {
                    self.indexed(address, first, end);
                }
            }
            kind => {
                let class = self.objects.class_of_fields(kind);
                self.named(address, class, usize::from(kind) & 4095);
            }
        }
    }

    /// Words from `first` to `end` by their indices.
    fn indexed(&mut self, address: u64, first: u64, end: u64) {
        for offset in (first..end).step_by(WORD as usize) {
            let Some(field) = self.objects.field(address, offset) else { return };
            if !matches!(field, Tagged::Strong(_) | Tagged::Weak(_)) {
                continue;
            }
            let name = self.names.index(((offset - first) / WORD) as usize);
            match field {
                Tagged::Strong(_) => self.internal(address, name, offset),
                _ => self.weak(address, name, offset),
            }
        }
    }

    fn of_map(&mut self, address: u64) {
        let layout = &self.objects.layout.map;
        let (transitions, constructor, descriptors) =
            (layout.transitions, layout.constructor, layout.descriptors);
        let (prototype, dependent_code, kind_at) =
            (layout.prototype, layout.dependent_code, layout.instance_type);
        let kind = self.objects.half(address + kind_at).unwrap_or(0);
        let bits3 = self.objects.int(address + layout.bits3).unwrap_or(0);
        match self.objects.field(address, transitions) {
            Some(Tagged::Weak(_)) => {
                let name = self.names.text(b"transition");
                self.weak(address, name, transitions);
            }
            Some(Tagged::Strong(target)) => {
                let found = self.objects.map_of(target).map(|map| map.kind);
                let name: &[u8] = match found {
                    Some(found) if found == self.objects.special.transitions => b"transitions",
                    Some(found) if self.objects.special.arrays.contains(&found) => b"transition",
                    _ if bits3 & super::classes::IS_PROTOTYPE != 0 => b"prototype_info",
                    _ => b"",
                };
                if !name.is_empty() {
                    let name = self.names.text(name);
                    self.internal(address, name, transitions);
                }
            }
            _ => {}
        }
        if kind > self.objects.special.proxy || !self.objects.layout.only_objects_have_descriptors {
            let name = self.names.text(b"descriptors");
            self.internal(address, name, descriptors);
        }
        let name = self.names.text(b"prototype");
        self.internal(address, name, prototype);
        let (first, last) = self.objects.layout.contexts;
        let made_by =
            self.objects.object(address, constructor).and_then(|made_by| self.objects.map_of(made_by));
        let name: &[u8] = match made_by.map(|map| map.kind) {
            _ if (first..=last).contains(&kind) => b"native_context",
            Some(found) if found == self.objects.special.map => b"back_pointer",
            Some(found) if found == self.objects.special.function_template => b"constructor_function_data",
            _ => b"constructor",
        };
        let name = self.names.text(name);
        self.internal(address, name, constructor);
        let name = self.names.text(b"dependent_code");
        self.internal(address, name, dependent_code);
    }

    /// Keys and values of a WeakMap's table: neither is kept by it.
    fn of_ephemerons(&mut self, address: u64, end: u64) {
        let first = self.objects.layout.object.array + super::layout::HASH_TABLE_HEADER * WORD;
        for offset in (first..end).step_by(WORD as usize) {
            let index = (offset - self.objects.layout.object.array) / WORD;
            let name = self.names.index(index as usize);
            self.weak(address, name, offset);
            self.take(offset);
        }
    }

    /// What no edge stands for yet.
    fn hidden(&mut self, address: u64, map: &Map, end: u64) {
        // A map without an edge of its own counts.
        let mut index = u32::from(!self.objects.is_essential(map.address));
        let first = self.objects.first_reference(map);
        for offset in (first..end).step_by(WORD as usize) {
            if self.edges.taken.get((offset / WORD) as usize).copied().unwrap_or(false) {
                continue;
            }
            match self.objects.field(address, offset) {
                Some(Tagged::Strong(target)) if self.objects.map_of(target).is_some() => {
                    if !self.objects.is_custom_weak(map, offset) {
                        self.add_strong(EdgeKind::Hidden, index, target);
                    }
                    index += 1;
                }
                Some(Tagged::Weak(target)) if self.objects.map_of(target).is_some() => {
                    let name = self.names.index(index as usize);
                    self.add_strong(EdgeKind::Weak, name, target);
                    index += 1;
                }
                _ => {}
            }
        }
    }
}
