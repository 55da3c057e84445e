//! From a `.heapsnapshot` to a [`Heap`], in one only count the file. Memory is bounded by what the header announces, and
//! the header is held against the file's length first.

use std::fs::File;
use std::io::Read;

use super::graph::{Edge, EdgeKind, Heap, Kind, Location};
use super::header::{Header, MAX_SIZE};
use super::parsed::Parsed;
use super::reciprocal::Reciprocal;
use super::refusal::{Refusal, foreign, unreadable};
use super::source::Source;
use super::text::{RECORD_BYTES, RECORDS, STRINGS, Text, decoded};

/// Nodes or edges between two calls of `progress`.
const PROGRESS: usize = 1 << 18;

/// Reads the file at `path`. `progress` is called now and then with the share of the file that is read.
pub fn open(path: &str, mut progress: impl FnMut(f64)) -> Result<Heap, Refusal> {
    let file = File::open(path).map_err(|error| unreadable(&error).of_file(path))?;
    let metadata = file.metadata().map_err(|error| unreadable(&error).of_file(path))?;
    if !metadata.is_file() {
        return Err(foreign("it is no file").of_file(path));
    }
    let length = metadata.len();
    let again = file.try_clone().map_err(|error| unreadable(&error).of_file(path))?;
    let mut progress = |offset: u64| progress(offset as f64 / length.max(1) as f64);
    let parsed = Parser::new(file, Some(length), false, &mut progress).parse();
    let parsed = parsed.map_err(|refusal| refusal.of_file(path))?;
    Ok(parsed.into_heap(|offsets| Text::File(Box::new(offsets.in_file(again)))))
}

/// Reads a snapshot that is no file, and so keeps its strings in memory.
pub fn read(reader: impl Read) -> Result<Heap, Refusal> {
    let mut parsed = Parser::new(reader, None, true, &mut |_| ()).parse()?;
    let memory = std::mem::take(&mut parsed.memory);
    Ok(parsed.into_heap(|_| Text::Memory(Box::new(memory))))
}

struct Parser<'a, R> {
    source: Source<R>,
    length: Option<u64>,
    keep: bool,
    progress: &'a mut dyn FnMut(u64),
}

impl<'a, R: Read> Parser<'a, R> {
    fn new(reader: R, length: Option<u64>, keep: bool, progress: &'a mut dyn FnMut(u64)) -> Self {
        Self { source: Source::new(reader), length, keep, progress }
    }

    fn parse(mut self) -> Result<Parsed, Refusal> {
        let header = self.header()?;
        let mut parsed = Parsed::sized(header, self.keep);
        loop {
            match self.source.token()? {
                b',' => {}
                b'}' => break,
                _ => return Err(foreign("it is not a list of a snapshot's parts")),
            }
            self.source.expect(b'"')?;
            let key = self.source.string(decoded)?;
            self.source.expect(b':')?;
            match key.as_str() {
                "nodes" => self.nodes(&mut parsed)?,
                "edges" => self.edges(&mut parsed)?,
                "locations" => self.locations(&mut parsed)?,
                "strings" => self.strings(&mut parsed)?,
                _ => self.source.value(|_| ())?,
            }
        }
        parsed.check()?;
        parsed.mark_ephemerons(self.keep);
        Ok(parsed)
    }

    fn header(&mut self) -> Result<Header, Refusal> {
        const MAX_HEADER: usize = 1 << 20;
        if self.source.token()? != b'{' || self.source.token()? != b'"' {
            return Err(foreign("it does not begin as a heap snapshot does"));
        }
        if self.source.string(|key| key != b"snapshot")? {
            return Err(foreign("it does not begin with \"snapshot\""));
        }
        self.source.expect(b':')?;
        let mut text = Vec::new();
        self.source.value(|part| {
            if text.len() < MAX_HEADER {
                text.extend_from_slice(part);
            }
        })?;
        let header = Header::parse(&text)?;
        // A node takes two bytes a field at least, an edge six: a header that announces more is not believed.
        let least = header.nodes as u64 * header.node_fields as u64 * 2 + header.edges as u64 * 6;
        match self.length {
            Some(length) if length < least => Err(foreign(format!(
                "its header announces {} nodes and {} edges, and it has {length} bytes: it is cut off",
                header.nodes, header.edges
            ))),
            _ => Ok(header),
        }
    }

    fn nodes(&mut self, parsed: &mut Parsed) -> Result<(), Refusal> {
        if !parsed.first.is_empty() {
            return Err(foreign("it has nodes twice"));
        }
        let (source, header) = (&mut self.source, &parsed.header);
        source.expect(b'[')?;
        source.blanks()?;
        let mut edges = 0u64;
        for node in 0..header.nodes {
            source.ensure(RECORD_BYTES)?;
            if node > 0 {
                source.comma()?;
            }
            if node.is_multiple_of(RECORDS) {
                parsed.offsets.nodes.push(source.offset());
                if node.is_multiple_of(PROGRESS) {
                    (self.progress)(source.offset());
                }
            }
            let kind = source.number()? as usize;
            let kind = header.kinds.get(kind).copied();
            parsed.kinds.push(kind.ok_or_else(|| foreign(format!("node {node} is of no kind")))?);
            source.comma()?;
            parsed.names.push(small(source.number()?)?);
            source.comma()?;
            if self.keep {
                parsed.memory.ids.push(small(source.number()?)?)
            } else {
                source.number().map(|_| ())?
            }
            source.comma()?;
            let size = source.number()?;
            parsed.sizes.push(if size < MAX_SIZE { size } else { return Err(too_large(size)) });
            source.comma()?;
            parsed.first.push(edges as u32);
            edges = edges.saturating_add(source.number()?);
            for _ in 5..header.node_fields {
                source.comma()?;
                source.skip_number()?;
            }
            if edges > header.edges as u64 {
                return Err(foreign(format!(
                    "its nodes have more than the {} edges announced",
                    header.edges
                )));
            }
        }
        parsed.first.push(edges as u32);
        if edges != header.edges as u64 {
            return Err(foreign(format!("its nodes have {edges} edges, not the {} announced", header.edges)));
        }
        source.expect(b']')
    }

