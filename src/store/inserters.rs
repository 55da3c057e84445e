//! The insertion sites of a collection, and the entries that were removed.
//!
//! Insertions are summed by place: the frame of the application that inserts, whatever calls it. The table is bounded as
//! in Space-Saving (Metwally, Agrawal, El Abbadi 2005): a place without room replaces the smallest one and starts with
//! its count, which is stored as the error. A place with more than an eighth of all entries is always in the table.

use crate::store::sites::Site;

/// Places kept for one collection, or one site of them.
const MAX_PLACES: usize = 8;

/// Entries that leave are noise up to this share of those that stayed.
const LEAVING_SHARE: u64 = 20;

/// Entries that were inserted into collections and removed from them, while they were watched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inserters {
    places: Vec<Place>,
    /// Entries inserted, including those without a known stack.
    inserted: u64,
    left: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    /// The first site at the place: it identifies the place.
    first: u32,
    /// The site that inserts most, if one inserted more than half (Boyer and Moore 1981).
    most: u32,
    /// The lead of `most` over all others.
    lead: u64,
    /// Upper bound of its entries.
    entries: u64,
    /// Upper bound of those entries that were another place's.
    error: u64,
}

/// The place that inserts most.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Most {
    /// A site there, by its number.
    pub site: u32,
    /// Its share in all entries, 0–1.
    pub share: f64,
}

impl Inserters {
    /// Adds entries that a site inserted; 0 when the site is not known. `is_same` says whether another site is at the
    /// same place.
    pub fn fill(&mut self, site: u32, entries: u64, is_same: impl Fn(u32) -> bool) {
        self.inserted += entries;
        if site == 0 {
            return;
        }
        let known = self.places.iter_mut().find(|place| place.first == site || is_same(place.first));
        if let Some(place) = known {
            return place.add(site, entries);
        }
        let new = Place { first: site, most: site, lead: entries, entries, error: 0 };
        if self.places.len() < MAX_PLACES {
            self.places.push(new);
        } else if let Some(smallest) = self.places.iter_mut().min_by_key(|place| place.entries) {
            *smallest = Place { entries: smallest.entries + entries, error: smallest.entries, ..new };
        }
    }

    /// Adds entries that were removed.
    pub fn leave(&mut self, entries: u64) {
        self.left += entries;
    }

    /// The difference to an earlier state.
    pub fn since(&self, before: &Self) -> Self {
        let of_place = |place: &Place| {
            let earlier = before.places.iter().find(|earlier| earlier.first == place.first);
            let counted = earlier.map_or(0, Place::proven);
            Place { entries: place.proven().saturating_sub(counted), error: 0, ..*place }
        };
        Self {
            places: self.places.iter().map(of_place).collect(),
            inserted: self.inserted.saturating_sub(before.inserted),
            left: self.left.saturating_sub(before.left),
        }
    }

    /// The place that inserts most; `None` where none is known.
    pub fn most(&self) -> Option<Most> {
        let place = self.places.iter().max_by_key(|place| place.proven()).filter(|p| p.proven() > 0)?;
        let share = place.proven() as f64 / self.inserted.max(1) as f64;
        Some(Most { site: place.most, share: share.min(1.0) })
    }

    /// Entries removed; `None` without any insertion or removal.
    pub fn removed_entries(&self) -> Option<u64> {
        (self.inserted > 0 || self.left > 0).then_some(self.left)
    }

    /// Whether others leave a collection, or collections, that hold so many entries.
    pub fn others_leave(&self, held: u64) -> bool {
        self.left.saturating_mul(LEAVING_SHARE) > held
    }

    /// Entries inserted.
    #[cfg(test)]
    pub fn inserted(&self) -> u64 {
        self.inserted
    }

    /// Entries that the place identified by this site inserted at least.
    #[cfg(test)]
    pub fn entries_of(&self, first: u32) -> u64 {
        self.places.iter().filter(|place| place.first == first).map(Place::proven).sum()
    }
}

impl Place {
    fn add(&mut self, site: u32, entries: u64) {
        self.entries += entries;
        if site == self.most {
            self.lead += entries;
        } else if entries > self.lead {
            (self.most, self.lead) = (site, entries - self.lead);
        } else {
            self.lead -= entries;
        }
    }

    /// Entries that this place inserted at least.
    fn proven(&self) -> u64 {
        self.entries - self.error
    }
}

/// Whether two sites have the same origin.
pub fn is_same_place(a: &Site, b: &Site) -> bool {
    a.origin().is_some() && a.origin() == b.origin()
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn nowhere_else(_: u32) -> bool {
        false
    }

    #[test]
    fn the_place_that_inserts_most_is_named_with_its_share() {
        let mut inserters = Inserters::default();
        assert_eq!((inserters.most(), inserters.removed_entries()), (None, None));
        inserters.fill(1, 10, nowhere_else);
        inserters.fill(2, 80, nowhere_else);
        inserters.fill(0, 10, nowhere_else);
        assert_eq!(inserters.most(), Some(Most { site: 2, share: 0.8 }));
        assert_eq!(inserters.removed_entries(), Some(0), "nothing left");
        inserters.leave(3);
        assert_eq!(inserters.removed_entries(), Some(3));
    }

    #[test]
    fn what_came_by_no_known_stack_names_nobody() {
        let mut inserters = Inserters::default();
        inserters.fill(0, 10, nowhere_else);
        assert_eq!((inserters.most(), inserters.removed_entries()), (None, Some(0)));
    }

    #[test]
    fn a_place_that_is_reached_by_many_stacks_is_one() {
        let mut inserters = Inserters::default();
        for site in 1..=30 {
            inserters.fill(site, if site == 7 { 60 } else { 2 }, |other| other < 100);
        }
        inserters.fill(100, 50, nowhere_else);
        let most = inserters.most().unwrap();
        assert_eq!(most.site, 7, "the stack that puts most in stands for its place");
        assert!((most.share - 118.0 / 168.0).abs() < 1e-9, "{most:?}");
    }

    #[test]
    fn one_that_comes_late_is_found_and_never_overstated() {
        let mut inserters = Inserters::default();
        let mut others = 0;
        for round in 0..50u32 {
            for site in 1..=20 {
                inserters.fill(100 * round + site, 1, nowhere_else);
                others += 1;
            }
            inserters.fill(5_000, 20, |other| other == 5_000);
        }
        assert!(inserters.places.len() == MAX_PLACES);
        let most = inserters.most().unwrap();
        let exact = 1_000.0 / f64::from(1_000 + others);
        assert_eq!(most.site, 5_000);
        assert!(most.share <= exact && most.share > exact * 0.9, "{most:?} for {exact}");
    }

    #[test]
    fn what_was_before_does_not_count() {
        let mut inserters = Inserters::default();
        inserters.fill(1, 1_000, nowhere_else);
        inserters.leave(5);
        let before = inserters.clone();
        inserters.fill(1, 1, nowhere_else);
        inserters.fill(2, 3, nowhere_else);
        let since = inserters.since(&before);
        assert_eq!(since.most(), Some(Most { site: 2, share: 0.75 }));
        assert_eq!(since.removed_entries(), Some(0));
        assert_eq!(inserters.since(&inserters.clone()).most(), None);
    }
}
