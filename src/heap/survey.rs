//! One heap, seen in several ways.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::analysis::Analysis;
use super::classes::class_of;
use super::graph::{EdgeKind, Kind, NONE};
use super::scopes::is_context;
use super::{collections, owners};
use crate::values::heap::{
    Chain, Class, Closures, Collection, Count, Retainer, Sliced, SlicedString, Survey,
};

/// Share of the heap below which no object is listed by what it retains.
const MIN_SHARE: f64 = 0.002;

/// Share of what an object retains from which on what is inside of it explains it.
const EXPLAINED: f64 = 0.8;

/// Objects of one class in a row that are a chain.
const MIN_CHAIN: u32 = 100;

/// Fewest bytes of a string that is worth a line.
const MIN_SLICED: u64 = 1024;

/// Fewest bytes of variables that are worth a line.
const MIN_VARIABLES: u64 = 1024;

/// Share of the heap below which what only Node's own modules keep is not listed.
const MIN_NODES_OWN: f64 = 0.1;

/// Collections of leakline's own that are looked through for those of the program.
const MAX_OWN: usize = 16;

/// Classes that are listed beside what retains most.
const MAX_HOLDS: usize = 3;

/// Surveys a heap; each list has `top` entries at the most.
pub fn survey(on: &Analysis, file: &str, top: usize) -> Survey {
    let (heap, dominators) = (&on.heap, &on.dominators);
    let size = heap.total_size();
    let native = (0..heap.len() as u32).filter(|&node| heap.kind(node) == Kind::Native);
    let retainers = retainers(on, size, top);
    Survey {
        kind: "heap".to_owned(),
        file: file.to_owned(),
        nodes: heap.len() as u64,
        edges: heap.edge_count() as u64,
        size: size + heap.extra_native_bytes,
        native: native.map(|node| heap.size(node)).sum::<u64>() + heap.extra_native_bytes,
        unreachable: size.saturating_sub(dominators.retained[heap.root() as usize]),
        retainers,
        classes: classes(on, top),
        owners: owners::owners(on, top),
        collections: collections(on, top),
        sliced: sliced(on, top),
        closures: closures(on, top),
        chains: chains(on, top),
    }
}

/// Objects that retain much, without those whose weight lies in others of the list.
pub(super) fn retainers(on: &Analysis, total: u64, top: usize) -> Vec<Retainer> {
    let dominators = &on.dominators;
    let least = ((total as f64 * MIN_SHARE) as u64).max(1);
    let large = |&node: &u32| dominators.retained[node as usize] >= least && on.is_shown(node);
    let candidates: Vec<u32> = dominators.order.iter().copied().filter(large).collect();
    let mut inside: HashMap<u32, u64> = candidates.iter().map(|&node| (node, 0)).collect();
    for &node in &candidates {
        if let Some(above) = dominators.above(node).find(|above| inside.contains_key(above)) {
            *inside.entry(above).or_default() += dominators.retained[node as usize];
        }
    }
    let own = |node: u32| dominators.retained[node as usize] - inside[&node];
    let mut chosen: Vec<u32> = candidates.into_iter().collect();
    chosen.retain(|&node| (inside[&node] as f64) < dominators.retained[node as usize] as f64 * EXPLAINED);
    chosen.sort_by_key(|&node| Reverse((own(node), dominators.retained[node as usize])));
    // Node's own are looked at twice: what a program has given to them may be in there.
    let own_limit = (total as f64 * MIN_NODES_OWN) as u64;
    let mut listed: Vec<u32> = Vec::new();
    for node in chosen {
        let retained = dominators.retained[node as usize];
        if listed.len() < top
            && !on.is_leaklines_own(node)
            && (retained >= own_limit || !is_nodes_own(on, node))
        {
            listed.push(node);
        }
    }
    let chosen = listed;
    let mut holds = holds(on, &chosen);
    chosen.iter().map(|&node| on.retainer(node, holds.remove(&node).unwrap_or_default())).collect()
}

/// True for what is kept by Node's own modules, or is a root itself.
fn is_nodes_own(on: &Analysis, node: u32) -> bool {
    let held = on.held(node);
    held.root.starts_with("module node:")
        || held.steps.is_empty()
        || held.text.contains("per_context_binding")
}

