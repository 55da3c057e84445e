//! What grew while a function was called again and again: the answer of `check()`.
//!
//! Field names in JSON are camelCase; `js/types/check.d.ts` documents each for users.

use serde::{Deserialize, Serialize};

use crate::values::frames::{self, Frame, Place, Position};
use crate::values::label::Label;
use crate::values::site::{Growth, Role, Size, TopInserter};
use crate::values::stack::Stack;

/// The result of `check()`: a function runs in rounds, and what grows in each is a leak.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename = "check", rename_all = "camelCase")]
pub struct CheckResult {
    /// True when one of `leaks` is the application's. Leaks of packages are listed but do not count.
    pub leaked: bool,
    /// What grew in every round, the fastest first.
    pub leaks: Vec<Leak>,
    /// Calls measured: rounds × calls a round.
    pub iterations: u64,
    /// Rounds measured.
    pub rounds: u64,
    /// What the check watched.
    pub watched: Watched,
    /// The heap in each round; absent in values of older versions.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub heap: Option<CheckHeap>,
    /// Parts that leakline could not hook, and bounds that were reached.
    pub notes: Vec<String>,
    /// The text report.
    pub message: String,
}

/// The heap during a check.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CheckHeap {
    /// Bytes that each round added, garbage collected: to V8's heap and to what hangs on it outside. Negative where it
    /// became less.
    pub added: Vec<f64>,
    /// Bytes that a call adds on average; negative where it became less.
    pub bytes_per_call: f64,
    /// Whether each round added more than noise.
    pub grew: bool,
    /// How long the looks at the whole heap took, in ms; absent where there were none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub look_ms: Option<u64>,
}

/// A step of the path that keeps something.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Retainer {
    /// The class of what is there, `name()` of a function, or where the path begins.
    pub name: String,
    /// The property or variable that leads to it; `[key]` and `[i]` for entries, empty for the first.
    pub edge: String,
    /// Where a function was written.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub frame: Option<Frame>,
}

/// What a check watched. A report without leaks says it, so that silence is not mistaken for health.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Watched {
    /// Kinds that were recorded.
    pub kinds: Vec<String>,
    /// Registrations of these kinds since recording began.
    pub registrations: u64,
    /// How long censuses blocked the thread, in ms; absent without a census.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub census_ms: Option<u64>,
}

/// One thing that grew in every round.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Leak {
    /// As [`Site::kind`].
    pub kind: String,
    /// As [`Site::label`].
    pub label: Label,
    /// As [`Site::fingerprint`].
    pub fingerprint: String,
    /// `total` divided by the iterations.
    pub per_iteration: f64,
    /// Growth over all measured rounds.
    pub total: u64,
    /// Whether instances pile up, or the entries of the same instances do.
    pub growth: Growth,
    /// As [`Site::origin`].
    pub origin: Option<Frame>,
    /// As [`Site::shipped_at`].
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub shipped_at: Option<Position>,
    /// As [`Site::stack`].
    pub stack: Stack,
    /// As [`Site::top_inserter`].
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub top_inserter: Option<TopInserter>,
    /// As [`Site::removed_entries`].
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub removed_entries: Option<u64>,
    /// As [`Site::role`].
    #[serde(default)]
    pub role: Role,
    /// As [`Site::kept_by`].
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub kept_by: Vec<String>,
    /// As [`Site::same_call`].
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub same_call: Option<String>,
    /// As [`Site::stands_for`].
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub stands_for: Option<String>,
    /// What holds it, in words: of a collection that a census found the property or variable; of handles and timers that are kept
    /// in a container which grows with them that one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub held_by: Option<String>,
    /// Leaks of a census only: the class of its elements; absent when they have several.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub elements: Option<String>,
    /// Leaks of a census only: its entries now.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub size: Option<Size>,
    /// Where the heap was looked at: bytes that a call adds.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub bytes_per_call: Option<f64>,
    /// Where the heap was looked at: the path that keeps it, from its root.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub retainers: Vec<Retainer>,
    /// What a census found only: no line of the program made it, as `JSON.parse` does. `stack` is its holder's line.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub made_elsewhere: bool,
    /// Identifies the finding while its check goes on; absent in values.
    #[serde(skip)]
    pub number: Option<u32>,
}

impl Leak {
    /// Whether it is a block of its own in reports, rather than what hangs on one.
    pub fn is_cause(&self) -> bool {
        self.role == Role::Cause && self.kept_by.is_empty()
    }

    /// What holds others, in words: `Object kept at store.js:5`.
    pub fn as_holder(&self) -> String {
        let Some(frame) = &self.origin else { return self.label.to_string() };
        let name = frame.file.rsplit(['/', '\\']).next().unwrap_or(&frame.file);
        format!("{} at {name}:{}", self.label, frame.line)
    }

    /// Whose it is: the application's also where its call puts the entries in that a package keeps.
    pub fn place(&self) -> Place {
        let stack =
            self.top_inserter.as_ref().map(|top| &*top.stack).filter(|_| self.growth == Growth::Entries);
        let of_inserter = stack.map(|stack| frames::place_of(frames::origin(stack)));
        match frames::place_of(self.origin.as_ref()).min(of_inserter.unwrap_or(Place::Node)) {
            // What a container of a package's or of Node's gains with each call was given to it by the program.
            _ if self.kind == "heap" && self.held_by.is_some() => Place::Application,
            // So with a package's object that is used as a Map: nothing shows who puts properties in.
            Place::Package if self.kind == "object" && self.growth == Growth::Entries && stack.is_none() => {
                Place::Application
            }
            // Who asks for a checkout is to return it: a package that took it did so for a call.
            Place::Package if self.kind == "pool" => Place::Application,
            place => place,
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn of_package(kind: &str, growth: Growth) -> Leak {
        let frame =
            Frame { function: None, file: "/app/node_modules/a/index.js".to_owned(), line: 1, column: 1 };
        Leak { kind: kind.to_owned(), growth, origin: Some(frame), ..Leak::default() }
    }

    #[test]
    fn what_a_call_adds_to_a_package_is_the_applications() {
        assert_eq!(of_package("pool", Growth::Instances).place(), Place::Application);
        assert_eq!(of_package("object", Growth::Entries).place(), Place::Application);
        let held =
            Leak { held_by: Some("module a › cache".to_owned()), ..of_package("heap", Growth::Entries) };
        assert_eq!(held.place(), Place::Application);
    }

    #[test]
    fn what_only_a_package_is_seen_to_do_is_the_packages() {
        assert_eq!(of_package("handle", Growth::Instances).place(), Place::Package);
        assert_eq!(of_package("array", Growth::Entries).place(), Place::Package);
        let top = TopInserter {
            stack: of_package("", Growth::Entries).origin.into_iter().collect::<Vec<_>>().into(),
            share: None,
        };
        let filled = Leak { top_inserter: Some(top), ..of_package("object", Growth::Entries) };
        assert_eq!(filled.place(), Place::Package, "its own line fills it");
    }
}
