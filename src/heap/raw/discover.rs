//! All objects that roots reach.

use super::memory::{Memory, Tagged};
use super::numbers::Numbers;
use super::objects::Objects;

/// A group of roots: its name, as V8's snapshots have it, and what they refer to.
pub struct Roots {
    /// `(Global handles)` for one.
    pub name: &'static str,
    /// Addresses of objects; what is at one may be no object.
    pub addresses: Vec<u64>,
}

/// Numbers all objects that `roots` reach over strong references, in the order in which they are met: the roots' own first.
pub fn discover<M: Memory>(objects: &mut Objects<'_, M>, roots: &[Roots]) -> Numbers {
    let mut numbers = Numbers::default();
    for group in roots {
        let first = numbers.addresses.len();
        for &address in &group.addresses {
            if objects.map_of(address).is_some() {
                numbers.number(address);
            }
        }
        follow(objects, &mut numbers, first);
    }
    numbers
}

fn follow<M: Memory>(objects: &mut Objects<'_, M>, numbers: &mut Numbers, first: usize) {
    let mut at = first;
    while let Some(&address) = numbers.addresses.get(at) {
        at += 1;
        let Some(map) = objects.map_of(address) else { continue };
        numbers.number(map.address);
        let Some((_, end)) = objects.extent(address, &map) else { continue };
        let first_reference = objects.first_reference(&map);
        for offset in (first_reference..end).step_by(8) {
            let Some(word) = objects.memory.word(address + offset) else { break };
            if let Tagged::Strong(target) = Tagged::of(word)
                && !objects.is_custom_weak(&map, offset)
                && objects.map_of(target).is_some()
            {
                numbers.number(target);
            }
        }
    }
}
