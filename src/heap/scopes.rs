//! Where functions, their contexts and modules were written.

use std::collections::HashMap;

use super::graph::{EdgeKind, Heap, Kind};
use crate::values::heap::Place;

/// Functions of a script whose way to it is looked for.
const MAX_TRIES: u32 = 64;

/// A context: the variables that closures share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scope {
    /// V8's number of its script.
    pub script: u32,
    /// A closure that was made in it.
    pub closure: u32,
    /// True for the variables of a module or script, which no function is around.
    pub is_outermost: bool,
}

/// The files of a heap's functions.
pub struct Scopes {
    /// By V8's number of a script: its file, a path or an address.
    scripts: HashMap<u32, String>,
    contexts: HashMap<u32, Scope>,
    /// In front of files that are shown relative to it.
    root: String,
}

impl Scopes {
    /// The scopes of a heap. Files below the folder `root` are named relative to it.
    pub fn of(heap: &Heap, root: &str) -> Scopes {
        // Of some functions V8 has dropped the way to their script.
        let mut tried: HashMap<u32, u32> = HashMap::new();
        let mut scripts: HashMap<u32, String> = HashMap::new();
        let mut contexts = HashMap::new();
        for location in heap.locations() {
            let (closure, script) = (location.node, location.script);
            if heap.kind(closure) != Kind::Closure {
                continue;
            }
            if !scripts.contains_key(&script) {
                let tries = tried.entry(script).or_default();
                *tries += 1;
                let file = if *tries > MAX_TRIES { None } else { script_of(heap, closure) };
                scripts.extend(file.map(|file| (script, file)));
            }
            if let Some(context) = inner(heap, closure) {
                let is_outermost = inner(heap, context).is_none();
                contexts.entry(context).or_insert(Scope { script, closure, is_outermost });
            }
        }
        let root = root.trim_end_matches(['/', '\\']);
        Scopes { scripts, contexts, root: root.to_owned() }
    }

    /// What is known of a context.
    pub fn context(&self, context: u32) -> Option<Scope> {
        self.contexts.get(&context).copied()
    }

    /// All contexts whose closures are known.
    pub fn contexts(&self) -> impl Iterator<Item = (u32, Scope)> + '_ {
        self.contexts.iter().map(|(&context, &scope)| (context, scope))
    }

    /// A script's file, a path or an address such as `node:events`.
    pub fn file(&self, script: u32) -> Option<&str> {
        self.scripts.get(&script).map(String::as_str)
    }

    /// A file as it is shown.
    pub fn shown<'a>(&self, file: &'a str) -> &'a str {
        let inside = (!self.root.is_empty()).then(|| file.strip_prefix(self.root.as_str())).flatten();
        inside.and_then(|rest| rest.strip_prefix(['/', '\\'])).unwrap_or(file)
    }

    /// Where a closure or a class was written: file, line and column from 1.
    pub fn place(&self, heap: &Heap, node: u32) -> Option<Place> {
        let location = heap.location(node)?;
        let file = self.file(location.script)?.to_owned();
        Some(Place { file, line: location.line + 1, column: location.column + 1 })
    }
}

/// The file of a CommonJS module's object.
pub fn module_file(heap: &Heap, module: u32) -> Option<String> {
    let is_module = heap.kind(module) == Kind::Object && heap.name(module) == heap.known().module;
    let name = is_module.then(|| heap.field(module, &[EdgeKind::Property], "filename")).flatten()?;
    heap.kind(name).is_string().then(|| heap.name_of(name))
}

/// True for the context of functions.
pub fn is_context(heap: &Heap, node: u32) -> bool {
    matches!(heap.kind(node), Kind::Object | Kind::Hidden) && heap.name(node) == heap.known().context
}

/// The context that a closure was made in, or that is around a context.
pub fn inner(heap: &Heap, node: u32) -> Option<u32> {
    let mut edges = heap.out(node).iter().filter(|edge| edge.kind() == EdgeKind::Internal);
    edges.find(|edge| is_context(heap, edge.to())).map(|edge| edge.to())
}

fn script_of(heap: &Heap, closure: u32) -> Option<String> {
    let shared = heap.field(closure, &[EdgeKind::Internal], "shared")?;
    let script = heap.field(shared, &[EdgeKind::Internal], "script_or_debug_info");
    let script = script.or_else(|| heap.field(shared, &[EdgeKind::Internal], "script"))?;
    let name = heap.name_of(script);
    let script = if name == "system / DebugInfo" {
        heap.field(script, &[EdgeKind::Internal], "script")?
    } else {
        script
    };
    let name = heap.name_of(script);
    (!name.is_empty() && !name.starts_with("system / "))
        .then(|| crate::values::urls::local(&name).into_owned())
}
