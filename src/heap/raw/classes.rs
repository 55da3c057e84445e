//! The name of an object's class, as V8 finds it (`JSReceiver::GetConstructorName`).

use super::memory::{Memory, Tagged};
use super::names::text_of;
use super::objects::{FIRST_NO_STRING, KnownName, Map, Objects};
use super::scope_info::ScopeInfo;

/// Bits of a map: its constructor made the object itself; its objects are prototypes.
const NEW_TARGET_IS_BASE: u8 = 1;
pub(super) const IS_PROTOTYPE: u32 = 1 << 20;
/// Classes that an object has by its type alone.
const BUILT_IN: [&str; 14] = [
    "Array",
    "ArrayBuffer",
    "DataView",
    "Date",
    "Error",
    "GeneratorObject",
    "Map",
    "Promise",
    "RegExp",
    "Set",
    "WeakMap",
    "WeakRef",
    "WeakSet",
    "FinalizationRegistry",
];
/// Prototypes and hidden classes that are followed.
const LONGEST: usize = 256;

impl<M: Memory> Objects<'_, M> {
    /// True for a function of JavaScript's.
    pub fn is_function(&mut self, address: u64) -> bool {
        let (first, last) = self.layout.functions;
        self.map_of(address).is_some_and(|map| (first..=last).contains(&map.kind))
    }

    /// True for anything but a Proxy that has properties.
    pub fn is_object(&self, map: &Map) -> bool {
        map.kind > self.special.proxy
    }

    fn is_string(&mut self, address: u64) -> bool {
        self.map_of(address).is_some_and(|map| map.kind < FIRST_NO_STRING)
    }

    /// The string with a function's own name.
    pub fn function_name(&mut self, shared: u64) -> Option<u64> {
        let name = self.object(shared, self.layout.object.function_name)?;
        if self.is_string(name) {
            return Some(name);
        }
        self.scope_info(name)?.function_name(self).filter(|&name| self.is_string(name))
    }

    /// As [`Objects::function_name`], else what was inferred from where it was assigned.
    pub fn debug_name(&mut self, shared: u64) -> Option<u64> {
        if let Some(name) = self.function_name(shared).filter(|&name| self.has_text(name)) {
            return Some(name);
        }
        let name = self.object(shared, self.layout.object.function_name)?;
        let inferred = match self.scope_info(name) {
            Some(scope) => scope.inferred_name(self),
            None => self.object(shared, self.layout.function_data).and_then(|data| {
                let is_uncompiled =
                    self.map_of(data).is_some_and(|map| self.special.uncompiled.contains(&map.kind));
                is_uncompiled.then(|| self.object(data, 8)).flatten()
            }),
        };
        inferred.filter(|&name| self.is_string(name))
    }

    fn has_text(&self, string: u64) -> bool {
        self.int(string + self.layout.object.string_length).is_some_and(|length| length > 0)
    }

    pub(super) fn scope_info(&mut self, address: u64) -> Option<ScopeInfo> {
        let map = self.map_of(address)?;
        (map.kind == self.special.scope_info).then(|| ScopeInfo::read(self, address)).flatten()
    }

    /// What made the objects of a map: a function, or what Node's C++ describes.
    fn constructor_of(&mut self, map: &Map) -> Option<u64> {
        let mut at = map.address;
        for _ in 0..LONGEST {
            let next = self.object(at, self.layout.map.constructor)?;
            match self.map_of(next)?.kind {
                kind if kind == self.layout.types.number("Map") => at = next,
                kind if kind == self.special.tuple => return self.object(next, 8),
                _ => return Some(next),
            }
        }
        None
    }

    /// The class of an object.
    pub fn class_name(&mut self, object: u64, map: &Map) -> String {
        let is_instance = map.bits2 & NEW_TARGET_IS_BASE != 0 && map.bits3 & IS_PROTOTYPE == 0;
        if is_instance
            && let Some(name) = self.constructor_name(map).filter(|name| !name.is_empty() && name != "Object")
        {
            return name;
        }
        let mut at = Some((object, *map));
        for step in 0..LONGEST {
            let Some((holder, map)) = at else { break };
            if let Some(name) = self.name_by_properties(holder, &map, step > 0) {
                return name;
            }
            at = self
                .object(map.address, self.layout.map.prototype)
                .and_then(|next| Some((next, self.map_of(next)?)));
            at = at.filter(|(_, map)| self.is_object(map));
        }
        self.plain_class(map)
    }

    fn constructor_name(&mut self, map: &Map) -> Option<String> {
        let constructor = self.constructor_of(map)?;
        if self.is_function(constructor) {
            let shared = self.object(constructor, self.layout.object.shared)?;
            return self.debug_name(shared).map(|name| text_of(self, name));
        }
        self.template_class(constructor)
    }

    /// The class of what Node's C++ describes.
    fn template_class(&mut self, constructor: u64) -> Option<String> {
        let template = self.map_of(constructor)?;
        if template.kind != self.special.function_template {
            return None;
        }
        // Its class is the first string in it.
        let mut fields = (8..u64::from(template.words) * 8)
            .step_by(8)
            .filter_map(|offset| self.object(constructor, offset));
        let fields: Vec<u64> = fields.by_ref().collect();
        fields.into_iter().find(|&name| self.is_string(name)).map(|name| text_of(self, name))
    }

    fn name_by_properties(&mut self, holder: u64, map: &Map, is_prototype: bool) -> Option<String> {
        let mut tag = None;
        let mut constructor = None;
        self.each_property(holder, map, |objects, property| {
            let Tagged::Strong(value) = property.value else { return true };
            if property.is_accessor {
                return true;
            }
            match objects.known_name(property.name) {
                KnownName::ToStringTag if objects.is_string(value) => tag = Some(value),
                KnownName::Constructor if is_prototype && objects.is_function(value) => {
                    constructor = Some(value)
                }
                _ => {}
            }
            tag.is_none()
        });
        if let Some(tag) = tag {
            return Some(text_of(self, tag));
        }
        let shared = self.object(constructor?, self.layout.object.shared)?;
        let name = self.debug_name(shared)?;
        let text = text_of(self, name);
        (!text.is_empty()).then_some(text)
    }

    /// The class by the type alone.
    fn plain_class(&mut self, map: &Map) -> String {
        let is_function = (self.layout.functions.0..=self.layout.functions.1).contains(&map.kind);
        if is_function {
            return "Function".to_owned();
        }
        if let Some(constructor) = self.constructor_of(map) {
            let template = match self.is_function(constructor) {
                true => self
                    .object(constructor, self.layout.object.shared)
                    .and_then(|shared| self.object(shared, self.layout.function_data)),
                false => Some(constructor),
            };
            if let Some(name) = template.and_then(|template| self.template_class(template)) {
                return name;
            }
        }
        let class = self.layout.types.class(map.kind).unwrap_or_default();
        let known = BUILT_IN.iter().find(|&&known| class.strip_prefix("JS") == Some(known));
        known.copied().unwrap_or("Object").to_owned()
    }

    fn known_name(&mut self, name: u64) -> KnownName {
        if let Some(&known) = self.known_names.get(&name) {
            return known;
        }
        let known = match super::names::name_text(self, name).as_str() {
            "<symbol Symbol.toStringTag>" => KnownName::ToStringTag,
            "constructor" => KnownName::Constructor,
            _ => KnownName::Other,
        };
        self.known_names.insert(name, known);
        known
    }
}
