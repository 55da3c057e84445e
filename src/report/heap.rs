//! Heaps as text: what retains most, what grew, what was asked for.

use super::clean::{clean, cut};
use super::format::{bytes, columns, count, percent, plural, wrapped};
use super::options::TextOptions;
use super::paint::{Line, Role};
use super::paths::{at, shown};
use super::text::Page;
use crate::values::frames::Frame;
use crate::values::heap::{Count, Growth, Held, Place, Retainer, Selected, Survey};

/// One heap as text.
pub fn survey_text(survey: &Survey, options: &TextOptions) -> String {
    let mut page = Page::new(options);
    let sheet = Sheet::new(page.width(), options);
    let outside = match survey.native {
        0 => String::new(),
        native => format!(", {} of it outside of V8's heap", bytes(native)),
    };
    let size = format!("{}{outside}", bytes(survey.size));
    page.header(
        &sheet.file(&survey.file),
        Role::Path,
        &format!("{} · {size}", plural(survey.nodes, "object")),
    );
    let blocks = (survey.retainers.iter().enumerate())
        .flat_map(|(at, retainer)| sheet.retainer(at + 1, retainer, survey.size));
    page.plain_section("retains most", blocks.collect());
    page.plain_section(
        "by class (own size, retained)",
        sheet.table(survey.classes.iter().map(|class| {
            let numbers = [count(class.count), bytes(class.size), bytes(class.retained)];
            (clean(&class.class).into_owned(), numbers.to_vec())
        })),
    );
    page.plain_section(
        "by owner (what is reached first through its variables)",
        sheet.table(survey.owners.iter().map(|owner| {
            (clean(&owner.owner).into_owned(), vec![plural(owner.count, "object"), bytes(owner.size)])
        })),
    );
    let blocks = survey.collections.iter().flat_map(|collection| {
        let more = if collection.at_least { " or more" } else { "" };
        let numbers = format!("{} entries{more}, {}", count(collection.entries), bytes(collection.retained));
        let mut lines = sheet.entry(&format!("{} @{}", collection.class, collection.id), &numbers);
        lines.extend(sheet.held(&collection.held));
        lines
    });
    page.plain_section("most entries", blocks.collect());
    let blocks = survey.closures.iter().flat_map(|closures| {
        let name = if closures.name.is_empty() { "closure" } else { &closures.name };
        let numbers = format!("{} live, {}", count(closures.count), bytes(closures.retained));
        let mut lines = sheet.entry(&format!("{}()  {}", name, sheet.place(&closures.place)), &numbers);
        lines.extend(sheet.held(&closures.held));
        lines.extend(sheet.field("keeps", &closures.variables.join(", ")));
        lines
    });
    page.plain_section("closures, by what their variables retain", blocks.collect());
    let blocks = survey.chains.iter().flat_map(|chain| {
        let numbers = format!("{} in a row, {}", count(chain.length), bytes(chain.retained));
        let mut lines =
            sheet.entry(&format!("{} @{}, each by {}", chain.class, chain.id, chain.edge), &numbers);
        lines.extend(sheet.held(&chain.held));
        lines
    });
    page.plain_section("chains", blocks.collect());
    let blocks = survey.sliced.largest.iter().flat_map(|string| {
        let numbers = format!("{} by {}", bytes(string.size), plural(string.slices, "part"));
        let mut lines = sheet.entry(&format!("string @{}", string.id), &numbers);
        lines.extend(sheet.held(&string.held));
        lines
    });
    let heading = format!(
        "strings that only parts of them keep: {}, {}",
        count(survey.sliced.count),
        bytes(survey.sliced.size)
    );
    page.plain_section(&heading, blocks.collect());
    page.finish()
}

