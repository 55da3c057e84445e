//! Numbers with their units, and text in columns.

use super::clean::{columns_of, cut};
use super::paint::{Line, Role};

/// The narrowest label that still says something, in columns. With less room, the numbers go to a line of their
/// own.
const MIN_LABEL_COLUMNS: usize = 18;

/// Blank columns between what is on the left and what is on the right.
const GAP: usize = 2;

/// `48211` as `48,211`.
pub(crate) fn count(n: u64) -> String {
    group(&n.to_string())
}

/// [`count`], with a leading `~` when `n` comes from samples.
pub(super) fn about(n: u64, estimated: bool) -> String {
    format!("{}{}", if estimated { "~" } else { "" }, count(n))
}

/// The change from `before` to `after` with its sign: `+40`, `-1,200`.
pub(super) fn change(before: u64, after: u64) -> String {
    let sign = if after < before { '-' } else { '+' };
    format!("{sign}{}", count(after.abs_diff(before)))
}

/// `1 frame`, `3 frames`.
pub(crate) fn plural(n: u64, word: &str) -> String {
    format!("{} {word}{}", count(n), if n == 1 { "" } else { "s" })
}

/// A rate a call, with its sign: `+1.00`, `+0.0020`.
pub(super) fn per_call(rate: f64) -> String {
    // Two digits distinguish 1 from 0.98; a rarer leak needs more to differ from none.
    let digits = if rate.abs() < 0.01 { 4 } else { 2 };
    signed(rate, digits)
}

/// A slope an hour, with its sign: `+2,466`, `-0.5`. `None` when it rounds to nothing.
pub(crate) fn per_hour(slope: f64) -> Option<String> {
    let digits = if slope.abs() < 9.95 { 1 } else { 0 };
    (slope.is_finite() && slope.abs() >= 0.05).then(|| signed(slope, digits))
}

/// Memory in binary units: `512 B`, `1.2 MiB`.
pub(crate) fn bytes(n: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if n < 1024 {
        return format!("{n} B");
    }
    let mut value = n as f64 / 1024.0;
    let mut unit = 0;
    // From 1023.95 on, one digit would round to 1024.0 of the smaller unit.
    while value >= 1023.95 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    format!("{value:.1} {}", UNITS[unit])
}

/// `part` of `whole` as a percentage; `whole` is not 0.
pub(super) fn percent(part: u64, whole: u64) -> String {
    match (part as f64 / whole as f64 * 100.0).round() {
        0.0 if part > 0 => "<1 %".to_owned(),
        share => format!("{share} %"),
    }
}

/// `left`, and `right` aligned to `width`; on two lines when one is too short.
pub(super) fn columns(left: Line, right: Line, width: usize) -> Vec<Line> {
    let taken = left.width() + right.width();
    if right.width() == 0 {
        return vec![left];
    }
    if taken + GAP <= width {
        return vec![left.then(Line::indented(width - taken)).then(right)];
    }
    let indent = width.saturating_sub(right.width());
    vec![left, Line::indented(indent).then(right)]
}

/// [`columns`] for a title: `label` gives way to the numbers, and is cut when both do not fit.
pub(super) fn title_columns(lead: &str, label: &str, numbers: &str, width: usize) -> Vec<Line> {
    let lead_width = columns_of(lead);
    let beside = width.saturating_sub(lead_width + GAP + columns_of(numbers));
    let room = if beside >= MIN_LABEL_COLUMNS { beside } else { width.saturating_sub(lead_width) };
    let left = Line::default().with(Role::Faint, lead).with(Role::Title, cut(label, room));
    columns(left, Line::default().with(Role::Number, numbers), width)
}

