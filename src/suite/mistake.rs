//! An error in a user's file, from which JavaScript makes its coded error.

use serde::{Serialize, Serializer};
use serde_json::json;

/// The kind of the file, which has an error code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// `leakline.config.json`.
    Config,
    /// `leakline.baseline.json`.
    Baseline,
}

/// One mistake: as JSON `{ "error": { "code", "args" } }`, the arguments as js/base/errors.js takes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The kind of the file.
    pub source: Source,
    /// The file.
    pub file: String,
    /// The rule and what was given: `allow[2].max must be a whole number of at least 1, got 0`.
    pub problem: String,
    /// What to do.
    pub hint: String,
}

impl Mistake {
    fn code(&self) -> &'static str {
        match self.source {
            Source::Config => "ERR_LEAKLINE_CONFIG",
            Source::Baseline => "ERR_LEAKLINE_BASELINE",
        }
    }
}

impl Serialize for Mistake {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let args = [&self.file, &self.problem, &self.hint];
        json!({ "error": { "code": self.code(), "args": args } }).serialize(serializer)
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_mistake_is_json_that_names_its_error() {
        let mistake = Mistake {
            source: Source::Config,
            file: "/app/leakline.config.json".into(),
            problem: "checkAt must be one of file, test, got \"end\"".into(),
            hint: "Leave it out for file.".into(),
        };
        assert_eq!(
            serde_json::to_value(&mistake).unwrap(),
            json!({ "error": { "code": "ERR_LEAKLINE_CONFIG", "args": [
                "/app/leakline.config.json",
                "checkAt must be one of file, test, got \"end\"",
                "Leave it out for file.",
            ] } })
        );
    }
}
