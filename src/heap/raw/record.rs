//! Versions of V8 whose comparison with V8's own snapshot is recorded as equal: nothing uses the walk on any other.

/// Major and minor version. None yet: `docs/decisions/raw-heap-walk.md` says how far each came.
const EQUAL: [(u32, u32); 0] = [];

/// True where the graph is V8's own, by the comparison that `__test__/raw-heap.spec.js` makes.
pub fn is_equal(version: Option<(u32, u32)>) -> bool {
    version.is_some_and(|version| EQUAL.contains(&version))
}
