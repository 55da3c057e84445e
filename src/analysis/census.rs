//! What a census found: every collection of an isolate, by the place that holds it.
//!
//! JavaScript counts and names; here is what the counts mean. A place is a property of a class, or a
//! variable. What is judged is growth between censuses, as in [`crate::analysis::rounds`] between looks; they
//! are further apart where one takes long, and then more must have grown.

use serde::{Deserialize, Serialize};

use crate::analysis::causes;
use crate::store::inserters::{self, Inserters};
use crate::store::sites;
use crate::store::{IsolateKey, Store};
use crate::values::frames::{self, Frame};
use crate::values::label::Label;
use crate::values::proof::CENSUS;
use crate::values::snapshot::{Growth, Leak, Role, Size, TopInserter};

/// What the censuses of a check counted.
#[derive(Debug, Deserialize)]
pub struct Counted {
    /// Rounds that were over at each census.
    rounds: Vec<u64>,
    /// By place, what each census saw.
    places: Vec<Vec<Seen>>,
}

/// What one census saw of a place: collections, entries of those that were there at the first
/// census, entries of all.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
struct Seen(u64, u64, u64);

/// A place that grew.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Grown {
    /// Its index in [`Counted::places`].
    pub place: usize,
    /// What of it.
    pub growth: Growth,
    /// By how much, from the first census to the last.
    pub total: u64,
}

/// The places that grew between every two censuses, by one a round at least.
///
/// Collections pile up only where what they hold does: empty ones are reported by whoever holds them. A
/// list that is copied for each entry is another collection each time, and its place's entries grow.
pub fn grown(counted: &Counted) -> Vec<Grown> {
    let mut grown = Vec::new();
    for (place, seen) in counted.places.iter().enumerate() {
        let grew = |value: fn(&Seen) -> u64| {
            let pairs = seen.windows(2).zip(counted.rounds.windows(2));
            let mut steps = pairs.map(|(seen, rounds)| {
                value(&seen[1]) >= value(&seen[0]) + rounds[1].saturating_sub(rounds[0]).max(1)
            });
            let total = value(seen.last()?).checked_sub(value(seen.first()?))?;
            (seen.len() > 1 && steps.all(|grew| grew)).then_some(total)
        };
        let instances = grew(|seen| seen.0).filter(|_| grew(|seen| seen.2.saturating_sub(seen.1)).is_some());
        let of_old = grew(|seen| seen.1);
        let entries = if instances.is_some() { of_old } else { of_old.or_else(|| grew(|seen| seen.2)) };
        for (growth, total) in [(Growth::Instances, instances), (Growth::Entries, entries)] {
            if let Some(total) = total {
                grown.push(Grown { place, growth, total });
            }
        }
    }
    grown
}

/// A place that grew, with what JavaScript found out about it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Found {
    /// Index into the kinds.
    kind: u8,
    /// `TaskProcessor.subscribers`.
    held_by: String,
    growth: Growth,
    total: u64,
    /// Class of the elements; `None` when they are several, or there is none.
    elements: Option<String>,
    size: Size,
    /// How many that were there at the first census have grown.
    grown_old: u64,
    /// The line that gives the place its collection; empty when nobody knows.
    stack: Vec<Frame>,
    /// Who put how many entries in since it is watched, by the number of the site; 0 when it is not known.
    filled: Vec<(u32, u64)>,
    /// Entries that left since then.
    left: u64,
    /// The line that puts entries in, where the source has one and it ran in the rounds; else empty.
    inserted_at: Vec<Frame>,
    /// What it holds was made by no line that is known, such as by `JSON.parse`: `stack` is its holder's line.
    made_elsewhere: bool,
    /// The worker thread whose census it is; `None` for the one that checks.
    thread: Option<u32>,
}

impl Found {
    /// Collections that pile up are held by somebody; entries that pile up in one that stays are a cause.
    fn role(&self, all: &[Self], warmup: u64) -> Role {
        match self.growth {
            Growth::Instances => Role::Consequence,
            Growth::Entries => {
                let is_same = |other: &&Self| (other.kind, &other.held_by) == (self.kind, &self.held_by);
                let is_with_instances =
                    all.iter().filter(is_same).any(|other| other.growth == Growth::Instances);
                causes::of_entries(self.grown_old, is_with_instances, warmup)
            }
        }
    }
}

