//! What the sites of a store are in a flight file.

use std::collections::HashMap;

use super::sites::*;
use crate::flight::format::COLUMNS;
use crate::flight::{Record, Records};
use crate::record::layout::{Event, Handle, LISTENER, Register};
use crate::store::Store;
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

/// A state, with its records as sites and how many live.
fn state(numbered: &mut Numbered, store: &Store) -> (Sites, Vec<(u32, u64)>) {
    let mut records = Records::default();
    // What is in it is of a state before.
    records.push(&Record::default());
    let sites = numbered.state(store, 5, &mut records);
    (sites, records.iter().map(|record| (record.site, record.live)).collect())
}

#[test]
fn a_site_is_defined_once_and_again_when_its_label_grows() {
    let (mut store, mut numbered) = (store(3), Numbered::default());
    let labels = |numbered: &mut Numbered, store: &Store| {
        let (Sites { definitions, is_more, count }, records) = state(numbered, store);
        assert_eq!((is_more, count, records), (false, 3, vec![(1, 1), (2, 2), (3, 3)]));
        definitions.into_iter().map(|new| (new.number, new.label)).collect::<Vec<_>>()
    };
    let all = [(1, "Bus1".to_owned()), (2, "Bus2".to_owned()), (3, "Bus3".to_owned())];
    assert_eq!(labels(&mut numbered, &store), all);
    assert_eq!(labels(&mut numbered, &store), all, "the disk stood still");
    numbered.sent();
    assert_eq!(labels(&mut numbered, &store), []);
    store.add_detail(1, 2, "'a'".to_owned());
    assert_eq!(labels(&mut numbered, &store), [(2, "Bus2 'a'".to_owned())]);
    numbered.sent();
    assert_eq!(labels(&mut numbered, &store), []);
}

#[test]
fn the_most_suspicious_are_ranked_first() {
    let (store, mut numbered) = (store(80), Numbered::default());
    numbered.judge(&store, 0);
    assert_eq!(numbered.ranked().len(), COLUMNS);
    let live: HashMap<u32, u64> = state(&mut numbered, &store).1.into_iter().collect();
    let ranked: Vec<u64> = numbered.ranked().iter().map(|number| live[number]).collect();
    let most: Vec<u64> = (17..=80).rev().collect();
    assert_eq!(ranked, most, "nothing is a leak: then by how many live");
}

#[test]
fn an_isolate_that_ended_is_forgotten() {
    let (mut store, mut numbered) = (store(2), Numbered::default());
    state(&mut numbered, &store);
    numbered.sent();
    store.detach(1);
    numbered.forget(1);
    store.attach(2, 0);
    let (Sites { definitions, count, .. }, records) = state(&mut numbered, &store);
    assert!(definitions.is_empty() && count == 0 && records.is_empty());
}

#[test]
fn many_sites_are_defined_in_several_states_the_suspicious_ones_first() {
    let (store, mut numbered) = (store(MAX_NEW as u32 + 88), Numbered::default());
    numbered.judge(&store, 0);
    let ranked = numbered.ranked().to_vec();
    let (first, records) = state(&mut numbered, &store);
    assert_eq!((first.definitions.len(), first.is_more), (MAX_NEW, true));
    assert!(ranked.iter().all(|number| first.definitions.iter().any(|new| new.number == *number)));
    assert_eq!(records.len(), MAX_NEW, "the file knows no others");
    // The disk stands still: the same again.
    assert_eq!(state(&mut numbered, &store).0.definitions.len(), MAX_NEW);
    numbered.sent();
    let (rest, records) = state(&mut numbered, &store);
    assert_eq!((rest.definitions.len(), rest.is_more, rest.count), (88, false, MAX_NEW + 88));
    assert_eq!(records.len(), MAX_NEW + 88);
    numbered.sent();
    assert!(state(&mut numbered, &store).0.definitions.is_empty());
}
