//! A census of all collections.

use serde::{Deserialize, Serialize};

/// The census of a snapshot.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Census {
    /// How long it blocked the thread.
    pub pause_ms: f64,
    /// Heap in use after it, in bytes, garbage collected.
    pub heap_bytes: u64,
    /// By kind: `array`, `map`, `set`, `emitter`, and `object`: plain objects of at least `minSize` properties.
    pub counts: std::collections::BTreeMap<String, Counts>,
    /// The largest, of at least `minSize` entries.
    pub largest: Vec<Large>,
}

/// The collections of a kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Counts {
    /// Collections of the kind.
    pub instances: u64,
    /// Elements, entries or listeners of all of them.
    pub entries: u64,
}

/// A large collection.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Large {
    /// `array`, `map`, `set`, `object` or `emitter`.
    pub kind: String,
    /// Its class.
    pub class: String,
    /// Elements, entries or listeners.
    pub size: u64,
    /// `TaskProcessor.subscribers`, or a variable; `None` where neither holds it.
    pub held_by: Option<String>,
    /// Class of its elements, or of the values of a Map; `None` when they are several.
    pub elements: Option<String>,
    /// Entries more than at the census before; `None` where that did not see it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub grew_by: Option<i64>,
}