/// The found places as leaks. Those of one line are one: each call of a function has a variable of its own.
pub fn leaks(store: &Store, key: IsolateKey, iterations: u64, warmup: u64, found: &[Found]) -> Vec<Leak> {
    let mut leaks: Vec<Leak> = Vec::new();
    for (number, found_one) in (CENSUS..).zip(found) {
        let Some(mut leak) = leak(store, key, iterations, found_one) else { continue };
        leak.number = Some(number);
        leak.role = found_one.role(found, warmup);
        let is_same = |other: &&mut Leak| {
            (&other.fingerprint, other.growth, &other.origin)
                == (&leak.fingerprint, leak.growth, &leak.origin)
        };
        match leaks.iter_mut().find(is_same) {
            Some(first) => first.join(leak),
            None => leaks.push(leak),
        }
    }
    leaks
}

impl Leak {
    /// Takes in another one of the same line. Who fills is as of the first.
    fn join(&mut self, other: Self) {
        self.total += other.total;
        self.per_iteration += other.per_iteration;
        self.elements = self.elements.take().filter(|elements| other.elements.as_ref() == Some(elements));
        if let Some((size, more)) = self.size.as_mut().zip(other.size) {
            size.total += more.total;
            size.max = size.max.max(more.max);
        }
    }
}

/// A found place as a leak; `None` where neither who made it nor who fills it is known: then there is
/// nobody to be named.
fn leak(store: &Store, key: IsolateKey, iterations: u64, found: &Found) -> Option<Leak> {
    let mut filled = Inserters::default();
    let key = found.thread.map_or(Some(key), |thread| store.isolate_of(thread));
    let site = |number: u32| store.site(key?, number).map(|view| &view.aggregate.site);
    for (number, entries) in &found.filled {
        let is_same =
            |other: u32| site(*number).zip(site(other)).is_some_and(|(a, b)| inserters::is_same_place(a, b));
        filled.fill(*number, *entries, is_same);
    }
    filled.leave(found.left);
    // What comes and goes only happened to be fuller at each look.
    if found.growth == Growth::Entries && found.left * 2 > found.filled.iter().map(|(_, n)| n).sum() {
        return None;
    }
    let most = filled.most();
    let counted = most.and_then(|most| {
        let stack = site(most.site)?.stack.clone();
        Some(TopInserter { stack, share: Some(most.share) })
    });
    let seen = || TopInserter { stack: found.inserted_at.clone().into(), share: None };
    let top_inserter = counted.or_else(|| (!found.inserted_at.is_empty()).then(seen));
    let stack = match &found.stack {
        // What nothing is known to hold may be anybody's, also leakline's own.
        stack if stack.is_empty() && !found.held_by.is_empty() => {
            top_inserter.as_ref().map(|top| top.stack.clone()).unwrap_or_default()
        }
        stack => stack.clone().into(),
    };
    let origin = frames::origin(&stack)?.clone();
    let kind = crate::record::kinds::name(found.kind);
    let print = sites::fingerprint(&format!("{kind} {}", found.held_by), &stack, store.root());
    Some(Leak {
        label: Label::of_collection(class(&kind), &found.held_by),
        fingerprint: format!("{print:016x}"),
        per_iteration: found.total as f64 / iterations.max(1) as f64,
        total: found.total,
        growth: found.growth,
        origin: Some(origin),
        stack: frames::above_runner(&stack).into(),
        top_inserter,
        removed_entries: filled.removed_entries(),
        held_by: Some(found.held_by.clone()).filter(|name| !name.is_empty()),
        elements: found.elements.clone(),
        size: Some(found.size),
        made_elsewhere: found.made_elsewhere,
        kind,
        ..Leak::default()
    })
}

