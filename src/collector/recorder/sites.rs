//! The sites of the store as the flight file numbers them, with the verdict that was reached last.

use crate::analysis::judge;
use crate::analysis::view::{self, Context};
use crate::flight::Record;
use crate::flight::details::MAX_SITES;
use crate::flight::format::{COLUMNS, MAX_RECORDS};
use crate::flight::record::RECORD;
use crate::record::kinds;
use crate::store::{IsolateKey, SiteView, Store};
use crate::values::frames;
use crate::values::snapshot::{Snapshot, Verdict};
use crate::values::stack::Stack;

/// Who a site is, before source maps are followed.
pub struct Definition {
    /// Its number in the file.
    pub number: u32,
    /// Worker thread id.
    pub thread: u32,
    /// See [`crate::values::snapshot::Site::fingerprint`].
    pub fingerprint: u64,
    /// `listener`, `map`, …
    pub kind: String,
    /// For people.
    pub label: String,
    /// As V8 said it.
    pub stack: Stack,
}

/// See the module.
#[derive(Default)]
pub struct Numbered {
    /// By isolate, by the site's place in it.
    known: Vec<(IsolateKey, Vec<Known>)>,
    last: u32,
    /// The most suspicious first.
    ranked: Vec<u32>,
    /// Sites that a state has no room for.
    left_out: usize,
    /// Those that are on their way to the file.
    sending: Vec<(IsolateKey, u32)>,
}

/// Sites that one state defines at the most: a start with thousands of them takes no more memory for it than these need.
pub const MAX_NEW: usize = 512;

#[derive(Clone, Copy)]
struct Known {
    /// 0 until it registers something.
    number: u32,
    /// Of the label that the file has; 255 for none.
    written: u8,
    /// Of the label that is being sent; 255 for none.
    sending: u8,
    verdict: Verdict,
}

const UNWRITTEN: u8 = u8::MAX;

impl Default for Known {
    fn default() -> Self {
        Self { number: 0, written: UNWRITTEN, sending: UNWRITTEN, verdict: Verdict::default() }
    }
}

impl Known {
    /// Whether the file knows the site by the time that it reads of it.
    fn is_defined(self) -> bool {
        self.written != UNWRITTEN || self.sending != UNWRITTEN
    }
}

/// The sites of a state: those that hold or held something, and are not ignored.
fn is_of_state(view: &SiteView<'_>) -> bool {
    view.aggregate.counts.registered > 0 && !view.aggregate.site.ignored
}

impl Numbered {
    /// Reaches a verdict on each site, and ranks them.
    pub fn judge(&mut self, store: &Store, now_ms: u64) {
        let mut ranks = Vec::new();
        for view in store.sites().filter(is_of_state) {
            let verdict = judge::verdict(&view, &store.timeline, now_ms);
            let known = self.known_mut(view.key);
            known.verdict = verdict;
            let aggregate = view.aggregate;
            let place = frames::place_of(aggregate.site.origin());
            ranks.push((verdict, place, std::cmp::Reverse(aggregate.value()), view.key));
        }
        ranks.sort_unstable();
        self.left_out = ranks.len().saturating_sub(MAX_RECORDS as usize);
        ranks.truncate(COLUMNS.max(MAX_SITES));
        let numbers = ranks.into_iter().map(|(.., key)| self.number(key));
        self.ranked = numbers.collect();
    }

