//! Puts bytes where a user asked for them, and harms nothing that is there: a regular file is replaced as a whole,
//! everything else (a device, a FIFO, what the process has open) is written to.

use std::fs::{self, File, OpenOptions};
use std::hash::{BuildHasher, RandomState};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use crate::collector::streams;

/// Links followed before the path counts as a circle, as in Linux.
const MAX_LINKS: usize = 40;

/// Names tried for a temporary file.
const TRIES: usize = 8;

/// What a path leads to.
#[derive(Debug, PartialEq, Eq)]
enum Place {
    /// A descriptor of this process, by a name such as `/dev/stdout`.
    Descriptor(i32),
    /// What another process has open: it is appended to.
    Open(PathBuf),
    /// A name in a real folder; no link.
    Path(PathBuf),
}

/// Writes `bytes` to `path`, with links followed.
///
/// A regular file, and one that is not there yet, gets its bytes as a whole, by a new file that is renamed over it. The
/// new file has the mode and, where that is allowed, the owner of the old one; without an old one only the user may read
/// it. Where nothing can be renamed (a bind mount, a folder that cannot be written) or `in_place` asks for it, the file
/// itself is written. Whatever is no regular file is written to as it is.
///
/// # Errors
/// The system's, with the path. A regular file keeps its bytes then, unless it was written in place; no temporary file
/// is left.
pub fn write(path: &Path, bytes: &[u8], in_place: bool) -> io::Result<()> {
    put(path, bytes, in_place)
        .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))
}

fn put(path: &Path, bytes: &[u8], in_place: bool) -> io::Result<()> {
    let path = match place_of(path)? {
        Place::Descriptor(number) => return streams::write(&streams::descriptor(number)?, bytes),
        Place::Open(path) => return streams::write(&streams::open(&path)?, bytes),
        Place::Path(path) => path,
    };
    let old = match fs::symlink_metadata(&path) {
        Ok(old) if old.is_file() => Some(old),
        Ok(old) if old.is_dir() => return Err(ErrorKind::IsADirectory.into()),
        Ok(_) => return streams::write(&streams::open(&path)?, bytes),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    if in_place {
        return overwrite(&path, bytes);
    }
    match replace(&path, old.as_ref(), bytes) {
        Err(error) if old.is_some() && is_about_the_folder(&error) => overwrite(&path, bytes),
        result => result,
    }
}

/// Whether the file itself may still be writable.
fn is_about_the_folder(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ResourceBusy
            | ErrorKind::CrossesDevices
            | ErrorKind::PermissionDenied
            | ErrorKind::ReadOnlyFilesystem
    )
}

/// Follows links by hand: those of `/proc/…/fd` name what has no path.
fn place_of(path: &Path) -> io::Result<Place> {
    let mut path = path.to_path_buf();
    for _ in 0..MAX_LINKS {
        let Some(name) = path.file_name() else { return Err(ErrorKind::IsADirectory.into()) };
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => fs::canonicalize(folder)?,
            _ => fs::canonicalize(".")?,
        };
        let here = folder.join(name);
        let number = name.to_str().and_then(|name| name.parse().ok());
        match (number, descriptors_of(&folder)) {
            (Some(number), Some(true)) => return Ok(Place::Descriptor(number)),
            (Some(_), Some(false)) => return Ok(Place::Open(here)),
            _ => {}
        }
        match fs::symlink_metadata(&here) {
            Ok(found) if found.is_symlink() => path = folder.join(fs::read_link(&here)?),
            _ => return Ok(Place::Path(here)),
        }
    }
    Err(io::Error::other("too many links"))
}

/// Whether a folder names descriptors: `true` for this process's, `false` for another's, `None` for any other folder.
fn descriptors_of(folder: &Path) -> Option<bool> {
    let folder = folder.to_str()?;
    if folder == "/dev/fd" {
        return Some(true);
    }
    let process = folder.strip_prefix("/proc/")?.strip_suffix("/fd")?;
    // A thread's descriptors are its process's: /proc/PID/task/TID/fd.
    let process = process.split('/').next()?;
    Some(process == std::process::id().to_string())
}

/// Replaces a file as a whole.
fn replace(path: &Path, old: Option<&fs::Metadata>, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let (unfinished, mut file) = temporary(folder)?;
    let written = keep_mode(&file, old).and_then(|()| file.write_all(bytes));
    drop(file);
    written.and_then(|()| fs::rename(&unfinished, path)).inspect_err(|_| {
        // Gone is what it is to be.
        let _ = fs::remove_file(&unfinished);
    })
}

/// A new file that only this user may read, under an unpredictable name.
fn temporary(folder: &Path) -> io::Result<(PathBuf, File)> {
    let mut options = OpenOptions::new();
    // O_EXCL: never through a link, and never into a file that is there.
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600).custom_flags(libc::O_NOFOLLOW);
    }
    let random = RandomState::new();
    let mut tries = 0..TRIES;
    loop {
        let number = random.hash_one((std::process::id(), tries.next()));
        let path = folder.join(format!(".leakline-{}-{number:016x}.tmp", std::process::id()));
        match options.open(&path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists && !tries.is_empty() => {}
            Err(error) => return Err(error),
            Ok(file) => return Ok((path, file)),
        }
    }
}

/// Gives the new file the readers of the old one, and no others.
#[cfg(unix)]
fn keep_mode(file: &File, old: Option<&fs::Metadata>) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};

    let Some(old) = old else { return Ok(()) };
    // The owner first: to change it can clear bits of the mode. Only root may, and only root has to.
    let _ = fchown(file, Some(old.uid()), Some(old.gid()));
    file.set_permissions(fs::Permissions::from_mode(old.mode() & 0o777))
}

#[cfg(not(unix))]
fn keep_mode(_file: &File, _old: Option<&fs::Metadata>) -> io::Result<()> {
    Ok(())
}

/// Writes the file itself. It is cut to its new length last: a disk that is full leaves most of one report or the other.
fn overwrite(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600).custom_flags(libc::O_NOFOLLOW);
    }
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.set_len(bytes.len() as u64)
}

#[cfg(all(test, unix, not(loom), not(miri)))]
#[path = "files_tests.rs"]
mod tests;
