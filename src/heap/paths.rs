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
const TRANSIENT: [&str; 18] = [
    "(Stack roots)",
    "(Handle scope)",
    "(Native memory)",
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
        Self::by_rank(heap, |_| Rank::First)
    }

    /// The shortest paths that lead through nodes of a later rank only where there is no other.
    pub fn by_rank(heap: &Heap, rank: impl Fn(u32) -> Rank) -> Paths {
        let mut search =
            Search { heap, before: vec![NONE; heap.len()], order: Vec::new(), at: 0, waiting: Vec::new() };
        search.order.reserve(heap.len());
        search.before[heap.root() as usize] = heap.root();
        let mut holders = Vec::new();
        let [globals, stable, transient] = tiers(heap);
        for tier in [globals, stable] {
            search.begin(tier, &mut holders);
            search.pass(&rank, Rank::First);
        }
        search.pass_waiting(&rank, Rank::Late);
        search.begin(transient, &mut holders);
        // A holder has its way at once, and is passed with the last tier.
        search.order.append(&mut holders);
        search.pass(&rank, Rank::Late);
        search.pass_waiting(&rank, Rank::Last);
        Paths { before: search.before, order: search.order }
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

/// When a path leads through a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    /// Wherever that is the shortest way.
    First,
    /// Where no other way leads from a root that lasts.
    Late,
    /// Where there is no other way at all.
    Last,
}

/// A search under way.
struct Search<'a> {
    heap: &'a Heap,
    before: Vec<u32>,
    order: Vec<u32>,
    /// How many of `order` were passed.
    at: usize,
    /// Those that are not passed yet.
    waiting: Vec<u32>,
}

impl Search<'_> {
    /// Begins with what a tier of roots holds; adds their holders to `late`.
    fn begin(&mut self, tier: Vec<(u32, u32)>, late: &mut Vec<u32>) {
        for (holder, node) in tier {
            if self.before[holder as usize] == NONE {
                self.before[holder as usize] = self.heap.root();
                late.push(holder);
            }
            if self.before[node as usize] == NONE {
                self.before[node as usize] = holder;
                self.order.push(node);
            }
        }
    }

    /// Goes on through nodes up to a rank; those of a later one wait.
    fn pass(&mut self, rank: &impl Fn(u32) -> Rank, until: Rank) {
        while self.at < self.order.len() {
            let node = self.order[self.at];
            self.at += 1;
            if rank(node) > until {
                self.waiting.push(node);
            } else {
                self.reach_from(node);
            }
        }
    }

    /// The same from those that have waited.
    fn pass_waiting(&mut self, rank: &impl Fn(u32) -> Rank, until: Rank) {
        let (ready, waiting) =
            std::mem::take(&mut self.waiting).into_iter().partition(|&node| rank(node) <= until);
        self.waiting = waiting;
        let ready: Vec<u32> = ready;
        for node in ready {
            self.reach_from(node);
        }
        self.pass(rank, until);
    }

    fn reach_from(&mut self, node: u32) {
        for to in self.heap.retained(node) {
            if self.before[to as usize] == NONE {
                self.before[to as usize] = node;
                self.order.push(to);
            }
        }
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
