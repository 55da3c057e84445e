//! What a site is called: a class or function, the events or delays seen there, and whether there are more.
//!
//! A label is text in JSON and in files, and other programs compare it. This is the only file that writes the text, and that
//! reads the parts again from what is stored. What a report makes of the parts is `report/title.rs`.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Follows the details where there are more than are named.
const MORE: &str = " and others";
const BETWEEN: &str = ", ";
const MS: &str = " ms";
/// How the label ends of what a connection gives away to be closed, rather than a pool to be returned.
const DUPLICATE: &str = " duplicate";
/// How it ends of the list that a module keeps of those it has loaded.
const CHILDREN: &str = " module.children";
/// How it begins where a function is known by what it allocates.
const IN: &str = "in ";

/// A site's name. It can be used as its text.
#[derive(Clone, Debug, Default)]
pub struct Label {
    /// `Redis 'message'`, `Bus 'a', 'b', 'c' and others`, `setInterval 30000 ms`, `Map`.
    text: String,
    /// Bytes of the text that name the class or the function.
    class: usize,
    details: Vec<Detail>,
    has_more: bool,
}

/// What distinguishes registrations of one class at one stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Detail {
    /// The name of an event or of a property: `'data'`.
    Name(String),
    /// How long a timer waits, in ms: `30000 ms`.
    Delay(u64),
    /// Another, as it is shown: `Symbol(x)`.
    Shown(String),
}

impl Label {
    /// A label of its parts. `class` is a class, a function, or the whole name where there are no details.
    pub fn new(class: &str, details: Vec<Detail>, has_more: bool) -> Self {
        let mut text = class.to_owned();
        for (n, detail) in details.iter().enumerate() {
            text.push_str(if n == 0 { " " } else { BETWEEN });
            text.push_str(&detail.to_string());
        }
        if has_more {
            text.push_str(MORE);
        }
        Self { text, class: class.len(), details, has_more }
    }

    /// The label of a container that a property or a variable holds: `Object 'carts'`.
    pub fn of_property(class: &str, name: &str) -> Self {
        Self::new(class, vec![Detail::Name(name.to_owned())], false)
    }

    /// The label of a collection by who holds it: `Array Store.list`.
    pub fn of_collection(class: &str, held_by: &str) -> Self {
        Self::new(format!("{class} {held_by}").trim_end(), Vec::new(), false)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The class of its owners, or the function that registers: `Redis`, `setInterval`; all of it where nothing is behind that.
    pub fn class(&self) -> &str {
        &self.text[..self.class]
    }

    /// Event names or delays, in the order in which they were seen.
    pub fn details(&self) -> &[Detail] {
        &self.details
    }

    /// Whether there are more than [`Label::details`] has.
    pub fn has_more(&self) -> bool {
        self.has_more
    }

    /// This label with the details of another one of the same class, at the most `most` of them.
    pub fn joined(self, other: &Self, most: usize) -> Self {
        let is_new = |detail: &&Detail| !self.details.contains(detail);
        let new: Vec<Detail> = other.details.iter().filter(is_new).cloned().collect();
        if self.class() != other.class() || self.has_more || (new.is_empty() && !other.has_more) {
            return self;
        }
        let mut details = [&self.details[..], &new[..]].concat();
        let has_more = other.has_more || details.len() > most;
        details.truncate(most.max(self.details.len()));
        Self::new(self.class(), details, has_more)
    }

    /// The details as text, as in the label: `'a', 'b' and others`.
    pub fn details_text(&self) -> &str {
        self.text[self.class..].trim_start()
    }

    /// The class and the events as text, where all that is behind the class are names.
    pub fn events(&self) -> Option<(&str, &str)> {
        let named = |detail: &Detail| matches!(detail, Detail::Name(_));
        let is_complete = !self.details.is_empty() && self.details.iter().all(named);
        (is_complete && self.class > 0).then(|| (self.class(), self.details_text()))
    }

    /// The name, where there is one and no more.
    pub fn single_name(&self) -> Option<&str> {
        match (&*self.details, self.has_more) {
            ([Detail::Name(name)], false) => Some(name),
            _ => None,
        }
    }

    /// Whether it is a connection of the program's own that a client duplicated.
    pub fn is_duplicate(&self) -> bool {
        self.text.ends_with(DUPLICATE)
    }

    /// Whether it is the list that a module keeps of those it has loaded.
    pub fn is_module_children(&self) -> bool {
        self.text.ends_with(CHILDREN)
    }

    /// Whether it is a function that is known by what it allocates.
    pub fn is_of_function(&self) -> bool {
        self.text.starts_with(IN)
    }

    /// What distinguishes findings of one line: the class of a listener's owner, the function of a timer; events and delays are
    /// details. Of another kind all of it.
    pub fn class_of(&self, kind: &str) -> &str {
        match kind {
            "listener" | "timeout" | "interval" | "immediate" => self.class(),
            _ => &self.text,
        }
    }

    /// The parts of a text, as far as it has such.
    fn read(text: String) -> Self {
        let (body, has_more) = match text.strip_suffix(MORE) {
            Some(body) => (body, true),
            None => (&*text, false),
        };
        match named(body).or_else(|| delayed(body)) {
            Some((class, details)) => Self { class, details, has_more, text },
            // What only looks so is a part of the name.
            None => Self { class: text.len(), details: Vec::new(), has_more: false, text },
        }
    }
}

/// The name of code that is known by what it allocates: `in submit()`.
pub fn allocated_in(code: &str) -> String {
    format!("{IN}{code}")
}

impl Detail {
    /// As a hook shows it: `'data'`, `30000 ms`, `Symbol(x)`.
    pub fn read(shown: &str) -> Self {
        let quoted = shown.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
        match (quoted, shown.strip_suffix(MS).and_then(number)) {
            (Some(name), _) => Self::Name(name.to_owned()),
            (_, Some(ms)) => Self::Delay(ms),
            _ => Self::Shown(shown.to_owned()),
        }
    }
}

impl fmt::Display for Detail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => write!(f, "'{name}'"),
            Self::Delay(ms) => write!(f, "{ms}{MS}"),
            Self::Shown(text) => f.write_str(text),
        }
    }
}

