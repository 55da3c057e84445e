//! What a look at the heap proves of the findings of a check: which of them are held by themselves, and which go with others.

use serde::{Deserialize, Serialize};

use super::heap::Held;

/// Numbers of findings of a census begin here; those of recorded sites are below.
pub const CENSUS: u32 = 1 << 24;

/// The objects of a finding, by what the recording knows of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Members {
    /// See [`Leak::number`](super::snapshot::Leak::number).
    pub finding: u32,
    /// The kind of the finding.
    pub kind: String,
    /// True for listeners on owners that are older than the call that added them: the listener itself is what piles up.
    pub older: bool,
    /// Handles of the live registrations, the oldest first.
    pub handles: Vec<i32>,
    /// How many of them were there before the first round.
    pub before: usize,
    /// What the growth is counted in: the registrations, or the entries of all collections.
    pub weight: u64,
}

/// What is known of a finding whose objects are among [`Proof`]'s.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// As [`Members::finding`].
    pub finding: u32,
    /// As [`Members::kind`].
    pub kind: String,
    /// As [`Members::weight`].
    pub weight: u64,
}

/// What one look at the heap proves.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Proof {
    /// The findings whose objects are known.
    pub findings: Vec<Proven>,
}

/// What is proven of one finding.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Proven {
    /// As [`Members::finding`].
    pub finding: u32,
    /// Objects that grew in the rounds and are reached from a root.
    pub reached: u32,
    /// Of them those that are reached without passing an object of another finding.
    pub direct: u32,
    /// Bytes that would be free without all of its objects, by [`Members::weight`].
    pub bytes_each: f64,
    /// By the number of a finding: the share of its objects that would go with this one's, where it is not 0.
    pub frees: Vec<(u32, f64)>,
    /// Numbers of the findings that this one leads to, without passing another that is direct.
    pub leads_to: Vec<u32>,
    /// Numbers of the findings that are about the same objects.
    pub same: Vec<u32>,
    /// What holds most of its objects.
    pub holder: Option<Held>,
}

impl Proven {
    /// Whether its objects were found, and at least half of them are held by something that is no finding.
    pub fn is_direct(&self) -> bool {
        self.is_known() && self.direct * 2 >= self.reached
    }

    /// Whether any of its objects was found.
    pub fn is_known(&self) -> bool {
        self.reached > 0
    }

    /// The share of another finding's objects that would go with this one's.
    pub fn share_of(&self, finding: u32) -> f64 {
        self.frees.iter().find(|(other, _)| *other == finding).map_or(0.0, |(_, share)| *share)
    }
}
