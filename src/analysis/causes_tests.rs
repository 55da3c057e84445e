//! Roles and their order.

use super::*;
use crate::record::layout::{HANDLE, MAP, POOL, TIMEOUT};

fn frame(function: &str, file: &str, line: u32) -> Frame {
    Frame { function: Some(function.to_owned()), file: file.to_owned(), line, column: 1 }
}

fn leak(kind: &str, label: &str, role: Role, stack: Vec<Frame>) -> Leak {
    Leak {
        kind: kind.to_owned(),
        label: label.into(),
        fingerprint: label.to_owned(),
        role,
        origin: frames::origin(&stack).cloned(),
        stack: stack.into(),
        per_iteration: 1.0,
        total: 50,
        ..Leak::default()
    }
}

fn labels(leaks: &[Leak], role: Role) -> Vec<&str> {
    leaks.iter().filter(|leak| leak.role == role).map(|leak| &*leak.label).collect()
}

#[test]
fn what_ends_by_a_call_only_is_a_cause() {
    for kind in [POOL, HANDLE, TIMEOUT, 200] {
        assert_eq!(of_instances(kind, false), Role::Cause, "kind {kind}");
    }
    assert_eq!(of_instances(LISTENER, true), Role::Cause);
    assert_eq!(of_instances(LISTENER, false), Role::Consequence);
    assert_eq!(of_instances(MAP, true), Role::Consequence, "somebody holds them");
}

#[test]
fn entries_of_collections_that_the_warm_up_leaked_are_no_cause() {
    assert_eq!(of_entries(1, true, 20), Role::Cause);
    assert_eq!(of_entries(20, true, 20), Role::Consequence);
    assert_eq!(of_entries(20, false, 20), Role::Cause, "no new ones come");
    assert_eq!(of_entries(1, true, 1), Role::Cause, "one says nothing");
}

#[test]
fn a_site_of_a_service_is_what_most_of_it_is() {
    assert_eq!(of_site(LISTENER, Growth::Instances, 100, 100), Role::Consequence);
    assert_eq!(of_site(LISTENER, Growth::Instances, 100, 40), Role::Cause);
    assert_eq!(of_site(MAP, Growth::Entries, 1, 0), Role::Cause);
    assert_eq!(of_site(MAP, Growth::Instances, 100, 0), Role::Consequence);
}

#[test]
fn the_nearest_cause_comes_first() {
    let (app, package) = ("/app/stock.js", "/app/node_modules/ioredis/built/Redis.js");
    let through = || vec![frame("new Redis", package, 40), frame("connect", app, 6)];
    let mut leaks = vec![
        leak("set", "Set", Role::Consequence, vec![frame("connect", app, 7)]),
        leak("interval", "of a package", Role::Cause, vec![frame("new Redis", package, 41)]),
        leak("listener", "Redis 'end'", Role::Cause, through()),
        leak("pool", "checkout", Role::Cause, through()),
        Leak { growth: Growth::Entries, ..leak("map", "Map", Role::Cause, vec![frame("connect", app, 8)]) },
        leak("listener", "Bus 'x'", Role::Cause, vec![frame("watch", app, 9)]),
        Leak {
            per_iteration: 2.0,
            ..leak("listener", "Bus 'y'", Role::Cause, vec![frame("watch", app, 10)])
        },
    ];
    settle(&mut leaks, None);
    let expected = ["checkout", "Bus 'y'", "Bus 'x'", "Map", "Redis 'end'", "of a package"];
    assert_eq!(labels(&leaks, Role::Cause), expected);
    assert_eq!(labels(&leaks, Role::Consequence), ["Set"]);
}

