//! `leakline.baseline.json`: the leaks of a project that are not fixed yet.
//!
//! It has no line numbers and no absolute paths, one order and one layout, so that a diff of it shows only changes.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use super::fields::{self, Object, Place, object_of};
use super::mistake::{Mistake, Source};
use crate::values::json::json;
use crate::values::suite::{Entry, Leftover, Stale, Update};

/// Version of the file's shape.
pub const SCHEMA: u64 = 1;

const FIELDS: [&str; 7] = ["file", "test", "kind", "label", "fingerprint", "origin", "count"];
const HINT: &str =
    "Fix it, or take the file from version control; LEAKLINE_UPDATE=1 makes a new one where there is none.";

/// The key of an entry. Its order is the order in the file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    file: String,
    test: String,
    fingerprint: String,
}

impl Key {
    fn of(entry: &Entry) -> Key {
        let Entry { file, test, fingerprint, .. } = entry;
        Key { file: file.clone(), test: test.clone(), fingerprint: fingerprint.clone() }
    }
}

/// All entries, each key once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    entries: BTreeMap<Key, Entry>,
}

impl FromIterator<Entry> for Baseline {
    /// Of two entries with one key, which a merge of branches can leave, the higher one is used.
    fn from_iter<I: IntoIterator<Item = Entry>>(entries: I) -> Baseline {
        let mut baseline = Baseline::default();
        entries.into_iter().for_each(|entry| baseline.raise(entry));
        baseline
    }
}

impl Baseline {
    /// Reads the baseline `text` of `file`.
    ///
    /// # Errors
    /// The first mistake, with its place, its rule, what was given and what to do.
    pub fn parse(text: &str, file: &str) -> Result<Baseline, Mistake> {
        let hint = match text.lines().any(|line| line.starts_with("<<<<<<< ")) {
            true => "Resolve the conflict of the merge in it: where both sides have an entry, keep either.",
            false => HINT,
        };
        let mut top = object_of(&Place::top(Source::Baseline, file), text, hint)?;
        top.only(&["schema", "leaks"])?;
        let upgrade = "It may be of a newer leakline: use that one, or make the file anew.";
        top.required("schema", "1", upgrade, |value| fields::whole(value, SCHEMA..=SCHEMA))?;
        top.objects("leaks", HINT)?.into_iter().map(read).collect()
    }

    /// The file's text: sorted, indented by two, with a newline at its end.
    pub fn text(&self) -> String {
        #[derive(Serialize)]
        struct File<'a> {
            schema: u64,
            leaks: Vec<&'a Entry>,
        }
        json(&File { schema: SCHEMA, leaks: self.entries().collect() })
    }

    /// The entries, in the order of the file.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values()
    }

    /// True without entries.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Applies the result of a test file: lowers stale entries, and with [`Update::All`] raises those in `taken`.
    /// Idempotent.
    pub fn update(&mut self, update: Update, stale: &[Stale], taken: &[Entry]) {
        for Stale { entry, left } in stale {
            let key = Key::of(entry);
            if *left == 0 {
                self.entries.remove(&key);
            } else if let Some(known) = self.entries.get_mut(&key) {
                known.count = known.count.min(*left);
            }
        }
        if update == Update::All {
            taken.iter().cloned().for_each(|entry| self.raise(entry));
        }
    }

    fn raise(&mut self, entry: Entry) {
        let count = entry.count;
        let known = self.entries.entry(Key::of(&entry)).or_insert(entry);
        known.count = known.count.max(count);
    }
}

fn read(mut object: Object<'_>) -> Result<Entry, Mistake> {
    object.only(&FIELDS)?;
    let mut name =
        |field: &str| object.required(field, "a string", HINT, |value| value.as_str().map(str::to_owned));
    let [file, test, kind, label] = [name("file")?, name("test")?, name("kind")?, name("label")?];
    let origin = name("origin")?;
    let rule = "16 hexadecimal digits in lower case";
    let fingerprint = object.required("fingerprint", rule, HINT, fields::fingerprint)?;
    let rule = "a whole number of at least 1";
    let count = object.required("count", rule, HINT, |value| fields::whole(value, 1..=u64::MAX))?;
    Ok(Entry { file, test, kind, label, fingerprint, origin, count })
}

/// The entries of one test file, and how much of them its leftovers used.
pub(super) struct Known<'a> {
    file: String,
    slots: HashMap<(String, String), Slot<'a>>,
}

