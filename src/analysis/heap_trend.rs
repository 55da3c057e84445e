//! Whether the heap grows: by its size after major garbage collections, and what objects hold outside of it.
//!
//! The same rule as for sites: growth without a fall, by the time that it lasts. Between collections a heap is a saw-tooth,
//! so only samples right after one count.

use crate::record::layout::is_sampled;
use crate::store::series::slope_per_hour;
use crate::values::memory::{HeapTrend, MemorySample};
use crate::values::snapshot::{Site, Verdict};

/// Samples kept. When there are more, every other one goes, so that they always cover the whole time.
const MAX_SAMPLES: usize = 128;

/// A service loads its code and warms its caches first: samples of this time are not judged.
const WARM_UP_MS: u64 = 10_000;

/// Fewer show no course.
const MIN_SAMPLES: usize = 5;

/// Growth has to last so long.
const MIN_SPAN_MS: u64 = 20_000;

/// Less is what compiled code, caches and leakline itself take.
const MIN_GROWTH: u64 = 2 << 20;

/// Of the size at the beginning: less is noise of a large heap.
const MIN_SHARE: u64 = 20;

/// Of the steps between samples, so many per cent go up.
const MIN_RISING: usize = 70;

/// Samples after major collections of one thread.
#[derive(Debug, Default)]
pub struct Samples {
    taken: Vec<(u64, MemorySample)>,
    first: Option<MemorySample>,
    count: u64,
    /// A sample is kept once in so many.
    every: u64,
}

impl Samples {
    /// Takes in a sample of `at_ms`.
    pub fn push(&mut self, at_ms: u64, sample: MemorySample) {
        self.first.get_or_insert(sample);
        if self.taken.len() >= MAX_SAMPLES {
            let mut number = 0;
            self.taken.retain(|_| {
                number += 1;
                number % 2 == 1
            });
            self.every = self.every.max(1) * 2;
        }
        // The last one always stands at the end, so that the state of now is known.
        let is_between = self.every > 1 && !self.count.is_multiple_of(self.every);
        if is_between && self.taken.len() > 1 {
            self.taken.pop();
        }
        self.count += 1;
        self.taken.push((at_ms, sample));
    }

    /// The last sample, when it was taken.
    pub fn last(&self) -> Option<MemorySample> {
        self.taken.last().map(|(_, sample)| *sample)
    }

    /// Whether it grows.
    pub fn grows(&self) -> bool {
        verdict(&self.judged()) == Verdict::Suspect
    }

    /// Used and external bytes of the samples that are judged, each with its time in ms.
    fn judged(&self) -> Vec<(u64, u64)> {
        let judged = self.taken.iter().filter(|(at_ms, _)| *at_ms >= WARM_UP_MS);
        judged.map(|(at_ms, sample)| (*at_ms, sample.used + sample.external)).collect()
    }

    /// The trend; `None` before the first sample. `sites` say what of it they explain.
    pub fn trend(&self, sites: &[Site]) -> Option<HeapTrend> {
        let (first, (last_ms, last)) = (self.first?, *self.taken.last()?);
        let judged = self.judged();
        let growth_per_hour = if judged.len() >= MIN_SAMPLES { slope(&judged) } else { 0.0 };
        let verdict = verdict(&judged);
        let known = known(sites);
        let explained = (verdict == Verdict::Suspect && growth_per_hour > 0.0)
            .then(|| (known / growth_per_hour).clamp(0.0, 1.0));
        Some(HeapTrend {
            first_used: first.used,
            used_after_gc: last.used,
            first_external: first.external,
            external: last.external,
            array_buffers: last.array_buffers,
            rss: last.rss,
            limit: last.limit,
            growth_per_hour,
            span_ms: last_ms.saturating_sub(self.taken[0].0),
            samples: self.count,
            gc: None,
            explained,
            verdict,
        })
    }
}

/// Bytes an hour that what is reported explains. What functions keep of their allocations is measured, and holds what
/// other sites estimate.
fn known(sites: &[Site]) -> f64 {
    let bytes = |of_samples: bool| -> f64 {
        let of = |site: &&Site| {
            let is_reported = !of_samples || site.verdict <= Verdict::Suspect;
            is_sampled(&site.kind) == of_samples && is_reported && (of_samples || site.kept_by.is_empty())
        };
        sites.iter().filter(of).filter_map(|site| site.bytes_per_hour).sum()
    };
    bytes(true).max(bytes(false))
}

