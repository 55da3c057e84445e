//! The history of a file as one course: the fine rings where they reach, the coarse ones before that.

use std::collections::HashMap;

use super::history::{Entry, TIERS, unpacked, unpacked_sizes};
use super::reader::Flight;
use super::value::has_size;
use crate::values::course::{Course, ProcessPoint, SiteCourse, SitePoint};
use crate::values::frames;
use crate::values::snapshot::Verdict;

impl Flight {
    /// The course of the process and of the `most` most suspicious sites with a place in the history.
    pub fn course(&self, most: usize) -> Course {
        let entries = self.entries();
        let process = entries.iter().map(|entry| point(entry)).collect();
        let mut ranked = Vec::new();
        let verdicts: HashMap<u32, (Verdict, u64)> =
            self.records.iter().map(|record| (record.site, (record.verdict, record.live))).collect();
        for (place, column) in self.columns.0.iter().enumerate().filter(|(_, column)| column.site != 0) {
            let Some((verdict, live)) = verdicts.get(&column.site) else { continue };
            ranked.push((*verdict, std::cmp::Reverse(*live), place));
        }
        ranked.sort_unstable();
        let sites =
            ranked.into_iter().take(most).filter_map(|(_, _, place)| self.site_course(&entries, place));
        Course {
            process,
            sites: sites.collect(),
            heap_limit: self.vitals.heap_limit,
            memory_limit: self.vitals.cgroup_limit,
        }
    }

    /// All entries, oldest first; where rings overlap, those of the finest.
    fn entries(&self) -> Vec<&Entry> {
        let mut found: Vec<&Entry> = Vec::new();
        let mut until = u64::MAX;
        for tier in 0..TIERS.len() {
            let ring = &self.history[tier];
            let before: Vec<&Entry> = ring.iter().take_while(|entry| entry.at_ms < until).collect();
            found.splice(0..0, before);
            until = found.first().map_or(until, |entry| entry.at_ms);
        }
        found
    }

    fn site_course(&self, entries: &[&Entry], place: usize) -> Option<SiteCourse> {
        let column = self.columns.0[place];
        let known = self.log.sites.get(&column.site)?;
        let is_sized = has_size(&known.kind);
        let of = |entry: &&Entry| {
            let value = entry.values[place];
            let at_ms = entry.at_ms;
            if is_sized {
                let (verdict, live, entries) = unpacked_sizes(value)?;
                return Some(SitePoint { at_ms, live, entries: Some(entries), verdict });
            }
            let (verdict, live) = unpacked(value)?;
            Some(SitePoint { at_ms, live, entries: None, verdict })
        };
        let points = entries.iter().filter(|entry| entry.at_ms >= column.since_ms).filter_map(of).collect();
        let fingerprint = format!("{:016x}", known.fingerprint);
        let origin = frames::origin(&known.stack).map_or((0, 0), |origin| (origin.line, origin.column));
        let (line, column) = origin;
        Some(SiteCourse {
            fingerprint,
            thread: known.thread,
            label: known.label.clone(),
            line,
            column,
            points,
        })
    }
}

fn point(entry: &Entry) -> ProcessPoint {
    let sample = entry.sample;
    ProcessPoint {
        at_ms: entry.at_ms,
        rss: sample.rss,
        heap: sample.heap_after_gc,
        external: sample.external,
        delay_ms: f64::from(sample.loop_delay_ms),
        cpu: f64::from(sample.cpu),
        major_gcs: sample.major_gcs,
        pause_ms: f64::from(sample.gc_pause_ms),
    }
}
