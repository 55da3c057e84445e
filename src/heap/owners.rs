//! Whose the objects are: the file or package through whose variables the shortest path leads.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::analysis::Analysis;
use super::scopes::{is_context, module_file};
use crate::values::heap::Owner;

/// How the owner of leakline's own modules is called.
pub const LEAKLINE: &str = "leakline's own";

/// Owners by the size of what is reached through them, the largest first.
pub fn owners(on: &Analysis, top: usize) -> Vec<Owner> {
    let mut owners = all(on);
    owners.truncate(top);
    owners
}

/// Bytes that are reached first through leakline's own modules.
pub fn leaklines_own(on: &Analysis) -> u64 {
    if !on.scopes.has_leakline() {
        return 0;
    }
    all(on).into_iter().find(|owner| owner.owner == LEAKLINE).map_or(0, |owner| owner.size)
}

fn all(on: &Analysis) -> Vec<Owner> {
    let heap = &on.heap;
    let mut names: Vec<String> = vec![String::new()];
    let mut numbers: HashMap<String, u32> = HashMap::new();
    let mut of_script: HashMap<u32, u32> = HashMap::new();
    let mut number = |name: String| {
        *numbers.entry(name).or_insert_with_key(|name| {
            names.push(name.clone());
            names.len() as u32 - 1
        })
    };
    let mut owner = vec![0u32; heap.len()];
    let mut sums: Vec<(u64, u64)> = vec![(0, 0)];
    for &node in &on.paths.order {
        // Most nodes are none, which is known without a search.
        let scope = is_context(heap, node).then(|| on.scopes.context(node)).flatten();
        let own = match scope {
            Some(scope) => match on.scopes.file(scope.script) {
                Some(file) => *of_script.entry(scope.script).or_insert_with(|| number(owner_of(on, file))),
                None => 0,
            },
            None if heap.name(node) == heap.known().module => {
                module_file(heap, node).map_or(0, |file| number(owner_of(on, &file)))
            }
            None => 0,
        };
        let own = if own == 0 { owner[on.paths.before[node as usize] as usize] } else { own };
        owner[node as usize] = own;
        if sums.len() <= own as usize {
            sums.resize(own as usize + 1, (0, 0));
        }
        let sum = &mut sums[own as usize];
        sum.0 += 1;
        sum.1 += heap.size(node);
    }
    names[0] = "(no module)".to_owned();
    let mut order: Vec<usize> = (0..sums.len()).filter(|&owner| sums[owner].0 > 0).collect();
    order.sort_by_key(|&owner| (Reverse(sums[owner].1), owner));
    let listed = order.into_iter();
    listed.map(|at| Owner { owner: names[at].clone(), count: sums[at].0, size: sums[at].1 }).collect()
}

/// The package of a file, Node itself, or the file.
fn owner_of(on: &Analysis, file: &str) -> String {
    if file.starts_with("node:") {
        return "Node".to_owned();
    }
    if on.scopes.is_leaklines_own(file) {
        return LEAKLINE.to_owned();
    }
    let slashes = file.replace('\\', "/");
    let Some((_, inside)) = slashes.rsplit_once("/node_modules/") else {
        let written = on.scopes.written(file);
        return on.scopes.shown(written.as_deref().unwrap_or(file)).to_owned();
    };
    let parts = if inside.starts_with('@') { 2 } else { 1 };
    let name: Vec<&str> = inside.split('/').take(parts).collect();
    format!("package {}", name.join("/"))
}
