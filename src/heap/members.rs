//! Objects that JavaScript has handed over with a snapshot: a list for each finding. What hands them over retains nothing, for
//! whoever reads the heap afterwards.

use super::graph::{Edge, EdgeKind, Heap, Kind};

/// Takes the lists out of a heap: the edges of what hands them over retain nothing from now on. Empty where there is none.
pub fn take(heap: &mut Heap) -> Vec<Vec<u32>> {
    let class = heap.known().members;
    let mut nodes = 0..heap.len() as u32;
    let Some(holder) = nodes.find(|&node| heap.kind(node) == Kind::Object && heap.name(node) == class) else {
        return Vec::new();
    };
    let Some(all) = heap.field(holder, &[EdgeKind::Property], "lists") else { return Vec::new() };
    let lists = elements(heap, all).into_iter().map(|list| elements(heap, list)).collect();
    let edges = heap.first[holder as usize] as usize..heap.first[holder as usize + 1] as usize;
    for edge in &mut heap.edges[edges] {
        *edge = Edge::new(EdgeKind::Weak, edge.to());
    }
    lists
}

/// What an array has, in its order.
fn elements(heap: &Heap, array: u32) -> Vec<u32> {
    let edges = heap.out(array).iter().zip(heap.edge_names(array));
    let mut found: Vec<(u32, u32)> = edges
        .filter(|(edge, _)| edge.kind() == EdgeKind::Element)
        .map(|(edge, index)| (index, edge.to()))
        .collect();
    found.sort_unstable();
    found.into_iter().map(|(_, node)| node).collect()
}
