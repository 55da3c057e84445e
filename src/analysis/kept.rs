//! What a check's looks at the whole heap mean: containers that gain objects with each call.

use crate::store::sites;
use crate::values::frames::{Frame, Place as Whose, place_of};
use crate::values::heap::{Count, Gain, Growth as HeapGrowth, Held, PathGain};
use crate::values::label::Label;
use crate::values::proof::Proof;
use crate::values::snapshot::{CheckHeap, Growth, Leak, Retainer, Role};

/// Bytes a call below which nothing is said.
pub const MIN_BYTES_A_CALL: u64 = 64;

/// Bytes in use that a round adds at the least where a heap is said to grow.
const MIN_ROUND: f64 = 4.0 * 1024.0;

/// Bytes that all rounds add at the least: what V8 keeps and drops on its own in a process that has just begun is less.
const MIN_ADDED: f64 = 256.0 * 1024.0;

/// Bytes that all rounds add at the least where a check that found nothing says so: compiled code, caches and workers that get
/// going add some hundred KiB.
const MIN_UNEXPLAINED: f64 = 1024.0 * 1024.0;

/// Most findings of one check.
const MAX_FOUND: usize = 8;

/// Lists of Node's that end at a bound of their own: the last 250 of what was fetched.
const NODES_BOUNDED: [(&str, &str); 1] = [("module node:internal/perf/observe", "resourceTimingBuffer")];

/// Where Node keeps the modules that `import` loaded.
const MODULES: &str = "module node:internal/modules/esm/loader";

/// What the looks of one check found.
#[derive(Clone, Debug, Default, PartialEq, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Kept {
    /// Bytes that each round added, to V8's heap and to what hangs on it.
    pub added: Vec<f64>,
    /// What grew over the looks at the heap, where there were some.
    pub growth: Option<HeapGrowth>,
    /// Calls between the first of those looks and the last.
    pub calls: u64,
    /// What the last of them proves of what was recorded.
    pub proof: Option<Proof>,
    /// How long they took, in ms.
    pub look_ms: u64,
    /// The folder of leakline's own files.
    pub own: String,
}

impl Kept {
    /// What a check says of the heap; nothing where it did not measure it.
    pub fn summary(&self, iterations: u64) -> Option<CheckHeap> {
        let bytes_per_call = self.added.iter().sum::<f64>() / iterations.max(1) as f64;
        (!self.added.is_empty()).then(|| CheckHeap {
            added: self.added.clone(),
            bytes_per_call,
            grew: grew(&self.added, iterations),
            look_ms: (self.growth.is_some() || self.proof.is_some()).then_some(self.look_ms),
        })
    }

    /// What is said of a heap that grew where nothing was found.
    pub fn unexplained(&self, leaks: &[Leak], iterations: u64) -> Option<String> {
        if !leaks.is_empty() || !grew(&self.added, iterations) || !grows_on(&self.added) {
            return None;
        }
        let each = self.added.iter().sum::<f64>() / iterations.max(1) as f64 / 1024.0;
        let next = match self.growth {
            Some(_) => "no container in it gained an object with each call",
            None => "look at the whole heap with check(fn, { heap: true })",
        };
        Some(format!("the heap grew by some {each:.1} KiB a call, and no finding says why: {next}"))
    }

    /// Adds the containers that gained an object (the last of which something else may hold as well) and
    /// [`MIN_BYTES_A_CALL`] a call to `leaks`. What is there already gets its path. Beside causes, which were found by what
    /// creates them, containers are consequences: they may hold just those.
    pub fn add_to(&self, leaks: &mut Vec<Leak>, root: &str) {
        let Some(growth) = &self.growth else { return };
        let calls = self.calls.max(1);
        let containers = growth.containers.iter().map(Found::of_object);
        let paths = growth.paths.iter().map(Found::of_path);
        let found = containers.chain(paths).filter(|found| self.counts(found));
        // Node's tables of modules grow together.
        let mut has_modules = false;
        let found = found.filter(|found| {
            let is_again = has_modules && found.held.root == MODULES;
            has_modules |= found.held.root == MODULES;
            !is_again
        });
        // Where nothing is a cause by the signs, what gains with each call is the nearest to one.
        let is_alone = leaks.iter().all(|leak| leak.role == Role::Consequence);
        let role = if is_alone { Role::Cause } else { Role::Consequence };
        for found in found.take(MAX_FOUND) {
            match leaks.iter_mut().find(|leak| is_same(leak, &found)) {
                Some(leak) => {
                    leak.held_by = Some(found.held.text.clone());
                    leak.bytes_per_call = Some(found.bytes as f64 / calls as f64);
                    leak.retainers = found.retainers();
                }
                None => leaks.push(found.leak(calls, role, root)),
            }
        }
    }

