//! The sentence after `fix`: which call is missing, for each kind and shape.

use super::called::Called;
use super::callsite::{Argument, CallSite};
use super::clean::{clean, cut};
use super::format::group;
use super::handle_hints::handle;
use crate::values::snapshot::Growth;

/// Characters quoted of an event's name.
const MAX_EVENT_CHARS: usize = 40;

/// Methods that add a listener.
const ADDS: [&str; 6] =
    ["on", "addListener", "prependListener", "once", "prependOnceListener", "addEventListener"];

/// How the label ends of what a connection gives away to be closed, rather than a pool to be returned.
const DUPLICATE: &str = " duplicate";

/// How the label ends of the list that a module keeps of those it has loaded.
const CHILDREN: &str = " module.children";

/// What a hint is about.
pub(super) struct Subject<'a> {
    /// As [`crate::values::snapshot::Site::kind`].
    pub(super) kind: &'a str,
    /// As [`crate::values::snapshot::Site::label`].
    pub(super) label: &'a str,
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
    if let Some(package) = subject.package.filter(|_| !is_direct(subject, site)) {
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

/// A label for people: `listener 'data' on Socket`, `setInterval 30,000 ms`, `Map LRUCache`, `open FileHandle`.
pub(super) fn title(kind: &str, label: &str) -> String {
    let label = clean(label);
    let base = match kind {
        "listener" => match emitter_and_events(&label) {
            Some((emitter, events)) => return format!("listener {events} on {emitter}"),
            None if !label.is_empty() && !label.contains(' ') => return format!("listener on {label}"),
            None => kind,
        },
        "timeout" | "interval" | "immediate" => {
            match label.strip_suffix(" ms").and_then(|l| l.rsplit_once(' ')) {
                Some((name, ms)) if ms.bytes().all(|b| b.is_ascii_digit()) => {
                    return format!("{name} {} ms", group(ms));
                }
                _ if label.starts_with("set") => return label.into_owned(),
                _ => kind,
            }
        }
        "handle" if !label.is_empty() => return format!("open {label}"),
        "map" | "set" | "array" | "object" => class(kind),
        "heap" if !label.is_empty() => return format!("heap, {label}"),
        "pool" if label.ends_with(DUPLICATE) => return label.into_owned(),
        "pool" if !label.is_empty() => return format!("checkout of {label}"),
        _ => kind,
    };
    let base = clean(base);
    // A census names the class and what holds it.
    if label.starts_with(&*format!("{base} ")) {
        return label.into_owned();
    }
    if label.is_empty() || label == base { base.into_owned() } else { format!("{base} {label}") }
}

/// The class behind a kind of collection.
pub(super) fn class(kind: &str) -> &str {
    match kind {
        "map" => "Map",
        "set" => "Set",
        "array" => "Array",
        "object" => "Object",
        other => other,
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
        "map" | "set" | "array" | "object" => callee == class(subject.kind) || callee == subject.label,
        // The package is the pool's: it lends by a call that only it can take back.
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
            let (emitter, events) = emitter_and_events(subject.label).unwrap_or_default();
            let event = single_event(events).map_or_else(|| "event".to_owned(), quoted);
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
        "call the counterpart of this call into {name} (close, destroy, unsubscribe or the like) when its \
         work ends, so that {end}"
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

fn listener(label: &str, site: &CallSite<'_>) -> String {
    let (emitter, events) = emitter_and_events(label).unwrap_or(("", ""));
    let on_target = site.callee == Some("addEventListener") || is_target(emitter);
    let adds = site.callee.is_some_and(|callee| ADDS.contains(&callee));
    let once = adds && matches!(site.callee, Some("once" | "prependOnceListener"));

    // Node listens on behalf of what was called, and stops when that is over.
    if let ("AbortSignal", "'abort'", Some(callee), false) = (emitter, events, site.callee, adds)
        && !callee.starts_with("on")
    {
        return format!(
            "let what {callee}() began end, or abort it, when the work ends: until then it listens to the signal"
        );
    }

    let receiver = site.receiver.filter(|_| adds).unwrap_or(if on_target { "target" } else { "emitter" });
    let (lead, function) = match site.second {
        Argument::Named(name) if adds => ("call ", name),
        Argument::Inline if adds => ("give the function a name, then call ", "fn"),
        _ => ("call ", "fn"),
    };
    let remove = if on_target { "removeEventListener" } else { "off" };

    if events.ends_with("and others") {
        return format!(
            "{lead}{receiver}.{remove}(event, {function}) for each name when its item is done, or use one \
             fixed event name and distinguish items by an argument"
        );
    }
    let event = single_event(events).map_or_else(|| "event".to_owned(), quoted);
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
    if subject.label.ends_with(CHILDREN) {
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

/// What to do about a container of whatever class that gains with each call.
fn heap(label: &str) -> String {
    // Who keeps it is not known of what a function allocates.
    if label.starts_with("in ") {
        return "remove what is done with from what keeps it (an array, a plain object, a closure, a promise), or bound that: \
                leakline heap FIRST SECOND names it by two heap snapshots, check(fn, { heap: true }) in a test"
            .to_owned();
    }
    if label.starts_with("Promise") {
        return "race against a promise of the work itself, not one that outlives it: each await, then() and race() on one \
                that does not settle keeps a reaction"
            .to_owned();
    }
    let name = label.split_once('\'').and_then(|(_, rest)| rest.strip_suffix('\''));
    let of = name.map_or_else(String::new, |name| format!(" from {}", cut(&clean(name), MAX_EVENT_CHARS)));
    format!("remove what is done with{of}, or bound it")
}

/// The call that returns what a pool checked out, by the call that took it: packages differ in whose method that is.
fn checkout(subject: &Subject<'_>, site: &CallSite<'_>) -> String {
    let taken = |general| site.target.as_deref().unwrap_or(general);
    if subject.label.ends_with(DUPLICATE) {
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

/// `Redis 'message'` as its class and its quoted events. `None` for a label of another form, as with symbols.
fn emitter_and_events(label: &str) -> Option<(&str, &str)> {
    let (emitter, _) = label.split_once(" '")?;
    let events = &label[emitter.len() + 1..];
    let complete = events.ends_with(" and others") || (events.len() > 1 && events.ends_with('\''));
    (complete && !emitter.is_empty()).then_some((emitter, events))
}

/// The event's name, when `events` quotes one.
fn single_event(events: &str) -> Option<&str> {
    let name = events.strip_prefix('\'')?.strip_suffix('\'')?;
    (!name.contains("', '")).then_some(name)
}

/// `name` as a string literal that can be read, and pasted unless it had to be cut.
fn quoted(name: &str) -> String {
    format!("'{}'", cut(&clean(&name.replace('\\', "\\\\").replace('\'', "\\'")), MAX_EVENT_CHARS))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hint(kind: &str, label: &str, growth: Growth, line: &str, column: u32) -> String {
        let subject = Subject { kind, label, growth, has_company: true, package: None, inserter: None };
        fix(&subject, &CallSite::read(line, column))
    }

    #[test]
    fn each_kind_names_its_missing_call() {
        use Growth::{Entries, Instances};
        let cases = [
            ("listener", "Redis 'message'", Instances, "emitter.off('message', fn)"),
            ("listener", "Bus 'a', 'b'", Instances, "emitter.off(event, fn)"),
            ("listener", "Bus 'a', 'b' and others", Instances, "one fixed event name"),
            ("listener", "Bus Symbol(x)", Instances, "emitter.off(event, fn)"),
            ("listener", "AbortSignal 'abort'", Instances, "target.removeEventListener('abort', fn)"),
            ("interval", "setInterval 1000 ms", Instances, "clearInterval(timer)"),
            ("timeout", "setTimeout 30000 ms", Instances, "clearTimeout(timer)"),
            ("immediate", "setImmediate", Instances, "clearImmediate(immediate)"),
            ("map", "Map", Entries, "delete the entry when it is done with, or bound the Map"),
            ("map", "Map", Instances, "something else still holds it, see the other leaks"),
            ("set", "Set", Entries, "delete the value"),
            ("set", "Set", Instances, "the owner of each Set"),
            ("array", "Array", Entries, "remove elements"),
            (
                "array",
                "Array module.children",
                Entries,
                "out of module.children as well as out of require.cache",
            ),
            ("object", "Object kept", Entries, "delete properties that are done with"),
            ("object", "Object kept", Instances, "the owner of each Object"),
            ("handle", "FileHandle", Instances, "await handle.close() in a finally"),
            ("pool", "pg Pool", Instances, "release() in a finally"),
            (
                "checkout",
                "order",
                Instances,
                "call release() of what track() returned when the checkout is closed",
            ),
        ];
        for (kind, label, growth, expected) in cases {
            let text = hint(kind, label, growth, "", 1);
            assert!(text.contains(expected), "{kind} {label}: {text}");
        }
    }

    #[test]
    fn hints_use_the_names_of_the_source() {
        let data = ("listener", "Socket 'data'");
        let abort = ("listener", "Signal 'abort'");
        let interval = ("interval", "setInterval 5 ms");
        let timeout = ("timeout", "setTimeout 5 ms");
        let pg = ("pool", "pg Pool");
        let cases = [
            (data, "socket.on('data', onData);", 8, "call socket.off('data', onData) when"),
            (data, "s.on('data', () => {})", 3, "give the function a name, then call s.off('data', fn)"),
            (data, "s.once('data', done)", 3, "call s.off('data', done) when the wait is given up"),
            (data, "redis.subscribe('data', f)", 7, "call emitter.off('data', fn)"),
            (abort, "sig.addEventListener('abort', f)", 5, "call sig.removeEventListener('abort', f)"),
            (
                ("listener", "Feed 'price'"),
                "this.feed.addEventListener('price', this.onPrice, { passive: true })",
                11,
                "call this.feed.removeEventListener('price', this.onPrice) when the work that added it ends, or",
            ),
            (
                ("listener", "MessagePort 'message'"),
                "port.on('message', f)",
                6,
                "call port.off('message', f)",
            ),
            (interval, "this.t = setInterval(f, 5)", 10, "call clearInterval(this.t) on"),
            (
                interval,
                "this.t = poll(f, 5)",
                10,
                "keep what setInterval() returns and call clearInterval(timer)",
            ),
            (timeout, "const t = setTimeout(f, 5)", 11, "call clearTimeout(t) when"),
            (("map", "Map"), "this.m = new Map();", 10, "call this.m.delete(key) when"),
            (("map", "LRU"), "const m = new LRU(9);", 11, "call m.delete(key) when"),
            (("map", "Map"), "const p = new Pool();", 11, "delete the entry when"),
            (("set", "Set"), "const seen = new Set();", 14, "call seen.delete(value) when"),
            (pg, "const c = await pool.connect();", 22, "call c.release() in a finally"),
            (pg, "pool.connect((e, c) => {", 6, "call client.release() in a finally"),
            (("pool", "orders"), "pool.getConnection(cb)", 6, "call connection.release() in a finally"),
            (
                ("pool", "orders"),
                "const r = await this.p.acquire();",
                24,
                "call this.p.release(r) in a finally",
            ),
            (("pool", "orders"), "knexAcquire()", 1, "give it back when its work ends"),
            (("pool", "orders"), "pool.use(async (r) => {", 6, "end the function that was passed to use()"),
            (
                ("pool", "Redis duplicate"),
                "const sub = redis.duplicate();",
                19,
                "call sub.quit() or disconnect()",
            ),
        ];
        for ((kind, label), line, column, expected) in cases {
            let text = hint(kind, label, Growth::Entries, line, column);
            assert!(text.starts_with(expected), "{line}: {text}");
        }
    }

    #[test]
    fn what_is_filled_names_the_line_that_fills_it() {
        let hint = |kind: &str, line: &str, column| {
            let inserter = Some("processor.ts:61".to_owned());
            let growth = Growth::Entries;
            let subject = Subject { kind, label: "", growth, has_company: false, package: None, inserter };
            fix(&subject, &CallSite::read(line, column))
        };
        assert_eq!(
            hint("map", "this.m = new Map();", 10),
            "call this.m.delete(key) when the entry from processor.ts:61 is done with, or bound the Map"
        );
        assert!(hint("set", "", 1).starts_with("delete the value from processor.ts:61 when"));
        assert!(hint("array", "", 1).starts_with("remove elements from processor.ts:61 that"));
    }

    #[test]
    fn a_lone_leak_has_no_other_leaks_to_see() {
        let subject = Subject {
            kind: "map",
            label: "Map",
            growth: Growth::Instances,
            has_company: false,
            package: None,
            inserter: None,
        };
        assert!(fix(&subject, &CallSite::default()).ends_with("still holds it"));
    }

    #[test]
    fn what_a_package_takes_is_ended_by_the_package() {
        let hint = |kind: &str, label: &str, line: &str, column| {
            let growth = Growth::Instances;
            let package = Called {
                name: "@redis/client 5.1.0".to_owned(),
                at: "dist/socket.js:88".to_owned(),
                through: None,
            };
            let subject =
                Subject { kind, label, growth, has_company: false, package: Some(&package), inserter: None };
            fix(&subject, &CallSite::read(line, column))
        };
        let text = hint("listener", "Socket 'data'", "redis.subscribe('news', print)", 7);
        assert_eq!(
            text,
            "call the counterpart of this call into @redis/client 5.1.0 (close, destroy, unsubscribe or the like) \
             when its work ends, so that off('data', fn) is called"
        );
        let text = hint("listener", "AbortSignal 'abort'", "client.watch(signal)", 8);
        assert!(text.ends_with("so that removeEventListener('abort', fn) is called"), "{text}");
        assert_eq!(
            hint("listener", "AbortSignal 'abort'", "request(signal)", 1),
            "kept by @redis/client 5.1.0 at dist/socket.js:88: look for a newer version, or report it"
        );
        assert!(hint("interval", "setInterval 9 ms", "connect()", 1).ends_with("clearInterval() is called"));
        assert!(hint("map", "Map", "connect()", 1).ends_with("the Map can be collected"));
        assert!(hint("handle", "Socket", "pg.connect()", 4).ends_with("so that the Socket is closed"));
        assert!(hint("conn", "", "", 1).ends_with("release() is called"));
        // A package that wraps `on` is only in between.
        assert!(hint("listener", "Socket 'data'", "s.on('data', f)", 3).starts_with("call s.off('data', f)"));
    }

    #[test]
    fn event_names_are_quoted_as_javascript_does() {
        let text = hint("listener", "Bus 'it's\n\u{1b}[0m\\'", Growth::Instances, "", 1);
        assert!(text.contains("off('it\\'s\\n\\x1b[0m\\\\', fn)"), "{text}");
        let text = hint("listener", &format!("Bus '{}'", "ü".repeat(500)), Growth::Instances, "", 1);
        assert!(text.contains(&format!("off('{}…', fn)", "ü".repeat(39))), "{text}");
    }

    #[test]
    fn titles_are_for_people() {
        let cases = [
            ("listener", "Socket 'data'", "listener 'data' on Socket"),
            ("listener", "Bus 'a', 'b' and others", "listener 'a', 'b' and others on Bus"),
            ("listener", "Bus 'it's'", "listener 'it's' on Bus"),
            ("listener", "Bus ''", "listener '' on Bus"),
            ("listener", "Bus '", "listener Bus '"),
            ("listener", "Bus Symbol(x)", "listener Bus Symbol(x)"),
            ("listener", "", "listener"),
            ("interval", "setInterval 30000 ms", "setInterval 30,000 ms"),
            ("timeout", "setTimeout", "setTimeout"),
            ("timeout", "sleep", "timeout sleep"),
            ("timeout", "sleep soon ms", "timeout sleep soon ms"),
            ("map", "Map", "Map"),
            ("map", "LRUCache", "Map LRUCache"),
            ("object", "Object kept", "Object kept"),
            ("set", "Set", "Set"),
            ("pool", "pg Pool", "checkout of pg Pool"),
            ("pool", "Redis duplicate", "Redis duplicate"),
            ("pool", "", "pool"),
            ("checkout", "checkout", "checkout"),
            ("checkout", "order\n7", "checkout order\\n7"),
        ];
        for (kind, label, expected) in cases {
            assert_eq!(title(kind, label), expected);
        }
    }
}
