//! Leaks that are accepted, each with its reason: in tests and in services.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::fields::{self, Object};
use super::mistake::Mistake;
use super::names::{self, Names};
use crate::values::suite::Leftover;

const FIELDS: [&str; 7] = ["kind", "file", "function", "label", "fingerprint", "max", "reason"];

/// One entry of `allow`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Allow {
    /// Which leaks it accepts.
    #[serde(flatten)]
    pub names: Names,
    /// Live registrations that one test may leave; `None` for any number. Services do not use it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<u64>,
    /// Why it accepts them.
    pub reason: String,
}

impl Allow {
    pub(super) fn read(mut object: Object<'_>) -> Result<Allow, Mistake> {
        object.only(&FIELDS)?;
        let entry = Allow {
            names: Names::read(&mut object)?,
            max: object.optional(
                "max",
                "a whole number of at least 1",
                "Leave it out to accept any number.",
                |value| fields::whole(value, 1..=u64::MAX),
            )?,
            reason: names::reason(&mut object)?,
        };
        entry.names.some(&object)?;
        Ok(entry)
    }

    /// Whether everything that the entry names matches.
    pub fn fits(&self, leftover: &Leftover) -> bool {
        let Leftover { kind, label, fingerprint, origin, .. } = leftover;
        self.names.fit(kind, label, fingerprint, origin.as_ref())
    }
}

/// The allowances of one test file that are left.
pub(super) struct Allowances<'a> {
    entries: &'a [Allow],
    /// Used so far, by entry and test.
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
                let taken = entry.max.map_or(missing, |max| missing.min(max - *used));
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