/// By each of `nodes`: the classes of what it holds, through what a program does not see.
pub(super) fn holds(on: &Analysis, nodes: &[u32]) -> HashMap<u32, Vec<Count>> {
    let heap = &on.heap;
    let mut counts: HashMap<u32, HashMap<u32, u64>> =
        nodes.iter().map(|&node| (node, HashMap::new())).collect();
    // Asked of each node: they are few.
    let mut sorted = nodes.to_vec();
    sorted.sort_unstable();
    let is_listed = |node: &u32| sorted.binary_search(node).is_ok();
    for &node in &on.dominators.order {
        if !on.is_shown(node) && !heap.kind(node).is_string() {
            continue;
        }
        let above = on.dominators.above(node).find(|above| on.is_shown(*above) || is_listed(above));
        if let Some(counts) = above.filter(is_listed).and_then(|above| counts.get_mut(&above)) {
            *counts.entry(on.classes.class(heap, node)).or_default() += 1;
        }
    }
    let listed = counts.into_iter().map(|(node, counts)| {
        let mut counts: Vec<(u64, u32)> = counts.into_iter().map(|(class, count)| (count, class)).collect();
        counts.sort_by_key(|&(count, class)| (Reverse(count), class));
        let named = counts.into_iter().take(MAX_HOLDS);
        (
            node,
            named
                .map(|(count, class)| Count { class: on.classes.text(heap, class), count, place: None })
                .collect(),
        )
    });
    listed.collect()
}

fn classes(on: &Analysis, top: usize) -> Vec<Class> {
    let heap = &on.heap;
    let mut sums = vec![(0u64, 0u64); on.classes.len()];
    for node in 0..heap.len() as u32 {
        let sum = &mut sums[on.classes.class(heap, node) as usize];
        sum.0 += 1;
        sum.1 += heap.size(node);
    }
    let retained = on.retained_by_class();
    let mut order: Vec<u32> = (0..sums.len() as u32).collect();
    order.retain(|&class| sums[class as usize].0 > 0 && on.classes.is_of_program(class));
    order.sort_by_key(|&class| Reverse((retained[class as usize], sums[class as usize])));
    let listed = order.into_iter().take(top);
    let described = listed.map(|class| {
        let (count, size) = sums[class as usize];
        Class { class: on.classes.text(heap, class), count, size, retained: retained[class as usize] }
    });
    described.collect()
}

fn collections(on: &Analysis, top: usize) -> Vec<Collection> {
    // leakline's own are few, and none of the program's.
    let largest = collections::largest(on, top + MAX_OWN).into_iter();
    let largest = largest.filter(|&(node, _)| !on.is_leaklines_own(node)).take(top);
    let listed = largest.map(|(node, size)| Collection {
        id: on.heap.id(node),
        class: on.name(node),
        entries: size.entries,
        at_least: size.at_least,
        retained: on.dominators.retained[node as usize],
        held: on.held(node),
    });
    listed.collect()
}

/// Strings whose only holders are parts of them.
fn sliced(on: &Analysis, top: usize) -> Sliced {
    let heap = &on.heap;
    let mut parents: HashMap<u32, (u64, u32)> = HashMap::new();
    let is_parent = |to: u32| heap.kind(to).is_string() && heap.size(to) >= MIN_SLICED;
    for node in (0..heap.len() as u32).filter(|&node| heap.kind(node) == Kind::Sliced) {
        for edge in heap.out(node).iter().filter(|edge| edge.retains(false) && is_parent(edge.to())) {
            parents.entry(edge.to()).or_insert((0, node)).0 += 1;
        }
    }
    if parents.is_empty() {
        return Sliced::default();
    }
    for node in
        (0..heap.len() as u32).filter(|&node| !matches!(heap.kind(node), Kind::Sliced | Kind::Synthetic))
    {
        for to in heap.retained(node) {
            if heap.kind(to).is_string() {
                parents.remove(&to);
            }
        }
    }
    let mut largest: Vec<(u64, u32, u64, u32)> =
        parents.into_iter().map(|(node, (slices, sample))| (heap.size(node), node, slices, sample)).collect();
    largest.sort_by_key(|&(size, node, ..)| (Reverse(size), node));
    let described = largest.iter().take(top).map(|&(size, node, slices, sample)| SlicedString {
        id: heap.id(node),
        size,
        slices,
        held: on.held(sample),
    });
    Sliced {
        count: largest.len() as u64,
        size: largest.iter().map(|&(size, ..)| size).sum(),
        largest: described.collect(),
    }
}

