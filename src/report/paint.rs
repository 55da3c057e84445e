//! Lines made of parts with a role. Layout counts their columns, and colour is laid over it at the very
//! end, so that coloured and plain reports are the same report.

use anstyle::{AnsiColor, Style};

use super::clean::{columns_of, escaped};

/// What a part of a line is for a reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Running text.
    Plain,
    /// What is found: titles, headings.
    Title,
    /// How much of it.
    Number,
    /// Where it is.
    Path,
    /// What can be skipped: gutters, ages, folded frames.
    Faint,
    /// The culprit itself: the marked line and its caret.
    Mark,
    /// What to do.
    Fix,
}

impl Role {
    /// Its class in HTML; empty for running text.
    fn class(self) -> &'static str {
        match self {
            Role::Plain => "",
            Role::Title => "title",
            Role::Number => "number",
            Role::Path => "path",
            Role::Faint => "faint",
            Role::Mark => "mark",
            Role::Fix => "fix",
        }
    }

    fn style(self) -> Style {
        let coloured = |color: AnsiColor| Style::new().fg_color(Some(color.into()));
        match self {
            Role::Plain => Style::new(),
            Role::Title => Style::new().bold(),
            Role::Number => coloured(AnsiColor::Yellow),
            Role::Path => coloured(AnsiColor::Cyan),
            Role::Faint => Style::new().dimmed(),
            Role::Mark => coloured(AnsiColor::Red).bold(),
            Role::Fix => coloured(AnsiColor::Green),
        }
    }
}

/// One line of a report, without its newline.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Line {
    parts: Vec<(Role, String)>,
}

impl Line {
    /// A line that starts with `columns` spaces.
    pub(super) fn indented(columns: usize) -> Line {
        Line::default().with(Role::Plain, " ".repeat(columns))
    }

    /// This line with `text` at its end.
    pub(super) fn with(mut self, role: Role, text: impl Into<String>) -> Line {
        let text = text.into();
        if !text.is_empty() {
            self.parts.push((role, text));
        }
        self
    }

    /// This line with all of `other` at its end.
    pub(super) fn then(mut self, other: Line) -> Line {
        self.parts.extend(other.parts);
        self
    }

    /// Columns that a terminal gives it.
    pub(super) fn width(&self) -> usize {
        self.parts.iter().map(|(_, text)| columns_of(text)).sum()
    }

    /// Writes the line and its newline to `out` as HTML: every part in a `span` of its role's class.
    pub(super) fn write_html(&self, out: &mut String) {
        let start = out.len();
        for (role, text) in &self.parts {
            match role.class() {
                "" => out.push_str(&escaped(text)),
                class => out.push_str(&format!("<span class=\"{class}\">{}</span>", escaped(text))),
            }
        }
        let kept = out[start..].trim_end_matches(' ').len();
        out.truncate(start + kept);
        out.push('\n');
    }

    /// Writes the line and its newline to `out`.
    pub(super) fn write(&self, color: bool, out: &mut String) {
        let start = out.len();
        for (role, text) in &self.parts {
            let style = role.style();
            if color && style != Style::new() {
                out.push_str(&format!("{}{text}{}", style.render(), style.render_reset()));
            } else {
                out.push_str(text);
            }
        }
        // Trailing blanks are invisible to people and noise to diffs.
        let kept = out[start..].trim_end_matches(' ').len();
        out.truncate(start + kept);
        out.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_changes_nothing_but_escapes() {
        let line =
            Line::indented(2).with(Role::Title, "Map").with(Role::Plain, " of ").with(Role::Number, "3");
        let (mut plain, mut coloured) = (String::new(), String::new());
        line.write(false, &mut plain);
        line.write(true, &mut coloured);
        assert_eq!(plain, "  Map of 3\n");
        assert_eq!(coloured, "  \u{1b}[1mMap\u{1b}[0m of \u{1b}[33m3\u{1b}[0m\n");
        assert_eq!(line.width(), 10);
    }

    #[test]
    fn trailing_blanks_are_dropped() {
        let mut out = String::from("before ");
        Line::indented(3).write(false, &mut out);
        assert_eq!(out, "before \n");
    }
}
