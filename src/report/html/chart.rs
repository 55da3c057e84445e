//! Line charts as SVG: one series over time, with its limit where there is one.

use std::fmt::Write;

use crate::report::clean::escaped;
use crate::report::format::{bytes, count};
use crate::values::duration::duration;

/// Size of the drawing, in its own units, and the room around the plot for its labels.
const WIDTH: f64 = 480.0;
const HEIGHT: f64 = 180.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 12.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 24.0;

/// Points drawn at the most: more than one for each unit of width shows nothing.
const MAX_POINTS: usize = 400;

/// What the values of a chart are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Series {
    /// Bytes.
    Bytes,
    /// Registrations, entries, collections.
    Count,
    /// Milliseconds.
    Millis,
}

/// One line chart.
#[derive(Clone, Debug)]
pub struct Chart<'a> {
    /// What it shows.
    pub title: &'a str,
    /// The unit of its values.
    pub series: Series,
    /// Milliseconds since the start of the recording, ascending, and the value then.
    pub points: &'a [(u64, f64)],
    /// Drawn as a dashed line, with its value.
    pub limit: Option<f64>,
}

/// Draws `chart`; `None` when it has less than two points, which show no course.
pub(crate) fn svg(chart: &Chart<'_>) -> Option<String> {
    let points: Vec<(u64, f64)> =
        chart.points.iter().copied().filter(|(_, value)| value.is_finite()).collect();
    let (&(first, _), &(last, now)) = (points.first()?, points.last()?);
    if last <= first {
        return None;
    }
    let highest = points.iter().map(|(_, value)| *value).fold(0.0, f64::max);
    // A limit that is far above would press the line to the ground.
    let limit = chart.limit.filter(|limit| limit.is_finite() && *limit > 0.0);
    let drawn_limit = limit.filter(|limit| *limit <= 8.0 * highest);
    let top = top_of(drawn_limit.unwrap_or(0.0).max(highest).max(1.0) * 1.05, chart.series);
    let x = |at: u64| LEFT + (at - first) as f64 / (last - first) as f64 * (WIDTH - LEFT - RIGHT);
    let y = |value: f64| TOP + (1.0 - value / top) * (HEIGHT - TOP - BOTTOM);

    let mut note = format!("last {}", shown(now, chart.series));
    if let Some(limit) = limit {
        note.push_str(&format!(", limit {}", shown(limit, chart.series)));
    }
    let title = escaped(chart.title);
    let mut out = format!(
        "<figure>\n<figcaption>{title} <span>{}</span></figcaption>\n\
         <svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{title}\">\n",
        escaped(&note)
    );
    for step in 0..=2 {
        let value = top * f64::from(step) / 2.0;
        let at = y(value);
        // Writing to a String cannot fail.
        let _ = writeln!(
            out,
            "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{:.1}\" y1=\"{at:.1}\" y2=\"{at:.1}\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            WIDTH - RIGHT,
            LEFT - 6.0,
            at + 4.0,
            escaped(&shown(value, chart.series))
        );
    }
    let span = duration(last - first);
    let base = HEIGHT - 8.0;
    let _ = writeln!(
        out,
        "<text x=\"{LEFT}\" y=\"{base}\">{} earlier</text><text x=\"{:.1}\" y=\"{base}\" text-anchor=\"end\">last</text>",
        escaped(&span),
        WIDTH - RIGHT
    );
    if let Some(limit) = drawn_limit {
        let at = y(limit);
        let _ = writeln!(
            out,
            "<line class=\"limit\" x1=\"{LEFT}\" x2=\"{:.1}\" y1=\"{at:.1}\" y2=\"{at:.1}\"/>",
            WIDTH - RIGHT
        );
    }
    let path: Vec<String> = thinned(&points)
        .iter()
        .map(|(at, value)| format!("{:.1},{:.1}", x(*at), y(value.max(0.0))))
        .collect();
    let _ = writeln!(out, "<polyline class=\"line\" points=\"{}\"/>\n</svg>\n</figure>", path.join(" "));
    Some(out)
}

/// At most [`MAX_POINTS`]: of each run the lowest and the highest, so that no peak goes.
fn thinned(points: &[(u64, f64)]) -> Vec<(u64, f64)> {
    if points.len() <= MAX_POINTS {
        return points.to_vec();
    }
    let run = points.len().div_ceil(MAX_POINTS / 2);
    let mut kept = Vec::with_capacity(MAX_POINTS);
    for run in points.chunks(run) {
        let by_value = |a: &&(u64, f64), b: &&(u64, f64)| a.1.total_cmp(&b.1);
        if let (Some(lowest), Some(highest)) = (run.iter().min_by(by_value), run.iter().max_by(by_value)) {
            let mut pair = [*lowest, *highest];
            pair.sort_by_key(|(at, _)| *at);
            kept.extend(pair);
        }
    }
    kept
}

/// The height of a plot: a round number of the unit that it is shown in.
fn top_of(value: f64, series: Series) -> f64 {
    let unit = match series {
        Series::Bytes => 1024_f64.powf((value.log2() / 10.0).floor().clamp(0.0, 4.0)),
        Series::Count | Series::Millis => 1.0,
    };
    nice(value / unit) * unit
}

/// The next round number above `value`: 1, 2 or 5 times a power of ten.
fn nice(value: f64) -> f64 {
    let power = 10_f64.powf(value.log10().floor());
    [1.0, 2.0, 5.0, 10.0].into_iter().map(|step| step * power).find(|round| *round >= value).unwrap_or(value)
}

fn shown(value: f64, series: Series) -> String {
    match series {
        Series::Bytes => bytes(value.max(0.0) as u64),
        Series::Count => count(value.max(0.0).round() as u64),
        Series::Millis => duration(value.max(0.0).round() as u64),
    }
}
