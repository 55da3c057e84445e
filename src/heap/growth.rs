//! What grows from one heap to the next: by identity, the objects that are in all of them and retain more in each; by
//! path, for what is copied whenever it grows.

use super::analysis::Analysis;
use super::arrivals::{self, Arrivals, Rule};
use super::graph::Kind;
use super::identity::Identity;
use super::trie::Trie;
use crate::values::heap::{Gain, Growth, Look, PathGain};

/// Collects heaps of one process, in their order in time.
#[derive(Default)]
pub struct Tracker {
    looks: Vec<Look>,
    identity: Identity,
    trie: Trie,
    /// V8's numbers of the global objects.
    process: Vec<u32>,
    same_process: bool,
    arrivals: Arrivals,
}

impl Tracker {
    /// A round of calls begins, behind the highest number that V8 has given: before each round between two heaps.
    pub fn begin_round(&mut self, highest: u32) {
        self.arrivals.begin(highest);
    }

    /// Another heap follows: two do not suffice.
    pub fn go_on(&mut self) {
        self.arrivals = Arrivals::default();
    }

    /// The highest number of an object of the last heap.
    pub fn highest(&self) -> u32 {
        self.identity.highest
    }

    /// Takes the next heap in. What it needs later it keeps.
    pub fn look(&mut self, on: &Analysis, name: &str) {
        let heap = &on.heap;
        let process = globals(on);
        if self.looks.is_empty() {
            self.same_process = true;
            self.process = process;
        } else if self.process != process {
            self.same_process = false;
        }
        let ids = heap.ids();
        self.identity.look(on, &ids);
        self.trie.look(on, &ids, &self.arrivals);
        self.looks.push(Look { name: name.to_owned(), nodes: heap.len() as u64, size: heap.total_size() });
    }

    /// What grew in each of the heaps, of which `on` is the last. Each list has `top` entries at the most; what gained
    /// fewer than `least` bytes in all is left out.
    pub fn finish(&self, on: &Analysis, top: usize, least: u64) -> Growth {
        self.finish_by(on, top, least, arrivals::is_in_each)
    }

    /// Also what may have grown in each round where numbers do not show it: then it is doubtful.
    pub fn possible(&self, on: &Analysis, top: usize, least: u64) -> Growth {
        self.finish_by(on, top, least, arrivals::may_be_in_each)
    }

    fn finish_by(&self, on: &Analysis, top: usize, least: u64, rule: Rule) -> Growth {
        let Tracker { looks, identity, trie, same_process, arrivals, .. } = self;
        let same_process = *same_process;
        let mut containers =
            if same_process { identity.grown(on, arrivals, rule, top, least) } else { Vec::new() };
        let mut paths: Vec<PathGain> = trie.grown(on, rule, top * 2, least);
        containers.retain(|gain| !paths.iter().any(|path| is_copied(gain, path)));
        let listed: Vec<u32> = containers.iter().map(|gain| gain.id).collect();
        // What is named as an object is not named as a path again.
        paths.retain(|path| !listed.contains(&path.id) && !containers.iter().any(|gain| covers(gain, path)));
        paths.truncate(top);
        Growth { kind: "heapGrowth".to_owned(), looks: looks.clone(), same_process, containers, paths }
    }
}

/// True where a path leads through a container, or to it.
fn covers(gain: &Gain, path: &PathGain) -> bool {
    path.held.text == gain.held.text || path.held.text.starts_with(&format!("{} › ", gain.held.text))
}

/// True where what a container holds is replaced by a longer copy at each growth, as by `items = [...items, item]`: the copy
/// is all that the container gained, and its path says what.
fn is_copied(gain: &Gain, path: &PathGain) -> bool {
    const FEW: u64 = 4;
    let gained =
        path.entries.last().zip(path.entries.first()).map_or(0, |(last, first)| last.saturating_sub(*first));
    covers(gain, path) && gain.gained * FEW < gained && path.bytes * FEW >= gain.bytes
}

/// V8's numbers of what the root refers to first, which are other ones in another process.
fn globals(on: &Analysis) -> Vec<u32> {
    let heap = &on.heap;
    let edges = heap.out(heap.root()).iter();
    let ids =
        edges.map(|edge| edge.to()).filter(|&node| heap.kind(node) == Kind::Object).map(|node| heap.id(node));
    ids.collect()
}
