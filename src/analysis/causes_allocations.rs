//! What a function keeps of its allocations, beside what else is found: the memory of a leak of a listener is allocated where
//! the listener is made. Then the listener is the cause, and the memory hangs on it. So do the objects of a function on the
//! Buffers that it keeps: of those the line is known. What a framework allocates for each request stays with the request.

use crate::record::layout::{BUFFER, HEAP, KINDS, is_sampled};
use crate::values::allocations::EXCHANGES;
use crate::values::frames::{self, Frame, Owner, Place};
use crate::values::snapshot::{Role, Site, Verdict};

/// A function without a name is taken for the one of a line so many lines below its beginning at the most.
const MAX_LINES: u32 = 60;

/// How the label of a collection of requests or responses ends.
const EXCHANGE_CLASSES: [&str; 2] = [" IncomingMessage", " ServerResponse"];

/// Where a request begins.
const HTTP_SERVER: &str = "node:_http_server";

/// Functions whose allocations stay are consequences where a finding of another kind has to do with them: on its stack, or
/// who calls them.
pub(super) fn fold(sites: &mut [Site]) {
    fold_packages(sites);
    fold_into_exchanges(sites);
    fold_into_holders(sites);
    let kind = |wanted: u8| KINDS[usize::from(wanted)];
    fold_into(sites, |site| !is_sampled(&site.kind), |site| is_sampled(&site.kind));
    fold_into(sites, |site| site.kind == kind(BUFFER), |site| site.kind == kind(HEAP));
}

/// The second are consequences of the first.
fn fold_into(sites: &mut [Site], is_cause: impl Fn(&Site) -> bool, is_folded: impl Fn(&Site) -> bool) {
    let is_listed = |site: &&Site| {
        site.verdict <= Verdict::Suspect && frames::place_of(site.origin.as_ref()) != Place::Node
    };
    let others: Vec<(usize, Vec<Frame>)> = sites
        .iter()
        .enumerate()
        .filter(|(_, site)| is_cause(site) && is_listed(site) && site.allowed.is_none())
        .map(|(at, site)| (at, concerned(site)))
        .collect();
    if others.is_empty() {
        return;
    }
    let explained: Vec<usize> = sites
        .iter()
        .enumerate()
        .filter(|(_, site)| is_folded(site) && is_listed(site))
        .filter(|(_, sampled)| others.iter().any(|(at, concerned)| explains(&sites[*at], concerned, sampled)))
        .map(|(at, _)| at)
        .collect();
    for at in explained {
        sites[at].role = Role::Consequence;
    }
}

/// What a function makes hangs on the collection that is known to hold it, where that is found as well.
fn fold_into_holders(sites: &mut [Site]) {
    let is_found = |site: &Site| site.verdict <= Verdict::Suspect && site.allowed.is_none();
    let holders: Vec<String> = sites
        .iter()
        .filter(|site| !is_sampled(&site.kind) && is_found(site))
        .map(|site| site.label.to_string())
        .collect();
    for site in sites.iter_mut().filter(|site| is_sampled(&site.kind)) {
        let Some(held_by) = &site.held_by else { continue };
        let is_it = |label: &String| label == held_by || label.starts_with(&format!("{held_by} of "));
        if holders.iter().any(is_it) {
            site.role = Role::Consequence;
        }
    }
}

