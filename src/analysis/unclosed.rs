//! Handles that the garbage collector closes because the program never does, as FileHandles: each stays open until then, and
//! Node warns of it. Few are live at any time, so no history shows them; their ends do.

use crate::record::layout::HANDLE;
use crate::store::Aggregate;
use crate::values::reason::Reason;
use crate::values::snapshot::Verdict;

/// Handles that the collector closed, from which it is no accident.
const MIN_COLLECTED: u64 = 10;
/// How long that goes on at the least, in ms.
const MIN_MS: u64 = 10_000;
/// How long after the last one it is over, in ms: at the least, and as long as it went on.
const OVER_AFTER_MS: u64 = 10 * 60_000;

/// True for what is open until it is closed, or garbage.
pub fn is_closed_by_garbage(aggregate: &Aggregate) -> bool {
    aggregate.site.kind == HANDLE && aggregate.site.ends_with_owner
}

/// A site's verdict, which is a leak where the collector closes what the program should.
pub fn judge(aggregate: &Aggregate, (verdict, reason): (Verdict, Reason), now_ms: u64) -> (Verdict, Reason) {
    match found(aggregate, now_ms) {
        // A site that holds more and more says that itself.
        Some(unclosed) if verdict != Verdict::Leak => (Verdict::Leak, unclosed),
        _ => (verdict, reason),
    }
}

fn found(aggregate: &Aggregate, now_ms: u64) -> Option<Reason> {
    let (first_ms, last_ms) = aggregate.collected_ms.filter(|_| is_closed_by_garbage(aggregate))?;
    let (collected, closed) = (aggregate.counts.collected, aggregate.counts.released);
    let for_ms = last_ms.saturating_sub(first_ms);
    let ago_ms = now_ms.saturating_sub(last_ms);
    (collected >= MIN_COLLECTED && for_ms >= MIN_MS && ago_ms <= for_ms.max(OVER_AFTER_MS))
        .then_some(Reason::Unclosed { collected, closed, for_ms, ago_ms })
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::record::layout::{Event, Handle, Register};
    use crate::store::Store;
    use crate::store::sites::Definition;

    fn store(ends_with_owner: bool) -> Store {
        let mut store = Store::new(String::new());
        store.attach(1, 0);
        let subject = "FileHandle".to_owned();
        store.define(1, Definition { kind: HANDLE, subject, ends_with_owner, ..Definition::default() });
        store
    }

    fn opened(store: &mut Store, slot: u32, now_ms: u64) -> Handle {
        let handle = Handle::new(slot, 0);
        store.apply(1, Event::Register(Register::new(handle, HANDLE, 1)), now_ms);
        handle
    }

    /// Each second one is opened and left to the collector, which closes it a second later.
    fn run(ends_with_owner: bool, seconds: u64, end: impl Fn(Handle) -> Event) -> Store {
        let mut store = store(ends_with_owner);
        for second in 0..seconds {
            let handle = opened(&mut store, second as u32 + 1, second * 1_000);
            store.apply(1, end(handle), second * 1_000 + 1_000);
        }
        store
    }

    fn judged(store: &Store, now_ms: u64) -> (Verdict, Reason) {
        let view = store.sites().next().unwrap();
        judge(view.aggregate, (Verdict::Steady, Reason::NothingHeld), now_ms)
    }

    #[test]
    fn what_only_the_collector_closes_is_a_leak() {
        let steady = (Verdict::Steady, Reason::NothingHeld);
        assert_eq!(judged(&run(true, 9, Event::Collect), 10_000), steady, "few");
        let unclosed = Reason::Unclosed { collected: 30, closed: 0, for_ms: 29_000, ago_ms: 0 };
        assert_eq!(judged(&run(true, 30, Event::Collect), 30_000), (Verdict::Leak, unclosed));
        assert_eq!(judged(&run(true, 30, Event::Release), 30_000), steady, "closed");
        assert_eq!(judged(&run(false, 30, Event::Collect), 30_000), steady, "that of a socket means nothing");
    }

    #[test]
    fn it_is_over_when_none_was_left_for_long() {
        let store = run(true, 30, Event::Collect);
        assert_eq!(judged(&store, 30_000 + OVER_AFTER_MS).0, Verdict::Leak);
        assert_eq!(judged(&store, 30_001 + OVER_AFTER_MS).0, Verdict::Steady);
    }

    #[test]
    fn a_site_that_grows_says_so() {
        let store = run(true, 30, Event::Collect);
        let grows = (Verdict::Leak, Reason::Few { held: 40 });
        assert_eq!(judge(store.sites().next().unwrap().aggregate, grows.clone(), 30_000), grows);
    }
}
