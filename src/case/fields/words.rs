//! What several sections say of the site: its name, its place, what to do.

use crate::case::facts::Facts;
use crate::report::{advice, clean, cut};

/// Columns of a label in a sentence.
const MAX_NAME: usize = 120;

/// Columns of a revision's name.
const MAX_REVISION: usize = 40;

/// What leaks: `listener 'data' on Socket`.
pub fn name(facts: &Facts) -> String {
    cut(&advice::title(&facts.leak), MAX_NAME).into_owned()
}

/// Where: within the repository, else below the folder that the process ran in.
pub fn place(facts: &Facts) -> String {
    if let Some(origin) = facts.git.as_ref().and_then(|git| git.origin.as_ref()) {
        return format!("{}:{}", clean(&origin.path), origin.line);
    }
    match &facts.leak.origin {
        Some(origin) => advice::place(origin, facts.process.cwd.as_deref()),
        None => "no line of the application".to_owned(),
    }
}

/// The first ten digits of a commit; a revision of another name, such as a tag, as it is.
pub fn short(revision: &str) -> String {
    match revision.chars().all(|c| c.is_ascii_hexdigit()) {
        true => revision.chars().take(10).collect(),
        false => cut(&clean(revision), MAX_REVISION).into_owned(),
    }
}

/// The sentence that says what to do.
pub fn advice_of(facts: &Facts) -> String {
    let line = facts.git.as_ref().and_then(|git| git.origin.as_ref()?.marked());
    advice::fix(&facts.leak, line, facts.process.cwd.as_deref())
}

/// How a runner is called for one file.
pub fn command(runner: &str, path: &str) -> String {
    let path = clean(path);
    match runner {
        "jest" => format!("npx jest --forceExit {path}"),
        "vitest" => format!("npx vitest run {path}"),
        "mocha" => format!("npx mocha --exit {path}"),
        // What leaks may keep the process alive.
        _ => format!("node --test --test-force-exit {path}"),
    }
}
