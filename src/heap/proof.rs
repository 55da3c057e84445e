//! Which findings of a check go with others.
//!
//! A finding is direct if at least half of its objects are reached from the roots without passing an object of another finding.
//! One search, in which all findings absorb, says so of all of them. A shortest path would not: it leads through the
//! first listener it meets to the rest of the program. Nor would dominators: what several causes keep together is dominated
//! by none of them. What goes with a direct finding alone shows a search with its objects cut out.

use std::collections::{HashMap, HashSet};

use super::analysis::Analysis;
use super::graph::{Heap, Kind, NONE};
use super::scopes::is_context;
use super::search::{Pass, Reached, Search};
use crate::values::heap::Held;
use crate::values::proof::{Asked, Proof, Proven};

/// Direct findings that are cut out, each by a search of its own.
const MAX_CUT: usize = 48;

/// Objects of a finding whose ways are compared to find what holds them.
const MAX_WAYS: usize = 200;

/// The share of the objects that a holder holds at least.
const HELD: f64 = 0.8;

/// The share of the smaller finding's objects that both have where they are about the same objects.
const SAME: f64 = 0.5;

/// Where a way begins that leads through the check.
const CHECKED: &str = "what is checked";

/// Where one begins that leads through what awaits something.
const WAITING: &str = "an async function that waits";

/// The objects of one finding.
struct Finding<'a> {
    asked: &'a Asked,
    /// Those that came in the rounds.
    grown: Vec<u32>,
    /// These and those that were there before.
    all: HashSet<u32>,
}

/// Proves what goes with what. `lists` has two lists of objects for each of `asked`: those that came in the rounds, and
/// those that were there before.
/// `own` is the folder of leakline's files: its check holds what is checked.
pub fn prove(on: &Analysis, asked: &[Asked], lists: &[Vec<u32>], own: &str) -> Proof {
    let findings: Vec<Finding<'_>> =
        asked.iter().zip(lists.chunks(2)).map(|(asked, lists)| Finding::of(asked, lists)).collect();
    let search = Search::new(&on.heap, of_files_below(on, own));
    let cut = marked(&on.heap, findings.iter().flat_map(|finding| finding.all.iter().copied()));
    let of_handles = findings.iter().filter(|finding| finding.asked.kind == "handle");
    let handles: HashSet<u32> = of_handles.flat_map(|finding| finding.all.iter().copied()).collect();
    let beside = beside_handles(&on.heap, &handles, &cut);
    let all = search.from_roots(|_| Pass::On, |_| false);
    let absorbing = |node: u32| match () {
        () if cut[node as usize] => Pass::Stop,
        () if beside.contains(&node) => Pass::Only,
        () => Pass::On,
    };
    let absorbed = search.from_roots(absorbing, |node| handles.contains(&node));
    let mut proven: Vec<Proven> =
        findings.iter().map(|finding| finding.directly(&search, &all, &absorbed, &cut)).collect();
    let is_direct: Vec<bool> = proven.iter().map(Proven::is_direct).collect();
    let others = DirectOnes::of(&on.heap, findings.iter().zip(&is_direct));
    // What a checkout leads to is asked for wherever it is held.
    let is_asked = |&at: &usize| is_direct[at] || findings[at].asked.kind == "pool";
    for at in (0..findings.len()).filter(is_asked).take(MAX_CUT) {
        let own = marked(&on.heap, findings[at].all.iter().copied());
        let rest =
            search.from_roots(|node| if own[node as usize] { Pass::Stop } else { Pass::On }, |_| false);
        // They are reached themselves, and not passed.
        let reached = findings[at].all.iter().filter(|&&node| rest.has(node));
        let own_bytes: u64 = reached.map(|&node| on.heap.size(node)).sum();
        let free = (all.bytes + own_bytes).saturating_sub(rest.bytes);
        proven[at].bytes_each = free as f64 / findings[at].asked.weight.max(1) as f64;
        proven[at].frees = frees(&findings, at, &all, &rest);
        let firsts: Vec<u32> = findings[at].all.iter().copied().collect();
        let is_other = |node: u32| others.has_beside(node, own[node as usize]);
        let led = search.from(&firsts, |node| if is_other(node) { Pass::Stop } else { Pass::On });
        proven[at].leads_to = (0..findings.len())
            .filter(|&other| other != at && findings[other].grown.iter().any(|&node| led.has(node)))
            .map(|other| findings[other].asked.finding)
            .collect();
    }
    for (at, finding) in findings.iter().enumerate() {
        let others = findings.iter().enumerate().filter(|(other, _)| *other != at);
        proven[at].same = others
            .filter(|(_, other)| finding.is_same(other))
            .map(|(_, other)| other.asked.finding)
            .collect();
        if is_direct[at] && finding.asked.kind != "handle" {
            proven[at].holder = holder(on, &search, &absorbed, &finding.grown);
        }
    }
    Proof { findings: proven }
}

