//! Metrics with their series, before they are text.

use serde::Serialize;

use crate::report::clean::is_hazard;

/// Characters kept of a label's value.
const MAX_LABEL_CHARS: usize = 120;

/// How a family's values move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Type {
    /// Only upwards.
    Counter,
    /// Both ways.
    Gauge,
}

/// One metric with all of its series.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Family {
    /// Without the `_total` that a counter's samples end with.
    pub name: &'static str,
    /// How its values move.
    #[serde(rename = "type")]
    pub kind: Type,
    /// What it counts, in which unit.
    pub help: &'static str,
    /// The names of its series' labels, in their order.
    pub labels: &'static [&'static str],
    /// Its series.
    pub samples: Vec<Sample>,
}

/// One series, and its value now.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Sample {
    /// Names and values; values are cut to [`MAX_LABEL_CHARS`] characters.
    pub labels: Vec<(&'static str, String)>,
    /// Finite.
    pub value: f64,
    /// The function of `leakline_site_info`'s line: no label, but an attribute of OpenTelemetry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub function: Option<String>,
}

pub(super) fn sample(labels: &[(&'static str, &str)], value: f64) -> Sample {
    Sample {
        labels: labels.iter().map(|(name, text)| (*name, bounded(text))).collect(),
        value: if value.is_finite() { value } else { 0.0 },
        function: None,
    }
}

/// A label's value, cut and without what a terminal obeys: both formats allow it, but people look at them there.
pub(super) fn bounded(text: &str) -> String {
    let mut safe = String::with_capacity(text.len().min(4 * MAX_LABEL_CHARS));
    for (n, c) in text.chars().enumerate() {
        if n == MAX_LABEL_CHARS {
            safe.push('…');
            break;
        }
        safe.push(if is_hazard(c) && c != '\n' { ' ' } else { c });
    }
    safe
}
