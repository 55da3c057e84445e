//! Objects that are in every heap and retain more in each.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::analysis::Analysis;
use super::arrivals::{self, Arrivals, Rule};
use super::chains::Chains;
use super::graph::{EdgeKind, Kind};
use super::scopes::is_context;
use crate::values::heap::{Count, Gain};

/// Classes that are listed of what an object gained.
const MAX_GAINED: usize = 3;

/// What an object gained.
#[derive(Default)]
struct Gained {
    total: u64,
    /// After the last look but one.
    last: u64,
    classes: HashMap<u32, OfClass>,
}

/// Script, line and column.
type Written = Option<(u32, u32, u32)>;

#[derive(Default)]
struct OfClass {
    count: u64,
    /// Where the first was written.
    at: Written,
    /// One of them, as long as all were written there.
    sample: Option<u32>,
}

impl Gained {
    fn listed(self, on: &Analysis) -> Vec<Count> {
        let mut classes: Vec<(u32, OfClass)> = self.classes.into_iter().collect();
        classes.sort_by_key(|(class, of)| (Reverse(of.count), *class));
        let listed = classes.into_iter().take(MAX_GAINED).map(|(class, of)| {
            let place = of.sample.and_then(|sample| on.scopes.place(&on.heap, sample));
            Count { class: on.classes.text(&on.heap, class), count: of.count, place }
        });
        listed.collect()
    }
}

/// Objects that may be the ones that grow, with what they retained at each look.
#[derive(Default)]
pub struct Identity {
    /// In ascending order.
    ids: Vec<u32>,
    /// By object, one after the other at each look.
    retained: Vec<Vec<u64>>,
    /// By object: what it dominated in the first heap.
    dominated: Vec<u32>,
    /// The highest number of any object of the first heap: what is above is newer.
    newest: u32,
    /// The same at the look before the last.
    newest_before: u32,
    /// The highest number of an object of the last heap.
    pub(super) highest: u32,
}

impl Identity {
    /// Takes the next heap in.
    pub fn look(&mut self, on: &Analysis, ids: &[u32]) {
        let heap = &on.heap;
        let is_candidate = |node: u32| {
            matches!(heap.kind(node), Kind::Object | Kind::Closure)
                && on.dominators.retained[node as usize] > 0
        };
        let candidates = (0..heap.len() as u32).filter(|&node| is_candidate(node));
        let highest = ids.iter().copied().filter(|&id| arrivals::is_of_heap(id)).max().unwrap_or_default();
        self.newest_before = self.highest;
        self.highest = highest;
        if self.retained.is_empty() {
            let mut first: Vec<(u32, u32)> = candidates.map(|node| (ids[node as usize], node)).collect();
            first.sort_unstable();
            let dominated = arrivals::dominated(on, ids);
            self.newest = highest;
            self.ids = first.iter().map(|&(id, _)| id).collect();
            self.dominated = first.iter().map(|&(_, node)| dominated[node as usize]).collect();
            let retained = first.iter().map(|&(_, node)| on.dominators.retained[node as usize]);
            self.retained.push(retained.collect());
            return;
        }
        let before = self.retained.last().expect("a look was taken");
        let mut now = vec![0u64; self.ids.len()];
        for node in candidates {
            if let Ok(at) = self.ids.binary_search(&ids[node as usize]) {
                now[at] = on.dominators.retained[node as usize];
            }
        }
        let grew: Vec<bool> = now.iter().zip(before).map(|(now, before)| now > before).collect();
        self.retained.push(now);
        let mut kept = grew.iter();
        self.ids.retain(|_| *kept.next().expect("one for each"));
        let mut kept = grew.iter();
        self.dominated.retain(|_| *kept.next().expect("one for each"));
        for look in &mut self.retained {
            let mut kept = grew.iter();
            look.retain(|_| *kept.next().expect("one for each"));
        }
    }

