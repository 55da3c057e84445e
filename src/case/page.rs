//! A case as one HTML file: no script, nothing from outside, light and dark, printable.

use std::fmt::Write;

use super::value::{Case, Code, Field, Part, State, Table};
use crate::report::html::{Charts, STYLE, svg};
use crate::report::{clean, escaped};

/// What a page of a case has beside the style of every page.
const OWN_STYLE: &str = include_str!("style.css");

fn mark(state: State) -> (&'static str, &'static str) {
    match state {
        State::Filled => ("", ""),
        State::Proposed => ("proposed", "proposed"),
        State::Answered => ("answered", "answered"),
        State::Asked => ("asked", "asked"),
        State::Unknown => ("unknown", "not known"),
    }
}

/// Writes it.
pub fn page(case: &Case) -> String {
    let text = |text: &str| escaped(&clean(text)).into_owned();
    // Writing to a String cannot fail.
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>{title}</title>\n<style>\n{STYLE}{OWN_STYLE}</style>\n<main class=\"case\">\n\
         <h1>{title}</h1>\n<p class=\"summary\">{}</p>\n",
        text(&case.summary),
        title = text(&case.title),
    );
    for (n, section) in case.sections.iter().enumerate() {
        let _ = write!(out, "<section>\n<h2>{}. {}</h2>\n", n + 1, section.title);
        let mut is_list = false;
        for part in &section.parts {
            let wants_list = matches!(part, Part::Field(_));
            if wants_list != is_list {
                out.push_str(if wants_list { "<dl>\n" } else { "</dl>\n" });
                is_list = wants_list;
            }
            match part {
                Part::Field(field) => write_field(&mut out, field),
                Part::Code(code) => write_code(&mut out, code),
                Part::Table(table) => write_table(&mut out, table),
                Part::Charts => write_charts(&mut out, case),
            }
        }
        out.push_str(if is_list { "</dl>\n</section>\n" } else { "</section>\n" });
    }
    let _ = write!(
        out,
        "<footer>leakline {}, fingerprint <code>{}</code>. What is proposed a person confirms; what is asked only a person \
         knows: <code>leakline case case.json --ask --out .</code></footer>\n</main>\n</html>\n",
        env!("CARGO_PKG_VERSION"),
        text(&case.fingerprint)
    );
    out
}

fn write_field(out: &mut String, field: &Field) {
    let (class, word) = mark(field.state);
    let badge = if word.is_empty() { String::new() } else { format!(" <span class=\"badge\">{word}</span>") };
    let line = |line: &String| {
        let safe = escaped(&clean(line)).into_owned();
        if field.is_code { format!("<code>{safe}</code>") } else { safe }
    };
    let lines: Vec<String> = field.text.iter().map(line).collect();
    let body = match &lines[..] {
        [only] => only.clone(),
        all => format!("<ul>{}</ul>", all.iter().map(|line| format!("<li>{line}</li>")).collect::<String>()),
    };
    let _ = writeln!(out, "<div class=\"field {class}\"><dt>{}{badge}</dt><dd>{body}</dd></div>", field.name);
}

fn write_code(out: &mut String, code: &Code) {
    let digits = code.lines.iter().map(|(lead, _)| lead.len()).max().unwrap_or(0);
    let _ = write!(
        out,
        "<figure class=\"code\"><figcaption>{}</figcaption>\n<pre>",
        escaped(&clean(&code.title))
    );
    for (n, (lead, text)) in code.lines.iter().enumerate() {
        let safe = escaped(&clean(text)).into_owned();
        let lead = format!("{:>digits$}", escaped(lead));
        let _ = match (code.marked == Some(n), lead.trim()) {
            (true, _) => writeln!(out, "<span class=\"mark\">▸ {lead} │ {safe}</span>"),
            (false, "+") => writeln!(out, "<span class=\"fix\">  {lead} │ {safe}</span>"),
            (false, "-") => writeln!(out, "<span class=\"mark\">  {lead} │ {safe}</span>"),
            (false, _) => writeln!(out, "  <span class=\"faint\">{lead} │</span> {safe}"),
        };
    }
    out.push_str("</pre></figure>\n");
}

fn write_table(out: &mut String, table: &Table) {
    let head: String = table.head.iter().map(|cell| format!("<th>{cell}</th>")).collect();
    let _ = write!(out, "<div class=\"wide\"><table><caption>{}</caption>\n<tr>{head}</tr>\n", table.title);
    for row in &table.rows {
        // Where the page is narrow each cell says what it is.
        let cell = |(head, cell): (&&str, &String)| {
            format!("<td data-head=\"{head}\">{}</td>", escaped(&clean(cell)))
        };
        let cells: String = table.head.iter().zip(row).map(cell).collect();
        let _ = writeln!(out, "<tr>{cells}</tr>");
    }
    out.push_str("</table></div>\n");
}

fn write_charts(out: &mut String, case: &Case) {
    let charts = Charts::new(&case.facts.course, &[&case.facts.leak]);
    let drawn: String = charts.list().iter().filter_map(svg).collect();
    let _ = match drawn.is_empty() {
        true => writeln!(
            out,
            "<p class=\"faint\">No charts: the recording has no history, which a flight file has.</p>"
        ),
        false => writeln!(out, "<div class=\"charts\">\n{drawn}</div>"),
    };
}