fn class(kind: &str) -> &str {
    match kind {
        "map" => "Map",
        "set" => "Set",
        "object" => "Object",
        _ => "Array",
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn grew(rounds: &[u64], seen: &[(u64, u64, u64)]) -> Vec<(Growth, u64)> {
        let places = vec![seen.iter().map(|&(live, old, all)| Seen(live, old, all)).collect()];
        grown(&Counted { rounds: rounds.to_vec(), places })
            .into_iter()
            .map(|grown| (grown.growth, grown.total))
            .collect()
    }

    #[test]
    fn an_array_that_grows_in_every_round_is_found() {
        assert_eq!(grew(&[0, 1, 2], &[(1, 5, 5), (1, 6, 6), (1, 9, 9)]), [(Growth::Entries, 4)]);
        assert_eq!(grew(&[0, 1, 2], &[(1, 5, 5), (1, 9, 9), (1, 9, 9)]), []);
        assert_eq!(grew(&[0, 1, 2], &[(1, 5, 5), (1, 9, 9), (1, 2, 2)]), []);
    }

    #[test]
    fn censuses_far_apart_want_one_a_round() {
        assert_eq!(grew(&[0, 3, 5], &[(1, 0, 0), (1, 3, 3), (1, 5, 5)]), [(Growth::Entries, 5)]);
        assert_eq!(grew(&[0, 3, 5], &[(1, 0, 0), (1, 2, 2), (1, 5, 5)]), []);
    }

    #[test]
    fn new_arrays_and_more_entries_of_an_old_one_are_two() {
        let seen = [(1, 5, 5), (2, 6, 7), (3, 7, 9)];
        assert_eq!(grew(&[0, 1, 2], &seen), [(Growth::Instances, 2), (Growth::Entries, 2)]);
    }

    #[test]
    fn empty_arrays_pile_up_with_whoever_holds_them() {
        assert_eq!(grew(&[0, 1, 2], &[(1, 5, 5), (2, 5, 5), (3, 5, 5)]), []);
    }

    #[test]
    fn a_list_that_is_copied_for_each_entry_grows() {
        assert_eq!(grew(&[0, 1, 2], &[(1, 5, 5), (1, 0, 6), (1, 0, 7)]), [(Growth::Entries, 2)]);
    }

    #[test]
    fn fewer_and_larger_ones_or_a_single_census_find_nothing() {
        assert_eq!(grew(&[0], &[(1, 5, 5)]), []);
        assert_eq!(grew(&[], &[]), []);
        assert_eq!(grew(&[0, 1], &[(9, 50, 50), (8, 40, 45)]), []);
    }

    #[test]
    fn what_nobody_is_known_of_is_nobodys_leak() {
        let store = Store::new("/app".to_owned());
        let frame = |file: &str| Frame { function: None, file: file.to_owned(), line: 3, column: 1 };
        let mut found = Found { kind: 6, held_by: "Store.list".to_owned(), total: 50, ..Found::default() };
        assert_eq!(leak(&store, 1, 10, &found), None);
        found.stack = vec![frame("node:internal/x")];
        assert_eq!(leak(&store, 1, 10, &found), None);
        found.stack = vec![frame("/app/store.js")];
        let swinging = Found { growth: Growth::Entries, filled: vec![(0, 9)], left: 5, ..found.clone() };
        assert_eq!(leak(&store, 1, 10, &swinging), None);
        let leak = leak(&store, 1, 10, &found).unwrap();
        assert_eq!((&*leak.label, leak.per_iteration), ("Array Store.list", 5.0));
    }

    #[test]
    fn variables_of_one_line_are_one_leak() {
        let store = Store::new("/app".to_owned());
        let at = |line| Frame { function: None, file: "/app/store.js".to_owned(), line, column: 1 };
        let found = |line, class: &str| Found {
            kind: 6,
            held_by: "received".to_owned(),
            total: 10,
            elements: Some(class.to_owned()),
            size: Size { total: 10, max: 10 },
            stack: vec![at(line)],
            ..Found::default()
        };
        let leaks = leaks(&store, 1, 10, 5, &[found(3, "A"), found(4, "A"), found(3, "B")]);
        let reported: Vec<_> = leaks.iter().map(|leak| (leak.total, leak.per_iteration, leak.size)).collect();
        let one = |total, size| (total, total as f64 / 10.0, Some(Size { total: size, max: 10 }));
        assert_eq!(reported, [one(20, 20), one(10, 10)]);
        assert_eq!((&leaks[0].elements, leaks[1].elements.as_deref()), (&None, Some("A")));
    }
}