    /// Whether a container that would be a finding may have grown in some of the rounds between the looks only.
    pub fn has_doubt(&self) -> bool {
        let Some(growth) = &self.growth else { return false };
        let containers = growth.containers.iter().filter(|gain| gain.is_doubtful).map(Found::of_object);
        let paths = growth.paths.iter().filter(|path| path.is_doubtful).map(Found::of_path);
        containers.chain(paths).any(|found| self.counts(&found))
    }

    /// Whether it gained enough with each call, and is not leakline's.
    fn counts(&self, found: &Found<'_>) -> bool {
        let calls = self.calls.max(1);
        found.gained * 10 >= calls * 9 && found.bytes >= calls * MIN_BYTES_A_CALL && !self.is_own(found.held)
    }

    /// True for what leakline itself holds, and for lists of Node's that end at a bound of their own.
    fn is_own(&self, held: &Held) -> bool {
        let is_at = |&(root, name): &(&str, &str)| held.root == root && held.text.contains(name);
        if NODES_BOUNDED.iter().any(is_at) {
            return true;
        }
        let is_own = |file: &str| !self.own.is_empty() && file.starts_with(&self.own);
        held.file.as_deref().is_some_and(is_own)
            || held.steps.iter().filter_map(|step| step.place.as_ref()).any(|place| is_own(&place.file))
    }
}

/// Whether the heap grew by more than noise: in all together by the least that counts, and in all rounds but one at the most by
/// two thirds of an equal share of that; the last, where growth that ends is over, adds half a share. The one that does not may be
/// a round in which V8 has dropped something of its own: it counts as the one in the middle. `added` are the bytes of each round,
/// `iterations` the calls over all of them.
pub fn grew(added: &[f64], iterations: u64) -> bool {
    let least = (iterations as f64 * MIN_BYTES_A_CALL as f64).max(MIN_ADDED);
    let share = (least / added.len().max(1) as f64).max(MIN_ROUND);
    let growing = added.iter().filter(|&&bytes| bytes * 1.5 >= share).count();
    let goes_on = added.last().is_some_and(|last| last * 2.0 >= share);
    added.len() > 1 && goes_on && growing + 1 >= added.len() && without_fall(added) >= least
}

/// All that rounds have added, where the lowest that took something away counts as the one in the middle.
fn without_fall(added: &[f64]) -> f64 {
    let mut sorted = added.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted[sorted.len() / 2];
    if sorted[0] < 0.0 {
        sorted[0] = middle;
    }
    sorted.iter().sum()
}

/// Whether growth goes on: in every round, by at least [`MIN_UNEXPLAINED`] in all, and by at least half as much in the last round
/// as in the first. What falls off is a process that gets going.
fn grows_on(added: &[f64]) -> bool {
    let (Some(first), Some(last)) = (added.first(), added.last()) else { return false };
    added.iter().all(|&bytes| bytes > 0.0)
        && added.iter().sum::<f64>() >= MIN_UNEXPLAINED
        && last * 2.0 >= *first
}

/// Whether a finding is about the same container: a collection of the same class, and of the same name.
fn is_same(leak: &Leak, found: &Found<'_>) -> bool {
    let class = match leak.kind.as_str() {
        "map" => "Map",
        "set" => "Set",
        "array" => "Array",
        "object" => "Object",
        _ => return false,
    };
    let name = found.held.steps.last().map(|step| step.edge.as_str()).unwrap_or_default();
    let named = leak.held_by.as_deref().unwrap_or_default();
    let last = named.rsplit_once('.').map_or(named, |(_, last)| last);
    leak.growth == Growth::Entries && class == found.class && !name.is_empty() && last == name
}

