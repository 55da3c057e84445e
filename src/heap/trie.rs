//! Heaps folded by path: nodes that are reached by the same edges through the same classes are one. Indices, keys of
//! tables and V8's own numbers are folded, so that what is copied at each growth stays the same place.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::analysis::Analysis;
use super::arrivals::{self, Arrivals, Rule};
use super::classes::listed;
use super::graph::{Edge, EdgeKind, Heap, Kind, NONE};
use super::label::is_table;
use crate::values::heap::PathGain;

/// Places that are distinguished; what is deeper then counts with the place above it.
const MAX_PLACES: usize = 1 << 19;

/// Classes that are listed of what came.
const MAX_GAINED: usize = 2;

/// A place: a path of edges and classes.
#[derive(Clone, Copy)]
struct Place {
    above: u32,
    class: u32,
    /// A node of the last heap that is there.
    sample: u32,
}

/// What was seen at a place, at each look.
type Counts = Vec<(u32, u64)>;

/// Heaps folded by path.
#[derive(Default)]
pub struct Trie {
    places: Vec<Place>,
    numbers: HashMap<(u32, u32, u32), u32>,
    words: HashMap<String, u32>,
    texts: Vec<String>,
    /// By look: nodes and bytes of each place.
    looks: Vec<Counts>,
    /// By round before the last look, where rounds are known: nodes of each place that came in it.
    came: Vec<Vec<u32>>,
}

impl Trie {
    /// Takes the next heap in.
    pub fn look(&mut self, on: &Analysis, ids: &[u32], arrivals: &Arrivals) {
        let heap = &on.heap;
        let mut came: Vec<Vec<u32>> = vec![Vec::new(); arrivals.rounds()];
        if self.places.is_empty() {
            self.places.push(Place { above: NONE, class: 0, sample: NONE });
            self.word("root");
        }
        let indexed = self.word("[i]");
        let keyed = self.word("[key]");
        let weak = self.word("(value in a WeakMap)");
        for place in &mut self.places {
            place.sample = NONE;
        }
        let names = heap.all_edge_names();
        let mut labels: HashMap<u32, u32> = HashMap::new();
        let mut classes: HashMap<(u8, u32), u32> = HashMap::new();
        let mut counts: Counts = vec![(0, 0); self.places.len()];
        counts[0].0 = 1;
        let mut place = vec![NONE; heap.len()];
        let root = heap.root();
        place[root as usize] = 0;
        // Nodes in the order of their distance, each with the edges by which others are reached first.
        for &from in std::iter::once(&root).chain(&on.paths.order) {
            let above = place[from as usize];
            if above == NONE {
                continue;
            }
            let edges = heap.out(from);
            let first = heap.first[from as usize] as usize;
            let mut table = None;
            for (at, edge) in edges.iter().enumerate() {
                let to = edge.to();
                if place[to as usize] != NONE
                    || on.paths.before[to as usize] != from
                    || !edge.retains(from == root)
                {
                    continue;
                }
                let label = match self.fold(heap, from, edge, edges, &mut table) {
                    Fold::Index => indexed,
                    Fold::Key => keyed,
                    Fold::Name => {
                        let name = names[first + at];
                        let known = labels.get(&name).copied();
                        known.unwrap_or_else(|| {
                            let text = heap.string(name);
                            let label = match () {
                                () if text.contains(" / part of key (") => weak,
                                () if text.bytes().all(|byte| byte.is_ascii_digit()) => indexed,
                                () => self.word(&text),
                            };
                            labels.insert(name, label);
                            label
                        })
                    }
                };
                let class = self.class(on, to, &mut classes);
                let at = self.place(above, label, class, to);
                place[to as usize] = at;
                if counts.len() <= at as usize {
                    counts.resize(at as usize + 1, (0, 0));
                }
                counts[at as usize].0 += 1;
                counts[at as usize].1 += heap.size(to);
                if let Some(round) = arrivals.round(ids[to as usize]) {
                    let came = &mut came[round];
                    came.resize(came.len().max(at as usize + 1), 0);
                    came[at as usize] += 1;
                }
            }
        }
        came.iter_mut().for_each(|round| round.resize(self.places.len(), 0));
        self.came = came;
        self.looks.push(counts);
    }

