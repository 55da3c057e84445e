//! The frames of stacks, and whose code they run: the application's, a package's, Node's own.

use serde::{Deserialize, Serialize};

/// One call on a stack.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Frame {
    /// Function name, `None` at a module's top level or in an anonymous function.
    pub function: Option<String>,
    /// Absolute path, a `node:` name, or `<anonymous>`; where a source map was followed,
    /// the file of the source.
    pub file: String,
    /// 1-based.
    pub line: u32,
    /// 1-based.
    pub column: u32,
}

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// As [`Frame::file`].
    pub file: String,
    /// 1-based.
    pub line: u32,
    /// 1-based.
    pub column: u32,
}

/// Whose code a frame runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner<'a> {
    /// The program being watched.
    Application,
    /// A dependency, by its package name.
    Package(&'a str),
    /// Node itself, V8, or code without a file.
    Runtime,
}

/// Whose code `file` is.
pub fn owner(file: &str) -> Owner<'_> {
    // Node parses HTTP by WebAssembly, and whose any other is its frame does not say.
    let is_wasm = file.starts_with("wasm:");
    if file.is_empty() || file.starts_with("node:") || file.starts_with('<') || file == "native" || is_wasm {
        return Owner::Runtime;
    }
    match package(file) {
        Some((rest, end)) => Owner::Package(&rest[..end]),
        None => Owner::Application,
    }
}

/// Whose code has to change, the application first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// A line of the program being watched.
    Application,
    /// A dependency.
    Package,
    /// Node itself. Reports hide it by default.
    Node,
}

/// The place of an [`origin`].
pub fn place_of(origin: Option<&Frame>) -> Place {
    match origin.map(|frame| owner(&frame.file)) {
        Some(Owner::Application) => Place::Application,
        Some(Owner::Package(_)) => Place::Package,
        Some(Owner::Runtime) | None => Place::Node,
    }
}

/// The part of a path after the innermost `node_modules`, which is the same wherever a package is installed.
pub fn in_package(file: &str) -> Option<&str> {
    package(file).map(|(rest, _)| rest)
}

/// The innermost `node_modules/<name>` or `node_modules/@scope/<name>` of a path: the part after
/// `node_modules`, and the length of the name at its start.
fn package(file: &str) -> Option<(&str, usize)> {
    const FOLDER: &str = "node_modules";
    let at = file.rfind(FOLDER)?;
    let is_separator = |b: u8| b == b'/' || b == b'\\';
    let bytes = file.as_bytes();
    let start = at + FOLDER.len() + 1;
    if (at > 0 && !is_separator(bytes[at - 1])) || start > file.len() || !is_separator(bytes[start - 1]) {
        return None;
    }
    let rest = &file[start..];
    let mut parts_wanted = if rest.starts_with('@') { 2 } else { 1 };
    let end = rest
        .bytes()
        .position(|b| {
            if is_separator(b) {
                parts_wanted -= 1;
            }
            parts_wanted == 0
        })
        .unwrap_or(rest.len());
    (end > 0).then_some((rest, end))
}

/// Packages that run tests; a name with a hyphen or a slash at its end is a prefix.
const RUNNERS: [&str; 12] = [
    "@jest/", "@vitest/", "chai", "expect", "jest", "jest-", "mocha", "tinypool", "ts-jest", "tsx", "vite",
    "vitest",
];

/// Whether code belongs to a test runner, so that neither the application nor a package is responsible.
pub fn is_runner(owner: Owner<'_>) -> bool {
    let is_one = |name: &str, runner: &str| match runner.ends_with(['-', '/']) {
        true => name.starts_with(runner),
        false => name == runner,
    };
    matches!(owner, Owner::Package(name) if RUNNERS.iter().any(|runner| is_one(name, runner)))
}

/// The frames of a stack without the test runner's below them, which are the same for every test.
pub fn above_runner(stack: &[Frame]) -> &[Frame] {
    let is_runners = |frame: &Frame| is_runner(owner(&frame.file));
    let is_below = |frame: &Frame| is_runners(frame) || owner(&frame.file) == Owner::Runtime;
    let end = stack.iter().rposition(|frame| !is_below(frame)).map_or(0, |last| last + 1);
    if stack[end..].iter().any(is_runners) { &stack[..end] } else { stack }
}

