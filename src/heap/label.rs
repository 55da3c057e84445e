//! A path in words: `module src/cart.js › carts: Object › [key] › items`. Names of properties and variables are shown,
//! keys of large objects and of Maps are not.

use super::classes::class_of;
use super::graph::{Edge, EdgeKind, Heap, Kind};
use super::paths::Paths;
use super::scopes::{Scopes, is_context, module_file};
use crate::values::heap::{Held, Step};

/// Properties from which on an object is a table, and its keys are a user's data.
const MANY_PROPERTIES: usize = 100;

/// Characters of a name that are shown.
const MAX_NAME: usize = 60;

/// Steps of a path that are shown; of a longer one the middle is left out.
const MAX_STEPS: usize = 14;

/// Puts paths into words.
pub struct Labels<'a> {
    heap: &'a Heap,
    scopes: &'a Scopes,
}

impl<'a> Labels<'a> {
    /// For a heap and its scopes.
    pub fn new(heap: &'a Heap, scopes: &'a Scopes) -> Self {
        Self { heap, scopes }
    }

    /// What keeps `node`, by its shortest path.
    pub fn held(&self, paths: &Paths, node: u32) -> Held {
        let way = paths.to(node);
        let (start, root, file) = self.start(&way);
        let steps = self.steps(&way, start, file.is_some());
        Held { text: text_of(&root, &steps, self.scopes), root, file, steps }
    }

    /// What keeps the last node of a way, which begins at what `root` names.
    pub fn held_from(&self, way: &[u32], root: &str) -> Held {
        let steps = self.steps(way, 0, false);
        Held { text: text_of(root, &steps, self.scopes), root: root.to_owned(), file: None, steps }
    }

    /// Where a path is reported from: the last module on it, or its first node.
    fn start(&self, way: &[u32]) -> (usize, String, Option<String>) {
        for (at, &node) in way.iter().enumerate().rev() {
            if is_context(self.heap, node) {
                let scope = self.scopes.context(node).filter(|scope| scope.is_outermost);
                if let Some(file) = scope.and_then(|scope| self.scopes.file(scope.script)) {
                    return self.module(at, file.to_owned());
                }
            } else if at + 1 == way.len() {
                continue;
            } else if self.heap.kind(node) == Kind::Object && self.heap.name_of(node) == "process" {
                // Each module of Node's knows it.
                return (at, "process".to_owned(), None);
            } else if let Some(file) = module_file(self.heap, node) {
                return self.module(at, file);
            }
        }
        let Some(&first) = way.first() else { return (0, "nothing".to_owned(), None) };
        (0, self.root(first, way), None)
    }

    fn module(&self, at: usize, file: String) -> (usize, String, Option<String>) {
        let file = self.scopes.written(&file).unwrap_or(file);
        (at, format!("module {}", self.scopes.shown(&file)), Some(file))
    }

    fn root(&self, first: u32, way: &[u32]) -> String {
        if self.heap.kind(first) != Kind::Synthetic {
            return "global".to_owned();
        }
        let group = way.iter().take_while(|&&node| self.heap.kind(node) == Kind::Synthetic).last();
        match self.heap.name_of(*group.unwrap_or(&first)).as_str() {
            "(Global handles)" => "a handle of native code",
            "(Eternal handles)" => "a lasting handle of native code",
            "(Stack roots)" => "a running function",
            "(Handle scope)" => "a running native call",
            "(Micro tasks)" => "a microtask that waits",
            "(Traced handles)" | "C++ roots" | "C++ cross-thread roots" | "C++ Persistent roots" => {
                "native code"
            }
            "(Strong roots)" | "(Builtins)" | "(Bootstrapper)" => "V8",
            name if name.starts_with("Node /") => "Node",
            other => return other.trim_matches(['(', ')']).to_owned(),
        }
        .to_owned()
    }

    fn steps(&self, way: &[u32], start: usize, module: bool) -> Vec<Step> {
        let mut steps: Vec<Step> = Vec::new();
        // What leads to the next node that is shown.
        let mut edge: Option<String> = None;
        for at in start + 1..way.len() {
            let (from, to) = (way[at - 1], way[at]);
            // A global object has many properties, but no user's data for keys.
            let is_global = at == 1 && self.heap.kind(from) != Kind::Synthetic;
            if let Some(text) = self.edge(from, to, is_global) {
                // The last name counts, but a container's [key] stands for what is inside of it.
                if edge.as_deref() != Some("[key]") {
                    edge = Some(text);
                }
            }
            let is_last = at + 1 == way.len();
            if !is_last && !self.is_shown(to) {
                continue;
            }
            let place =
                (self.heap.kind(to) == Kind::Closure).then(|| self.scopes.place(self.heap, to)).flatten();
            steps.push(Step { name: self.name(to), edge: edge.take().unwrap_or_default(), place });
        }
        // `exports` of a module's object, and the module itself, say nothing that the root does not.
        if module && steps.len() > 1 && steps[0].edge == "exports" && steps[0].name == "Object" {
            steps.remove(0);
        }
        steps
    }

