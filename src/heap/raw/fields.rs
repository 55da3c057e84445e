//! Fields of V8's own objects by name. Which there are is V8's snapshot's choice: the others are hidden.

use super::layout::Layout;

/// A field: its name, and its offset.
pub type Field = (&'static str, u64);

/// Named fields of the classes that have them, by V8's version.
pub fn of_class(class: &str, layout: &Layout) -> Vec<Field> {
    let map = &layout.map;
    let object = &layout.object;
    let since_13 = layout.has_payloads;
    match class {
        "Symbol" => vec![("name", object.symbol_name)],
        "SharedFunctionInfo" if since_13 => vec![
            ("name_or_scope_info", object.function_name),
            ("script", object.function_script),
            ("trusted_function_data", 8),
            ("untrusted_function_data", 16),
            ("raw_outer_scope_info_or_feedback_metadata", 32),
        ],
        "SharedFunctionInfo" => vec![
            ("name_or_scope_info", object.function_name),
            (if layout.is_since_12 { "script" } else { "script_or_debug_info" }, object.function_script),
            ("function_data", 8),
            ("raw_outer_scope_info_or_feedback_metadata", 24),
        ],
        "Script" => vec![
            ("source", object.script_source),
            ("name", object.script_name),
            ("context_data", 40),
            ("line_ends", 56),
            ("host_defined_options", 112),
        ],
        "AccessorInfo" if layout.has_context_cells => vec![("name", 16), ("data", 8)],
        "AccessorInfo" => vec![("name", 8), ("data", 16)],
        "AccessorPair" => vec![("getter", 8), ("setter", 16)],
        "Cell" | "FeedbackCell" => vec![("value", 8)],
        "PropertyCell" => vec![("value", 24), ("dependent_code", 32)],
        "AllocationSite" => vec![("transition_info", 8), ("nested_site", 16), ("dependent_code", 24)],
        "ArrayBoilerplateDescription" => vec![("constant_elements", 16)],
        "JSBoundFunction" => vec![("bound_function", 24), ("bound_this", 32), ("bindings", 40)],
        "JSGlobalObject" if !layout.is_since_12 => vec![("native_context", 24), ("global_proxy", 32)],
        "JSGlobalObject" => vec![("global_proxy", 24)],
        "JSTypedArray" | "JSDataView" | "JSRabGsabDataView" => vec![("buffer", layout.view_buffer)],
        "JSMap" | "JSSet" | "JSWeakMap" | "JSWeakSet" => vec![("table", 24)],
        "JSPromise" => vec![("reactions_or_result", 24)],
        "JSAsyncFunctionObject" | "JSAsyncGeneratorObject" | "JSGeneratorObject" => {
            vec![("function", 24), ("context", 32), ("receiver", 40), ("parameters_and_registers", 72)]
        }
        "Map" => vec![
            ("descriptors", map.descriptors),
            ("prototype", map.prototype),
            ("dependent_code", map.dependent_code),
        ],
        "function" => vec![
            ("feedback_cell", object.feedback_cell),
            ("shared", object.shared),
            ("context", object.context),
            ("code", layout.code),
        ],
        "ConsString" => vec![("first", object.chars), ("second", object.chars + 8)],
        "SlicedString" => vec![("parent", object.chars)],
        "ThinString" => vec![("actual", object.chars)],
        _ => Vec::new(),
    }
}
