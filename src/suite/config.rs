//! `leakline.config.json`: read, checked and completed.

use serde::{Deserialize, Serialize};

use super::allow::Allow;
use super::fields::{self, Place, object_of};
use super::mistake::{Mistake, Source};
use crate::values::suite::{CheckAt, Level};

/// The default of [`Config::baseline`].
pub const BASELINE: &str = "leakline.baseline.json";

const FIELDS: [&str; 8] = ["leaks", "checkAt", "graceMs", "kinds", "ignore", "baseline", "allow", "$schema"];
const MAX_GRACE_MS: u64 = 60_000;
/// Longest name of a kind, in bytes.
const MAX_KIND_BYTES: usize = 64;

/// The configuration, complete.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Config {
    /// What a leak does to its test; `None` leaves it to the environment, and then to `fail`.
    pub leaks: Option<Level>,
    /// When the leftovers of a test are counted.
    pub check_at: CheckAt,
    /// The longest wait for leftovers that end by themselves, in ms.
    pub grace_ms: u64,
    /// Kinds that are watched; `None` for all.
    pub kinds: Option<Vec<String>>,
    /// Files, packages, functions or `/patterns/` that are ignored.
    pub ignore: Vec<String>,
    /// The baseline, relative to the configuration's folder.
    pub baseline: String,
    /// Leaks that are accepted.
    pub allow: Vec<Allow>,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            leaks: None,
            check_at: CheckAt::File,
            grace_ms: 1000,
            kinds: None,
            ignore: Vec::new(),
            baseline: BASELINE.to_owned(),
            allow: Vec::new(),
        }
    }
}

impl Config {
    /// Reads the configuration `text` of `file`.
    ///
    /// # Errors
    /// The first mistake, with its place, its rule, what was given and what to do.
    pub fn parse(text: &str, file: &str) -> Result<Config, Mistake> {
        let default = Config::default();
        let mut top = object_of(&Place::top(Source::Config, file), text, "Fix it, or remove the file.")?;
        top.only(&FIELDS)?;
        Ok(Config {
            leaks: top.optional(
                "leaks",
                "one of fail, report, off",
                "Leave it out for fail.",
                named(&[("fail", Level::Fail), ("report", Level::Report), ("off", Level::Off)]),
            )?,
            check_at: top
                .optional(
                    "checkAt",
                    "one of file, test",
                    "Leave it out for file.",
                    named(&[("file", CheckAt::File), ("test", CheckAt::Test)]),
                )?
                .unwrap_or_default(),
            grace_ms: top
                .optional(
                    "graceMs",
                    "a whole number from 0 to 60000 (milliseconds)",
                    "Leave it out for 1000.",
                    |value| fields::whole(value, 0..=MAX_GRACE_MS),
                )?
                .unwrap_or(default.grace_ms),
            kinds: top.optional(
                "kinds",
                "a list of kinds, such as [\"listener\", \"interval\"]",
                "Leave it out for all kinds.",
                |value| {
                    fields::strings(value)
                        .filter(|kinds| !kinds.is_empty() && kinds.iter().all(|kind| is_kind(kind)))
                },
            )?,
            ignore: top
                .optional("ignore", "a list of strings", "Leave it out to ignore nothing.", fields::strings)?
                .unwrap_or_default(),
            baseline: top
                .optional(
                    "baseline",
                    "the path of a file",
                    "Leave it out for leakline.baseline.json.",
                    fields::string,
                )?
                .unwrap_or(default.baseline),
            allow: top
                .objects("allow", "Put one object in it for each leak that is accepted.")?
                .into_iter()
                .map(Allow::read)
                .collect::<Result<_, _>>()?,
        })
    }

    /// Whether `kind` is watched.
    pub fn watches(&self, kind: &str) -> bool {
        self.kinds.as_ref().is_none_or(|kinds| kinds.iter().any(|wanted| wanted == kind))
    }
}

/// Reads one of several words.
fn named<T: Copy>(words: &[(&str, T)]) -> impl Fn(&serde_json::Value) -> Option<T> {
    move |value| {
        let given = value.as_str()?;
        words.iter().find(|(word, _)| *word == given).map(|(_, meaning)| *meaning)
    }
}

