//! Immediate dominators and retained sizes.
//!
//! Semi-NCA over depth-first numbers (Georgiadis, *Linear-Time Algorithms for Dominators and Related Problems*, 2005,
//! section 2.3): semidominators as Lengauer and Tarjan have them, with path compression; then the dominator tree by
//! the nearest common ancestor of parent and semidominator. Instead of labels the least semidominator on a compressed
//! path is kept, which is all that is asked of them. Edges from a lower to a higher number matter by their least
//! source only, so that only the others are stored.

use super::graph::{Heap, NONE};

/// Who dominates whom.
pub struct Dominators {
    /// The nodes that are reachable from the root, in depth-first order.
    pub order: Vec<u32>,
    /// By node: the immediate dominator, [`NONE`] where the node is not reachable. The root's is itself.
    pub immediate: Vec<u32>,
    /// By node: its own size and that of all that it dominates, in bytes; 0 where it is not reachable.
    pub retained: Vec<u64>,
}

impl Dominators {
    /// The dominators of a heap.
    pub fn of(heap: &Heap) -> Dominators {
        let Tree { order, parent, semi, later } = Tree::of(heap);
        let immediate = immediate(&order, parent, semi, later);
        collect(heap, order, &immediate)
    }

    /// The nodes above `node` in the dominator tree, from its immediate dominator to the root.
    pub fn above(&self, node: u32) -> impl Iterator<Item = u32> + '_ {
        let mut at = node;
        std::iter::from_fn(move || {
            let next = *self.immediate.get(at as usize)?;
            (next != NONE && next != at).then(|| {
                at = next;
                next
            })
        })
    }
}

/// A depth-first tree, all by depth-first number but `order`.
struct Tree {
    order: Vec<u32>,
    parent: Vec<u32>,
    /// The least source of an edge from a lower number.
    semi: Vec<u32>,
    later: Later,
}

/// Sources of edges that come from a higher number, by target.
struct Later {
    first: Vec<u32>,
    sources: Vec<u32>,
}

impl Tree {
    fn of(heap: &Heap) -> Tree {
        let (order, parent, number) = depth_first(heap);
        let reached = order.len();
        let mut semi = vec![NONE; reached];
        let mut first = vec![0u32; reached + 1];
        for (source, &node) in order.iter().enumerate() {
            for to in heap.retained(node) {
                let target = number[to as usize] as usize;
                if target > source {
                    // Sources ascend: the first is the least.
                    if semi[target] == NONE {
                        semi[target] = source as u32;
                    }
                } else if target != source {
                    first[target + 1] += 1;
                }
            }
        }
        semi[0] = 0;
        for target in 0..reached {
            first[target + 1] += first[target];
        }
        let mut sources = vec![0u32; first[reached] as usize];
        // From the back, so that each bound ends where it has to begin.
        for (source, &node) in order.iter().enumerate().rev() {
            for to in heap.retained(node) {
                let target = number[to as usize] as usize;
                if target < source {
                    first[target + 1] -= 1;
                    sources[first[target + 1] as usize] = source as u32;
                }
            }
        }
        // Now the bound behind a target is its own beginning.
        first.remove(0);
        first.push(sources.len() as u32);
        Tree { order, parent, semi, later: Later { first, sources } }
    }
}

/// Nodes in depth-first order, the tree's parents by depth-first number, and the number of each node.
fn depth_first(heap: &Heap) -> (Vec<u32>, Vec<u32>, Vec<u32>) {
    let root = heap.root();
    let mut number = vec![NONE; heap.len()];
    let mut order = vec![root];
    let mut parent = vec![0];
    number[root as usize] = 0;
    let mut stack = vec![(root, heap.first[root as usize])];
    while let Some((node, edge)) = stack.last_mut() {
        let (from, from_root) = (*node, *node == root);
        let end = heap.first[from as usize + 1];
        let mut found = NONE;
        while *edge < end {
            let next = heap.edges[*edge as usize];
            *edge += 1;
            if number[next.to() as usize] == NONE && next.retains(from_root) {
                found = next.to();
                break;
            }
        }
        if found == NONE {
            stack.pop();
            continue;
        }
        parent.push(number[from as usize]);
        number[found as usize] = order.len() as u32;
        order.push(found);
        stack.push((found, heap.first[found as usize]));
    }
    (order, parent, number)
}

/// The linked part of the tree: where compression leads, and the least semidominator on the way.
#[derive(Clone, Copy)]
struct Link {
    ancestor: u32,
    least: u32,
}

/// Immediate dominators by depth-first number.
fn immediate(order: &[u32], parent: Vec<u32>, mut semi: Vec<u32>, mut later: Later) -> Vec<u32> {
    let reached = order.len() as u32;
    let mut links: Vec<Link> = parent.iter().map(|&ancestor| Link { ancestor, least: NONE }).collect();
    let mut path = Vec::new();
    for node in (1..reached).rev() {
        let (start, end) = (later.first[node as usize], later.first[node as usize + 1]);
        let mut least = semi[node as usize].min(parent[node as usize]);
        for &source in &later.sources[start as usize..end as usize] {
            least = least.min(evaluate(&mut links, &mut path, source, node));
        }
        semi[node as usize] = least;
        links[node as usize].least = least;
        // What lies behind is not asked for again.
        if node % (1 << 18) == 0 {
            later.sources.truncate(start as usize);
            later.sources.shrink_to_fit();
        }
    }
    drop((links, later));
    let mut immediate = parent;
    for node in 1..reached as usize {
        let mut above = immediate[node];
        while above > semi[node] {
            above = immediate[above as usize];
        }
        immediate[node] = above;
    }
    immediate
}

/// The least semidominator on the way from `source` up to, and without, the first ancestor not above `node`.
#[inline(always)]
fn evaluate(links: &mut [Link], path: &mut Vec<u32>, source: u32, node: u32) -> u32 {
    let mut at = source;
    while links[at as usize].ancestor > node {
        path.push(at);
        at = links[at as usize].ancestor;
    }
    let mut above = links[at as usize];
    while let Some(below) = path.pop() {
        let link = &mut links[below as usize];
        link.ancestor = above.ancestor;
        link.least = link.least.min(above.least);
        above = *link;
    }
    links[source as usize].least
}

/// Dominators and retained sizes by node.
fn collect(heap: &Heap, order: Vec<u32>, by_number: &[u32]) -> Dominators {
    let mut sums: Vec<u64> = order.iter().map(|&node| heap.size(node)).collect();
    for number in (1..order.len()).rev() {
        sums[by_number[number] as usize] += sums[number];
    }
    let mut immediate = vec![NONE; heap.len()];
    let mut retained = vec![0; heap.len()];
    for (number, &node) in order.iter().enumerate() {
        immediate[node as usize] = order[by_number[number] as usize];
        retained[node as usize] = sums[number];
    }
    Dominators { order, immediate, retained }
}
