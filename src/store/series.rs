//! A bounded history of each site: how low its number was between looks, near and far back.
//!
//! A site's number is followed at five levels: by looks 2.5 s apart, 10 s, 40 s, 3 min and 11 min, the last
//! sixteen of each, so that the last half minute shows as well as the last three hours. A value is the
//! lowest since the look before: what comes and goes between two looks does not show, what stays does.
//!
//! ```text
//! number   /|  /|  /|       level 0   ·  ·  ·  ·      the low of each 2.5 s
//!         / | / | / |       level 1   ·     ·         the low of four of those
//!        /  |/  |/  |/      level 2   ·
//! ```

/// Points kept of each level.
pub const POINTS: usize = 16;
/// Levels of a history.
pub const LEVELS: usize = 5;
/// Spacing of the finest level, in ms: a leak at one a second shows within half a minute.
pub const FIRST_INTERVAL_MS: u64 = 2_500;
/// How much farther apart the points of the next level are: a quarter of this one's history is then half of what
/// growth is reported by, so that the next takes over where this one ends.
const FACTOR: u64 = 4;

/// Looks in a row without growth after which it is level: 20 s.
const FLAT_LOOKS: u8 = 8;
/// A fall is one by more than an eighth: less is what is being served just now.
const FALL_SHARE: u32 = 8;
/// Nor is one by so few.
const FALL_MIN: u32 = 2;

/// When the points were taken; one for all sites.
#[derive(Clone, Debug, Default)]
pub struct Timeline {
    levels: [Vec<u64>; LEVELS],
    looks: u64,
}

/// How many levels get a point, the finest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due(usize);

impl Timeline {
    /// Whether points are due at `now_ms`; the next call counts from then.
    pub fn tick(&mut self, now_ms: u64) -> Option<Due> {
        let next = self.levels[0].last().map_or(0, |last| last + FIRST_INTERVAL_MS);
        if now_ms < next {
            return None;
        }
        let due = (1..LEVELS).find(|level| !self.looks.is_multiple_of(FACTOR.pow(*level as u32)));
        let due = Due(due.unwrap_or(LEVELS));
        self.looks += 1;
        self.levels[..due.0].iter_mut().for_each(|times| push(times, now_ms));
        Some(due)
    }

    /// The times of a level's points, in ms.
    pub fn times_ms(&self, level: usize) -> &[u64] {
        &self.levels[level]
    }
}

/// A site's numbers at the timeline's points. A site that came later has fewer: it held nothing
/// before.
#[derive(Clone, Debug, Default)]
pub struct Series {
    levels: [Level; LEVELS],
    /// The lowest since the last look.
    low: u32,
    /// The highest since the last fall.
    peak: u32,
    /// The highest it ever fell from.
    ceiling: u32,
    /// Looks since it last grew.
    idle: u8,
    /// So many outlived a major garbage collection, and none since has shown otherwise.
    kept: u32,
    /// So many outlived two.
    kept_twice: u32,
}

#[derive(Clone, Debug, Default)]
struct Level {
    values: Vec<u32>,
    /// The lowest since the last point of this level; `None` right after one.
    low: Option<u32>,
}

impl Series {
    /// The number has become lower.
    pub fn lower(&mut self, value: u64) {
        self.low = self.low.min(narrow(value));
    }

    /// Points are due; `value` is the number now.
    pub fn record(&mut self, due: Due, value: u64) {
        let value = narrow(value);
        let low = std::mem::replace(&mut self.low, value).min(value);
        let last = self.values(0).last().copied().unwrap_or(0);
        for (number, level) in self.levels.iter_mut().enumerate() {
            let lowest = level.low.map_or(low, |before| before.min(low));
            level.low = Some(lowest);
            if number < due.0 {
                push(&mut level.values, lowest);
                level.low = None;
            }
        }
        self.idle = if low > last { 0 } else { self.idle.saturating_add(1) };
        self.kept = self.kept.min(low);
        self.kept_twice = self.kept_twice.min(low);
        self.peak = self.peak.max(low);
        if fallen(self.peak, low) {
            self.ceiling = self.ceiling.max(self.peak);
            self.peak = low;
        }
    }

    /// A major garbage collection has ended what was garbage at `since_ms`. What was there before and did not go is held by
    /// somebody; of `value` now, `later` came after `since_ms`, which shows nothing of them.
    pub fn collected(&mut self, timeline: &Timeline, since_ms: u64, value: u64, later: u64) {
        let (times, values) = self.points(timeline, 0);
        let Some(before) = times.partition_point(|time| *time <= since_ms).checked_sub(1) else { return };
        let lowest = values[before..].iter().min().copied().unwrap_or(0);
        let kept = lowest.min(self.low).min(narrow(value.saturating_sub(later)));
        self.kept_twice = self.kept_twice.max(self.kept.min(kept));
        self.kept = self.kept.max(kept);
    }

    /// The numbers at a level's points, the latest last.
    pub fn values(&self, level: usize) -> &[u32] {
        &self.levels[level].values
    }

    /// A level's times and numbers, as many of each.
    pub fn points<'a>(&'a self, timeline: &'a Timeline, level: usize) -> (&'a [u64], &'a [u32]) {
        let (times, values) = (timeline.times_ms(level), self.values(level));
        let count = times.len().min(values.len());
        (&times[times.len() - count..], &values[values.len() - count..])
    }

    /// The lowest since the last look.
    pub fn low(&self) -> u64 {
        self.low.into()
    }

    /// The highest it ever came down from: growth below that is nothing new.
    pub fn ceiling(&self) -> u64 {
        self.ceiling.into()
    }

    /// So many outlived a major garbage collection: they were held then.
    pub fn kept(&self) -> u64 {
        self.kept.into()
    }

    /// So many outlived two of them: V8 may keep garbage through one that it saw in use while it marked.
    pub fn kept_twice(&self) -> u64 {
        self.kept_twice.into()
    }

    /// Whether it has grown between the last two looks.
    pub fn grew_at_last_look(&self) -> bool {
        self.idle == 0 && !self.values(0).is_empty()
    }

    /// Whether it has grown since it was last level.
    pub fn grew_lately(&self) -> bool {
        self.idle < FLAT_LOOKS
    }
}

