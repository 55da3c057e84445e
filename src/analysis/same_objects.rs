//! A container of what leaks by itself: an object of Gzips that are never closed, a list of intervals that run on.
//!
//! Both grow as fast, and both are true; but it is one leak, and the call that is missing belongs to the objects. So they are the
//! cause, and the container is what holds them. So it is with a pool of whose connections more and more are checked out: it
//! opens a socket for each, and lists them.

use crate::values::frames::{self, Frame, Owner};
use crate::values::snapshot::{Growth, Leak, Role};

/// How far the growth of a container and of its objects may be apart, as a part of the latter.
const NEARLY: f64 = 0.1;

/// Makes containers of what is a cause itself consequences, and says of that cause what holds it; and what a pool's driver opens
/// and lists for what is checked out.
pub fn fold(leaks: &mut [Leak]) {
    fold_drivers(leaks);
    for at in 0..leaks.len() {
        let container = &leaks[at];
        if !is_container(container) {
            continue;
        }
        let inside: Vec<usize> = (0..leaks.len()).filter(|&n| may_hold(container, &leaks[n])).collect();
        let all: u64 = inside.iter().map(|&n| leaks[n].total).sum();
        let fits = |total: u64| nearly(total, container.total);
        let held: Vec<usize> = match fits(all) {
            true => inside,
            false => inside.into_iter().filter(|&n| fits(leaks[n].total)).take(1).collect(),
        };
        if held.is_empty() {
            continue;
        }
        let name = container.as_holder();
        leaks[at].role = Role::Consequence;
        for n in held {
            leaks[n].held_by.get_or_insert_with(|| name.clone());
        }
    }
}

fn fold_drivers(leaks: &mut [Leak]) {
    let pools: Vec<(String, u64)> = leaks
        .iter()
        .filter(|leak| leak.kind == "pool" && leak.role == Role::Cause)
        .filter_map(|leak| Some((leak.label.split(' ').next()?.to_lowercase(), leak.total)))
        .collect();
    for leak in leaks.iter_mut().filter(|leak| leak.kind == "handle" || is_container(leak)) {
        let is_of =
            |(driver, total): &(String, u64)| is_opened_by(leak, driver) && nearly(*total, leak.total);
        if pools.iter().any(is_of) {
            leak.role = Role::Consequence;
        }
    }
}

/// Whether it is a driver's own, with no line of the application on its stack: of the package of that name, or of one that begins
/// with it, as `pg-pool`.
fn is_opened_by(leak: &Leak, driver: &str) -> bool {
    let Some(frame) = &leak.origin else { return false };
    matches!(frames::owner(&frame.file), Owner::Package(name)
        if name.strip_prefix(driver).is_some_and(|rest| rest.is_empty() || rest.starts_with('-')))
}

/// Whether a total is another, about.
fn nearly(of: u64, total: u64) -> bool {
    (of as f64 - total as f64).abs() <= of as f64 * NEARLY
}

fn is_container(leak: &Leak) -> bool {
    leak.role == Role::Cause
        && leak.growth == Growth::Entries
        && matches!(&*leak.kind, "map" | "set" | "array" | "object")
}

/// Whether the entries that a container gains are of the class of these objects, or are put in by the line that makes them; and
/// the objects are not farther from the application.
fn may_hold(container: &Leak, objects: &Leak) -> bool {
    let Some(class) = class_of(objects) else { return false };
    let is_theirs = match &container.elements {
        Some(elements) => elements == class,
        None => {
            let line = |frame: &Frame| (frame.file.clone(), frame.line);
            let filled_by = container.top_inserter.as_ref().and_then(|top| frames::registering(&top.stack));
            filled_by.is_some() && filled_by.map(line) == frames::registering(&objects.stack).map(line)
        }
    };
    is_theirs && objects.role == Role::Cause && objects.place() <= container.place()
}

