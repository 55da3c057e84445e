//! The sentence after `fix`: which call is missing, for each kind and shape.

use super::called::Called;
use super::callsite::{Argument, CallSite};
use super::clean::{clean, cut};
use super::handle_hints::handle;
use super::title::class;
use crate::record::layout::is_sampled;
use crate::values::allocations::POOL;
use crate::values::label::Label;
use crate::values::snapshot::Growth;

/// Characters quoted of an event's name.
const MAX_EVENT_CHARS: usize = 40;

/// Methods that add a listener.
const ADDS: [&str; 6] =
    ["on", "addListener", "prependListener", "once", "prependOnceListener", "addEventListener"];

/// What a hint is about.
pub(super) struct Subject<'a> {
    /// As [`crate::values::snapshot::Site::kind`].
    pub(super) kind: &'a str,
    /// As [`crate::values::snapshot::Site::label`].
    pub(super) label: &'a Label,
    /// Whether instances pile up, or entries of the same instances.
    pub(super) growth: Growth,
    /// Whether the same report names other leaks, one of which may hold this one.
    pub(super) has_company: bool,
    /// The package that the marked line calls, when that takes it.
    pub(super) package: Option<&'a Called>,
    /// Collections: where most entries are put in.
    pub(super) inserter: Option<String>,
}

/// The call that is missing, as an instruction.
pub(super) fn fix(subject: &Subject<'_>, site: &CallSite<'_>) -> String {
    // Memory is nothing that a package has taken.
    let package = subject.package.filter(|_| !is_sampled(subject.kind));
    if let Some(package) = package.filter(|_| !is_direct(subject, site)) {
        return through(package, subject, site);
    }
    match subject.kind {
        "listener" => listener(subject.label, site),
        "interval" => {
            let (lead, timer) = kept(site, "setInterval", "timer");
            format!("{lead}call clearInterval({timer}) on shutdown or when its owner is destroyed")
        }
        "timeout" => {
            let (lead, timer) = kept(site, "setTimeout", "timer");
            format!("{lead}call clearTimeout({timer}) when the task ends before its time is up")
        }
        "immediate" => {
            let (lead, immediate) = kept(site, "setImmediate", "immediate");
            format!(
                "{lead}call clearImmediate({immediate}) when the work is no longer wanted, and let a loop \
                 of immediates end"
            )
        }
        "map" | "set" | "array" | "object" => collection(subject, site),
        "heap" => heap(subject.label),
        "buffer" => buffers(subject.label),
        "handle" => handle(subject.label, site),
        "pool" => checkout(subject, site),
        kind => format!(
            "call release() of what track() returned when the {} is closed, or close it",
            cut(&clean(kind), MAX_EVENT_CHARS)
        ),
    }
}

/// What to do about objects that something unknown keeps.
pub(super) fn of_kept(class: &str) -> String {
    format!(
        "drop the reference to each {} when its work ends (a variable, an array, a plain object or a closure holds it): what is \
         registered on it goes with it",
        cut(&clean(class), MAX_EVENT_CHARS)
    )
}

/// What to do about objects that something holds which is no finding, by its path: `module p/app.js › ctx: Object`.
pub(super) fn of_holder(path: &str) -> String {
    let last = path.rsplit(" › ").next().unwrap_or(path);
    match last.split_once(": ") {
        Some((name, "FinalizationRegistry")) => {
            format!(
                "give {name}.register() a held value that does not refer to the object: the registry keeps it"
            )
        }
        Some((name, _)) if !name.is_empty() => format!("remove what is done with from {name}, or bound it"),
        // A variable whose value has no class.
        None if !last.is_empty() && last.chars().all(|c| c.is_alphanumeric() || "_$#".contains(c)) => {
            format!("remove what is done with from {last}, or bound it")
        }
        _ => "remove what is done with from what holds it, or bound that".to_owned(),
    }
}