/// A container that grew.
struct Found<'a> {
    class: &'a str,
    held: &'a Held,
    classes: &'a [Count],
    gained: u64,
    bytes: u64,
}

impl<'a> Found<'a> {
    fn of_object(gain: &'a Gain) -> Self {
        let Gain { class, held, classes, gained, bytes, .. } = gain;
        Self { class, held, classes, gained: *gained, bytes: *bytes }
    }

    fn of_path(path: &'a PathGain) -> Self {
        let PathGain { class, held, classes, entries, bytes, .. } = path;
        let gained =
            entries.last().zip(entries.first()).map_or(0, |(last, first)| last.saturating_sub(*first));
        Self { class, held, classes, gained, bytes: *bytes }
    }

    fn leak(self, calls: u64, role: Role, root: &str) -> Leak {
        let stack: Vec<Frame> = self.frame().into_iter().collect();
        let print = sites::fingerprint(&format!("heap {} {}", self.class, self.held.text), &stack, root);
        Leak {
            kind: "heap".to_owned(),
            label: self.label(),
            fingerprint: format!("{print:016x}"),
            per_iteration: self.gained as f64 / calls as f64,
            total: self.gained,
            growth: Growth::Entries,
            origin: stack.first().cloned(),
            stack: stack.into(),
            role,
            held_by: Some(self.held.text.clone()),
            elements: self.classes.first().map(|count| count.class.clone()),
            bytes_per_call: Some(self.bytes as f64 / calls as f64),
            retainers: self.retainers(),
            ..Leak::default()
        }
    }

    /// `Object 'carts'`, by the last name on the path.
    fn label(&self) -> Label {
        let named = self.held.steps.iter().rev().map(|step| step.edge.as_str());
        let name = named.into_iter().find(|edge| !edge.is_empty() && !edge.starts_with(['[', '(']));
        match name {
            Some(name) if !self.class.starts_with("variables ") => Label::of_property(self.class, name),
            Some(name) => Label::of_property("variable", name),
            None => Label::new(self.class, Vec::new(), false),
        }
    }

    /// Where a reader looks first: the function whose closures pile up, else the file of the container. A line is named
    /// of the former only: that of a class is not the one that leaks.
    fn frame(&self) -> Option<Frame> {
        let closure = self.classes.first().and_then(|count| count.place.as_ref());
        if let Some(place) = closure.filter(|_| self.classes[0].class == "(closure)") {
            let (line, column) = (place.line, place.column);
            return Some(Frame { function: None, file: place.file.clone(), line, column });
        }
        let file = |file: &str| Frame { function: None, file: file.to_owned(), line: 0, column: 0 };
        let frames = self.held.file.as_deref().map(file);
        let closures = self.held.steps.iter().rev().filter_map(|step| step.place.as_ref());
        let written = closures.map(|place| file(&place.file));
        // What Node's modules hold was given to them by somebody: no file says by whom.
        frames.into_iter().chain(written).find(|frame| place_of(Some(frame)) != Whose::Node)
    }

