//! Graphs of heaps that are made word by word, with the constants of V8 13.6; and of words that mean nothing.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::build::{Built, build};
use super::compare::compare;
use super::discover::Roots;
use super::layout::Layout;
use super::memory::{Memory, Tagged};
use crate::heap::graph::{EdgeKind, Kind};

const CONSTANTS: &str = "class_Map__instance_size_in_words__char=8 class_Map__instance_type__uint16_t=12 \
    class_Map__inobject_properties_start_or_constructor_function_index__char=9 class_Map__bit_field2__char=15 \
    class_Map__bit_field3__int=16 class_Map__prototype__Tagged_JSPrototype_=24 class_Map__prototype__Object=24 \
    class_Map__constructor_or_back_pointer__Tagged_Object_=32 class_Map__instance_descriptors_offset=40 \
    class_Map__dependent_code__Tagged_DependentCode_=48 \
    class_Map__raw_transitions__Tagged_UnionOf_Smi_MaybeWeak_Map_TransitionArray_=64 bit_field2_elements_kind_mask=252 \
    bit_field2_elements_kind_shift=2 bit_field3_number_of_own_descriptors_mask=1047552 \
    bit_field3_number_of_own_descriptors_shift=10 bit_field3_is_dictionary_map_shift=21 prop_kind_mask=1 \
    prop_kind_Accessor=1 prop_location_mask=32 prop_representation_mask=448 prop_representation_shift=6 \
    prop_representation_smi=1 prop_representation_double=2 prop_index_mask=536346624 prop_index_shift=19 \
    class_JSReceiver__raw_properties_or_hash__Tagged_Object_=8 class_JSObject__elements__Object=16 \
    class_JSFunction__shared__SharedFunctionInfo=32 class_JSFunction__context__Context=40 \
    class_JSFunction__raw_feedback_cell__Tagged_FeedbackCell_=48 \
    class_JSFunction__prototype_or_initial_map__Tagged_UnionOf_JSPrototype_Map_Hole_=56 \
    class_SharedFunctionInfo__name_or_scope_info__Tagged_NameOrScopeInfoT_=24 \
    class_SharedFunctionInfo__raw_script__Tagged_Object_=40 class_Script__name__Object=16 class_Script__source__Object=8 \
    class_String__length__int32_t=12 class_SeqOneByteString__chars__char=16 class_Symbol__name__Object=16 \
    class_FixedArray__data__uintptr_t=16 class_JSRegExp__source__Object=32 \
    class_InstructionStream__instruction_start__uintptr_t=32 class_DescriptorArray__header_size__uintptr_t=24 \
    elements_dictionary_elements=13 elements_fast_elements=2 elements_fast_holey_elements=3 FirstContextType=220 \
    LastContextType=229 FirstJSFunctionType=2065 LastJSFunctionType=2081 context_min_slots=2 \
    class_BytecodeArray__data__uintptr_t=64 scopeinfo_idx_first_vars=5 scopeinfo_idx_ncontextlocals=2 \
    namedictionary_prefix_start_index=3 namedictionaryshape_prefix_size=3 numberdictionaryshape_prefix_size=1 \
    type_ByteArray__BYTE_ARRAY_TYPE=217 type_DescriptorArray__DESCRIPTOR_ARRAY_TYPE=252 \
    type_FeedbackVector__FEEDBACK_VECTOR_TYPE=266 type_FixedArray__FIXED_ARRAY_TYPE=205 \
    type_HeapNumber__HEAP_NUMBER_TYPE=130 type_Hole__HOLE_TYPE=269 type_JSArray__JS_ARRAY_TYPE=2119 \
    type_JSFunction__JS_FUNCTION_TYPE=2065 type_JSObject__JS_OBJECT_TYPE=1057 type_JSProxy__JS_PROXY_TYPE=299 \
    type_JSWeakMap__JS_WEAK_MAP_TYPE=2116 type_Map__MAP_TYPE=272 type_Oddball__ODDBALL_TYPE=131 \
    type_PropertyArray__PROPERTY_ARRAY_TYPE=277 type_RegExpData__REG_EXP_DATA_TYPE=183 \
    type_ScopeInfo__SCOPE_INFO_TYPE=280 type_SharedFunctionInfo__SHARED_FUNCTION_INFO_TYPE=282 \
    type_Symbol__SYMBOL_TYPE=128 type_TrustedFixedArray__TRUSTED_FIXED_ARRAY_TYPE=197 \
    type_WeakFixedArray__WEAK_FIXED_ARRAY_TYPE=256";

