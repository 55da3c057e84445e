//! From objects in memory to a graph.

use std::collections::HashMap;

use super::discover::{Roots, discover};
use super::edges::Extractor;
use super::layout::{HASH_TABLE_HEADER, Layout};
use super::making::Graph;
use super::memory::Memory;
use super::numbers::Numbers;
use super::objects::{EXTERNAL, FIRST_NO_STRING, Map, ONE_BYTE, Objects, REPRESENTATION};
use super::tags::tag;
use crate::heap::graph::{EdgeKind, Heap, Kind, NONE};

/// A graph, and where its objects are.
pub struct Built {
    /// The graph.
    pub heap: Heap,
    /// The node of the first object; those before are roots.
    pub first: u32,
    /// Addresses of the objects.
    pub addresses: Vec<u64>,
}

/// The class of nodes whose references the text says.
const PART_OF_KEY: &[u8] = b"part of key -> value pair in WeakMap";

/// Makes a graph of all that `roots` reach.
pub fn build<M: Memory>(memory: &M, layout: &Layout, roots: &[Roots]) -> Built {
    let mut objects = Objects::new(memory, layout);
    let numbers = discover(&mut objects, roots);
    objects.learn(&numbers.addresses);
    let first = roots.len() as u32 + 2;
    let mut graph = Graph::with_room(numbers.addresses.len(), first);
    graph.roots(&mut objects, &numbers, roots);
    let pairs = pairs(&mut objects, &numbers);
    let addresses = &numbers.addresses;
    let mut names = std::mem::take(&mut graph.names);
    let part_of_key = names.text(PART_OF_KEY);
    let maps: Vec<Option<Map>> = addresses.iter().map(|&address| objects.map_of(address)).collect();
    for (&address, map) in addresses.iter().zip(&maps) {
        let Some(map) = map else {
            graph.node(Kind::Other, 0, 0);
            continue;
        };
        let (kind, name) = objects.describe(address, map, &mut names);
        graph.node(kind, name, size_of(&objects, address, map));
    }
    let mut extractor = Extractor::new(&mut objects, &numbers, &mut names);
    for (number, (&address, map)) in addresses.iter().zip(&maps).enumerate() {
        graph.begin_edges();
        let Some(map) = map else { continue };
        extractor.extract(address, map);
        for &(kind, name, to) in &extractor.edges.found {
            graph.edge(kind, name, first + to);
        }
        let Some(found) = pairs.get(&(number as u32)) else { continue };
        for &(kind, to) in found {
            graph.edge(kind, part_of_key, first + to);
        }
    }
    graph.names = names;
    tag(&mut objects, &numbers, &maps, &mut graph);
    Built { heap: graph.finish(), first, addresses: numbers.addresses }
}

fn size_of<M: Memory>(objects: &Objects<'_, M>, address: u64, map: &Map) -> u64 {
    let layout = objects.layout;
    if layout.has_payloads && objects.memory.is_shared(address) {
        return 0;
    }
    let size = objects.extent(address, map).map_or(0, |(size, _)| size);
    let is_external = map.kind < FIRST_NO_STRING && map.kind & REPRESENTATION == EXTERNAL;
    if !layout.has_payloads || !is_external {
        return size;
    }
    let length = u64::from(objects.int(address + layout.object.string_length).unwrap_or(0));
    size + length * if map.kind & ONE_BYTE != 0 { 1 } else { 2 }
}

/// Entries of WeakMaps, by key and by table: the key retains the value, the table does not.
fn pairs<M: Memory>(objects: &mut Objects<'_, M>, numbers: &Numbers) -> HashMap<u32, Vec<(EdgeKind, u32)>> {
    let mut pairs: HashMap<u32, Vec<(EdgeKind, u32)>> = HashMap::new();
    for (table, &address) in numbers.addresses.iter().enumerate() {
        let Some(map) = objects.map_of(address).filter(|map| map.kind == objects.ephemerons) else {
            continue;
        };
        let Some((size, _)) = objects.extent(address, &map) else { continue };
        let first = objects.layout.object.array + HASH_TABLE_HEADER * 8;
        for at in (first..size.saturating_sub(8)).step_by(16) {
            let (Some(key), Some(value)) = (objects.object(address, at), objects.object(address, at + 8))
            else {
                continue;
            };
            let is_key = objects.map_of(key).is_some_and(|map| map.kind != objects.special.oddball);
            let (from, to) = (numbers.known(key), numbers.known(value));
            if is_key && !objects.is_hole(key) && from != NONE && to != NONE {
                pairs.entry(from).or_default().push((EdgeKind::Internal, to));
                pairs.entry(table as u32).or_default().push((EdgeKind::Ephemeron, to));
            }
        }
    }
    pairs
}
