//! When the collector gc_requests for a garbage collection: a leak of what its owner may take along is reported only
//! when one has shown that it stays, and a quiet service may make none for minutes.
//!
//! It is a gc request: the isolate grants it where that is cheap (see js/engine/gc.js), and nobody waits for it.

use crate::analysis::view;
use crate::store::{IsolateKey, Store};
use crate::values::snapshot::Verdict;

/// GcRequests in a row: what a service sets up shows its growth at different times.
const MOST: u32 = 3;
/// One more after so long, in ms.
const EVERY_MS: u64 = 60_000;
/// Between two, in ms: the first has to show what it did.
const APART_MS: u64 = 5_000;

/// How many gc_requests are left.
#[derive(Debug)]
pub struct GcRequests {
    left: u32,
    refilled_ms: u64,
    last_ms: Option<u64>,
}

impl Default for GcRequests {
    fn default() -> Self {
        Self { left: MOST, refilled_ms: 0, last_ms: None }
    }
}

impl GcRequests {
    /// Looks at each site, right after a point of the timeline. Returns the isolates that have one whose verdict
    /// waits for nothing else; a gc request is spent when there is one.
    pub fn look(&mut self, store: &mut Store, now_ms: u64, min_size: u32) -> Vec<IsolateKey> {
        let (mut waiting, mut leaks) = (Vec::new(), Vec::new());
        for view in store.sites() {
            // Most sites do not grow: they are reported by a look at their history alone.
            let grows = view.aggregate.series.grew_lately() && !view.aggregate.site.ignored;
            if !grows && !view.aggregate.is_leak {
                continue;
            }
            let judgement = view::judge(&view, &store.timeline, now_ms, min_size);
            let is_leak = judgement.verdict == Verdict::Leak;
            if is_leak != view.aggregate.is_leak {
                leaks.push((view.key, is_leak));
            }
            if judgement.waits && !waiting.contains(&view.key.0) {
                waiting.push(view.key.0);
            }
        }
        store.remember(&leaks);
        if waiting.is_empty() || !self.may(now_ms) {
            return Vec::new();
        }
        self.left -= 1;
        self.last_ms = Some(now_ms);
        waiting
    }

    fn may(&mut self, now_ms: u64) -> bool {
        let refills = now_ms.saturating_sub(self.refilled_ms) / EVERY_MS;
        self.refilled_ms += refills * EVERY_MS;
        self.left = u32::try_from(refills).unwrap_or(MOST).saturating_add(self.left).min(MOST);
        self.left > 0 && self.last_ms.is_none_or(|last| now_ms.saturating_sub(last) >= APART_MS)
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::record::layout::{Event, Handle};
    use crate::store::sites::Definition;

    /// Listeners, one a second, on emitters of their own; the store's time goes on.
    fn growing() -> (Store, impl FnMut(&mut Store, u64) -> bool) {
        let mut store = Store::new(String::new());
        store.attach(7, 0);
        store.define(7, Definition { kind: 0, ..Definition::default() });
        let register = |store: &mut Store, now_ms: u64| {
            let is_due = store.tick(now_ms);
            let handle = Handle::new(1 + now_ms as u32 / 1_000, 0);
            let event = Event::Register {
                handle,
                kind: 0,
                site: 1,
                site_weight_log2: 0,
                total_weight_log2: 0,
                delay_ms: 1,
                dies_with_owner: false,
            };
            store.apply(7, event, now_ms);
            is_due
        };
        (store, register)
    }

    #[test]
    fn a_leak_that_may_be_garbage_is_worth_some() {
        let ((mut store, mut register), mut gc_requests) = (growing(), GcRequests::default());
        let mut times = Vec::new();
        for now_ms in (0..300_000).step_by(1_000) {
            if register(&mut store, now_ms) && !gc_requests.look(&mut store, now_ms, 1_000).is_empty() {
                times.push(now_ms / 1_000);
            }
        }
        assert!((20..24).contains(&times[0]), "{times:?}");
        assert!(times[2] - times[0] < 15, "nobody granted them: {times:?}");
        assert!(times.len() <= 3 + 5, "one a minute: {times:?}");
    }

    #[test]
    fn what_is_known_to_stay_is_worth_none() {
        let ((mut store, mut register), mut gc_requests) = (growing(), GcRequests::default());
        let mut times = Vec::new();
        for now_ms in (0..300_000).step_by(1_000) {
            if register(&mut store, now_ms) && !gc_requests.look(&mut store, now_ms, 1_000).is_empty() {
                times.push(now_ms / 1_000);
                store.collected(7, now_ms);
            }
        }
        assert_eq!(times.len(), 1, "{times:?}");
    }
}