fn constant(name: &str) -> Option<i32> {
    let name = name.strip_prefix("v8dbg_")?;
    CONSTANTS.split(' ').find_map(|text| text.split_once('=').filter(|(key, _)| *key == name)?.1.parse().ok())
}

fn layout() -> Layout {
    Layout::read(&constant).expect("all constants are there")
}

/// Words by their addresses.
#[derive(Default)]
struct Words(BTreeMap<u64, u64>);

impl Memory for Words {
    fn word(&self, address: u64) -> Option<u64> {
        self.0.get(&address).copied()
    }

    fn may_have_objects(&self, address: u64) -> bool {
        self.0.contains_key(&address)
    }

    fn is_shared(&self, _: u64) -> bool {
        false
    }
}

const BEGIN: u64 = 0x10_0000;

impl Words {
    /// Puts an object behind all others, and returns its address.
    fn put(&mut self, words: &[u64]) -> u64 {
        let at = self.0.last_key_value().map_or(BEGIN, |(&last, _)| last + 8);
        self.0.extend(words.iter().zip(0..).map(|(&word, index)| (at + index * 8, word)));
        at
    }

    /// A map of objects of a type, of so many words, with descriptors and a prototype.
    fn map(&mut self, meta: u64, kind: u16, words: u8, described: (u64, u64), prototype: u64) -> u64 {
        let (descriptors, count) = described;
        let sizes = u64::from(words) | 3 << 8 | u64::from(kind) << 32 | 2 << 2 << 56;
        self.put(&[tagged(meta), sizes, count << 10, tagged(prototype), 0, tagged(descriptors), 0, 0, 0])
    }

    fn text(&mut self, map: u64, text: &str) -> u64 {
        let mut words = vec![tagged(map), (text.len() as u64) << 32];
        words.extend(text.as_bytes().chunks(8).map(|part| {
            let mut bytes = [0; 8];
            bytes[..part.len()].copy_from_slice(part);
            u64::from_le_bytes(bytes)
        }));
        self.put(&words)
    }
}

fn tagged(address: u64) -> u64 {
    if address == 0 { 0 } else { address + 1 }
}

fn smi(value: u64) -> u64 {
    value << 32
}

/// An array with an object whose properties `next` and `label` are the object itself and a string.
fn small() -> (Words, u64) {
    let layout = layout();
    let number = |class: &str| layout.types.number(class);
    let mut words = Words::default();
    let meta = words.put(&[0; 9]);
    let own = words.map(meta, number("Map"), 9, (0, 0), 0);
    words.0.extend([(meta, tagged(own)), (own, tagged(own))]);
    let arrays = words.map(own, number("FixedArray"), 0, (0, 0), 0);
    let texts = words.map(own, 8, 0, (0, 0), 0);
    let described = words.map(own, number("DescriptorArray"), 0, (0, 0), 0);
    let (next, label) = (words.text(texts, "next"), words.text(texts, "label"));
    let value = words.text(texts, "a long text of nine words: enough for three");
    let detail = |index: u64| smi(index << 19 | 3 << 6);
    let descriptors =
        words.put(&[tagged(described), 2, 0, tagged(next), detail(0), 0, tagged(label), detail(1), 0]);
    let nothing = words.put(&[tagged(arrays), 0]);
    let objects = words.map(own, number("JSObject"), 5, (descriptors, 2), 0);
    let object = words.put(&[tagged(objects), tagged(nothing), tagged(nothing), 0, tagged(value)]);
    words.0.insert(object + 24, tagged(object));
    let array = words.put(&[tagged(arrays), smi(3), tagged(object), smi(7), object + 3]);
    (words, array)
}

fn graph(words: &Words, roots: Vec<u64>) -> Built {
    build(words, &layout(), &[Roots { name: "(Global handles)", addresses: roots }])
}

fn edges(built: &Built, node: u32) -> Vec<(EdgeKind, String, String)> {
    let heap = &built.heap;
    let edges = heap.out(node).iter().zip(heap.edge_names(node));
    let named = edges.map(|(edge, name)| match edge.kind() {
        EdgeKind::Element | EdgeKind::Hidden => (edge.kind(), name.to_string(), heap.name_of(edge.to())),
        kind => (kind, heap.string(name), heap.name_of(edge.to())),
    });
    named.filter(|(_, name, _)| name != "map").collect()
}

