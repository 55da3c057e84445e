//! The configuration and the baseline of a test file, read once for all that is judged by them.

use super::baseline::Baseline;
use super::config::Config;
use super::mistake::Mistake;

/// What a test file is judged by.
#[derive(Clone, Debug)]
pub struct Session {
    pub(super) config: Config,
    /// Absolute path of the baseline, whether the file exists or not.
    pub(super) path: String,
    /// `None` where there is no file.
    pub(super) baseline: Option<Baseline>,
}

impl Session {
    /// A session by a complete configuration and the baseline at `path`, which has this text; `None` where there is no
    /// file.
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
