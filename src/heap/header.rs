//! The first value of a snapshot: which fields follow, and how many.

use serde::Deserialize;
use serde_json::Value;

use super::graph::{EdgeKind, Kind};
use super::refusal::{Refusal, foreign};

/// No object is as large, and the sum of all sizes is a number.
pub const MAX_SIZE: u64 = 1 << 48;

/// What the parser needs of a snapshot's header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// Number of nodes.
    pub nodes: usize,
    /// Number of edges.
    pub edges: usize,
    /// Numbers a node takes.
    pub node_fields: usize,
    /// The kinds of nodes by their numbers.
    pub kinds: Vec<Kind>,
    /// The kinds of edges by their numbers.
    pub edge_kinds: Vec<EdgeKind>,
    /// The root's index.
    pub root: usize,
    /// Bytes outside of V8's heap that are in no node.
    pub extra_native_bytes: u64,
}

#[derive(Deserialize)]
struct Snapshot {
    meta: Meta,
    node_count: u64,
    edge_count: u64,
    #[serde(default)]
    root_index: u64,
    #[serde(default)]
    extra_native_bytes: f64,
}

#[derive(Deserialize)]
struct Meta {
    node_fields: Vec<String>,
    node_types: Vec<Value>,
    edge_fields: Vec<String>,
    edge_types: Vec<Value>,
    #[serde(default)]
    location_fields: Vec<String>,
}

const NODE_FIELDS: [&str; 5] = ["type", "name", "id", "self_size", "edge_count"];
const EDGE_FIELDS: [&str; 3] = ["type", "name_or_index", "to_node"];
const LOCATION_FIELDS: [&str; 4] = ["object_index", "script_id", "line", "column"];

impl Header {
    /// The header in `text`, the value of `snapshot`.
    pub fn parse(text: &[u8]) -> Result<Header, Refusal> {
        let snapshot: Snapshot = serde_json::from_slice(text)
            .map_err(|error| foreign(format!("its header is not that of a heap snapshot ({error})")))?;
        let Snapshot { meta, node_count, edge_count, root_index, extra_native_bytes } = snapshot;
        if !meta.node_fields.iter().map(String::as_str).take(5).eq(NODE_FIELDS) {
            return Err(foreign(format!("its nodes have the fields {}", meta.node_fields.join(", "))));
        }
        if !meta.edge_fields.iter().map(String::as_str).eq(EDGE_FIELDS) {
            return Err(foreign(format!("its edges have the fields {}", meta.edge_fields.join(", "))));
        }
        if !meta.location_fields.is_empty()
            && !meta.location_fields.iter().map(String::as_str).eq(LOCATION_FIELDS)
        {
            return Err(foreign(format!(
                "its locations have the fields {}",
                meta.location_fields.join(", ")
            )));
        }
        let node_fields = meta.node_fields.len();
        let root = root_index / node_fields as u64;
        if node_count == 0 || root >= node_count {
            return Err(foreign("it has no nodes"));
        }
        if node_count >= super::graph::MAX_NODES as u64 || edge_count >= u64::from(u32::MAX) {
            return Err(foreign(format!(
                "it has {node_count} nodes and {edge_count} edges, which is too many"
            )));
        }
        Ok(Header {
            nodes: node_count as usize,
            edges: edge_count as usize,
            node_fields,
            kinds: names(&meta.node_types)?.map(Kind::named).collect(),
            edge_kinds: names(&meta.edge_types)?.map(EdgeKind::named).collect(),
            root: root as usize,
            extra_native_bytes: extra_native_bytes.clamp(0.0, MAX_SIZE as f64) as u64,
        })
    }
}

/// The names of the first field's values.
fn names(types: &[Value]) -> Result<impl Iterator<Item = &str>, Refusal> {
    let names = types.first().and_then(Value::as_array);
    let names = names.ok_or_else(|| foreign("its header does not name the types"))?;
    Ok(names.iter().map(|name| name.as_str().unwrap_or_default()))
}
