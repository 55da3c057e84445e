//! Leaks that are known and accepted, each with its reason.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::fields::{self, Object};
use super::mistake::Mistake;
use super::paths::ends_with;
use super::values::Leftover;

const FIELDS: [&str; 7] = ["kind", "file", "function", "label", "fingerprint", "max", "reason"];

/// One entry of `allow`: what it names, all of it must fit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Allow {
    /// As [`Leftover::kind`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The end of the origin's path, by whole segments.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The origin's function.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub function: Option<String>,
    /// As [`Leftover::label`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// As [`Leftover::fingerprint`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
    /// Live registrations that one test may leave.
    pub max: u64,
    /// Why.
    pub reason: String,
}

impl Allow {
    pub(super) fn read(mut object: Object<'_>) -> Result<Allow, Mistake> {
        object.only(&FIELDS)?;
        let name = |object: &mut Object<'_>, field: &str| {
            object.optional(field, "a text", "Leave it out to fit any.", fields::text)
        };
        let entry = Allow {
            kind: name(&mut object, "kind")?,
            file: name(&mut object, "file")?,
            function: name(&mut object, "function")?,
            label: name(&mut object, "label")?,
            fingerprint: object.optional(
                "fingerprint",
                "16 hexadecimal digits in lower case",
                "The summary has it in JSON; leave it out to fit any.",
                fields::fingerprint,
            )?,
            max: object.required(
                "max",
                "a whole number of at least 1",
                "Say how many live registrations one test may leave.",
                |value| fields::whole(value, 1..=u64::MAX),
            )?,
            reason: object.required(
                "reason",
                "a text that is not empty",
                "Say why this leak is known and accepted.",
                fields::text,
            )?,
        };
        let names = [&entry.kind, &entry.file, &entry.function, &entry.label, &entry.fingerprint];
        if names.iter().all(|name| name.is_none()) {
            let rule = "an entry with at least one of kind, file, function, label, fingerprint";
            let hint = "Name what is accepted: otherwise everything would be.";
            return Err(object.place().mistake(rule, None, hint));
        }
        Ok(entry)
    }

    /// Whether all that the entry names fits.
    pub fn fits(&self, leftover: &Leftover) -> bool {
        let origin = leftover.origin.as_ref();
        let is =
            |wanted: &Option<String>, given: &str| wanted.as_deref().is_none_or(|wanted| wanted == given);
        is(&self.kind, &leftover.kind)
            && is(&self.label, &leftover.label)
            && is(&self.fingerprint, &leftover.fingerprint)
            && self.file.as_deref().is_none_or(|end| origin.is_some_and(|at| ends_with(&at.file, end)))
            && self
                .function
                .as_deref()
                .is_none_or(|name| origin.is_some_and(|at| at.function.as_deref() == Some(name)))
    }
}

/// What one test file may still leave.
pub(super) struct Allowances<'a> {
    entries: &'a [Allow],
    /// Taken so far, by entry and test.
    used: HashMap<(usize, String), u64>,
}

impl<'a> Allowances<'a> {
    pub(super) fn new(entries: &'a [Allow]) -> Allowances<'a> {
        Allowances { entries, used: HashMap::new() }
    }

    /// How many of `leftover` are accepted, and why. They are used up by that.
    pub(super) fn take(&mut self, leftover: &Leftover) -> (u64, Vec<&'a str>) {
        let mut missing = leftover.count;
        let mut reasons = Vec::new();
        for (n, entry) in self.entries.iter().enumerate().filter(|(_, entry)| entry.fits(leftover)) {
            let before = missing;
            for test in &leftover.tests {
                let used = self.used.entry((n, test.clone())).or_default();
                let taken = missing.min(entry.max - *used);
                *used += taken;
                missing -= taken;
            }
            if missing < before {
                reasons.push(&*entry.reason);
            }
        }
        (leftover.count - missing, reasons)
    }
}
