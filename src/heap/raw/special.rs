//! Types that are treated one by one, by their numbers.

use super::layout::Layout;
use super::types::{NO_TYPE, Types};

/// Numbers of types; [`NO_TYPE`] where this V8 has none.
pub(super) struct Special {
    pub(super) map: u16,
    pub(super) bigint: u16,
    pub(super) heap_number: u16,
    pub(super) oddball: u16,
    pub(super) hole: u16,
    pub(super) proxy: u16,
    pub(super) array: u16,
    pub(super) regexp: u16,
    pub(super) bound_function: u16,
    pub(super) global_object: u16,
    pub(super) generator: u16,
    pub(super) weak_map: u16,
    pub(super) weak_reference: u16,
    pub(super) weak_cell: u16,
    pub(super) site: u16,
    pub(super) shared: u16,
    pub(super) script: u16,
    pub(super) scope_info: u16,
    pub(super) code: u16,
    pub(super) instructions: u16,
    pub(super) feedback_metadata: u16,
    pub(super) feedback_vector: u16,
    pub(super) preparse_data: u16,
    pub(super) double_strings: u16,
    pub(super) swiss: u16,
    pub(super) wasm_null: u16,
    pub(super) function_template: u16,
    pub(super) accessor_pair: u16,
    pub(super) tuple: u16,
    pub(super) bytecodes: u16,
    pub(super) trusted_array: u16,
    pub(super) array_buffer: u16,
    pub(super) global_proxy: u16,
    pub(super) cell: u16,
    pub(super) property_cell: u16,
    pub(super) free_space: u16,
    pub(super) fixed_array: u16,
    pub(super) byte_array: u16,
    pub(super) transitions: u16,
    pub(super) uncompiled: [u16; 4],
    pub(super) descriptors: [u16; 2],
    pub(super) weak_arrays: [u16; 3],
    pub(super) weak_list: u16,
    pub(super) load_handler: u16,
    pub(super) store_handler: u16,
    pub(super) prototype_info: u16,
    /// Arrays and tables, whose words are references or numbers.
    pub(super) arrays: Vec<u16>,
}

impl Special {
    pub(super) fn of(layout: &Layout) -> Special {
        let types: &Types = &layout.types;
        let number = |class: &str| types.number(class);
        let before = |class: &str, steps: u16| match number(class) {
            NO_TYPE => NO_TYPE,
            found => found.wrapping_sub(steps),
        };
        let (first, last) = (number("FixedArray"), number("ByteArray"));
        let mut arrays: Vec<u16> = (first..=last.max(first)).collect();
        arrays.push(number("FixedDoubleArray"));
        let weak_array = number("WeakFixedArray");
        Special {
            map: number("Map"),
            // Some have no constants: V8 numbers types in the order of their names.
            bigint: before("HeapNumber", 1),
            feedback_metadata: before("FeedbackVector", 1),
            generator: before("JSAsyncFunctionObject", 1),
            transitions: weak_array.saturating_add(1),
            hole: match number("Hole") {
                NO_TYPE if layout.has_context_cells => before("InterceptorInfo", 1),
                found => found,
            },
            heap_number: number("HeapNumber"),
            oddball: number("Oddball"),
            proxy: number("JSProxy"),
            array: number("JSArray"),
            regexp: number("JSRegExp"),
            bound_function: number("JSBoundFunction"),
            global_object: number("JSGlobalObject"),
            weak_map: number("JSWeakMap"),
            weak_reference: number("JSWeakRef"),
            weak_cell: number("WeakCell"),
            site: number("AllocationSite"),
            shared: number("SharedFunctionInfo"),
            script: number("Script"),
            scope_info: number("ScopeInfo"),
            code: number("Code"),
            instructions: number("InstructionStream"),
            feedback_vector: number("FeedbackVector"),
            preparse_data: number("PreparseData"),
            double_strings: number("DoubleStringCache"),
            swiss: number("SwissNameDictionary"),
            wasm_null: number("WasmNull"),
            function_template: number("FunctionTemplateInfo"),
            accessor_pair: number("AccessorPair"),
            tuple: number("Tuple2"),
            bytecodes: number("BytecodeArray"),
            trusted_array: number("TrustedFixedArray"),
            global_proxy: number("JSGlobalProxy"),
            array_buffer: number("JSArrayBuffer"),
            cell: number("Cell"),
            property_cell: number("PropertyCell"),
            free_space: number("FreeSpace"),
            fixed_array: first,
            byte_array: last,
            uncompiled: [
                number("UncompiledDataWithPreparseData"),
                number("UncompiledDataWithPreparseDataAndJob"),
                number("UncompiledDataWithoutPreparseData"),
                number("UncompiledDataWithoutPreparseDataWithJob"),
            ],
            descriptors: [number("DescriptorArray"), number("StrongDescriptorArray")],
            weak_arrays: [weak_array, number("TrustedWeakFixedArray"), number("ProtectedWeakFixedArray")],
            weak_list: number("WeakArrayList"),
            load_handler: before("PromiseResolveThenableJobTask", 0).saturating_add(1),
            store_handler: before("PromiseResolveThenableJobTask", 0).saturating_add(2),
            prototype_info: number("PrototypeInfo"),
            arrays,
        }
    }
}