#[test]
fn where_nothing_is_a_cause_one_stands_for_each_set_of_owners() {
    let at = |line| vec![frame("new Conn", "/app/conn.js", line)];
    let mut leaks = vec![
        leak("listener", "Conn 'data'", Role::Consequence, at(5)),
        leak("listener", "Conn 'end'", Role::Consequence, at(6)),
        leak("map", "Map", Role::Consequence, at(7)),
        leak("listener", "Timer 'tick'", Role::Consequence, vec![frame("serve", "/app/server.js", 3)]),
    ];
    settle(&mut leaks, None);
    assert_eq!(labels(&leaks, Role::Cause), ["Conn 'data'", "Timer 'tick'"]);
    let stands_for: Vec<_> = leaks.iter().map(|leak| leak.stands_for.as_deref()).collect();
    assert_eq!(stands_for, [Some("Conn"), Some("Timer"), None, None]);
}

#[test]
fn what_node_adds_by_itself_is_a_finding_only_where_nothing_else_is() {
    let by_node = || {
        let stack = vec![
            frame("new Transform", "node:internal/streams/transform", 1),
            frame("zip", "/app/zip.js", 5),
        ];
        leak("listener", "Gzip 'prefinish'", Role::Consequence, stack)
    };
    let mut alone = vec![by_node()];
    settle(&mut alone, None);
    assert_eq!(labels(&alone, Role::Cause), ["Gzip 'prefinish'"]);
    let mut leaks =
        vec![by_node(), leak("handle", "Gzip", Role::Cause, vec![frame("zip", "/app/zip.js", 5)])];
    settle(&mut leaks, None);
    assert_eq!(labels(&leaks, Role::Cause), ["Gzip"]);
    assert_eq!(leaks.len(), 1);
}

#[test]
fn a_suspect_does_not_hide_what_is_certain() {
    let site = |kind: &str, label: &str, verdict, role| {
        let stack = vec![frame("serve", "/app/server.js", 3)];
        Site {
            kind: kind.to_owned(),
            label: label.into(),
            verdict,
            role,
            origin: frames::origin(&stack).cloned(),
            stack: stack.into(),
            ..Site::default()
        }
    };
    let (leak, suspect) = (Verdict::Leak, Verdict::Suspect);
    let mut sites = vec![
        site("listener", "Conn 'data'", leak, Role::Consequence),
        site("interval", "setInterval", suspect, Role::Cause),
        site("listener", "Conn 'end'", suspect, Role::Consequence),
    ];
    put_in_order(&mut sites);
    settle_sites(&mut sites);
    let roles: Vec<_> = sites.iter().map(|site| (&*site.label, site.role)).collect();
    let expected =
        [("Conn 'data'", Role::Cause), ("setInterval", Role::Cause), ("Conn 'end'", Role::Consequence)];
    assert_eq!(roles, expected);
}

#[test]
fn what_node_puts_on_a_handle_is_a_part_of_it() {
    let (app, at) = ("/app/jobs.js", |line| frame("start", "/app/jobs.js", line));
    let node = |line| vec![frame("new Worker", "node:internal/worker", 1), at(line)];
    let mut leaks = vec![
        leak("listener", "Socket 'finish'", Role::Cause, node(5)),
        leak("handle", "Worker", Role::Cause, vec![at(5)]),
        leak("listener", "Bus 'job'", Role::Cause, vec![at(5)]),
        leak("listener", "Socket 'drain'", Role::Cause, node(6)),
    ];
    settle(&mut leaks, None);
    assert_eq!(labels(&leaks, Role::Cause), ["Bus 'job'", "Socket 'drain'", "Worker"], "{app}");
}

#[test]
fn what_an_iterator_of_events_listens_to_is_a_part_of_it() {
    let at = |line| frame("follow", "/app/jobs.js", line);
    let adds = |name| vec![frame("addEventListener", "node:events", 1), frame(name, "node:events", 2), at(5)];
    let mut leaks = vec![
        leak("listener", "Bus 'job'", Role::Cause, adds("on")),
        leak("listener", "Bus 'end'", Role::Cause, adds("once")),
        leak("handle", "events.on iterator", Role::Cause, vec![at(5)]),
    ];
    settle(&mut leaks, None);
    assert_eq!(labels(&leaks, Role::Cause), ["Bus 'end'", "events.on iterator"]);
}
