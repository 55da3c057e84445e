//! A flight file as the snapshot that it would have been, with its sites in the order of the file: every reader of
//! snapshots reads it so.

use std::collections::{BTreeMap, HashMap};

use super::log::{Mark, SiteEntry};
use super::reader::Flight;
use super::record::Record;
use crate::record::layout::is_sampled;
use crate::values::duration::duration;
use crate::values::frames;
use crate::values::snapshot::{Overhead, ProcessInfo, SCHEMA, Site, Size, Snapshot, Totals, Verdict};

/// Totals are of the last judgement, some seconds before the counts of the sites: in all there are at least as many as the
/// sites have.
pub(super) fn raise_totals(totals: &mut BTreeMap<String, Totals>, sites: &[Site]) {
    let mut sums: HashMap<&str, Totals> = HashMap::new();
    for site in sites {
        let sum = sums.entry(&site.kind).or_default();
        sum.released += site.released;
        sum.collected += site.collected;
        sum.live += site.live;
    }
    for (kind, sum) in sums {
        let own = totals.entry(kind.to_owned()).or_default();
        own.released = own.released.max(sum.released);
        own.collected = own.collected.max(sum.collected);
        own.live = own.live.max(sum.live);
        own.registered = own.released + own.collected + own.live;
    }
}

impl Flight {
    /// The last state.
    pub fn snapshot(&self) -> Snapshot {
        let mut described: HashMap<u32, Site> =
            self.details.iter().flat_map(|details| details.sites.iter().cloned()).collect();
        let judged_ms = self.details.as_ref().map_or(0, |details| details.snapshot.process.uptime_ms);
        let judged_ago_ms = self.at_ms.saturating_sub(judged_ms);
        let mut sites: Vec<Site> = Vec::with_capacity(self.records.len());
        for record in &self.records {
            let Some(entry) = self.log.sites.get(&record.site) else { continue };
            let described = described.remove(&record.site).map(|mut site| {
                say_age(&mut site, record, judged_ago_ms);
                site
            });
            sites.push(site(entry, record, described));
        }
        let unnamed = self.records.len() - sites.len();
        let mut snapshot = match &self.details {
            Some(details) => details.snapshot.clone(),
            None => self.bare_snapshot(),
        };
        raise_totals(&mut snapshot.totals, &sites);
        snapshot.sites = sites;
        snapshot.process = self.process(self.at_ms, snapshot.process.threads);
        if unnamed > 0 {
            snapshot.notes.push(format!("{unnamed} sites had no room in the flight file"));
        }
        snapshot
    }

    /// The state as of a mark: what a diff compares the last state with.
    pub fn snapshot_of_mark(&self, mark: &Mark) -> Snapshot {
        let sites = mark.sites.iter().filter_map(|marked| {
            let entry = self.log.sites.get(&marked.site)?;
            let record = Record {
                site: marked.site,
                live: marked.live,
                registered: marked.registered,
                size: has_size(&entry.kind).then_some(Size { total: marked.size, max: marked.size }),
                ..Record::default()
            };
            Some(site(entry, &record, None))
        });
        let mut snapshot = self.bare_snapshot();
        snapshot.sites = sites.collect();
        snapshot.process = self.process(mark.at_ms, 1);
        snapshot
    }

    /// A time since recording began as one since 1970.
    pub fn unix_ms(&self, at_ms: u64) -> u64 {
        (self.at_unix_ms + at_ms).saturating_sub(self.at_ms)
    }

    pub(super) fn process(&self, at_ms: u64, threads: u32) -> ProcessInfo {
        let time = |unix_ms: u64| {
            let at = std::time::UNIX_EPOCH + std::time::Duration::from_millis(unix_ms);
            humantime::format_rfc3339_millis(at).to_string()
        };
        ProcessInfo {
            pid: self.identity.pid,
            node: self.identity.node.clone(),
            started_at: time(self.unix_ms(0)),
            taken_at: time(self.unix_ms(at_ms)),
            uptime_ms: at_ms,
            threads,
        }
    }

    pub(super) fn bare_snapshot(&self) -> Snapshot {
        let mode = self.details.as_ref().map_or_else(String::new, |details| details.snapshot.mode.clone());
        Snapshot {
            schema: SCHEMA,
            process: ProcessInfo::default(),
            mode,
            totals: BTreeMap::new(),
            sites: Vec::new(),
            collections: Vec::new(),
            census: None,
            heap: None,
            overhead: Overhead::default(),
            notes: Vec::new(),
        }
    }
}

/// Sites are judged less often than counted: words that have other numbers than `record` say how old they are.
fn say_age(site: &mut Site, record: &Record, judged_ago_ms: u64) {
    let is_as_counted =
        (site.live, site.registered, site.size) == (record.live, record.registered, record.size);
    if !is_as_counted && judged_ago_ms > 0 && !site.evidence.is_empty() {
        let age = duration(judged_ago_ms);
        site.evidence.push_str(&format!("; judged {age} before these counts"));
    }
}

/// What a site is in a snapshot: who it is from the log, its numbers from the record, and what words say of it.
pub(super) fn site(entry: &SiteEntry, record: &Record, described: Option<Site>) -> Site {
    let stack = entry.stack.clone();
    // A verdict that is younger than its words has none of its own.
    let described = described.filter(|site| site.verdict == record.verdict);
    let has_words = described.is_some();
    let mut site = Site {
        fingerprint: format!("{:016x}", entry.fingerprint),
        kind: entry.kind.clone(),
        label: entry.label.as_str().into(),
        thread: entry.thread,
        live: record.live,
        registered: record.registered,
        released: record.released,
        collected: record.collected,
        estimated: record.estimated,
        oldest_ms: record.oldest_ms,
        size: record.size,
        verdict: record.verdict,
        origin: frames::origin(&stack).cloned(),
        stack,
        ..described.unwrap_or_default()
    };
    if !has_words && site.verdict <= Verdict::Suspect {
        site.evidence = "as the recorder judged it last".to_owned();
    }
    site
}

/// Whether sites of a kind have a size: entries of collections, bytes of what functions keep.
pub(super) fn has_size(kind: &str) -> bool {
    matches!(kind, "map" | "set" | "array") || is_sampled(kind)
}
