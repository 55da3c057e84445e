//! The package that the application calls: which one, which version of it is installed, and where it keeps what it took.

use std::fs::File;
use std::io::Read;

use super::paths::on_disk;
use crate::values::frames::{Frame, Owner, in_package, owner};

/// Largest `package.json` that is read.
const MAX_BYTES: u64 = 256 * 1024;
/// Longest version that is shown, in bytes.
const MAX_VERSION: usize = 40;

/// A package in which a call of the application took something.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Called {
    /// `signals 1.2.3`; without a version where none can be read.
    pub(super) name: String,
    /// Its own innermost line, `index.js:1`.
    pub(super) at: String,
    /// The package that takes it where that is another, with its line: `inner 1.2.3 at index.js:7`.
    pub(super) through: Option<String>,
}

/// The package that `origin` calls on a stack, when a package took the resource; `None` when the application did itself.
pub(super) fn called(stack: &[Frame], origin: Option<&Frame>, cwd: Option<&str>) -> Option<Called> {
    let end = stack.iter().position(|frame| Some(frame) == origin)?;
    let is_package =
        |frame: &&Frame| matches!(owner(&frame.file), Owner::Package(name) if name != "leakline");
    let inner = || {
        stack[..end]
            .iter()
            .filter(|frame| !matches!(owner(&frame.file), Owner::Runtime | Owner::Package("leakline")))
    };
    // Whatever it calls in turn: the application knows the one that it calls.
    inner().next().filter(is_package)?;
    let Owner::Package(name) = owner(&inner().next_back()?.file) else { return None };
    let frame = inner().find(|frame| owner(&frame.file) == Owner::Package(name))?;
    let mut found = at(name, frame, cwd)?;
    if let Some((inner, frame)) = inner().find_map(|frame| Some((package_of(frame)?, frame)))
        && inner != name
    {
        found.through = at(inner, frame, cwd).map(|Called { name, at, .. }| format!("{name} at {at}"));
    }
    Some(found)
}

fn package_of(frame: &Frame) -> Option<&str> {
    match owner(&frame.file) {
        Owner::Package(name) => Some(name),
        Owner::Application | Owner::Runtime => None,
    }
}

/// The package that has a line of its own, when it is no line of the application.
pub(super) fn keeper(frame: &Frame, cwd: Option<&str>) -> Option<Called> {
    let Owner::Package(name) = owner(&frame.file) else { return None };
    at(name, frame, cwd)
}

/// A line of the package `name`, which has that frame's file.
fn at(name: &str, frame: &Frame, cwd: Option<&str>) -> Option<Called> {
    let file = in_package(&frame.file)?.strip_prefix(name)?.trim_start_matches(['/', '\\']);
    let version = version(&frame.file, file, cwd).map(|version| format!(" {version}"));
    Some(Called {
        name: format!("{name}{}", version.unwrap_or_default()),
        at: format!("{file}:{}", frame.line),
        through: None,
    })
}

/// The version in the `package.json` of the package that has `file` at `within`.
fn version(file: &str, within: &str, cwd: Option<&str>) -> Option<String> {
    let folder = file.strip_suffix(within)?;
    let path = on_disk(&format!("{folder}package.json"), cwd)?;
    // Asked before opening: opening a pipe would wait for its other end.
    let about = std::fs::metadata(&path).ok()?;
    if !about.is_file() || about.len() > MAX_BYTES {
        return None;
    }
    let mut text = String::new();
    File::open(&path).ok()?.take(MAX_BYTES).read_to_string(&mut text).ok()?;
    let json: serde_json::Value = serde_json::from_str(&text).ok()?;
    let version = json.get("version")?.as_str()?;
    let is_plain = version.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'+'));
    (is_plain && !version.is_empty() && version.len() <= MAX_VERSION).then(|| version.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(places: &[(&str, u32)]) -> Vec<Frame> {
        let frame = |(file, line): &(&str, u32)| Frame {
            function: None,
            file: (*file).to_owned(),
            line: *line,
            column: 1,
        };
        places.iter().map(frame).collect()
    }

    #[test]
    fn it_is_the_package_that_the_application_calls() {
        let stack = frames(&[
            ("node:events", 1),
            ("/a/node_modules/inner/index.js", 7),
            ("/a/node_modules/outer/lib/model.js", 5),
            ("/a/node_modules/outer/index.js", 3),
            ("/a/app.js", 2),
        ]);
        let found = called(&stack, stack.last(), None).unwrap();
        assert_eq!((&*found.name, &*found.at), ("outer", "lib/model.js:5"));
        assert_eq!(found.through.as_deref(), Some("inner at index.js:7"));
        assert_eq!(called(&stack[4..], stack.last(), None), None, "the application took it itself");
        assert_eq!(called(&stack[..1], None, None), None);
    }

    #[test]
    fn the_installed_version_is_read_where_it_is_one() {
        let folder = std::env::temp_dir().join(format!("leakline-called-{}", std::process::id()));
        let package = folder.join("node_modules/@scope/name");
        std::fs::create_dir_all(package.join("lib")).unwrap();
        let file = package.join("lib/i.js");
        let stack = frames(&[(file.to_str().unwrap(), 1), ("/a/app.js", 2)]);
        let name = |json: &str| {
            std::fs::write(package.join("package.json"), json).unwrap();
            called(&stack, stack.last(), None).unwrap().name
        };
        assert_eq!(name(r#"{"version":"1.2.3-rc.1"}"#), "@scope/name 1.2.3-rc.1");
        for other in [r#"{"version":"1\u001b[0m"}"#, r#"{"version":7}"#, "{", r#"{"version":""}"#] {
            assert_eq!(name(other), "@scope/name", "{other}");
        }
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