/// The class of what lives until it is ended.
fn class_of(leak: &Leak) -> Option<&str> {
    match &*leak.kind {
        "handle" => Some(&leak.label),
        "timeout" | "interval" => Some("Timeout"),
        "immediate" => Some("Immediate"),
        _ => None,
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::values::snapshot::TopInserter;

    fn at(line: u32) -> Frame {
        Frame { function: None, file: "/app/a.js".to_owned(), line, column: 1 }
    }

    fn leak(kind: &str, label: &str, growth: Growth, total: u64, line: u32) -> Leak {
        Leak {
            kind: kind.to_owned(),
            label: label.into(),
            growth,
            total,
            origin: Some(at(line)),
            stack: vec![at(line)].into(),
            ..Leak::default()
        }
    }

    fn of(elements: &str, total: u64) -> Leak {
        let object = leak("object", "Object kept", Growth::Entries, total, 2);
        Leak { elements: Some(elements.to_owned()), ..object }
    }

    fn roles(mut leaks: Vec<Leak>) -> Vec<Role> {
        fold(&mut leaks);
        leaks.iter().map(|leak| leak.role).collect()
    }

    #[test]
    fn a_container_of_handles_or_timers_hangs_on_them() {
        use Role::{Cause, Consequence};
        let gzip = || leak("handle", "Gzip", Growth::Instances, 50, 7);
        assert_eq!(roles(vec![of("Gzip", 50), gzip()]), [Consequence, Cause]);
        assert_eq!(roles(vec![of("Client", 50), gzip()]), [Cause, Cause], "others");
        assert_eq!(roles(vec![of("Gzip", 90), gzip()]), [Cause, Cause], "more than these");
        let two = vec![of("Gzip", 100), gzip(), leak("handle", "Gzip", Growth::Instances, 50, 8)];
        assert_eq!(roles(two), [Consequence, Cause, Cause]);
        let interval = leak("interval", "setInterval 5 ms", Growth::Instances, 50, 9);
        assert_eq!(roles(vec![of("Timeout", 50), interval]), [Consequence, Cause]);
        let listener = leak("listener", "Gzip 'x'", Growth::Instances, 50, 9);
        assert_eq!(roles(vec![of("Gzip", 50), listener]), [Cause, Cause]);
    }

    #[test]
    fn the_cause_says_what_holds_it() {
        let mut leaks = [of("Gzip", 50), leak("handle", "Gzip", Growth::Instances, 50, 7)];
        fold(&mut leaks);
        assert_eq!(leaks[1].held_by.as_deref(), Some("Object kept at a.js:2"));
    }

    #[test]
    fn what_a_pools_driver_opens_hangs_on_what_is_checked_out() {
        let of = |kind: &str, file: &str, total: u64| {
            let frame = Frame { file: file.to_owned(), ..at(3) };
            let growth = if kind == "array" { Growth::Entries } else { Growth::Instances };
            Leak { origin: Some(frame), ..leak(kind, "Socket", growth, total, 3) }
        };
        let pool = || leak("pool", "pg Pool", Growth::Instances, 50, 4);
        let (client, list) = ("/app/node_modules/pg/lib/connection.js", "/app/node_modules/pg-pool/index.js");
        use Role::{Cause, Consequence};
        let all = vec![pool(), of("handle", client, 50), of("array", list, 50)];
        assert_eq!(roles(all), [Cause, Consequence, Consequence]);
        assert_eq!(
            roles(vec![pool(), of("handle", "/app/db.js", 50)]),
            [Cause, Cause],
            "the application's own"
        );
        assert_eq!(roles(vec![pool(), of("handle", client, 90)]), [Cause, Cause], "more than that");
        let other = "/app/node_modules/pgp/index.js";
        assert_eq!(roles(vec![pool(), of("handle", other, 50)]), [Cause, Cause]);
    }

    #[test]
    fn a_map_is_known_by_the_line_that_fills_it() {
        let map = |line: u32| {
            let stack: Vec<Frame> = vec![at(line)];
            let top = TopInserter { stack: stack.into(), share: None };
            Leak { top_inserter: Some(top), ..leak("map", "Map", Growth::Entries, 50, 2) }
        };
        let socket = || leak("handle", "Socket", Growth::Instances, 50, 7);
        assert_eq!(roles(vec![map(7), socket()]), [Role::Consequence, Role::Cause]);
        assert_eq!(roles(vec![map(8), socket()]), [Role::Cause, Role::Cause]);
    }
}