/// What to do about what a package holds, where no line of the application is known to have led there.
pub(super) fn of_package(kind: &str, package: &Called) -> String {
    let Called { name, at, .. } = package;
    match kind {
        "pool" => format!(
            "return each checkout when its work ends, also when that fails (commit() or rollback() of a transaction, release(), \
             destroy()): {name} took it for the program at {at}"
        ),
        "handle" => format!(
            "close what the program opens through {name} when its work ends (close(), destroy() or the like); else look for a \
             newer version, or report it"
        ),
        "heap" | "map" | "set" | "array" | "object" => format!(
            "bound what the program gives to {name} (what gets a new key or name each time stays), or call the counterpart \
             (close, delete, unregister or the like); else look for a newer version, or report it"
        ),
        _ => kept_by(package),
    }
}

/// Whether the call at `site` is the one that takes the resource, rather than one that leads there.
fn is_direct(subject: &Subject<'_>, site: &CallSite<'_>) -> bool {
    let Some(callee) = site.callee else { return false };
    match subject.kind {
        "listener" => ADDS.contains(&callee),
        "interval" => callee == "setInterval",
        "timeout" => callee == "setTimeout",
        "immediate" => callee == "setImmediate",
        "map" | "set" | "array" | "object" => callee == class(subject.kind) || *callee == **subject.label,
        // The package is the pool's: it hands out by a call whose counterpart only the package has.
        "pool" => true,
        _ => false,
    }
}

/// How calls begin that have a counterpart, by which what they took is given back.
const BEGINS: [&str; 36] = [
    "acquire",
    "add",
    "attach",
    "begin",
    "bind",
    "borrow",
    "clone",
    "connect",
    "create",
    "duplicate",
    "enable",
    "fork",
    "init",
    "initialize",
    "install",
    "join",
    "listen",
    "lock",
    "login",
    "make",
    "mount",
    "on",
    "once",
    "open",
    "register",
    "reserve",
    "schedule",
    "setup",
    "spawn",
    "start",
    "subscribe",
    "track",
    "use",
    "wait",
    "watch",
    "with",
];

/// Whether a call says that something begins: then there is another by which it ends. `new Client()` is one, `parse()` is none.
fn has_counterpart(callee: &str) -> bool {
    callee.starts_with(|first: char| first.is_uppercase())
        || BEGINS.iter().any(|begin| {
            // A whole word: `onMessage`, not `online`.
            callee.strip_prefix(begin).is_some_and(|rest| !rest.starts_with(|next: char| next.is_lowercase()))
        })
}

/// What to do about a resource that a package takes inside the marked call: its own release is out of reach.
fn through(package: &Called, subject: &Subject<'_>, site: &CallSite<'_>) -> String {
    if site.callee.is_some_and(|callee| !has_counterpart(callee)) {
        return kept_by(package);
    }
    let name = &package.name;
    let end = match (subject.kind, subject.growth) {
        ("listener", _) => {
            let (emitter, _) = subject.label.events().unwrap_or_default();
            let event = subject.label.single_name().map_or_else(|| "event".to_owned(), quoted);
            format!(
                "{}({event}, fn) is called",
                if is_target(emitter) { "removeEventListener" } else { "off" }
            )
        }
        ("interval", _) => "clearInterval() is called".to_owned(),
        ("timeout", _) => "clearTimeout() is called".to_owned(),
        ("immediate", _) => "clearImmediate() is called".to_owned(),
        ("map" | "set" | "array" | "object", Growth::Entries) => "its entries are deleted".to_owned(),
        ("map" | "set" | "array" | "object", Growth::Instances) => {
            format!("the {} can be collected", class(subject.kind))
        }
        ("handle", _) => format!("the {} is closed", cut(&clean(subject.label), MAX_EVENT_CHARS)),
        _ => "release() is called".to_owned(),
    };
    format!(
        "call the counterpart of this call into {name} ({} or the like) when its work ends, so that {end}",
        if site.callee == Some("acquire") { "release, destroy" } else { "close, destroy, unsubscribe" }
    )
}

/// What to do about what a package keeps though each call into it was an ordinary one.
pub(super) fn kept_by(Called { name, at, through }: &Called) -> String {
    match through {
        Some(inner) => {
            format!(
                "kept by {name} at {at}, through {inner}: look for a newer version of these, or report it"
            )
        }
        None => format!("kept by {name} at {at}: look for a newer version, or report it"),
    }
}

