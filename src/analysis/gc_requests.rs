//! When the collector requests a garbage collection, and what is remembered of sites that are reported: what its owner may
//! take along is reported only when a collection has shown that it stays, and a quiet service may make none for minutes.
//!
//! The isolate grants a request where that is cheap (see js/engine/gc.js), and nobody waits for it. A request costs nothing
//! until it is granted, so it stands for as long as a verdict waits.

use std::collections::HashMap;

use crate::analysis::{causes, judge, verdict};
use crate::record::layout::TIMEOUT;
use crate::store::{Aggregate, IsolateKey, Shown, Store};
use crate::values::reason::Measure;
use crate::values::snapshot::{Role, Verdict};

/// Between the first two collections, in ms: what a service sets up shows its growth at different times. Each further one
/// comes after twice as long, …
const FIRST_GAP_MS: u64 = 8_000;
/// … up to this, in ms.
const LAST_GAP_MS: u64 = 45_000;

/// Which isolates collected their garbage when.
#[derive(Debug, Default)]
pub struct GcRequests {
    isolates: HashMap<IsolateKey, Requests>,
}

/// The requests of one isolate.
#[derive(Debug)]
struct Requests {
    /// When the last collection was made, in ms.
    last_ms: Option<u64>,
    /// The least time to the next one, in ms.
    gap_ms: u64,
}

impl Requests {
    /// Whether there may be another one.
    fn may(&mut self, now_ms: u64, collected_ms: u64) -> bool {
        // Whoever has made it: none was granted as long as none is seen.
        if collected_ms > self.last_ms.unwrap_or(0) {
            let idle_ms = collected_ms.saturating_sub(self.last_ms.unwrap_or(0));
            // After a pause there is something new to be seen.
            let calmed = idle_ms / LAST_GAP_MS;
            self.gap_ms = match self.last_ms {
                None => FIRST_GAP_MS,
                Some(_) if calmed > 1 => (self.gap_ms >> calmed.min(8)).max(FIRST_GAP_MS),
                Some(_) => (self.gap_ms * 2).min(LAST_GAP_MS),
            };
            self.last_ms = Some(collected_ms);
        }
        self.last_ms.is_none_or(|last| now_ms.saturating_sub(last) >= self.gap_ms)
    }
}

impl GcRequests {
    /// Looks at each site, right after a point of the timeline, and remembers what is reported. Returns the isolates that
    /// have one whose verdict waits for nothing but a garbage collection, and may make one. `heap_grows`: by its size after
    /// collections.
    pub fn look(&mut self, store: &mut Store, now_ms: u64, heap_grows: bool) -> Vec<IsolateKey> {
        let (mut waiting, mut shown) = (Vec::new(), Vec::new());
        let (mut piling, mut is_explained) = (Vec::new(), !heap_grows);
        for view in store.sites() {
            let aggregate = view.aggregate;
            // Most sites do not grow: that is seen by a look at their history alone.
            let is_sampled = aggregate.allocations.is_some();
            let grows = aggregate.series.grew_lately() && !aggregate.site.ignored && !is_sampled;
            if !grows && aggregate.shown.is_none() {
                continue;
            }
            let (judgement, next) = judge::judge_and_remember(&view, &store.timeline, now_ms);
            if let Some(next) = &next {
                match aggregate.site.kind {
                    TIMEOUT if verdict::goes_on(next) => piling.push((view.key, next.clone())),
                    kind => is_explained |= is_cause(kind, next, view.aggregate),
                }
            }
            if next.as_ref() != aggregate.shown.as_deref() {
                shown.push((view.key, next));
            }
            if judgement.waits && !waiting.iter().any(|(key, _)| *key == view.key.0) {
                waiting.push((view.key.0, view.collected_ms));
            }
        }
        store.remember(shown);
        if !is_explained {
            // Nothing else that is reported explains why the heap grows.
            let leak = |shown: Shown| Some(Shown { verdict: Verdict::Leak, ..shown });
            store.remember(piling.into_iter().map(|(key, shown)| (key, leak(shown))).collect());
        }
        if self.isolates.len() > 2 * store.isolates() as usize + 8 {
            // Most of them are of threads that have ended.
            self.isolates.clear();
        }
        waiting.retain(|(key, collected_ms)| {
            let new = || Requests { last_ms: None, gap_ms: FIRST_GAP_MS };
            self.isolates.entry(*key).or_insert_with(new).may(now_ms, *collected_ms)
        });
        waiting.into_iter().map(|(key, _)| key).collect()
    }
}

