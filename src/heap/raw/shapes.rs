//! How large an object is, and which of its words may refer to others. For most the map says it; for the others it is here, by type.

use super::layout::Layout;
use super::types::NO_TYPE;

/// A type whose objects differ in size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// All are as large as the map says.
    Fixed,
    /// A header, then so many bytes for each that its length counts. `tagged` where these are references.
    Array {
        /// Bytes in front of the first.
        header: u64,
        /// Bytes of each.
        each: u64,
        /// True where each is a tagged word.
        tagged: bool,
    },
    /// As [`Shape::Array`], but only the lower bits of its length count.
    PropertyArray,
    /// As [`Shape::Array`] of three words each, counted by sixteen bits.
    Descriptors,
    /// A context of a whole realm: one word more than its length counts.
    NativeContext,
    /// Compiled bytes behind a header with references.
    Bytecodes,
    /// One of the types whose size only V8's code says.
    Unknown,
}

const WORD: u64 = 8;
/// Bits of a property array's length that are no hash.
const PROPERTY_COUNT: u64 = 0x3FF;

/// The shape of each type, for those without a size in their map.
pub struct Shapes {
    by_type: Vec<Shape>,
    native_context: u16,
}

impl Shapes {
    /// The shapes of this V8.
    pub fn of(layout: &Layout) -> Shapes {
        let types = &layout.types;
        let mut by_type = vec![Shape::Unknown; 4096];
        let mut put = |number: u16, shape: Shape| {
            if number != NO_TYPE {
                by_type[usize::from(number) & 4095] = shape;
            }
        };
        let header = layout.object.array;
        let references = Shape::Array { header, each: WORD, tagged: true };
        let wide = |words: u64| Shape::Array { header: header + words * WORD, each: WORD, tagged: true };
        let numbers = |each: u64| Shape::Array { header, each, tagged: false };
        // Hash tables have no constants of their own: they lie between these two.
        let (first, last) = (types.number("FixedArray"), types.number("ByteArray"));
        for number in first..last.max(first) {
            put(number, references);
        }
        for number in layout.contexts.0..=layout.contexts.1.min(4095) {
            put(number, references);
        }
        for class in
            ["ClosureFeedbackCellArray", "EmbedderDataArray", "ProtectedFixedArray", "TrustedFixedArray"]
        {
            put(types.number(class), references);
        }
        for class in ["WeakFixedArray", "TrustedWeakFixedArray", "ProtectedWeakFixedArray"] {
            put(types.number(class), references);
        }
        // TransitionArray, of which there is no constant, is behind it.
        put(types.number("WeakFixedArray").saturating_add(1), references);
        for class in ["WeakArrayList", "ArrayList", "ClassBoilerplate"] {
            put(types.number(class), wide(1));
        }
        for class in ["SloppyArgumentsElements", "ObjectBoilerplateDescription", "ScriptContextTable"] {
            put(types.number(class), wide(2));
        }
        put(types.number("RegExpMatchInfo"), wide(3));
        for class in ["ByteArray", "TrustedByteArray"] {
            put(types.number(class), numbers(1));
        }
        for class in ["FixedDoubleArray", "ExternalPointerArray"] {
            put(types.number(class), numbers(WORD));
        }
        put(types.number("PropertyArray"), Shape::PropertyArray);
        put(types.number("DescriptorArray"), Shape::Descriptors);
        put(types.number("StrongDescriptorArray"), Shape::Descriptors);
        put(types.number("BytecodeArray"), Shape::Bytecodes);
        let native_context = layout.contexts.0.saturating_add(NATIVE_CONTEXT);
        put(native_context, Shape::NativeContext);
        Shapes { by_type, native_context }
    }

    /// A type's shape, where the map does not say the size.
    #[inline]
    pub fn of_type(&self, number: u16) -> Shape {
        self.by_type.get(usize::from(number)).copied().unwrap_or(Shape::Unknown)
    }

    /// The type of contexts of whole realms.
    pub fn native_context(&self) -> u16 {
        self.native_context
    }
}

/// Contexts by their order: await, block, catch, with eval, eval, function, module, native.
const NATIVE_CONTEXT: u16 = 7;

/// What a shape says of an object whose second word is `count`: its size, and where references in it end. `None` where that
/// cannot be.
pub fn extent(shape: Shape, count: u64, layout: &Layout) -> Option<(u64, u64)> {
    let header = layout.object.array;
    let (size, references) = match shape {
        Shape::Fixed | Shape::Unknown => return None,
        Shape::Array { header, each, tagged } => {
            let size = header + length(count)? * each;
            (size, if tagged { size } else { header })
        }
        Shape::PropertyArray => {
            let size = header + (length(count)? & PROPERTY_COUNT) * WORD;
            (size, size)
        }
        Shape::Descriptors => {
            let size = layout.descriptors + (count & 0xFFFF) * 3 * WORD;
            (size, size)
        }
        Shape::NativeContext => {
            let size = header + length(count)? * WORD;
            (size + WORD, size)
        }
        Shape::Bytecodes => (layout.bytecodes + length(count)?, layout.bytecodes & !(WORD - 1)),
    };
    Some((size.next_multiple_of(WORD), references))
}

/// A length: a small integer, or since V8 14 a plain number of 32 bits.
fn length(word: u64) -> Option<u64> {
    match (word as u32, word >> 32) {
        (0, high) => Some(high),
        (low, 0) => Some(u64::from(low)),
        _ => None,
    }
}
