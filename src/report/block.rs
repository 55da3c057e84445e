//! One numbered entry of a report: what it is, how much, where, why and what to do.

use std::borrow::Cow;
use std::rc::Rc;

use super::called::{called, keeper};
use super::callsite::CallSite;
use super::clean::clean;
use super::excerpt::{Source, Sources, excerpt, fits};
use super::format::{columns, title_columns, wrapped};
use super::hints::{self, Subject};
use super::inserted::Inserted;
use super::lines::{INDENT, labelled, placed};
use super::options::TextOptions;
use super::paint::{Line, Role};
use super::paths::{on_disk, place};
use super::routes::{Route, callers, reached_by};
use super::title;
use crate::values::frames::{self, Frame, Owner, Position, caller, owner};
use crate::values::label::Label;
use crate::values::snapshot::Growth;

/// Before who left it; what it leaves of a line is [`LEFT_BY_INDENT`] less.
const LEFT_BY: &str = "left by  ";
const BELOW_LEFT_BY: &str = "         ";

/// Columns before a line of [`Block::left_by`].
pub(super) const LEFT_BY_INDENT: usize = INDENT + LEFT_BY.len();

/// In place of the lines around a position that the file does not have.
const NO_SUCH_POSITION: &str = "the file has no such position: it was transformed when it was loaded, and no source map of that is known";

/// The kind that a block shows of what is known only by a listener that Node adds to each.
pub(super) const OBJECT: &str = "object";

impl<'a> Block<'a> {
    /// Whether code of the application is on a stack that leads there.
    pub(super) fn is_called(&self) -> bool {
        let stacks = self.routes.iter().flat_map(|route| route.stack);
        stacks.into_iter().any(|frame| owner(&frame.file) == Owner::Application)
    }

    /// A block of what stands for objects: that is what its title names where Node itself has registered what was seen.
    pub(super) fn standing_for(self, class: Option<&'a str>, stack: &[Frame]) -> Self {
        let Some(class) = class else { return self };
        let unknown = format!("what keeps each {} is nothing that leakline watches", clean(class));
        let why = match (self.held_by.is_empty(), self.why.is_empty()) {
            (false, _) => self.why,
            (true, true) => unknown,
            (true, false) => format!("{}; {unknown}", self.why),
        };
        let is_nodes = self.kind == "listener" && caller(stack) == Some(Owner::Runtime);
        let (kind, label) =
            if is_nodes { (OBJECT, Cow::Owned(class.into())) } else { (self.kind, self.label) };
        let more_labels = if is_nodes { 0 } else { self.more_labels };
        Block { kind, label, more_labels, why, stands_for: Some(class), ..self }
    }
}

/// What is shown of one group.
pub(super) struct Block<'a> {
    /// As [`crate::values::snapshot::Site::kind`].
    pub(super) kind: &'a str,
    /// As [`crate::values::snapshot::Site::label`].
    pub(super) label: Cow<'a, Label>,
    /// How many other labels it has, see [`merge`].
    pub(super) more_labels: usize,
    /// Whether instances pile up, or entries of the same instances.
    pub(super) growth: Growth,
    /// Right of the title: how much.
    pub(super) numbers: String,
    /// Right of the origin: ages and the like.
    pub(super) details: String,
    /// As [`crate::values::snapshot::Site::origin`]; Node's innermost frame when there is none.
    pub(super) origin: Option<&'a Frame>,
    /// Where that is in the file that runs, where a map said something else.
    pub(super) shipped: Option<&'a Position>,
    /// The stacks that lead there.
    pub(super) routes: Vec<Route<'a>>,
    /// Collections: who fills it.
    pub(super) filled: Inserted<'a>,
    /// What holds it, in words; empty where that is not known or is its name.
    pub(super) held_by: String,
    /// What the same call registers; empty where that is nothing.
    pub(super) with: String,
    /// What is proven to go with it; empty where nothing is.
    pub(super) keeps: String,
    /// Who left it behind, a line each; for tests.
    pub(super) left_by: Vec<Line>,
    /// After `why`; empty when there is nothing to say.
    pub(super) why: String,
    /// Whether something should be done about it.
    pub(super) fix: Fix,
    /// As [`crate::values::snapshot::Site::stands_for`].
    pub(super) stands_for: Option<&'a str>,
}

/// What to say after `fix`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fix {
    /// Nothing: it may be well as it is.
    Omitted,
    /// The missing call, in a report that names nothing else.
    Alone,
    /// The missing call, in a report that names other leaks, one of which may hold this one.
    AmongOthers,
}

