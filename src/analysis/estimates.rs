//! Estimated counts of sites, held against what is counted: registrations of a kind are counted all, and only their sites are
//! drawn, so the sites of a kind have at most as many together.

use crate::store::Store;
use crate::values::reason::{Growing, Measure, Reason};
use crate::values::snapshot::{Site, Totals};

/// By kind, what its sites have, and what there is.
#[derive(Debug, Default)]
pub struct Estimates(Vec<Kind>);

#[derive(Clone, Copy, Debug, Default)]
struct Kind {
    total: Totals,
    exact: Totals,
    estimated: Totals,
}

impl Estimates {
    /// As the store is now.
    pub fn of(store: &Store) -> Self {
        let mut kinds: Vec<Kind> =
            store.counted().iter().map(|total| Kind { total: *total, ..Kind::default() }).collect();
        for view in store.sites() {
            let aggregate = view.aggregate;
            let Some(kind) = kinds.get_mut(usize::from(aggregate.site.kind)) else { continue };
            let sum = if aggregate.estimated { &mut kind.estimated } else { &mut kind.exact };
            sum.live += aggregate.counts.live;
            sum.released += aggregate.counts.released;
            sum.collected += aggregate.counts.collected;
        }
        Self(kinds)
    }

    /// The counts of a site of this kind, scaled down where all are too many.
    pub fn scaled(&self, kind: u8, counts: Totals, is_estimated: bool) -> Totals {
        let Some(Kind { total, exact, estimated }) = self.0.get(usize::from(kind)).filter(|_| is_estimated)
        else {
            return counts;
        };
        let live = scaled(counts.live, exact.live, estimated.live, total.live);
        let released = scaled(counts.released, exact.released, estimated.released, total.released);
        let collected = scaled(counts.collected, exact.collected, estimated.collected, total.collected);
        Totals { registered: live + released + collected, released, collected, live }
    }
}

/// Rounded down, so that the sum is no more than it may be.
fn scaled(count: u64, exact: u64, estimated: u64, total: u64) -> u64 {
    let most = total.saturating_sub(exact);
    if estimated <= most {
        return count;
    }
    let scaled = u128::from(count) * u128::from(most) / u128::from(estimated);
    scaled.try_into().unwrap_or(u64::MAX)
}

/// Keeps what is said of a site's registrations within its counts.
pub fn keep_within_counts(site: &mut Site) {
    let (live, ends) = (site.live, site.released + site.collected);
    match &mut site.reason {
        Some(Reason::Grew(Growing { of, held, ended, .. })) if *of != Measure::Entries => {
            *held = live.min(*held);
            *ended = ended.map(|ended| ends.min(ended));
        }
        Some(Reason::PilingUp { pending, ended, .. }) => {
            *pending = live.min(*pending);
            *ended = ends.min(*ended);
        }
        _ => {}
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::record::layout::{Event, Handle, LISTENER, Register, TIMEOUT};
    use crate::store::sites::Definition;

    proptest! {
        #[test]
        fn the_sites_of_a_kind_have_at_most_what_there_is(
            made in prop::collection::vec((0usize..6, 0u8..8, 0u8..3, 0u8..4), 0..400),
        ) {
            let kinds = [LISTENER, LISTENER, LISTENER, TIMEOUT, TIMEOUT, TIMEOUT];
            let mut store = Store::new(String::new());
            store.attach(1, 0);
            for kind in kinds {
                store.define(1, Definition { kind, ..Definition::default() });
            }
            for ((slot, (site, site_weight_log2, total_weight_log2, end)), now_ms) in (1..).zip(made).zip(0..) {
                // The first site of a kind is exact.
                let site_weight_log2 = if site % 3 == 0 { 0 } else { site_weight_log2 };
                let handle = Handle::new(slot, 0);
                let register = Register::new(handle, kinds[site], site as u32 + 1);
                store.apply(1, Event::Register(Register { site_weight_log2, total_weight_log2, ..register }), now_ms);
                match end {
                    0 => store.apply(1, Event::Release(handle), now_ms),
                    1 => store.apply(1, Event::Collect(handle), now_ms),
                    _ => {}
                }
            }
            let estimates = Estimates::of(&store);
            for kind in [LISTENER, TIMEOUT] {
                let total = store.counted().get(usize::from(kind)).copied().unwrap_or_default();
                let (mut sum, mut plain) = (Totals::default(), Totals::default());
                for view in store.sites().filter(|view| view.aggregate.site.kind == kind) {
                    let counts = view.aggregate.counts;
                    let scaled = estimates.scaled(kind, counts, view.aggregate.estimated);
                    prop_assert_eq!(scaled.registered, scaled.live + scaled.released + scaled.collected);
                    prop_assert!(view.aggregate.estimated || scaled == counts, "what is exact stays");
                    for (sum, counts) in [(&mut sum, scaled), (&mut plain, counts)] {
                        sum.registered += counts.registered;
                        sum.live += counts.live;
                        sum.released += counts.released;
                        sum.collected += counts.collected;
                    }
                }
                let is_within = |sum: Totals| {
                    sum.registered <= total.registered
                        && sum.live <= total.live
                        && sum.released <= total.released
                        && sum.collected <= total.collected
                };
                prop_assert!(is_within(sum), "{sum:?} of {total:?}");
                prop_assert!(!is_within(plain) || sum == plain, "what is within stays");
            }
        }
    }

    #[test]
    fn what_is_said_agrees() {
        let grew = |of| Some(Reason::Grew(Growing { of, held: 110, ended: Some(4), ..Growing::default() }));
        let mut site =
            Site { live: 100, released: 3, reason: grew(Measure::Registrations), ..Site::default() };
        keep_within_counts(&mut site);
        let Some(Reason::Grew(Growing { held, ended, .. })) = site.reason else { unreachable!("it grew") };
        assert_eq!((held, ended), (100, Some(3)));
        let mut map = Site { live: 1, reason: grew(Measure::Entries), ..Site::default() };
        keep_within_counts(&mut map);
        assert_eq!(map.reason, grew(Measure::Entries));
    }
}
