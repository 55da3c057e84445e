//! Paths and frames as people see them.

use std::path::{Path, PathBuf};

use super::clean::{clean, cut};
use super::paint::{Line, Role};
use crate::values::frames::Frame;
use crate::values::urls::local;

/// Columns for a function's name. Generated names can be whole type signatures.
const MAX_FUNCTION_COLUMNS: usize = 60;

/// The narrowest cut name that still names the function.
const MIN_FUNCTION_COLUMNS: usize = 8;

/// `path:line:column  function`, the path relative to `cwd` when it lies below. The path is whole, so that it
/// can be clicked and searched for; the function gets what is left of `room` characters.
pub(super) fn place(frame: &Frame, cwd: Option<&str>, room: usize) -> Line {
    let line = Line::default().with(Role::Path, at(frame, cwd));
    let room = room.saturating_sub(line.width() + 2).min(MAX_FUNCTION_COLUMNS);
    match frame.function.as_deref().unwrap_or_default() {
        "" => line,
        function => match cut(&clean(function), room) {
            part if part.ends_with('…') && room < MIN_FUNCTION_COLUMNS => line,
            part => line.with(Role::Plain, format!("  {part}")),
        },
    }
}

/// `path:line:column`.
pub(super) fn at(frame: &Frame, cwd: Option<&str>) -> String {
    let path = shown(&frame.file, cwd);
    if frame.line == 0 { path } else { format!("{path}:{}:{}", frame.line, frame.column) }
}

/// Where the source of `file` can be read, if it is a file at all. A relative one is below `cwd`.
pub(super) fn on_disk(file: &str, cwd: Option<&str>) -> Option<PathBuf> {
    if file.contains('\0') {
        return None;
    }
    let local = local(file);
    let path = Path::new(local.as_ref());
    if path.is_absolute() {
        return Some(path.to_path_buf());
    }
    Some(Path::new(cwd?).join(path))
}

/// `file` for people: without `file://`, relative to `cwd`, safe to print.
pub(super) fn shown(file: &str, cwd: Option<&str>) -> String {
    let local = local(file);
    let below = cwd.and_then(|cwd| below(&local, cwd));
    clean(below.unwrap_or(&local)).into_owned()
}

/// The rest of `path` when it lies below `folder`.
fn below<'a>(path: &'a str, folder: &str) -> Option<&'a str> {
    let rest = path.strip_prefix(folder)?;
    let rest = match folder.ends_with(['/', '\\']) {
        true => rest,
        false => rest.strip_prefix(['/', '\\'])?,
    };
    (!folder.is_empty() && !rest.is_empty()).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_relative_only_below_cwd() {
        let cases = [
            ("/srv/app/src/a.ts", Some("/srv/app"), "src/a.ts"),
            ("/srv/app/src/a.ts", Some("/srv/app/"), "src/a.ts"),
            ("/srv/application/a.ts", Some("/srv/app"), "/srv/application/a.ts"),
            ("/srv/app", Some("/srv/app"), "/srv/app"),
            ("/srv/app/a.ts", Some(""), "/srv/app/a.ts"),
            ("/srv/app/a.ts", None, "/srv/app/a.ts"),
            ("C:\\app\\src\\a.ts", Some("C:\\app"), "src\\a.ts"),
            ("file:///srv/my%20app/%C3%A4.mjs", Some("/srv/my app"), "ä.mjs"),
            ("file:///C:/app/a.mjs", Some("C:/app"), "a.mjs"),
            ("file:///srv/100%/%zz/%4", None, "/srv/100%/%zz/%4"),
            ("node:events", Some("/srv"), "node:events"),
            ("/srv/a\nb.js", None, "/srv/a\\nb.js"),
        ];
        for (file, cwd, expected) in cases {
            assert_eq!(shown(file, cwd), expected, "{file}");
        }
    }

    #[test]
    fn a_frame_without_position_or_function_shows_what_there_is() {
        assert_eq!(written(Some("f"), 1, 80), "/a.js:1:2  f\n");
        assert_eq!(written(Some(""), 1, 80), "/a.js:1:2\n");
        assert_eq!(written(None, 0, 80), "/a.js\n");
    }

    #[test]
    fn a_function_gives_way_to_its_path() {
        assert_eq!(written(Some("Memory.initialise"), 1, 19), "/a.js:1:2  Memory.…\n");
        assert_eq!(written(Some("Memory.initialise"), 1, 18), "/a.js:1:2\n");
        assert_eq!(written(Some("init"), 1, 15), "/a.js:1:2  init\n");
        assert_eq!(written(Some(&"f".repeat(500)), 1, 400), format!("/a.js:1:2  {}…\n", "f".repeat(59)));
    }

    fn written(function: Option<&str>, line: u32, room: usize) -> String {
        let frame = Frame { function: function.map(str::to_owned), file: "/a.js".into(), line, column: 2 };
        let mut out = String::new();
        place(&frame, None, room).write(false, &mut out);
        out
    }

    #[test]
    fn relative_sources_are_below_cwd_or_nowhere() {
        assert_eq!(on_disk("src/a.ts", None), None);
        assert_eq!(on_disk("src/a.ts", Some("/srv")), Some(PathBuf::from("/srv/src/a.ts")));
        assert_eq!(on_disk("/a\0b", None), None);
    }
}
