//! Types of objects: V8 exports the number of each, `v8dbg_type_JSArray__JS_ARRAY_TYPE` for one.

use std::collections::HashMap;

/// No type has this number.
pub const NO_TYPE: u16 = u16::MAX;

/// Classes by V8's names, those that any version has. Strings are known by the bits of their number.
const CLASSES: &str = "AccessCheckInfo AccessorInfo AccessorPair AliasedArgumentsEntry AllocationMemento AllocationSite \
    ArrayBoilerplateDescription ArrayList AsmWasmData AsyncGeneratorRequest AtomRegExpData BreakPoint BreakPointInfo \
    ByteArray BytecodeArray BytecodeWrapper CallHandlerInfo CallSiteInfo CallableTask CallbackTask Cell ClassBoilerplate \
    ClassPositions ClosureFeedbackCellArray Code CodeWrapper ConstTrackingLetCell ContextCell ContextSidePropertyCell \
    CoverageInfo CppHeapExternalObject DebugInfo DescriptorArray DictionaryTemplateInfo DoubleStringCache \
    EmbedderDataArray EnumCache ErrorStackData ExternalPointerArray FeedbackCell FeedbackVector FixedArray \
    FixedDoubleArray Foreign FreeSpace FunctionTemplateInfo FunctionTemplateRareData HeapNumber Hole InstructionStream \
    InterceptorInfo InterpreterData IrRegExpData JSArgumentsObject JSArray JSArrayBuffer JSArrayIterator \
    JSAsyncDisposableStack JSAsyncFromSyncIterator JSAsyncFunctionObject JSAsyncGeneratorObject JSBoundFunction \
    JSDataView JSDate JSDetachedTypedArray JSError JSExternalObject JSFinalizationRegistry JSFunction JSGlobalObject \
    JSGlobalProxy JSMap JSMessageObject JSModuleNamespace JSObject JSObjectWithEmbedderSlots JSPrimitiveWrapper JSPromise \
    JSProxy JSRabGsabDataView JSRegExp JSSet JSSyncDisposableStack JSTypedArray JSWeakMap JSWeakRef JSWeakSet \
    JSWrappedFunction Map MegaDomHandler ModuleRequest ObjectBoilerplateDescription ObjectTemplateInfo Oddball \
    PreparseData PromiseCapability PromiseFulfillReactionJobTask PromiseOnStack PromiseReaction \
    PromiseRejectReactionJobTask PromiseResolveThenableJobTask PropertyArray PropertyCell PropertyDescriptorObject \
    ProtectedFixedArray ProtectedWeakFixedArray PrototypeInfo PrototypeSharedClosureInfo RegExpBoilerplateDescription \
    RegExpData RegExpDataWrapper RegExpMatchInfo ScopeInfo Script ScriptContextTable ScriptOrModule SharedFunctionInfo \
    SharedFunctionInfoWrapper SloppyArgumentsElements SmallOrderedHashMap SmallOrderedHashSet SmallOrderedNameDictionary \
    SourceTextModule SourceTextModuleInfoEntry StackFrameInfo StackTraceInfo StrongDescriptorArray SwissNameDictionary \
    Symbol SyntheticModule TemplateObjectDescription TrustedByteArray TrustedFixedArray TrustedForeign \
    TrustedWeakFixedArray Tuple2 UncompiledDataWithPreparseData UncompiledDataWithPreparseDataAndJob \
    UncompiledDataWithoutPreparseData UncompiledDataWithoutPreparseDataWithJob WasmApiFunctionRef WasmArray \
    WasmCapiFunctionData WasmContinuationObject WasmExceptionTag WasmExportedFunctionData WasmFastApiCallData WasmFuncRef \
    WasmImportData WasmIndirectFunctionTable WasmInternalFunction WasmJSFunctionData WasmNull WasmResumeData WasmStruct \
    WasmTypeInfo WeakArrayList WeakCell WeakFixedArray";

/// Numbers of types by class, and classes by number.
pub struct Types {
    numbers: HashMap<&'static str, u16>,
    classes: HashMap<u16, &'static str>,
}

impl Types {
    /// Asks `symbol` for each.
    pub fn read(symbol: &dyn Fn(&str) -> Option<i32>) -> Types {
        let mut types = Types { numbers: HashMap::new(), classes: HashMap::new() };
        for class in CLASSES.split_whitespace() {
            let number = symbol(&symbol_of(class)).and_then(|number| u16::try_from(number).ok());
            if let Some(number) = number {
                types.numbers.insert(class, number);
                // Where two have one number, the first is the more general.
                types.classes.entry(number).or_insert(class);
            }
        }
        types
    }

    /// The number of a class's type; [`NO_TYPE`] where this V8 has none.
    pub fn number(&self, class: &str) -> u16 {
        self.numbers.get(class).copied().unwrap_or(NO_TYPE)
    }

    /// The class of a type.
    pub fn class(&self, number: u16) -> Option<&'static str> {
        self.classes.get(&number).copied()
    }
}

/// `v8dbg_type_JSArray__JS_ARRAY_TYPE` of `JSArray`.
fn symbol_of(class: &str) -> String {
    let mut screaming = String::new();
    let letters: Vec<char> = class.chars().collect();
    for (at, letter) in letters.iter().enumerate() {
        let begins_word = letter.is_ascii_uppercase()
            && at > 0
            && (!letters[at - 1].is_ascii_uppercase()
                || letters.get(at + 1).is_some_and(|next| next.is_ascii_lowercase()));
        if begins_word {
            screaming.push('_');
        }
        screaming.push(letter.to_ascii_uppercase());
    }
    format!("v8dbg_type_{class}__{screaming}_TYPE")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symbols_are_spelled_as_v8_does() {
        for (class, number) in [("JSArray", "JS_ARRAY"), ("Tuple2", "TUPLE2"), ("JSRegExp", "JS_REG_EXP")] {
            assert_eq!(symbol_of(class), format!("v8dbg_type_{class}__{number}_TYPE"));
        }
        let types = Types::read(&|name| (name == "v8dbg_type_Map__MAP_TYPE").then_some(255));
        assert_eq!((types.number("Map"), types.number("JSArray")), (255, NO_TYPE));
        assert_eq!((types.class(255), types.class(7)), (Some("Map"), None));
    }
}
