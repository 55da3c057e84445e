//! What analyses of heaps come to.

use serde::{Deserialize, Serialize};

use super::frames::{Frame, Position};

/// A position in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// A path, or an address such as `node:events`.
    pub file: String,
    /// From 1.
    pub line: u32,
    /// From 1.
    pub column: u32,
    /// Where that is in the file that runs; absent where a source map says nothing else.
    #[serde(rename = "shippedAt", skip_serializing_if = "Option::is_none", default)]
    pub shipped_at: Option<Position>,
}

impl Place {
    /// As a frame, of no function.
    pub fn frame(&self) -> Frame {
        Frame { function: None, file: self.file.clone(), line: self.line, column: self.column }
    }
}

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// The class of what it leads to, or a closure's name with brackets.
    pub name: String,
    /// The property, variable or `[key]`.
    pub edge: String,
    /// Where a closure was written.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub place: Option<Place>,
}

/// What keeps an object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// In words.
    pub text: String,
    /// Where the path begins: a module, the global object, or a root of V8.
    pub root: String,
    /// The file of the module that it begins in.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub file: Option<String>,
    /// From there.
    pub steps: Vec<Step>,
}

impl Held {
    /// The path as findings have it: where it begins, then each step with its line, where it has one.
    pub fn retainers(&self) -> Vec<super::snapshot::Retainer> {
        let steps = self.steps.iter().map(|step| super::snapshot::Retainer {
            name: step.name.clone(),
            edge: step.edge.clone(),
            frame: step.place.as_ref().map(Place::frame),
        });
        let root = super::snapshot::Retainer { name: self.root.clone(), edge: String::new(), frame: None };
        std::iter::once(root).chain(steps).collect()
    }
}

/// One heap: what retains most, in several ways.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Survey {
    /// `heap`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The file.
    pub file: String,
    /// Number of objects of any kind.
    pub nodes: u64,
    /// Number of references.
    pub edges: u64,
    /// Sum of all sizes in bytes, what is outside of V8's heap included.
    pub size: u64,
    /// Of it outside of V8's heap: buffers and what Node's C++ reports.
    pub native: u64,
    /// Bytes that no root retains: garbage that V8 keeps for now.
    pub unreachable: u64,
    /// Objects that retain most, the largest first.
    pub retainers: Vec<Retainer>,
    /// Classes by what they retain.
    pub classes: Vec<Class>,
    /// Files and packages by the objects that are reached through their variables.
    pub owners: Vec<Owner>,
    /// Collections and objects with the most entries.
    pub collections: Vec<Collection>,
    /// Strings that are kept by parts of them alone.
    pub sliced: Sliced,
    /// Functions by what their closures' variables retain.
    pub closures: Vec<Closures>,
    /// Long chains of objects of one class.
    pub chains: Vec<Chain>,
}

/// An object with what it retains.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Retainer {
    /// V8's number of it.
    pub id: u32,
    /// Its class, or `name()` of a closure.
    pub class: String,
    /// Its own size.
    pub size: u64,
    /// Bytes that would be free without it.
    pub retained: u64,
    /// The classes of what it holds, the most frequent first.
    pub holds: Vec<Count>,
    /// The path that keeps it.
    pub held: Held,
}

/// A number of instances of a class.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// The class.
    pub class: String,
    /// How many.
    pub count: u64,
    /// Where they were written, if all at the same place: the function of closures, the class of instances.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub place: Option<Place>,
}

/// A class.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Class {
    /// Its name; in brackets for what has no class.
    pub class: String,
    /// Instances.
    pub count: u64,
    /// The sum of their own sizes.
    pub size: u64,
    /// Bytes that would be free without them.
    pub retained: u64,
}

/// A file, a package or Node itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Owner {
    /// Its name.
    pub owner: String,
    /// Objects whose shortest path leads through it.
    pub count: u64,
    /// The sum of their own sizes.
    pub size: u64,
}

/// A collection, or an object with many properties.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Collection {
    /// V8's number of it.
    pub id: u32,
    /// Its class.
    pub class: String,
    /// Entries that are known from the snapshot.
    pub entries: u64,
    /// True where there may be more: small numbers are not in a snapshot.
    pub at_least: bool,
    /// Bytes that would be free without it.
    pub retained: u64,
    /// The path that keeps it.
    pub held: Held,
}

