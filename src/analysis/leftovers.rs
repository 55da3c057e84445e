//! What was registered in a window, such as the time of one test, and is still live.

use std::collections::BTreeMap;

use crate::analysis::view;
use crate::store::{IsolateKey, Store};
use crate::values::frames::Frame;
use crate::values::frames::{self, Owner};
use crate::values::leftover::Leftover;
use crate::values::snapshot::{Growth, Leak};

/// What the windows of one isolate left behind, by window; causes of which more hangs first, of those the most. Registrations without a
/// stack, those of test runners and those that the user ignores are not among them.
pub fn leftovers(store: &Store, key: IsolateKey) -> Vec<Leftover> {
    let mut places: BTreeMap<Place, (u64, Leftover)> = BTreeMap::new();
    for ((window, site), count) in store.left_over(key) {
        let Some(view) = store.site(key, site).filter(|view| !view.aggregate.site.ignored) else { continue };
        // What a leak shows has no frames of the runner below the tests: a stack of those alone is empty.
        if frames::caller(&view.aggregate.site.stack).is_some_and(frames::is_runner) {
            continue;
        }
        let leak = Leak {
            label: view.aggregate.site.common_label(),
            ..view::leak(&view, &view.aggregate.inserters)
        };
        let place = Place {
            window,
            kind: leak.kind.clone(),
            origin: leak.origin.as_ref().map(at),
            registering: frames::registering(&leak.stack).map(at),
            class: view.aggregate.site.class().to_owned(),
        };
        let leftover = Leftover { count, ..of(window, leak) };
        match places.get_mut(&place) {
            None => drop(places.insert(place, (count, leftover))),
            Some((most, known)) => {
                let total = known.count + count;
                if count > *most {
                    (*most, *known) = (count, leftover);
                }
                known.count = total;
            }
        }
    }
    let mut found: Vec<Leftover> = places.into_values().map(|(_, leftover)| leftover).collect();
    found.sort_by_key(|leftover| {
        let rank = Growth::Instances.rank(&leftover.kind);
        (leftover.window, rank, std::cmp::Reverse(leftover.count))
    });
    found
}

/// What makes registrations of a window one leftover, as in a check.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    window: u32,
    kind: String,
    origin: Option<At>,
    registering: Option<At>,
    class: String,
}

type At = (String, u32, u32);

fn at(frame: &Frame) -> At {
    (frame.file.clone(), frame.line, frame.column)
}

fn of(window: u32, leak: Leak) -> Leftover {
    let Leak { kind, label, fingerprint, origin, stack, .. } = leak;
    let direct = is_direct(&stack);
    Leftover { window, kind, label, fingerprint, count: 0, origin, stack, direct }
}