    /// The objects whose growth is not that of others inside of them, the largest first. Where rounds are known, only those to
    /// which something came in each by `rule`.
    pub(super) fn grown(
        &self,
        on: &Analysis,
        arrivals: &Arrivals,
        rule: Rule,
        top: usize,
        least: u64,
    ) -> Vec<Gain> {
        let heap = &on.heap;
        let (Some(first), Some(last)) = (self.retained.first(), self.retained.last()) else {
            return Vec::new();
        };
        let ids = heap.ids();
        let mut grew: HashMap<u32, (usize, u64)> = HashMap::new();
        for node in 0..heap.len() as u32 {
            if let Ok(at) = self.ids.binary_search(&ids[node as usize]) {
                grew.insert(node, (at, last[at] - first[at]));
            }
        }
        let came = arrivals.came(on, &ids);
        let came = |node: u32| came.iter().map(|round| u64::from(round[node as usize])).collect::<Vec<u64>>();
        let dominated = if arrivals.rounds() == 0 { Vec::new() } else { arrivals::dominated(on, &ids) };
        let is_by = |rule: Rule, node: u32, at: usize| {
            let now = dominated.get(node as usize).copied().unwrap_or_default();
            rule(self.dominated[at].into(), now.into(), &came(node))
        };
        grew.retain(|&node, &mut (at, _)| is_by(rule, node, at));
        let mut inside: HashMap<u32, u64> = HashMap::new();
        for (&node, &(_, growth)) in &grew {
            if let Some(above) = on.dominators.above(node).find(|above| grew.contains_key(above)) {
                *inside.entry(above).or_default() += growth;
            }
        }
        let growing: Vec<(u64, u32)> = (grew.iter())
            .map(|(&node, &(_, growth))| (growth - growth.min(inside.get(&node).copied().unwrap_or(0)), node))
            .filter(|&(own, node)| own >= least.max(1) && own > grew[&node].1 / 2)
            .collect();
        // The end of a chain grows on behalf of its first link.
        let mut chains = Chains::new(on);
        let mut by_first: HashMap<u32, u64> = HashMap::new();
        for (own, node) in growing {
            let mut first = node;
            while let Some(above) = on.dominators.above(first).find(|&above| on.is_shown(above))
                && grew.contains_key(&above)
                && chains.continues(above, first)
            {
                first = above;
            }
            *by_first.entry(first).or_default() += own;
        }
        let mut own: Vec<(u64, u32, usize)> =
            by_first.into_iter().map(|(node, own)| (own, node, grew[&node].0)).collect();
        own.sort_by_key(|&(own, node, _)| (Reverse(own), node));
        own.truncate(top);
        let nodes: Vec<u32> = own.iter().map(|&(_, node, _)| node).collect();
        let mut gained = self.gained(on, &ids, &nodes);
        let listed = own.into_iter().map(|(bytes, node, at)| {
            let gained = gained.remove(&node).unwrap_or_default();
            Gain {
                id: ids[node as usize],
                class: on.name(node),
                retained: self.retained.iter().map(|look| look[at]).collect(),
                bytes,
                gained: gained.total,
                gained_last: gained.last,
                classes: gained.listed(on),
                held: on.held(self.variable(on, &ids, node).unwrap_or(node)),
                is_doubtful: !is_by(arrivals::grew_in_each, node, at),
            }
        });
        listed.collect()
    }

    /// Of a context, the variable that holds what is new.
    fn variable(&self, on: &Analysis, ids: &[u32], context: u32) -> Option<u32> {
        if !is_context(&on.heap, context) {
            return None;
        }
        let variables = on.heap.out(context).iter().filter(|edge| edge.kind() == EdgeKind::Context);
        let is_new = |&node: &u32| {
            on.dominators.immediate[node as usize] == context && ids[node as usize] > self.newest_before
        };
        let new = variables.map(|edge| edge.to()).filter(is_new);
        new.max_by_key(|&node| on.dominators.retained[node as usize])
    }

    /// By each of `nodes`: the classes of what is new in it, and how many came since the look before the last.
    fn gained(&self, on: &Analysis, ids: &[u32], nodes: &[u32]) -> HashMap<u32, Gained> {
        let heap = &on.heap;
        let mut counts: HashMap<u32, Gained> = nodes.iter().map(|&node| (node, Gained::default())).collect();
        let mut chains = Chains::new(on);
        // What is in a container, directly or as a link of a chain: a dominator comes before what it dominates.
        let mut inside: HashMap<u32, u32> = HashMap::new();
        for &node in &on.dominators.order {
            let kind = heap.kind(node);
            if !(on.is_shown(node) || kind.is_string() || kind == Kind::Native || kind == Kind::Number) {
                continue;
            }
            let is_stop = |above: u32| {
                on.is_shown(above) || heap.kind(above).is_string() || counts.contains_key(&above)
            };
            let Some(above) = on.dominators.above(node).find(|&above| is_stop(above)) else { continue };
            let container = match inside.get(&above) {
                _ if counts.contains_key(&above) => above,
                Some(&container) if chains.continues(above, node) => container,
                _ => continue,
            };
            inside.insert(node, container);
            if ids[node as usize] <= self.newest {
                continue;
            }
            let Some(counts) = counts.get_mut(&container) else { continue };
            counts.total += 1;
            counts.last += u64::from(ids[node as usize] > self.newest_before);
            let class = counts.classes.entry(on.classes.class(heap, node)).or_default();
            let at = heap.location(node).map(|at| (at.script, at.line, at.column));
            match class.count {
                0 => (class.at, class.sample) = (at, at.map(|_| node)),
                _ if class.at != at => class.sample = None,
                _ => {}
            }
            class.count += 1;
        }
        counts
    }
}
