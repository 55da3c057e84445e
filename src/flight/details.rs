//! What a slot says in words: the snapshot's own fields, and the suspicious sites as reports have them.

use serde::{Deserialize, Serialize};

use super::format::MAX_DETAILS;
use crate::values::snapshot::{Site, Snapshot};
use crate::values::stack::Stack;

/// Sites that are written so.
pub const MAX_SITES: usize = 64;
/// Oversized collections that are.
const MAX_COLLECTIONS: usize = 16;

/// See the module. Stacks stand in the log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Details {
    /// Without sites.
    pub snapshot: Snapshot,
    /// By their number in the log, without stack and origin.
    pub sites: Vec<(u32, Site)>,
}

impl Details {
    /// Of a snapshot whose sites have numbers.
    pub fn new(mut snapshot: Snapshot) -> Self {
        let sites = std::mem::take(&mut snapshot.sites).into_iter().map(|mut site| {
            site.stack = Stack::default();
            site.origin = None;
            (site.number, site)
        });
        let sites = sites.take(MAX_SITES).collect();
        snapshot.collections.truncate(MAX_COLLECTIONS);
        Self { snapshot, sites }
    }

    /// As JSON that fits a slot: the least suspicious sites go first, then what the collections say.
    pub fn to_json(&self) -> Vec<u8> {
        let mut fitting = self.clone();
        loop {
            let json = serde_json::to_vec(&fitting).unwrap_or_default();
            if json.len() <= MAX_DETAILS {
                return json;
            }
            match fitting.sites.len() {
                0 if fitting.snapshot.collections.is_empty() && fitting.snapshot.notes.is_empty() => {
                    return Vec::new();
                }
                0 => {
                    fitting.snapshot.collections.clear();
                    fitting.snapshot.notes.clear();
                }
                count => fitting.sites.truncate(count / 2),
            }
        }
    }
}
