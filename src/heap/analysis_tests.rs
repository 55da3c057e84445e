//! Whose paths lead past leakline.

use super::analysis::Analysis;
use super::graph::EdgeKind::{Context, Internal, Property, Shortcut};
use super::parse;
use super::written::Written;

/// A closure with variables, of a script.
fn closure(heap: &mut Written, file: &str, script: u32) -> (usize, usize) {
    let closure = heap.node("closure", "made", 64);
    let shared = heap.node("code", "made", 8);
    let source = heap.node("code", file, 8);
    let variables = heap.node("object", "system / Context", 32);
    heap.edge(closure, Internal, "shared", shared);
    heap.edge(shared, Internal, "script", source);
    heap.edge(closure, Internal, "context", variables);
    heap.locations.push((closure, script, 1, 1));
    (closure, variables)
}

/// By these two leakline's folder is known.
const LEAKLINE: [(u32, &str); 2] = [(1, "recording/ring.js"), (2, "engine/session.js")];
const ANOTHER: [(u32, &str); 2] = [(1, "ring.js"), (2, "session.js")];

/// A cache that variables of two files refer to, and, farther away, an object of the program's.
fn held(files: [(u32, &str); 2]) -> String {
    let mut heap = Written::default();
    let root = heap.node("synthetic", "", 0);
    let global = heap.node("object", "global", 8);
    heap.edge(root, Shortcut, "1", global);
    let cache = heap.node("object", "Object", 16);
    for (script, name) in files {
        let (own, variables) = closure(&mut heap, &format!("/app/made/{name}"), script);
        heap.edge(global, Property, &format!("own{script}"), own);
        heap.edge(variables, Context, "cache", cache);
    }
    let (first, second, third) =
        (heap.node("object", "Shop", 8), heap.node("object", "Cart", 8), heap.node("object", "Items", 8));
    heap.edge(global, Property, "shop", first);
    heap.edge(first, Property, "cart", second);
    heap.edge(second, Property, "items", third);
    heap.edge(third, Property, "cache", cache);
    let on = Analysis::of(parse::read(heap.text().as_bytes()).unwrap(), "", |_, _| ());
    on.held(cache as u32).text
}

#[test]
fn a_way_through_leaklines_variables_hides_no_holder() {
    assert_eq!(held(ANOTHER), "module /app/made/ring.js › cache: Object");
    assert_eq!(held(LEAKLINE), "global › shop: Shop › cart: Cart › items: Items › cache");
}
