//! The page that text reports are written on: header, sections, numbered blocks, closing lines.

use super::block::{self, Block};
use super::called::keeper;
use super::clean::{clean, columns_of};
use super::excerpt::Sources;
use super::format::{columns, count, plural, wrapped};
use super::lines::labelled;
use super::options::TextOptions;
use super::paint::{Line, Role};

/// Narrowest layout: below it numbers and labels have no room beside each other.
const MIN_WIDTH: usize = 60;

/// What a report begins with.
const NAME: &str = "leakline  ";

/// Widest layout: beyond it, eyes lose the line between a label and its numbers.
const MAX_WIDTH: usize = 400;

/// Heading above what is named but fails nobody.
const IN_PACKAGES: &str = "in packages (not counted as failures)";

/// Packages that are named below such blocks; the rest are counted.
const MAX_KEEPERS: usize = 4;

/// Heading above sites that have no frame but Node's.
pub(super) const NODES_OWN: &str = "Node's own (not counted as failures)";

/// `3 leaks in the application, 1 in a package, 2 suspects`; `None` when there is nothing.
pub(super) fn summary(application: usize, packages: usize, suspects: usize) -> Option<String> {
    let mut parts = Vec::new();
    match application {
        0 if packages + suspects == 0 => return None,
        0 => parts.push("no leak in the application".to_owned()),
        n => parts.push(format!("{} in the application", plural(n as u64, "leak"))),
    }
    match packages {
        0 => {}
        1 => parts.push("1 in a package".to_owned()),
        n => parts.push(format!("{} in packages", count(n as u64))),
    }
    if suspects > 0 {
        parts.push(plural(suspects as u64, "suspect"));
    }
    Some(parts.join(", "))
}

/// `1 leak in a package, 2 suspects`, where what a package keeps counts as the application's leak.
pub(super) fn summary_of_packages(packages: usize, suspects: usize) -> Option<String> {
    let mut found = match packages {
        0 => return None,
        1 => "1 leak in a package".to_owned(),
        n => format!("{} in packages", plural(n as u64, "leak")),
    };
    if suspects > 0 {
        found.push_str(&format!(", {}", plural(suspects as u64, "suspect")));
    }
    Some(found)
}

/// A report being written, from top to bottom.
pub(super) struct Page<'o> {
    options: &'o TextOptions,
    /// Columns, within its bounds.
    width: usize,
    sources: Sources,
    lines: Vec<Line>,
    /// Number of the next block; they go on through all sections.
    next: usize,
    /// Whether the last line written is a closing line.
    closing: bool,
}

