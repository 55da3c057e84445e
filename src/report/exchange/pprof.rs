//! pprof's profile (`profile.proto`), which `go tool pprof`, Pyroscope, Parca and speedscope read.
//!
//! The message has twelve fields of five shapes, so it is encoded here rather than by a crate. Reference:
//! github.com/google/pprof/blob/main/proto/profile.proto.

use std::collections::HashMap;

use crate::record::layout::is_sampled;
use crate::values::frames::Frame;
use crate::values::snapshot::{Site, Snapshot};

/// Writes every live site of a snapshot as a profile, not compressed.
///
/// Sample types: `inuse_objects` (live), `alloc_objects` (registered), `inuse_space` (bytes, 0 where leakline does not
/// know them) and `growth` (objects per hour). Labels: `kind`, `label`, `verdict`.
pub fn pprof(snapshot: &Snapshot) -> Vec<u8> {
    let mut profile = Profile::new();
    for site in snapshot.sites.iter().filter(|site| site.live > 0) {
        profile.add(site);
    }
    profile.finish(snapshot)
}

/// Names of sample types and their units, in the order of each sample's values.
const TYPES: [(&str, &str); 4] = [
    ("inuse_objects", "count"),
    ("alloc_objects", "count"),
    ("inuse_space", "bytes"),
    ("growth", "objects_per_hour"),
];

/// Field numbers of `Profile`.
mod field {
    pub const SAMPLE_TYPE: u32 = 1;
    pub const SAMPLE: u32 = 2;
    pub const LOCATION: u32 = 4;
    pub const FUNCTION: u32 = 5;
    pub const STRING_TABLE: u32 = 6;
    pub const TIME_NANOS: u32 = 9;
    pub const DURATION_NANOS: u32 = 10;
    pub const DEFAULT_SAMPLE_TYPE: u32 = 14;
}

struct Profile<'a> {
    out: Message,
    strings: Strings<'a>,
    locations: HashMap<&'a Frame, u64>,
    functions: HashMap<(&'a str, &'a str), u64>,
}

impl<'a> Profile<'a> {
    fn new() -> Self {
        // The first string of the table has to be empty.
        let mut strings = Strings::default();
        strings.index("");
        Self { out: Message::default(), strings, locations: HashMap::new(), functions: HashMap::new() }
    }

    fn add(&mut self, site: &'a Site) {
        let mut sample = Message::default();
        let locations: Vec<u64> = site.stack.iter().map(|frame| self.location(frame)).collect();
        sample.packed(1, &locations);
        let bytes = site.size.filter(|_| is_sampled(&site.kind)).map_or(0, |size| size.total);
        let growth = site.growth_per_hour.max(0.0) as u64;
        sample.packed(2, &[site.live, site.registered, bytes, growth]);
        let verdict = site.verdict.name();
        for (key, text) in [("kind", site.kind.as_str()), ("label", &site.label), ("verdict", verdict)] {
            let mut label = Message::default();
            label.number(1, self.strings.index(key));
            label.number(2, self.strings.index(text));
            sample.message(3, &label);
        }
        self.out.message(field::SAMPLE, &sample);
    }

    fn location(&mut self, frame: &'a Frame) -> u64 {
        if let Some(&id) = self.locations.get(frame) {
            return id;
        }
        let function = self.function(frame);
        let id = self.locations.len() as u64 + 1;
        self.locations.insert(frame, id);
        let mut line = Message::default();
        line.number(1, function);
        line.number(2, u64::from(frame.line));
        line.number(3, u64::from(frame.column));
        let mut location = Message::default();
        location.number(1, id);
        location.message(4, &line);
        self.out.message(field::LOCATION, &location);
        id
    }

    fn function(&mut self, frame: &'a Frame) -> u64 {
        let name = frame.function.as_deref().unwrap_or("(anonymous)");
        if let Some(&id) = self.functions.get(&(name, frame.file.as_str())) {
            return id;
        }
        let id = self.functions.len() as u64 + 1;
        self.functions.insert((name, &frame.file), id);
        let mut function = Message::default();
        function.number(1, id);
        let name = self.strings.index(name);
        function.number(2, name);
        function.number(3, name);
        function.number(4, self.strings.index(&frame.file));
        self.out.message(field::FUNCTION, &function);
        id
    }

    fn finish(mut self, snapshot: &Snapshot) -> Vec<u8> {
        for (name, unit) in TYPES {
            let mut kind = Message::default();
            kind.number(1, self.strings.index(name));
            kind.number(2, self.strings.index(unit));
            self.out.message(field::SAMPLE_TYPE, &kind);
        }
        let taken = humantime::parse_rfc3339(&snapshot.process.taken_at).ok();
        let since_epoch = taken.and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
        self.out.number(field::TIME_NANOS, since_epoch.map_or(0, |time| time.as_nanos() as u64));
        self.out.number(field::DURATION_NANOS, snapshot.process.uptime_ms.saturating_mul(1_000_000));
        let default = self.strings.index(TYPES[0].0);
        self.out.number(field::DEFAULT_SAMPLE_TYPE, default);
        for text in &self.strings.list {
            self.out.bytes(field::STRING_TABLE, text.as_bytes());
        }
        self.out.0
    }
}

#[derive(Default)]
struct Strings<'a> {
    list: Vec<&'a str>,
    known: HashMap<&'a str, u64>,
}

impl<'a> Strings<'a> {
    fn index(&mut self, text: &'a str) -> u64 {
        let next = self.list.len() as u64;
        let index = *self.known.entry(text).or_insert(next);
        if index == next {
            self.list.push(text);
        }
        index
    }
}

/// A message of Protocol Buffers as it is written: fields one after the other.
#[derive(Default)]
struct Message(Vec<u8>);

/// How a field's value is encoded.
const VARINT: u32 = 0;
const LENGTH_DELIMITED: u32 = 2;

impl Message {
    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }

    fn number(&mut self, field: u32, value: u64) {
        self.varint(u64::from(field << 3 | VARINT));
        self.varint(value);
    }

    fn bytes(&mut self, field: u32, bytes: &[u8]) {
        self.varint(u64::from(field << 3 | LENGTH_DELIMITED));
        self.varint(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }

    fn message(&mut self, field: u32, message: &Message) {
        self.bytes(field, &message.0);
    }

    fn packed(&mut self, field: u32, values: &[u64]) {
        let mut packed = Message::default();
        for &value in values {
            packed.varint(value);
        }
        self.message(field, &packed);
    }
}
