//! What leakline says of a site.

use serde::{Deserialize, Serialize};

/// The verdict on a site, the worst first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Certain.
    Leak,
    /// Old or many, not certain.
    Suspect,
    /// Comes and goes, or stays as it is.
    Steady,
    /// Too young or too few for a verdict.
    #[default]
    New,
}

impl Verdict {
    /// Its name, as in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Leak => "leak",
            Verdict::Suspect => "suspect",
            Verdict::Steady => "steady",
            Verdict::New => "new",
        }
    }
}
