//! A lock between processes: a file beside the one that is written.
//!
//! The system releases it when its holder dies, so no rule has to guess which locks are stale.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The longest wait. A writer holds the lock for some milliseconds.
const MAX_WAIT: Duration = Duration::from_secs(20);

/// Between two attempts.
const PAUSE: Duration = Duration::from_millis(5);

/// Held until dropped.
pub(super) struct Lock {
    #[cfg_attr(windows, allow(dead_code))]
    path: PathBuf,
    _file: File,
}

impl Lock {
    /// Waits for the lock of `file`.
    ///
    /// # Errors
    /// The system's, and [`io::ErrorKind::TimedOut`] when another process holds it for longer than [`MAX_WAIT`].
    pub(super) fn of(file: &Path) -> io::Result<Lock> {
        let mut path = file.as_os_str().to_owned();
        path.push(".lock");
        let path = PathBuf::from(path);
        let began = Instant::now();
        loop {
            if let Some(held) = system::take(&path)? {
                return Ok(Lock { path, _file: held });
            }
            if began.elapsed() > MAX_WAIT {
                let waited =
                    format!("another process has held {} for {} s", path.display(), MAX_WAIT.as_secs());
                return Err(io::Error::new(io::ErrorKind::TimedOut, waited));
            }
            std::thread::sleep(PAUSE);
        }
    }
}

#[cfg(unix)]
mod system {
    use std::fs::{File, OpenOptions, TryLockError};
    use std::io;
    use std::os::unix::fs::MetadataExt;
    use std::path::Path;

    pub(super) fn take(path: &Path) -> io::Result<Option<File>> {
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Interrupted => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        // The last holder removes the file: the path may name another file by now, or none.
        let own = file.metadata()?;
        let is_same =
            std::fs::metadata(path).is_ok_and(|there| (there.dev(), there.ino()) == (own.dev(), own.ino()));
        Ok(is_same.then_some(file))
    }

    impl Drop for super::Lock {
        fn drop(&mut self) {
            // Before the lock ends: whoever opens the path from here on creates a new file.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

#[cfg(windows)]
mod system {
    use std::fs::{File, OpenOptions};
    use std::io;
    use std::os::windows::fs::OpenOptionsExt;
    use std::path::Path;

    const FILE_FLAG_DELETE_ON_CLOSE: u32 = 0x0400_0000;
    /// A sharing violation: another process has it open. Access denied: it is being removed.
    const HELD: [i32; 2] = [32, 5];

    pub(super) fn take(path: &Path) -> io::Result<Option<File>> {
        let mut options = OpenOptions::new();
        options
            .create(true)
            .write(true)
            .truncate(false)
            .share_mode(0)
            .custom_flags(FILE_FLAG_DELETE_ON_CLOSE);
        match options.open(path) {
            Ok(file) => Ok(Some(file)),
            Err(error) if error.raw_os_error().is_some_and(|code| HELD.contains(&code)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn one_holds_it_at_a_time_and_nothing_stays() {
        let folder = std::env::temp_dir().join(format!("leakline-lock-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let (file, number) = (folder.join("b.json"), folder.join("number"));
        std::fs::write(&number, "0").unwrap();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..25 {
                        let _lock = Lock::of(&file).unwrap();
                        let seen: u32 = std::fs::read_to_string(&number).unwrap().parse().unwrap();
                        std::fs::write(&number, (seen + 1).to_string()).unwrap();
                    }
                });
            }
        });
        assert_eq!(std::fs::read_to_string(&number).unwrap(), "100");
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1, "the lock is gone");
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
