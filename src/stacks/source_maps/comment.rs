//! Which map a built file names: its last `//# sourceMappingURL=`.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

/// Largest file that is looked at, built file and map alike.
pub(super) const MAX_FILE_BYTES: u64 = 64 * 1024 * 1024;

/// The end of a file, in bytes, that has the comment unless an inline map makes it longer.
const TAIL_BYTES: u64 = 64 * 1024;

/// Mentions that are looked at before a file is taken to have no comment: a tool that writes such comments is full
/// of them, and each is followed to the end of its line.
const MAX_MENTIONS: usize = 8;

const MENTION: &str = "sourceMappingURL=";

/// What the comment of `file` says: a path, a URL, or a whole map as a `data:` URL. Nothing when there is none, or the
/// file cannot be read.
pub(super) fn find(file: &Path) -> Option<String> {
    let bytes = plain_file_bytes(file)?;
    let mut file = File::open(file).ok()?;
    let start = bytes.saturating_sub(TAIL_BYTES);
    let tail = read_from(&mut file, start, TAIL_BYTES)?;
    match in_text(&tail) {
        Some(url) => Some(url.to_owned()),
        None if start > 0 && is_end_of_long_line(&tail) => {
            in_text(&read_from(&mut file, 0, MAX_FILE_BYTES)?).map(str::to_owned)
        }
        None => None,
    }
}

/// The size of a plain file within the bound. Request before opening: opening a pipe would wait for its other end.
pub(super) fn plain_file_bytes(file: &Path) -> Option<u64> {
    let about = std::fs::metadata(file).ok()?;
    (about.is_file() && about.len() <= MAX_FILE_BYTES).then_some(about.len())
}

fn read_from(file: &mut File, start: u64, most: u64) -> Option<String> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(start)).ok()?;
    // The limit holds even if the file grew since.
    file.take(most).read_to_end(&mut bytes).ok()?;
    // The tail may begin within a character.
    Some(
        String::from_utf8(bytes)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()),
    )
}

/// What the last comment in `text` says. One in a string of the program goes on to the string's end and is none.
fn in_text(text: &str) -> Option<&str> {
    text.rmatch_indices(MENTION).take(MAX_MENTIONS).find_map(|(at, mention)| {
        let before = text[..at].trim_end_matches([' ', '\t']);
        let is_comment = before.ends_with("//#") || before.ends_with("//@");
        let url = text[at + mention.len()..].lines().next().unwrap_or_default().trim();
        let is_url = !url.is_empty() && !url.contains([' ', '\t', '"', '\'', '`']);
        (is_comment && is_url).then_some(url)
    })
}

/// Whether the line that `tail` begins in the middle of may be a comment that counts: nothing but comments follows it.
fn is_end_of_long_line(tail: &str) -> bool {
    tail.lines().skip(1).map(str::trim).all(|line| line.is_empty() || line.starts_with("//"))
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn the_last_comment_counts() {
        let cases = [
            ("a();\n//# sourceMappingURL=a.js.map\n", Some("a.js.map")),
            ("a();\r\n//@ sourceMappingURL=a.js.map \r\n\r\n", Some("a.js.map")),
            ("a();//#\tsourceMappingURL=a.js.map", Some("a.js.map")),
            (
                "//# sourceMappingURL=old.map\n//# sourceMappingURL=new.map\n//# sourceURL=x.js\n",
                Some("new.map"),
            ),
            ("//# sourceMappingURL=a.map\nx = \"//# sourceMappingURL=\" + url;\n", Some("a.map")),
            ("x = `\n//# sourceMappingURL=${url}`;", None),
            ("// sourceMappingURL=a.map", None),
            ("//# sourceMappingURL=", None),
            ("//# sourceMappingURL=a.map b", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(in_text(text), expected, "{text}");
        }
    }

    #[test]
    fn only_a_file_that_ends_in_a_long_line_is_read_whole() {
        assert!(is_end_of_long_line("AAAA=="));
        assert!(is_end_of_long_line("AAAA==\n\n//# sourceURL=a.js\n"));
        assert!(!is_end_of_long_line("AAAA==\nend();\n"));
    }

    #[test]
    fn an_inline_map_longer_than_the_tail_is_found() {
        let folder = std::env::temp_dir().join(format!("leakline-comment-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let written = |name: &str, text: &str| {
            let file = folder.join(name);
            std::fs::write(&file, text).unwrap();
            find(&file)
        };
        let url = format!("data:application/json;base64,{}", "A".repeat(3 * TAIL_BYTES as usize));
        assert_eq!(written("inline.js", &format!("ä();\n//# sourceMappingURL={url}\n")), Some(url.clone()));
        assert_eq!(written("moved.js", &format!("//# sourceMappingURL={url}\nmore();\n")), None);
        assert_eq!(written("none.js", &"ä();\n".repeat(30_000)), None);
        assert_eq!(find(&folder), None, "a folder");
        assert_eq!(find(&folder.join("missing.js")), None);
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
