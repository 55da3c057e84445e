//! Where things are in an object, as V8 says itself: each Node exports constants for debuggers, `v8dbg_…`.
//!
//! What no constant says, and is the same in V8 11.3 to 14.6, is in `const`s beside what reads it; the comparison with V8's own
//! snapshot shows whether it still holds.

use super::types::{NO_TYPE, Types};

/// Offsets in bytes, masks and numbers.
pub struct Layout {
    /// Numbers of types.
    pub types: Types,
    pub(super) map: MapLayout,
    pub(super) details: Details,
    pub(super) object: ObjectLayout,
    /// First and last type of contexts.
    pub(super) contexts: (u16, u16),
    /// First and last type of functions.
    pub(super) functions: (u16, u16),
    pub(super) first_context_slot: u64,
    /// The header of an array of descriptors.
    pub(super) descriptors: u64,
    /// The header of bytecodes, and whether pointers begin behind its length.
    pub(super) bytecodes: u64,
    /// Where local names begin in a ScopeInfo, in words behind its map.
    pub(super) scope_locals: u64,
    pub(super) scope_local_count: u64,
    pub(super) scopes: ScopeTypes,
    /// In front of the slots of a feedback vector.
    pub(super) feedback_vector: u64,
    /// Whether feedback metadata have the number of parameters of each closure.
    pub(super) has_closure_parameters: bool,
    /// Whether sizes are as V8 13 reports them: those of external strings with what is outside, and none of what all
    /// isolates share.
    pub(super) has_payloads: bool,
    /// Whether bytecodes and code are among trusted objects.
    pub(super) is_since_12: bool,
    /// Flags of a symbol that is private in any way, and of the name of a private member.
    pub(super) private: (u32, u32),
    /// In bytecodes.
    pub(super) constant_pool: u64,
    pub(super) handler_table: u64,
    pub(super) source_positions: u64,
    /// The target and the token of a registration with a FinalizationRegistry.
    pub(super) weak_cell: [u64; 2],
    /// The buffer of a view.
    pub(super) view_buffer: u64,
    /// Whether this is V8 14.
    pub(super) has_context_cells: bool,
    /// Whether only maps of objects have named descriptors in a snapshot.
    pub(super) only_objects_have_descriptors: bool,
    /// Where a function's info has its bytecodes or what is to be compiled.
    pub(super) function_data: u64,
    pub(super) enum_cache: u64,
    /// Where a function has its code.
    pub(super) code: u64,
    pub(super) dictionary_elements: u32,
    object_elements: [u32; 2],
    /// The type of scopes with one more word at the end.
    pub(super) function_scope: u32,
    /// In front of instructions.
    pub(super) instruction_header: u64,
    /// Of dictionaries of names: where entries begin, in words.
    pub(super) name_dictionary: u64,
    pub(super) number_dictionary: u64,
}

/// In a map.
pub(super) struct MapLayout {
    pub(super) size_in_words: u64,
    pub(super) instance_type: u64,
    pub(super) inobject_start: u64,
    pub(super) bits2: u64,
    pub(super) bits3: u64,
    pub(super) prototype: u64,
    pub(super) constructor: u64,
    pub(super) descriptors: u64,
    pub(super) dependent_code: u64,
    pub(super) transitions: u64,
    pub(super) validity_cell: u64,
    pub(super) elements_kind: (u32, u32),
    pub(super) descriptor_count: (u32, u32),
    pub(super) is_dictionary_shift: u32,
}

/// Types of scopes, as their flags have them.
pub(super) struct ScopeTypes {
    pub(super) module: u32,
    /// A bit for each that has a position of its own; since V8 13 all have.
    pub(super) positions: u32,
}

/// In the details of a property.
pub(super) struct Details {
    pub(super) kind_mask: u32,
    pub(super) accessor: u32,
    pub(super) location_mask: u32,
    pub(super) representation: (u32, u32),
    /// Representations that are numbers.
    pub(super) numbers: [u32; 2],
    pub(super) index: (u32, u32),
}

/// In objects.
pub(super) struct ObjectLayout {
    pub(super) properties: u64,
    pub(super) elements: u64,
    pub(super) shared: u64,
    pub(super) context: u64,
    pub(super) feedback_cell: u64,
    pub(super) prototype_or_map: u64,
    pub(super) function_name: u64,
    pub(super) function_script: u64,
    pub(super) script_name: u64,
    pub(super) script_source: u64,
    pub(super) string_length: u64,
    pub(super) chars: u64,
    pub(super) symbol_name: u64,
    pub(super) array: u64,
    pub(super) regexp_source: u64,
}

