//! A case as Markdown, for a wiki or a pull request. Labels, paths and answers are anybody's: nothing of them is markup.

use std::fmt::Write;

use super::value::{Case, Code, Field, Part, State, Table};
use crate::report::clean;

/// What stands behind a field's name.
fn mark(state: State) -> &'static str {
    match state {
        State::Filled => "",
        State::Proposed => " *(proposed)*",
        State::Answered => " *(answered)*",
        State::Asked => " *(asked)*",
        State::Unknown => " *(not known)*",
    }
}

/// Writes it.
pub fn markdown(case: &Case) -> String {
    // Writing to a String cannot fail.
    let mut out = format!("# {}\n\n> {}\n\n", plain(&case.title), plain(&case.summary));
    out.push_str(
        "What is *proposed* a person confirms; what is *asked* only a person knows: \
         `leakline case case.json --ask --out .` asks, `--answers FILE` takes answers.\n",
    );
    for (n, section) in case.sections.iter().enumerate() {
        let _ = write!(out, "\n## {}. {}\n\n", n + 1, section.title);
        for part in &section.parts {
            match part {
                Part::Field(field) => write_field(&mut out, field),
                Part::Code(code) => write_code(&mut out, code),
                Part::Table(table) => write_table(&mut out, table),
                Part::Charts => {}
            }
        }
    }
    let _ =
        write!(out, "\n---\nleakline {}, fingerprint `{}`\n", env!("CARGO_PKG_VERSION"), case.fingerprint);
    out
}

fn write_field(out: &mut String, field: &Field) {
    let lines: Vec<String> =
        field.text.iter().map(|line| if field.is_code { code_span(line) } else { plain(line) }).collect();
    let _ = match &lines[..] {
        [only] => writeln!(out, "- **{}**{}: {only}", field.name, mark(field.state)),
        all => {
            let _ = writeln!(out, "- **{}**{}:", field.name, mark(field.state));
            all.iter().try_for_each(|line| writeln!(out, "  - {line}"))
        }
    };
}

fn write_code(out: &mut String, code: &Code) {
    let _ = write!(out, "\n{}\n\n", plain(&code.title));
    let longest =
        code.lines.iter().flat_map(|(_, text)| text.split(|c| c != '`')).map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    let digits = code.lines.iter().map(|(lead, _)| lead.len()).max().unwrap_or(0);
    let _ = writeln!(out, "{fence}text");
    for (n, (lead, text)) in code.lines.iter().enumerate() {
        let pointer = if code.marked == Some(n) { "▸" } else { " " };
        let _ = writeln!(out, "{}", format!("{pointer} {lead:>digits$} │ {}", clean(text)).trim_end());
    }
    let _ = write!(out, "{fence}\n\n");
}

fn write_table(out: &mut String, table: &Table) {
    let _ = write!(
        out,
        "\n**{}**\n\n| {} |\n|{}\n",
        table.title,
        table.head.join(" | "),
        " --- |".repeat(table.head.len())
    );
    for row in &table.rows {
        let cells: Vec<String> = row.iter().map(|cell| plain(cell)).collect();
        let _ = writeln!(out, "| {} |", cells.join(" | "));
    }
    out.push('\n');
}

/// Text that is no markup, whatever it is: Markdown's own characters are escaped, those of HTML are entities.
fn plain(text: &str) -> String {
    let mut safe = String::with_capacity(text.len() + 16);
    for c in clean(text).chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '|' | '~' | '$' | '!' => {
                safe.push('\\');
                safe.push(c);
            }
            // Mentions and links of themselves.
            '@' => safe.push_str("&#64;"),
            c => safe.push(c),
        }
    }
    safe.replace("://", "&#58;//")
}

/// Text between backticks, more of them than it has.
fn code_span(text: &str) -> String {
    let text = clean(text);
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let ticks = "`".repeat(longest + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{ticks}{pad}{text}{pad}{ticks}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_markup() {
        assert_eq!(plain("<b>*a*_|`#[x](y)"), "&lt;b&gt;\\*a\\*\\_\\|\\`\\#\\[x\\](y)");
        assert_eq!(plain("a\n# b\u{1b}[31m"), "a\\\\n\\# b\\\\x1b\\[31m");
        assert_eq!(plain("https://x @you"), "https&#58;//x &#64;you");
        assert_eq!(code_span("a`b``c"), "```a`b``c```");
        assert_eq!(code_span("`"), "`` ` ``");
    }
}
