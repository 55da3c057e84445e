//! The live registrations of sites, for who wants to see their objects.

use std::collections::HashMap;

use crate::record::kinds;
use crate::record::layout::Handle;
use crate::store::slab::Entry;
use crate::store::{IsolateKey, Store};
use crate::values::proof::Members;

/// The live registrations of the isolate `key` of the sites with these fingerprints, the oldest first, in that order; `most` of
/// each at the most, at equal distances from all of them.
pub fn registrations(store: &Store, key: IsolateKey, fingerprints: &[u64], most: usize) -> Vec<Members> {
    let mut entries: HashMap<u64, (u8, Vec<(Handle, Entry)>)> = HashMap::new();
    for view in store.sites().filter(|view| view.key.0 == key) {
        let site = &view.aggregate.site;
        if fingerprints.contains(&site.fingerprint) {
            let of_site = entries.entry(site.fingerprint).or_insert((site.kind, Vec::new()));
            of_site.1.extend(view.entries());
        }
    }
    let members = fingerprints.iter().enumerate().map(|(at, fingerprint)| {
        let Some((kind, mut entries)) = entries.remove(fingerprint) else {
            return Members { finding: at as u32, ..Members::default() };
        };
        entries.sort_by_key(|(_, entry)| entry.created_ms());
        let with_owner = entries.iter().filter(|(_, entry)| entry.is_with_owner()).count();
        let step = entries.len().div_ceil(most.max(1)).max(1);
        Members {
            finding: at as u32,
            kind: kinds::name(kind),
            older: with_owner * 2 < entries.len(),
            before: 0,
            weight: entries.len() as u64,
            handles: entries.iter().step_by(step).map(|(handle, _)| handle.0 as i32).collect(),
        }
    });
    members.collect()
}
