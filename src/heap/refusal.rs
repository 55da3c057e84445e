//! Why a file is not analysed.

use serde::{Serialize, Serializer};
use serde_json::json;

/// A refusal: as JSON `{ "error": { "code", "args" } }`, the arguments as js/errors.js takes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The file is no heap snapshot, or not a whole one. `ERR_LEAKLINE_HEAP_FILE`.
    File {
        /// The file's name.
        file: String,
        /// What is wrong with it, as the second half of a sentence.
        problem: String,
    },
    /// Nothing in the file is what was asked for. `ERR_LEAKLINE_HEAP_OF`.
    Of {
        /// What was asked for.
        of: String,
        /// The rule that it breaks.
        problem: String,
    },
}

impl Refusal {
    /// The same refusal, about the file `name`.
    #[must_use]
    pub fn of_file(self, name: &str) -> Self {
        match self {
            Refusal::File { problem, .. } => Refusal::File { file: name.to_owned(), problem },
            other => other,
        }
    }
}

impl Serialize for Refusal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (code, args) = match self {
            Refusal::File { file, problem } => ("ERR_LEAKLINE_HEAP_FILE", [file, problem]),
            Refusal::Of { of, problem } => ("ERR_LEAKLINE_HEAP_OF", [of, problem]),
        };
        json!({ "error": { "code": code, "args": args } }).serialize(serializer)
    }
}

/// A refusal of the file that is being read; whoever knows its name adds it.
pub(super) fn foreign(problem: impl Into<String>) -> Refusal {
    Refusal::File { file: String::new(), problem: problem.into() }
}

/// A refusal because reading failed.
pub(super) fn unreadable(error: &std::io::Error) -> Refusal {
    foreign(format!("it cannot be read ({error})"))
}
