//! A state on its way to the file: but for what the publisher keeps.

use crate::flight::format::COLUMNS;
use crate::flight::history::NO_VALUE;
use crate::flight::log::{Mark, MarkedSite};
use crate::flight::{Columns, Numbers, Records, State, Vitals};

/// A state but for what the publisher keeps.
pub(super) struct Prepared<'a> {
    pub(super) at_ms: u64,
    pub(super) at_unix_ms: u64,
    pub(super) interval_ms: u32,
    pub(super) vitals: Vitals,
    /// As [`Publish::sites`].
    pub(super) sites: usize,
    pub(super) records: &'a Records,
}

impl Prepared<'_> {
    /// The sites that it names.
    pub(super) fn named(&self) -> Numbers {
        self.records.iter().map(|record| record.site).collect()
    }

    pub(super) fn mark(&self, name: &str) -> Mark {
        let sites = self.records.iter().map(|record| MarkedSite {
            site: record.site,
            live: record.live,
            registered: record.registered,
            size: record.size.map_or(0, |size| size.total),
        });
        Mark { name: name.to_owned(), at_ms: self.at_ms, at_unix_ms: self.at_unix_ms, sites: sites.collect() }
    }

    pub(super) fn publish<T>(
        &self,
        columns: &Columns,
        details: &[u8],
        with: impl FnOnce(&State<'_>) -> T,
    ) -> T {
        let values = || {
            let mut values = [NO_VALUE; COLUMNS];
            for record in self.records.iter() {
                if let Some(place) = columns.0.iter().position(|column| column.site == record.site) {
                    values[place] = record.packed();
                }
            }
            values
        };
        with(&State {
            at_ms: self.at_ms,
            at_unix_ms: self.at_unix_ms,
            interval_ms: self.interval_ms,
            vitals: self.vitals,
            columns,
            values: &values,
            records: self.records,
            details,
        })
    }
}
