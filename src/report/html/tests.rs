//! Pages: whole, escaped, and with charts that stay within their frame.

use super::*;
use crate::report::fixture::App;
use crate::report::{TextOptions, snapshot_text};

#[test]
fn nothing_of_a_value_becomes_markup() {
    let points = [(0, 1.0), (1000, 2.0)];
    let hostile = "<script>alert('x')</script>&\"";
    let chart = Chart { title: hostile, series: Series::Count, points: &points, limit: None };
    let page = page(hostile, &escaped(hostile), &[chart]);
    assert!(!page.contains("<script"), "{page}");
    assert_eq!(page.matches("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;&quot;").count(), 4);
    assert!(page.contains("default-src 'none'"), "a browser may load nothing");
}

#[test]
fn a_report_has_the_same_words_in_both_forms() {
    let app = App::new();
    let snapshot = crate::report::tests::everything(&app);
    let plain = snapshot_text(&snapshot, &app.options());
    let html = snapshot_text(&snapshot, &TextOptions { html: true, ..app.options() });
    assert_eq!(without_markup(&html), plain);
    assert!(html.contains("<span class=\"mark\">"), "the culprit is marked");
}

fn without_markup(html: &str) -> String {
    let mut text = String::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        text.push_str(&rest[..at]);
        rest = &rest[at + rest[at..].find('>').expect("a tag ends") + 1..];
    }
    text.push_str(rest);
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&amp;", "&")
}

/// The points of the line, and the height of the dashed one.
type Drawn = (Vec<(f64, f64)>, Option<f64>);

fn drawn(chart: &Chart<'_>) -> Option<Drawn> {
    let svg = chart::svg(chart)?;
    let points = svg.split("points=\"").nth(1)?.split('"').next()?;
    let pair = |point: &str| {
        let (x, y) = point.split_once(',')?;
        Some((x.parse().ok()?, y.parse().ok()?))
    };
    let limit = svg
        .split("class=\"limit\"")
        .nth(1)
        .and_then(|rest| rest.split("y1=\"").nth(1)?.split('"').next()?.parse().ok());
    Some((points.split(' ').filter_map(pair).collect(), limit))
}

#[test]
fn a_chart_stays_within_its_frame_and_keeps_its_peaks() {
    let points: Vec<(u64, f64)> =
        (0..5000).map(|n| (n * 1000, if n == 2500 { 900.0 } else { (n % 7) as f64 })).collect();
    let chart = Chart { title: "heap", series: Series::Bytes, points: &points, limit: Some(1000.0) };
    let (line, limit) = drawn(&chart).expect("it has a course");
    assert!(line.len() <= 400, "{} points", line.len());
    assert!(line.windows(2).all(|pair| pair[0].0 <= pair[1].0), "time runs to the right");
    assert!(line.iter().all(|(x, y)| (0.0..=480.0).contains(x) && (0.0..=180.0).contains(y)));
    let peak = line.iter().map(|(_, y)| *y).fold(f64::MAX, f64::min);
    let limit = limit.expect("the limit is drawn");
    assert!(limit < peak && peak - limit < 20.0, "900 of 1,000 is just below the limit: {peak} and {limit}");
}

#[test]
fn a_chart_without_a_course_is_left_out() {
    for points in [&[][..], &[(5, 1.0)], &[(5, 1.0), (5, 2.0)], &[(5, f64::NAN), (9, f64::INFINITY)]] {
        assert!(
            drawn(&Chart { title: "", series: Series::Count, points, limit: None }).is_none(),
            "{points:?}"
        );
    }
    assert!(!page("t", "body", &[]).contains("<section"));
}

#[test]
fn a_limit_far_above_is_said_and_not_drawn() {
    let chart =
        Chart { title: "heap", series: Series::Count, points: &[(0, 1.0), (9, 2.0)], limit: Some(1e9) };
    let svg = chart::svg(&chart).unwrap();
    assert!(svg.contains("limit 1,000,000,000") && !svg.contains("class=\"limit\""), "{svg}");
}
