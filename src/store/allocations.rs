//! Functions whose allocations stay, and lines whose Buffers do. They are sites like others, of isolates beside the one that
//! they run in: nothing is registered there, so that numbers and histories of JavaScript's sites are not touched.

use std::collections::BTreeMap;

use super::aggregate::Aggregate;
use super::isolate::{Isolate, IsolateKey};
use super::sites::{Definition, MAX_SITES, Site};
use super::slab::Chain;
use crate::record::kinds;
use crate::record::layout::{BUFFER, HEAP};
use crate::values::allocations::Allocations;
use crate::values::frames::{self, Frame};
use crate::values::label::allocated_in;
use crate::values::snapshot::Verdict;

/// The isolate beside one by its key: of V8's heap, …
const BESIDE: IsolateKey = 1 << 31;
/// … and of Buffers.
const BESIDE_BUFFERS: IsolateKey = 1 << 30;

/// Whether a key is of an isolate beside another.
pub(super) fn is_beside(key: IsolateKey) -> bool {
    key & (BESIDE | BESIDE_BUFFERS) != 0
}

/// What functions of an isolate keep has changed. `root`: the folder that fingerprints leave out.
pub(super) fn apply(
    isolates: &mut BTreeMap<IsolateKey, Isolate>,
    root: &str,
    key: IsolateKey,
    changed: Vec<Allocations>,
    now_ms: u64,
) {
    let Some(thread) = isolates.get(&key).map(|isolate| isolate.thread) else { return };
    for mut allocations in changed {
        let (kind, bit) = if allocations.are_buffers { (BUFFER, BESIDE_BUFFERS) } else { (HEAP, BESIDE) };
        let beside = isolates.entry(key | bit).or_insert_with(|| Isolate::new(thread));
        let at = allocations.number as usize;
        if let Some(stack) = allocations.stack.take()
            && at == beside.sites.len() + 1
            && at <= MAX_SITES as usize
        {
            let ignored = allocations.ignored;
            let subject = allocations.subject.take().unwrap_or_else(|| label(&stack));
            let definition = Definition { kind, subject, ignored, stack, ..Definition::default() };
            let mut site = Aggregate::new(Site::new(definition, &kinds::name(kind), root));
            site.since_ms = now_ms.saturating_sub(allocations.kept.map_or(0, |kept| kept.for_ms));
            site.estimated = true;
            beside.sites.push(site);
            beside.chains.push(Chain::default());
        }
        let Some(site) = beside.site_mut(allocations.number) else { continue };
        let live = if allocations.verdict <= Verdict::Suspect { allocations.objects } else { 0 };
        // Objects that went were collected.
        site.counts.registered = site.counts.registered.max(live).max(1);
        site.counts.live = live;
        site.counts.collected = site.counts.registered - live;
        site.allocations = Some(Box::new(allocations));
    }
}

/// An isolate ends: so does what is beside it.
pub(super) fn forget(isolates: &mut BTreeMap<IsolateKey, Isolate>, key: IsolateKey) {
    isolates.remove(&(key | BESIDE));
    isolates.remove(&(key | BESIDE_BUFFERS));
}

/// `in submit()`.
fn label(stack: &[Frame]) -> String {
    let origin = frames::origin(stack);
    match origin.and_then(|frame| frame.function.as_deref()) {
        Some(name) => allocated_in(&format!("{name}()")),
        // The function that Node puts around a module begins where the file does.
        None if origin.is_some_and(|frame| (frame.line, frame.column) == (1, 1)) => allocated_in("a module"),
        None => allocated_in("a function without a name"),
    }
}
