//! Writes a report where the environment asked for it: a file or standard error.

use std::io::{self, Write};
use std::path::PathBuf;

use crate::report::{self, TextOptions};
use crate::snapshot::Snapshot;

/// Where a report goes.
#[derive(Clone, Debug)]
pub struct Target {
    /// A file; `None` for standard error. A name that ends in `.json` gets JSON, any other text.
    pub file: Option<PathBuf>,
    /// How the text looks.
    pub text: TextOptions,
}

/// Writes one report.
///
/// # Errors
/// The system's, with the file's name, when the file cannot be written; nothing of an older
/// report is lost then.
pub fn write(snapshot: &Snapshot, target: &Target) -> io::Result<()> {
    let Some(file) = &target.file else {
        let text = report::snapshot_text(snapshot, &target.text);
        return io::stderr().write_all(text.as_bytes());
    };
    let is_json = file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
    let text = if is_json { report::json(snapshot) } else { report::snapshot_text(snapshot, &target.text) };
    // Beside it first: a process that dies while it writes leaves the older report whole.
    let mut unfinished = file.clone().into_os_string();
    unfinished.push(format!(".{}.tmp", std::process::id()));
    let unfinished = PathBuf::from(unfinished);
    std::fs::write(&unfinished, text)
        .and_then(|()| std::fs::rename(&unfinished, file))
        .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", file.display())))
}
