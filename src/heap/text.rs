//! What a snapshot says in words, and the numbers that only a few nodes are asked for. A file's stay in the file: every
//! so many records their offset is known, and what is asked for is read again.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fs::File;
use std::io::{Seek, SeekFrom};

use super::refusal::{Refusal, unreadable};
use super::source::Source;

/// Nodes and edges between two known offsets.
pub(super) const RECORDS: usize = 64;

/// Strings between two known offsets.
pub(super) const STRINGS: usize = 16;

/// Bytes that are read at once where few are needed.
const SMALL_CHUNK: usize = 4 * 1024;

/// Strings that are kept as they were asked for.
const CACHED: usize = 16 * 1024;

/// Bytes that hold the longest record, blanks aside.
pub(super) const RECORD_BYTES: usize = 256;

/// The class of what hands over objects of findings; JavaScript has the same name.
const MEMBERS: &[u8] = b"LeaklineMembers";

/// Strings that analyses look for, by their numbers; `u32::MAX` where there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownStrings {
    /// `system / Context`: the class of contexts.
    pub context: u32,
    /// `system / NativeContext`.
    pub native_context: u32,
    /// The empty string.
    pub empty: u32,
    /// `Module`: the class of CommonJS modules.
    pub module: u32,
    /// `Generator`: the class of what an async function or a generator is while it waits.
    pub generator: u32,
    /// The class of what hands over objects of findings, see [`super::members`].
    pub members: u32,
    /// Names of edges that are part of an entry of a WeakMap, in ascending order.
    pub weak_map_entries: Vec<u32>,
}

impl Default for KnownStrings {
    fn default() -> Self {
        let none = u32::MAX;
        Self {
            context: none,
            native_context: none,
            empty: none,
            module: none,
            generator: none,
            members: none,
            weak_map_entries: Vec::new(),
        }
    }
}

impl KnownStrings {
    /// Takes note of string `number`, whose bytes are as the file has them.
    #[inline]
    pub(super) fn see(&mut self, number: u32, text: &[u8]) {
        match text {
            b"system / Context" => self.context = number,
            b"system / NativeContext" => self.native_context = number,
            b"" => self.empty = number,
            b"Module" => self.module = number,
            b"Generator" => self.generator = number,
            MEMBERS => self.members = number,
            [b'0'..=b'9', ..] if is_weak_map_entry(text) => self.weak_map_entries.push(number),
            _ => {}
        }
    }
}

/// True for `12 / part of key (Key @1) -> value (Value @2) pair in WeakMap (table @3)`.
fn is_weak_map_entry(text: &[u8]) -> bool {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    text[digits..].starts_with(b" / part of key (")
}

/// Strings, names of edges and numbers of nodes.
pub enum Text {
    /// Of a file.
    File(Box<InFile>),
    /// In memory.
    Memory(Box<InMemory>),
}

/// Where things are in a file.
pub struct InFile {
    pub(super) file: File,
    pub(super) node_fields: usize,
    pub(super) node_offsets: Vec<u64>,
    pub(super) edge_offsets: Vec<u64>,
    pub(super) string_offsets: Vec<u64>,
    pub(super) strings: u32,
    pub(super) cache: RefCell<HashMap<u32, String>>,
    pub(super) failure: RefCell<Option<Refusal>>,
}

/// The same in memory.
#[derive(Default)]
pub struct InMemory {
    /// Of each node.
    pub ids: Vec<u32>,
    /// Of each edge.
    pub edge_names: Vec<u32>,
    /// The strings' ends in `bytes`.
    pub ends: Vec<usize>,
    /// All strings' bytes.
    pub bytes: Vec<u8>,
}

impl InMemory {
    /// Adds a string, and returns its number.
    pub fn push(&mut self, text: &[u8]) -> u32 {
        self.bytes.extend_from_slice(text);
        self.ends.push(self.bytes.len());
        self.ends.len() as u32 - 1
    }

    pub(super) fn bytes_of(&self, string: u32) -> &[u8] {
        // Names of edges may be damaged: one beyond the last string is empty.
        let Some(&end) = self.ends.get(string as usize) else { return &[] };
        let start = (string as usize).checked_sub(1).map_or(0, |before| self.ends[before]);
        self.bytes.get(start..end).unwrap_or_default()
    }
}

impl Text {
    pub(super) fn edge_names(&self, first: u32, count: u32) -> Vec<u32> {
        match self {
            Text::Memory(memory) => memory.edge_names[first as usize..(first + count) as usize].to_vec(),
            Text::File(file) => file.edge_names(first, count),
        }
    }

    pub(super) fn id(&self, node: u32) -> u32 {
        match self {
            Text::Memory(memory) => memory.ids[node as usize],
            Text::File(file) => file.id(node),
        }
    }

