//! What is known of a site.

use super::judgement::MIN_LEAK;
use crate::store::Shown;
use crate::store::series::{Series, Timeline};

/// How much more than any lifetime seen the oldest must have: the next one to end may be somewhat longer. Ten
/// of them must, as a few stay longer everywhere.
const OUTLIVES: u64 = 2;
/// The same while fewer ended: some live for much longer than most, and these have not had the time to end.
const OUTLIVES_FEW: u64 = 4;
/// So many ends show how long they live.
const WELL_KNOWN: u64 = 100;
/// Fewer ends do not show how long its lifetimes are.
const MIN_ENDED: u64 = 10;
/// Up to this share of what is held, ends are noise: next to nothing ever ends.
const NOISE_SHARE: u64 = 20;

/// So many ends, of a site that has so many live ones, are next to nothing.
pub fn outliers(live: u64) -> u64 {
    live / NOISE_SHARE
}

/// How what is registered ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ends {
    /// By a call alone, as an interval: what is live is held.
    ByCall,
    /// By itself after the longest delay asked for, in ms, as a timeout.
    ByItself(u64),
    /// With its owner as well: it may be garbage that nobody has collected yet.
    WithOwner,
}

/// What is known of a site.
#[derive(Clone, Debug)]
pub struct Facts<'a> {
    /// How its registrations end.
    pub ends: Ends,
    /// Whether they are timeouts that others have started when they fired.
    pub start_again: bool,
    /// Unreleased registrations now.
    pub live: u64,
    /// Registrations that ended in order or with their owner.
    pub ended: u64,
    /// Time since the first registration, in ms.
    pub age_ms: u64,
    /// When the oldest live ones were registered, in ms, [`MIN_LEAK`] at the most.
    pub oldest_creations_ms: &'a [u64],
    /// What was garbage at this time, in ms, has been collected; 0 when nothing was yet.
    pub collected_ms: u64,
    /// Longest lifetime seen, in ms, but for [`outliers`].
    pub longest_ms: u64,
    /// So many are known to be held without a garbage collection: they were seen on one owner that was
    /// in use a moment ago. Of collections, entries.
    pub held_count: u64,
    /// When the live ones were registered, in ms, the oldest first; empty when there are more than
    /// [`MAX_FEW`](crate::analysis::runs::MAX_FEW).
    pub creations_ms: &'a [u64],
    /// Live registrations over time.
    pub instances: &'a Series,
    /// Collections: what they hold.
    pub entries: Option<Entries<'a>>,
    /// What was reported of it and is still held.
    pub shown: Option<&'a Shown>,
    /// When points were taken.
    pub timeline: &'a Timeline,
    /// Now, in ms.
    pub now_ms: u64,
}

/// What the collections of a site hold.
#[derive(Clone, Copy, Debug)]
pub struct Entries<'a> {
    /// Entries now.
    pub count: u64,
    /// Entries over time.
    pub series: &'a Series,
    /// Entries that left, where that was counted.
    pub removed_entries: Option<u64>,
    /// For how long entries have been leaving among those that stay, in ms; 0 while they do not.
    pub leaving_ms: u64,
}

impl Facts<'_> {
    /// Whether next to nothing of it ever ended.
    pub(super) fn hardly_any_ended(&self) -> bool {
        self.ended <= outliers(self.live)
    }

    /// Whether enough of it ended to know its lifetimes.
    pub(super) fn has_lifetimes(&self) -> bool {
        self.ended >= MIN_ENDED
    }

    /// Whether what is live sits on one owner that gathers it and was in use a moment ago.
    pub(super) fn is_on_one_owner(&self) -> bool {
        self.entries.is_none() && self.held_count >= 2 && self.held_count.saturating_mul(2) >= self.live
    }

    /// Whether what is live is held for certain: nothing but a call ends it, or its owner was in use a moment ago.
    pub(super) fn is_held_for_certain(&self) -> bool {
        self.ends != Ends::WithOwner || self.is_on_one_owner()
    }

    /// Whether so many of the oldest are older than everything its site ever released by far, as of `known_ms`.
    fn outlive_at(&self, known_ms: u64, count: usize) -> bool {
        let by = if count > 1 && self.ended < WELL_KNOWN { OUTLIVES_FEW } else { OUTLIVES };
        self.ended == 0 || self.oldest_ms(known_ms, count) > self.longest_ms.saturating_mul(by)
    }

    /// Whether the oldest is known to be older than everything its site ever released.
    pub(super) fn outlives(&self) -> bool {
        self.outlive_at(self.known_ms(), 1)
    }

    /// Whether as many as a leak needs seem to be. They may have become garbage since.
    pub(super) fn most_outlive(&self) -> bool {
        self.outlive_at(self.now_ms, MIN_LEAK as usize)
    }

    /// Whether as many as a leak needs are known to be.
    pub(super) fn most_outlive_for_certain(&self) -> bool {
        self.outlive_at(self.known_ms(), MIN_LEAK as usize)
    }

    /// Up to when it is known what of it is garbage, in ms: the last garbage collection.
    fn known_ms(&self) -> u64 {
        let is_in_use = self.ends != Ends::WithOwner || self.held_count.saturating_mul(2) >= self.live;
        if is_in_use { self.now_ms } else { self.collected_ms }
    }

    /// The age of the oldest but `count` - 1, in ms.
    pub(super) fn oldest_ms(&self, now_ms: u64, count: usize) -> u64 {
        self.oldest_creations_ms.get(count - 1).map_or(0, |created| now_ms.saturating_sub(*created))
    }

    /// What a lifetime must exceed to be out of the ordinary, in ms.
    pub(super) fn ordinary_ms(&self) -> u64 {
        if self.ended == 0 { 0 } else { self.longest_ms.saturating_mul(OUTLIVES) }
    }
}
