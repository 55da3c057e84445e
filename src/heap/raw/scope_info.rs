//! What V8 knows of the variables of a function or block.

use super::layout::HASH_TABLE_HEADER;
use super::memory::{Memory, Tagged};
use super::objects::{FIRST_NO_STRING, Objects};

/// Bits of its flags (`ScopeFlags` in V8's scope-info.tq).
const TYPE: u32 = 0xF;
const IS_DECLARATION: u32 = 1 << 6;
const HAS_SAVED_CLASS_VARIABLE: u32 = 1 << 10;
const FUNCTION_VARIABLE_SHIFT: u32 = 12;
const HAS_INFERRED_NAME: u32 = 1 << 14;
const HAS_OUTER_SCOPE: u32 = 1 << 22;
const HAS_CONTEXT_EXTENSION: u32 = 1 << 26;
const HAS_LOCALS_BLOCK_LIST: u32 = 1 << 28;
const IS_EMPTY: u32 = 1 << 29;
/// How a function's own name is kept.
const IN_CONTEXT: u32 = 2;
/// Up to so many locals have their names in place; those of more are in a table.
const INLINED_LOCALS: u64 = 75;

/// Contexts of functions, modules and scripts, by their order.
const DECLARING: [u16; 3] = [5, 6, 8];
/// Those of blocks and of eval.
const MAY_DECLARE: [u16; 2] = [1, 4];

/// A ScopeInfo. Offsets in bytes.
pub struct ScopeInfo {
    address: u64,
    flags: u32,
    /// Variables in the context.
    pub locals: u64,
    names: u64,
    /// Behind all that belongs to locals.
    behind_locals: u64,
    is_inlined: bool,
    module_variables: Option<u64>,
    has_position: bool,
    has_parameter_bits: bool,
}

impl ScopeInfo {
    /// The one at `address`.
    pub fn read<M: Memory>(objects: &Objects<'_, M>, address: u64) -> Option<ScopeInfo> {
        let layout = objects.layout;
        // A small integer up to V8 13, then a plain number.
        let flags = objects.int(address + 8)? | objects.int(address + 12)?;
        let field = |index: u64| 8 + index * 8;
        let locals = u64::try_from(objects.smi(address, field(layout.scope_local_count))?).ok()?;
        let mut names = field(layout.scope_locals);
        let kind = flags & TYPE;
        let module_variables = if kind == layout.scopes.module && flags & IS_EMPTY == 0 {
            let count = u64::try_from(objects.smi(address, names)?).ok()?;
            names += 8;
            Some(count)
        } else {
            None
        };
        let is_inlined = locals < INLINED_LOCALS;
        let behind_locals = names + if is_inlined { locals * 8 } else { 8 } + locals * 8;
        let has_position =
            layout.scope_locals == 3 && flags & IS_EMPTY == 0 && layout.scopes.positions & 1 << kind != 0;
        Some(ScopeInfo {
            address,
            flags,
            locals,
            names,
            behind_locals,
            is_inlined,
            module_variables,
            has_position,
            has_parameter_bits: kind == layout.function_scope,
        })
    }

    /// Bytes that it takes.
    pub fn size(&self) -> u64 {
        let mut size = self.behind_locals;
        let has = |flag: u32| u64::from(self.flags & flag != 0) * 8;
        size += has(HAS_SAVED_CLASS_VARIABLE) + u64::from(self.function_variable() != 0) * 16;
        size += has(HAS_INFERRED_NAME)
            + u64::from(self.has_position) * 16
            + has(HAS_OUTER_SCOPE)
            + has(HAS_LOCALS_BLOCK_LIST)
            + u64::from(self.has_parameter_bits) * 8;
        size + self.module_variables.map_or(0, |count| 8 + count * 24)
    }

    fn function_variable(&self) -> u32 {
        self.flags >> FUNCTION_VARIABLE_SHIFT & 3
    }

    fn function_name_at(&self) -> u64 {
        self.behind_locals + u64::from(self.flags & HAS_SAVED_CLASS_VARIABLE != 0) * 8
    }

    /// Where the string with the function's own name is.
    pub fn function_name<M: Memory>(&self, objects: &Objects<'_, M>) -> Option<u64> {
        (self.function_variable() != 0)
            .then(|| objects.object(self.address, self.function_name_at()))
            .flatten()
    }

    /// The name that was inferred from where the function was assigned.
    pub fn inferred_name<M: Memory>(&self, objects: &Objects<'_, M>) -> Option<u64> {
        let at = self.function_name_at() + u64::from(self.function_variable() != 0) * 16;
        (self.flags & HAS_INFERRED_NAME != 0).then(|| objects.object(self.address, at)).flatten()
    }

    /// True where variables of functions may be declared.
    pub fn is_declaration(&self) -> bool {
        self.flags & IS_DECLARATION != 0
    }

    /// Slots in front of variables in a context.
    pub fn header_slots(&self, first: u64) -> u64 {
        first + u64::from(self.flags & HAS_CONTEXT_EXTENSION != 0)
    }

    /// True where a context has the function itself, behind its variables.
    pub fn has_function_in_context(&self) -> bool {
        self.function_variable() == IN_CONTEXT
    }

    /// True where names are not in place.
    pub fn name_table<M: Memory>(&self, objects: &Objects<'_, M>) -> Option<u64> {
        if self.is_inlined { None } else { objects.object(self.address, self.names) }
    }

    /// The string with the name of a local, where it is in place.
    pub fn local<M: Memory>(&self, objects: &Objects<'_, M>, index: u64) -> Option<u64> {
        match objects.field(self.address, self.names + index * 8)? {
            Tagged::Strong(name) if self.is_inlined => Some(name),
            _ => None,
        }
    }
}

impl<M: Memory> Objects<'_, M> {
    /// True where V8 names the variables of contexts of a type.
    pub fn declares(&self, kind: u16, scope: &ScopeInfo) -> bool {
        let order = kind.wrapping_sub(self.layout.contexts.0);
        DECLARING.contains(&order) || MAY_DECLARE.contains(&order) && scope.is_declaration()
    }

    /// Names of variables and their places, where a table has them.
    pub fn names_in_table(&mut self, scope: &ScopeInfo) -> Vec<(u64, u64)> {
        let Some(table) = scope.name_table(self) else { return Vec::new() };
        let Some((size, _)) = self.map_of(table).and_then(|map| self.extent(table, &map)) else {
            return Vec::new();
        };
        let first = self.layout.object.array + HASH_TABLE_HEADER * 8;
        let entries = (first..size.saturating_sub(8)).step_by(16).filter_map(|at| {
            let name = self.object(table, at)?;
            let index = u64::try_from(self.smi(table, at + 8)?).ok()?;
            self.map_of(name).filter(|map| map.kind < FIRST_NO_STRING).map(|_| (name, index))
        });
        entries.collect()
    }
}
