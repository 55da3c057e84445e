//! Where functions, their contexts and modules were written.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

use super::graph::{EdgeKind, Heap, Kind};
use crate::stacks::source_maps::OpenMaps;
use crate::values::frames::Position;
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
    /// Folders of leakline's own modules, each with a slash at its end: several copies may be loaded.
    own: Vec<String>,
    /// Maps of files; `None` where positions are to be those of the running code.
    maps: Option<RefCell<OpenMaps>>,
}

/// Two modules that every process with leakline has loaded, below its folder.
const OWN: [&str; 2] = ["recording/ring.js", "engine/session.js"];

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
        let own = own_folders(&scripts);
        Scopes { scripts, contexts, root: root.to_owned(), own, maps: None }
    }

    /// Names what was written from now on, where maps of files say it.
    pub fn follow_maps(&mut self) {
        self.maps = Some(RefCell::default());
    }

    /// A module's file as it was written, where that is one file.
    pub fn written(&self, file: &str) -> Option<String> {
        self.maps.as_ref()?.borrow_mut().only_source(file)
    }

    /// Whether leakline is loaded in this heap.
    pub fn has_leakline(&self) -> bool {
        !self.own.is_empty()
    }

    /// Whether a file is one of leakline's own modules.
    pub fn is_leaklines_own(&self, file: &str) -> bool {
        let file = slashed(file);
        let name = file.rsplit('/').next().unwrap_or_default();
        let is_addon = name.starts_with("leakline.") && name.ends_with(".node");
        is_addon || self.own.iter().any(|folder| file.starts_with(folder))
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
        let (line, column) = (location.line + 1, location.column + 1);
        let original = self.maps.as_ref().and_then(|maps| maps.borrow_mut().original(&file, line, column));
        Some(match original {
            Some(Position { file: written, line: first, column: at }) if written != file => Place {
                file: written,
                line: first,
                column: at,
                shipped_at: Some(Position { file, line, column }),
            },
            _ => Place { file, line, column, shipped_at: None },
        })
    }
}

fn own_folders(scripts: &HashMap<u32, String>) -> Vec<String> {
    let [first, second] = OWN;
    let files: HashSet<String> = scripts.values().map(|file| slashed(file)).collect();
    let folders = files.iter().filter_map(|file| file.strip_suffix(first));
    folders.filter(|folder| files.contains(&format!("{folder}{second}"))).map(str::to_owned).collect()
}

fn slashed(file: &str) -> String {
    file.replace('\\', "/")
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
