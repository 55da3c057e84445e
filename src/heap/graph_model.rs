//! Dominators, retained sizes and paths against their definitions, on random graphs.

use std::collections::VecDeque;

use proptest::prelude::*;

use super::dominators::Dominators;
use super::graph::{EdgeKind, NONE};
use super::paths::Paths;
use super::written::{EDGES, Written};

/// By node: reached from the root without `removed`.
fn reached(written: &Written, removed: Option<usize>) -> Vec<bool> {
    let mut reached = vec![false; written.nodes.len()];
    if removed == Some(0) {
        return reached;
    }
    reached[0] = true;
    let mut queue = VecDeque::from([0]);
    while let Some(node) = queue.pop_front() {
        for &(kind, _, to) in &written.nodes[node].edges {
            let retains = match kind {
                EdgeKind::Weak => false,
                EdgeKind::Shortcut => node == 0,
                _ => true,
            };
            if retains && !reached[to] && removed != Some(to) {
                reached[to] = true;
                queue.push_back(to);
            }
        }
    }
    reached
}

fn graphs() -> impl Strategy<Value = Written> {
    (1usize..24, any::<bool>(), any::<bool>()).prop_flat_map(|(nodes, one_line, traced)| {
        let sizes = prop::collection::vec(prop_oneof![0u64..200, Just(524_280), Just(5 << 32)], nodes);
        let edges = prop::collection::vec((0..nodes, 0..nodes, 0u32..7), 0..nodes * 4);
        (sizes, edges).prop_map(move |(sizes, edges)| {
            let mut written = Written { one_line, traced, ..Written::default() };
            for (node, size) in sizes.into_iter().enumerate() {
                written.node(if node == 0 { "synthetic" } else { "object" }, &format!("C{}", node % 5), size);
            }
            for (from, to, kind) in edges {
                written.edge(from, EDGES[kind as usize], &to.to_string(), to);
            }
            written
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if cfg!(miri) { 4 } else { 500 }, ..ProptestConfig::default() })]

    #[test]
    fn dominators_and_retained_sizes_are_what_their_definitions_say(written in graphs()) {
        let heap = written.heap();
        let dominators = Dominators::of(&heap);
        let all = reached(&written, None);
        prop_assert_eq!(dominators.order.len(), all.iter().filter(|&&reached| reached).count());
        // A node retains what is out of reach without it.
        let without: Vec<Vec<bool>> = (0..all.len()).map(|node| reached(&written, Some(node))).collect();
        for node in 0..all.len() {
            if !all[node] {
                prop_assert_eq!(dominators.immediate[node], NONE);
                prop_assert_eq!(dominators.retained[node], 0);
                continue;
            }
            let kept: u64 = (0..all.len()).filter(|&of| all[of] && !without[node][of])
                .map(|of| written.nodes[of].size).sum();
            prop_assert_eq!(dominators.retained[node], kept, "retained by {}", node);
            // Those above it in the tree are all without which it is out of reach.
            let mut above: Vec<usize> = dominators.above(node as u32).map(|node| node as usize).collect();
            above.sort_unstable();
            let expected: Vec<usize> =
                (0..all.len()).filter(|&by| by != node && all[by] && !without[by][node]).collect();
            prop_assert_eq!(above, expected, "above {}", node);
        }
    }

    #[test]
    fn paths_reach_what_is_reachable_by_edges_that_retain(written in graphs()) {
        let heap = written.heap();
        let paths = Paths::of(&heap);
        let all = reached(&written, None);
        for (node, &is_reached) in all.iter().enumerate().skip(1) {
            let way = paths.to(node as u32);
            prop_assert_eq!(is_reached, !way.is_empty(), "{} by {:?}", node, way);
            let mut from = 0;
            for &to in &way {
                prop_assert!(heap.retained(from).any(|next| next == to));
                from = to;
            }
        }
    }
}