    fn retainers(&self) -> Vec<Retainer> {
        self.held.retainers()
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::values::heap::{Place, Step};

    fn held(text: &str, file: Option<&str>) -> Held {
        let step = |edge: &str| Step { name: "Object".to_owned(), edge: edge.to_owned(), place: None };
        Held {
            text: text.to_owned(),
            root: "module src/cart.js".to_owned(),
            file: file.map(str::to_owned),
            steps: vec![step("carts"), step("[key]"), step("items")],
        }
    }

    fn gain(gained: u64, bytes: u64, class: &str, place: Option<Place>) -> Gain {
        Gain {
            id: 7,
            class: "Object".to_owned(),
            retained: vec![0, bytes],
            bytes,
            gained,
            gained_last: gained,
            classes: vec![Count { class: class.to_owned(), count: gained, place }],
            held: held("module src/cart.js › carts: Object › [key] › items", Some("/app/src/cart.js")),
            is_doubtful: false,
        }
    }

    fn kept(gain: Gain) -> Kept {
        let growth = HeapGrowth { containers: vec![gain], same_process: true, ..HeapGrowth::default() };
        Kept { growth: Some(growth), calls: 30, ..Kept::default() }
    }

    fn added_to(others: &[Leak], kept: &Kept) -> Vec<Leak> {
        let mut leaks = others.to_vec();
        kept.add_to(&mut leaks, "/app");
        leaks
    }

    #[test]
    fn a_container_that_gains_an_object_a_call_is_a_leak() {
        let leaks = added_to(&[], &kept(gain(60, 30 * 200, "Item", None)));
        let [leak] = &leaks[..] else { panic!("{leaks:?}") };
        assert_eq!((leak.kind.as_str(), leak.label.as_str()), ("heap", "Object 'items'"));
        assert_eq!((leak.per_iteration, leak.bytes_per_call), (2.0, Some(200.0)));
        assert_eq!(
            leak.origin.as_ref().map(|frame| (frame.file.as_str(), frame.line)),
            Some(("/app/src/cart.js", 0))
        );
        assert_eq!(leak.elements.as_deref(), Some("Item"));
        assert_eq!(leak.retainers.len(), 4);
        assert_eq!(leak.role, Role::Cause);
    }

    #[test]
    fn below_an_object_or_64_bytes_a_call_nothing_is_said() {
        assert_eq!(added_to(&[], &kept(gain(26, 30 * 200, "Item", None))), []);
        assert_eq!(added_to(&[], &kept(gain(30, 30 * 63, "Item", None))), []);
        assert_eq!(added_to(&[], &kept(gain(30, 30 * 64, "Item", None))).len(), 1);
    }

    #[test]
    fn a_doubt_about_what_would_be_no_finding_is_none() {
        let doubtful = |gained| Gain { is_doubtful: true, ..gain(gained, 30 * 64, "Item", None) };
        assert!(kept(doubtful(30)).has_doubt());
        assert!(!kept(doubtful(26)).has_doubt());
        assert!(!kept(gain(30, 30 * 64, "Item", None)).has_doubt());
    }

    #[test]
    fn beside_other_findings_it_is_a_consequence_and_leaklines_own_is_none() {
        let other = Leak::default();
        assert_eq!(added_to(&[other], &kept(gain(30, 3000, "Item", None)))[1].role, Role::Consequence);
        let own = Kept { own: "/app/src/".to_owned(), ..kept(gain(30, 3000, "Item", None)) };
        assert_eq!(added_to(&[], &own), []);
        let mut entries = gain(30, 3000, "PerformanceResourceTiming", None);
        entries.held.root = "module node:internal/perf/observe".to_owned();
        entries.held.text = format!("{} › resourceTimingBuffer: Array", entries.held.root);
        assert_eq!(added_to(&[], &kept(entries.clone())), [], "of those Node keeps 250");
        entries.held.text = format!("{} › markEntryBuffer: Array", entries.held.root);
        assert_eq!(added_to(&[], &kept(entries)).len(), 1, "marks are kept until they are cleared");
    }

    #[test]
    fn where_nothing_is_a_cause_by_the_signs_it_is_one() {
        let hanging = Leak { role: Role::Consequence, ..Leak::default() };
        let roles: Vec<Role> =
            added_to(&[hanging], &kept(gain(30, 3000, "Item", None))).iter().map(|leak| leak.role).collect();
        assert_eq!(roles, [Role::Consequence, Role::Cause]);
    }

    #[test]
    fn nodes_tables_of_modules_are_one_finding() {
        let table = |name: &str| {
            let mut table = gain(30, 3000, "ModuleJob", None);
            table.held.root = MODULES.to_owned();
            table.held.text = format!("{MODULES} › {name}");
            table
        };
        let growth = HeapGrowth {
            containers: vec![table("loadCache"), table("resolveCache")],
            ..HeapGrowth::default()
        };
        let looks = Kept { growth: Some(growth), calls: 30, ..Kept::default() };
        assert_eq!(added_to(&[], &looks).len(), 1);
    }

    #[test]
    fn a_collection_that_is_found_already_gets_its_path() {
        let found = |held_by: &str| Leak {
            kind: "map".to_owned(),
            held_by: Some(held_by.to_owned()),
            growth: Growth::Entries,
            ..Leak::default()
        };
        let mut of_map = gain(30, 3000, "Item", None);
        of_map.class = "Map".to_owned();
        let both = added_to(&[found("Cart.items")], &kept(of_map.clone()));
        assert_eq!((both.len(), both[0].bytes_per_call, both[0].retainers.len()), (1, Some(100.0), 4));
        assert_eq!(both[0].held_by.as_deref(), Some("module src/cart.js › carts: Object › [key] › items"));
        assert_eq!(added_to(&[found("Cart.others")], &kept(of_map)).len(), 2);
    }

    #[test]
    fn the_line_of_closures_that_pile_up_is_named() {
        let place = Place { file: "/app/src/late.js".to_owned(), line: 12, column: 3, shipped_at: None };
        let leaks = added_to(&[], &kept(gain(30, 3000, "(closure)", Some(place.clone()))));
        assert_eq!(
            leaks[0].origin.as_ref().map(|frame| (frame.file.as_str(), frame.line)),
            Some(("/app/src/late.js", 12))
        );
        // A class's line is not the one that leaks.
        let leaks = added_to(&[], &kept(gain(30, 3000, "Item", Some(place))));
        assert_eq!(leaks[0].origin.as_ref().map(|frame| frame.line), Some(0));
    }

    #[test]
    fn a_heap_grows_where_each_round_adds_more_than_noise() {
        assert!(grew(&[90_000.0, 90_000.0, -1_000.0, 90_000.0, 90_000.0], 50));
        assert!(!grew(&[90_000.0, 1_000.0, -1_000.0, 90_000.0, 190_000.0], 50));
        assert!(!grew(&[40_000.0; 5], 50), "less than what V8 does on its own");
        assert!(!grew(&[244_000.0, 23_000.0, 21_000.0, 20_000.0, 0.0], 50), "a process that gets going");
        assert!(
            !grew(&[134_000.0, 134_000.0, 134_000.0, 90_000.0, 0.0], 50),
            "it ends before the last round"
        );
        assert!(
            grew(&[78_000.0, 78_000.0, 78_000.0, -166_000.0, 89_000.0], 500),
            "V8 has dropped something of its own"
        );
        assert!(grew(&[43_000.0, 43_000.0, 43_000.0, 86_000.0, 89_000.0], 500), "or what was there at first");
        assert!(!grew(&[78_000.0, 78_000.0, -160_000.0, -166_000.0, 89_000.0], 500));
        assert!(grew(&[244_000.0, 60_000.0, 60_000.0, 60_000.0, 30_000.0], 50));
        assert!(!grew(&[500_000.0], 10));
        assert!(!grew(&[], 10));
        let kept = Kept { added: vec![600_000.0, 600_000.0], ..Kept::default() };
        assert_eq!(kept.summary(20).map(|heap| (heap.bytes_per_call, heap.grew)), Some((60_000.0, true)));
        assert_eq!(Kept::default().summary(20), None);
        let said = kept.unexplained(&[], 20).unwrap();
        assert!(
            said.starts_with("the heap grew by some 58.6 KiB a call") && said.ends_with("{ heap: true })")
        );
        assert_eq!(kept.unexplained(&[Leak::default()], 20), None);
    }

    #[test]
    fn growth_that_ends_or_is_small_is_not_said_to_be_unexplained() {
        let is_said =
            |added: &[f64]| Kept { added: added.to_vec(), ..Kept::default() }.unexplained(&[], 20).is_some();
        assert!(is_said(&[400_000.0, 300_000.0, 200_000.0, 200_000.0]));
        assert!(!is_said(&[200_000.0; 5]), "less than 1 MiB in all");
        assert!(!is_said(&[900_000.0, 600_000.0, 440_000.0]), "it falls off");
        assert!(!is_said(&[400_000.0, 400_000.0, 0.0, 400_000.0, 400_000.0]), "not in every round");
    }
}
