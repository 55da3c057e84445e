//! Known leaks of a service: its user has listed them with a reason, or an earlier snapshot has them.

use serde::{Deserialize, Serialize};

use super::fields::Object;
use super::mistake::Mistake;
use super::names::{self, Names};
use crate::values::snapshot::Snapshot;

const FIELDS: [&str; 6] = ["kind", "file", "function", "label", "fingerprint", "reason"];

/// One entry of `known`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Known {
    /// Which leaks it names.
    #[serde(flatten)]
    pub names: Names,
    /// Why it is known.
    pub reason: String,
}

impl Known {
    pub(super) fn read(mut object: Object<'_>) -> Result<Known, Mistake> {
        object.only(&FIELDS)?;
        let entry = Known { names: Names::read(&mut object)?, reason: names::reason(&mut object)? };
        entry.names.some(&object)?;
        Ok(entry)
    }
}

/// Sets [`Site::known`](crate::values::snapshot::Site::known) of each known site.
pub fn mark(snapshot: &mut Snapshot, known: &[Known]) {
    for site in &mut snapshot.sites {
        let fits = |entry: &&Known| {
            entry.names.fit(&site.kind, &site.label, &site.fingerprint, site.origin.as_ref())
        };
        site.known = known.iter().find(fits).map(|entry| entry.reason.clone());
    }
}