#[derive(Default)]
struct Slot<'a> {
    entry: Option<&'a Entry>,
    used: u64,
    /// Registrations to add to the entry.
    added: u64,
    /// The fields of a new entry.
    model: Option<Entry>,
}

impl<'a> Known<'a> {
    /// `file` is as in [`Entry::file`].
    pub(super) fn new(baseline: &'a Baseline, file: &str) -> Known<'a> {
        let slot = |entry: &'a Entry| {
            let key = (entry.test.clone(), entry.fingerprint.clone());
            (key, Slot { entry: Some(entry), ..Slot::default() })
        };
        let slots = baseline.entries().filter(|entry| entry.file == file).map(slot).collect();
        Known { file: file.to_owned(), slots }
    }

    /// Uses the baseline for `wanted` registrations of `leftover`. Returns how many it had.
    pub(super) fn take(&mut self, leftover: &Leftover, wanted: u64) -> u64 {
        let mut missing = wanted;
        for test in &leftover.tests {
            if let Some(slot) = self.slots.get_mut(&(test.clone(), leftover.fingerprint.clone())) {
                let taken = missing.min(slot.entry.map_or(0, |entry| entry.count) - slot.used);
                slot.used += taken;
                missing -= taken;
            }
        }
        wanted - missing
    }

    /// Adds `count` registrations of `leftover` to the baseline, for the first of its tests.
    pub(super) fn add(&mut self, leftover: &Leftover, count: u64, origin: String) {
        let Some(test) = leftover.tests.first() else { return };
        let slot = self.slots.entry((test.clone(), leftover.fingerprint.clone())).or_default();
        slot.added += count;
        slot.model.get_or_insert_with(|| Entry {
            file: self.file.clone(),
            test: test.clone(),
            kind: leftover.kind.clone(),
            label: leftover.label.to_string(),
            fingerprint: leftover.fingerprint.clone(),
            origin,
            count: 0,
        });
    }

