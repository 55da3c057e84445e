//! Figures that several fields say: how memory and the site went, and how runs ended.

use super::facts::{Facts, RunEnd};
use super::trend::Trend;
use crate::report::{bytes, count, per_hour};
use crate::values::duration::duration;
use crate::values::snapshot::Growth;

/// How memory went.
pub struct Memory {
    /// What was measured, for the beginning of a sentence.
    pub what: &'static str,
    /// How it went.
    pub trend: Trend,
    /// Bytes that it may take.
    pub limit: Option<u64>,
}

impl Memory {
    /// Of the heap after collections where that was seen, else of the process.
    pub fn of(facts: &Facts) -> Option<Memory> {
        let points = |value: fn(&crate::values::course::ProcessPoint) -> Option<u64>| -> Vec<(u64, f64)> {
            let of = |point: &crate::values::course::ProcessPoint| Some((point.at_ms, value(point)? as f64));
            facts.course.process.iter().filter_map(of).collect()
        };
        let heap = points(|point| point.heap);
        if let Some(trend) = Trend::of(&heap) {
            let limit = facts.course.heap_limit.or(facts.heap.as_ref().map(|heap| heap.limit));
            return Some(Memory { what: "The heap after collections", trend, limit });
        }
        if let Some(heap) = facts.heap.as_ref().filter(|heap| heap.samples > 1) {
            let trend = Trend {
                first: heap.first_used as f64,
                last: heap.used_after_gc as f64,
                span_ms: heap.span_ms,
                per_hour: heap.growth_per_hour,
                ..Trend::default()
            };
            return Some(Memory { what: "The heap after collections", trend, limit: Some(heap.limit) });
        }
        let trend = Trend::of(&points(|point| point.rss))?;
        Some(Memory { what: "The memory of the process", trend, limit: facts.course.memory_limit })
    }

    /// As [`Trend::is_long`].
    pub fn is_long(&self) -> bool {
        self.trend.is_long()
    }

    /// `+4.1 MiB an hour (+12 % an hour)`; of a recording that is too short it says so.
    pub fn rate(&self) -> String {
        if !self.is_long() {
            return "too short for a rate".to_owned();
        }
        let slope = self.trend.per_hour;
        let sign = if slope < 0.0 { "-" } else { "+" };
        let share = self
            .trend
            .percent_per_hour()
            .map_or_else(String::new, |share| format!(" ({share:+.0} % an hour)"));
        format!("{sign}{} an hour{share}", bytes(slope.abs() as u64))
    }

    /// When it is full if it goes on so, in hours.
    pub fn hours_until_full(&self) -> Option<f64> {
        let left = self.limit? as f64 - self.trend.last;
        (self.is_long() && self.trend.per_hour > 0.0 && left > 0.0).then(|| left / self.trend.per_hour)
    }

    /// `9.1 MiB → 38.0 MiB in 2 h`.
    pub fn course(&self) -> String {
        let at = |value: f64| bytes(value.max(0.0) as u64);
        format!("{} → {} in {}", at(self.trend.first), at(self.trend.last), duration(self.trend.span_ms))
    }
}

/// How the site went, by its history.
pub fn site_trend(facts: &Facts) -> Option<Trend> {
    let leak = &facts.leak;
    let course = facts.course.sites.iter().find(|site| site.is_of(leak))?;
    let value = |point: &crate::values::course::SitePoint| match (leak.growth(), point.entries) {
        (Growth::Entries, Some(entries)) => entries as f64,
        _ => point.live as f64,
    };
    let points: Vec<(u64, f64)> = course.points.iter().map(|point| (point.at_ms, value(point))).collect();
    Trend::of(&points)
}

/// `412 unreleased`, or `360,000 entries in 1 instance`.
pub fn how_many(facts: &Facts) -> String {
    let leak = &facts.leak;
    match (leak.growth(), leak.size) {
        (Growth::Entries, Some(size)) => {
            format!("{} entries in {}", count(size.total), crate::report::plural(leak.live, "instance"))
        }
        _ => format!("{} unreleased", count(leak.live)),
    }
}

/// `+2,466 an hour`; empty where it is not known.
pub fn how_fast(facts: &Facts) -> Option<String> {
    if facts.process.iterations.is_some() {
        return None;
    }
    let slope = site_trend(facts).map_or(facts.leak.growth_per_hour, |trend| {
        if facts.leak.growth_per_hour > 0.0 { facts.leak.growth_per_hour } else { trend.per_hour }
    });
    per_hour(slope).map(|slope| format!("{slope} an hour"))
}

/// Whether a run ended for want of memory, as far as that is proven or most likely.
pub fn is_oom(end: &RunEnd) -> bool {
    matches!(end.how.as_str(), "heap-out-of-memory" | "oom-killed" | "likely-oom-killed")
}

/// Whether this incident had one, by the files or by what the platform says.
pub fn had_oom(facts: &Facts) -> bool {
    let says = facts.reason.as_deref().unwrap_or_default().to_ascii_lowercase();
    says.contains("oom") || says.contains("out of memory") || facts.ends.iter().any(is_oom)
}