fn is_kind(name: &str) -> bool {
    name.len() <= MAX_KIND_BYTES
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn problem(text: &str) -> String {
        let mistake = Config::parse(text, "c.json").expect_err(text);
        assert_eq!((mistake.source, &*mistake.file), (Source::Config, "c.json"));
        assert!(mistake.hint.ends_with(['.', '?']), "{}", mistake.hint);
        mistake.problem
    }

    #[test]
    fn what_is_left_out_has_a_default() {
        assert_eq!(Config::parse("{}", "c.json"), Ok(Config::default()));
        assert_eq!(Config::parse("\u{feff}{\r\n}\r\n", "c.json"), Ok(Config::default()));
    }

    #[test]
    fn everything_can_be_given() {
        let text = r#"{ "$schema": "./schema.json", "leaks": "report", "checkAt": "test", "graceMs": 0, "kinds": ["listener"],
            "ignore": ["vendor/", "/gen/i"], "baseline": "known.json",
            "allow": [{ "kind": "interval", "file": "src/poll.js", "max": 2, "reason": "it polls" }] }"#;
        let config = Config::parse(text, "c.json").unwrap();
        assert_eq!(config.leaks, Some(Level::Report));
        assert_eq!((config.check_at, config.grace_ms), (CheckAt::Test, 0));
        assert!(config.watches("listener") && !config.watches("map"));
        assert_eq!((config.allow[0].max, &*config.allow[0].reason), (Some(2), "it polls"));
        let again: Config = serde_json::from_str(&serde_json::to_string(&config).unwrap()).unwrap();
        assert_eq!(again, config);
    }

    #[test]
    fn each_mistake_names_its_place_and_rule_and_what_was_given() {
        let cases = [
            ("{", "the file must be JSON without comments: EOF"),
            ("{ // x\n}", "the file must be JSON without comments: key must be a string at line 1 column 3"),
            ("[]", "the file must be an object, got []"),
            (r#"{"leak":"fail"}"#, "the fields of the file must be among leaks, checkAt, graceMs, kinds"),
            (r#"{"leaks":true}"#, "leaks must be one of fail, report, off, got true"),
            (r#"{"checkAt":"end"}"#, "checkAt must be one of file, test, got \"end\""),
            (
                r#"{"graceMs":60001}"#,
                "graceMs must be a whole number from 0 to 60000 (milliseconds), got 60001",
            ),
            (
                r#"{"kinds":[]}"#,
                "kinds must be a list of kinds, such as [\"listener\", \"interval\"], got []",
            ),
            (r#"{"ignore":"x"}"#, "ignore must be a list of strings, got \"x\""),
            (r#"{"baseline":""}"#, "baseline must be the path of a file, got \"\""),
            (r#"{"allow":{}}"#, "allow must be a list of objects, got {}"),
            (r#"{"allow":[3]}"#, "allow[0] must be an object, got 3"),
        ];
        for (text, expected) in cases {
            let problem = problem(text);
            assert!(problem.starts_with(expected), "{text}: {problem}");
        }
        let ok = r#"{"kind":"map","max":1,"reason":"r"}"#;
        let cases = [
            (r#"{"max":1,"reason":"r"}"#, "allow[1] must be an entry with at least one of kind, file"),
            (r#"{"kind":"map","max":1}"#, "allow[1].reason must be a non-empty string, got nothing"),
            (
                r#"{"kind":"map","max":1,"reason":" "}"#,
                "allow[1].reason must be a non-empty string, got \" \"",
            ),
            (
                r#"{"kind":"map","max":0,"reason":"r"}"#,
                "allow[1].max must be a whole number of at least 1, got 0",
            ),
            (r#"{"kind":7,"max":1,"reason":"r"}"#, "allow[1].kind must be a string, got 7"),
            (r#"{"fingerprint":"X","max":1,"reason":"r"}"#, "allow[1].fingerprint must be 16 hexadecimal"),
            (r#"{"fiel":"a.js","max":1,"reason":"r"}"#, "the fields of allow[1] must be among kind, file"),
        ];
        for (entry, expected) in cases {
            let problem = problem(&format!(r#"{{"allow":[{ok},{entry}]}}"#));
            assert!(problem.starts_with(expected), "{entry}: {problem}");
        }
    }
}