/// Files of Node's in which a listener passes from function to function, whichever of its ways it was added.
const ADDING: [&str; 3] =
    ["node:events", "node:internal/event_target", "node:internal/events/abort_listener"];

/// Node's own ways to add a listener (`events.once()` in a promise), a test's page, and what else only hands a call on.
fn passes_on(Frame { function, file, .. }: &Frame) -> bool {
    let name = function.as_deref().and_then(|name| name.rsplit('.').next()).unwrap_or_default();
    let adds = ["on", "once", "addListener", "prependListener", "prependOnceListener", "[kNewListener]"]
        .contains(&name);
    ADDING.contains(&file.as_str())
        // What a MessagePort is reported by: a function without a name. Those with one make listeners of their own.
        || (file == "node:internal/worker/io" && function.is_none())
        || (file == "<anonymous>" && function.as_deref() == Some("new Promise"))
        || file.starts_with("node:") && adds
        || matches!(owner(file), Owner::Package("jsdom" | "happy-dom"))
}

/// Whose code made the call; `None` for an empty stack.
pub fn caller(stack: &[Frame]) -> Option<Owner<'_>> {
    stack.iter().find(|frame| !passes_on(frame)).map(|frame| owner(&frame.file))
}

/// The innermost frame that is neither Node's nor leakline's: the line that registers.
pub fn registering(stack: &[Frame]) -> Option<&Frame> {
    stack.iter().find(|frame| !matches!(owner(&frame.file), Owner::Runtime | Owner::Package("leakline")))
}

/// The package that a call of the application's went into to take the resource.
pub fn taken_by<'a>(stack: &'a [Frame], origin: Option<&Frame>) -> Option<&'a str> {
    let innermost = registering(stack).filter(|frame| Some(*frame) != origin)?;
    match owner(&innermost.file) {
        Owner::Package(name) => Some(name),
        Owner::Application | Owner::Runtime => None,
    }
}

/// The frame to show: the first in the application, else the first in a package.
pub fn origin(stack: &[Frame]) -> Option<&Frame> {
    let first = |wanted: fn(Owner<'_>) -> bool| stack.iter().find(|frame| wanted(owner(&frame.file)));
    first(|o| o == Owner::Application).or_else(|| first(|o| matches!(o, Owner::Package(_))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_runners_frames_below_the_tests_are_left_out() {
        let stack = |files: &[&str]| -> Vec<Frame> {
            let frame = |file: &&str| Frame { function: None, file: (*file).to_owned(), line: 1, column: 1 };
            files.iter().map(frame).collect()
        };
        let (app, circus, expect) =
            ("/a/x.js", "/a/node_modules/jest-circus/run.js", "/a/node_modules/expect/i.js");
        let cases = [
            (stack(&[app, circus, "<anonymous>", circus]), 1),
            (stack(&[app, expect, app, circus]), 3),
            (stack(&[app, "/a/node_modules/jester/i.js"]), 2),
            (stack(&[circus, "node:timers"]), 0),
            (stack(&[]), 0),
        ];
        for (stack, kept) in cases {
            assert_eq!(above_runner(&stack).len(), kept, "{stack:?}");
        }
    }

    #[test]
    fn owner_is_reported_by_the_path() {
        let cases = [
            ("/srv/app/src/server.js", Owner::Application),
            ("/srv/app/node_modules/pg/lib/client.js", Owner::Package("pg")),
            ("/srv/app/node_modules/@redis/client/dist/index.js", Owner::Package("@redis/client")),
            ("/a/node_modules/x/node_modules/y/i.js", Owner::Package("y")),
            ("C:\\app\\node_modules\\ws\\lib\\ws.js", Owner::Package("ws")),
            ("/srv/my_node_modules/x.js", Owner::Application),
            ("/srv/node_modules_old/x.js", Owner::Application),
            ("node:events", Owner::Runtime),
            ("<anonymous>", Owner::Runtime),
            ("", Owner::Runtime),
        ];
        for (file, expected) in cases {
            assert_eq!(owner(file), expected, "{file}");
        }
    }
}
