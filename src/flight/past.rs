//! A state of the past: what the history has of the sites that it follows.

use super::history::{Entry, TIERS, unpacked, unpacked_sizes};
use super::reader::Flight;
use super::record::Record;
use super::value::{has_size, site};
use crate::record::layout::is_sampled;
use crate::values::snapshot::{Site, Size, Snapshot, Totals};

/// Entries of the history that growth is taken from, at the most.
const MAX_POINTS: usize = 36;

/// There is nothing of that time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotThere {
    /// The earliest time there is something of, in ms since 1970.
    pub from_unix_ms: u64,
    /// The latest.
    pub until_unix_ms: u64,
}

impl Flight {
    /// The state at a time before, in ms since 1970, of the sites that the history follows.
    ///
    /// # Errors
    /// [`NotThere`] for a time before the history begins, or after the last state.
    pub fn snapshot_at(&self, at_unix_ms: u64) -> Result<Snapshot, NotThere> {
        let from_unix_ms = self.unix_ms(self.first_ms());
        let missing = NotThere { from_unix_ms, until_unix_ms: self.at_unix_ms };
        let at_ms = at_unix_ms.checked_sub(self.unix_ms(0)).ok_or(missing)?;
        if at_unix_ms > self.at_unix_ms {
            return Err(missing);
        }
        let (tier, place) = self.entry_at(at_ms).ok_or(missing)?;
        let entry = &self.history[tier][place];
        let points = &self.history[tier][(place + 1).saturating_sub(MAX_POINTS)..=place];
        let mut snapshot = self.bare_snapshot();
        snapshot.sites = self.sites_at(entry, points);
        for site in &snapshot.sites {
            let totals: &mut Totals = snapshot.totals.entry(site.kind.clone()).or_default();
            totals.live += site.live;
            // What is not kept: at the least those that lived.
            totals.registered = totals.live;
        }
        snapshot.process = self.process(entry.at_ms, 1);
        snapshot.notes.push(format!(
            "as of the flight file's history: of the {} sites it follows, how many lived and the verdict of that time",
            self.columns.0.iter().filter(|column| column.site != 0).count()
        ));
        Ok(snapshot)
    }

    /// When the history begins, in ms since recording began.
    pub fn first_ms(&self) -> u64 {
        let first = self.history.iter().filter_map(|ring| ring.first()).map(|entry| entry.at_ms);
        first.min().unwrap_or(self.at_ms)
    }

    /// The last entry at or before a time, of the finest ring that has one near it.
    fn entry_at(&self, at_ms: u64) -> Option<(usize, usize)> {
        let mut found = None;
        for (tier, ring) in self.history.iter().enumerate() {
            let Some(place) = ring.partition_point(|entry| entry.at_ms <= at_ms).checked_sub(1) else {
                continue;
            };
            found = found.or(Some((tier, place)));
            if at_ms - ring[place].at_ms <= 2 * TIERS[tier].step_ms {
                return Some((tier, place));
            }
        }
        found
    }

    fn sites_at(&self, entry: &Entry, points: &[Entry]) -> Vec<Site> {
        let mut sites = Vec::new();
        for (place, column) in self.columns.0.iter().enumerate() {
            let Some(known) = self.log.sites.get(&column.site).filter(|_| column.since_ms <= entry.at_ms)
            else {
                continue;
            };
            let value = entry.values[place];
            let sizes = unpacked_sizes(value).filter(|_| has_size(&known.kind));
            let record = match (sizes, unpacked(value)) {
                (Some((verdict, live, total)), _) => Record {
                    site: column.site,
                    verdict,
                    live,
                    size: Some(Size { total, max: total }),
                    estimated: true,
                    ..Record::default()
                },
                (None, Some((verdict, live))) => {
                    Record { site: column.site, verdict, live, ..Record::default() }
                }
                (None, None) => continue,
            };
            let of_site: Vec<&Entry> = points.iter().filter(|point| point.at_ms >= column.since_ms).collect();
            let mut site = site(known, &record, None);
            let growth = growth_per_hour(&of_site, place, sizes.is_some());
            if is_sampled(&site.kind) {
                site.bytes_per_hour = (growth > 0.0).then_some(growth);
            } else {
                site.growth_per_hour = growth;
            }
            site.evidence = "as its history in the flight file says".to_owned();
            sites.push(site);
        }
        sites
    }
}

/// The median slope of a column, an hour; 0 for fewer than three points.
fn growth_per_hour(points: &[&Entry], place: usize, is_collection: bool) -> f64 {
    let number = |entry: &&Entry| match is_collection {
        true => unpacked_sizes(entry.values[place]).map(|(_, _, total)| total),
        false => unpacked(entry.values[place]).map(|(_, live)| live),
    };
    let known: Vec<(u64, u64)> =
        points.iter().filter_map(|entry| Some((entry.at_ms, number(entry)?))).collect();
    if known.len() < 3 {
        return 0.0;
    }
    let mut slopes = Vec::new();
    for (later, (at, value)) in known.iter().enumerate() {
        for (before_at, before) in &known[..later] {
            let hours = at.saturating_sub(*before_at) as f64 / 3_600_000.0;
            slopes.extend((hours > 0.0).then(|| (*value as f64 - *before as f64) / hours));
        }
    }
    slopes.sort_by(f64::total_cmp);
    slopes.get(slopes.len() / 2).copied().unwrap_or(0.0)
}
