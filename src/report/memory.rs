//! How a heap went, in words.

use super::format::bytes;
use crate::values::duration::duration;
use crate::values::memory::HeapTrend;
use crate::values::snapshot::Verdict;

/// Share of the growth from which the sites that are reported explain it.
const EXPLAINED: f64 = 0.5;

/// `heap after GC 9.1 → 38 MiB, +1.6 GiB an hour`; `None` while there is one sample only.
pub(super) fn went(heap: &HeapTrend) -> Option<String> {
    if heap.samples < 2 {
        return None;
    }
    let mut text = format!("heap after GC {} → {}", bytes(heap.first_used), bytes(heap.used_after_gc));
    if grows(heap) {
        text.push_str(&format!(", +{} an hour", bytes(heap.growth_per_hour.max(0.0) as u64)));
        if let Some(share) = explained(heap) {
            text.push_str(&format!(", {share} of it explained"));
        }
    }
    Some(text)
}

/// The share of the growth that findings explain, `92 %`; `None` where that is nothing.
fn explained(heap: &HeapTrend) -> Option<String> {
    let percent = (heap.explained? * 100.0).round();
    (percent >= 1.0).then(|| format!("{percent} %"))
}

/// The first line of a report that names no leak although the heap grows.
pub(super) fn unexplained(heap: &HeapTrend) -> Option<String> {
    grows(heap)
        .then(|| "no leak among listeners, timers, collections and handles, but the memory grows".to_owned())
}

/// What to do about growth that no reported site explains; nothing where one does, or where nothing grows. `has_findings`: whether
/// the report names a line or a package.
pub(super) fn advice(heap: &HeapTrend, has_findings: bool) -> Vec<String> {
    if !grows(heap) || heap.explained.is_some_and(|share| share >= EXPLAINED) {
        return Vec::new();
    }
    let outside = heap.external.saturating_sub(heap.first_external);
    let inside = heap.used_after_gc.saturating_sub(heap.first_used);
    let grew = format!(
        "{} → {} after major collections in {}, and {} → {} outside of it (Buffers and the like); {}",
        bytes(heap.first_used),
        bytes(heap.used_after_gc),
        duration(heap.span_ms),
        bytes(heap.first_external),
        bytes(heap.external),
        explained(heap).map_or_else(
            || match has_findings {
                true => "how much of that is kept by the above is not known".to_owned(),
                false => "nothing above explains it".to_owned(),
            },
            |share| format!("what is reported above explains {share} of that")
        )
    );
    let two = "take two heap snapshots some minutes apart (node --heapsnapshot-signal=SIGUSR2) and run leakline heap FIRST SECOND";
    let next = match (has_findings, outside > inside) {
        (true, _) => format!("fix the above and look again; to see what else grows, {two}"),
        (false, true) => format!(
            "lines whose Buffers pile up are reported once samples show it, which takes minutes where it is slow; what an addon \
             allocates is not sampled. To see more, {two}: it names what holds them"
        ),
        (false, false) => format!(
            "functions whose closures, promises, plain objects and strings pile up are reported once samples show it, which takes \
             minutes where it is slow. To see more, {two}, or check(fn, {{ heap: true }}) in a test"
        ),
    };
    vec![grew, next]
}

fn grows(heap: &HeapTrend) -> bool {
    heap.verdict == Verdict::Suspect
}
