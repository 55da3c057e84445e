//! What a parser collects of a heap snapshot, until it is a [`Heap`].

use std::cell::RefCell;
use std::collections::HashMap;
use std::fs::File;

use super::graph::{Edge, EdgeKind, Heap, Kind, Location, Sizes};
use super::header::Header;
use super::refusal::{Refusal, foreign};
use super::text::{InFile, InMemory, KnownStrings, Text};

pub(super) struct Parsed {
    pub(super) header: Header,
    pub(super) kinds: Vec<Kind>,
    pub(super) names: Vec<u32>,
    pub(super) sizes: Sizes,
    pub(super) first: Vec<u32>,
    pub(super) edges: Vec<Edge>,
    /// Edges that may lead from a WeakMap's table to a value, with source and name.
    pub(super) table_edges: Vec<(u32, u32, u32)>,
    pub(super) locations: Vec<Location>,
    pub(super) known: KnownStrings,
    pub(super) offsets: Offsets,
    pub(super) memory: InMemory,
}

#[derive(Default)]
pub(super) struct Offsets {
    pub(super) node_fields: usize,
    pub(super) nodes: Vec<u64>,
    pub(super) edges: Vec<u64>,
    pub(super) strings: Vec<u64>,
    pub(super) string_count: u32,
}

impl Offsets {
    pub(super) fn in_file(self, file: File) -> InFile {
        InFile {
            file,
            node_fields: self.node_fields,
            node_offsets: self.nodes,
            edge_offsets: self.edges,
            string_offsets: self.strings,
            strings: self.string_count,
            cache: RefCell::new(HashMap::new()),
            failure: RefCell::new(None),
        }
    }
}

impl Parsed {
    pub(super) fn sized(header: Header, keep: bool) -> Parsed {
        // What was announced is not reserved before it was held against the length of a file.
        let room = |announced: usize| if keep { announced.min(1 << 16) } else { announced };
        let (nodes, edges) = (room(header.nodes), room(header.edges));
        Parsed {
            kinds: Vec::with_capacity(nodes),
            names: Vec::with_capacity(nodes),
            sizes: Sizes::with_capacity(nodes),
            first: Vec::with_capacity(nodes + 1),
            edges: Vec::with_capacity(edges),
            table_edges: Vec::new(),
            locations: Vec::new(),
            known: KnownStrings::default(),
            offsets: Offsets { node_fields: header.node_fields, ..Offsets::default() },
            memory: InMemory::default(),
            header,
        }
    }

    pub(super) fn check(&self) -> Result<(), Refusal> {
        if self.first.is_empty() || self.edges.len() != self.header.edges {
            return Err(foreign("it has no nodes or no edges"));
        }
        let strings = self.offsets.string_count;
        match self.names.iter().any(|&name| name >= strings) {
            true => {
                Err(foreign(format!("it has {strings} strings, and its nodes name more: it is not whole")))
            }
            false => Ok(()),
        }
    }

    /// Marks the edges that lead from a WeakMap's table to its values: the keys' edges stand for them.
    pub(super) fn mark_ephemerons(&mut self, keep: bool) {
        let entries = &mut self.known.weak_map_entries;
        for (edge, _, name) in self.table_edges.drain(..) {
            // The key's own edge has the same shape, but begins at the key, which is no array with weak edges.
            if entries.binary_search(&name).is_ok() {
                let old = self.edges[edge as usize];
                self.edges[edge as usize] = Edge::new(EdgeKind::Ephemeron, old.to());
            }
        }
        if !keep {
            *entries = Vec::new();
        }
    }

    pub(super) fn into_heap(mut self, text: impl FnOnce(Offsets) -> Text) -> Heap {
        self.locations.sort_unstable_by_key(|location| location.node);
        self.locations.dedup_by_key(|location| location.node);
        Heap {
            kinds: self.kinds,
            names: self.names,
            sizes: self.sizes,
            first: self.first,
            edges: self.edges,
            root: self.header.root as u32,
            locations: self.locations,
            text: text(self.offsets),
            known: self.known,
            extra_native_bytes: self.header.extra_native_bytes,
        }
    }
}