/// `text` broken between words so that it ends before `width`, behind `lead` and then behind as many blanks.
pub(super) fn wrapped(lead: Line, role: Role, text: &str, width: usize) -> Vec<Line> {
    let indent = lead.width();
    let room = width.saturating_sub(indent);
    let mut rows = vec![String::new()];
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let row = rows.last_mut().expect("rows starts with one row and only grows");
        if row.is_empty() {
            row.push_str(word);
        } else if columns_of(row) + 1 + columns_of(word) <= room {
            row.push(' ');
            row.push_str(word);
        } else {
            rows.push(word.to_owned());
        }
    }
    let mut rows = rows.into_iter();
    let first = lead.with(role, rows.next().unwrap_or_default());
    std::iter::once(first).chain(rows.map(|row| Line::indented(indent).with(role, row))).collect()
}

fn signed(n: f64, digits: usize) -> String {
    let sign = if n < 0.0 { '-' } else { '+' };
    let plain = format!("{:.digits$}", n.abs());
    match plain.split_once('.') {
        Some((whole, fraction)) => format!("{sign}{}.{fraction}", group(whole)),
        None => format!("{sign}{}", group(&plain)),
    }
}

/// Commas between groups of three `digits`.
pub(super) fn group(digits: &str) -> String {
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_grouped_and_say_when_they_are_estimates() {
        assert_eq!(
            [0, 999, 1000, 48_211, 1_000_000].map(count),
            ["0", "999", "1,000", "48,211", "1,000,000"].map(str::to_owned)
        );
        assert_eq!(count(u64::MAX), "18,446,744,073,709,551,615");
        assert_eq!(about(1200, true), "~1,200");
        assert_eq!(change(52, 12), "-40");
        assert_eq!(change(0, u64::MAX), "+18,446,744,073,709,551,615");
        assert_eq!(plural(1, "frame"), "1 frame");
        assert_eq!(plural(2000, "frame"), "2,000 frames");
    }

    #[test]
    fn rates_keep_the_digits_that_distinguish_them() {
        assert_eq!(
            [1.0, 100.0, 0.02, 0.002, 12_345.678].map(per_call),
            ["+1.00", "+100.00", "+0.02", "+0.0020", "+12,345.68"].map(str::to_owned)
        );
        let slopes = [2466.4, -2466.4, 9.96, 0.5, 0.04, 0.0, f64::NAN, f64::INFINITY].map(per_hour);
        let expected = [Some("+2,466"), Some("-2,466"), Some("+10"), Some("+0.5"), None, None, None, None];
        assert_eq!(slopes, expected.map(|text| text.map(str::to_owned)));
    }

    #[test]
    fn memory_and_shares() {
        assert_eq!(
            [0, 1023, 1024, 1_258_291, 1_048_575, u64::MAX].map(bytes),
            ["0 B", "1023 B", "1.0 KiB", "1.2 MiB", "1.0 MiB", "16777216.0 TiB"].map(str::to_owned)
        );
        assert_eq!(percent(60, 100), "60 %");
        assert_eq!(percent(1, 1000), "<1 %");
        assert_eq!(percent(0, 1000), "0 %");
    }

    #[test]
    fn a_label_gives_way_to_its_numbers() {
        let text = |label: &str, numbers: &str| {
            let mut out = String::new();
            title_columns("1  ", label, numbers, 40).iter().for_each(|line| line.write(false, &mut out));
            out
        };
        assert_eq!(text("Map", "12"), format!("1  Map{}12\n", " ".repeat(32)));
        assert_eq!(text(&"ä".repeat(60), "12"), format!("1  {}…  12\n", "ä".repeat(32)));
        assert_eq!(
            text("a label of some length", "twenty-one columns ok"),
            format!("1  a label of some length\n{}twenty-one columns ok\n", " ".repeat(19))
        );
    }

    #[test]
    fn sentences_are_broken_between_words() {
        let lead = Line::default().with(Role::Plain, "fix  ");
        let mut out = String::new();
        wrapped(lead, Role::Fix, "one two three  averyveryverylongword x", 15)
            .iter()
            .for_each(|line| line.write(false, &mut out));
        assert_eq!(out, "fix  one two\n     three\n     averyveryverylongword\n     x\n");
    }
}
