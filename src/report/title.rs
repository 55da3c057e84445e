//! A label for people, and its parts. A label is text in every value and file: only here is it taken apart.

use super::clean::clean;
use super::format::group;

/// How the label ends of what a connection gives away to be closed, rather than a pool to be returned.
pub(super) const DUPLICATE: &str = " duplicate";

/// How a label ends that names some of its events or delays only.
const MORE: &str = " and others";

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
        "buffer" if !label.is_empty() => return format!("Buffers, {label}"),
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

/// `Redis 'message'` as its class and its quoted events. `None` for a label of another form, as with symbols.
pub(super) fn emitter_and_events(label: &str) -> Option<(&str, &str)> {
    let (emitter, _) = label.split_once(" '")?;
    let events = &label[emitter.len() + 1..];
    let complete = has_more(events) || (events.len() > 1 && events.ends_with('\''));
    (complete && !emitter.is_empty()).then_some((emitter, events))
}

/// The event's name, when `events` quotes one.
pub(super) fn single_event(events: &str) -> Option<&str> {
    let name = events.strip_prefix('\'')?.strip_suffix('\'')?;
    (!name.contains("', '")).then_some(name)
}

/// Whether there are more events than `events` names.
pub(super) fn has_more(events: &str) -> bool {
    events.ends_with(MORE)
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
