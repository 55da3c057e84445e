//! A case as sections of fields: what is rendered, and what `case.json` has beside the facts.

use serde::Serialize;

use super::facts::Facts;

/// Version of the shape of `case.json`.
pub const SCHEMA: u32 = 1;

/// See the module.
#[derive(Clone, Debug, Serialize)]
pub struct Case {
    /// [`SCHEMA`].
    pub schema: u32,
    /// `case`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// What leaks and where, in a line.
    pub title: String,
    /// The whole answer in a sentence or two.
    pub summary: String,
    /// The site.
    pub fingerprint: String,
    /// What it says, in order.
    pub sections: Vec<Section>,
    /// What it was made of.
    pub facts: Facts,
}

/// A part with a heading.
#[derive(Clone, Debug, Serialize)]
pub struct Section {
    /// The heading.
    pub title: &'static str,
    /// What it has, in order.
    pub parts: Vec<Part>,
}

/// What a section has.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "part", rename_all = "lowercase")]
pub enum Part {
    /// A field of the report.
    Field(Field),
    /// Lines of a program.
    Code(Code),
    /// Rows and columns.
    Table(Table),
    /// The charts of the history.
    Charts,
}

/// Where the text of a field is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// leakline knows it.
    Filled,
    /// leakline proposes it; a person confirms.
    Proposed,
    /// A person has answered.
    Answered,
    /// A person is asked and has not answered.
    Asked,
    /// Nobody knows it yet; the text says why, and what would.
    Unknown,
}

/// A field of the report.
#[derive(Clone, Debug, Serialize)]
pub struct Field {
    /// Its name for programs.
    pub id: &'static str,
    /// Its name for people.
    pub name: &'static str,
    /// Where its text is from.
    pub state: State,
    /// What it says, a line each. Never empty.
    pub text: Vec<String>,
    /// Whether its lines are code.
    #[serde(rename = "isCode")]
    pub is_code: bool,
}

/// Lines of a program.
#[derive(Clone, Debug, Serialize)]
pub struct Code {
    /// What it is.
    pub title: String,
    /// Its lines, each with what stands in front of it: a number, or the sign of a difference.
    pub lines: Vec<(String, String)>,
    /// Which of them is meant.
    pub marked: Option<usize>,
}

/// Rows and columns.
#[derive(Clone, Debug, Serialize)]
pub struct Table {
    /// What it is.
    pub title: &'static str,
    /// Names of the columns.
    pub head: Vec<&'static str>,
    /// One list a row.
    pub rows: Vec<Vec<String>>,
}

impl Field {
    fn part(id: &'static str, name: &'static str, state: State, text: Vec<String>) -> Part {
        // A value may be empty where it was written by an older version, or by hand.
        if text.iter().all(|line| line.trim().is_empty()) {
            return Part::Field(Self {
                id,
                name,
                state: State::Unknown,
                text: vec!["not known".to_owned()],
                is_code: false,
            });
        }
        Part::Field(Self { id, name, state, text, is_code: false })
    }

    /// Something that leakline knows.
    pub fn filled(id: &'static str, name: &'static str, text: impl Into<String>) -> Part {
        Self::part(id, name, State::Filled, vec![text.into()])
    }

    /// Something that leakline knows, in lines.
    pub fn listed(id: &'static str, name: &'static str, text: Vec<String>) -> Part {
        Self::part(id, name, State::Filled, text)
    }

    /// Something that leakline knows, in lines of code.
    pub fn code(id: &'static str, name: &'static str, text: Vec<String>) -> Part {
        Part::Field(Self { id, name, state: State::Filled, text, is_code: true })
    }

    /// Something that a person confirms.
    pub fn proposed(id: &'static str, name: &'static str, text: impl Into<String>) -> Part {
        Self::part(id, name, State::Proposed, vec![text.into()])
    }

    /// Several of them.
    pub fn proposals(id: &'static str, name: &'static str, text: Vec<String>) -> Part {
        Self::part(id, name, State::Proposed, text)
    }

    /// Something that nobody knows yet, with the reason.
    pub fn unknown(id: &'static str, name: &'static str, reason: impl Into<String>) -> Part {
        Self::part(id, name, State::Unknown, vec![reason.into()])
    }

    /// Something that only a person knows.
    pub fn asked(id: &'static str, name: &'static str, question: &str, facts: &Facts) -> Part {
        match facts.answers.get(id).map(|answer| answer.trim()).filter(|answer| !answer.is_empty()) {
            Some(answer) => {
                let lines = answer.lines().map(str::to_owned).collect();
                Self::part(id, name, State::Answered, lines)
            }
            None => Self::part(id, name, State::Asked, vec![question.to_owned()]),
        }
    }
}
