//! Makes text of unknown origin safe to print and fits it into columns: an event name, a function name or a
//! source line can hold anything.

use std::borrow::Cow;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Characters kept of one piece of text. Longer ones are hostile or useless, and would bury the report.
const MAX_CHARS: usize = 1000;

/// `text` on one line and without anything a terminal would obey: control and direction characters are
/// written as escapes, the way JavaScript writes them.
pub fn clean(text: &str) -> Cow<'_, str> {
    if text.len() <= MAX_CHARS && !text.chars().any(is_hazard) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len().min(4 * MAX_CHARS));
    for (n, c) in text.chars().enumerate() {
        match c {
            _ if n == MAX_CHARS => {
                safe.push('…');
                break;
            }
            '\n' => safe.push_str("\\n"),
            '\r' => safe.push_str("\\r"),
            '\t' => safe.push_str("\\t"),
            c if is_hazard(c) && (c as u32) < 0x100 => safe.push_str(&format!("\\x{:02x}", c as u32)),
            c if is_hazard(c) => safe.push_str(&format!("\\u{{{:x}}}", c as u32)),
            c => safe.push(c),
        }
    }
    Cow::Owned(safe)
}

/// Text for HTML, in an element or in a quoted attribute.
pub(crate) fn escaped(text: &str) -> Cow<'_, str> {
    if !text.contains(['&', '<', '>', '"', '\'']) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    Cow::Owned(safe)
}

/// Whether a terminal acts on `c` instead of showing it: controls, line separators, and the characters that
/// are invisible or reorder their neighbours, with which a line can be made to read as another.
pub(super) fn is_hazard(c: char) -> bool {
    let is_invisible =
        matches!(c, '\u{200b}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}');
    let is_direction = matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}');
    let is_tag = matches!(c, '\u{e0000}'..='\u{e007f}');
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') || is_invisible || is_direction || is_tag
}

/// The columns that a terminal gives `text`: 2 for a wide character, 0 for a combining one.
pub(super) fn columns_of(text: &str) -> usize {
    text.width()
}

/// `text` in at most `max_columns` columns; it ends in `…` where it was cut.
pub(crate) fn cut(text: &str, max_columns: usize) -> Cow<'_, str> {
    // No character takes more columns than bytes.
    if text.len() <= max_columns || columns_of(text) <= max_columns {
        return Cow::Borrowed(text);
    }
    let mut columns = 0;
    let fits = |c: &char| {
        columns += c.width().unwrap_or(0);
        columns < max_columns
    };
    let mut kept: String = text.chars().take_while(fits).collect();
    kept.push('…');
    Cow::Owned(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hazards_are_written_as_escapes() {
        let cases = [
            ("plain 'data' – ünï 🚀", "plain 'data' – ünï 🚀"),
            ("a\nb\r\tc", "a\\nb\\r\\tc"),
            ("\u{1b}[31mred\u{7}", "\\x1b[31mred\\x07"),
            ("\u{9b}31m", "\\x9b31m"),
            ("abc\u{202e}fed", "abc\\u{202e}fed"),
            ("a\u{2028}b", "a\\u{2028}b"),
            ("family 👩‍👧", "family 👩‍👧"),
        ];
        for (given, expected) in cases {
            assert_eq!(clean(given), expected);
        }
    }

    #[test]
    fn long_text_is_bounded() {
        let shown = clean(&"é".repeat(100_000)).into_owned();
        assert_eq!(shown.chars().count(), MAX_CHARS + 1);
        assert!(shown.ends_with('…'));
    }

    #[test]
    fn cut_counts_columns() {
        assert_eq!(cut("äöü", 3), "äöü");
        assert_eq!(cut("äöüß", 3), "äö…");
        assert_eq!(cut("🚀🚀🚀", 6), "🚀🚀🚀");
        assert_eq!(cut("🚀🚀🚀", 5), "🚀🚀…");
        assert_eq!(cut("🚀🚀🚀", 4), "🚀…");
        assert_eq!(cut("名前", 3), "名…");
        assert_eq!(cut("e\u{301}e\u{301}e\u{301}", 3), "e\u{301}e\u{301}e\u{301}");
        assert_eq!(cut("ab", 1), "…");
    }
}