/// Samples of at most 64 points: a slope of all pairs takes the square of them.
fn slope(points: &[(u64, u64)]) -> f64 {
    let step = points.len().div_ceil(64);
    let (times, kib): (Vec<u64>, Vec<u32>) = points
        .iter()
        .step_by(step)
        .map(|(at, bytes)| (*at, u32::try_from(bytes >> 10).unwrap_or(u32::MAX)))
        .unzip();
    slope_per_hour(&times, &kib) * 1024.0
}

fn verdict(points: &[(u64, u64)]) -> Verdict {
    let (Some(&(from_ms, _)), Some(&(until_ms, _))) = (points.first(), points.last()) else {
        return Verdict::New;
    };
    if points.len() < MIN_SAMPLES || until_ms - from_ms < MIN_SPAN_MS {
        return Verdict::New;
    }
    let quarter = (points.len() / 4).max(1);
    let highest_before = points[..quarter].iter().map(|(_, bytes)| *bytes).max().unwrap_or(0);
    let lowest_since = points[points.len() - quarter..].iter().map(|(_, bytes)| *bytes).min().unwrap_or(0);
    let grown = lowest_since.saturating_sub(highest_before);
    let rising = points.windows(2).filter(|pair| pair[1].1 > pair[0].1).count();
    let is_growth = grown >= MIN_GROWTH.max(highest_before / MIN_SHARE)
        && rising * 100 >= (points.len() - 1) * MIN_RISING;
    if is_growth { Verdict::Suspect } else { Verdict::Steady }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    const MIB: u64 = 1 << 20;

    fn trend(seconds: u64, every: u64, used: impl Fn(u64) -> u64) -> HeapTrend {
        let mut samples = Samples::default();
        for at in (0..=seconds).step_by(every as usize) {
            samples.push(
                at * 1000,
                MemorySample { used: used(at), limit: 2048 * MIB, ..MemorySample::default() },
            );
        }
        samples.trend(&[]).expect("there are samples")
    }

    #[test]
    fn a_heap_that_grows_is_suspect_within_half_a_minute_after_its_warm_up() {
        let grows = |at: u64| 10 * MIB + at * MIB / 4;
        assert_eq!(trend(25, 3, grows).verdict, Verdict::New, "15 s show nothing yet");
        let trend = trend(40, 3, grows);
        assert_eq!(trend.verdict, Verdict::Suspect);
        let per_hour = 900.0 * MIB as f64;
        assert!((trend.growth_per_hour / per_hour - 1.0).abs() < 0.02, "{}", trend.growth_per_hour);
        assert_eq!(trend.explained, Some(0.0));
    }

    #[test]
    fn what_is_no_growth_is_steady() {
        let flat = |_| 40 * MIB;
        let swings = |at: u64| 40 * MIB + (at % 60) * MIB / 2;
        let warms_up = |at: u64| 40 * MIB + at.min(30) * MIB;
        let slightly = |at: u64| 400 * MIB + at * MIB / 100;
        for (name, of) in [
            ("flat", &flat as &dyn Fn(u64) -> u64),
            ("swings", &swings),
            ("warms up", &warms_up),
            ("slightly", &slightly),
        ] {
            assert_eq!(trend(600, 5, of).verdict, Verdict::Steady, "{name}");
        }
    }

    #[test]
    fn buffers_outside_of_the_heap_count() {
        let mut samples = Samples::default();
        for at in 0..60 {
            let sample = MemorySample { used: 9 * MIB, external: at * MIB, ..MemorySample::default() };
            samples.push(at * 1000, sample);
        }
        assert_eq!(samples.trend(&[]).unwrap().verdict, Verdict::Suspect);
    }

    #[test]
    fn a_week_of_samples_is_bounded_and_keeps_its_first_and_last() {
        let mut samples = Samples::default();
        for at in 0..100_000_u64 {
            samples.push(at * 6000, MemorySample { used: at, ..MemorySample::default() });
        }
        assert!(samples.taken.len() <= MAX_SAMPLES);
        assert!(samples.taken.windows(2).all(|pair| pair[0].0 < pair[1].0));
        let trend = samples.trend(&[]).unwrap();
        assert_eq!((trend.first_used, trend.used_after_gc, trend.samples), (0, 99_999, 100_000));
    }
}