/// By node, of how many direct findings it is.
struct DirectOnes(Vec<u8>);

impl DirectOnes {
    fn of<'a>(heap: &Heap, findings: impl Iterator<Item = (&'a Finding<'a>, &'a bool)>) -> Self {
        let mut counts = vec![0u8; heap.len()];
        for (finding, _) in findings.filter(|(_, is_direct)| **is_direct) {
            for &node in &finding.all {
                counts[node as usize] = counts[node as usize].saturating_add(1);
            }
        }
        Self(counts)
    }

    /// Whether a node is of another finding than the one that it is of as `own` says.
    fn has_beside(&self, node: u32, own: bool) -> bool {
        self.0[node as usize] > u8::from(own)
    }
}

/// By node, whether it is one of these.
fn marked(heap: &Heap, nodes: impl Iterator<Item = u32>) -> Vec<bool> {
    let mut marked = vec![false; heap.len()];
    nodes.for_each(|node| marked[node as usize] = true);
    marked
}

impl<'a> Finding<'a> {
    fn of(asked: &'a Asked, lists: &[Vec<u32>]) -> Self {
        let grown = lists.first().cloned().unwrap_or_default();
        let all = lists.iter().flatten().copied().collect();
        Self { asked, grown, all }
    }

    /// What of its objects is reached, and what of these directly: a chain of them is as direct as its first.
    fn directly(&self, search: &Search<'_>, all: &Reached, absorbed: &Reached, cut: &[bool]) -> Proven {
        let live: Vec<u32> = self.grown.iter().copied().filter(|&node| all.has(node)).collect();
        let mut direct = live.iter().filter(|&&node| absorbed.has(node)).count();
        let firsts: Vec<u32> = self.all.iter().copied().filter(|&node| absorbed.has(node)).collect();
        if !firsts.is_empty() && direct * 2 < live.len() {
            let chained = search.from(&firsts, |node| {
                if cut[node as usize] && !self.all.contains(&node) { Pass::Stop } else { Pass::On }
            });
            direct = live.iter().filter(|&&node| absorbed.has(node) || chained.has(node)).count();
        }
        Proven {
            finding: self.asked.finding,
            reached: live.len() as u32,
            direct: direct as u32,
            ..Proven::default()
        }
    }

    fn is_same(&self, other: &Self) -> bool {
        let smaller = self.grown.len().min(other.grown.len());
        let both = self.grown.iter().filter(|node| other.all.contains(node)).count();
        smaller > 0 && both as f64 >= smaller as f64 * SAME
    }
}