    fn edges(&mut self, parsed: &mut Parsed) -> Result<(), Refusal> {
        if parsed.first.is_empty() || !parsed.offsets.edges.is_empty() {
            return Err(foreign("its edges do not follow its nodes"));
        }
        let source = &mut self.source;
        source.expect(b'[')?;
        source.blanks()?;
        let header = &parsed.header;
        let (fields, limit) = (header.node_fields as u64, header.nodes as u64 * header.node_fields as u64);
        let by_fields = Reciprocal::of(fields);
        let mut edge = 0u32;
        for node in 0..header.nodes {
            let end = parsed.first[node + 1];
            let is_array = parsed.kinds[node] == Kind::Array;
            let mut has_weak = false;
            while edge < end {
                source.ensure(RECORD_BYTES)?;
                if edge > 0 {
                    source.comma()?;
                }
                if (edge as usize).is_multiple_of(RECORDS) {
                    parsed.offsets.edges.push(source.offset());
                    if (edge as usize).is_multiple_of(PROGRESS) {
                        (self.progress)(source.offset());
                    }
                }
                let kind = source.number()? as usize;
                let kind = header.edge_kinds.get(kind).copied();
                let kind = kind.ok_or_else(|| foreign(format!("edge {edge} is of no kind")))?;
                source.comma()?;
                let name = if self.keep || (is_array && has_weak && kind == EdgeKind::Internal) {
                    let name = small(source.number()?)?;
                    if is_array && has_weak && kind == EdgeKind::Internal {
                        parsed.table_edges.push((edge, node as u32, name));
                    }
                    name
                } else {
                    source.number()?;
                    0
                };
                if self.keep {
                    parsed.memory.edge_names.push(name);
                }
                source.comma()?;
                let to = source.number()?;
                let target = by_fields.divide(to);
                if to >= limit || target * fields != to {
                    return Err(foreign(format!("edge {edge} leads to {to}, where no node is")));
                }
                parsed.edges.push(Edge::new(kind, target as u32));
                has_weak |= kind == EdgeKind::Weak;
                edge += 1;
            }
        }
        source.expect(b']')
    }

    fn locations(&mut self, parsed: &mut Parsed) -> Result<(), Refusal> {
        let source = &mut self.source;
        source.expect(b'[')?;
        source.blanks()?;
        if source.peek()? == b']' {
            return source.expect(b']');
        }
        let fields = parsed.header.node_fields as u64;
        loop {
            source.ensure(RECORD_BYTES)?;
            let mut numbers = [0u64; 4];
            for (at, number) in numbers.iter_mut().enumerate() {
                if at > 0 {
                    source.comma()?;
                }
                *number = source.number()?;
            }
            let [node, script, line, column] = numbers;
            if node / fields >= parsed.header.nodes as u64 {
                return Err(foreign(format!("a location is that of {node}, where no node is")));
            }
            let (node, script) = (small(node / fields)?, small(script)?);
            parsed.locations.push(Location { node, script, line: small(line)?, column: small(column)? });
            match source.token()? {
                b',' => source.blanks()?,
                b']' => return Ok(()),
                _ => return Err(foreign("its locations are not a list of numbers")),
            }
        }
    }

    fn strings(&mut self, parsed: &mut Parsed) -> Result<(), Refusal> {
        let source = &mut self.source;
        source.expect(b'[')?;
        source.blanks()?;
        if source.peek()? == b']' {
            return source.expect(b']');
        }
        let mut number = 0u32;
        loop {
            source.blanks()?;
            if (number as usize).is_multiple_of(STRINGS) {
                parsed.offsets.strings.push(source.offset());
                if (number as usize).is_multiple_of(PROGRESS) {
                    (self.progress)(source.offset());
                }
            }
            source.expect(b'"')?;
            let (known, memory, keep) = (&mut parsed.known, &mut parsed.memory, self.keep);
            source.string(|text| {
                known.see(number, text);
                if keep {
                    memory.push(decoded(text).as_bytes());
                }
            })?;
            number = number.checked_add(1).ok_or_else(|| foreign("it has too many strings"))?;
            match source.token()? {
                b',' => {}
                b']' => break,
                _ => return Err(foreign("its strings are not a list")),
            }
        }
        parsed.offsets.string_count = number;
        Ok(())
    }
}

#[inline(always)]
fn small(number: u64) -> Result<u32, Refusal> {
    if number < u64::from(u32::MAX) { Ok(number as u32) } else { Err(too_large(number)) }
}

#[cold]
fn too_large(number: u64) -> Refusal {
    foreign(format!("it has the number {number}, which is too large there"))
}
