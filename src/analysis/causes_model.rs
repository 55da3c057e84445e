//! The rules held against random programs of which it is known who keeps whom.
//!
//! A program makes the same objects in each call. Some hang on what lasts (a timer, a handle, a listener on an old emitter, an
//! entry of an old Map, a variable that nobody watches), some on each other, the others die. Everything is recorded as the
//! hooks would record it, and looked at as a check does.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::settle;
use crate::analysis::rounds::Looks;
use crate::analysis::view;
use crate::record::layout::{Event, HANDLE, Handle, LISTENER, MAP, POOL, Register};
use crate::store::Store;
use crate::store::sites::Definition;
use crate::values::frames::Frame;
use crate::values::snapshot::{Leak, Role};

const INTERVAL: u8 = 2;
const ROUNDS: u64 = 4;
const CALLS: u64 = 3;
const ISOLATE: u32 = 1;

/// What holds an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holder {
    /// Nothing: it dies with its call.
    Nobody,
    /// What lasts, and is watched: registered once a call, of this kind.
    Lasting(u8),
    /// A Map that was there before gets an entry.
    OldMap,
    /// A variable.
    Unwatched,
    /// An object of the same call.
    Object(usize),
}

#[derive(Clone, Debug)]
struct Object {
    holders: Vec<Holder>,
    listeners: u32,
    maps: u32,
}

/// What is recorded of a program, in a store with a site for each line.
struct Run {
    store: Store,
    looks: Looks,
    sites: BTreeMap<String, u32>,
    next_slot: u32,
    now_ms: u64,
    /// Of each old Map.
    entries: BTreeMap<usize, (Handle, u32)>,
}

impl Run {
    fn new() -> Self {
        let mut store = Store::new(String::new());
        store.attach(ISOLATE, 0);
        let (looks, sites, entries) = Default::default();
        Self { store, looks, sites, next_slot: 1, now_ms: 0, entries }
    }

    fn site(&mut self, kind: u8, name: &str, class: &str) -> u32 {
        if let Some(site) = self.sites.get(name) {
            return *site;
        }
        let number = self.sites.len() as u32 + 1;
        let (function, file) = (Some(name.to_owned()), format!("/app/{name}.js"));
        let stack = vec![Frame { function, file, line: 1, column: 1 }];
        let definition = Definition { kind, subject: class.to_owned(), stack, ..Definition::default() };
        self.store.define(ISOLATE, definition);
        self.sites.insert(name.to_owned(), number);
        number
    }

    fn register(&mut self, kind: u8, name: &str, class: &str, dies_with_owner: bool) -> Handle {
        let site = self.site(kind, name, class);
        let handle = Handle::new(self.next_slot, 0);
        self.next_slot += 1;
        let register = Register { dies_with_owner, ..Register::new(handle, kind, site) };
        self.store.apply(ISOLATE, Event::Register(register), self.now_ms);
        handle
    }

    /// One call: what is registered, and the end of what nothing keeps.
    fn call(&mut self, program: &[Object], kept: &BTreeSet<usize>) {
        self.now_ms += 1;
        let mut dying = Vec::new();
        for (n, object) in program.iter().enumerate() {
            let class = format!("Class{n}");
            for (h, holder) in object.holders.iter().enumerate() {
                match holder {
                    Holder::Lasting(kind) => {
                        self.register(*kind, &format!("keeper{n}_{h}"), "Old", false);
                    }
                    Holder::OldMap => {
                        let at = n * 10 + h;
                        let (handle, size) = self.entries[&at];
                        self.entries.insert(at, (handle, size + 1));
                        self.store.apply(ISOLATE, Event::Resize(handle, size + 1), self.now_ms);
                    }
                    Holder::Nobody | Holder::Unwatched | Holder::Object(_) => {}
                }
            }
            let mut made: Vec<Handle> = (0..object.listeners)
                .map(|l| self.register(LISTENER, &format!("listener{n}_{l}"), &class, true))
                .collect();
            made.extend(
                (0..object.maps)
                    .map(|m| self.register(MAP, &format!("new {class}"), &format!("Map{m}"), false)),
            );
            if !kept.contains(&n) {
                dying.extend(made);
            }
        }
        for handle in dying {
            self.store.apply(ISOLATE, Event::Collect(handle), self.now_ms);
        }
    }

