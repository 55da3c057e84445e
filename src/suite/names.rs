//! How a user names a leak in a list of accepted leaks.

use serde::{Deserialize, Serialize};

use super::fields::{self, Object};
use super::mistake::Mistake;
use crate::values::frames::Frame;
use crate::values::paths::ends_with;

/// The fields of an entry that name a leak; all of them must match.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Names {
    /// As [`crate::values::snapshot::Site::kind`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The end of the origin's path, by whole segments.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The origin's function.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub function: Option<String>,
    /// As [`crate::values::snapshot::Site::label`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// As [`crate::values::snapshot::Site::fingerprint`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
}

impl Names {
    pub(super) fn read(object: &mut Object<'_>) -> Result<Names, Mistake> {
        let name = |object: &mut Object<'_>, field: &str| {
            object.optional(field, "a string", "Leave it out to fit any.", fields::string)
        };
        Ok(Names {
            kind: name(object, "kind")?,
            file: name(object, "file")?,
            function: name(object, "function")?,
            label: name(object, "label")?,
            fingerprint: object.optional(
                "fingerprint",
                "16 hexadecimal digits in lower case",
                "The JSON of a report or a summary has it; leave it out to match any.",
                fields::fingerprint,
            )?,
        })
    }

    /// Fails when nothing is named.
    pub(super) fn some(&self, object: &Object<'_>) -> Result<(), Mistake> {
        let names = [&self.kind, &self.file, &self.function, &self.label, &self.fingerprint];
        if names.iter().any(|name| name.is_some()) {
            return Ok(());
        }
        let rule = "an entry with at least one of kind, file, function, label, fingerprint";
        let hint = "Name what is accepted: without a name everything would be.";
        Err(object.place().mistake(rule, None, hint))
    }

    /// Whether all named fields match.
    pub fn fit(&self, kind: &str, label: &str, fingerprint: &str, origin: Option<&Frame>) -> bool {
        let is =
            |wanted: &Option<String>, given: &str| wanted.as_deref().is_none_or(|wanted| wanted == given);
        is(&self.kind, kind)
            && is(&self.label, label)
            && is(&self.fingerprint, fingerprint)
            && self.file.as_deref().is_none_or(|end| origin.is_some_and(|at| ends_with(&at.file, end)))
            && self
                .function
                .as_deref()
                .is_none_or(|name| origin.is_some_and(|at| at.function.as_deref() == Some(name)))
    }
}

/// Why it is accepted: required, since nobody remembers it in a year.
pub(super) fn reason(object: &mut Object<'_>) -> Result<String, Mistake> {
    let hint = "Say why this leak is accepted.";
    object.required("reason", "a non-empty string", hint, fields::string)
}