/// Classes that take listeners by `addEventListener` alone.
fn is_target(class: &str) -> bool {
    matches!(class, "AbortSignal" | "EventTarget")
}

fn listener(label: &Label, site: &CallSite<'_>) -> String {
    let (emitter, _) = label.events().unwrap_or_default();
    let name = label.single_name();
    let on_target = site.callee == Some("addEventListener") || is_target(emitter);
    let adds = site.callee.is_some_and(|callee| ADDS.contains(&callee));
    let once = adds && matches!(site.callee, Some("once" | "prependOnceListener"));

    // Node listens on behalf of what was called, and stops when that is over.
    if let ("AbortSignal", Some("abort"), Some(callee), false) = (emitter, name, site.callee, adds)
        && !callee.starts_with("on")
    {
        return format!(
            "let what {callee}() began end, or abort it, when the work ends: until then it listens to the signal"
        );
    }

    if let (Some("pipe"), false) = (site.callee, on_target) {
        let source = site.receiver.unwrap_or("source");
        return format!(
            "call {source}.unpipe() when its work ends, or end {source}: until then pipe() listens on both streams"
        );
    }

    let receiver = site.receiver.filter(|_| adds).unwrap_or(if on_target { "target" } else { "emitter" });
    let (lead, function) = match site.second {
        Argument::Named(name) if adds => ("call ", name),
        Argument::Inline if adds => ("keep the function in a variable, then call ", "fn"),
        _ => ("call ", "fn"),
    };
    let remove = if on_target { "removeEventListener" } else { "off" };

    if label.has_more() && (adds || site.callee.is_none()) && !emitter.is_empty() {
        return format!(
            "{lead}{receiver}.{remove}(event, {function}) for each name when its item is done, or use one \
             fixed event name and distinguish items by an argument"
        );
    }
    let event = name.map_or_else(|| "event".to_owned(), quoted);
    let call = format!("{lead}{receiver}.{remove}({event}, {function})");
    match (on_target, once) {
        // A signal that lives long may never be aborted: then { once: true } ends nothing.
        (true, _) if emitter == "AbortSignal" && event == "'abort'" => format!(
            "{call} when the work that added it ends, or pass the work's own {{ signal }}; {{ once: true }} ends it \
             only by an abort"
        ),
        (true, _) => {
            format!("{call} when the work that added it ends, or pass {{ signal }} or {{ once: true }}")
        }
        (false, true) => format!(
            "{call} when the wait is given up, since the event never came, or wait with events.once() and an \
             AbortSignal"
        ),
        (false, false) => format!(
            "{call} when the work that added it ends; for a single event use once(), or events.once() with \
             an AbortSignal"
        ),
    }
}

fn collection(subject: &Subject<'_>, site: &CallSite<'_>) -> String {
    let class = class(subject.kind);
    if subject.label.is_module_children() {
        return "load the module once, or take it out of module.children as well as out of require.cache: each \
                require() of what was deleted there adds another, and keeps the one before"
            .to_owned();
    }
    if subject.growth == Growth::Instances {
        let company = if subject.has_company { ", see the other leaks" } else { "" };
        return format!(
            "drop the reference to the owner of each {class}: something else still holds it{company}"
        );
    }
    let name = site.target.as_deref().filter(|_| is_direct(subject, site));
    let from = subject.inserter.as_ref().map_or_else(String::new, |place| format!(" from {place}"));
    match (subject.kind, name) {
        ("array", _) => format!("remove elements{from} that are done with, or bound the Array"),
        ("object", _) => {
            format!("delete properties{from} that are done with, or keep them in a Map that is bounded")
        }
        ("set", Some(name)) => {
            format!("call {name}.delete(value) when the value{from} is done with, or bound the Set")
        }
        ("set", None) => format!("delete the value{from} when it is done with, or bound the Set"),
        (_, Some(name)) => {
            format!("call {name}.delete(key) when the entry{from} is done with, or bound the {class}")
        }
        (_, None) => format!("delete the entry{from} when it is done with, or bound the {class}"),
    }
}

