//! How many entries collections and objects have. A snapshot has references alone: small numbers among keys and values
//! are not in it, so that some counts are a floor.

use std::cmp::Reverse;

use super::analysis::Analysis;
use super::graph::{EdgeKind, Heap, Kind};

/// Fewest entries of what is listed.
const MIN_ENTRIES: usize = 100;

/// Words in front of the buckets of a Map's or Set's table: the hidden class, the length and three counts.
const TABLE_HEADER: u64 = 5;

/// A number of entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entries {
    /// Entries that are seen.
    pub entries: u64,
    /// True where there may be more.
    pub at_least: bool,
}

/// What has the most entries, the largest first.
pub fn largest(on: &Analysis, top: usize) -> Vec<(u32, Entries)> {
    let heap = &on.heap;
    let mut found: Vec<(usize, u32)> = Vec::new();
    for node in (0..heap.len() as u32).filter(|&node| heap.kind(node) == Kind::Object) {
        let references = match table(heap, node) {
            Some(table) => heap.out(table).len(),
            None => heap.out(node).iter().filter(|edge| is_entry(edge.kind())).count(),
        };
        if references >= MIN_ENTRIES && on.is_shown(node) {
            found.push((references, node));
        }
    }
    // References of a Map are twice its entries: the longest are looked at before they are put in order.
    found.sort_by_key(|&(references, node)| (Reverse(references), node));
    found.truncate(top * 3);
    let mut counted: Vec<(u32, Entries)> =
        found.into_iter().map(|(_, node)| (node, entries(heap, node))).collect();
    counted.sort_by_key(|&(node, count)| (Reverse(count.entries), node));
    counted.truncate(top);
    counted
}

/// Entries of a collection, elements of an array, or properties of an object.
pub fn entries(heap: &Heap, node: u32) -> Entries {
    let Some(table) = table(heap, node) else {
        let edges = heap.out(node).iter();
        // `__proto__` is a property too, but no entry.
        let entries = (edges.filter(|edge| is_entry(edge.kind())).count() as u64).saturating_sub(1);
        let words = elements(heap, node).map_or(0, |memory| heap.size(memory) / 8);
        // A list of references fills its memory by two thirds at the least.
        return Entries { entries, at_least: words > 2 * entries + MIN_ENTRIES as u64 };
    };
    // An entry of a Map is a key, a value and a link; of a Set a key and a link. A table has as many buckets as half
    // of its room, which gives the first entry's index.
    let words = (heap.size(table) / 8).saturating_sub(TABLE_HEADER);
    let names = heap.edge_names(table);
    let indices: Vec<u64> = (heap.out(table).iter().zip(names))
        .filter(|(edge, _)| edge.retains(false))
        .filter_map(|(_, name)| heap.string(name).parse().ok())
        .collect();
    let entry = if is_set(heap, node) { 2 } else { 3 };
    let buckets = words / (2 * entry + 1);
    let mut seen: Vec<u64> =
        indices.iter().filter_map(|index| Some(index.checked_sub(buckets + 3)? / entry)).collect();
    seen.dedup();
    let entries = seen.len() as u64;
    // V8 makes a table smaller that is filled by less than a quarter.
    Entries { entries, at_least: entries * 4 < buckets * 2 }
}

fn is_set(heap: &Heap, node: u32) -> bool {
    heap.name_of(node).ends_with("Set")
}

fn is_entry(kind: EdgeKind) -> bool {
    matches!(kind, EdgeKind::Element | EdgeKind::Property)
}

/// The memory of an array's elements.
fn elements(heap: &Heap, node: u32) -> Option<u32> {
    let edges = heap.out(node).iter().filter(|edge| edge.kind() == EdgeKind::Internal);
    let is_elements = |to: u32| heap.kind(to) == Kind::Array && heap.name_of(to) == "(object elements)";
    edges.map(|edge| edge.to()).find(|&to| is_elements(to))
}

/// The table of a Map or Set.
pub fn table(heap: &Heap, node: u32) -> Option<u32> {
    let mut edges = heap.out(node).iter().filter(|edge| edge.kind() == EdgeKind::Internal);
    // Arrays of elements and properties have names; a table has none.
    edges
        .find(|edge| heap.kind(edge.to()) == Kind::Array && heap.name(edge.to()) == heap.known().empty)
        .map(|edge| edge.to())
}