#[test]
fn words_become_a_graph() {
    let (words, array) = small();
    let built = graph(&words, vec![array, array + 8]);
    let heap = &built.heap;
    let first = built.first;
    let number = |address: u64| built.addresses.iter().position(|&at| at == address).unwrap() as u32 + first;
    let array = number(array);
    assert_eq!((heap.kind(array), heap.size(array)), (Kind::Array, 40));
    let text = |kind, name: &str, to: &str| (kind, name.to_owned(), to.to_owned());
    assert_eq!(
        edges(&built, array),
        [
            text(EdgeKind::Internal, "0", "Object"),
            // What the last word refers to weakly is there by the first.
            text(EdgeKind::Weak, "2", "Object"),
        ]
    );
    let object = heap.out(array)[0].to();
    assert_eq!((heap.kind(object), heap.size(object)), (Kind::Object, 40));
    let long = "a long text of nine words: enough for three";
    assert_eq!(
        edges(&built, object),
        [text(EdgeKind::Property, "next", "Object"), text(EdgeKind::Property, "label", long),]
    );
    let value = heap.out(object)[1].to();
    assert_eq!(
        (heap.kind(value), heap.size(value), heap.name_of(value)),
        (Kind::String, 64, long.to_owned())
    );
    assert_eq!(heap.name_of(1), "(GC roots)");
    assert_eq!(edges(&built, 2), [text(EdgeKind::Internal, "0", "")]);
}

#[test]
fn a_graph_is_equal_to_itself_and_to_no_other() {
    let (mut words, array) = small();
    let built = graph(&words, vec![array]);
    let same = compare(&built.heap, &built.heap.ids(), &built.heap);
    assert!(same.equal, "{:?}", same.differences);
    assert_eq!((same.all.nodes, same.all.same), (same.all.found, same.all.edges));
    let before = built.heap.ids();
    words.0.insert(array + 16, smi(1));
    let less = graph(&words, vec![array]);
    let ids: Vec<u32> = (0..less.heap.len())
        .map(|node| {
            let address = less.addresses.get(node.wrapping_sub(less.first as usize));
            let found = address.and_then(|address| built.addresses.iter().position(|at| at == address));
            found.map_or(0, |at| before[at + built.first as usize])
        })
        .collect();
    let differs = compare(&less.heap, &ids, &built.heap);
    assert!(!differs.equal && differs.all.found < differs.all.nodes);
}

#[test]
fn a_missing_constant_is_named() {
    let missing = "v8dbg_prop_index_shift";
    let read = Layout::read(&|name| if name == missing { None } else { constant(name) });
    assert_eq!(read.err().as_deref(), Some(missing));
}

#[test]
fn a_word_is_one_of_four() {
    let cases = [
        (smi(5), Tagged::Smi(5)),
        (0x1001, Tagged::Strong(0x1000)),
        (0x1003, Tagged::Weak(0x1000)),
        (0x7_0000_0003, Tagged::Cleared),
    ];
    for (word, expected) in cases {
        assert_eq!(Tagged::of(word), expected);
    }
}

proptest! {
    // Whatever is in memory, a walk over it ends, and its graph is whole.
    #[test]
    fn any_words_make_a_graph(changes in prop::collection::vec((0usize..200, any::<u64>(), 0u8..4), 0..40)) {
        let (mut words, array) = small();
        let addresses: Vec<u64> = words.0.keys().copied().collect();
        for (at, value, how) in changes {
            let address = addresses[at % addresses.len()];
            let other = addresses[value as usize % addresses.len()];
            let value = match how {
                0 => value,
                1 => other + 1,
                2 => other + 3,
                _ => smi(value % 64),
            };
            words.0.insert(address, value);
        }
        let built = graph(&words, vec![array, array + 8, BEGIN]);
        let heap = &built.heap;
        prop_assert_eq!(heap.len(), built.addresses.len() + built.first as usize);
        for node in 0..heap.len() as u32 {
            prop_assert_eq!(heap.out(node).len(), heap.edge_names(node).len());
            prop_assert!(heap.out(node).iter().all(|edge| (edge.to() as usize) < heap.len()));
        }
    }
}
