//! Counts by kind.

use crate::values::snapshot::Totals;

/// How a registration ended.
pub(super) enum Ending {
    Released,
    Collected,
}

pub(super) fn count_end(counts: &mut Totals, weight: u64, ending: &Ending) {
    counts.live -= weight;
    match ending {
        Ending::Released => counts.released += weight,
        Ending::Collected => counts.collected += weight,
    }
}

pub(super) fn totals_of(totals: &mut Vec<Totals>, kind: u8) -> &mut Totals {
    let kind = usize::from(kind);
    if totals.len() <= kind {
        totals.resize(kind + 1, Totals::default());
    }
    &mut totals[kind]
}
