//! The names a source line uses where something is created, so that a hint can say `socket.off('data',
//! onData)` instead of `emitter.off('data', fn)`.
//!
//! This is no parser. It reads one call on one line, and says nothing as soon as it is unsure: a hint with a
//! general name is better than one with a wrong name.

use std::borrow::Cow;

/// Longest name that is quoted. A longer one would hide the call it is part of.
const MAX_NAME_CHARS: usize = 60;

/// What one line says of the call at a column. Every field is what the source spells, or `None` when it is
/// unclear.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct CallSite<'a> {
    /// The function or class called: `on`, `setInterval`, `Map`.
    pub(super) callee: Option<&'a str>,
    /// What it is called on: `socket`, `this.bus`.
    pub(super) receiver: Option<&'a str>,
    /// What the result is assigned to: `this.timer`.
    pub(super) target: Option<Cow<'a, str>>,
    /// The second argument.
    pub(super) second: Argument<'a>,
}

/// An argument of a call.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) enum Argument<'a> {
    /// None on this line.
    #[default]
    Unseen,
    /// A variable or a property.
    Named(&'a str),
    /// An expression: what it yields has no name here.
    Inline,
}

impl<'a> CallSite<'a> {
    /// Reads the call at `column` (UTF-16 units, from 1) of `line`.
    pub(super) fn read(line: &'a str, column: u32) -> CallSite<'a> {
        CallSite::try_read(line, column).unwrap_or_default()
    }

    fn try_read(line: &'a str, column: u32) -> Option<CallSite<'a>> {
        let mut at = byte_at(line, column)?;
        // A function that waits is positioned at its `await`.
        if let Some(rest) = line[at..].strip_prefix("await ") {
            at = line.len() - rest.trim_start().len();
        }
        // A constructor call is positioned at its `new`.
        if let Some(rest) = line[at..].strip_prefix("new ") {
            at = line.len() - rest.trim_start().len();
        }
        // A method call is positioned at the method, and by some source maps at its receiver: take the whole
        // chain.
        let start = at - name_before(&line[..at]).len();
        let chain = name_after(&line[start..]);
        let after = line[start + chain.len()..].trim_start();
        let arguments = skip_type_arguments(after).strip_prefix('(');

        let (receiver, callee) = match chain.rsplit_once('.') {
            Some((receiver, callee)) => (whole(receiver.trim_end_matches('?')), callee),
            None => (None, chain),
        };
        Some(CallSite {
            callee: Some(whole(callee)?),
            receiver,
            target: target(&line[..start]),
            second: arguments.map_or(Argument::Unseen, second),
        })
    }
}

/// The byte that `column` is at.
fn byte_at(line: &str, column: u32) -> Option<usize> {
    let wanted = column.checked_sub(1)? as usize;
    let mut units = 0;
    for (at, c) in line.char_indices() {
        if units == wanted {
            return Some(at);
        }
        units += c.len_utf16();
    }
    None
}

/// What the value of the expression that follows `before` is assigned to.
fn target(before: &str) -> Option<Cow<'_, str>> {
    let before = before.trim_end();
    let before = strip_word(strip_word(before, "new"), "await");
    let left = before.strip_suffix('=')?;
    let left = left.strip_suffix("??").or_else(|| left.strip_suffix("||")).unwrap_or(left);
    if left.ends_with(['=', '!', '<', '>', '+']) {
        return None;
    }
    let left = left.trim_end();
    let name = name_before(left);
    let lead = left[..left.len() - name.len()].trim_end();
    const VARIABLES: [&str; 3] = ["const", "let", "var"];
    const FIELDS: [&str; 6] = ["readonly", "private", "protected", "public", "override", "accessor"];
    // Anything else, such as a type annotation, makes it unclear whose name this is.
    let starts = lead.is_empty() || lead.ends_with([';', '{', '}', '(']);
    let declared = VARIABLES.iter().chain(&FIELDS).any(|word| strip_word(lead, word).len() < lead.len());
    // Only a class has fields, and only by `this` are they reached. A static one is reached by the class, which is
    // somewhere above.
    let says = |word: &str| strip_word(lead, word).len() < lead.len();
    let is_static = lead.split_whitespace().any(|word| word == "static");
    let is_field = name.starts_with('#') || FIELDS.iter().any(|word| says(word));
    match whole(name).filter(|_| (starts || declared) && !is_static)? {
        name if is_field && !name.contains('.') => Some(Cow::Owned(format!("this.{name}"))),
        name => Some(Cow::Borrowed(name)),
    }
}

/// The second of the `arguments` behind an opening parenthesis.
fn second(arguments: &str) -> Argument<'_> {
    let arguments = arguments.trim_start();
    let rest = match arguments.chars().next() {
        Some(quote @ ('\'' | '"' | '`')) => after_string(&arguments[1..], quote),
        _ => Some(&arguments[name_after(arguments).len()..]),
    };
    let Some(argument) = rest.map(str::trim_start).and_then(|rest| rest.strip_prefix(',')).map(str::trim)
    else {
        return Argument::Unseen;
    };
    let name = name_after(argument);
    match (whole(name), argument[name.len()..].trim_start().chars().next()) {
        _ if argument.is_empty() => Argument::Unseen,
        (Some(name), Some(')' | ',')) if !matches!(name, "async" | "function") => Argument::Named(name),
        _ => Argument::Inline,
    }
}

/// What follows the end of a string literal.
fn after_string(text: &str, quote: char) -> Option<&str> {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return Some(&text[at + c.len_utf8()..]),
            _ => {}
        }
    }
    None
}