/// What grew over several heaps, as text.
pub fn growth_text(growth: &Growth, options: &TextOptions) -> String {
    let mut page = Page::new(options);
    let sheet = Sheet::new(page.width(), options);
    let sizes: Vec<String> = growth.looks.iter().map(|look| bytes(look.size)).collect();
    let found = match growth.containers.len() + growth.paths.len() {
        0 => format!("nothing grew in each of {} heaps", growth.looks.len()),
        n => format!("{} grew in each of {} heaps", plural(n as u64, "object"), growth.looks.len()),
    };
    page.header(&found, if found.starts_with('n') { Role::Fix } else { Role::Mark }, &sizes.join(" → "));
    let blocks = growth.containers.iter().enumerate().flat_map(|(at, gain)| {
        let mut lines =
            sheet.title(at + 1, &format!("{} @{}", gain.class, gain.id), &format!("+{}", bytes(gain.bytes)));
        lines.extend(sheet.held(&gain.held));
        lines.extend(sheet.counts("gained", &gain.classes));
        let retained: Vec<String> = gain.retained.iter().map(|&retained| bytes(retained)).collect();
        lines.extend(sheet.field("retains", &retained.join(" → ")));
        lines
    });
    page.plain_section("grew, the same object in each heap", blocks.collect());
    let first = growth.containers.len() + 1;
    let blocks = growth.paths.iter().enumerate().flat_map(|(at, path)| {
        let mut lines = sheet.title(first + at, &path.class, &format!("+{}", bytes(path.bytes)));
        lines.extend(sheet.held(&path.held));
        lines.extend(sheet.counts("gained", &path.classes));
        let entries: Vec<String> = path.entries.iter().map(|&entries| count(entries)).collect();
        lines.extend(sheet.field("entries", &entries.join(" → ")));
        lines
    });
    page.plain_section("grew, at the same path", blocks.collect());
    if !growth.same_process {
        page.closing(
            "note: ",
            Role::Plain,
            "the heaps are of several processes: objects cannot be known again, only paths are compared",
        );
    }
    page.finish()
}

/// The objects that were asked for, as text.
pub fn selected_text(selected: &Selected, options: &TextOptions) -> String {
    let mut page = Page::new(options);
    let sheet = Sheet::new(page.width(), options);
    let found = format!("{} · {}", clean(&selected.of), plural(selected.count, "object"));
    let sizes = format!("{} of their own, {} retained", bytes(selected.size), bytes(selected.retained));
    page.header(&found, Role::Title, &sizes);
    sheet.selected(&mut page, selected);
    page.finish()
}

/// Columns in front of what is said of an entry.
const INDENT: usize = 3;

/// Columns that a field's name takes.
const NAME: usize = 9;

/// Lines of entries of a heap.
pub(super) struct Sheet<'a> {
    width: usize,
    cwd: Option<&'a str>,
}

impl<'a> Sheet<'a> {
    /// For a page of `width` columns.
    pub(super) fn new(width: usize, options: &'a TextOptions) -> Self {
        Self { width, cwd: options.cwd.as_deref() }
    }

    /// An object with what it retains of `size` bytes.
    pub(super) fn retainer(&self, number: usize, retainer: &Retainer, size: u64) -> Vec<Line> {
        let share = percent(retainer.retained, size.max(1));
        let numbers = format!("{}, {share}", bytes(retainer.retained));
        let title = format!("{} @{}", retainer.class, retainer.id);
        let mut lines = self.title(number, &title, &numbers);
        lines.extend(self.held(&retainer.held));
        lines.extend(self.counts("holds", &retainer.holds));
        lines
    }

    /// How objects that were asked for are kept, and the largest of them.
    pub(super) fn selected(&self, page: &mut Page<'_>, selected: &Selected) {
        let blocks = selected.ways.iter().flat_map(|way| {
            let mut lines = self.entry(&format!("{} such as @{}", plural(way.count, "object"), way.id), "");
            lines.extend(self.held(&way.held));
            lines
        });
        page.plain_section("kept by", blocks.collect());
        let blocks = selected.objects.iter().enumerate().flat_map(|(at, detail)| {
            let object = &detail.object;
            let title = format!("{} @{}", object.class, object.id);
            let mut lines = self.title(
                at + 1,
                &title,
                &format!("{} · {} retained", bytes(object.size), bytes(object.retained)),
            );
            lines.extend(self.held(&object.held));
            if let Some(place) = &detail.place {
                lines.extend(self.field("written", &self.place(place)));
            }
            lines.extend(self.counts("holds", &object.holds));
            // Of many objects the paths are what is asked for.
            if selected.objects.len() == 1 {
                for (name, references) in [("field", &detail.fields), ("by", &detail.holders)] {
                    for reference in references {
                        let text = format!("{}  {} @{}", reference.edge, reference.class, reference.id);
                        let text = text.trim_start().to_owned();
                        lines.extend(self.numbered(name, &text, &bytes(reference.retained)));
                    }
                }
            }
            lines
        });
        page.plain_section("that retain most", blocks.collect());
    }