    /// The entries that are too high, among those for which `is_judged` is true.
    pub(super) fn stale(&self, is_judged: impl Fn(&Entry) -> bool) -> Vec<Stale> {
        let too_high = |slot: &Slot<'_>| {
            let entry = slot.entry.filter(|entry| slot.used < entry.count && is_judged(entry))?;
            Some(Stale { entry: entry.clone(), left: slot.used })
        };
        let mut stale: Vec<Stale> = self.slots.values().filter_map(too_high).collect();
        stale.sort_by(|a, b| Key::of(&a.entry).cmp(&Key::of(&b.entry)));
        stale
    }

    /// The entries that were added to, with their new counts.
    pub(super) fn taken(self) -> Vec<Entry> {
        let raised = |slot: Slot<'_>| {
            let before = slot.entry.map_or(0, |entry| entry.count);
            slot.model.map(|model| Entry { count: before + slot.added, ..model })
        };
        let mut taken: Vec<Entry> = self.slots.into_values().filter_map(raised).collect();
        taken.sort_by_key(Key::of);
        taken
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn entry(file: &str, test: &str, fingerprint: u64, count: u64) -> Entry {
        Entry {
            file: file.into(),
            test: test.into(),
            kind: "listener".into(),
            label: "Bus 'x'".into(),
            fingerprint: format!("{fingerprint:016x}"),
            origin: "src/bus.js attach".into(),
            count,
        }
    }

    #[test]
    fn the_text_is_sorted_and_diffable() {
        let baseline: Baseline =
            [entry("b.js", "a", 1, 2), entry("a.js", "b", 2, 1), entry("a.js", "b", 1, 1)]
                .into_iter()
                .collect();
        let text = baseline.text();
        assert!(text.starts_with("{\n  \"schema\": 1,\n  \"leaks\": [\n    {\n      \"file\": \"a.js\",\n"));
        assert!(text.ends_with("      \"count\": 2\n    }\n  ]\n}\n"), "{text}");
        assert_eq!(Baseline::default().text(), "{\n  \"schema\": 1,\n  \"leaks\": []\n}\n");
    }

    #[test]
    fn entries_of_two_branches_are_one() {
        let both: Baseline = [entry("a.js", "a", 1, 2), entry("a.js", "a", 1, 5)].into_iter().collect();
        assert_eq!(both.entries().map(|entry| entry.count).collect::<Vec<_>>(), [5]);
    }

    #[test]
    fn each_mistake_names_its_place_and_rule_and_what_was_given() {
        let problem = |text: &str| {
            let mistake = Baseline::parse(text, "b.json").expect_err(text);
            assert_eq!((mistake.source, &*mistake.file), (Source::Baseline, "b.json"));
            mistake.problem
        };
        let cases = [
            ("", "the file must be JSON without comments: EOF"),
            ("null", "the file must be an object, got null"),
            ("{}", "schema must be 1, got nothing"),
            (r#"{"schema":2}"#, "schema must be 1, got 2"),
            (r#"{"schema":1,"leaks":{}}"#, "leaks must be a list of objects, got {}"),
            (r#"{"schema":1,"more":1}"#, "the fields of the file must be among schema, leaks, got \"more\""),
            (r#"{"schema":1,"leaks":[1]}"#, "leaks[0] must be an object, got 1"),
            (r#"{"schema":1,"leaks":[{}]}"#, "leaks[0].file must be a string, got nothing"),
        ];
        for (text, expected) in cases {
            assert!(problem(text).starts_with(expected), "{text}: {}", problem(text));
        }
        let whole = Baseline::from_iter([entry("a.js", "a", 1, 2)]).text();
        let cases = [
            (("\"count\": 2", "\"count\": 0"), "leaks[0].count must be a whole number of at least 1, got 0"),
            (
                ("0000000000000001", "1"),
                "leaks[0].fingerprint must be 16 hexadecimal digits in lower case, got \"1\"",
            ),
            (("\"label\"", "\"lable\""), "the fields of leaks[0] must be among file, test"),
        ];
        for ((from, to), expected) in cases {
            assert!(problem(&whole.replace(from, to)).starts_with(expected), "{to}");
        }
        let conflict = Baseline::parse("<<<<<<< ours\n{}", "b.json").unwrap_err();
        assert!(conflict.hint.starts_with("Resolve the conflict"), "{}", conflict.hint);
    }

    fn entries() -> impl Strategy<Value = Vec<Entry>> {
        let one = ("[ab]\\.js", "\\PC{0,3}|a|b", 0..4_u64, 1..9_u64);
        prop::collection::vec(
            one.prop_map(|(file, test, print, count)| entry(&file, &test, print, count)),
            0..12,
        )
    }

    fn sum(baseline: &Baseline) -> u64 {
        baseline.entries().map(|entry| entry.count).sum()
    }

    proptest! {
        #[test]
        fn text_is_read_back_and_written_the_same(entries in entries()) {
            let baseline: Baseline = entries.into_iter().collect();
            let text = baseline.text();
            let again = Baseline::parse(&text, "b.json").unwrap();
            prop_assert_eq!(&again, &baseline);
            prop_assert_eq!(again.text(), text);
        }

        #[test]
        fn order_does_not_matter(mut entries in entries()) {
            let text = Baseline::from_iter(entries.clone()).text();
            entries.reverse();
            prop_assert_eq!(Baseline::from_iter(entries).text(), text);
        }

        #[test]
        fn shrinking_never_grows(before in entries(), stale in entries(), left in 0..20_u64, taken in entries()) {
            let before: Baseline = before.into_iter().collect();
            let stale: Vec<Stale> = stale.into_iter().map(|entry| Stale { entry, left }).collect();
            let mut after = before.clone();
            after.update(Update::Shrink, &stale, &taken);
            prop_assert!(sum(&after) <= sum(&before));
            for (key, entry) in &after.entries {
                prop_assert!(before.entries.get(key).is_some_and(|known| entry.count <= known.count));
            }
        }

        #[test]
        fn updating_twice_is_updating_once(before in entries(), stale in entries(), taken in entries()) {
            let stale: Vec<Stale> = stale.into_iter().map(|entry| Stale { left: entry.count / 2, entry }).collect();
            let mut once: Baseline = before.into_iter().collect();
            once.update(Update::All, &stale, &taken);
            let mut twice = once.clone();
            // A raised entry is not stale: no run finds an entry both too high and too low.
            let stale: Vec<Stale> = stale
                .into_iter()
                .filter(|one| taken.iter().all(|entry| Key::of(entry) != Key::of(&one.entry)))
                .collect();
            twice.update(Update::All, &stale, &taken);
            prop_assert_eq!(twice, once);
        }
    }
}
