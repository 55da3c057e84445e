//! The history of what one function allocates, and the rule for it: it leaks when of what it allocated in each third of a
//! time enough is still there after a major garbage collection, and more than chance explains.

use super::sample::Sample;
use super::stretches::Stretches;
use crate::analysis::verdict::{CERTAIN_AFTER_MS, horizon_ms};
use crate::values::allocations::{Allocations, Kept};
use crate::values::snapshot::Verdict;

/// Samples come by chance: growth is sure from nine on, as the error of so many is a third.
const MIN_SAMPLES: u64 = 9;
/// What lives and dies in one place swings by the root of both; growth must be three times that.
const SIGMAS_SQUARED: u64 = 9;
/// A piece of so many bytes is a sample for certain, or nearly: the number of such pieces is no estimate …
const LARGE_BYTES: u64 = 900_000;
/// … so that fewer of them are growth, by as many errors as they have.
const MIN_LARGE: u64 = 7;
/// Bytes that must have stayed.
const MIN_BYTES: u64 = 256 << 10;
/// A suspect that has grown for [`CERTAIN_AFTER_MS`] is a leak by so many samples, …
const LEAK_SAMPLES: u64 = 25;
/// … as so many looks saw.
const LEAK_LOOKS: u64 = 3;
/// Parts of the time, each of which has to leave something.
const PARTS: u64 = 3;
/// Of all that stayed, one part makes up at most two of so many thirds: more was set up at once.
const LARGEST_PART: u64 = 2;
/// Each part makes up at least one of so many parts of all that stayed: what a cache evicts goes from the oldest on.
const SMALLEST_PART: u64 = 12;
/// What is shown is over when less than this share, one in so many, of it is left.
const LEFT_SHARE: u64 = 2;
/// Looks kept. When there are more, every other one of the older half goes.
const MAX_LOOKS: usize = 32;

/// One look after a major garbage collection.
#[derive(Clone, Copy, Debug)]
struct Look {
    /// What was made until then was looked at, in ms.
    until_ms: u64,
    samples: u64,
    died: u64,
}

/// Growth that is reported.
#[derive(Clone, Copy, Debug)]
struct Shown {
    verdict: Verdict,
    kept: Kept,
    /// When it began to grow, in ms.
    since_ms: u64,
    /// When it last grew, in ms.
    until_ms: u64,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Course {
    /// Samples that one look saw and a later one did not.
    pub(super) died: u64,
    /// Samples that lived or were garbage before a collection, and those of them that it left: the last look adds to them.
    pub(super) found: (u64, u64),
    /// What of so many samples is left by a collection, as the last looks have shown.
    survival: Option<f64>,
    looks: Vec<Look>,
    /// When its first sample was made, in ms.
    first_ms: Option<u64>,
    bytes: u64,
    objects: u64,
    samples: u64,
    shown: Option<Shown>,
    /// Whether it was reported and is not any more, which is still to be said.
    is_withdrawn: bool,
}

/// A time in which it grew.
#[derive(Clone, Copy, Debug)]
struct Run {
    since_ms: u64,
    kept: Kept,
}

impl Course {
    /// Takes in a look at `living`, all of which were made until `until_ms`.
    pub(super) fn look(&mut self, stretches: &Stretches, living: &[Sample], warm_ms: u64, until_ms: u64) {
        self.created(stretches, living);
        let (found, left) = std::mem::take(&mut self.found);
        if found >= MIN_SAMPLES {
            self.survival = Some(left as f64 / found as f64);
        }
        self.samples = living.len() as u64;
        self.bytes = living.iter().map(|sample| sample.bytes).sum();
        self.objects = living.iter().map(|sample| sample.objects).sum();
        match self.run(stretches, living, warm_ms, until_ms) {
            Some(run) => self.shown = Some(self.growing(run, until_ms)),
            None => {
                let left = |shown: &Shown| {
                    let is_of_it = |sample: &&Sample| {
                        let created_ms = stretches.created_ms(sample.id);
                        created_ms > shown.since_ms && created_ms <= shown.until_ms
                    };
                    living.iter().filter(is_of_it).count() as u64
                };
                let is_over = |shown: &mut Shown| left(shown) * LEFT_SHARE < shown.kept.samples;
                self.is_withdrawn |= self.shown.take_if(is_over).is_some();
            }
        }
        self.looks.push(Look { until_ms, samples: self.samples, died: self.died });
        if self.looks.len() > MAX_LOOKS {
            let mut at = 0;
            self.looks.retain(|_| {
                at += 1;
                at > MAX_LOOKS / 2 || at % 2 == 1
            });
        }
    }

    /// Remembers when the first was made.
    pub(super) fn created(&mut self, stretches: &Stretches, living: &[Sample]) {
        let first_ms = || living.iter().map(|sample| stretches.created_ms(sample.id)).min();
        self.first_ms = self.first_ms.or_else(first_ms);
    }

    /// What is shown of growth that goes on.
    fn growing(&self, run: Run, until_ms: u64) -> Shown {
        let Run { since_ms, mut kept } = run;
        let before = self.shown;
        let since_ms = before.map_or(since_ms, |shown| shown.since_ms.min(since_ms));
        let for_ms = until_ms.saturating_sub(since_ms);
        if for_ms > kept.for_ms {
            // It goes on from where it was first seen, at the rate of the run.
            let bytes = kept.bytes as f64 * for_ms as f64 / kept.for_ms as f64;
            kept = Kept { bytes: (bytes as u64).min(self.bytes), for_ms, ..kept };
        }
        kept.looks = kept.looks.max(before.map_or(1, |shown| shown.kept.looks + 1));
        let is_leak =
            kept.for_ms >= CERTAIN_AFTER_MS && kept.samples >= LEAK_SAMPLES && kept.looks >= LEAK_LOOKS;
        let was_leak = before.is_some_and(|shown| shown.verdict == Verdict::Leak);
        let verdict = if is_leak || was_leak { Verdict::Leak } else { Verdict::Suspect };
        Shown { verdict, kept, since_ms, until_ms }
    }

