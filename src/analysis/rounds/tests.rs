use super::*;
use crate::analysis::view;
use crate::record::layout::{Event, Handle, MAP, Register};
use crate::store::sites::Definition;
use crate::values::frames::Frame;

/// A store with two ways to one line, sites 1 and 2, and a round at a time.
struct Bench {
    store: Store,
    looks: Looks,
    next_slot: u32,
}

impl Bench {
    fn new() -> Self {
        let mut store = Store::new(String::new());
        store.attach(1, 0);
        for caller in 1..=2 {
            let frame = |file: &str, line| Frame { function: None, file: file.to_owned(), line, column: 1 };
            let stack = vec![frame("/app/cache.js", 12), frame("/app/main.js", caller)];
            store.define(
                1,
                Definition { kind: MAP, subject: "Map".to_owned(), stack, ..Definition::default() },
            );
        }
        Self { store, looks: Looks::default(), next_slot: 1 }
    }

    fn make(&mut self, site: u32) -> Handle {
        let handle = Handle::new(self.next_slot, 0);
        self.next_slot += 1;
        self.store.apply(1, Event::Register(Register::new(handle, MAP, site)), 0);
        handle
    }

    fn resize(&mut self, handle: Handle, size: u32) {
        self.store.apply(1, Event::Resize(handle, size), 0);
    }

    fn leaks(&self, iterations: u64) -> Vec<(Growth, f64)> {
        let leaks = self.looks.leaks(&self.store, iterations, 5, view::leak);
        let mut found: Vec<_> = leaks.into_iter().map(|leak| (leak.growth, leak.per_iteration)).collect();
        found.sort_by(|a, b| b.1.total_cmp(&a.1));
        found
    }
}

#[test]
fn what_grows_in_every_round_is_a_leak_whichever_way_it_is_reached() {
    let mut bench = Bench::new();
    bench.looks.push(&bench.store);
    for round in 0..4 {
        bench.make(1 + round % 2);
        bench.make(1 + round % 2);
        bench.looks.push(&bench.store);
    }
    assert_eq!(bench.leaks(8), [(Growth::Instances, 1.0)], "no way alone grew in every round");
}

#[test]
fn what_stops_growing_is_none() {
    let mut bench = Bench::new();
    bench.looks.push(&bench.store);
    for round in 0..4 {
        if round < 3 {
            bench.make(1);
        }
        bench.looks.push(&bench.store);
    }
    assert_eq!(bench.leaks(4), []);
}

#[test]
fn entries_of_an_old_instance_and_new_instances_are_two_leaks() {
    let mut bench = Bench::new();
    let old = bench.make(1);
    bench.looks.push(&bench.store);
    for round in 1..=3 {
        bench.resize(old, round * 50);
        let new = bench.make(2);
        bench.resize(new, 3);
        bench.looks.push(&bench.store);
    }
    assert_eq!(bench.leaks(30), [(Growth::Entries, 5.0), (Growth::Instances, 0.1)]);
}

#[test]
fn one_more_instance_does_not_hide_that_entries_grow() {
    let mut bench = Bench::new();
    let old = bench.make(1);
    bench.looks.push(&bench.store);
    for round in 1..=4 {
        bench.resize(old, round * 10);
        if round == 2 {
            bench.make(2);
        }
        bench.looks.push(&bench.store);
    }
    assert_eq!(bench.leaks(40), [(Growth::Entries, 1.0)]);
}

#[test]
fn what_grows_where_garbage_was_not_collected_is_none() {
    let mut bench = Bench::new();
    bench.looks.push(&bench.store);
    for round in 0..4 {
        bench.make(1);
        if round == 1 {
            bench.looks.leave_out(2);
        }
        bench.looks.push(&bench.store);
    }
    assert_eq!(bench.leaks(4).len(), 1, "another isolate was left out");
    bench.looks.leave_out(1);
    assert_eq!(bench.leaks(4), []);
    assert!(bench.looks.leaves_some_out());
}

#[test]
fn looking_again_forgives_what_was_late() {
    let mut bench = Bench::new();
    bench.looks.push(&bench.store);
    let late = [bench.make(1), bench.make(1)];
    bench.looks.push(&bench.store);
    bench.make(1);
    bench.looks.push(&bench.store);
    assert_eq!(bench.leaks(2).len(), 1);
    for handle in late {
        bench.store.apply(1, Event::Release(handle), 0);
    }
    bench.looks.again(&bench.store);
    assert_eq!(bench.leaks(2), []);
    assert_eq!(bench.looks.rounds(), 2);
}
