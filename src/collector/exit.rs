//! Writes a report where the environment asked for it: a file or standard error.

use std::io::{self, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::report::{self, TextOptions};
use crate::values::json::json;
use crate::values::snapshot::Snapshot;

/// How long a reader may take nothing.
const PATIENCE: Duration = Duration::from_secs(2);

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
        return write_patiently(&mut io::stderr(), text.as_bytes());
    };
    let is_json = file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
    let text = if is_json { json(snapshot) } else { report::snapshot_text(snapshot, &target.text) };
    // Beside it first: a process that dies while it writes leaves the older report whole.
    let mut unfinished = file.clone().into_os_string();
    unfinished.push(format!(".{}.tmp", std::process::id()));
    let unfinished = PathBuf::from(unfinished);
    std::fs::write(&unfinished, text)
        .and_then(|()| std::fs::rename(&unfinished, file))
        .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", file.display())))
}

/// Writes all, waiting for a reader that is slow: Node makes pipes non-blocking. A reader that takes
/// nothing for [`PATIENCE`] is given up.
fn write_patiently(stream: &mut impl Write, mut bytes: &[u8]) -> io::Result<()> {
    let mut since = Instant::now();
    while !bytes.is_empty() {
        match stream.write(bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => {
                bytes = &bytes[written..];
                since = Instant::now();
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock && since.elapsed() < PATIENCE => {
                std::thread::sleep(Duration::from_millis(2));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    /// Takes a few bytes at a time, and only every other time.
    struct Slow(Vec<u8>, bool);

    impl Write for Slow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.1 = !self.1;
            if self.1 {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            let taken = bytes.len().min(7);
            self.0.extend_from_slice(&bytes[..taken]);
            Ok(taken)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_slow_reader_gets_everything() {
        let mut slow = Slow(Vec::new(), false);
        write_patiently(&mut slow, b"leakline names the line that leaks").unwrap();
        assert_eq!(slow.0, b"leakline names the line that leaks");
    }
}