    pub(super) fn ids(&self, nodes: usize) -> Vec<u32> {
        match self {
            Text::Memory(memory) => memory.ids.clone(),
            Text::File(file) => file.ids(nodes),
        }
    }

    pub(super) fn string(&self, string: u32) -> String {
        match self {
            Text::Memory(memory) => String::from_utf8_lossy(memory.bytes_of(string)).into_owned(),
            Text::File(file) => file.string(string),
        }
    }

    pub(super) fn failure(&self) -> Option<Refusal> {
        match self {
            Text::Memory(_) => None,
            Text::File(file) => file.failure.borrow().clone(),
        }
    }
}

impl InFile {
    fn read<T>(
        &self,
        offset: u64,
        chunk: usize,
        with: impl FnOnce(&mut Source<&File>) -> Result<T, Refusal>,
    ) -> Option<T> {
        let mut file = &self.file;
        let sought = file.seek(SeekFrom::Start(offset)).map_err(|error| unreadable(&error));
        let read = sought.and_then(|_| with(&mut Source::with_chunk(file, offset, chunk)));
        match read {
            Ok(value) => Some(value),
            Err(refusal) => {
                self.failure.borrow_mut().get_or_insert(refusal);
                None
            }
        }
    }

    fn edge_names(&self, first: u32, count: u32) -> Vec<u32> {
        if count == 0 {
            return Vec::new();
        }
        let block = first as usize / RECORDS;
        let chunk = if count < 200 { SMALL_CHUNK } else { 16 * SMALL_CHUNK };
        let names = self.read(self.edge_offsets[block], chunk, |source| {
            let mut names = Vec::with_capacity(count as usize);
            for edge in block * RECORDS..(first + count) as usize {
                source.ensure(RECORD_BYTES)?;
                if !edge.is_multiple_of(RECORDS) || edge > block * RECORDS {
                    source.comma()?;
                }
                source.skip_number()?;
                source.comma()?;
                let name = source.number()?;
                source.comma()?;
                source.skip_number()?;
                if edge >= first as usize {
                    names.push(name as u32);
                }
            }
            Ok(names)
        });
        names.unwrap_or_else(|| vec![0; count as usize])
    }

    fn id(&self, node: u32) -> u32 {
        let block = node as usize / RECORDS;
        let mut id = 0;
        self.each_id(self.node_offsets[block], SMALL_CHUNK, block * RECORDS..node as usize + 1, |next| {
            id = next
        });
        id
    }

    fn ids(&self, nodes: usize) -> Vec<u32> {
        let mut ids = Vec::with_capacity(nodes);
        self.each_id(self.node_offsets[0], 64 * SMALL_CHUNK, 0..nodes, |id| ids.push(id));
        ids.resize(nodes, 0);
        ids
    }

    fn each_id(&self, offset: u64, chunk: usize, nodes: std::ops::Range<usize>, mut with: impl FnMut(u32)) {
        let fields = self.node_fields;
        self.read(offset, chunk, |source| {
            for node in nodes.clone() {
                source.ensure(RECORD_BYTES)?;
                if node > nodes.start {
                    source.comma()?;
                }
                for field in 0..fields {
                    if field > 0 {
                        source.comma()?;
                    }
                    if field == 2 { with(source.number()? as u32) } else { source.skip_number()? }
                }
            }
            Ok(())
        });
    }

    fn string(&self, string: u32) -> String {
        if string >= self.strings {
            return String::new();
        }
        if let Some(text) = self.cache.borrow().get(&string) {
            return text.clone();
        }
        let block = string as usize / STRINGS;
        let text = self.read(self.string_offsets[block], SMALL_CHUNK, |source| {
            for _ in block * STRINGS..string as usize {
                source.expect(b'"')?;
                source.string(|_| ())?;
                source.expect(b',')?;
            }
            source.expect(b'"')?;
            source.string(decoded)
        });
        let text = text.unwrap_or_default();
        let mut cache = self.cache.borrow_mut();
        if cache.len() >= CACHED {
            cache.clear();
        }
        cache.insert(string, text.clone());
        text
    }
}

/// The text of a JSON string between its quotes.
pub(super) fn decoded(bytes: &[u8]) -> String {
    if !bytes.contains(&b'\\') {
        return String::from_utf8_lossy(bytes).into_owned();
    }
    // Where only the beginning was read, it may end within an escape.
    let whole = (0..=12.min(bytes.len())).find_map(|cut| {
        let mut quoted = Vec::with_capacity(bytes.len() + 2);
        quoted.push(b'"');
        quoted.extend_from_slice(&bytes[..bytes.len() - cut]);
        quoted.push(b'"');
        serde_json::from_slice(&quoted).ok()
    });
    whole.unwrap_or_else(|| String::from_utf8_lossy(bytes).into_owned())
}