impl<'o> Page<'o> {
    pub(super) fn new(options: &'o TextOptions) -> Page<'o> {
        let width = options.width.clamp(MIN_WIDTH, MAX_WIDTH);
        Page {
            options,
            width,
            sources: Sources::allowing(options.sources),
            lines: Vec::new(),
            next: 1,
            closing: false,
        }
    }

    /// The first line: what was found, and what was looked at.
    pub(super) fn header(&mut self, found: &str, role: Role, looked_at: &str) {
        let lead = Line::default().with(Role::Faint, NAME);
        let mut rows = wrapped(lead, role, found, self.width);
        let last = rows.pop().unwrap_or_default();
        self.lines.extend(rows);
        self.lines.extend(columns(last, Line::default().with(Role::Faint, looked_at), self.width));
    }

    /// A first line that says all by itself, however wide it gets: test runners show it alone.
    pub(super) fn headline(&mut self, text: &str) {
        let line = Line::default().with(Role::Faint, "leakline: ");
        self.lines.push(line.with(Role::Mark, text));
    }

    /// The first line when nothing was found. It stays one line at any width, so that it can be searched for.
    pub(super) fn nothing(&mut self, found: &str, looked_at: &str) {
        let lead = Line::default().with(Role::Faint, NAME).with(Role::Fix, found);
        let line = lead.clone().with(Role::Plain, format!(" · {looked_at}"));
        if line.width() <= self.width() {
            self.lines.push(line);
            return;
        }
        self.lines.push(lead);
        self.lines.extend(wrapped(Line::indented(columns_of(NAME)), Role::Plain, looked_at, self.width()));
    }

    /// Blocks with source and fix, each below a blank line.
    pub(super) fn blocks(&mut self, blocks: &[Block<'_>]) {
        for block in blocks {
            self.lines.push(Line::default());
            self.block(block);
        }
    }

    /// A heading and blocks with source and fix; nothing at all when there are none.
    pub(super) fn section(&mut self, heading: &str, blocks: &[Block<'_>]) {
        if let Some((first, rest)) = blocks.split_first() {
            self.heading(heading);
            self.block(first);
            self.blocks(rest);
        }
    }

    /// A heading and blocks of one or two lines; nothing at all when there are none.
    pub(super) fn brief_section(&mut self, heading: &str, blocks: &[Block<'_>]) {
        if blocks.is_empty() {
            return;
        }
        self.heading(heading);
        for block in blocks {
            self.lines.extend(block::brief(block, self.next, self.options, self.width));
            self.next += 1;
        }
    }

    /// Blocks of one or two lines of what packages keep, below a heading with their installed versions.
    pub(super) fn in_packages(&mut self, blocks: &[Block<'_>]) {
        let cwd = self.options.cwd.as_deref();
        let mut keepers: Vec<String> = Vec::new();
        for keeper in blocks.iter().filter_map(|block| keeper(block.origin?, cwd)) {
            if !keepers.contains(&keeper.name) {
                keepers.push(keeper.name);
            }
        }
        let more = match keepers.len().saturating_sub(MAX_KEEPERS) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        keepers.truncate(MAX_KEEPERS);
        self.brief_section(IN_PACKAGES, blocks);
        if !keepers.is_empty() {
            // What a package opens for a call of the application's is open until that ends it.
            let is_taken = blocks.iter().any(|block| block.kind == "handle" && !block.is_called());
            let first = match is_taken {
                true => {
                    "end what the application takes of it (read each response to its end or destroy it, close each client), for which \
                     it opens these after an await; else look for a newer version"
                }
                false => "look for a newer version",
            };
            let of = format!("{}{more}: {first}, or report it", keepers.join(", "));
            self.lines.extend(wrapped(labelled("kept by  "), Role::Plain, &clean(&of), self.width));
        }
    }

    /// A heading and blocks of a few lines that say why each is listed; nothing at all when there are none.
    pub(super) fn reasoned_section(&mut self, heading: &str, blocks: &[Block<'_>]) {
        if blocks.is_empty() {
            return;
        }
        self.heading(heading);
        for block in blocks {
            self.lines.extend(block::brief(block, self.next, self.options, self.width));
            self.lines.extend(block::reasons(block, self.width));
            self.next += 1;
        }
    }

    /// A heading and lines laid out elsewhere; nothing at all when there are none.
    pub(super) fn plain_section(&mut self, heading: &str, lines: Vec<Line>) {
        if !lines.is_empty() {
            self.heading(heading);
            self.lines.extend(lines);
        }
    }

    /// A line below all blocks: `lead`, then `text`.
    pub(super) fn closing(&mut self, lead: &str, role: Role, text: &str) {
        // Below a single line that says all, a blank one would separate nothing.
        if !self.closing && self.lines.len() > 1 {
            self.lines.push(Line::default());
        }
        self.closing = true;
        let lead = Line::default().with(Role::Faint, lead);
        self.lines.extend(wrapped(lead, role, text, self.width));
    }

    /// What could not be seen, and which bound was hit.
    pub(super) fn notes(&mut self, notes: &[String]) {
        for note in notes {
            let note = clean(note.trim());
            match note.strip_prefix("not seen: ") {
                Some(unseen) => self.closing("not seen: ", Role::Plain, unseen),
                None => self.closing("note: ", Role::Plain, &note),
            }
        }
    }

    /// How many sites of Node's own were left out.
    pub(super) fn hidden(&mut self, sites: usize) {
        if sites > 0 {
            self.closing(
                "hidden: ",
                Role::Faint,
                &format!("{} of Node's own (--all)", plural(sites as u64, "site")),
            );
        }
    }

    /// What `~` means, where it was used.
    pub(super) fn estimates(&mut self, used: bool) {
        if used {
            self.closing("~ ", Role::Faint, "marks an estimate from samples");
        }
    }

    pub(super) fn width(&self) -> usize {
        self.width
    }

    pub(super) fn finish(self) -> String {
        let mut out = String::new();
        for line in &self.lines {
            match self.options.html {
                true => line.write_html(&mut out),
                false => line.write(self.options.color, &mut out),
            }
        }
        out
    }

    fn block(&mut self, block: &Block<'_>) {
        let lines = block::full(block, self.next, &mut self.sources, self.options, self.width);
        self.lines.extend(lines);
        self.next += 1;
    }

    fn heading(&mut self, text: &str) {
        self.lines.push(Line::default());
        self.lines.push(Line::default().with(Role::Title, text));
    }
}