/// The share of each other finding's objects that are not reached any more.
fn frees(findings: &[Finding<'_>], at: usize, all: &Reached, rest: &Reached) -> Vec<(u32, f64)> {
    let others = findings.iter().enumerate().filter(|(other, _)| *other != at);
    let shares = others.map(|(_, finding)| {
        let live = finding.grown.iter().filter(|&&node| all.has(node));
        let gone = live.clone().filter(|&&node| !rest.has(node)).count();
        (finding.asked.finding, gone as f64 / live.count().max(1) as f64)
    });
    shares.filter(|(_, share)| *share > 0.0).collect()
}

/// Node's native objects that lie beside open handles and refer to them, such as an HTTP parser to its socket: what they hold
/// goes with the handle.
fn beside_handles(heap: &Heap, handles: &HashSet<u32>, cut: &[bool]) -> HashSet<u32> {
    let is_group =
        |&node: &u32| heap.kind(node) == Kind::Synthetic && heap.name_of(node) == "(Global handles)";
    let group = (0..heap.len() as u32).find(is_group);
    let Some(group) = group.filter(|_| !handles.is_empty()) else { return HashSet::new() };
    let held = heap.retained(group).filter(|&node| !cut[node as usize]);
    held.filter(|&node| heap.retained(node).any(|to| handles.contains(&to))).collect()
}

/// What holds most of some objects: the last node on the ways to nearly all of them.
fn holder(on: &Analysis, search: &Search<'_>, reached: &Reached, nodes: &[u32]) -> Option<Held> {
    let live: Vec<u32> = nodes.iter().copied().filter(|&node| reached.has(node)).collect();
    // The first of a chain is held by what is no finding, the others by it.
    if let [first] = live[..]
        && nodes.len() > 1
    {
        return held(on, search, reached, first);
    }
    if live.len() < 2 {
        return None;
    }
    let step = live.len().div_ceil(MAX_WAYS);
    let ways: Vec<Vec<u32>> = live.iter().step_by(step).map(|&node| reached.paths.to(node)).collect();
    let mut counts: HashMap<u32, u32> = HashMap::new();
    for node in ways.iter().flatten() {
        *counts.entry(*node).or_default() += 1;
    }
    let least = (ways.len() as f64 * HELD).max(2.0);
    let last = ways.last()?;
    let is_holder = |&&node: &&u32| {
        f64::from(counts[&node]) >= least
            && !search.is_linked(node)
            && (on.is_shown(node) || is_context(&on.heap, node))
    };
    held(on, search, reached, *last.iter().rev().find(is_holder)?)
}

/// What holds `holder`; none where that is a root.
fn held(on: &Analysis, search: &Search<'_>, reached: &Reached, holder: u32) -> Option<Held> {
    let before = reached.paths.before[holder as usize];
    if before == NONE || before == on.heap.root() {
        return None;
    }
    // What is checked is held by the check: the way begins there.
    let way = reached.paths.to(holder);
    let own = way.iter().rposition(|&node| search.is_last(node)).map(|at| (at + 1, CHECKED));
    let is_waiting = |&node: &u32| on.heap.kind(node) == Kind::Object && on.name(node) == "Generator";
    let waiting = way.iter().rposition(is_waiting).map(|at| (at, WAITING));
    match own.max(waiting) {
        Some((at, root)) if at + 1 < way.len() => Some(on.held_from(&way[at..], root)),
        Some(_) => None,
        None => Some(on.held_by(&reached.paths, holder)),
    }
}

/// By node, whether it is a function of a file below a folder, or the variables of one.
fn of_files_below(on: &Analysis, folder: &str) -> Vec<bool> {
    let mut marked = vec![false; on.heap.len()];
    if folder.is_empty() {
        return marked;
    }
    let is_below = |script: u32| on.scopes.file(script).is_some_and(|file| file.starts_with(folder));
    let closures = on.heap.locations().iter().filter(|at| on.heap.kind(at.node) == Kind::Closure);
    for at in closures.filter(|at| is_below(at.script)) {
        marked[at.node as usize] = true;
    }
    for (context, _) in on.scopes.contexts().filter(|(_, scope)| is_below(scope.script)) {
        marked[context as usize] = true;
    }
    marked
}

#[cfg(all(test, not(loom)))]
#[path = "proof_tests.rs"]
mod tests;