    pub(super) fn file(&self, file: &str) -> String {
        shown(file, self.cwd)
    }

    fn place(&self, place: &Place) -> String {
        let written = format!("{}:{}:{}", shown(&place.file, self.cwd), place.line, place.column);
        match &place.shipped_at {
            Some(at) => {
                format!("{written} (shipped {}:{}:{})", shown(&at.file, self.cwd), at.line, at.column)
            }
            None => written,
        }
    }

    pub(super) fn title(&self, number: usize, title: &str, numbers: &str) -> Vec<Line> {
        let room = self.width.saturating_sub(numbers.chars().count() + INDENT + 2);
        let left = Line::default()
            .with(Role::Faint, format!("{number:<INDENT$}"))
            .with(Role::Title, cut(&clean(title), room));
        columns(left, Line::default().with(Role::Number, numbers), self.width)
    }

    fn entry(&self, title: &str, numbers: &str) -> Vec<Line> {
        let room = self.width.saturating_sub(numbers.chars().count() + INDENT + 2);
        let left = Line::indented(INDENT).with(Role::Title, cut(&clean(title), room));
        columns(left, Line::default().with(Role::Number, numbers), self.width)
    }

    fn numbered(&self, name: &str, text: &str, numbers: &str) -> Vec<Line> {
        let room = self.width.saturating_sub(numbers.chars().count() + INDENT + NAME + 2);
        let left = self.named(name).with(Role::Plain, cut(&clean(text), room));
        columns(left, Line::default().with(Role::Number, numbers), self.width)
    }

    fn named(&self, name: &str) -> Line {
        Line::indented(INDENT).with(Role::Faint, format!("{name:<NAME$}"))
    }

    pub(super) fn field(&self, name: &str, text: &str) -> Vec<Line> {
        if text.is_empty() {
            Vec::new()
        } else {
            wrapped(self.named(name), Role::Plain, &clean(text), self.width)
        }
    }

    fn held(&self, held: &Held) -> Vec<Line> {
        self.held_text(&held.text)
    }

    /// A path in words.
    pub(super) fn held_text(&self, text: &str) -> Vec<Line> {
        wrapped(self.named("held by"), Role::Path, &clean(text), self.width)
    }

    /// A frame's place.
    pub(super) fn frame(&self, frame: &Frame) -> String {
        at(frame, self.cwd)
    }

    fn counts(&self, name: &str, counts: &[Count]) -> Vec<Line> {
        let texts: Vec<String> = counts.iter().map(|c| format!("{} {}", count(c.count), c.class)).collect();
        self.field(name, &texts.join(", "))
    }

    /// Names at the left, columns of numbers at the right.
    fn table(&self, rows: impl Iterator<Item = (String, Vec<String>)>) -> Vec<Line> {
        let rows: Vec<(String, Vec<String>)> = rows.collect();
        let columns_of = rows.iter().map(|(_, numbers)| numbers.len()).max().unwrap_or_default();
        let widest =
            |at: usize| rows.iter().map(|(_, numbers)| numbers[at].chars().count()).max().unwrap_or_default();
        let widths: Vec<usize> = (0..columns_of).map(widest).collect();
        let lines = rows.iter().flat_map(|(name, numbers)| {
            let texts: Vec<String> =
                numbers.iter().zip(&widths).map(|(number, &width)| format!("{number:>width$}")).collect();
            self.entry(name, &texts.join("  "))
        });
        lines.collect()
    }
}
