//! Shortest paths from stable roots: from global objects first, then from roots that last, and last from what happens
//! to be on the stack. So the path of an object stays the same from one snapshot to the next.

use super::graph::{EdgeKind, Heap, NONE};

/// The node before each one on its shortest path.
pub struct Paths {
    /// By node: the node before; [`NONE`] where the node is not reachable. The root's is itself.
    pub before: Vec<u32>,
    /// The reachable nodes but the root, the nearest first.
    pub order: Vec<u32>,
}

/// Groups of roots that a moment makes: stacks, handles of running functions, caches that V8 empties.
const TRANSIENT: [&str; 17] = [
    "(Stack roots)",
    "(Handle scope)",
    "(Internalized strings)",
    "(Relocatable)",
    "(Weak roots)",
    "(Micro tasks)",
    "(Compilation cache)",
    "(Debugger)",
    "(Traced handles)",
    "(External strings)",
    "(String table)",
    "(Write barrier)",
    "(Identity map)",
    "(Builtins)",
    "(Read-only roots)",
    "(Startup object cache)",
    "(Read-only object cache)",
];

impl Paths {
    /// The shortest paths of a heap.
    pub fn of(heap: &Heap) -> Paths {
        Self::avoiding(heap, |_| false)
    }

    /// The shortest paths that do not lead through what `avoids` says; such nodes are reached, not passed.
    pub fn avoiding(heap: &Heap, avoids: impl Fn(u32) -> bool) -> Paths {
        let mut before = vec![NONE; heap.len()];
        let mut order = Vec::with_capacity(heap.len());
        before[heap.root() as usize] = heap.root();
        let mut at = 0;
        let mut late = Vec::new();
        let mut last = TIERS;
        for tier in tiers(heap) {
            for (holder, node) in tier {
                // A holder has its way at once, and is passed with the last tier.
                if before[holder as usize] == NONE {
                    before[holder as usize] = heap.root();
                    late.push(holder);
                }
                if before[node as usize] == NONE {
                    before[node as usize] = holder;
                    order.push(node);
                }
            }
            last -= 1;
            if last == 0 {
                order.append(&mut late);
            }
            while at < order.len() {
                let node: u32 = order[at];
                at += 1;
                if avoids(node) {
                    continue;
                }
                for to in heap.retained(node) {
                    if before[to as usize] == NONE {
                        before[to as usize] = node;
                        order.push(to);
                    }
                }
            }
        }
        Paths { before, order }
    }

    /// The nodes on the way to `node`, the first behind the root first, `node` last; empty where it is not reachable.
    pub fn to(&self, node: u32) -> Vec<u32> {
        let mut way = Vec::new();
        let mut at = node;
        while self.before[at as usize] != NONE && self.before[at as usize] != at {
            way.push(at);
            at = self.before[at as usize];
        }
        way.reverse();
        way
    }
}

/// The roots that last and those that a moment makes, global objects first, each with the node that its way comes from; without
/// what gathers them.
pub(super) fn stable_starts(heap: &Heap) -> Vec<(u32, u32)> {
    let gathers = |node: u32| heap.out(heap.root()).iter().any(|edge| edge.to() == node);
    let [globals, stable, others] = tiers(heap);
    let groups = stable.into_iter().chain(others).filter(|&(_, node)| !gathers(node));
    // A holder of groups is no start itself: its way is the root's.
    let groups = groups.map(|(_, node)| (heap.root(), node));
    globals.into_iter().chain(groups).collect()
}

const TIERS: usize = 3;

/// Pairs of a root's group and what it holds, in the order in which they are begun with.
fn tiers(heap: &Heap) -> [Vec<(u32, u32)>; TIERS] {
    let mut tiers = [Vec::new(), Vec::new(), Vec::new()];
    let root = heap.root();
    for &edge in heap.out(root) {
        if edge.kind() == EdgeKind::Shortcut {
            tiers[0].push((root, edge.to()));
            continue;
        }
        if !edge.retains(true) {
            continue;
        }
        // Such as "(GC roots)", whose own edges lead to the groups.
        for &inner in heap.out(edge.to()) {
            let group = inner.to();
            let is_transient = TRANSIENT.contains(&heap.name_of(group).as_str());
            if inner.retains(false) {
                tiers[if is_transient { 2 } else { 1 }].push((edge.to(), group));
            }
        }
        tiers[2].push((root, edge.to()));
    }
    tiers
}
