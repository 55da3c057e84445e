//! Which functions allocate what stays: V8's samples of allocations, judged.
//!
//! V8 takes a sample each so many bytes, by chance, and forgets it when its object dies. Samples are numbered in the order of
//! their creation, so that one look after a major garbage collection says of each stretch of time what of its allocations is
//! still there. Where a function leaks, something of each stretch is; of a cache that is full, and of what requests need for
//! a moment, something of the last ones alone.
//!
//! | file | what it is |
//! | --- | --- |
//! | [`mod@self`] | the tracker: what is seen at each look |
//! | `course` | the history of one function |
//! | `interval` | how far samples are apart |
//! | `origins` | who answers for a Buffer |
//! | `sample` | a living sample |
//! | `stretches` | when samples were made |

mod course;
mod interval;
mod origins;
mod sample;
mod stretches;

use std::collections::HashMap;

use crate::values::allocations::Allocations;
use crate::values::snapshot::Verdict;
use course::Course;
pub use interval::Interval;
pub use origins::{Origin, Origins};
pub use sample::Sample;
use stretches::Stretches;

/// A service loads its code and fills its tables first: what is allocated in this time, in ms, is no growth.
const WARM_UP_MS: u64 = 10_000;
/// A sample that was made so shortly before the end of a garbage collection may be garbage that it did not see, in ms.
const UNSEEN_MS: u64 = 1_000;
/// What was made so shortly ago is not counted on, in ms, when a collection is asked for.
const YOUNG_MS: u64 = 2_500;
/// Functions followed while nothing of some lives.
const MAX_FUNCTIONS: usize = 4_096;
/// Without a look for so long, in ms, a new one is worth it …
const LONG_MS: u64 = 120_000;
/// … where so many more samples live.
const MIN_MORE: u64 = 9;
/// What is reported is looked at again after so long without a major collection, in ms; …
const AGAIN_MS: u64 = 60_000;
/// … what was seen to grow but once or twice, after so long.
const NEW_AGAIN_MS: u64 = 15_000;

/// What is known of the functions of one isolate.
#[derive(Debug)]
pub struct Tracker {
    /// Samples made before are not judged.
    warm_ms: u64,
    stretches: Stretches,
    courses: HashMap<u32, Course>,
    /// The samples that the last look saw, by number, with their functions.
    seen: Vec<(u64, u32)>,
    /// The same of those that the last peek saw, garbage and all.
    peeked: Vec<(u64, u32)>,
    /// When that was, in ms.
    looked_ms: u64,
}

impl Tracker {
    /// Begins at `now_ms`; what runs began at 0.
    pub fn new(now_ms: u64) -> Self {
        Self {
            warm_ms: now_ms.max(WARM_UP_MS),
            stretches: Stretches::new(now_ms),
            courses: HashMap::new(),
            seen: Vec::new(),
            peeked: Vec::new(),
            looked_ms: 0,
        }
    }

    /// Ends a stretch of time. `samples` live or are garbage. Returns whether a garbage collection is worth it: it may show
    /// a function to leak that is not known to, or there was none for long, and more lives than then.
    pub fn peek(&mut self, now_ms: u64, samples: &[Sample]) -> bool {
        self.stretches.end(now_ms, samples.iter().map(|sample| sample.id).max().unwrap_or(0));
        let until_ms = now_ms.saturating_sub(YOUNG_MS);
        self.peeked = samples.iter().map(|sample| (sample.id, sample.function)).collect();
        let mut promises = false;
        for (function, of) in grouped(samples.iter()) {
            let course = self.courses.entry(function).or_default();
            course.created(&self.stretches, &of);
            promises |= course.promises(&self.stretches, &of, self.warm_ms, until_ms);
        }
        let is_long_ago = now_ms.saturating_sub(self.looked_ms.max(self.warm_ms)) >= LONG_MS;
        promises || (is_long_ago && samples.len() as u64 >= self.seen.len() as u64 + MIN_MORE)
    }

    /// Looks right after a major garbage collection that ended at `collected_ms`. `samples` are all that live.
    pub fn look(&mut self, now_ms: u64, collected_ms: u64, samples: &[Sample]) {
        let Some((until_id, until_ms)) = self.stretches.before(collected_ms.saturating_sub(UNSEEN_MS)) else {
            return;
        };
        let mut living: Vec<(u64, u32)> = samples.iter().map(|sample| (sample.id, sample.function)).collect();
        living.sort_unstable();
        let has_died = |(id, _): &&(u64, u32)| living.binary_search_by_key(id, |(id, _)| *id).is_err();
        for (_, function) in self.seen.iter().filter(has_died) {
            self.courses.entry(*function).or_default().died += 1;
        }
        let looked_until = self.seen.last().map_or(0, |(id, _)| *id);
        for (id, function) in self.peeked.drain(..).filter(|(id, _)| *id > looked_until && *id <= until_id) {
            let course = self.courses.entry(function).or_default();
            course.found.0 += 1;
            course.found.1 += u64::from(living.binary_search_by_key(&id, |(id, _)| *id).is_ok());
        }
        living.retain(|(id, _)| *id <= until_id);
        self.seen = living;
        self.looked_ms = now_ms;
        let by_function = grouped(samples.iter().filter(|sample| sample.id <= until_id));
        for function in by_function.keys() {
            self.courses.entry(*function).or_default();
        }
        let none = Vec::new();
        for (function, course) in &mut self.courses {
            let of = by_function.get(function).unwrap_or(&none);
            course.look(&self.stretches, of, self.warm_ms, until_ms);
        }
        if self.courses.len() > MAX_FUNCTIONS {
            self.courses.retain(|_, course| !course.is_empty());
        }
    }

    /// The functions that are reported, or were and are not any more since the last call, by their numbers.
    pub fn reported(&mut self, now_ms: u64) -> Vec<(u32, Allocations)> {
        let reported = self.courses.iter_mut().filter_map(|(function, course)| {
            let allocations = course.reported(now_ms)?;
            Some((*function, allocations))
        });
        let mut reported: Vec<_> = reported.collect();
        reported.sort_by_key(|(_, of)| (of.verdict, std::cmp::Reverse(of.bytes)));
        reported
    }

    /// Whether a function is reported now.
    pub fn reports(&self) -> bool {
        self.courses.values().any(|course| course.verdict() <= Verdict::Suspect)
    }

    /// Whether a garbage collection is worth it so long after the last one, in ms, because of what is reported: what few looks
    /// have seen is to be seen again soon, so that it is confirmed or withdrawn.
    pub fn wants_look(&self, idle_ms: u64) -> bool {
        let after_ms = if self.courses.values().any(Course::is_new) { NEW_AGAIN_MS } else { AGAIN_MS };
        self.reports() && idle_ms >= after_ms
    }
}

/// Samples by their function.
fn grouped<'a>(samples: impl Iterator<Item = &'a Sample>) -> HashMap<u32, Vec<Sample>> {
    let mut by_function: HashMap<u32, Vec<Sample>> = HashMap::new();
    for sample in samples {
        by_function.entry(sample.function).or_default().push(*sample);
    }
    by_function
}

#[cfg(all(test, not(loom)))]
mod tests;