    /// True for what a program's author knows by its name.
    fn is_shown(&self, node: u32) -> bool {
        match self.heap.kind(node) {
            Kind::Object => !self.heap.name_of(node).starts_with("system / "),
            Kind::Closure | Kind::RegExp | Kind::Native => true,
            kind => kind.is_string(),
        }
    }

    fn name(&self, node: u32) -> String {
        match self.heap.kind(node) {
            Kind::Closure => {
                let name = cut(&self.heap.name_of(node));
                format!("{}()", if name.is_empty() { "closure" } else { &name })
            }
            _ => cut(&class_of(self.heap, node)),
        }
    }

    /// The best name of the edges between two nodes; none where it says nothing.
    pub(super) fn edge(&self, from: u32, to: u32, is_global: bool) -> Option<String> {
        let edges = self.heap.out(from);
        let is_table = !is_global && is_table(edges);
        let names = self.heap.edge_names(from);
        let between = edges.iter().zip(names).filter(|(edge, _)| edge.to() == to && edge.retains(true));
        let (edge, name) = between.min_by_key(|(edge, _)| rank(edge))?;
        self.edge_text(from, edge, name, is_table)
    }

    fn edge_text(&self, from: u32, edge: &Edge, name: u32, is_table: bool) -> Option<String> {
        let text = match edge.kind() {
            EdgeKind::Element => return Some("[i]".to_owned()),
            EdgeKind::Hidden => return None,
            _ => self.heap.string(name),
        };
        match edge.kind() {
            EdgeKind::Property if is_table => Some("[key]".to_owned()),
            EdgeKind::Property | EdgeKind::Context if is_index(&text) => Some("[i]".to_owned()),
            EdgeKind::Property | EdgeKind::Context | EdgeKind::Shortcut => Some(cut(&text)),
            _ if text.contains(" / part of key (") => Some("(value in a WeakMap)".to_owned()),
            _ => match text.as_str() {
                "table" => Some("[key]".to_owned()),
                "elements" => Some("[i]".to_owned()),
                "properties" | "context" | "previous" | "map" | "shared" | "code" | "feedback_cell" => None,
                _ if is_index(&text) || self.heap.kind(from) == Kind::Array => None,
                _ => Some(format!("({})", cut(&text))),
            },
        }
    }
}

fn is_index(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// True where an object's properties are a table.
pub fn is_table(edges: &[Edge]) -> bool {
    let properties = edges.iter().filter(|edge| edge.kind() == EdgeKind::Property);
    properties.take(MANY_PROPERTIES + 1).count() > MANY_PROPERTIES
}

fn rank(edge: &Edge) -> u32 {
    match edge.kind() {
        EdgeKind::Property => 0,
        EdgeKind::Element => 1,
        EdgeKind::Context => 2,
        EdgeKind::Shortcut => 3,
        EdgeKind::Internal => 4,
        _ => 5,
    }
}

/// A path in words. Equal steps in a row are counted.
fn text_of(root: &str, steps: &[Step], scopes: &Scopes) -> String {
    let mut parts: Vec<(String, usize)> = Vec::new();
    for (at, step) in steps.iter().enumerate() {
        let text = step_text(step, at == 0, scopes);
        match parts.last_mut() {
            Some((last, times)) if *last == text => *times += 1,
            _ => parts.push((text, 1)),
        }
    }
    let hidden = parts.len().saturating_sub(MAX_STEPS);
    let kept = MAX_STEPS / 2;
    let mut text = root.to_owned();
    for (at, (part, times)) in parts.iter().enumerate() {
        if hidden > 0 && (kept..kept + hidden).contains(&at) {
            if at == kept {
                text.push_str(&format!(" › … {hidden} more …"));
            }
            continue;
        }
        text.push_str(" › ");
        text.push_str(part);
        if *times > 1 {
            text.push_str(&format!(" ({times} times)"));
        }
    }
    text
}

fn step_text(step: &Step, is_first: bool, scopes: &Scopes) -> String {
    let colon = if step.edge.is_empty() { "" } else { ": " };
    let plain = !is_first && matches!(step.name.as_str(), "Object" | "Array" | "(string)");
    match &step.place {
        Some(place) => {
            format!("{}{colon}{} {}:{}", step.edge, step.name, scopes.shown(&place.file), place.line)
        }
        None if plain && !step.edge.is_empty() => step.edge.clone(),
        None => format!("{}{colon}{}", step.edge, step.name),
    }
}

/// A name, without line breaks and not too long.
pub fn cut(name: &str) -> String {
    let one_line: String =
        name.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MAX_NAME + 1).collect();
    if one_line.chars().count() <= MAX_NAME {
        one_line
    } else {
        one_line.chars().take(MAX_NAME).chain(['…']).collect()
    }
}