    /// What a check of a program finds, in no order yet.
    fn found(&mut self, program: &[Object]) -> Vec<Leak> {
        for (n, object) in program.iter().enumerate() {
            for (h, holder) in object.holders.iter().enumerate() {
                if *holder == Holder::OldMap {
                    let handle = self.register(MAP, &format!("keeper{n}_{h}"), "Map", false);
                    self.entries.insert(n * 10 + h, (handle, 0));
                }
            }
        }
        let kept = kept(program);
        self.call(program, &kept);
        self.looks.push(&self.store);
        for _ in 0..ROUNDS {
            (0..CALLS).for_each(|_| self.call(program, &kept));
            self.looks.push(&self.store);
        }
        self.looks.leaks(&self.store, ROUNDS * CALLS, 1, view::leak)
    }

    fn check(&mut self, program: &[Object]) -> Vec<Leak> {
        let mut leaks = self.found(program);
        settle(&mut leaks, None);
        leaks
    }
}

/// The objects that stay: those that something lasting reaches.
fn kept(program: &[Object]) -> BTreeSet<usize> {
    let mut kept = BTreeSet::new();
    loop {
        let before = kept.len();
        for (n, object) in program.iter().enumerate() {
            let is_held = |holder: &Holder| match holder {
                Holder::Nobody => false,
                Holder::Object(other) => kept.contains(other),
                Holder::Lasting(_) | Holder::OldMap | Holder::Unwatched => true,
            };
            if object.holders.iter().any(is_held) {
                kept.insert(n);
            }
        }
        if kept.len() == before {
            return kept;
        }
    }
}

fn object(count: usize) -> impl Strategy<Value = Object> {
    let holder = prop_oneof![
        3 => Just(Holder::Nobody),
        1 => prop::sample::select(vec![LISTENER, INTERVAL, HANDLE, POOL]).prop_map(Holder::Lasting),
        1 => Just(Holder::OldMap),
        1 => Just(Holder::Unwatched),
        6 => (0..count).prop_map(Holder::Object),
    ];
    (prop::collection::vec(holder, 0..3), 0..4u32, 0..2u32).prop_map(|(holders, listeners, maps)| Object {
        holders,
        listeners,
        maps,
    })
}

fn program() -> impl Strategy<Value = Vec<Object>> {
    (1..10usize).prop_flat_map(|count| prop::collection::vec(object(count), count))
}

fn name_of(leak: &Leak) -> &str {
    leak.origin.as_ref().and_then(|origin| origin.function.as_deref()).unwrap_or_default()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 4 } else { 1_000 }))]

    #[test]
    fn no_cause_is_lost_and_nothing_stands_above_it(program in program()) {
        let leaks = Run::new().check(&program);
        let of = |role: Role| -> BTreeSet<&str> {
            leaks.iter().filter(|leak| leak.role == role).map(name_of).collect()
        };
        let (causes, consequences) = (of(Role::Cause), of(Role::Consequence));
        let mut keepers = BTreeSet::new();
        let mut hanging = BTreeSet::new();
        for n in 0..program.len() {
            for (h, holder) in program[n].holders.iter().enumerate() {
                if matches!(holder, Holder::Lasting(_) | Holder::OldMap) {
                    keepers.insert(format!("keeper{n}_{h}"));
                }
            }
            if kept(&program).contains(&n) {
                hanging.extend((0..program[n].listeners).map(|l| format!("listener{n}_{l}")));
                hanging.extend((0..program[n].maps.min(1)).map(|_| format!("new Class{n}")));
            }
        }
        let all: BTreeSet<&str> = keepers.iter().chain(&hanging).map(|name| &**name).collect();
        prop_assert_eq!(leaks.iter().map(name_of).collect::<BTreeSet<_>>(), all, "all that grows is found, and nothing else");
        if keepers.is_empty() {
            // What keeps them is not watched: one stands for each object.
            let owners: BTreeSet<usize> = kept(&program)
                .into_iter()
                .filter(|n| program[*n].listeners + program[*n].maps > 0)
                .collect();
            prop_assert_eq!(causes.len(), owners.len());
        } else {
            prop_assert_eq!(causes, keepers.iter().map(|name| &**name).collect());
            prop_assert_eq!(consequences, hanging.iter().map(|name| &**name).collect());
        }
        let last_cause = leaks.iter().rposition(|leak| leak.role == Role::Cause);
        let first_consequence = leaks.iter().position(|leak| leak.role == Role::Consequence);
        prop_assert!(first_consequence.is_none_or(|at| last_cause.is_some_and(|last| last < at)));
    }
}

#[path = "causes_pairs_model.rs"]
mod pairs;
