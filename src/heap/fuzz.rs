//! Damaged snapshots: whatever the text, it is refused in words or analysed, and nothing panics.
//!
//! Each case is made of its number alone. `LEAKLINE_FUZZ_SECONDS=600 cargo test --no-default-features heap::fuzz` goes on for ten
//! minutes; `LEAKLINE_FUZZ_FIRST` begins with the case that a failure names.

use std::time::{Duration, Instant};

use super::analysis::Analysis;
use super::graph::{EdgeKind, Heap};
use super::growth::Tracker;
use super::parse::{open, read};
use super::written::{EDGES, KINDS, Written};
use super::{members, retained, select, survey};
use crate::values::retainers::AskedSite;

/// Cases of the ordinary run.
const CASES: u64 = 400;

/// One of so many cases is read from a file too.
const IN_FILE: u64 = 8;

/// Names that analyses look for.
const NAMES: [&str; 18] = [
    "",
    "(GC roots)",
    "(Global handles)",
    "(Stack roots)",
    "system / Context",
    "system / DebugInfo",
    "Module",
    "filename",
    "exports",
    "/srv/app/cart.js",
    "Map",
    "Object",
    "Array",
    "table",
    "elements",
    "shared",
    "script",
    "3 / part of key (Key @7) -> value (Value @9) pair in WeakMap (table @5)",
];

/// What damages put in: numbers at their limits, pieces of JSON, bytes that are no text.
const PIECES: [&[u8]; 16] = [
    b"0",
    b"4294967295",
    b"4294967294",
    b"18446744073709551615",
    b"99999999999999999999999999",
    b"-1",
    b"1e9",
    b",",
    b"]",
    b"[",
    b"}",
    b"{",
    b"\"",
    b"\\u12",
    b"\n ,",
    b"\xff\x00\xf0\x9f",
];

/// SplitMix64: see Steele, Lea and Flood, Fast Splittable Pseudorandom Number Generators (2014).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }
}

fn snapshot(random: &mut Random) -> Written {
    let mut written =
        Written { one_line: random.below(2) == 0, traced: random.below(2) == 0, ..Written::default() };
    let nodes = 1 + random.below(40);
    for node in 0..nodes {
        let kind = if node == 0 { "synthetic" } else { random.of(&KINDS) };
        let name = random.of(&NAMES);
        let size = random.of(&[0, 8, 24, 1 << 20, 5 << 32]);
        written.node(kind, name, size);
    }
    for _ in 0..random.below(nodes * 4) {
        let (from, to) = (random.below(nodes), random.below(nodes));
        let kind = random.of(&EDGES);
        let name = match kind {
            EdgeKind::Element | EdgeKind::Hidden => to.to_string(),
            _ => random.of(&NAMES).to_owned(),
        };
        written.edge(from, kind, &name, to);
    }
    for _ in 0..random.below(6) {
        let (line, column) = (random.below(9) as u32, random.below(9) as u32);
        written.locations.push((random.below(nodes), 1 + random.below(3) as u32, line, column));
    }
    written
}

/// Changes a few places of a text.
fn damage(text: &mut Vec<u8>, random: &mut Random) {
    for _ in 0..random.below(4) {
        let at = random.below(text.len());
        let end = (at + random.below(24)).min(text.len());
        match random.below(6) {
            0 => text.truncate(at),
            1 => drop(text.drain(at..end)),
            2 => text.extend_from_within(at..end),
            3 => {
                let copied = text[at..end].to_vec();
                let to = random.below(text.len());
                text.splice(to..to, copied);
            }
            4 => drop(text.splice(at..end, random.of(&PIECES).iter().copied())),
            _ if text.is_empty() => {}
            _ => text[at] ^= 1 << random.below(8),
        }
    }
    // Numbers keep their place: what is announced changes.
    if random.below(3) == 0 {
        let digits: Vec<usize> = (0..text.len()).filter(|&at| text[at].is_ascii_digit()).collect();
        if !digits.is_empty() {
            let at = random.of(&digits);
            text[at] = b'0' + random.below(10) as u8;
        }
    }
}

/// Asks all that commands ask of a heap.
fn analyse(mut heap: Heap) {
    members::take(&mut heap);
    let on = Analysis::of(heap, "/srv/app", |_, _| ());
    survey::survey(&on, "a", 3);
    for of in ["@3", "Object", "cart.js:3"] {
        let _ = select::select(&on, "a", of, 3);
    }
    let mut tracker = Tracker::default();
    tracker.look(&on, "a");
    tracker.look(&on, "b");
    tracker.finish(&on, 3, 1);
    let last = on.heap.len() as u32 - 1;
    let _ =
        retained::retainers(on, vec![AskedSite::default()], &[vec![0, last], vec![last / 2]], None, None, 3);
}

fn case(number: u64, file: &str) {
    let mut random = Random(number);
    let mut text = snapshot(&mut random).text().into_bytes();
    damage(&mut text, &mut random);
    if let Ok(heap) = read(&text[..]) {
        analyse(heap);
    }
    if number.is_multiple_of(IN_FILE) {
        std::fs::write(file, &text).unwrap();
        if let Ok(heap) = open(file, |_| ()) {
            analyse(heap);
        }
    }
}

#[test]
fn a_damaged_snapshot_is_refused_or_analysed() {
    let asked = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let seconds = asked("LEAKLINE_FUZZ_SECONDS").map(Duration::from_secs);
    let first = asked("LEAKLINE_FUZZ_FIRST").unwrap_or_default();
    let file = std::env::temp_dir().join(format!("leakline-fuzz-{}.heapsnapshot", std::process::id()));
    let file = file.to_str().unwrap();
    let begun = Instant::now();
    let mut number = first;
    while seconds.map_or(number - first < CASES, |seconds| begun.elapsed() < seconds) {
        let failed = std::panic::catch_unwind(|| case(number, file));
        assert!(failed.is_ok(), "LEAKLINE_FUZZ_FIRST={number} repeats it");
        number += 1;
    }
    let _ = std::fs::remove_file(file);
    println!("{} cases", number - first);
}
