//! How fast something grows, and how steadily.

/// Points of a slope: of more, every so many.
const MAX_POINTS: usize = 200;

/// Spans of time that are compared with one another.
const SPANS: usize = 24;

/// Recordings from this length on have a rate that can be relied on, in ms: a service loads its code first.
pub const LONG_MS: u64 = 600_000;

/// Points over time as one trend.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Trend {
    /// The first value.
    pub first: f64,
    /// The last one.
    pub last: f64,
    /// Between both, in ms.
    pub span_ms: u64,
    /// The slope an hour: the median of those of all pairs (Theil 1950, Sen 1968).
    pub per_hour: f64,
    /// Of the spans of time with a change, those whose lowest value is above that of the span before.
    pub rising: usize,
    /// Spans with a change.
    pub spans: usize,
}

impl Trend {
    /// Of points in order of time; `None` for fewer than three.
    pub fn of(points: &[(u64, f64)]) -> Option<Trend> {
        let step = points.len().div_ceil(MAX_POINTS).max(1);
        let thin: Vec<(u64, f64)> = points.iter().step_by(step).copied().collect();
        let (first, last) = (points.first()?, points.last()?);
        if thin.len() < 3 || last.0 <= first.0 {
            return None;
        }
        let mut slopes = Vec::with_capacity(thin.len() * thin.len() / 2);
        for (n, later) in thin.iter().enumerate() {
            for before in &thin[..n] {
                let hours = (later.0 - before.0) as f64 / 3_600_000.0;
                slopes.extend((hours > 0.0).then(|| (later.1 - before.1) / hours));
            }
        }
        slopes.sort_by(f64::total_cmp);
        let (rising, spans) = rises(points, first.0, last.0);
        Some(Trend {
            first: first.1,
            last: last.1,
            span_ms: last.0 - first.0,
            per_hour: slopes.get(slopes.len() / 2).copied().unwrap_or(0.0),
            rising,
            spans,
        })
    }

    /// Whether it is long enough for a rate of memory that a sentence may stand on.
    pub fn is_long(&self) -> bool {
        self.span_ms >= LONG_MS
    }

    /// Whether it grows, and does so without falling back.
    pub fn is_linear(&self) -> bool {
        self.per_hour > 0.0 && self.spans >= 3 && self.rising * 10 >= self.spans * 8
    }

    /// Growth an hour in hundredths of the first value.
    pub fn percent_per_hour(&self) -> Option<f64> {
        (self.first > 0.0).then(|| self.per_hour / self.first * 100.0)
    }
}

fn rises(points: &[(u64, f64)], from: u64, until: u64) -> (usize, usize) {
    let mut lowest = [f64::INFINITY; SPANS];
    for (at, value) in points {
        let span = ((at - from) as usize * SPANS / (until - from) as usize).min(SPANS - 1);
        lowest[span] = lowest[span].min(*value);
    }
    let lowest: Vec<f64> = lowest.into_iter().filter(|value| value.is_finite()).collect();
    let changes = lowest.windows(2).filter(|pair| pair[0] != pair[1]);
    changes.fold((0, 0), |(rising, all), pair| (rising + usize::from(pair[1] > pair[0]), all + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_linear_and_a_saw_tooth_is_not() {
        let line: Vec<(u64, f64)> = (0..3_000).map(|n| (n * 10_000, 5.0 + n as f64)).collect();
        let trend = Trend::of(&line).unwrap();
        assert!((trend.per_hour - 360.0).abs() < 1e-6, "{trend:?}");
        assert!(trend.is_linear() && trend.rising == trend.spans);
        assert_eq!(trend.percent_per_hour(), Some(7_200.0));
        let saw: Vec<(u64, f64)> = (0..3_000).map(|n| (n * 10_000, (n % 200) as f64)).collect();
        assert!(!Trend::of(&saw).unwrap().is_linear());
        assert_eq!(Trend::of(&line[..2]), None);
        assert_eq!(Trend::of(&[(4, 1.0), (4, 2.0), (4, 3.0)]), None);
    }
}