    /// The longest time up to now in which it grew.
    fn run(&self, stretches: &Stretches, living: &[Sample], warm_ms: u64, until_ms: u64) -> Option<Run> {
        let first_ms = self.first_ms.unwrap_or(until_ms);
        let horizon_ms = horizon_ms(until_ms.saturating_sub(first_ms));
        // Before its first sample there was nothing.
        let first = Look { until_ms: first_ms.max(warm_ms), samples: 0, died: 0 };
        let mut creations: Vec<(u64, u64)> =
            living.iter().map(|sample| (stretches.created_ms(sample.id), sample.bytes)).collect();
        creations.sort_unstable();
        let starts = std::iter::once(first).chain(self.looks.iter().copied());
        starts.enumerate().find_map(|(at, from)| {
            let died = self.died - from.died;
            let since_ms = from.until_ms.max(warm_ms);
            let kept = grown(&creations, since_ms, until_ms, horizon_ms, died)?;
            // What was there at that look has not become less but by chance.
            let net = (living.len() as u64).saturating_sub(from.samples);
            let is_net = at == 0 || is_sure(net, kept.samples + died, are_large(&creations, since_ms));
            let looks = (self.looks.len() + 1 - at) as u64;
            is_net.then_some(Run { since_ms, kept: Kept { looks, ..kept } })
        })
    }

    /// Whether it would be reported if of `living` as many outlived a garbage collection as of those before.
    pub(super) fn promises(
        &self,
        stretches: &Stretches,
        living: &[Sample],
        warm_ms: u64,
        until_ms: u64,
    ) -> bool {
        if self.shown.is_some() {
            return false;
        }
        let run = self.run(stretches, living, warm_ms, until_ms);
        run.is_some_and(|Run { kept, .. }| {
            let left = kept.samples as f64 * self.survival.unwrap_or(1.0);
            left >= MIN_SAMPLES.min(kept.samples) as f64
        })
    }

    #[cfg(all(test, not(loom)))]
    pub(super) fn is_bounded(&self) -> bool {
        self.looks.len() <= MAX_LOOKS
    }

    /// Whether nothing of it lives, and nothing is to be said of it.
    pub(super) fn is_empty(&self) -> bool {
        self.samples == 0 && self.shown.is_none() && !self.is_withdrawn
    }

    /// Whether it is reported, as few looks have seen it grow.
    pub(super) fn is_new(&self) -> bool {
        self.shown.is_some_and(|shown| shown.kept.looks < LEAK_LOOKS)
    }

    pub(super) fn verdict(&self) -> Verdict {
        self.shown.map_or(Verdict::Steady, |shown| shown.verdict)
    }

    /// What is reported of it; `None` for most.
    pub(super) fn reported(&mut self, now_ms: u64) -> Option<Allocations> {
        if !std::mem::take(&mut self.is_withdrawn) && self.shown.is_none() {
            return None;
        }
        let grows =
            self.looks.last().zip(self.shown).is_some_and(|(look, shown)| look.until_ms == shown.until_ms);
        let kept = self.shown.map(|shown| Kept {
            ago_ms: if grows { 0 } else { now_ms.saturating_sub(shown.until_ms) },
            ..shown.kept
        });
        let (bytes, objects, verdict) = (self.bytes, self.objects, self.verdict());
        Some(Allocations { bytes, objects, verdict, kept, ..Allocations::default() })
    }
}

/// Whether growth by so many samples is more than chance, where so many were made or died.
fn is_sure(growth: u64, changes: u64, are_large: bool) -> bool {
    let (least, sigmas_squared) =
        if are_large { (MIN_LARGE, MIN_LARGE) } else { (MIN_SAMPLES, SIGMAS_SQUARED) };
    growth >= least && growth.saturating_mul(growth) >= sigmas_squared * changes
}

/// Whether all that were made since then are large.
fn are_large(creations: &[(u64, u64)], since_ms: u64) -> bool {
    let from = creations.partition_point(|(created_ms, _)| *created_ms <= since_ms);
    creations[from..].iter().all(|(_, bytes)| *bytes >= LARGE_BYTES)
}

/// What stayed of what was made between two times, where it is growth. `creations`: when, in ms, and bytes, in order.
fn grown(creations: &[(u64, u64)], since_ms: u64, until_ms: u64, horizon_ms: u64, died: u64) -> Option<Kept> {
    let for_ms = until_ms.checked_sub(since_ms).filter(|for_ms| *for_ms >= horizon_ms)?;
    let mut parts = [0_u64; PARTS as usize];
    let (mut samples, mut bytes) = (0_u64, 0_u64);
    let from = creations.partition_point(|(created_ms, _)| *created_ms <= since_ms);
    for (created_ms, size) in creations[from..].iter().take_while(|(created_ms, _)| *created_ms <= until_ms) {
        let part = ((created_ms - since_ms) * PARTS / (for_ms + 1)) as usize;
        parts[part.min(parts.len() - 1)] += 1;
        samples += 1;
        bytes += size;
    }
    let is_of_each = parts.iter().all(|part| *part * SMALLEST_PART >= samples.max(1));
    let largest = parts.iter().max().copied().unwrap_or(0);
    let is_growth = is_sure(samples.saturating_sub(died), samples + died, are_large(creations, since_ms))
        && bytes >= MIN_BYTES
        && is_of_each
        && largest * PARTS <= samples * LARGEST_PART;
    is_growth.then_some(Kept { bytes, samples, for_ms, ..Kept::default() })
}
