//! A report as one HTML file: charts above the text report. No script, nothing from outside, light and dark, printable.
//!
//! The body is the text report with a `span` for each role, so that both forms say the same in the same order.

mod chart;
mod course;

#[cfg(test)]
mod tests;

use super::clean::escaped;
pub(crate) use chart::svg;
pub use chart::{Chart, Series};
pub use course::Charts;

/// The style of a page.
pub(crate) const STYLE: &str = include_str!("style.css");

/// Writes a page. `title` and the charts' words are escaped here; `body` comes from a text report that was asked for
/// with [`TextOptions::html`](super::TextOptions::html), which has escaped everything.
pub fn page(title: &str, body: &str, charts: &[Chart<'_>]) -> String {
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>{}</title>\n<style>\n{STYLE}</style>\n<main>\n",
        escaped(title)
    );
    let drawn: String = charts.iter().filter_map(chart::svg).collect();
    if !drawn.is_empty() {
        page.push_str(&format!("<section class=\"charts\">\n{drawn}</section>\n"));
    }
    page.push_str(&format!("<pre>{body}</pre>\n</main>\n</html>\n"));
    page
}