/// What to do about HTTP requests and responses that stay.
pub(super) const EXCHANGES_KEPT: &str = "something retains requests or responses, or callbacks that refer to them (an array, a Map, a \
    closure, a promise); requests that are answered late, as event streams, look the same until the first of them ends; leakline \
    retainers PID --pause names what retains them";

/// What to do about Buffers that stay.
pub(super) fn buffers(label: &Label) -> String {
    let who = "leakline retainers PID --pause stops the process and lists what retains most";
    if *label == POOL {
        return format!(
            "one of less than half of Buffer.poolSize is a slice of a slab, and retains all of that; remove it from what retains \
             it, or copy it with Buffer.alloc(n), which takes no slab; {who}"
        );
    }
    format!(
        "remove the Buffer from what retains it when it is done with, or bound that; where that is a small view of it (subarray, \
         slice), retain a copy: a view retains the whole Buffer; {who}"
    )
}

/// What to do about a container of whatever class that gains with each call.
fn heap(label: &Label) -> String {
    // Who keeps it is not known of what a function allocates.
    if label.is_of_function() {
        return "remove what is done with from what keeps it (an array, a plain object, a closure, a promise), or bound that: \
                leakline retainers PID --pause stops the process and lists what retains most, check(fn, { heap: true }) names it \
                in a test"
            .to_owned();
    }
    if label.starts_with("Promise") {
        return "race against a promise of the work itself, not one that outlives it: each await, then() and race() on one \
                that does not settle keeps a reaction"
            .to_owned();
    }
    let name = label.single_name();
    if let Some("markEntryBuffer" | "measureEntryBuffer" | "markTimings") = name {
        return "call performance.clearMarks() and performance.clearMeasures(): Node keeps what performance.mark() and \
                measure() made until then"
            .to_owned();
    }
    if let Some("loadCache" | "#resolveCache") = name {
        return "import each module by one URL: Node keeps what import() loaded for good, and a URL that is new each time, as with \
                ?v=1, is another module"
            .to_owned();
    }
    if let Some("_subscribers") = name {
        return "call unsubscribe() of the diagnostics channel with the same function when its work ends"
            .to_owned();
    }
    let of = name.map_or_else(String::new, |name| format!(" from {}", cut(&clean(name), MAX_EVENT_CHARS)));
    format!("remove what is done with{of}, or bound it")
}

/// The call that returns what a pool checked out, by the call that took it: packages differ in whose method that is.
fn checkout(subject: &Subject<'_>, site: &CallSite<'_>) -> String {
    let taken = |general| site.target.as_deref().unwrap_or(general);
    if subject.label.is_duplicate() {
        return format!(
            "call {}.quit() or disconnect() when its work ends, also when that fails",
            taken("duplicate")
        );
    }
    let call = match site.callee {
        Some("connect") => format!("{}.release()", taken("client")),
        Some("getConnection") => format!("{}.release()", taken("connection")),
        Some("acquire") => format!("{}.release({})", site.receiver.unwrap_or("pool"), taken("resource")),
        Some("use") => {
            return "end the function that was passed to use(): the pool waits for what it returned"
                .to_owned();
        }
        _ => {
            return "give it back when its work ends, also when that fails: call release() in a finally"
                .to_owned();
        }
    };
    format!("call {call} in a finally, so that it is returned also when its work fails")
}

/// The variable that holds the timer, and what must come first when none does.
fn kept<'a>(site: &'a CallSite<'_>, callee: &str, general: &'a str) -> (String, &'a str) {
    match site.target.as_deref().filter(|_| site.callee == Some(callee)) {
        Some(name) => (String::new(), name),
        None => (format!("keep what {callee}() returns and "), general),
    }
}

/// `name` as a string literal that can be read, and pasted unless it had to be cut.
fn quoted(name: &str) -> String {
    format!("'{}'", cut(&clean(&name.replace('\\', "\\\\").replace('\'', "\\'")), MAX_EVENT_CHARS))
}

#[cfg(test)]
mod tests;
