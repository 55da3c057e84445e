//! JSON that people write, read field by field, so that a mistake has its place.

use serde_json::{Map, Value};

use super::mistake::{Mistake, Source};

/// The most characters of a given value in an error.
const MAX_GIVEN_CHARS: usize = 80;

/// Where a value is: its file and its path there.
#[derive(Clone, Debug)]
pub(super) struct Place<'a> {
    source: Source,
    file: &'a str,
    /// `allow[2].max`; empty at the top.
    path: String,
}

impl<'a> Place<'a> {
    /// The whole of `file`.
    pub(super) fn top(source: Source, file: &'a str) -> Place<'a> {
        Place { source, file, path: String::new() }
    }

    /// The field `name` below this place.
    pub(super) fn field(&self, name: &str) -> Place<'a> {
        let path = if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) };
        Place { path, ..self.clone() }
    }

    /// The item `n` of the list at this place.
    fn item(&self, n: usize) -> Place<'a> {
        Place { path: format!("{}[{n}]", self.path), ..self.clone() }
    }

    /// A rule that is broken here. `hint` says what to do.
    pub(super) fn mistake(&self, rule: &str, given: Option<&Value>, hint: &str) -> Mistake {
        let name = if self.path.is_empty() { "the file" } else { &self.path };
        let given = given.map_or_else(|| "nothing".to_owned(), shown);
        self.problem(format!("{name} must be {rule}, got {given}"), hint)
    }

    fn problem(&self, problem: String, hint: &str) -> Mistake {
        Mistake { source: self.source, file: self.file.to_owned(), problem, hint: hint.to_owned() }
    }
}

/// The object in `text`.
pub(super) fn object_of<'a>(place: &Place<'a>, text: &str, hint: &str) -> Result<Object<'a>, Mistake> {
    // Editors on Windows write a byte order mark, which JSON does not allow.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let value: Value = serde_json::from_str(text)
        .map_err(|error| place.problem(format!("the file must be JSON without comments: {error}"), hint))?;
    Object::new(place.clone(), value, hint)
}

/// An object that is read field by field.
#[derive(Debug)]
pub(super) struct Object<'a> {
    place: Place<'a>,
    fields: Map<String, Value>,
}

impl<'a> Object<'a> {
    fn new(place: Place<'a>, value: Value, hint: &str) -> Result<Object<'a>, Mistake> {
        match value {
            Value::Object(fields) => Ok(Object { place, fields }),
            other => Err(place.mistake("an object", Some(&other), hint)),
        }
    }

    /// Fails on a field that is not among `known`.
    pub(super) fn only(&self, known: &[&str]) -> Result<(), Mistake> {
        let Some(unknown) = self.fields.keys().find(|name| !known.contains(&name.as_str())) else {
            return Ok(());
        };
        let all = known.join(", ");
        let hint = match nearest(unknown, known) {
            Some(name) => format!("Did you mean {name}?"),
            None => "Remove it.".to_owned(),
        };
        let place = self.place.field(unknown);
        let given = shown(&Value::String(unknown.clone()));
        let object = if self.place.path.is_empty() { "the file" } else { &self.place.path };
        Err(place.problem(format!("the fields of {object} must be among {all}, got {given}"), &hint))
    }

    /// The place of the object itself.
    pub(super) fn place(&self) -> &Place<'a> {
        &self.place
    }

    /// The field `name` by `read`, which returns `None` for a value that breaks `rule`.
    pub(super) fn optional<T>(
        &mut self,
        name: &str,
        rule: &str,
        hint: &str,
        read: impl FnOnce(&Value) -> Option<T>,
    ) -> Result<Option<T>, Mistake> {
        let Some(value) = self.fields.get(name) else { return Ok(None) };
        match read(value) {
            Some(read) => Ok(Some(read)),
            None => Err(self.place.field(name).mistake(rule, Some(value), hint)),
        }
    }

    /// [`Object::optional`] for a required field.
    pub(super) fn required<T>(
        &mut self,
        name: &str,
        rule: &str,
        hint: &str,
        read: impl FnOnce(&Value) -> Option<T>,
    ) -> Result<T, Mistake> {
        let read = self.optional(name, rule, hint, read)?;
        read.ok_or_else(|| self.place.field(name).mistake(rule, None, hint))
    }

    /// The objects in the list `name`; none when there is no such field.
    pub(super) fn objects(&mut self, name: &str, hint: &str) -> Result<Vec<Object<'a>>, Mistake> {
        let place = self.place.field(name);
        match self.fields.remove(name) {
            None => Ok(Vec::new()),
            Some(Value::Array(items)) => items
                .into_iter()
                .enumerate()
                .map(|(n, item)| Object::new(place.item(n), item, hint))
                .collect(),
            Some(other) => Err(place.mistake("a list of objects", Some(&other), hint)),
        }
    }
}

/// A non-empty string.
pub(super) fn string(value: &Value) -> Option<String> {
    value.as_str().filter(|text| !text.trim().is_empty()).map(str::to_owned)
}

/// A list of non-empty strings.
pub(super) fn strings(value: &Value) -> Option<Vec<String>> {
    value.as_array()?.iter().map(string).collect()
}

/// A whole number in a range; `3.0` is one too.
pub(super) fn whole(value: &Value, range: std::ops::RangeInclusive<u64>) -> Option<u64> {
    let whole = || value.as_f64().filter(|n| n.fract() == 0.0 && (0.0..=9e15).contains(n)).map(|n| n as u64);
    value.as_u64().or_else(whole).filter(|n| range.contains(n))
}

/// 16 hexadecimal digits, in lower case.
pub(super) fn fingerprint(value: &Value) -> Option<String> {
    let is_hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    value.as_str().filter(|text| text.len() == 16 && text.chars().all(is_hex)).map(str::to_owned)
}

/// `value` on a short line.
fn shown(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(MAX_GIVEN_CHARS) {
        None => text,
        Some((at, _)) => format!("{}…", &text[..at]),
    }
}

/// The name that `given` may be a typing error of.
fn nearest<'a>(given: &str, known: &[&'a str]) -> Option<&'a str> {
    let (distance, name) = known.iter().map(|name| (distance(given, name), *name)).min()?;
    (distance <= 2 && distance < name.len()).then_some(name)
}

/// The letters that must be inserted, removed or replaced (Levenshtein), without case.
fn distance(a: &str, b: &str) -> usize {
    let (a, b) = (a.to_lowercase(), b.to_lowercase());
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_slip_is_reported_from_another_word() {
        let known = ["kind", "file", "function", "label"];
        assert_eq!(nearest("lable", &known), Some("label"));
        assert_eq!(nearest("Function", &known), Some("function"));
        assert_eq!(nearest("comment", &known), None);
        assert_eq!(nearest("", &known), None);
    }

    #[test]
    fn whole_numbers_are_whole_and_in_range() {
        assert_eq!(whole(&json!(3), 1..=9), Some(3));
        assert_eq!(whole(&json!(3.0), 1..=9), Some(3));
        for wrong in [json!(0), json!(10), json!(2.5), json!(-1), json!("3"), json!(null), json!(1e300)] {
            assert_eq!(whole(&wrong, 1..=9), None, "{wrong}");
        }
    }

    #[test]
    fn what_was_given_is_bounded() {
        assert!(shown(&json!("ü".repeat(500))).chars().count() <= MAX_GIVEN_CHARS + 1);
    }
}
