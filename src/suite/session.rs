//! The configuration and the baseline of a test file, read once and used at each poll.

use super::baseline::Baseline;
use super::config::Config;
use super::mistake::Mistake;

/// The configuration and the baseline that judge a test file.
#[derive(Clone, Debug)]
pub struct Session {
    pub(super) config: Config,
    /// Absolute path of the baseline, whether the file exists or not.
    pub(super) path: String,
    /// `None` where there is no file.
    pub(super) baseline: Option<Baseline>,
}

impl Session {
    /// A session with a complete configuration and the baseline at `path` with its text; `None` where there is no file.
    ///
    /// # Errors
    /// The first mistake in the baseline.
    pub fn new(config: Config, path: String, text: Option<&str>) -> Result<Session, Mistake> {
        let baseline = text.map(|text| Baseline::parse(text, &path)).transpose()?;
        Ok(Session { config, path, baseline })
    }

    /// The baseline's absolute path.
    pub fn path(&self) -> &str {
        &self.path
    }
}
