//! Paths in files that machines share: relative, with `/`.

use std::borrow::Cow;

/// `path` relative to `folder`, with `/` between segments. Without a common root it stays absolute.
pub(crate) fn relative(path: &str, folder: &str) -> String {
    let (path, folder) = (posix(path), posix(folder));
    let (to, from) = (segments(&path), segments(&folder));
    let shared = to.iter().zip(&from).take_while(|(a, b)| same(a, b)).count();
    let is_absolute = |path: &str, segments: &[&str]| path.starts_with('/') || is_drive(segments);
    if folder.is_empty() || !is_absolute(&path, &to) || (shared == 0 && (is_drive(&to) || is_drive(&from))) {
        return path.into_owned();
    }
    let up = std::iter::repeat_n("..", from.len() - shared);
    up.chain(to[shared..].iter().copied()).collect::<Vec<_>>().join("/")
}

/// Whether `path` ends with `end`, by whole segments.
pub(crate) fn ends_with(path: &str, end: &str) -> bool {
    let (path, end) = (posix(path), posix(end));
    let (path, end) = (segments(&path), segments(&end));
    !end.is_empty() && path.ends_with(&end)
}

/// The folder that the file `path` is in.
pub(crate) fn folder_of(path: &str) -> &str {
    path.rfind(['/', '\\']).map_or("", |at| &path[..at.max(1)])
}

/// With `/` in place of `\`, where a drive or a leading `\\` shows that `\` is a separator.
fn posix(path: &str) -> Cow<'_, str> {
    let drive = path.as_bytes().get(..2).is_some_and(|b| b[0].is_ascii_alphabetic() && b[1] == b':');
    match path.contains('\\') && (drive || path.starts_with("\\\\") || !path.contains('/')) {
        true => Cow::Owned(path.replace('\\', "/")),
        false => Cow::Borrowed(path),
    }
}

fn segments(path: &str) -> Vec<&str> {
    path.split('/').filter(|segment| !segment.is_empty() && *segment != ".").collect()
}

fn is_drive(segments: &[&str]) -> bool {
    segments.first().is_some_and(|first| first.len() == 2 && first.ends_with(':'))
}

/// Drives are compared without case.
fn same(a: &str, b: &str) -> bool {
    a == b || (a.len() == 2 && a.ends_with(':') && a.eq_ignore_ascii_case(b))
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn relative_paths_lead_from_the_folder_to_the_file() {
        let cases = [
            ("/app/test/a.test.js", "/app", "test/a.test.js"),
            ("/app/test/a.test.js", "/app/", "test/a.test.js"),
            ("/other/a.test.js", "/app/config", "../../other/a.test.js"),
            ("/application/a.js", "/app", "../application/a.js"),
            ("/a.js", "/", "a.js"),
            ("C:\\app\\test\\a.js", "c:\\app", "test/a.js"),
            ("D:\\app\\a.js", "C:\\app", "D:/app/a.js"),
            ("C:/app/a.js", "C:\\app", "a.js"),
            ("/app/odd\\name.js", "/app", "odd\\name.js"),
            ("test/a.js", "/app", "test/a.js"),
            ("/app/a.js", "", "/app/a.js"),
        ];
        for (path, folder, expected) in cases {
            assert_eq!(relative(path, folder), expected, "{path} from {folder}");
        }
    }

    #[test]
    fn an_end_is_made_of_whole_segments() {
        let cases = [
            ("/app/src/poll.js", "src/poll.js", true),
            ("/app/src/poll.js", "poll.js", true),
            ("/app/src/poll.js", "/app/src/poll.js", true),
            ("/app/src/spoll.js", "poll.js", false),
            ("/app/lib/poll.js", "src/poll.js", false),
            ("C:\\app\\src\\poll.js", "src/poll.js", true),
            ("C:\\app\\src\\poll.js", "src\\poll.js", true),
            ("file:///app/src/poll.mjs", "src/poll.mjs", true),
            ("/app/src/poll.js", "", false),
        ];
        for (path, end, expected) in cases {
            assert_eq!(ends_with(path, end), expected, "{path} {end}");
        }
    }

    #[test]
    fn a_file_is_in_its_folder() {
        assert_eq!(folder_of("/app/a.json"), "/app");
        assert_eq!(folder_of("/a.json"), "/");
        assert_eq!(folder_of("C:\\app\\a.json"), "C:\\app");
        assert_eq!(folder_of("a.json"), "");
    }
}