/// Where requests and responses pile up, what packages allocate for one in its handler is of the request: who keeps that is
/// somebody else. What the handler allocates itself is not.
fn fold_into_exchanges(sites: &mut [Site]) {
    if !sites.iter().any(|site| is_of_exchanges(site) && site.verdict <= Verdict::Suspect) {
        return;
    }
    let is_made_by_package = |site: &Site| {
        let own = site.stack.iter().find(|frame| frames::owner(&frame.file) != Owner::Runtime);
        own.is_some_and(|frame| matches!(frames::owner(&frame.file), Owner::Package(_)))
    };
    let is_in_request = |site: &Site| site.stack.iter().any(|frame| frame.file == HTTP_SERVER);
    for site in sites.iter_mut() {
        if site.kind == KINDS[usize::from(HEAP)] && is_in_request(site) && is_made_by_package(site) {
            site.role = Role::Consequence;
        }
    }
    let is_keeper = |site: &Site| {
        let is_found = site.verdict <= Verdict::Suspect && site.allowed.is_none() && site.role == Role::Cause;
        let is_of_request = is_in_request(site) || is_filled_in_request(site) || holds_exchanges(site);
        is_found && is_of_request && frames::place_of(site.origin.as_ref()) == Place::Application
    };
    // Something of the application's that a request leaves: who keeps that mostly keeps the request.
    if sites.iter().any(is_keeper) {
        for site in sites.iter_mut().filter(|site| is_of_exchanges(site)) {
            site.role = Role::Consequence;
        }
    }
}

/// Whether a request puts most entries in.
fn is_filled_in_request(site: &Site) -> bool {
    let stack = site.top_inserter.iter().flat_map(|top| top.stack.iter());
    stack.into_iter().any(|frame| frame.file == HTTP_SERVER)
}

/// Whether it is a collection of requests or responses.
fn holds_exchanges(site: &Site) -> bool {
    EXCHANGE_CLASSES.iter().any(|class| site.label.ends_with(class))
}

fn is_of_exchanges(site: &Site) -> bool {
    is_sampled(&site.kind) && site.label == EXCHANGES
}

/// A package's function that nobody of the application called (a framework's, which Node calls for each request) allocates what
/// something else keeps, where anything else stays as well: the application's allocations, or what Node registers on the
/// objects that are kept.
fn fold_packages(sites: &mut [Site]) {
    let place = |site: &Site| frames::place_of(site.origin.as_ref());
    let is_found = |site: &Site| {
        let is_of_no_line = is_sampled(&site.kind) && place(site) == Place::Node && !is_of_exchanges(site);
        site.verdict <= Verdict::Suspect && site.allowed.is_none() && !is_of_no_line
    };
    let is_alone = |site: &Site| is_sampled(&site.kind) && place(site) == Place::Package && !is_called(site);
    if sites.iter().any(|site| is_found(site) && !is_alone(site)) {
        for site in sites.iter_mut().filter(|site| is_alone(site)) {
            site.role = Role::Consequence;
        }
    }
}

/// Whether a function of the application is on the stack.
fn is_called(site: &Site) -> bool {
    site.stack.iter().any(|frame| frames::owner(&frame.file) == Owner::Application)
}

/// The frames of the application by which a finding came: of what is registered, and of who fills it.
fn concerned(site: &Site) -> Vec<Frame> {
    let inserters = site.top_inserter.iter().flat_map(|top| top.stack.iter());
    let is_application = |frame: &&Frame| frames::owner(&frame.file) == Owner::Application;
    site.stack.iter().chain(inserters).filter(is_application).cloned().collect()
}

fn explains(site: &Site, concerned: &[Frame], sampled: &Site) -> bool {
    let Some(function) = &sampled.origin else { return false };
    let is_by_line = sampled.kind == KINDS[usize::from(BUFFER)];
    // The frames of Buffers are lines, and do not say where their functions begin.
    let is_in = |line: &Frame, of: &Frame| is_in(line, of) || (is_by_line && is_in(of, line));
    if concerned.iter().any(|line| is_in(line, function)) {
        return true;
    }
    let inserter = site.top_inserter.as_ref().and_then(|top| frames::origin(&top.stack));
    let lines = || site.origin.iter().chain(inserter);
    sampled.stack.iter().any(|caller| lines().any(|line| is_in(line, caller)))
}

/// Whether a line is in a function, whose frame says where it begins.
fn is_in(line: &Frame, function: &Frame) -> bool {
    if line.file != function.file || line.line < function.line {
        return false;
    }
    match (name(line), name(function)) {
        (Some(one), Some(other)) => one == other,
        (None, None) => line.line - function.line <= MAX_LINES,
        _ => false,
    }
}

