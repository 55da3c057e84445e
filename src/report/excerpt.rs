//! The code around a frame, read from its source file.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::rc::Rc;

use unicode_width::UnicodeWidthChar;

use super::clean::{columns_of, cut, is_hazard};
use super::options::Excerpts;
use super::paint::{Line, Role};
use super::paths::on_disk;
use crate::stacks::source_maps;
use crate::values::frames::{Frame, Position};

/// Largest source file that is read. Beyond it, it is a bundle, and its excerpt would help nobody.
const MAX_FILE_BYTES: u64 = 4 * 1024 * 1024;

/// Source text kept for the next excerpt of the same file. Beyond it the cache starts afresh.
const MAX_HELD_BYTES: usize = 32 * 1024 * 1024;

/// Lines shown before the marked one, and after it.
const BEFORE: u32 = 2;
const AFTER: u32 = 1;

/// Columns of a tab. Two, because excerpts are narrow.
const TAB: &str = "  ";

/// Source files read during one render.
#[derive(Default)]
pub(super) struct Sources {
    /// By the file's name in frames; `None` is a file that cannot be read.
    files: HashMap<String, Option<Rc<Source>>>,
    /// Bytes of text in `files`.
    held_bytes: usize,
    /// Which files may be read.
    allowed: Excerpts,
}

/// What source files are called. Of anything else no line is shown: a frame may name what holds a secret.
const ENDINGS: &[&str] = &[
    "js", "mjs", "cjs", "jsx", "ts", "mts", "cts", "tsx", "coffee", "ls", "vue", "svelte", "astro", "es6",
    "ejs", "res", "rescript", "elm", "purs", "re", "civet", "marko", "imba", "gjs", "gts",
];

impl Sources {
    /// Those that may be read.
    pub(super) fn allowing(allowed: Excerpts) -> Sources {
        Sources { allowed, ..Sources::default() }
    }

    /// The file that `frame` is in, if it can be read: from the disk, or else from the map of the file that it is shipped in.
    pub(super) fn of(
        &mut self,
        frame: &Frame,
        shipped: Option<&Position>,
        cwd: Option<&str>,
    ) -> Option<Rc<Source>> {
        if let Some(known) = self.files.get(&frame.file) {
            return known.clone();
        }
        let allowed = |file: &str| on_disk(file, cwd).filter(|path| self.may_read(path, cwd));
        let text = allowed(&frame.file).and_then(|path| read(&path)).or_else(|| {
            let built = allowed(&shipped?.file)?;
            source_maps::content(&built, &frame.file)
        });
        let bytes = text.as_ref().map_or(0, String::len);
        self.held_bytes += bytes;
        if self.held_bytes > MAX_HELD_BYTES {
            self.files.clear();
            self.held_bytes = bytes;
        }
        let source = text.map(|text| Rc::new(Source::new(text)));
        self.files.insert(frame.file.clone(), source.clone());
        source
    }
}

impl Sources {
    fn may_read(&self, path: &Path, cwd: Option<&str>) -> bool {
        let is_source = |path: &Path| {
            let ending = path.extension().and_then(|ending| ending.to_str());
            ending.is_some_and(|ending| ENDINGS.iter().any(|known| ending.eq_ignore_ascii_case(known)))
        };
        match self.allowed {
            Excerpts::Never => false,
            Excerpts::Any => is_source(path),
            Excerpts::BelowCwd => {
                // Links may lead out of the directory, and to what is no source.
                let real = std::fs::canonicalize(path).ok();
                let folder = cwd.and_then(|cwd| std::fs::canonicalize(cwd).ok());
                real.zip(folder).is_some_and(|(real, folder)| real.starts_with(folder) && is_source(&real))
            }
        }
    }
}

/// A source file by lines.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Source {
    text: String,
    /// Where each line starts: a report can quote a large file a thousand times.
    starts: Vec<usize>,
}

impl Source {
    fn new(text: String) -> Source {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1));
        // What follows the last newline is a line only if there is something.
        let starts = starts.filter(|&start| start < text.len()).collect();
        Source { text, starts }
    }

    /// Line `number`, 1-based, without its end.
    pub(super) fn line(&self, number: u32) -> Option<&str> {
        let start = *self.starts.get(number.checked_sub(1)? as usize)?;
        self.text[start..].lines().next()
    }
}

/// Whether `source` has such a position. Where it does not, it is not the text that ran.
pub(super) fn fits(source: &Source, frame: &Frame) -> bool {
    let units = |line: &str| line.chars().map(char::len_utf16).sum::<usize>();
    source.line(frame.line).is_some_and(|line| frame.column as usize <= units(line) + 1)
}

