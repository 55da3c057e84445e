//! The charts of a flight file's history: the heap after collections, the process, its most suspicious sites, pauses and delays.

use super::chart::{Chart, Series};
use crate::report::clean::cut;
use crate::report::title::title;
use crate::values::course::{Course, SiteCourse, SitePoint};
use crate::values::snapshot::{Growth, Site};

/// Sites with a chart of their own.
const MAX_SITES: usize = 2;

/// Columns of a site's name in a chart's title.
const MAX_TITLE: usize = 60;

/// Points of what a chart shows.
type Points = Vec<(u64, f64)>;

/// What is drawn, with its points.
#[derive(Clone, Debug, Default)]
pub struct Charts {
    drawn: Vec<(String, Series, Points, Option<f64>)>,
}

impl Charts {
    /// The charts of `course`; `sites` are those of its snapshot, the ones to be drawn first.
    pub fn new(course: &Course, sites: &[&Site]) -> Charts {
        let mut charts = Charts::default();
        let process = |value: fn(&crate::values::course::ProcessPoint) -> Option<f64>| -> Points {
            course.process.iter().filter_map(|point| Some((point.at_ms, value(point)?))).collect()
        };
        let bytes = |limit: Option<u64>| limit.map(|bytes| bytes as f64);
        let heap = process(|point| Some(point.heap? as f64));
        charts.add("Heap after major collections".to_owned(), Series::Bytes, heap, bytes(course.heap_limit));
        let rss = process(|point| Some(point.rss? as f64));
        charts.add("Memory of the process".to_owned(), Series::Bytes, rss, bytes(course.memory_limit));
        for site in sites.iter().take(MAX_SITES) {
            if let Some(course) = course_of(course, site) {
                let name = cut(&title(&site.kind, &site.label), MAX_TITLE).into_owned();
                let (what, points) = live(site, &course.points);
                charts.add(format!("{what} of {name}"), Series::Count, points, None);
            }
        }
        // Where none was measured there is no line on the ground either.
        let pauses = process(|point| Some(point.pause_ms));
        if pauses.iter().any(|(_, pause)| *pause > 0.0) {
            charts.add("Garbage collection: longest pause".to_owned(), Series::Millis, pauses, None);
        }
        let delays = process(|point| Some(point.delay_ms));
        charts.add("Event loop: longest delay".to_owned(), Series::Millis, delays, None);
        charts
    }

    fn add(&mut self, title: String, series: Series, points: Points, limit: Option<f64>) {
        self.drawn.push((title, series, points, limit));
    }

    /// For [`page`](super::page).
    pub fn list(&self) -> Vec<Chart<'_>> {
        self.drawn
            .iter()
            .map(|(title, series, points, limit)| Chart { title, series: *series, points, limit: *limit })
            .collect()
    }
}

fn course_of<'a>(course: &'a Course, site: &Site) -> Option<&'a SiteCourse> {
    course.sites.iter().find(|each| each.is_of(site))
}

/// What of a site grows: its entries, or how many there are.
fn live(site: &Site, points: &[SitePoint]) -> (&'static str, Points) {
    match site.growth() {
        Growth::Entries => {
            ("Entries", points.iter().map(|p| (p.at_ms, p.entries.unwrap_or(0) as f64)).collect())
        }
        Growth::Instances => ("Unreleased", points.iter().map(|p| (p.at_ms, p.live as f64)).collect()),
    }
}
