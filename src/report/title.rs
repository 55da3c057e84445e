//! A title for people, made of a kind and the parts of a label.

use super::clean::clean;
use super::format::group;
use crate::values::label::{Detail, Label};

/// A label for people: `listener 'data' on Socket`, `setInterval 30,000 ms`, `Map LRUCache`, `open FileHandle`.
pub(super) fn title(kind: &str, label: &Label) -> String {
    let text = clean(label);
    let base = match kind {
        "listener" => match label.events() {
            Some((emitter, events)) => return format!("listener {} on {}", clean(events), clean(emitter)),
            None if !text.is_empty() && !text.contains(' ') => return format!("listener on {text}"),
            None => kind,
        },
        "timeout" | "interval" | "immediate" => match delays(label) {
            Some(delays) => return format!("{} {delays}", clean(label.class())),
            None if text.starts_with("set") => return text.into_owned(),
            None => kind,
        },
        "handle" if !text.is_empty() => return format!("open {text}"),
        "map" | "set" | "array" | "object" => class(kind),
        "heap" if !text.is_empty() => return format!("heap, {text}"),
        "buffer" if !text.is_empty() => return format!("Buffers, {text}"),
        "pool" if label.is_duplicate() => return text.into_owned(),
        "pool" if !text.is_empty() => return format!("checkout of {text}"),
        _ => kind,
    };
    let base = clean(base);
    // A census names the class and what holds it.
    if text.starts_with(&*format!("{base} ")) {
        return text.into_owned();
    }
    if text.is_empty() || text == base { base.into_owned() } else { format!("{base} {text}") }
}

/// `30,000 ms, 60,000 ms and others`, where all that is behind the function are delays.
fn delays(label: &Label) -> Option<String> {
    let one = |detail: &Detail| match detail {
        Detail::Delay(ms) => Some(format!("{} ms", group(&ms.to_string()))),
        _ => None,
    };
    let delays: Vec<String> = label.details().iter().map(one).collect::<Option<_>>()?;
    let more = if label.has_more() { " and others" } else { "" };
    (!delays.is_empty()).then(|| format!("{}{more}", delays.join(", ")))
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

#[cfg(test)]
mod tests {
    use super::*;

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
            ("timeout", "setTimeout 1000 ms, 20000 ms", "setTimeout 1,000 ms, 20,000 ms"),
            ("timeout", "setTimeout 1 ms, 2000 ms and others", "setTimeout 1 ms, 2,000 ms and others"),
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
            assert_eq!(title(kind, &label.into()), expected);
        }
    }
}
