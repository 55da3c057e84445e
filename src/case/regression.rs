//! The regression test of a case: a skeleton for a test runner, whose work a person fills in.
//!
//! It repeats the work under `check()`, which looks what each round leaves, and fails where the same kind grows by the same
//! file. What a recording cannot know is how the work begins and ends: the lines that were seen stand there as comments.

use std::fmt::Write;

use super::facts::{Facts, Lines};
use super::fields::words;
use crate::report::{advice, clean, cut};
use crate::values::urls::local;

/// Columns of a source line in a comment.
const MAX_LINE: usize = 140;

/// Runners that there is a skeleton for.
pub const RUNNERS: [&str; 4] = ["node", "jest", "vitest", "mocha"];

/// Writes the test.
pub fn test(facts: &Facts) -> String {
    let runner = facts.test.runner.as_str();
    // Vitest's own files are modules, whatever the package says.
    let is_module = facts.test.is_module || runner == "vitest";
    let mut out = String::new();
    header(&mut out, facts);
    imports(&mut out, runner, is_module);
    let _ = write!(out, "\nconst LEAK = {};\n", leak(facts));
    work(&mut out, facts);
    load(&mut out, facts, is_module);
    body(&mut out, facts, runner);
    out
}

// Writing to a String cannot fail.
fn header(out: &mut String, facts: &Facts) {
    if !facts.test.is_module && facts.test.runner != "vitest" {
        out.push_str("'use strict';\n\n");
    }
    let _ = writeln!(
        out,
        "// Regression test of a leak: {} at {}.\n\
         // Written by `leakline case`; what is marked FILL IN is yours. Run it: {}",
        comment(&words::name(facts)),
        comment(&words::place(facts)),
        comment(&words::command(&facts.test.runner, &facts.test.path)),
    );
    out.push('\n');
}

fn imports(out: &mut String, runner: &str, is_module: bool) {
    let names: &[(&str, &str)] = match runner {
        "node" => &[
            ("assert", "node:assert/strict"),
            ("fs", "node:fs"),
            ("{ test }", "node:test"),
            ("leakline", "leakline"),
        ],
        "vitest" => &[
            ("assert", "node:assert/strict"),
            ("fs", "node:fs"),
            ("{ test }", "vitest"),
            ("leakline", "leakline"),
        ],
        _ => &[("assert", "node:assert/strict"), ("fs", "node:fs"), ("leakline", "leakline")],
    };
    for (name, module) in names {
        let _ = match is_module {
            true => writeln!(out, "import {name} from '{module}';"),
            false => writeln!(out, "const {name} = require('{module}');"),
        };
    }
}

/// By kind and file: what a test and a service call differs, and so do their fingerprints.
fn leak(facts: &Facts) -> String {
    let file = match facts.git.as_ref().and_then(|git| git.origin.as_ref()) {
        Some(lines) => lines.path.clone(),
        None => facts.leak.origin.as_ref().map_or_else(String::new, |origin| {
            let file = local(&origin.file).replace('\\', "/");
            file.rsplit('/').next().unwrap_or_default().to_owned()
        }),
    };
    let text = |text: &str| serde_json::to_string(text).unwrap_or_default();
    format!(
        "{{ fingerprint: {}, kind: {}, file: {} }}",
        text(&facts.leak.fingerprint),
        text(&facts.leak.kind),
        text(&file)
    )
}

fn work(out: &mut String, facts: &Facts) {
    out.push_str(
        "\n/** One unit of work, from its beginning to its end: what a request, a job or a client does. */\n\
         async function work(subject) {\n",
    );
    if let Some(git) = &facts.git {
        seen(out, "  // It is created here:", git.origin.as_ref());
        seen(out, "  // and filled here:", git.inserter.as_ref());
        seen(out, "  // The recording saw it called here:", git.caller.as_ref());
    } else if let Some(caller) = facts
        .leak
        .stack
        .iter()
        .find(|frame| Some(*frame) != facts.leak.origin.as_ref() && !frame.file.starts_with("node:"))
    {
        let _ = writeln!(
            out,
            "  // The recording saw it called at {}",
            comment(&advice::place(caller, facts.process.cwd.as_deref()))
        );
    }
    out.push_str(
        "  // FILL IN: begin the work with its arguments, and end it as the service does.\n\
         \x20 void subject;\n\
         \x20 throw new Error('FILL IN: work() does nothing yet');\n\
         }\n",
    );
}

fn seen(out: &mut String, lead: &str, lines: Option<&Lines>) {
    let Some((lines, text)) = lines.and_then(|lines| Some((lines, lines.marked()?))) else { return };
    let _ = writeln!(out, "{lead} {}:{}\n  //   {}", comment(&lines.path), lines.line, comment(text.trim()));
}

fn load(out: &mut String, facts: &Facts, is_module: bool) {
    let subject = facts.test.subject.as_deref();
    let _ = match subject {
        Some(path) => {
            let path = serde_json::to_string(path).unwrap_or_default();
            match is_module {
                true => writeln!(
                    out,
                    "\n/** After leakline has started: what is loaded before is not seen. */\nconst load = () => import({path});"
                ),
                false => writeln!(
                    out,
                    "\n/** After leakline has started: what is loaded before is not seen. */\nconst load = () => require({path});"
                ),
            }
        }
        None => writeln!(
            out,
            "\n/** FILL IN: load the module under test here, after leakline has started. */\nconst load = () => undefined;"
        ),
    };
}

fn body(out: &mut String, facts: &Facts, runner: &str) {
    let name = serde_json::to_string(&format!(
        "{} at {} does not leak",
        cut(&words::name(facts), 80),
        facts.leak.origin.as_ref().map_or_else(
            || "its line".to_owned(),
            |origin| {
                let file = local(&origin.file).replace('\\', "/");
                clean(file.rsplit('/').next().unwrap_or_default()).into_owned()
            }
        )
    ))
    .unwrap_or_default();
    let (open, close) = match runner {
        "mocha" => (format!("it({name}, async function () {{\n  this.timeout(60_000);\n"), "});\n"),
        "jest" | "vitest" => (format!("test({name}, async () => {{\n"), "}, 60_000);\n"),
        _ => (format!("test({name}, async () => {{\n"), "});\n"),
    };
    let _ = write!(
        out,
        "\n{open}\
         \x20 leakline.start({{ mode: 'full' }});\n\
         \x20 try {{\n\
         \x20   const subject = await load();\n\
         \x20   const result = await leakline.check(() => work(subject), {{ rounds: 5, iterations: 10 }});\n\
         \x20   const isSame = ({{ kind, origin }}) => kind === LEAK.kind && (origin?.file ?? '').replaceAll('\\\\', '/').endsWith(LEAK.file);\n\
         \x20   const again = result.leaks.filter(isSame);\n\
         \x20   // For `leakline case verify`, which has to know why a test fails.\n\
         \x20   if (process.env.LEAKLINE_CASE_RESULT) fs.writeFileSync(process.env.LEAKLINE_CASE_RESULT, JSON.stringify({{ LEAK, again, result }}));\n\
         \x20   assert.equal(again.length, 0, leakline.report(result));\n\
         \x20 }} finally {{\n\
         \x20   leakline.stop();\n\
         \x20 }}\n\
         {close}"
    );
}

/// A comment ends with its line.
fn comment(text: &str) -> String {
    cut(&clean(text).replace('\u{2028}', " "), MAX_LINE).into_owned()
}