/// `Bus 'a', Symbol(b)`: where the class ends, and the names.
fn named(body: &str) -> Option<(usize, Vec<Detail>)> {
    let class = [" '", " Symbol("].iter().filter_map(|begin| body.find(begin)).min()?;
    let mut details = Vec::new();
    let mut rest = &body[class + 1..];
    loop {
        // A name may hold what stands between two.
        let end = [", '", ", Symbol("]
            .iter()
            .flat_map(|next| rest.match_indices(next))
            .map(|(at, _)| at)
            .filter(|at| is_whole(&rest[..*at]))
            .min();
        let one = &rest[..end.unwrap_or(rest.len())];
        if !is_whole(one) {
            return None;
        }
        details.push(Detail::read(one));
        match end {
            Some(at) => rest = &rest[at + BETWEEN.len()..],
            None => return Some((class, details)),
        }
    }
}

fn is_whole(shown: &str) -> bool {
    let is_between = |begin, end| shown.len() > 1 && shown.starts_with(begin) && shown.ends_with(end);
    is_between("'", '\'') || is_between("Symbol(", ')')
}

/// `setTimeout 10 ms, 20 ms`: where the function ends, and the delays.
fn delayed(body: &str) -> Option<(usize, Vec<Detail>)> {
    let mut details = Vec::new();
    let mut rest = body;
    loop {
        let (before, digits) = rest.strip_suffix(MS)?.rsplit_once(' ')?;
        details.insert(0, Detail::Delay(number(digits)?));
        match before.strip_suffix(',') {
            Some(more) => rest = more,
            None => return Some((before.len(), details)),
        }
    }
}

/// A whole number that is written the same again.
fn number(digits: &str) -> Option<u64> {
    let number: u64 = digits.parse().ok()?;
    (number.to_string() == digits).then_some(number)
}

impl Deref for Label {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl From<String> for Label {
    fn from(text: String) -> Self {
        Self::read(text)
    }
}

impl From<&str> for Label {
    fn from(text: &str) -> Self {
        Self::read(text.to_owned())
    }
}

// What is said the same is the same, whether its parts were known or read.
impl PartialEq for Label {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Label {}

impl PartialEq<str> for Label {
    fn eq(&self, other: &str) -> bool {
        self.text == other
    }
}

impl PartialEq<&str> for Label {
    fn eq(&self, other: &&str) -> bool {
        self.text == *other
    }
}

impl PartialOrd for Label {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Label {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.text.cmp(&other.text)
    }
}

impl Hash for Label {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

impl Serialize for Label {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Label {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::read)
    }
}

#[cfg(all(test, not(loom)))]
#[path = "label_tests.rs"]
mod tests;
