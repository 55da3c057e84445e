//! A bounded history: evenly spaced looks at a number, however long the process runs.
//!
//! When the history is full every other point goes and the spacing doubles, so that it always
//! covers the whole life of the process with 8 to 16 points.

/// Points kept.
pub const POINTS: usize = 16;
/// Spacing to begin with, in ms: a leak at one a second shows within half a minute.
pub const FIRST_INTERVAL_MS: u64 = 2_500;

/// When the points were taken; one for all sites.
#[derive(Clone, Debug)]
pub struct Timeline {
    times_ms: Vec<u64>,
    interval_ms: u64,
}

impl Default for Timeline {
    fn default() -> Self {
        Self { times_ms: Vec::with_capacity(POINTS), interval_ms: FIRST_INTERVAL_MS }
    }
}

/// What has to be done to every [`Series`] when a point is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// Nothing yet.
    No,
    /// Add a point.
    Point,
    /// Drop every other point, then add one.
    Thin,
}

impl Timeline {
    /// Tells whether a point is due at `now_ms`, and takes note of it.
    pub fn tick(&mut self, now_ms: u64) -> Due {
        let next = self.times_ms.last().map_or(0, |last| last + self.interval_ms);
        if now_ms < next {
            return Due::No;
        }
        let mut due = Due::Point;
        if self.times_ms.len() == POINTS {
            thin(&mut self.times_ms);
            self.interval_ms *= 2;
            due = Due::Thin;
        }
        self.times_ms.push(now_ms);
        due
    }

    /// The times of the points, in ms.
    pub fn times_ms(&self) -> &[u64] {
        &self.times_ms
    }
}

/// A site's numbers at the timeline's points. A site that came later has fewer: it held nothing
/// before.
#[derive(Clone, Debug, Default)]
pub struct Series {
    values: Vec<u32>,
}

impl Series {
    /// A point was due: `value` now, `points` on the timeline with this one.
    pub fn record(&mut self, due: Due, value: u64, points: usize) {
        if due == Due::Thin {
            // Even positions of the timeline stay; this series may begin anywhere on it.
            let missing = POINTS - self.values.len();
            let mut position = missing;
            self.values.retain(|_| {
                position += 1;
                position % 2 == 1
            });
        }
        debug_assert!(self.values.len() < points);
        self.values.push(u32::try_from(value).unwrap_or(u32::MAX));
    }

    /// The numbers, the latest last; they belong to the last so many points of the timeline.
    pub fn values(&self) -> &[u32] {
        &self.values
    }

    /// Bytes on the heap.
    pub fn bytes(&self) -> usize {
        self.values.capacity() * size_of::<u32>()
    }
}

/// Keeps the points at even positions.
fn thin(points: &mut Vec<u64>) {
    let mut position = 0;
    points.retain(|_| {
        position += 1;
        position % 2 == 1
    });
}

/// Slope of the values over the times, per hour: the median of the slopes between all pairs of
/// points (Theil 1950, Sen 1968), which a few outliers do not move. 0 for fewer than three points.
pub fn slope_per_hour(times_ms: &[u64], values: &[u32]) -> f64 {
    let count = times_ms.len().min(values.len());
    if count < 3 {
        return 0.0;
    }
    let times = &times_ms[times_ms.len() - count..];
    let values = &values[values.len() - count..];
    let mut slopes = Vec::with_capacity(count * (count - 1) / 2);
    for later in 1..count {
        for earlier in 0..later {
            let hours = (times[later] - times[earlier]) as f64 / 3_600_000.0;
            if hours > 0.0 {
                slopes.push((f64::from(values[later]) - f64::from(values[earlier])) / hours);
            }
        }
    }
    slopes.sort_by(f64::total_cmp);
    match slopes.len() {
        0 => 0.0,
        n if n % 2 == 1 => slopes[n / 2],
        n => (slopes[n / 2 - 1] + slopes[n / 2]) / 2.0,
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_long_life_is_covered_by_few_points() {
        let (mut timeline, mut old, mut young) = (Timeline::default(), Series::default(), Series::default());
        let hour = 3_600_000;
        for now_ms in (0..2 * hour).step_by(1_000) {
            let due = timeline.tick(now_ms);
            if due != Due::No {
                let points = timeline.times_ms().len();
                old.record(due, now_ms, points);
                if now_ms >= hour {
                    young.record(due, now_ms, points);
                }
            }
        }
        let times = timeline.times_ms();
        assert!((POINTS / 2..=POINTS).contains(&times.len()), "{times:?}");
        assert!(times[0] == 0 && *times.last().unwrap() > hour * 3 / 2);
        let as_values: Vec<u32> = times.iter().map(|t| *t as u32).collect();
        assert_eq!(old.values(), as_values, "each value stays beside its time");
        let late = times.iter().filter(|t| **t >= hour).count();
        assert_eq!(young.values(), &as_values[times.len() - late..]);
    }

    #[test]
    fn the_slope_is_robust() {
        let times: Vec<u64> = (0..10).map(|n| n * 60_000).collect();
        let mut values: Vec<u32> = (0..10).map(|n| 100 + 2 * n).collect();
        assert_eq!(slope_per_hour(&times, &values), 120.0);
        values[4] = 5_000;
        let slope = slope_per_hour(&times, &values);
        assert!((110.0..=130.0).contains(&slope), "one outlier moved the slope to {slope}");
        assert_eq!(slope_per_hour(&times, &[7; 10]), 0.0);
        assert_eq!(slope_per_hour(&times[..2], &values[..2]), 0.0);
        assert_eq!(slope_per_hour(&times, &values[..3]), 120.0, "a young site has the last points");
    }
}