    /// The deepest places that gain children at each look, by `rule` in each round, without becoming more themselves, the largest
    /// first.
    pub(super) fn grown(&self, on: &Analysis, rule: Rule, top: usize, least: u64) -> Vec<PathGain> {
        let places = self.places.len();
        let looks = self.looks.len();
        if looks < 2 {
            return Vec::new();
        }
        let mut counted = self.looks.clone();
        counted.iter_mut().for_each(|look| look.resize(places, (0, 0)));
        // A place above has a lower number than those below.
        let children: Vec<Vec<u64>> =
            counted.iter().map(|look| self.sums(look, |seen| u64::from(seen.0))).collect();
        let bytes: Vec<Vec<u64>> = counted.iter().map(|look| self.totals(look)).collect();
        // Of rounds between the heaps: what came to a place, and to those below it.
        let came = |at: usize| self.came.iter().map(|round| u64::from(round[at])).collect::<Vec<u64>>();
        let below: Vec<Vec<u64>> =
            self.came.iter().map(|round| self.sums(round, |&came| came.into())).collect();
        let came_below = |at: usize| below.iter().map(|round| round[at]).collect::<Vec<u64>>();
        let grows = |of: &dyn Fn(usize) -> u64, came: &[u64], rule: Rule| {
            (1..looks).all(|look| of(look) > of(look - 1)) && rule(of(0), of(looks - 1), came)
        };
        let mut found: Vec<(u64, usize)> = (1..places)
            .filter(|&at| {
                grows(&|look| children[look][at], &came_below(at), rule)
                    && !grows(&|look| u64::from(counted[look][at].0), &came(at), arrivals::may_be_in_each)
            })
            .map(|at| (bytes[looks - 1][at].saturating_sub(bytes[0][at]), at))
            .filter(|&(gained, at)| gained >= least.max(1) && self.places[at].sample != NONE)
            .collect();
        found.sort_by_key(|&(gained, at)| (Reverse(gained), at));
        found.truncate(top);
        let described = found.into_iter().map(|(gained, at)| {
            let counts = (1..places).filter(|&child| self.places[child].above as usize == at);
            let came = counts.filter_map(|child| {
                let (before, now) = (counted[0][child].0, counted[looks - 1][child].0);
                let more = now.checked_sub(before).filter(|&more| more > 0)?;
                Some((self.texts[self.places[child].class as usize].clone(), u64::from(more)))
            });
            let mut classes: HashMap<String, u64> = HashMap::new();
            for (class, more) in came {
                *classes.entry(class).or_default() += more;
            }
            // V8's own memory of a container is none of the program's objects.
            let sample = self.visible(on, at);
            PathGain {
                id: on.heap.id(sample),
                class: on.name(sample),
                entries: (0..looks).map(|look| children[look][at]).collect(),
                bytes: gained,
                classes: listed(classes, MAX_GAINED),
                held: on.held(sample),
                is_doubtful: !arrivals::grew_in_each(
                    children[0][at],
                    children[looks - 1][at],
                    &came_below(at),
                ),
            }
        });
        described.collect()
    }

    /// The node that a program knows at a place: itself, or the first above it.
    fn visible(&self, on: &Analysis, at: usize) -> u32 {
        let sample = self.places[at].sample;
        let mut node = sample;
        while !on.is_shown(node) {
            let before = on.paths.before[node as usize];
            if before == node || before == NONE {
                return sample;
            }
            node = before;
        }
        node
    }

    fn fold(&self, heap: &Heap, from: u32, edge: &Edge, edges: &[Edge], table: &mut Option<bool>) -> Fold {
        match edge.kind() {
            EdgeKind::Element | EdgeKind::Hidden => Fold::Index,
            EdgeKind::Internal if heap.kind(from) == Kind::Array => Fold::Index,
            EdgeKind::Property if from != heap.root() && *table.get_or_insert_with(|| is_table(edges)) => {
                Fold::Key
            }
            _ => Fold::Name,
        }
    }

    fn class(&mut self, on: &Analysis, node: u32, classes: &mut HashMap<(u8, u32), u32>) -> u32 {
        let heap = &on.heap;
        let kind = heap.kind(node);
        // Closures are distinguished by where they were written.
        if kind == Kind::Closure {
            let name = heap.name(node);
            let key = heap
                .location(node)
                .map_or((kind as u8, name), |at| (u8::MAX - 1, at.script << 16 ^ at.line << 8 ^ at.column));
            if let Some(&class) = classes.get(&key) {
                return class;
            }
            let place = on.scopes.place(heap, node);
            let place = place
                .map_or(String::new(), |place| format!(" {}:{}", on.scopes.shown(&place.file), place.line));
            let text = format!("{}(){place}", heap.string(name));
            let class = self.word(&text);
            classes.insert(key, class);
            return class;
        }
        let key = (u8::MAX, on.classes.class(heap, node));
        if let Some(&class) = classes.get(&key) {
            return class;
        }
        let class = self.word(&on.classes.text(heap, key.1));
        classes.insert(key, class);
        class
    }

    fn place(&mut self, above: u32, label: u32, class: u32, sample: u32) -> u32 {
        let key = (above, label, class);
        if let Some(&at) = self.numbers.get(&key) {
            if self.places[at as usize].sample == NONE {
                self.places[at as usize].sample = sample;
            }
            return at;
        }
        if self.places.len() >= MAX_PLACES {
            return above;
        }
        let at = self.places.len() as u32;
        self.places.push(Place { above, class, sample });
        self.numbers.insert(key, at);
        at
    }

    fn word(&mut self, text: &str) -> u32 {
        if let Some(&word) = self.words.get(text) {
            return word;
        }
        let word = self.texts.len() as u32;
        self.texts.push(text.to_owned());
        self.words.insert(text.to_owned(), word);
        word
    }

    /// By place: the sum over its children.
    fn sums<T>(&self, look: &[T], of: impl Fn(&T) -> u64) -> Vec<u64> {
        let mut sums = vec![0u64; look.len()];
        for (at, seen) in look.iter().enumerate().skip(1) {
            sums[self.places[at].above as usize] += of(seen);
        }
        sums
    }

    /// By place: bytes there and below.
    fn totals(&self, look: &Counts) -> Vec<u64> {
        let mut totals: Vec<u64> = look.iter().map(|seen| seen.1).collect();
        for at in (1..totals.len()).rev() {
            let below = totals[at];
            totals[self.places[at].above as usize] += below;
        }
        totals
    }
}

enum Fold {
    Index,
    Key,
    Name,
}
