//! How many entries an object has that a program uses as a Map, read from V8's heap. V8 has no interface for it but to list all
//! keys: of a million that takes a second, in which a service stands still.
//!
//! A plain object keeps its properties in a hash table once there are many or some were deleted, and those with integers for
//! names in another, or in a list. Each says how many it has. Before that is believed it is held against examples.
#![allow(unsafe_code)]

use std::cell::Cell;

use super::stack_keys::{self, Tagged};

/// In a `JSObject`, behind its map: its properties, or a hash where it has none, …
const PROPERTIES: usize = 8;
/// … and those with integers for names.
const ELEMENTS: usize = 16;
/// In a list: its length.
const LENGTH: usize = 8;
/// In a hash table: how many it has.
const ENTRIES: usize = 16;

/// Places of a list whose keys are listed: that takes some 20 ms.
const MAX_LIST: u32 = 200_000;
/// See [`size`].
pub const TOO_LONG: u32 = u32::MAX;

thread_local! {
    static LAYOUT: Cell<Option<Layout>> = const { Cell::new(None) };
}

/// Types of objects in this isolate.
#[derive(Clone, Copy)]
struct Layout {
    object: u16,
    names: u16,
    numbers: u16,
    list: u16,
}

/// Plain objects with `count` properties each.
pub struct Examples {
    /// Names, of which one was deleted.
    pub names: Tagged,
    /// Integers that are far from each other.
    pub numbers: Tagged,
    /// 0 and so on.
    pub list: Tagged,
    pub count: u32,
}

/// Learns the layout. False where it is another.
///
/// # Safety
/// - The examples are what their fields say, and alive.
/// - V8 is of `version`, major * 100 + minor, and built without pointer compression.
pub unsafe fn learn(version: u32, examples: &Examples) -> bool {
    let layout = if stack_keys::is_known(version) { learnt(examples) } else { None };
    LAYOUT.set(layout);
    layout.is_some()
}

fn learnt(Examples { names, numbers, list, count }: &Examples) -> Option<Layout> {
    let object = names.instance_type();
    if numbers.instance_type() != object || list.instance_type() != object {
        return None;
    }
    let of_names = names.object(PROPERTIES)?;
    let of_numbers = numbers.object(ELEMENTS)?;
    let of_list = list.object(ELEMENTS)?;
    let layout = Layout {
        object,
        names: of_names.instance_type(),
        numbers: of_numbers.instance_type(),
        list: of_list.instance_type(),
    };
    let are_others =
        layout.names != layout.numbers && layout.names != layout.list && layout.numbers != layout.list;
    let is_count = of_names.at(ENTRIES).smi() == Some(*count) && of_numbers.at(ENTRIES).smi() == Some(*count);
    // A list has room for more.
    let has_room = of_list.at(LENGTH).smi().is_some_and(|length| (*count..4 * *count).contains(&length));
    (are_others && is_count && has_room).then_some(layout)
}

/// How many entries `object` has in hash tables: 0 for few, for an object of another type, and where that cannot be known.
/// [`TOO_LONG`] where it has a list of more than [`MAX_LIST`]: how many of its places are taken, nobody knows.
///
/// # Safety
/// `object` is a live value of the current call.
pub unsafe fn size(object: Tagged) -> u32 {
    let Some(layout) = LAYOUT.get() else { return 0 };
    if !object.is_object() || object.instance_type() != layout.object {
        return 0;
    }
    let entries = |table: Tagged| table.at(ENTRIES).smi();
    let names = object.object(PROPERTIES).filter(|table| table.instance_type() == layout.names);
    let names = names.and_then(entries).unwrap_or(0);
    let Some(elements) = object.object(ELEMENTS) else { return names };
    match elements.instance_type() {
        kind if kind == layout.numbers => names.saturating_add(entries(elements).unwrap_or(0)),
        kind if kind == layout.list && elements.at(LENGTH).smi().is_some_and(|n| n > MAX_LIST) => TOO_LONG,
        _ => names,
    }
}
