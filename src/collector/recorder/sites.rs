//! The sites of the store as the flight file numbers them, with the verdict that was reached last.

use std::collections::BinaryHeap;

use crate::analysis::judge;
use crate::analysis::view::{self, Context};
use crate::flight::details::MAX_SITES;
use crate::flight::format::{COLUMNS, MAX_RECORDS};
use crate::flight::{Record, Records};
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

/// The sites of a state, but for their records.
#[derive(Default)]
pub struct Sites {
    /// Those that the file does not know yet.
    pub definitions: Vec<Definition>,
    /// Whether there are more of these.
    pub is_more: bool,
    /// How many a state will have, once the file knows all.
    pub count: usize,
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

/// Sites whose history a state has, or that it describes.
const MOST_RANKED: usize = if COLUMNS > MAX_SITES { COLUMNS } else { MAX_SITES };

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
        // The last of those that have a place is on top.
        let (mut ranks, mut count) = (BinaryHeap::with_capacity(MOST_RANKED + 1), 0);
        for view in store.sites().filter(is_of_state) {
            let verdict = judge::verdict(&view, &store.timeline, now_ms);
            let known = self.known_mut(view.key);
            known.verdict = verdict;
            let aggregate = view.aggregate;
            let place = frames::place_of(aggregate.site.origin());
            ranks.push((verdict, place, std::cmp::Reverse(aggregate.value()), view.key));
            if ranks.len() > MOST_RANKED {
                ranks.pop();
            }
            count += 1;
        }
        self.left_out = usize::saturating_sub(count, MAX_RECORDS as usize);
        let numbers = ranks.into_sorted_vec().into_iter().map(|(.., key)| self.number(key));
        self.ranked = numbers.collect();
    }

    /// Looks at each site once: puts the numbers of those that the file knows into `records`, which are replaced, and defines
    /// those that it does not know yet, or under another label: at most [`MAX_NEW`], the ranked ones first. Of more
    /// sites than a state has room for it takes those with the most that live.
    pub fn state(&mut self, store: &Store, now_ms: u64, records: &mut Records) -> Sites {
        self.unsent();
        let least = if self.left_out > 0 { self.least_live(store) } else { 0 };
        records.clear();
        let (mut sites, mut unnumbered) = (Sites::default(), 0);
        for view in store.sites().filter(is_of_state) {
            sites.count += 1;
            let aggregate = view.aggregate;
            let mut known = self.known(view.key);
            if known.written != aggregate.site.label_version() {
                let is_unnumbered = known.number == 0;
                // Some of it is for the ranked ones, which have numbers.
                let has_room = !is_unnumbered || unnumbered < MAX_NEW - MOST_RANKED;
                if has_room && sites.definitions.len() < MAX_NEW {
                    unnumbered += usize::from(is_unnumbered);
                    sites.definitions.push(self.define(&view));
                    known = self.known(view.key);
                } else {
                    sites.is_more = true;
                }
            }
            let is_accused = known.verdict <= Verdict::Suspect || aggregate.is_leak();
            let has_room = records.len() < MAX_RECORDS as usize;
            if !has_room || !known.is_defined() || (aggregate.value() < least && !is_accused) {
                continue;
            }
            records.push(&Record {
                site: known.number,
                verdict: if aggregate.is_leak() { Verdict::Leak } else { known.verdict },
                estimated: aggregate.estimated,
                live: aggregate.counts.live,
                registered: aggregate.counts.registered,
                released: aggregate.counts.released,
                collected: aggregate.counts.collected,
                oldest_ms: view.oldest_created_ms.map_or(0, |created| now_ms.saturating_sub(created)),
                size: view.size(),
            });
        }
        sites.count = sites.count.min(MAX_RECORDS as usize);
        sites
    }

    fn define(&mut self, view: &SiteView<'_>) -> Definition {
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
