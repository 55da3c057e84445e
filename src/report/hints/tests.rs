use super::*;

fn hint(kind: &str, label: &str, growth: Growth, line: &str, column: u32) -> String {
    let subject =
        Subject { kind, label: &label.into(), growth, has_company: true, package: None, inserter: None };
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
        ("array", "Array module.children", Entries, "out of module.children as well as out of require.cache"),
        ("object", "Object kept", Entries, "delete properties that are done with"),
        ("object", "Object kept", Instances, "the owner of each Object"),
        ("handle", "FileHandle", Instances, "await handle.close() in a finally"),
        ("pool", "pg Pool", Instances, "release() in a finally"),
        ("buffer", "in read()", Instances, "a view retains the whole Buffer"),
        ("buffer", "of Node's pool", Instances, "copy it with Buffer.alloc(n), which takes no slab"),
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
        (data, "s.on('data', () => {})", 3, "keep the function in a variable, then call s.off('data', fn)"),
        (data, "s.once('data', done)", 3, "call s.off('data', done) when the wait is given up"),
        (data, "redis.subscribe('data', f)", 7, "call emitter.off('data', fn)"),
        (data, "part.pipe(log, { end: false });", 6, "call part.unpipe() when its work ends, or end part"),
        (data, "open(file).pipe(log);", 12, "call source.unpipe()"),
        (abort, "sig.addEventListener('abort', f)", 5, "call sig.removeEventListener('abort', f)"),
        (
            ("listener", "Feed 'price'"),
            "this.feed.addEventListener('price', this.onPrice, { passive: true })",
            11,
            "call this.feed.removeEventListener('price', this.onPrice) when the work that added it ends, or",
        ),
        (("listener", "MessagePort 'message'"), "port.on('message', f)", 6, "call port.off('message', f)"),
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
        (("pool", "orders"), "const r = await this.p.acquire();", 24, "call this.p.release(r) in a finally"),
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
        let subject =
            Subject { kind, label: &Label::default(), growth, has_company: false, package: None, inserter };
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
        label: &"Map".into(),
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
        let subject = Subject {
            kind,
            label: &label.into(),
            growth,
            has_company: false,
            package: Some(&package),
            inserter: None,
        };
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
fn what_holds_objects_is_named_by_the_end_of_its_path() {
    assert_eq!(of_holder("module a.js › ctx: Object"), "remove what is done with from ctx, or bound it");
    assert_eq!(
        of_holder("module a.js › get: get() b.js:2 › c"),
        "remove what is done with from c, or bound it"
    );
    assert!(
        of_holder("module a.js › reg: FinalizationRegistry").starts_with("give reg.register() a held value")
    );
    assert!(of_holder("module a.js › [key]").starts_with("remove what is done with from what holds it"));
}

#[test]
fn a_package_that_holds_what_it_was_given_is_not_accused_at_once() {
    let package = Called { name: "knex 3.3.0".to_owned(), at: "lib/client.js:465".to_owned(), through: None };
    assert!(of_package("pool", &package).starts_with("return each checkout"));
    assert!(of_package("handle", &package).starts_with("close what the program opens through knex 3.3.0"));
    assert!(of_package("object", &package).starts_with("bound what the program gives to knex 3.3.0"));
    assert!(of_package("listener", &package).starts_with("kept by knex 3.3.0 at lib/client.js:465"));
}
