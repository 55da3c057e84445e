//! The objects that somebody asks for: of a class, by V8's number, or by the line that a function or class begins at.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet};

use super::analysis::Analysis;
use super::classes::class_of;
use super::graph::{Heap, Kind, Location, NONE};
use super::refusal::Refusal;
use super::survey::holds;
use crate::values::heap::{Detail, Place, Reference, Selected, Way};

/// Objects whose way is looked at, to say how most are kept: for each the edges of what holds it are gone through, which may be
/// millions.
const MAX_WAYS_SEEN: usize = 400;

/// References that are listed of an object.
const MAX_REFERENCES: usize = 20;

/// The objects that `of` names: `Class`, `@ID` or `FILE:LINE`.
pub fn select(on: &Analysis, file: &str, of: &str, top: usize) -> Result<Selected, Refusal> {
    let nodes = found(on, of)?;
    let heap = &on.heap;
    let retained = |node: u32| on.dominators.retained[node as usize];
    let chosen: HashSet<u32> = nodes.iter().copied().collect();
    let is_outer = |&&node: &&u32| !on.dominators.above(node).any(|above| chosen.contains(&above));
    let mut largest = nodes.clone();
    largest.sort_by_key(|&node| (Reverse(retained(node)), node));
    largest.truncate(top);
    let mut holds = holds(on, &largest);
    let holders = holders(heap, &largest);
    let objects = largest.iter().map(|&node| Detail {
        object: on.retainer(node, holds.remove(&node).unwrap_or_default()),
        place: on.scopes.place(heap, node),
        fields: fields(on, node),
        holders: holders[&node].iter().map(|&from| reference(on, from, from, node)).collect(),
    });
    Ok(Selected {
        kind: "heapOf".to_owned(),
        file: file.to_owned(),
        of: of.to_owned(),
        count: nodes.len() as u64,
        size: nodes.iter().map(|&node| heap.size(node)).sum(),
        retained: nodes.iter().filter(is_outer).map(|&node| retained(node)).sum(),
        ways: ways(on, &nodes, top),
        objects: objects.collect(),
    })
}

fn found(on: &Analysis, of: &str) -> Result<Vec<u32>, Refusal> {
    let refused = |problem: String| Err(Refusal::Of { of: of.to_owned(), problem });
    let heap = &on.heap;
    if let Some(number) = of.strip_prefix('@') {
        let Ok(id) = number.parse::<u32>() else {
            return refused("@ is followed by V8's number of an object".to_owned());
        };
        return match heap.ids().iter().position(|&known| known == id) {
            Some(node) => Ok(vec![node as u32]),
            None => refused("no object of the snapshot has this number".to_owned()),
        };
    }
    let place = of.rsplit_once(':').and_then(|(file, line)| Some((file, line.parse::<u32>().ok()?)));
    let nodes: Vec<u32> = match place {
        Some((file, line)) => at_line(on, file, line),
        None => {
            let is_it = |&node: &u32| class_of(heap, node) == of;
            let class = (0..on.classes.len() as u32).find(|&class| on.classes.text(heap, class) == of);
            match class {
                Some(class) => {
                    (0..heap.len() as u32).filter(|&node| on.classes.class(heap, node) == class).collect()
                }
                None => {
                    (0..heap.len() as u32).filter(|&node| heap.kind(node).has_class()).filter(is_it).collect()
                }
            }
        }
    };
    let nodes: Vec<u32> =
        nodes.into_iter().filter(|&node| on.dominators.immediate[node as usize] != NONE).collect();
    match (nodes.is_empty(), place) {
        (false, _) => Ok(nodes),
        (true, Some(_)) => refused("no function or class of a live object begins at this line".to_owned()),
        (true, None) => refused("no object of the snapshot has this class".to_owned()),
    }
}

/// Closures and instances of classes that begin at a line. The file may be the end of its path.
fn at_line(on: &Analysis, file: &str, line: u32) -> Vec<u32> {
    let file = crate::values::urls::local(file).replace('\\', "/");
    let file = file.strip_prefix("./").unwrap_or(&file);
    let is_it = |known: &str| {
        let known = known.replace('\\', "/");
        known == file || known.ends_with(&format!("/{file}"))
    };
    // Script by script, so that each map is read once.
    let key = |at: &Location| (at.script, at.line, at.column);
    let samples: BTreeMap<(u32, u32, u32), u32> =
        on.heap.locations().iter().map(|location| (key(location), location.node)).collect();
    let is_there = |place: &Place| {
        let shipped = place.shipped_at.as_ref();
        (place.line == line && is_it(&place.file))
            || shipped.is_some_and(|at| at.line == line && is_it(&at.file))
    };
    let wanted: HashSet<(u32, u32, u32)> = samples
        .into_iter()
        .filter(|&(_, node)| on.scopes.place(&on.heap, node).is_some_and(|place| is_there(&place)))
        .map(|(key, _)| key)
        .collect();
    let locations = on.heap.locations().iter().filter(|location| wanted.contains(&key(location)));
    locations.map(|location| location.node).collect()
}

/// By which paths most are kept.
pub(super) fn ways(on: &Analysis, nodes: &[u32], top: usize) -> Vec<Way> {
    let mut ways: HashMap<String, Way> = HashMap::new();
    // At equal distances from all of them.
    let step = nodes.len().div_ceil(MAX_WAYS_SEEN).max(1);
    for &node in nodes.iter().step_by(step) {
        let held = on.held(node);
        let new = || Way { count: 0, id: on.heap.id(node), held: held.clone() };
        ways.entry(held.text.clone()).or_insert_with(new).count += step as u64;
    }
    let mut ways: Vec<Way> = ways.into_values().collect();
    ways.sort_by(|a, b| (Reverse(a.count), &a.held.text).cmp(&(Reverse(b.count), &b.held.text)));
    ways.truncate(top);
    ways
}

fn fields(on: &Analysis, node: u32) -> Vec<Reference> {
    let mut targets: Vec<u32> = on.heap.retained(node).filter(|&to| to != node).collect();
    targets.sort_unstable();
    targets.dedup();
    targets.retain(|&to| !matches!(on.heap.kind(to), Kind::Hidden | Kind::Shape | Kind::Code));
    targets.sort_by_key(|&to| Reverse(on.dominators.retained[to as usize]));
    targets.truncate(MAX_REFERENCES);
    targets.into_iter().map(|to| reference(on, to, node, to)).collect()
}

/// Who refers to each of `nodes`, as far as they are listed.
fn holders(heap: &Heap, nodes: &[u32]) -> HashMap<u32, Vec<u32>> {
    let mut holders: HashMap<u32, Vec<u32>> = nodes.iter().map(|&node| (node, Vec::new())).collect();
    for from in 0..heap.len() as u32 {
        for to in heap.retained(from) {
            let Some(known) = holders.get_mut(&to) else { continue };
            if known.len() < MAX_REFERENCES && known.last() != Some(&from) && from != to {
                known.push(from);
            }
        }
    }
    holders
}

/// The reference from `from` to `to`, as one to or from `other`.
fn reference(on: &Analysis, other: u32, from: u32, to: u32) -> Reference {
    Reference {
        edge: on.edge_between(from, to),
        id: on.heap.id(other),
        class: on.name(other),
        retained: on.dominators.retained[other as usize],
    }
}
