//! What is checked out: a pool's checkouts, and resources that `track()` got a longest hold for. Held longer than that, it is worth a
//! look however few there are: a pool of ten is exhausted by ten.
//!
//! And what was reported and ended in order after all: reports take it back.

use crate::store::{Aggregate, SiteView};
use crate::values::reason::Reason;
use crate::values::snapshot::Verdict;

/// What is known of a site whose registrations are checked out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checkouts {
    /// Held longer than they were meant to be.
    pub overdue: u64,
    /// The longest hold, in ms.
    pub max_hold_ms: u64,
}

impl Checkouts {
    /// What is known of it at `now_ms`; `None` when its registrations may be held for any time.
    pub fn of(view: &SiteView<'_>, now_ms: u64) -> Option<Self> {
        let max_hold_ms = max_hold_ms(view.aggregate)?;
        let overdue = last_too_old(now_ms, max_hold_ms).map_or(0, |last| view.created_until(last));
        Some(Self { overdue, max_hold_ms })
    }

    /// A site's verdict, no better than suspect when something is overdue, with that as reason.
    pub fn judge(
        &self,
        (verdict, reason): (Verdict, Reason),
        live: u64,
        oldest_ms: u64,
    ) -> (Verdict, Reason) {
        if self.overdue == 0 {
            return (verdict, reason);
        }
        let is_reported = matches!(verdict, Verdict::Leak | Verdict::Suspect);
        let overdue = Reason::Overdue {
            overdue: self.overdue,
            held: live,
            oldest_ms,
            limit_ms: self.max_hold_ms,
            beside: is_reported.then(|| Box::new(reason)),
        };
        (if is_reported { verdict } else { Verdict::Suspect }, overdue)
    }
}

/// Up to which creation time, in ms, a site's registrations are reported by a value that a user gets: all of one that is accused
/// by `verdict`, else those overdue. `None` when none is.
pub fn reported_until(verdict: Verdict, checkouts: Option<Checkouts>, now_ms: u64) -> Option<u64> {
    match (verdict, checkouts) {
        (Verdict::Leak | Verdict::Suspect, _) => Some(now_ms),
        (_, Some(checkouts)) if checkouts.overdue > 0 => last_too_old(now_ms, checkouts.max_hold_ms),
        _ => None,
    }
}

/// The last creation time that is longer ago than the longest hold.
fn last_too_old(now_ms: u64, max_hold_ms: u64) -> Option<u64> {
    now_ms.checked_sub(max_hold_ms + 1)
}

/// How long a site's registrations are meant to be held at the most, in ms.
fn max_hold_ms(aggregate: &Aggregate) -> Option<u64> {
    (aggregate.max_hold_ms > 0).then_some(u64::from(aggregate.max_hold_ms))
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::record::layout::{Event, Handle, POOL, Quantity, Register, TIMEOUT};
    use crate::store::Store;
    use crate::store::sites::Definition;

    fn store(kind: u8) -> Store {
        let mut store = Store::new(String::new());
        store.attach(1, 0);
        store.define(1, Definition { kind, subject: "pg Pool".to_owned(), ..Definition::default() });
        store
    }

    fn check_out(store: &mut Store, kind: u8, slot: u32, now_ms: u64) -> Handle {
        let handle = Handle::new(slot, 0);
        let register = Register {
            site_weight_log2: slot as u8 - 1,
            quantity: Quantity::of(kind, 100),
            ..Register::new(handle, kind, 1)
        };
        store.apply(1, Event::Register(register), now_ms);
        handle
    }

    fn checkouts(store: &Store, now_ms: u64) -> Option<u64> {
        store.sites().find_map(|view| Checkouts::of(&view, now_ms)).map(|checkouts| checkouts.overdue)
    }

    #[test]
    fn overdue_begins_after_the_longest_hold() {
        let mut store = store(POOL);
        assert_eq!(checkouts(&store, 0), None, "it has no longest hold");
        let first = check_out(&mut store, POOL, 1, 10);
        check_out(&mut store, POOL, 2, 60);
        let found: Vec<_> =
            [10, 110, 111, 160, 161].map(|now_ms| checkouts(&store, now_ms).unwrap()).to_vec();
        assert_eq!(found, [0, 0, 1, 1, 3], "the second stands for two");
        store.apply(1, Event::Release(first), 170);
        assert_eq!(checkouts(&store, 170), Some(2));
    }

    #[test]
    fn a_timer_is_not_a_checkout() {
        let mut store = store(TIMEOUT);
        check_out(&mut store, TIMEOUT, 1, 0);
        assert_eq!(checkouts(&store, 10_000), None);
    }

    #[test]
    fn what_is_overdue_is_at_least_suspect() {
        let checkouts = Checkouts { overdue: 2, max_hold_ms: 30_000 };
        let why = || Reason::Few { held: 10 };
        let judged = |verdict| checkouts.judge((verdict, why()), 10, 31_000);
        let overdue =
            |beside| Reason::Overdue { overdue: 2, held: 10, oldest_ms: 31_000, limit_ms: 30_000, beside };
        assert_eq!(judged(Verdict::New), (Verdict::Suspect, overdue(None)));
        assert_eq!(judged(Verdict::Steady), (Verdict::Suspect, overdue(None)));
        assert_eq!(judged(Verdict::Leak), (Verdict::Leak, overdue(Some(Box::new(why())))));
        let in_time = Checkouts { overdue: 0, ..checkouts };
        assert_eq!(in_time.judge((Verdict::New, why()), 10, 9), (Verdict::New, why()));
    }

    #[test]
    fn only_what_was_reported_of_is_returned_late() {
        let mut store = store(POOL);
        let handles: Vec<Handle> = [10, 60, 200, 210]
            .into_iter()
            .zip(1..)
            .map(|(created, slot)| check_out(&mut store, POOL, slot, created))
            .collect();
        let returned_late = |store: &Store| store.sites().next().unwrap().aggregate.returned_late;
        // Reported at 170: the first two are overdue.
        let checkouts = store.sites().find_map(|view| Checkouts::of(&view, 170));
        store.reported((1, 1), reported_until(Verdict::New, checkouts, 170).unwrap());
        store.apply(1, Event::Collect(handles[0]), 300);
        assert_eq!(returned_late(&store), 0, "what is collected was not returned");
        store.apply(1, Event::Release(handles[1]), 300);
        assert_eq!(returned_late(&store), 2, "it stands for two");
        store.apply(1, Event::Release(handles[2]), 300);
        assert_eq!(returned_late(&store), 2, "nobody was reported it");
        store.reported((1, 1), reported_until(Verdict::Leak, None, 300).unwrap());
        // A later value that says less forgets nothing.
        store.reported((1, 1), 5);
        store.apply(1, Event::Release(handles[3]), 300);
        assert_eq!(returned_late(&store), 2 + 8);
        assert_eq!(
            reported_until(
                Verdict::Steady,
                checkouts.map(|checkouts| Checkouts { overdue: 0, ..checkouts }),
                300
            ),
            None
        );
        assert_eq!(reported_until(Verdict::New, None, 300), None);
    }
}