/// Strings that are kept by parts of them alone.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Sliced {
    /// How many there are.
    pub count: u64,
    /// The sum of their sizes.
    pub size: u64,
    /// The largest.
    pub largest: Vec<SlicedString>,
}

/// A string that is kept by parts of it alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SlicedString {
    /// V8's number of it.
    pub id: u32,
    /// Its size.
    pub size: u64,
    /// Parts of it that are alive.
    pub slices: u64,
    /// The path that keeps one of the parts.
    pub held: Held,
}

/// The closures of a function.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Closures {
    /// The function's name; empty where it has none.
    pub name: String,
    /// Where it was written.
    pub place: Place,
    /// Closures that are alive.
    pub count: u64,
    /// Bytes that their variables retain.
    pub retained: u64,
    /// Names of the variables, the one that retains most first.
    pub variables: Vec<String>,
    /// The path that keeps one of them.
    pub held: Held,
}

/// A chain of objects of one class, each holding the next.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Chain {
    /// V8's number of the first.
    pub id: u32,
    /// Their class.
    pub class: String,
    /// The property that holds the next.
    pub edge: String,
    /// How many.
    pub length: u64,
    /// Bytes that would be free without the first.
    pub retained: u64,
    /// The path that keeps the first.
    pub held: Held,
}

/// Several heaps: what grew in each.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Growth {
    /// `heapGrowth`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The heaps, in their order.
    pub looks: Vec<Look>,
    /// False where the heaps are of several processes, in which no object can be known again.
    pub same_process: bool,
    /// Objects that are in all heaps and retain more in each.
    pub containers: Vec<Gain>,
    /// Paths with more objects in each heap, without those that lead to the containers.
    pub paths: Vec<PathGain>,
}

/// A heap at one time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Look {
    /// The file.
    pub name: String,
    /// Number of objects of any kind.
    pub nodes: u64,
    /// Sum of all sizes in bytes.
    pub size: u64,
}

/// An object that retains more in each heap.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Gain {
    /// V8's number of it.
    pub id: u32,
    /// Its class.
    pub class: String,
    /// Bytes that it retained in each heap.
    pub retained: Vec<u64>,
    /// Bytes that it gained from the first to the last, without what others of the list gained inside of it.
    pub bytes: u64,
    /// Objects and strings that are new in it since the first.
    pub gained: u64,
    /// Of those, the ones that came after the last but one.
    pub gained_last: u64,
    /// Their classes, the most frequent first.
    pub classes: Vec<Count>,
    /// The path that keeps it.
    pub held: Held,
    /// Whether it may have grown in some of the rounds between the heaps only.
    #[serde(skip)]
    pub is_doubtful: bool,
}

/// A path with more objects in each heap.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PathGain {
    /// V8's number of an object there, in the last heap.
    pub id: u32,
    /// Its class.
    pub class: String,
    /// Objects that it holds, in each heap.
    pub entries: Vec<u64>,
    /// Bytes that came from the first to the last.
    pub bytes: u64,
    /// The classes of what came, the most frequent first.
    pub classes: Vec<Count>,
    /// The path.
    pub held: Held,
    /// As of a [`Gain`].
    #[serde(skip)]
    pub is_doubtful: bool,
}

/// Objects that were asked for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Selected {
    /// `heapOf`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The file.
    pub file: String,
    /// What was asked for.
    pub of: String,
    /// Objects that are it.
    pub count: u64,
    /// The sum of their own sizes.
    pub size: u64,
    /// Bytes that would be free without them.
    pub retained: u64,
    /// How they are kept, the way of most of them first.
    pub ways: Vec<Way>,
    /// Those that retain most.
    pub objects: Vec<Detail>,
}

/// A path that keeps several objects.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Way {
    /// Objects that it keeps.
    pub count: u64,
    /// One of them.
    pub id: u32,
    /// The path.
    pub held: Held,
}

/// An object with its fields and holders.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Detail {
    /// The object.
    #[serde(flatten)]
    pub object: Retainer,
    /// Where it was written: of a closure itself, else its class.
    pub place: Option<Place>,
    /// What it refers to, that which retains most first.
    pub fields: Vec<Reference>,
    /// Who refers to it.
    pub holders: Vec<Reference>,
}

/// A reference to or from an object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reference {
    /// The property, variable or `[key]`.
    pub edge: String,
    /// V8's number of the other object.
    pub id: u32,
    /// Its class.
    pub class: String,
    /// Bytes that would be free without it.
    pub retained: u64,
}
