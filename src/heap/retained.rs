//! What holds sets of objects, and what retains most beside them.

use std::collections::HashSet;

use super::analysis::{self, Analysis};
use super::graph::{EdgeKind, Kind, NONE};
use super::paths::{Paths, Rank};
use super::refusal::Refusal;
use super::search::{Pass, Search};
use super::{owners, scopes, select, survey};
use crate::values::heap::Held;
use crate::values::retainers::{AskedSite, HeldSite, Retainers};
use crate::values::snapshot::SCHEMA;

/// Paths of one site that are listed.
const MAX_WAYS: usize = 3;

/// What holds the objects of each of `sites`, of which `lists` has two lists each. Without sites and with `of`, the objects of a
/// class, a number or a line. `top` bounds each list.
///
/// # Errors
/// [`Refusal::Of`] where nothing is what `of` names, [`Refusal::File`] where the file cannot be read any more.
pub fn retainers(
    mut on: Analysis,
    sites: Vec<AskedSite>,
    lists: &[Vec<u32>],
    of: Option<&str>,
    file: Option<&str>,
    top: usize,
) -> Result<Retainers, Refusal> {
    on.scopes.follow_maps();
    // Who asks awaits the answer, and so do leakline's own functions: they hold what was asked for, and are no answer.
    let ranks = ranks(&on);
    on.paths = Paths::by_rank(&on.heap, |node| ranks[node as usize]);
    let on = &on;
    let search = Search::new(&on.heap, vec![false; on.heap.len()]);
    let all_bytes = if sites.is_empty() { 0 } else { search.from_roots(|_| Pass::On, |_| false).bytes };
    let selected = of.map(|of| select::select(on, file.unwrap_or_default(), of, top)).transpose()?;
    let is_asked = selected.is_some() || sites.iter().any(|site| site.fingerprint.is_empty());
    let held = sites.into_iter().enumerate().map(|(at, site)| {
        let nodes: Vec<u32> = lists.iter().skip(at * 2).take(2).flatten().copied().collect();
        held_site(on, &search, all_bytes, site, &live(on, &nodes))
    });
    let found = Retainers {
        schema: SCHEMA,
        file: file.map(str::to_owned),
        nodes: on.heap.len() as u64,
        size: on.heap.total_size() + on.heap.extra_native_bytes,
        own: owners::leaklines_own(on),
        sites: held.collect(),
        largest: if is_asked { Vec::new() } else { survey::retainers(on, on.heap.total_size(), top) },
        selected,
        ..Retainers::default()
    };
    match on.heap.failure() {
        Some(refusal) => Err(refusal.of_file(file.unwrap_or_default())),
        None => Ok(found),
    }
}

/// Functions that wait are late on a way. Last are the values that any of them had when it began to wait, and the variables of
/// leakline's own.
fn ranks(on: &Analysis) -> Vec<Rank> {
    let heap = &on.heap;
    let mut ranks = analysis::ranks(heap, &on.scopes);
    for node in 0..heap.len() as u32 {
        if heap.kind(node) != Kind::Object || heap.name(node) != heap.known().generator {
            continue;
        }
        ranks[node as usize] = Rank::Late;
        let field = |name: &str| heap.field(node, &[EdgeKind::Internal], name);
        if let Some(values) = field("parameters_and_registers") {
            ranks[values as usize] = Rank::Last;
        }
        let function = field("function").and_then(|function| on.scopes.place(heap, function));
        if !function.is_some_and(|place| on.scopes.is_leaklines_own(&place.file)) {
            continue;
        }
        // A module's own variables have no others around them.
        let mut context = field("context").filter(|&context| scopes::is_context(heap, context));
        while let Some(variables) = context.filter(|&context| ranks[context as usize] != Rank::Last) {
            context = scopes::inner(heap, variables);
            if context.is_some() {
                ranks[variables as usize] = Rank::Last;
            }
        }
    }
    ranks
}

/// Those that a root reaches, each once.
fn live(on: &Analysis, nodes: &[u32]) -> Vec<u32> {
    let mut live: Vec<u32> =
        nodes.iter().copied().filter(|&node| on.dominators.immediate[node as usize] != NONE).collect();
    live.sort_unstable();
    live.dedup();
    live
}

fn held_site(on: &Analysis, search: &Search<'_>, all_bytes: u64, site: AskedSite, nodes: &[u32]) -> HeldSite {
    let site = match nodes {
        [node] if site.fingerprint.is_empty() => AskedSite {
            kind: "object".to_owned(),
            label: format!("{} @{}", on.name(*node), on.heap.id(*node)).into(),
            ..site
        },
        _ => site,
    };
    let ways = select::ways(on, nodes, MAX_WAYS);
    let first = ways.first().map(|way| &way.held);
    HeldSite {
        site,
        objects: nodes.len() as u64,
        retained: freed(on, search, all_bytes, nodes),
        held_by: first.map(|held| held.text.clone()),
        retainers: first.map(Held::retainers).unwrap_or_default(),
        ways,
    }
}

/// Bytes that would be free without `nodes`.
fn freed(on: &Analysis, search: &Search<'_>, all_bytes: u64, nodes: &[u32]) -> u64 {
    if let [node] = nodes {
        return on.dominators.retained[*node as usize];
    }
    let cut: HashSet<u32> = nodes.iter().copied().collect();
    let rest = search.from_roots(|node| if cut.contains(&node) { Pass::Stop } else { Pass::On }, |_| false);
    // They are reached themselves, and not passed.
    let own: u64 = nodes.iter().filter(|&&node| rest.has(node)).map(|&node| on.heap.size(node)).sum();
    (all_bytes + own).saturating_sub(rest.bytes)
}