/// `text` behind the `<…>` of a TypeScript call.
fn skip_type_arguments(text: &str) -> &str {
    if !text.starts_with('<') {
        return text;
    }
    let mut depth = 0;
    for (at, c) in text.char_indices() {
        match c {
            '<' => depth += 1,
            '>' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return &text[at + 1..];
        }
    }
    text
}

/// `text` without `word` at its end, when it is a word there.
fn strip_word<'a>(text: &'a str, word: &str) -> &'a str {
    match text.strip_suffix(word) {
        Some(rest) if !rest.ends_with(is_in_name) => rest.trim_end(),
        _ => text,
    }
}

/// The chain of names that `text` ends with.
fn name_before(text: &str) -> &str {
    &text[text.trim_end_matches(is_in_name).len()..]
}

/// The chain of names that `text` begins with.
fn name_after(text: &str) -> &str {
    &text[..text.len() - text.trim_start_matches(is_in_name).len()]
}

fn is_in_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '$' | '#' | '.' | '?')
}

/// `name` if it is complete: neither end of it was cut off, as in `.on` of `make().on`.
fn whole(name: &str) -> Option<&str> {
    let complete = name.starts_with(|c: char| c.is_alphabetic() || matches!(c, '_' | '$' | '#'))
        && !name.ends_with(['.', '?'])
        && name.chars().count() <= MAX_NAME_CHARS;
    complete.then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The call site at `^` of the line below `line`.
    fn at<'a>(line: &'a str, below: &str) -> CallSite<'a> {
        CallSite::read(line, below.find('^').map_or(0, |at| at as u32 + 1))
    }

    fn call<'a>(callee: &'a str, receiver: &'a str, target: &'a str, second: Argument<'a>) -> CallSite<'a> {
        let name = |name: &'a str| (!name.is_empty()).then_some(name);
        CallSite {
            callee: name(callee),
            receiver: name(receiver),
            target: name(target).map(Cow::Borrowed),
            second,
        }
    }

    #[test]
    fn methods_are_read_from_either_end() {
        let expected = || call("on", "socket", "", Argument::Named("onData"));
        assert_eq!(at("  socket.on('data', onData);", "         ^"), expected());
        assert_eq!(at("  socket.on('data', onData);", "  ^"), expected());
        assert_eq!(at("  await socket.on('data', onData);", "  ^"), expected());
        assert_eq!(at("  socket?.on('data', onData, 1);", "          ^"), expected());
        assert_eq!(
            at("this.#bus.once(NAME, this.done)", "          ^"),
            call("once", "this.#bus", "", Argument::Named("this.done"))
        );
    }

    #[test]
    fn functions_without_a_name_are_inline() {
        for second in ["() => x)", "async () => {", "function () {", "fn.bind(this))", "(chunk) => {"] {
            let line = format!("bus.on('it\\'s, me', {second}");
            assert_eq!(CallSite::read(&line, 5), call("on", "bus", "", Argument::Inline), "{second}");
        }
        for line in ["bus.on('a',", "bus.on(", "bus.on('a", "bus.on('a')", "bus.on"] {
            assert_eq!(CallSite::read(line, 5), call("on", "bus", "", Argument::Unseen), "{line}");
        }
    }

    #[test]
    fn targets_are_read_when_they_are_plain() {
        let cases = [
            ("const timer = setInterval(tick, 10);", "              ^", Some("timer")),
            ("    this.timer = setInterval(tick, 10);", "                 ^", Some("this.timer")),
            ("if (x) { t ||= setInterval(tick, 10) }", "               ^", Some("t")),
            ("this.t ??= timers.setInterval(tick, 10)", "                  ^", Some("this.t")),
            ("const t: NodeJS.Timeout = setInterval(tick)", "                          ^", None),
            ("return setInterval(tick, 10);", "       ^", None),
            ("if (t == setInterval(tick, 10))", "         ^", None),
            ("tick => setInterval(tick, 10)", "        ^", None),
            ("{ timer: setInterval(tick, 10) }", "         ^", None),
            (
                "  private readonly timer = setInterval(tick, 10);",
                "                           ^",
                Some("this.timer"),
            ),
            ("  #timer = setInterval(tick, 10);", "           ^", Some("this.#timer")),
            ("  private static timer = setInterval(tick, 10);", "                         ^", None),
        ];
        for (line, below, target) in cases {
            let site = at(line, below);
            assert_eq!((site.callee, site.target.as_deref()), (Some("setInterval"), target), "{line}");
        }
    }

    #[test]
    fn constructors_are_read_from_either_word() {
        let line = "  this.callbacks = new Map<string, Set<() => void>>();";
        for below in ["                   ^", "                       ^"] {
            let site = at(line, below);
            assert_eq!(
                (site.callee, site.target.as_deref()),
                (Some("Map"), Some("this.callbacks")),
                "{below}"
            );
        }
    }

    #[test]
    fn what_is_unclear_is_left_out() {
        assert_eq!(at("make().on('a', b)", "       ^"), call("on", "", "", Argument::Named("b")));
        for (line, column) in [("", 1), ("x", 0), ("x", 2), ("x", u32::MAX), ("= 'ä🚀'", 1), ("🚀", 2)] {
            assert_eq!(CallSite::read(line, column), CallSite::default(), "{line}:{column}");
        }
        let long = format!("{}.on('a', b)", "x".repeat(100));
        assert_eq!(CallSite::read(&long, 102).receiver, None);
    }
}