/// The lines around `frame`, its own marked, with a caret below its column. Empty when `source` has no
/// such line.
///
/// `indent` blanks precede the gutter; lines end before `width`.
pub(super) fn excerpt(source: &Source, frame: &Frame, indent: usize, width: usize) -> Vec<Line> {
    let Some(marked) = source.line(frame.line).filter(|_| fits(source, frame)) else {
        return Vec::new();
    };
    let range = first_shown(source, frame.line)..=frame.line.saturating_add(AFTER);
    let shown: Vec<(u32, &str)> = range.filter_map(|number| Some((number, source.line(number)?))).collect();
    let digits = shown.last().map_or(0, |(number, _)| number.to_string().len());
    // The gutter is a mark, a blank, the number and ` │ `.
    let room = width.saturating_sub(indent + 2 + digits + 3);

    let mut lines = Vec::new();
    for (number, text) in shown {
        let lead = Line::indented(indent);
        if number != frame.line {
            let gutter = format!("  {number:>digits$} │");
            lines.push(code(
                lead.with(Role::Faint, gutter),
                Role::Plain,
                &cut(visible(text).trim_end(), room),
            ));
            continue;
        }
        let (text, caret) = window(visible(marked).trim_end(), caret(marked, frame.column), room);
        let lead = lead.with(Role::Mark, format!("▸ {number:>digits$}")).with(Role::Faint, " │");
        lines.push(code(lead, Role::Plain, &text));
        if let Some(caret) = caret {
            let lead = Line::indented(indent).with(Role::Faint, format!("  {:digits$} │", ""));
            lines.push(code(lead, Role::Mark, &format!("{}^", " ".repeat(caret))));
        }
    }
    lines
}

/// Where the excerpt of `line` starts. Blank lines at its top would say nothing.
fn first_shown(source: &Source, line: u32) -> u32 {
    let first = line.saturating_sub(BEFORE).max(1);
    let is_blank = |number: &u32| source.line(*number).is_none_or(|text| text.trim().is_empty());
    first + (first..line).take_while(is_blank).count() as u32
}

/// The text of a file, or nothing: whatever is in the way, the report goes on without it.
fn read(path: &Path) -> Option<String> {
    // Before opening: opening a pipe would wait for its other end.
    let about = std::fs::metadata(path).ok()?;
    if !about.is_file() || about.len() > MAX_FILE_BYTES {
        return None;
    }
    let mut bytes = Vec::with_capacity(about.len() as usize);
    // The limit holds even if the file grew since, or never reported its size.
    File::open(path).ok()?.take(MAX_FILE_BYTES).read_to_end(&mut bytes).ok()?;
    Some(
        String::from_utf8(bytes)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()),
    )
}

fn code(lead: Line, role: Role, text: &str) -> Line {
    if text.is_empty() { lead } else { lead.with(Role::Plain, " ").with(role, text) }
}

/// A source line with tabs as blanks, and a stand-in for every character that a terminal would obey.
fn visible(line: &str) -> String {
    let mut shown = String::with_capacity(line.len());
    for c in line.chars() {
        match c {
            '\t' => shown.push_str(TAB),
            c if is_hazard(c) => shown.push('�'),
            c => shown.push(c),
        }
    }
    shown
}

/// The columns of the visible `line` before `column`, which counts UTF-16 units from 1. `None` when the line is
/// shorter: then the file is not the one that ran.
fn caret(line: &str, column: u32) -> Option<usize> {
    let wanted = column.checked_sub(1)? as usize;
    let mut units = 0;
    for (at, c) in line.char_indices() {
        if units >= wanted {
            return Some(columns_of(&visible(&line[..at])));
        }
        units += c.len_utf16();
    }
    None
}