/// Whether what is reported is no consequence of something else.
fn is_cause(kind: u8, shown: &Shown, aggregate: &Aggregate) -> bool {
    let is_on_older = aggregate.with_owner.saturating_mul(2) <= aggregate.counts.live;
    shown.of == Measure::Entries || causes::of_instances(kind, is_on_older) == Role::Cause
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::record::layout::{Event, Handle, LISTENER, Quantity, Register};
    use crate::store::MajorGc;
    use crate::store::sites::Definition;

    /// Listeners, one a second, on emitters of their own; the store's time goes on.
    fn growing() -> (Store, impl FnMut(&mut Store, u64) -> bool) {
        let mut store = Store::new(String::new());
        store.attach(7, 0);
        store.define(7, Definition { kind: 0, ..Definition::default() });
        let register = |store: &mut Store, now_ms: u64| {
            let is_due = store.tick(now_ms);
            let handle = Handle::new(1 + now_ms as u32 / 1_000, 0);
            let quantity = Quantity::Listeners(1);
            let register = Register { quantity, ..Register::new(handle, LISTENER, 1) };
            store.apply(7, Event::Register(register), now_ms);
            is_due
        };
        (store, register)
    }

    #[test]
    fn a_request_stands_until_it_is_granted() {
        let ((mut store, mut register), mut gc_requests) = (growing(), GcRequests::default());
        let mut times = Vec::new();
        for now_ms in (0..100_000).step_by(1_000) {
            if register(&mut store, now_ms) && !gc_requests.look(&mut store, now_ms, false).is_empty() {
                times.push(now_ms / 1_000);
            }
        }
        assert!((20..24).contains(&times[0]), "{times:?}");
        assert!(times.windows(2).all(|pair| pair[1] - pair[0] <= 3), "nobody granted them: {times:?}");
    }

    /// The verdicts on timeouts of ten minutes, and on what else is registered once a second, after so many seconds.
    fn piling(seconds: u64, heap_grows: bool, other: Option<u8>) -> Vec<Verdict> {
        let mut store = Store::new(String::new());
        store.attach(7, 0);
        let kinds: Vec<u8> = std::iter::once(TIMEOUT).chain(other).collect();
        kinds.iter().for_each(|kind| store.define(7, Definition { kind: *kind, ..Definition::default() }));
        let mut gc_requests = GcRequests::default();
        let mut slot = 0;
        for now_ms in (0..seconds * 1_000).step_by(500) {
            let is_due = store.tick(now_ms);
            for (site, kind) in (1..).zip(&kinds) {
                slot += 1;
                let quantity = Quantity::DelayMs(600_000);
                let register = Register { quantity, ..Register::new(Handle::new(slot, 0), *kind, site) };
                store.apply(7, Event::Register(register), now_ms);
            }
            if is_due {
                gc_requests.look(&mut store, now_ms, heap_grows);
            }
        }
        store.sites().map(|view| judge::judge(&view, &store.timeline, seconds * 1_000).verdict).collect()
    }

    #[test]
    fn timeouts_are_a_leak_when_the_heap_grows_with_them_alone() {
        const INTERVAL: u8 = 2;
        assert_eq!(piling(400, false, None), [Verdict::Suspect]);
        assert_eq!(piling(400, true, None), [Verdict::Leak]);
        assert_eq!(piling(280, true, None), [Verdict::Suspect], "not for five minutes yet");
        assert_eq!(piling(400, true, Some(INTERVAL)), [Verdict::Suspect, Verdict::Leak], "it is explained");
    }

    #[test]
    fn a_suspect_is_looked_at_again_and_a_leak_is_not() {
        let ((mut store, mut register), mut gc_requests) = (growing(), GcRequests::default());
        let mut times = Vec::new();
        for now_ms in (0..900_000).step_by(1_000) {
            if register(&mut store, now_ms) && !gc_requests.look(&mut store, now_ms, false).is_empty() {
                times.push(now_ms / 1_000);
                store.collected(7, now_ms, MajorGc::Whole);
            }
        }
        assert!(times.len() <= 9 && times.last().is_some_and(|last| *last < 350), "{times:?}");
        assert!(times.windows(2).all(|pair| pair[1] - pair[0] >= 8), "{times:?}");
    }
}
