//! Names and kinds that an object has from who refers to it, such as `(object elements)`: V8 gives them to what has no name.

use super::making::Graph;
use super::memory::Memory;
use super::numbers::Numbers;
use super::objects::{Map, Objects};
use super::types::NO_TYPE;
use crate::heap::graph::{Kind, NONE};

/// Levels of arrays within constants.
const CONSTANTS: usize = 3;

/// Fields of what V8 knows of a prototype: who uses it, and a cache of its keys, among others.
const PROTOTYPE_INFO: [u64; 4] = [8, 16, 24, 32];

/// What a field says of the object that it refers to.
struct Tag {
    offset: u64,
    text: &'static str,
    kind: Option<Kind>,
}

/// Gives names and kinds to the objects of a graph.
pub(super) fn tag<M: Memory>(
    objects: &mut Objects<'_, M>,
    numbers: &Numbers,
    maps: &[Option<Map>],
    graph: &mut Graph,
) {
    let mut tags: Vec<Option<Vec<Tag>>> = (0..4096).map(|_| None).collect();
    for (&address, map) in numbers.addresses.iter().zip(maps) {
        let Some(map) = map else { continue };
        let slot = usize::from(map.kind) & 4095;
        let of_type = tags[slot].take().unwrap_or_else(|| of_type(objects, map));
        for tag in &of_type {
            if let Some(target) = objects.object(address, tag.offset) {
                give(objects, numbers, graph, target, tag.text, tag.kind);
            }
        }
        tags[slot] = Some(of_type);
        if map.kind == objects.special.shared && objects.layout.is_since_12 {
            give(objects, numbers, graph, address, "(shared function info)", None);
        } else if map.kind == objects.special.scope_info {
            let table = objects.scope_info(address).and_then(|scope| scope.name_table(objects));
            if let Some(table) = table {
                give(objects, numbers, graph, table, "(context local names)", Some(Kind::Code));
            }
        } else if map.kind == objects.special.transitions {
            if let Some(prototypes) = objects.object(address, objects.layout.object.array) {
                give(objects, numbers, graph, prototypes, "(prototype transitions)", Some(Kind::Shape));
            }
        } else if map.kind == objects.special.prototype_info {
            for offset in PROTOTYPE_INFO {
                let target = objects.object(address, offset);
                let of_target = target.and_then(|target| objects.map_of(target));
                let is_list = of_target.is_some_and(|map| {
                    map.kind == objects.special.weak_list || map.kind == objects.special.fixed_array
                });
                if let Some(target) = target.filter(|_| is_list) {
                    give(objects, numbers, graph, target, "(prototype users)", Some(Kind::Shape));
                }
            }
        } else if map.kind == objects.special.bytecodes {
            if let Some(constants) = objects.object(address, objects.layout.constant_pool) {
                constant_pool(objects, numbers, graph, constants, CONSTANTS);
            }
        } else if map.kind == objects.special.feedback_vector {
            feedback(objects, numbers, graph, address, map);
        }
    }
}

fn of_type<M: Memory>(objects: &Objects<'_, M>, map: &Map) -> Vec<Tag> {
    let tag = |offset, text, kind| Tag { offset, text, kind };
    let layout = objects.layout;
    let object = &layout.object;
    let special = &objects.special;
    if objects.is_object(map) {
        let (first, last) = layout.functions;
        let mut tags = vec![
            tag(object.properties, "(object properties)", None),
            tag(object.elements, "(object elements)", None),
        ];
        if (first..=last).contains(&map.kind) {
            tags.push(tag(object.shared, "(shared function info)", None));
        } else if map.kind == special.bound_function {
            tags.insert(0, tag(40, "(bound arguments)", None));
        }
        return tags;
    }
    match layout.types.class(map.kind).unwrap_or_default() {
        "Map" => vec![tag(layout.map.validity_cell, "", Some(Kind::Shape))],
        "ArrayBoilerplateDescription" => vec![tag(16, "(constant elements)", Some(Kind::Code))],
        "EnumCache" => {
            vec![tag(8, "(enum cache)", Some(Kind::Shape)), tag(16, "(enum cache)", Some(Kind::Shape))]
        }
        "Script" => vec![
            tag(56, "(script line ends)", Some(Kind::Code)),
            tag(88, "(shared function infos)", Some(Kind::Code)),
            tag(112, "(host-defined options)", Some(Kind::Code)),
        ],
        "BytecodeArray" => vec![
            tag(layout.handler_table, "(handler table)", Some(Kind::Code)),
            tag(layout.source_positions, "(source position table)", Some(Kind::Code)),
        ],
        _ => Vec::new(),
    }
}

fn give<M: Memory>(
    objects: &mut Objects<'_, M>,
    numbers: &Numbers,
    graph: &mut Graph,
    target: u64,
    text: &str,
    kind: Option<Kind>,
) {
    let number = numbers.known(target);
    if number != NONE && objects.is_essential(target) {
        graph.tag(number, text, kind);
    }
}

fn constant_pool<M: Memory>(
    objects: &mut Objects<'_, M>,
    numbers: &Numbers,
    graph: &mut Graph,
    array: u64,
    levels: usize,
) {
    let Some(map) = objects.map_of(array) else { return };
    let is_trusted = map.kind == objects.special.trusted_array && map.kind != NO_TYPE;
    if !is_trusted && map.kind != objects.special.fixed_array {
        return;
    }
    let number = numbers.known(array);
    if is_trusted && number != NONE {
        graph.rename(number, "(constant pool)", Kind::Code);
    } else {
        give(objects, numbers, graph, array, "(constant pool)", Some(Kind::Code));
    }
    let Some((size, _)) = objects.extent(array, &map).filter(|_| levels > 1) else { return };
    for offset in (objects.layout.object.array..size).step_by(8) {
        if let Some(inner) = objects.object(array, offset) {
            constant_pool(objects, numbers, graph, inner, levels - 1);
        }
    }
}

fn feedback<M: Memory>(
    objects: &mut Objects<'_, M>,
    numbers: &Numbers,
    graph: &mut Graph,
    vector: u64,
    map: &Map,
) {
    let Some((size, _)) = objects.extent(vector, map) else { return };
    for offset in (objects.layout.feedback_vector..size).step_by(8) {
        let Some(target) = objects.object(vector, offset) else { continue };
        let kind = objects.map_of(target).map(|map| map.kind);
        if kind == Some(objects.special.fixed_array) || kind == Some(objects.special.weak_arrays[0]) {
            give(objects, numbers, graph, target, "(feedback)", Some(Kind::Code));
        }
    }
}
