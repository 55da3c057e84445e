//! What an object is in a graph: its kind and its name, as V8's snapshots have them.

use super::memory::{Memory, Tagged};
use super::names::{Names, SYMBOL_FLAGS, text_of};
use super::objects::{CONCATENATED, FIRST_NO_STRING, Map, Objects, REPRESENTATION, SLICED};
use crate::heap::graph::Kind;

/// An oddball's text.
const ODDBALL_TEXT: u64 = 16;

/// Classes that belong to code.
const CODE: [&str; 24] = [
    "AllocationSite",
    "ArrayBoilerplateDescription",
    "BytecodeArray",
    "BytecodeWrapper",
    "ClosureFeedbackCellArray",
    "Code",
    "CodeWrapper",
    "FeedbackCell",
    "FeedbackVector",
    "InstructionStream",
    "InterpreterData",
    "ObjectBoilerplateDescription",
    "PreparseData",
    "RegExpBoilerplateDescription",
    "ScopeInfo",
    "TemplateObjectDescription",
    "UncompiledDataWithPreparseData",
    "UncompiledDataWithPreparseDataAndJob",
    "UncompiledDataWithoutPreparseData",
    "UncompiledDataWithoutPreparseDataWithJob",
    "SharedFunctionInfo",
    "Script",
    "LoadHandler",
    "StoreHandler",
];
/// Classes that belong to hidden classes.
const SHAPES: [&str; 5] =
    ["DescriptorArray", "StrongDescriptorArray", "TransitionArray", "PrototypeInfo", "EnumCache"];

impl<M: Memory> Objects<'_, M> {
    /// An object's kind and the number of its name.
    pub fn describe(&mut self, object: u64, map: &Map, names: &mut Names) -> (Kind, u32) {
        let special = &self.special;
        if map.kind < FIRST_NO_STRING {
            return match map.kind & REPRESENTATION {
                CONCATENATED => (Kind::Concatenated, names.text(b"(concatenated string)")),
                SLICED => (Kind::Sliced, names.text(b"(sliced string)")),
                _ => (Kind::String, names.own_text(self, object)),
            };
        }
        if self.is_object(map) {
            return self.describe_object(object, map, names);
        }
        let (first_context, last_context) = self.layout.contexts;
        match map.kind {
            FIRST_NO_STRING => {
                let (private, _) = self.layout.private;
                let is_private = self.int(object + SYMBOL_FLAGS).is_some_and(|flags| flags & private != 0);
                match is_private {
                    true => (Kind::Hidden, names.text(b"private symbol")),
                    false => (Kind::Symbol, names.text(b"symbol")),
                }
            }
            kind if kind == special.bigint => (Kind::BigInt, names.text(b"bigint")),
            kind if kind == special.heap_number => (Kind::Number, names.text(b"heap number")),
            kind if kind == special.oddball => {
                let text =
                    self.object(object, ODDBALL_TEXT).map(|text| text_of(self, text)).unwrap_or_default();
                (Kind::Hidden, names.text(text.as_bytes()))
            }
            kind if kind == self.shapes.native_context() => {
                (Kind::Hidden, names.text(b"system / NativeContext"))
            }
            kind if (first_context..=last_context).contains(&kind) => {
                (Kind::Object, names.text(b"system / Context"))
            }
            kind if kind == special.shared => {
                let name = self.function_name(object).map(|name| names.name(self, name));
                (Kind::Code, name.unwrap_or_else(|| names.text(b"")))
            }
            kind if kind == special.script => {
                let name =
                    self.object(object, self.layout.object.script_name).map(|name| names.name(self, name));
                (Kind::Code, name.unwrap_or_else(|| names.text(b"")))
            }
            kind if kind == special.code || kind == special.instructions => (Kind::Code, names.text(b"")),
            kind if special.arrays.contains(&kind) => {
                let class = self.layout.types.class(kind).unwrap_or_default();
                let is_code = CODE.contains(&class);
                (if is_code { Kind::Code } else { Kind::Array }, names.text(b""))
            }
            kind => {
                let class = self.system_class(kind);
                let is_shared = self.memory.is_shared(object);
                let node = match class {
                    "FeedbackMetadata" => Kind::Code,
                    "CodeWrapper" | "BytecodeWrapper" if !self.layout.has_payloads => Kind::Hidden,
                    _ if CODE.contains(&class) => Kind::Code,
                    _ if SHAPES.contains(&class) => Kind::Shape,
                    "Map" if !is_shared => Kind::Shape,
                    _ => Kind::Hidden,
                };
                (node, names.text(format!("system / {class}").as_bytes()))
            }
        }
    }

    fn system_class(&self, kind: u16) -> &'static str {
        match self.layout.types.class(kind) {
            Some(class) => class,
            None if kind == self.special.feedback_metadata => "FeedbackMetadata",
            None if kind == self.special.transitions => "TransitionArray",
            None if kind == self.special.load_handler => "LoadHandler",
            None if kind == self.special.store_handler => "StoreHandler",
            None if kind == self.special.hole => "Hole",
            None => "",
        }
    }

    fn describe_object(&mut self, object: u64, map: &Map, names: &mut Names) -> (Kind, u32) {
        let special = &self.special;
        if (self.layout.functions.0..=self.layout.functions.1).contains(&map.kind) {
            let shared = self.object(object, self.layout.object.shared);
            let name =
                shared.and_then(|shared| self.function_name(shared)).map(|name| names.name(self, name));
            return (Kind::Closure, name.unwrap_or_else(|| names.text(b"")));
        }
        if map.kind == special.bound_function {
            return (Kind::Closure, names.text(b"native_bind"));
        }
        if map.kind == special.regexp {
            let source = match self.field(object, self.layout.object.regexp_source) {
                Some(Tagged::Strong(source)) => names.name(self, source),
                _ => names.text(b""),
            };
            return (Kind::RegExp, source);
        }
        if let Some(&known) = self.class_names.get(&map.address) {
            return (Kind::Object, known);
        }
        let name = self.class_name(object, map);
        let number = names.text(name.as_bytes());
        // Objects with a table of properties may differ in what it has.
        if !self.has_table(map) {
            self.class_names.insert(map.address, number);
        }
        (Kind::Object, number)
    }
}