impl Layout {
    /// Reads it by `symbol`, which says the value of a constant.
    ///
    /// # Errors
    /// The name of a constant that is needed, and that this V8 does not export.
    pub fn read(symbol: &dyn Fn(&str) -> Option<i32>) -> Result<Layout, String> {
        let types = Types::read(symbol);
        if types.number("Map") == NO_TYPE {
            return Err("v8dbg_type_Map__MAP_TYPE".to_owned());
        }
        // The type of a field is part of its name, and changes.
        let any = |names: &[&str]| -> Result<u32, String> {
            let found = names.iter().find_map(|name| symbol(&format!("v8dbg_{name}")));
            let found = found.and_then(|value| u32::try_from(value).ok());
            found.ok_or_else(|| format!("v8dbg_{}", names[0]))
        };
        let one = |name: &str| any(&[name]);
        let offset = |names: &[&str]| any(names).map(u64::from);
        let shifted = |mask: &str, shift: &str| Ok::<_, String>((one(mask)?, one(shift)?));
        let map = MapLayout {
            size_in_words: offset(&["class_Map__instance_size_in_words__char"])?,
            instance_type: offset(&["class_Map__instance_type__uint16_t"])?,
            inobject_start: offset(&[
                "class_Map__inobject_properties_start_or_constructor_function_index__char",
            ])?,
            bits2: offset(&["class_Map__bit_field2__char"])?,
            bits3: offset(&["class_Map__bit_field3__int"])?,
            prototype: offset(&[
                "class_Map__prototype__Tagged_JSPrototype_",
                "class_Map__prototype__Object",
            ])?,
            constructor: offset(&[
                "class_Map__constructor_or_back_pointer__Tagged_Object_",
                "class_Map__constructor_or_back_pointer__Object",
            ])?,
            descriptors: offset(&["class_Map__instance_descriptors_offset"])?,
            dependent_code: offset(&[
                "class_Map__dependent_code__Tagged_DependentCode_",
                "class_Map__dependent_code__DependentCode",
            ])?,
            transitions: offset(&[
                "class_Map__raw_transitions__Tagged_UnionOf_Smi_MaybeWeak_Map_TransitionArray_",
                "class_Map__raw_transitions__weak",
            ])?,
            // Between the code that depends on a map and its transitions.
            validity_cell: offset(&[
                "class_Map__dependent_code__Tagged_DependentCode_",
                "class_Map__dependent_code__DependentCode",
            ])? + 8,
            elements_kind: shifted("bit_field2_elements_kind_mask", "bit_field2_elements_kind_shift")?,
            descriptor_count: shifted(
                "bit_field3_number_of_own_descriptors_mask",
                "bit_field3_number_of_own_descriptors_shift",
            )?,
            is_dictionary_shift: one("bit_field3_is_dictionary_map_shift")?,
        };
        let details = Details {
            kind_mask: one("prop_kind_mask")?,
            accessor: one("prop_kind_Accessor")?,
            location_mask: one("prop_location_mask")?,
            representation: shifted("prop_representation_mask", "prop_representation_shift")?,
            numbers: [one("prop_representation_smi")?, one("prop_representation_double")?],
            index: shifted("prop_index_mask", "prop_index_shift")?,
        };
        let object = ObjectLayout {
            properties: offset(&[
                "class_JSReceiver__raw_properties_or_hash__Tagged_Object_",
                "class_JSReceiver__raw_properties_or_hash__Object",
            ])?,
            elements: offset(&["class_JSObject__elements__Object"])?,
            shared: offset(&["class_JSFunction__shared__SharedFunctionInfo"])?,
            context: offset(&["class_JSFunction__context__Context"])?,
            feedback_cell: offset(&[
                "class_JSFunction__raw_feedback_cell__Tagged_FeedbackCell_",
                "class_JSFunction__raw_feedback_cell__FeedbackCell",
            ])?,
            prototype_or_map: offset(&[
                "class_JSFunction__prototype_or_initial_map__Tagged_UnionOf_JSPrototype_Map_TheHole_",
                "class_JSFunction__prototype_or_initial_map__Tagged_UnionOf_JSPrototype_Map_Hole_",
                "class_JSFunction__prototype_or_initial_map__Tagged_HeapObject_",
                "class_JSFunction__prototype_or_initial_map__HeapObject",
            ])?,
            function_name: offset(&[
                "class_SharedFunctionInfo__name_or_scope_info__Tagged_NameOrScopeInfoT_",
                "class_SharedFunctionInfo__name_or_scope_info__Tagged_Object_",
                "class_SharedFunctionInfo__name_or_scope_info__Object",
            ])?,
            function_script: offset(&[
                "class_SharedFunctionInfo__raw_script__Tagged_Object_",
                "class_SharedFunctionInfo__script_or_debug_info__HeapObject",
            ])?,
            script_name: offset(&["class_Script__name__Object"])?,
            script_source: offset(&["class_Script__source__Object"])?,
            string_length: offset(&["class_String__length__int32_t"])?,
            chars: offset(&["class_SeqOneByteString__chars__char"])?,
            symbol_name: offset(&["class_Symbol__name__Object"])?,
            array: offset(&["class_FixedArray__data__uintptr_t"])?,
            regexp_source: offset(&["class_JSRegExp__source__Object"])?,
        };
        let first_function = types.number("JSFunction");
        let type_of = |name: &str, or: u16| one(name).map_or(or, |number| number as u16);
        let instruction_header = offset(&["class_InstructionStream__instruction_start__uintptr_t"])?;
        let is_since_13 = types.number("RegExpData") != NO_TYPE;
        let is_since_12 = types.number("TrustedFixedArray") != NO_TYPE;
        let is_since_14 = types.number("ContextCell") != NO_TYPE;
        Ok(Layout {
            instruction_header,
            scopes: ScopeTypes { module: if is_since_14 { 5 } else { 3 }, positions: 0b1_0001_1111 },
            feedback_vector: if is_since_13 { 48 } else { 56 },
            has_closure_parameters: is_since_13,
            is_since_12,
            private: if is_since_14 { (0b111, 1 << 1) } else { (0b11_0001, 1 << 4) },
            constant_pool: if is_since_12 { 40 } else { 16 },
            handler_table: if is_since_12 { 32 } else { 24 },
            source_positions: if is_since_12 { 24 } else { 32 },
            weak_cell: if is_since_14 { [24, 32] } else { [16, 24] },
            view_buffer: if is_since_13 { 32 } else { 24 },
            has_payloads: is_since_13,
            has_context_cells: is_since_14,
            only_objects_have_descriptors: is_since_13,
            function_data: FUNCTION_DATA,
            enum_cache: offset(&["class_DescriptorArray__header_size__uintptr_t"])? - 8,
            code: one("class_JSFunction__code__Tagged_Code_")
                .map_or(if is_since_13 { 24 } else { 48 }, u64::from),
            dictionary_elements: one("elements_dictionary_elements")?,
            object_elements: [one("elements_fast_elements")?, one("elements_fast_holey_elements")?],
            function_scope: if is_since_14 { 4 } else { NO_SCOPE },
            contexts: (type_of("FirstContextType", NO_TYPE), type_of("LastContextType", 0)),
            functions: (
                first_function.min(type_of("FirstJSFunctionType", first_function)),
                // V8 11.3 does not say the last: sixteen built-in constructors follow the first.
                type_of("LastJSFunctionType", first_function.saturating_add(16)),
            ),
            first_context_slot: offset(&["context_min_slots"])?,
            descriptors: offset(&["class_DescriptorArray__header_size__uintptr_t"])?,
            bytecodes: offset(&["class_BytecodeArray__data__uintptr_t"])?,
            scope_locals: offset(&["scopeinfo_idx_first_vars"])?,
            scope_local_count: offset(&["scopeinfo_idx_ncontextlocals"])?,
            name_dictionary: offset(&["namedictionary_prefix_start_index"])?
                + offset(&["namedictionaryshape_prefix_size"])?,
            number_dictionary: HASH_TABLE_HEADER + offset(&["numberdictionaryshape_prefix_size"])?,
            types,
            map,
            details,
            object,
        })
    }
}

impl Layout {
    /// Whether elements of a kind are references.
    pub(super) fn has_object_elements(&self, kind: u32) -> bool {
        self.object_elements.contains(&kind)
    }
}

const FUNCTION_DATA: u64 = 8;
const NO_SCOPE: u32 = u32::MAX;

/// Words in front of what is a hash table's own: entries, removed ones and its capacity.
pub(super) const HASH_TABLE_HEADER: u64 = 3;