    /// Sites that the file does not know yet, or under another label: the ranked ones first, at most [`MAX_NEW`]. Returns
    /// whether there are more.
    pub fn number_new(&mut self, store: &Store) -> (Vec<Definition>, bool) {
        self.unsent();
        let is_new = |view: &SiteView<'_>| {
            is_of_state(view) && self.known(view.key).written != view.aggregate.site.label_version()
        };
        let mut new: Vec<SiteView<'_>> = store.sites().filter(is_new).collect();
        let is_more = new.len() > MAX_NEW;
        if is_more {
            new.sort_by_key(|view| self.known(view.key).number == 0);
            new.truncate(MAX_NEW);
        }
        let definitions = new.into_iter().map(|view| {
            let site = &view.aggregate.site;
            let number = self.number(view.key);
            self.known_mut(view.key).sending = site.label_version();
            self.sending.push(view.key);
            Definition {
                number,
                thread: view.thread,
                fingerprint: site.fingerprint,
                kind: kinds::name(site.kind),
                label: site.label().to_string(),
                stack: site.stack.clone(),
            }
        });
        (definitions.collect(), is_more)
    }

    /// What was new is on its way to the file.
    pub fn sent(&mut self) {
        self.end_sending(|known| known.written = known.sending);
    }

    /// What was new is not: the channel was full.
    fn unsent(&mut self) {
        self.end_sending(|_| {});
    }

    /// An isolate may have ended meanwhile, and its sites with it.
    fn end_sending(&mut self, end: impl Fn(&mut Known)) {
        for (key, site) in std::mem::take(&mut self.sending) {
            let of_isolate = self.known.iter_mut().find(|(isolate, _)| *isolate == key);
            if let Some(known) = of_isolate.and_then(|(_, known)| known.get_mut(site as usize)) {
                end(known);
                known.sending = UNWRITTEN;
            }
        }
    }

    /// The numbers of each site that the file knows. Of more than a state has room for, those with the most that live.
    pub fn records(&self, store: &Store, now_ms: u64) -> Vec<u8> {
        let least = if self.left_out > 0 { self.least_live(store) } else { 0 };
        let mut bytes = Vec::with_capacity(self.count(store) * RECORD);
        for view in store.sites().filter(is_of_state) {
            let aggregate = view.aggregate;
            let known = self.known(view.key);
            let is_accused = known.verdict <= Verdict::Suspect || aggregate.is_leak();
            let has_room = bytes.len() < MAX_RECORDS as usize * RECORD;
            if !has_room || !known.is_defined() || (aggregate.value() < least && !is_accused) {
                continue;
            }
            let record = Record {
                site: known.number,
                verdict: if aggregate.is_leak() { Verdict::Leak } else { known.verdict },
                estimated: aggregate.estimated,
                live: aggregate.counts.live,
                registered: aggregate.counts.registered,
                released: aggregate.counts.released,
                collected: aggregate.counts.collected,
                oldest_ms: view.oldest_created_ms.map_or(0, |created| now_ms.saturating_sub(created)),
                size: view.size(),
            };
            record.encode(&mut bytes);
        }
        bytes
    }

    /// Sites that a state will have, once the file knows all.
    pub fn count(&self, store: &Store) -> usize {
        store.sites().filter(is_of_state).count().min(MAX_RECORDS as usize)
    }

    /// Live registrations of the last site that has a place.
    fn least_live(&self, store: &Store) -> u64 {
        let mut live: Vec<u64> =
            store.sites().filter(is_of_state).map(|view| view.aggregate.value()).collect();
        let place = live.len().saturating_sub(MAX_RECORDS as usize);
        *live.select_nth_unstable(place).1
    }

    /// A snapshot of the suspicious sites, with their numbers.
    pub fn described(&self, store: &mut Store, context: &Context) -> Snapshot {
        let ranked = &self.ranked[..self.ranked.len().min(MAX_SITES)];
        let number_of = |view: &SiteView<'_>| {
            let known = self.known(view.key);
            (known.verdict <= Verdict::Suspect && ranked.contains(&known.number)).then_some(known.number)
        };
        let mut snapshot = view::excerpt(store, context, number_of);
        if self.left_out > 0 {
            let note =
                format!("{} sites with few live registrations are not in the flight file", self.left_out);
            snapshot.notes.push(note);
        }
        snapshot
    }

    /// The numbers of the most suspicious sites, the most suspicious first.
    pub fn ranked(&self) -> &[u32] {
        &self.ranked
    }

    /// The isolate has ended.
    pub fn forget(&mut self, key: IsolateKey) {
        self.known.retain(|(isolate, _)| *isolate != key);
    }

    fn known(&self, (key, site): (IsolateKey, u32)) -> Known {
        // A handful of isolates: a search is faster than a hash.
        let of_isolate = self.known.iter().find(|(isolate, _)| *isolate == key);
        of_isolate.and_then(|(_, known)| known.get(site as usize)).copied().unwrap_or_default()
    }

    fn known_mut(&mut self, (key, site): (IsolateKey, u32)) -> &mut Known {
        let place = self.known.iter().position(|(isolate, _)| *isolate == key).unwrap_or_else(|| {
            self.known.push((key, Vec::new()));
            self.known.len() - 1
        });
        let known = &mut self.known[place].1;
        if known.len() <= site as usize {
            known.resize(site as usize + 1, Known::default());
        }
        &mut known[site as usize]
    }

    fn number(&mut self, key: (IsolateKey, u32)) -> u32 {
        let next = self.last + 1;
        let known = self.known_mut(key);
        if known.number == 0 {
            known.number = next;
            self.last = next;
            return next;
        }
        known.number
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::record::layout::{Event, Handle, LISTENER, Register};
    use crate::store::sites::Definition as New;

    fn store(sites: u32) -> Store {
        let mut store = Store::new(String::new());
        store.attach(1, 0);
        for site in 1..=sites {
            store.define(1, New { subject: format!("Bus{site}"), ..New::default() });
            for slot in 0..site {
                let handle = Handle::new(1 + slot + site * 100, 0);
                store.apply(1, Event::Register(Register::new(handle, LISTENER, site)), 0);
            }
        }
        store
    }

    fn records(numbered: &Numbered, store: &Store) -> Vec<(u32, u64)> {
        let bytes = numbered.records(store, 5);
        bytes.chunks_exact(RECORD).map(Record::decode).map(|record| (record.site, record.live)).collect()
    }

    #[test]
    fn a_site_is_defined_once_and_again_when_its_label_grows() {
        let (mut store, mut numbered) = (store(3), Numbered::default());
        let labels = |(new, is_more): (Vec<Definition>, bool)| {
            assert!(!is_more);
            new.into_iter().map(|new| (new.number, new.label)).collect::<Vec<_>>()
        };
        let all = [(1, "Bus1".to_owned()), (2, "Bus2".to_owned()), (3, "Bus3".to_owned())];
        assert_eq!(labels(numbered.number_new(&store)), all);
        assert_eq!(labels(numbered.number_new(&store)), all, "the disk stood still");
        numbered.sent();
        assert_eq!(labels(numbered.number_new(&store)), []);
        store.add_detail(1, 2, "'a'".to_owned());
        assert_eq!(labels(numbered.number_new(&store)), [(2, "Bus2 'a'".to_owned())]);
        numbered.sent();
        assert_eq!(records(&numbered, &store), [(1, 1), (2, 2), (3, 3)]);
    }

    #[test]
    fn the_most_suspicious_are_ranked_first() {
        let (store, mut numbered) = (store(80), Numbered::default());
        numbered.judge(&store, 0);
        assert_eq!(numbered.ranked().len(), COLUMNS);
        numbered.number_new(&store);
        let live: HashMap<u32, u64> = records(&numbered, &store).into_iter().collect();
        let ranked: Vec<u64> = numbered.ranked().iter().map(|number| live[number]).collect();
        assert_eq!(ranked[..3], [80, 79, 78], "nothing is a leak: then by how many live");
    }

    #[test]
    fn an_isolate_that_ended_is_forgotten() {
        let (mut store, mut numbered) = (store(2), Numbered::default());
        numbered.number_new(&store);
        numbered.sent();
        store.detach(1);
        numbered.forget(1);
        store.attach(2, 0);
        assert!(numbered.number_new(&store).0.is_empty() && records(&numbered, &store).is_empty());
    }

    #[test]
    fn many_sites_are_defined_in_several_states_the_suspicious_ones_first() {
        let (store, mut numbered) = (store(MAX_NEW as u32 + 88), Numbered::default());
        numbered.judge(&store, 0);
        let ranked = numbered.ranked().to_vec();
        let (first, is_more) = numbered.number_new(&store);
        assert_eq!((first.len(), is_more), (MAX_NEW, true));
        assert!(ranked.iter().all(|number| first.iter().any(|new| new.number == *number)));
        assert_eq!(records(&numbered, &store).len(), MAX_NEW, "the file knows no others");
        // The disk stands still: the same again.
        assert_eq!(numbered.number_new(&store).0.len(), MAX_NEW);
        numbered.sent();
        let (rest, is_more) = numbered.number_new(&store);
        assert_eq!((rest.len(), is_more), (88, false));
        numbered.sent();
        assert_eq!(records(&numbered, &store).len(), MAX_NEW + 88);
        assert_eq!(numbered.count(&store), MAX_NEW + 88);
        assert!(numbered.number_new(&store).0.is_empty());
    }
}
