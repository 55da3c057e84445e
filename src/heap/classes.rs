//! The class of each node, as a number.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::graph::{Heap, Kind, NONE};
use crate::values::heap::Count;

/// Classes by number. What has no class is in one of its kind.
pub struct Classes {
    /// By the number of a name.
    by_name: Vec<u32>,
    /// Names by class, kinds first.
    names: Vec<u32>,
    /// By class: V8's own, such as contexts.
    internal: Vec<bool>,
}

const KINDS: u32 = Kind::Other as u32 + 1;

impl Classes {
    /// The classes of a heap.
    pub fn of(heap: &Heap) -> Classes {
        let mut by_name = Vec::new();
        let mut names = vec![NONE; KINDS as usize];
        let mut internal = vec![true; KINDS as usize];
        for node in 0..heap.len() as u32 {
            if !heap.kind(node).has_class() {
                continue;
            }
            let name = heap.name(node);
            if by_name.len() <= name as usize {
                by_name.resize(name as usize + 1, NONE);
            }
            if by_name[name as usize] == NONE {
                by_name[name as usize] = names.len() as u32;
                names.push(name);
                internal.push(heap.string(name).starts_with("system / "));
            }
        }
        Classes { by_name, names, internal }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// False: kinds are classes.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// False for what V8 keeps for itself: code, hidden classes, roots.
    pub fn is_of_program(&self, class: u32) -> bool {
        const OWN: [Kind; 5] = [Kind::Hidden, Kind::Code, Kind::Synthetic, Kind::Shape, Kind::Other];
        match class < KINDS {
            true => !OWN.iter().any(|&kind| kind as u32 == class),
            false => !self.internal[class as usize],
        }
    }

    /// True for the name of a class of V8's own, such as that of contexts.
    pub fn is_internal(&self, name: u32) -> bool {
        self.by_name.get(name as usize).is_some_and(|&class| class != NONE && self.internal[class as usize])
    }

    /// A node's class.
    #[inline(always)]
    pub fn class(&self, heap: &Heap, node: u32) -> u32 {
        let kind = heap.kind(node);
        match kind {
            Kind::Object | Kind::Native => self.by_name[heap.name(node) as usize],
            // All strings are one.
            Kind::Concatenated | Kind::Sliced => Kind::String as u32,
            _ => kind as u32,
        }
    }

    /// A class in words.
    pub fn text(&self, heap: &Heap, class: u32) -> String {
        if class < KINDS { of_kind(class).to_owned() } else { heap.string(self.names[class as usize]) }
    }
}

/// A node's class in words.
pub fn class_of(heap: &Heap, node: u32) -> String {
    let kind = heap.kind(node);
    match kind {
        Kind::Object | Kind::Native => heap.name_of(node),
        Kind::Concatenated | Kind::Sliced => of_kind(Kind::String as u32).to_owned(),
        _ => of_kind(kind as u32).to_owned(),
    }
}

fn of_kind(kind: u32) -> &'static str {
    const TEXTS: [&str; KINDS as usize] = [
        "(V8)",
        "(array memory)",
        "(string)",
        "(object)",
        "(code)",
        "(closure)",
        "(regexp)",
        "(number)",
        "(native)",
        "(root)",
        "(string)",
        "(string)",
        "(symbol)",
        "(bigint)",
        "(hidden class)",
        "(other)",
    ];
    TEXTS[kind as usize]
}

/// The most frequent of `counts`, as they are listed.
pub fn listed(counts: HashMap<String, u64>, top: usize) -> Vec<Count> {
    let mut counts: Vec<(String, u64)> = counts.into_iter().collect();
    counts.sort_by(|a, b| (Reverse(a.1), &a.0).cmp(&(Reverse(b.1), &b.0)));
    counts.truncate(top);
    counts.into_iter().map(|(class, count)| Count { class, count, place: None }).collect()
}