/// A function's own name: stacks say `new Pool` and `Pool.get [as take]`, V8's profiles `Pool` and `get`.
fn name(frame: &Frame) -> Option<&str> {
    let name = frame.function.as_deref()?;
    let name = name.split(" [as ").next()?;
    let name = name.rsplit(' ').next()?;
    name.rsplit('.').next().filter(|name| !name.is_empty() && *name != "<anonymous>")
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::values::snapshot::TopInserter;

    fn frame(function: Option<&str>, line: u32) -> Frame {
        Frame { function: function.map(str::to_owned), file: "/srv/app.js".to_owned(), line, column: 1 }
    }

    fn site(kind: &str, frames: &[Frame]) -> Site {
        Site {
            kind: kind.to_owned(),
            verdict: Verdict::Suspect,
            origin: frames.first().cloned(),
            stack: frames.into(),
            ..Site::default()
        }
    }

    fn role(of: &[Frame], beside: &[Frame]) -> Role {
        let mut sites = vec![site("heap", of), site("listener", beside)];
        fold(&mut sites);
        sites[0].role
    }

    fn package(function: &str) -> Frame {
        Frame { file: "/srv/node_modules/router/index.js".to_owned(), ..frame(Some(function), 1) }
    }

    #[test]
    fn what_a_framework_allocates_is_never_the_cause_of_what_else_stays() {
        let node = Frame { file: "node:_http_server".to_owned(), ..frame(Some("parserOnIncoming"), 1) };
        let router = [package("handle"), node.clone()];
        assert_eq!(
            role(&router, &[node]),
            Role::Consequence,
            "Node's listeners on a response say what is kept"
        );
        assert_eq!(role(&router, &[frame(Some("other"), 1)]), Role::Consequence);
        assert_eq!(
            role(&[package("handle"), frame(Some("main"), 1)], &[frame(Some("other"), 9)]),
            Role::Cause
        );
        let mut sites = vec![site("heap", &router), site("heap", &[frame(Some("handler"), 20)])];
        fold(&mut sites);
        assert_eq!(sites.iter().map(|site| site.role).collect::<Vec<_>>(), [Role::Consequence, Role::Cause]);
        let mut alone = vec![site("heap", &router), site("heap", &[package("next")])];
        fold(&mut alone);
        assert!(alone.iter().all(|site| site.role == Role::Cause), "nothing else is known");
    }

    #[test]
    fn what_a_package_allocates_for_a_request_hangs_on_the_request_that_is_kept() {
        let of_node = |function| Frame { file: HTTP_SERVER.to_owned(), ..frame(Some(function), 1) };
        let (node, handler) = (of_node("parserOnIncoming"), frame(None, 6));
        let by_package = site("heap", &[package("send"), handler.clone(), package("next"), node.clone()]);
        let by_package = Site { origin: Some(handler.clone()), ..by_package };
        let own = site("heap", &[frame(Some("crumb"), 4), handler, node.clone()]);
        let exchanges = Site { label: EXCHANGES.to_owned().into(), origin: None, ..site("heap", &[node]) };
        let roles = |sites: &[&Site]| {
            let mut sites: Vec<Site> = sites.iter().map(|site| (*site).clone()).collect();
            fold(&mut sites);
            sites.iter().map(|site| site.role).collect::<Vec<_>>()
        };
        assert_eq!(
            roles(&[&by_package, &own, &exchanges]),
            [Role::Consequence, Role::Cause, Role::Consequence]
        );
        assert_eq!(roles(&[&by_package, &exchanges]), [Role::Consequence, Role::Cause]);
        assert_eq!(roles(&[&by_package, &own]), [Role::Cause, Role::Cause], "no request is kept");
    }

    #[test]
    fn requests_hang_on_the_collection_that_holds_them() {
        let node = Frame { file: HTTP_SERVER.to_owned(), ..frame(Some("parserOnIncoming"), 1) };
        let exchanges = Site {
            label: EXCHANGES.to_owned().into(),
            origin: None,
            ..site("heap", std::slice::from_ref(&node))
        };
        let role_beside = |array: Site| {
            let mut sites = vec![exchanges.clone(), array];
            fold(&mut sites);
            assert_eq!(sites[1].role, Role::Cause);
            sites[0].role
        };
        let array = |label: &str| Site { label: label.into(), ..site("array", &[frame(None, 3)]) };
        assert_eq!(role_beside(array("Array recent of IncomingMessage")), Role::Consequence);
        assert_eq!(role_beside(array("Array recent")), Role::Cause, "who fills it is not known");
        let filled =
            TopInserter { stack: vec![frame(Some("remember"), 5), node.clone()].into(), share: None };
        assert_eq!(
            role_beside(Site { top_inserter: Some(filled), ..array("Array crumbs") }),
            Role::Consequence
        );
    }

    #[test]
    fn buffers_hang_on_what_is_registered_in_their_function_and_objects_on_them() {
        let roles = |sites: &mut [Site]| {
            fold(sites);
            sites.iter().map(|site| site.role).collect::<Vec<_>>()
        };
        let handle = |line| frame(Some("handle"), line);
        let of = |kind, line| site(kind, &[handle(line)]);
        let mut all = [of("buffer", 14), of("heap", 10)];
        assert_eq!(roles(&mut all), [Role::Cause, Role::Consequence]);
        for line in [12, 16] {
            let mut all = [of("buffer", 14), of("heap", 10), of("map", line)];
            assert_eq!(roles(&mut all), [Role::Consequence, Role::Consequence, Role::Cause]);
        }
        let mut all = [of("buffer", 14), site("map", &[frame(Some("other"), 30)])];
        assert_eq!(roles(&mut all), [Role::Cause, Role::Cause]);
    }

    #[test]
    fn what_a_collection_is_known_to_hold_hangs_on_it() {
        let role_beside = |label: &str, verdict| {
            let made = Site {
                held_by: Some("Object store.orders".to_owned()),
                ..site("heap", &[frame(Some("create"), 10)])
            };
            let holder = Site { label: label.into(), verdict, ..site("object", &[frame(None, 90)]) };
            let mut sites = vec![made, holder];
            fold(&mut sites);
            sites[0].role
        };
        assert_eq!(role_beside("Object store.orders", Verdict::Suspect), Role::Consequence);
        assert_eq!(role_beside("Object store.orders of Order", Verdict::Leak), Role::Consequence);
        assert_eq!(role_beside("Object store.ordersById", Verdict::Suspect), Role::Cause);
        assert_eq!(role_beside("Object store.orders", Verdict::Steady), Role::Cause, "it is not reported");
    }

    #[test]
    fn what_a_listeners_function_allocates_hangs_on_the_listener() {
        let (handle, main) = (frame(Some("handle"), 10), frame(Some("main"), 1));
        let on = frame(Some("Proxy.handle"), 14);
        assert_eq!(
            role(std::slice::from_ref(&handle), std::slice::from_ref(&on)),
            Role::Consequence,
            "the same function"
        );
        assert_eq!(
            role(&[frame(Some("build"), 30), handle], std::slice::from_ref(&on)),
            Role::Consequence,
            "it calls that"
        );
        assert_eq!(
            role(&[main], &[on.clone(), frame(Some("main"), 5)]),
            Role::Consequence,
            "it was called by that"
        );
        assert_eq!(role(&[frame(Some("other"), 40)], std::slice::from_ref(&on)), Role::Cause);
        assert_eq!(
            role(&[frame(Some("handle"), 20)], &[on]),
            Role::Cause,
            "another function of that name, below it"
        );
        assert_eq!(role(&[frame(None, 10)], &[frame(None, 12)]), Role::Consequence);
        assert_eq!(role(&[frame(None, 10)], &[frame(None, 200)]), Role::Cause);
    }
}
