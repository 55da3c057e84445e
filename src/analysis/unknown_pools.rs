//! Checkouts of a pool that leakline does not know: a collection of a package that gains an entry in each call.
//!
//! A pool makes its collections once, and fills them when a promise is settled: no line of the application that asks is on
//! either stack. But to make what it hands out it calls the application's factory, within the call that asks. Where something
//! grows as fast that such a factory made, that call is on its stack, below the package: it is the line that never returns
//! what it took.

use crate::values::frames::{self, Frame, Owner};
use crate::values::snapshot::{Growth, Leak, Role};
use crate::values::stack::Stack;

/// The class of what a pool wraps its resources in.
const WRAPPER: &str = "Object";

/// Gives collections of packages that only the package itself fills the call of the application that grows as fast, and makes
/// consequences of the handles and timers which they hold.
pub fn name_calls(leaks: &mut [Leak]) {
    for at in 0..leaks.len() {
        let Some(package) = fills_itself(&leaks[at]).map(str::to_owned) else { continue };
        let total = leaks[at].total;
        let found = leaks.iter().filter(|other| other.total == total).find_map(|made| asked(made, &package));
        let Some(stack) = found else { continue };
        // A pool that leakline knows has said so itself.
        let is_known = |other: &Leak| other.kind == "pool" && other.origin.as_ref() == frames::origin(&stack);
        if leaks.iter().any(is_known) {
            continue;
        }
        let elements = leaks[at].elements.clone();
        let pool = &mut leaks[at];
        pool.origin = frames::origin(&stack).cloned();
        pool.shipped_at = None;
        pool.stack = stack;
        for other in leaks.iter_mut().filter(|other| other.total == total) {
            let is_held = matches!(&*other.kind, "handle" | "timeout" | "interval")
                && elements.as_deref().is_some_and(|elements| {
                    elements == WRAPPER || other.label.class_of(&other.kind) == elements
                });
            if is_held && asked(other, &package).is_some() {
                other.role = Role::Consequence;
            }
        }
    }
}

/// The package that a collection which stays is of, where no line of the application is seen to fill it.
fn fills_itself(leak: &Leak) -> Option<&str> {
    let is_collection = matches!(&*leak.kind, "map" | "set" | "array");
    if !is_collection || leak.growth != Growth::Entries || leak.role != Role::Cause {
        return None;
    }
    let is_applications = |frame: &Frame| frames::owner(&frame.file) == Owner::Application;
    if leak.top_inserter.as_ref().is_some_and(|top| top.stack.iter().any(is_applications)) {
        return None;
    }
    package_of(frames::registering(&leak.stack)?)
}

fn package_of(frame: &Frame) -> Option<&str> {
    match frames::owner(&frame.file) {
        Owner::Package(name) => Some(name),
        Owner::Application | Owner::Runtime => None,
    }
}

/// The call into the package in which it calls what the application gave it, where such a function made this: the stack from what
/// the application called on.
fn asked(made: &Leak, package: &str) -> Option<Stack> {
    let is_applications = |frame: &Frame| frames::owner(&frame.file) == Owner::Application;
    let factory = made.stack.iter().position(is_applications)?;
    let below = &made.stack[factory..];
    let at = below.iter().position(|frame| package_of(frame) == Some(package))?;
    // The application's own calls between the two are the factory's.
    let is_called_by_it =
        below[..at].iter().all(|frame| !matches!(frames::owner(&frame.file), Owner::Package(_)));
    let asks = at + below[at..].iter().position(is_applications)?;
    is_called_by_it.then(|| below[asks - 1..].to_vec().into())
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::values::snapshot::TopInserter;

    const POOL: &str = "/app/node_modules/a-pool/index.js";

    fn frames(of: &[(&str, u32)]) -> Stack {
        let frame =
            |&(file, line): &(&str, u32)| Frame { function: None, file: file.to_owned(), line, column: 1 };
        of.iter().map(frame).collect::<Vec<_>>().into()
    }

    fn leak(kind: &str, label: &str, growth: Growth, stack: &[(&str, u32)]) -> Leak {
        let stack = frames(stack);
        let origin = frames::origin(&stack).cloned();
        Leak {
            kind: kind.to_owned(),
            label: label.into(),
            growth,
            total: 50,
            origin,
            stack,
            ..Leak::default()
        }
    }

    fn taken(elements: &str) -> Leak {
        let made = leak("array", "Array Pool.used", Growth::Entries, &[(POOL, 3), ("/app/db.js", 1)]);
        let top = TopInserter { stack: frames(&[(POOL, 40), ("node:internal/promises", 1)]), share: None };
        Leak { elements: Some(elements.to_owned()), top_inserter: Some(top), ..made }
    }

    fn socket(stack: &[(&str, u32)]) -> Leak {
        leak("handle", "Socket", Growth::Instances, stack)
    }

    const ASKS: [(&str, u32); 5] =
        [("node:net", 9), ("/app/db.js", 5), (POOL, 20), (POOL, 10), ("/app/handler.js", 7)];

    fn lines(mut leaks: Vec<Leak>) -> Vec<(u32, Role)> {
        name_calls(&mut leaks);
        leaks.iter().map(|leak| (leak.origin.as_ref().map_or(0, |frame| frame.line), leak.role)).collect()
    }

    #[test]
    fn the_call_that_asks_is_named() {
        use Role::{Cause, Consequence};
        assert_eq!(lines(vec![taken("Socket"), socket(&ASKS)]), [(7, Cause), (5, Consequence)]);
        assert_eq!(lines(vec![taken("Object"), socket(&ASKS)]), [(7, Cause), (5, Consequence)], "wrapped");
        assert_eq!(
            lines(vec![taken("Client"), socket(&ASKS)]),
            [(7, Cause), (5, Cause)],
            "it may hold others"
        );
    }

    #[test]
    fn a_pool_that_is_known_says_so_itself() {
        use Role::Cause;
        let known = leak("pool", "a-pool", Growth::Instances, &[("/app/handler.js", 7)]);
        let found = lines(vec![taken("Socket"), socket(&ASKS), known]);
        assert_eq!(found, [(1, Cause), (5, Cause), (7, Cause)]);
    }

    #[test]
    fn nothing_is_guessed() {
        use Role::Cause;
        let direct = [("node:net", 9), ("/app/handler.js", 7)];
        assert_eq!(lines(vec![taken("Socket"), socket(&direct)]), [(1, Cause), (7, Cause)], "not the pool's");
        let later = [("node:net", 9), ("/app/db.js", 5), (POOL, 20), ("node:timers", 1)];
        assert_eq!(lines(vec![taken("Socket"), socket(&later)]), [(1, Cause), (5, Cause)], "nobody asks");
        let through =
            [("/app/db.js", 5), ("/app/node_modules/b/index.js", 2), (POOL, 20), ("/app/handler.js", 7)];
        assert_eq!(
            lines(vec![taken("Socket"), socket(&through)]),
            [(1, Cause), (5, Cause)],
            "another package's"
        );
        let fast = Leak { total: 90, ..socket(&ASKS) };
        assert_eq!(lines(vec![taken("Socket"), fast]), [(1, Cause), (5, Cause)], "faster");
        let filled = TopInserter { stack: frames(&[(POOL, 40), ("/app/handler.js", 6)]), share: None };
        let seen = Leak { top_inserter: Some(filled), ..taken("Socket") };
        assert_eq!(lines(vec![seen, socket(&ASKS)])[0], (1, Cause), "who fills it is seen");
    }
}