/// A block with source, callers, reasons and what to do.
pub(super) fn full(
    block: &Block<'_>,
    number: usize,
    sources: &mut Sources,
    options: &TextOptions,
    width: usize,
) -> Vec<Line> {
    let cwd = options.cwd.as_deref();
    let source = block.origin.and_then(|origin| sources.of(origin, block.shipped, cwd));
    let mut lines = brief(block, number, options, width);

    if let (Some(source), Some(origin)) = (&source, block.origin) {
        lines.extend(excerpt(source, origin, INDENT, width));
        // Of a file alone no position is claimed.
        if origin.line > 0 && !fits(source, origin) {
            lines.extend(wrapped(Line::indented(INDENT), Role::Faint, NO_SUCH_POSITION, width));
        }
    }
    if block.routes.len() > 1 {
        lines.push(Line::indented(INDENT).with(Role::Plain, reached_by(&block.routes)));
    }
    lines.extend(callers(&block.routes, block.origin, options, width));
    lines.extend(block.filled.line(cwd, width));
    for (label, text) in
        [("with     ", &block.with), ("held by  ", &block.held_by), ("keeps    ", &block.keeps)]
    {
        if !text.is_empty() {
            lines.extend(wrapped(labelled(label), Role::Plain, text, width));
        }
    }
    lines.extend(reasons(block, width));
    if block.fix != Fix::Omitted {
        lines.extend(wrapped(labelled("fix   "), Role::Fix, &fix(block, source, sources, cwd), width));
    }
    lines
}

/// The sentence that says what to do.
pub(super) fn fix(
    block: &Block<'_>,
    source: Option<Rc<Source>>,
    sources: &mut Sources,
    cwd: Option<&str>,
) -> String {
    if let Some(class) = block.stands_for.filter(|_| matches!(block.kind, "listener" | OBJECT)) {
        return clean(&hints::of_kept(class)).into_owned();
    }
    // What a package's own module holds is the package's to drop.
    let is_packages = block.held_by.split(" › ").next().is_some_and(|root| root.contains("node_modules"));
    let is_held = block.stands_for.is_some() && !block.held_by.is_empty() && !is_packages;
    if is_held && block.growth == Growth::Instances {
        return clean(&hints::of_holder(&block.held_by)).into_owned();
    }
    // What a package has made itself is the package's to release: by a call of the application's that it fills, or not at all.
    let keeper = block.origin.and_then(|origin| keeper(origin, cwd));
    let filled_by = block.filled.top.filter(|_| keeper.is_some()).map(|top| &*top.stack);
    let (stack, at, source) = match filled_by.and_then(|stack| Some((stack, frames::origin(stack)?))) {
        Some((stack, at)) => (Some(stack), Some(at), sources.of(at, None, cwd)),
        None => (block.routes.first().map(|route| route.stack), block.origin, source),
    };
    let package = stack.and_then(|stack| called(stack, at, cwd));
    let is_applications = at.is_some_and(|at| owner(&at.file) == Owner::Application);
    if let Some(keeper) = keeper.filter(|_| !is_applications) {
        return clean(&hints::of_package(block.kind, &keeper)).into_owned();
    }
    let line = source
        .as_deref()
        .zip(at)
        .filter(|(source, at)| fits(source, at))
        .and_then(|(source, at)| Some((source.line(at.line)?, at.column)));
    let site = line.map(|(line, column)| CallSite::read(line, column)).unwrap_or_default();
    let subject = Subject {
        kind: block.kind,
        label: &block.label,
        growth: block.growth,
        has_company: block.fix == Fix::AmongOthers,
        package: package.as_ref(),
        inserter: block.filled.short(),
    };
    clean(&hints::fix(&subject, &site)).into_owned()
}

/// Who left it, and why it is listed.
pub(super) fn reasons(block: &Block<'_>, width: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    for (n, line) in block.left_by.iter().enumerate() {
        lines.push(labelled(if n == 0 { LEFT_BY } else { BELOW_LEFT_BY }).then(line.clone()));
    }
    if !block.why.is_empty() {
        lines.extend(wrapped(labelled("why   "), Role::Plain, &block.why, width));
    }
    lines
}

/// A block's title and origin.
pub(super) fn brief(block: &Block<'_>, number: usize, options: &TextOptions, width: usize) -> Vec<Line> {
    let mut title = title::title(block.kind, &block.label);
    if block.more_labels > 0 {
        title.push_str(&format!(" and {} more", block.more_labels));
    }
    let mut lines = title_columns(&format!("{number:<2} "), &title, &block.numbers, width);
    let room = width.saturating_sub(INDENT);
    let origin =
        block.origin.map_or_else(Line::default, |origin| place(origin, options.cwd.as_deref(), room));
    if origin.width() + block.details.len() > 0 {
        let left = Line::indented(INDENT).then(origin);
        lines.extend(columns(left, Line::default().with(Role::Faint, &*block.details), width));
    }
    lines.extend(shipped_at(block, options.cwd.as_deref(), width));
    lines
}

/// `shipped at  dist/index.js:1:1440`, where the file that was written is not there to be opened.
fn shipped_at(block: &Block<'_>, cwd: Option<&str>, width: usize) -> Option<Line> {
    let (Position { file, line, column }, origin) = block.shipped.zip(block.origin)?;
    if on_disk(&origin.file, cwd).is_some_and(|path| path.is_file()) {
        return None;
    }
    let frame = Frame { function: None, file: file.clone(), line: *line, column: *column };
    Some(placed("shipped at  ", &frame, cwd, width))
}