/// The `room` columns of `line` that a reader wants: from its start, or around a caret that would be beyond.
fn window(line: &str, caret: Option<usize>, room: usize) -> (String, Option<usize>) {
    let Some(at) = caret.filter(|at| at + 1 >= room) else {
        return (cut(line, room).into_owned(), caret);
    };
    // The `…` takes the column of the last character that is skipped, which may be two columns wide.
    let wanted = at - room / 2 + 1;
    let (mut skipped, mut from) = (0, line.len());
    for (index, c) in line.char_indices() {
        if skipped >= wanted {
            from = index;
            break;
        }
        skipped += c.width().unwrap_or(0);
    }
    (format!("…{}", cut(&line[from..], room.saturating_sub(1))), Some((at + 1).saturating_sub(skipped)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(source: &str, line: u32, column: u32, width: usize) -> String {
        let frame = Frame { function: None, file: "/a.js".into(), line, column };
        let mut out = String::new();
        excerpt(&Source::new(source.into()), &frame, 1, width)
            .iter()
            .for_each(|line| line.write(false, &mut out));
        out
    }

    #[test]
    fn two_lines_before_and_one_after() {
        let source = "one\ntwo\n\n  four();\nfive\nsix\n";
        assert_eq!(
            shown(source, 4, 3, 60),
            "   2 │ two\n   3 │\n ▸ 4 │   four();\n     │   ^\n   5 │ five\n"
        );
    }

    #[test]
    fn blank_lines_above_are_left_out() {
        assert_eq!(shown("one\n\n\tthree\n four()", 4, 2, 60), "   3 │   three\n ▸ 4 │  four()\n     │  ^\n");
        assert_eq!(shown("\n \nthree()", 3, 1, 60), " ▸ 3 │ three()\n     │ ^\n");
    }

    #[test]
    fn the_first_and_the_last_line_have_fewer_neighbours() {
        assert_eq!(shown("a\r\nb\r\n", 1, 1, 60), " ▸ 1 │ a\n     │ ^\n   2 │ b\n");
        assert_eq!(shown("a\nb", 2, 1, 60), "   1 │ a\n ▸ 2 │ b\n     │ ^\n");
    }

    #[test]
    fn numbers_are_aligned() {
        let source = "x\n".repeat(10);
        assert_eq!(shown(&source, 9, 1, 60), "    7 │ x\n    8 │ x\n ▸  9 │ x\n      │ ^\n   10 │ x\n");
    }

    #[test]
    fn a_line_that_is_not_there_costs_the_excerpt() {
        for line in [0, 3, u32::MAX] {
            assert_eq!(shown("a\nb\n", line, 1, 60), "");
        }
        assert_eq!(shown("", 1, 1, 60), "");
    }

    #[test]
    fn a_column_that_is_not_there_costs_the_caret_or_all() {
        for column in [0, 2] {
            assert_eq!(shown("a", 1, column, 60), " ▸ 1 │ a\n");
        }
        for column in [3, u32::MAX] {
            assert_eq!(shown("a", 1, column, 60), "", "this text did not run");
        }
    }

    #[test]
    fn the_caret_counts_as_v8_does() {
        // The rocket is two UTF-16 units and two columns; the tab is one unit and two columns.
        assert_eq!(shown("\t🚀 x()", 1, 5, 60), " ▸ 1 │   🚀 x()\n     │      ^\n");
    }

    #[test]
    fn the_caret_stands_below_its_character_after_wide_and_combining_ones() {
        assert_eq!(shown("f('名前', on())", 1, 9, 60), " ▸ 1 │ f('名前', on())\n     │           ^\n");
        assert_eq!(shown("'e\u{301}' + on()", 1, 8, 60), " ▸ 1 │ 'e\u{301}' + on()\n     │       ^\n");
        let source = format!("{}leak()", "名".repeat(100));
        let text = shown(&source, 1, 101, 40);
        assert_eq!(text, format!(" ▸ 1 │ …{}leak()\n     │ {}^\n", "名".repeat(7), " ".repeat(15)));
    }

    #[test]
    fn a_minified_line_is_shown_around_the_caret() {
        let source = format!("{}leak(){}", "a".repeat(500), "b".repeat(500));
        let text = shown(&source, 1, 501, 40);
        let expected =
            format!(" ▸ 1 │ …{}leak(){}…\n     │ {}^\n", "a".repeat(15), "b".repeat(10), " ".repeat(16));
        assert_eq!(text, expected);
    }

    #[test]
    fn hostile_source_is_only_shown() {
        assert_eq!(shown("\u{1b}[2J\u{202e}evil\rx", 1, 6, 60), " ▸ 1 │ �[2J�evil�x\n     │      ^\n");
    }

    #[test]
    fn what_is_no_plain_file_is_not_read() {
        let mut sources = Sources::default();
        for file in ["/nowhere/at/all.js", "/", "/dev/zero", "", "node:events", "src/relative.js"] {
            let frame = Frame { function: None, file: file.into(), line: 1, column: 1 };
            assert_eq!(sources.of(&frame, None, None), None, "{file}");
        }
    }

    #[test]
    fn huge_files_are_not_read_and_broken_utf8_is() {
        let folder = std::env::temp_dir().join(format!("leakline-excerpt-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("huge.js"), vec![b'x'; MAX_FILE_BYTES as usize + 1]).unwrap();
        std::fs::write(folder.join("latin1.js"), b"caf\xe9()").unwrap();
        let text = |file: &str| {
            let frame = Frame { function: None, file: file.into(), line: 1, column: 1 };
            Sources::default().of(&frame, None, folder.to_str())?.line(1).map(str::to_owned)
        };
        assert_eq!(text("huge.js"), None);
        assert_eq!(text("latin1.js").as_deref(), Some("caf�()"));
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