/// Functions by what the variables of their closures retain.
fn closures(on: &Analysis, top: usize) -> Vec<Closures> {
    #[derive(Default)]
    struct Group {
        count: u64,
        retained: u64,
        largest: (u64, u32),
    }
    let heap = &on.heap;
    let mut groups: HashMap<(u32, u32, u32), Group> = HashMap::new();
    for location in heap.locations().iter().filter(|location| heap.kind(location.node) == Kind::Closure) {
        let group = groups.entry((location.script, location.line, location.column)).or_default();
        group.count += 1;
        // Variables are counted with the first closure of their context, modules' not at all.
        let Some(context) = super::scopes::inner(heap, location.node) else { continue };
        let Some(scope) = on.scopes.context(context) else { continue };
        if scope.closure != location.node || scope.is_outermost {
            continue;
        }
        let retained = on.dominators.retained[context as usize];
        group.retained += retained;
        group.largest = group.largest.max((retained, context));
    }
    let mut order: Vec<_> = groups.into_iter().filter(|(_, group)| group.retained >= MIN_VARIABLES).collect();
    order.sort_by_key(|(place, group)| (Reverse(group.retained), *place));
    let listed = order.into_iter().filter_map(|(_, group)| {
        let context = group.largest.1;
        let closure = on.scopes.context(context)?.closure;
        let place = on.scopes.place(heap, closure)?;
        // Node's own and leakline's are not for the reader to change.
        (!place.file.starts_with("node:") && !on.scopes.is_leaklines_own(&place.file)).then(|| Closures {
            name: heap.name_of(closure),
            place,
            count: group.count,
            retained: group.retained,
            variables: variables(on, context),
            held: on.held(closure),
        })
    });
    listed.take(top).collect()
}

/// The variables of a context, the one that retains most first.
fn variables(on: &Analysis, context: u32) -> Vec<String> {
    let heap = &on.heap;
    let edges = heap.out(context).iter().zip(heap.edge_names(context));
    let variables = edges.filter(|(edge, _)| edge.kind() == EdgeKind::Context);
    let mut found: Vec<(u64, String)> = variables
        .map(|(edge, name)| {
            let is_own = on.dominators.immediate[edge.to() as usize] == context;
            (if is_own { on.dominators.retained[edge.to() as usize] } else { 0 }, heap.string(name))
        })
        .collect();
    found.sort_by(|a, b| b.cmp(a));
    found.into_iter().map(|(_, name)| name).take(MAX_HOLDS).collect()
}

/// The longest chain of each class.
fn chains(on: &Analysis, top: usize) -> Vec<Chain> {
    let (heap, dominators) = (&on.heap, &on.dominators);
    let mut length = vec![0u32; heap.len()];
    let mut longest: HashMap<u32, (u32, u32)> = HashMap::new();
    for &node in &dominators.order {
        if heap.kind(node) != Kind::Object || is_context(heap, node) {
            continue;
        }
        let class = heap.name(node);
        let above = dominators.immediate[node as usize];
        let follows = heap.kind(above) == Kind::Object && heap.name(above) == class;
        let reached = if follows { length[above as usize] + 1 } else { 1 };
        length[node as usize] = reached;
        if reached >= MIN_CHAIN {
            let best = longest.entry(class).or_insert((0, NONE));
            *best = (*best).max((reached, node));
        }
    }
    let mut found: Vec<(u32, u32)> = longest.into_values().collect();
    found.sort_by_key(|&(length, last)| (Reverse(length), last));
    let described = found.into_iter().take(top).map(|(length, last)| {
        let way: Vec<u32> = dominators.above(last).take(length as usize - 1).collect();
        let first = way.last().copied().unwrap_or(last);
        let second = way.iter().rev().nth(1).copied().unwrap_or(last);
        Chain {
            id: heap.id(first),
            class: class_of(heap, first),
            edge: on.edge_between(first, second),
            length: u64::from(length),
            retained: dominators.retained[first as usize],
            held: on.held(first),
        }
    });
    described.collect()
}