fn fallen(peak: u32, low: u32) -> bool {
    peak - low > (peak / FALL_SHARE).max(FALL_MIN)
}

fn narrow(value: u64) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

/// Adds a point; the oldest makes room.
fn push<T>(points: &mut Vec<T>, point: T) {
    if points.len() == POINTS {
        points.remove(0);
    }
    points.push(point);
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

/// The slope of a history: at `level`, or else at the coarsest that has points enough, so that it is that of
/// the last half minute for a young site, and of hours for an old one.
pub fn growth_per_hour(timeline: &Timeline, series: &Series, level: Option<usize>) -> f64 {
    /// Points that a level needs before it is preferred to a finer one.
    const ENOUGH: usize = 6;
    let coarsest = || (0..LEVELS).rev().find(|level| series.values(*level).len() >= ENOUGH);
    let (times, values) = series.points(timeline, level.or_else(coarsest).unwrap_or(0));
    slope_per_hour(times, values)
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    const HOUR: u64 = 3_600_000;

    /// Follows `number` for so long, looking every 250 ms.
    fn follow(until_ms: u64, mut number: impl FnMut(u64) -> u64) -> (Timeline, Series) {
        let (mut timeline, mut series) = (Timeline::default(), Series::default());
        for now_ms in (0..=until_ms).step_by(250) {
            let value = number(now_ms);
            series.lower(value);
            if let Some(due) = timeline.tick(now_ms) {
                series.record(due, value);
            }
        }
        (timeline, series)
    }

    #[test]
    fn a_long_life_is_covered_by_few_points() {
        let (timeline, series) = follow(8 * HOUR, |now_ms| now_ms / 1_000);
        for level in 0..LEVELS {
            let (times, values) = series.points(&timeline, level);
            assert_eq!((times.len(), values.len()), (POINTS, POINTS), "level {level}");
            let spacing = FIRST_INTERVAL_MS * FACTOR.pow(level as u32);
            assert!(times.windows(2).all(|pair| pair[1] - pair[0] == spacing), "level {level}: {times:?}");
            let lag = |(time, value): (&u64, &u32)| time / 1_000 - u64::from(*value);
            assert!(times.iter().zip(values).map(lag).all(|lag| lag <= spacing / 1_000 + 1), "{values:?}");
        }
        assert!(timeline.times_ms(4)[0] < 6 * HOUR && *timeline.times_ms(0).last().unwrap() == 8 * HOUR);
    }

    #[test]
    fn one_that_came_later_stays_beside_its_times() {
        let (mut timeline, mut late) = (Timeline::default(), Series::default());
        for now_ms in (0..HOUR).step_by(1_000) {
            let due = timeline.tick(now_ms);
            if let Some(due) = due.filter(|_| now_ms > HOUR / 2) {
                late.record(due, now_ms / 1_000);
            }
        }
        let (times, values) = late.points(&timeline, 3);
        assert!(values.len() < POINTS && times.len() == values.len());
        assert!(times[0] > HOUR / 2);
    }

    #[test]
    fn what_comes_and_goes_between_looks_does_not_show() {
        let (_, series) = follow(60_000, |now_ms| 100 + now_ms % 2_000);
        assert!(series.values(0)[1..].iter().all(|value| *value == 100), "{:?}", series.values(0));
    }

    #[test]
    fn a_fall_is_remembered() {
        let swing = |now_ms: u64| (now_ms % 60_000) / 1_000;
        let (_, series) = follow(170_000, swing);
        assert!((55..60).contains(&series.ceiling()), "{}", series.ceiling());
        let (_, flat) = follow(60_000, |now_ms| if now_ms < 10_000 { 0 } else { 50 });
        assert_eq!(flat.ceiling(), 0);
        let (_, served) = follow(60_000, |now_ms| 1_000 + now_ms / 5_000 % 2 * 50);
        assert_eq!(served.ceiling(), 0, "less than an eighth is what is being served");
    }

    #[test]
    fn what_outlived_a_collection_is_kept() {
        let (timeline, mut leaks) = follow(30_000, |now_ms| now_ms / 1_000);
        assert_eq!(leaks.kept(), 0, "no collection yet");
        leaks.collected(&timeline, 20_000, 30, 0);
        assert_eq!(leaks.kept(), 17, "those of the look before the collection's last point");
        assert_eq!(leaks.kept_twice(), 0);
        leaks.collected(&timeline, 25_000, 30, 0);
        assert_eq!((leaks.kept(), leaks.kept_twice()), (22, 17));
        let (timeline, mut garbage) =
            follow(22_500, |now_ms| if now_ms < 21_000 { now_ms / 1_000 } else { 1 });
        garbage.collected(&timeline, 20_500, 1, 0);
        assert!(garbage.kept() <= 1);
        let (timeline, mut served) = follow(22_500, |now_ms| if now_ms < 21_000 { now_ms / 100 } else { 60 });
        served.collected(&timeline, 20_500, 60, 60);
        assert_eq!(served.kept(), 0, "V8 keeps what comes while it marks");
        let (timeline, mut leaks) = follow(30_000, |now_ms| now_ms / 1_000);
        leaks.collected(&timeline, 20_000, 30, 10);
        assert_eq!(leaks.kept(), 17, "what came later was not there before");
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