/// Whether the innermost call is the application's.
fn is_direct(stack: &[Frame]) -> bool {
    frames::caller(stack) == Some(Owner::Application)
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::record::layout::{Event, Handle, Register};
    use crate::store::sites::Definition;

    const LISTENER: u8 = 0;

    fn frame(file: &str, line: u32) -> Frame {
        Frame { function: None, file: file.to_owned(), line, column: 1 }
    }

    /// A store with the stacks 1 and 2 to one line of the application, 3 into a package, 4 into a test
    /// runner, 5 of a test runner alone, 6 and 8 to 10 through what passes on, 7 and 11 by Node itself.
    fn store() -> Store {
        let mut store = Store::new(String::new());
        store.attach(1, 0);
        let function = Some("Readable.on".to_owned());
        let passing = Frame { function, ..frame("node:internal/streams/readable", 8) };
        let reported = |name: &str, file: &str| Frame { function: Some(name.to_owned()), ..frame(file, 1) };
        let piping = Frame { function: Some("Readable.pipe".to_owned()), ..passing.clone() };
        let stacks = [
            vec![frame("node:events", 5), frame("/app/bus.js", 12), frame("/app/a.test.js", 1)],
            vec![frame("node:events", 5), frame("/app/bus.js", 12), frame("/app/a.test.js", 2)],
            vec![frame("/app/node_modules/x/i.js", 3), frame("/app/a.test.js", 3)],
            vec![frame("/app/node_modules/jest-circus/run.js", 9), frame("/app/a.test.js", 4)],
            vec![frame("/app/node_modules/mocha/lib/runner.js", 7), frame("node:internal/timers", 1)],
            vec![passing, frame("/app/node_modules/jsdom/i.js", 1), frame("/app/socket.js", 6)],
            vec![piping, frame("/app/socket.js", 7)],
            vec![
                frame("node:events", 1),
                Frame { function: Some("new Promise".to_owned()), ..frame("<anonymous>", 0) },
                frame("node:events", 2),
                frame("/app/socket.js", 8),
            ],
            vec![
                reported("[kNewListener]", "node:internal/abort_controller"),
                reported("addEventListener", "node:internal/event_target"),
                reported("addAbortListener", "node:internal/events/abort_listener"),
                frame("/app/job.js", 9),
            ],
            vec![
                frame("node:internal/worker/io", 1),
                reported("on", "node:internal/event_target"),
                frame("/app/port.js", 10),
            ],
            vec![
                reported("on", "node:internal/event_target"),
                reported("setupPortReferencing", "node:internal/worker/io"),
                frame("/app/port.js", 11),
            ],
        ];
        for stack in stacks {
            let subject = "Bus".to_owned();
            store.define(1, Definition { kind: LISTENER, subject, stack, ..Definition::default() });
        }
        store
    }

    fn register(store: &mut Store, slot: u32, site: u32, dies_with_owner: bool) -> Handle {
        let handle = Handle::new(slot, 0);
        let register = Register { dies_with_owner, ..Register::new(handle, LISTENER, site) };
        store.apply(1, Event::Register(register), 0);
        handle
    }

    fn reported(store: &Store) -> Vec<(u32, u64, bool, u32)> {
        let line = |leftover: &Leftover| leftover.origin.as_ref().map_or(0, |frame| frame.line);
        leftovers(store, 1).iter().map(|l| (l.window, l.count, l.direct, line(l))).collect()
    }

    #[test]
    fn only_what_a_window_registered_and_left_is_reported() {
        let mut store = store();
        register(&mut store, 1, 1, false);
        store.apply(1, Event::Window(7), 0);
        let released = register(&mut store, 2, 1, false);
        register(&mut store, 3, 1, false);
        register(&mut store, 4, 1, true);
        let disowned = register(&mut store, 5, 1, false);
        store.apply(1, Event::Window(0), 0);
        register(&mut store, 6, 1, false);
        store.apply(1, Event::Release(released), 0);
        store.apply(1, Event::Disown(disowned), 0);
        assert_eq!(reported(&store), [(7, 1, true, 12)]);
    }

    #[test]
    fn stacks_with_one_origin_are_one_and_a_package_is_not_the_application() {
        let mut store = store();
        for (slot, window, site) in
            [(1, 1, 1), (2, 1, 2), (3, 1, 2), (4, 1, 3), (5, 2, 1), (6, 2, 4), (7, 2, 5)]
        {
            store.apply(1, Event::Window(window), 0);
            register(&mut store, slot, site, false);
        }
        assert_eq!(reported(&store), [(1, 3, true, 12), (1, 1, false, 3), (2, 1, true, 12)]);
        assert_eq!(leftovers(&store, 1)[0].stack[2].line, 2, "the stack that most came by");
    }

    #[test]
    fn what_passes_a_call_on_does_not_make_it() {
        let mut store = store();
        store.apply(1, Event::Window(1), 0);
        for site in 6..=11 {
            register(&mut store, site, site, false);
        }
        let direct = [(6, true), (7, false), (8, true), (9, true), (10, true), (11, false)];
        let mut reported = reported(&store);
        reported.sort_by_key(|&(.., line)| line);
        assert_eq!(reported, direct.map(|(line, is_direct)| (1, 1, is_direct, line)));
    }

    #[test]
    fn a_label_has_nothing_of_other_windows() {
        let mut store = store();
        store.add_detail(1, 1, "'a'".to_owned());
        store.apply(1, Event::Window(1), 0);
        register(&mut store, 1, 1, false);
        assert_eq!(leftovers(&store, 1)[0].label, "Bus 'a'");
        store.add_detail(1, 1, "'b'".to_owned());
        assert_eq!(leftovers(&store, 1)[0].label, "Bus");
    }

    #[test]
    fn another_isolate_has_windows_of_its_own() {
        let mut store = store();
        store.attach(2, 1);
        store.apply(2, Event::Window(3), 0);
        register(&mut store, 1, 1, false);
        assert_eq!(reported(&store), []);
    }
}
