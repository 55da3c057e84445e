//! The directory of flight files: only its user can put anything into it. Old files are swept from it.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::host;
use crate::collector::os;
use crate::flight::reader::{Head, read_head};

/// Files of processes that have ended: kept for so long,
const MAX_AGE: Duration = Duration::from_secs(7 * 24 * 3_600);
/// and so many,
const MAX_FILES: usize = 10;
/// and so many bytes. The newest are kept.
const MAX_BYTES: u64 = 32 << 20;
/// What ended badly is kept for so long in any case,
const KEPT_WHEN_BAD: Duration = Duration::from_secs(24 * 3_600);
/// but for a service that fails again and again.
const MAX_BAD: usize = 64;
/// A file written so lately is of a process that runs, maybe where this one cannot see it.
const LIVELY: Duration = Duration::from_secs(600);

/// Bits of a mode that let others than the owner write.
#[cfg(unix)]
const OTHERS_WRITE: u32 = 0o022;

/// The directory itself, made if need be; or one of the user's own within, where `wanted` is shared, as a volume of a
/// container is.
///
/// # Errors
/// The system's; `PermissionDenied` with the reason, where another user could put files or links into it.
pub fn prepare(wanted: &Path) -> io::Result<PathBuf> {
    make(wanted, true)?;
    match refusal(wanted)? {
        None => Ok(wanted.to_path_buf()),
        Some(Refusal::Shared) => {
            let own = wanted.join(format!("leakline-{}", os::user().unwrap_or(0)));
            make(&own, false)?;
            match refusal(&own)? {
                None => Ok(own),
                Some(reason) => Err(denied(&own, &reason)),
            }
        }
        Some(reason) => Err(denied(wanted, &reason)),
    }
}

/// Why a directory is not used.
enum Refusal {
    /// Another user's, or open to others.
    Shared,
    /// A link, or no directory.
    NoDirectory,
}

fn denied(path: &Path, reason: &Refusal) -> io::Error {
    let rule = match reason {
        Refusal::Shared => "others than its owner may write there, or its owner is somebody else",
        Refusal::NoDirectory => "it is a link, or no directory",
    };
    io::Error::new(io::ErrorKind::PermissionDenied, format!("{}: {rule}", path.display()))
}

fn make(path: &Path, with_parents: bool) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(with_parents);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        made => made.map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display()))),
    }
}

#[cfg(unix)]
fn refusal(path: &Path) -> io::Result<Option<Refusal>> {
    use std::os::unix::fs::MetadataExt;
    // Of a link itself.
    let found = fs::symlink_metadata(path)?;
    Ok(if !found.is_dir() {
        Some(Refusal::NoDirectory)
    } else if os::user() != Some(found.uid()) || found.mode() & OTHERS_WRITE != 0 {
        Some(Refusal::Shared)
    } else {
        None
    })
}

#[cfg(not(unix))]
fn refusal(path: &Path) -> io::Result<Option<Refusal>> {
    Ok((!fs::symlink_metadata(path)?.is_dir()).then_some(Refusal::NoDirectory))
}

/// A new file that nobody else can read, and that was not there before: one that was is the rest of a process that died
/// while it made it.
///
/// # Errors
/// The system's.
pub fn create(path: &Path) -> io::Result<File> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600).custom_flags(libc::O_NOFOLLOW | libc::O_CLOEXEC);
    }
    options.open(path)
}

/// A flight file in a directory.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Where it is.
    pub path: PathBuf,
    /// Who it is of, and how that ended.
    pub head: Head,
    /// Bytes.
    pub bytes: u64,
    /// When it was written last.
    pub written: SystemTime,
    /// Whether its process runs.
    pub runs: bool,
}

/// The flight files of a directory, the newest first. What cannot be read is none.
pub fn list(dir: &Path, host: &str, now: SystemTime) -> Vec<Listed> {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    let mut files: Vec<Listed> = entries.filter_map(|entry| listed(&entry.path(), host, now)).collect();
    files.sort_by_key(|file| std::cmp::Reverse(file.written));
    files
}

fn listed(path: &Path, host: &str, now: SystemTime) -> Option<Listed> {
    if path.extension().is_none_or(|extension| extension != "lkf") {
        return None;
    }
    let found = fs::symlink_metadata(path).ok().filter(Metadata::is_file)?;
    let head = read_head(&open(path).ok()?).ok()?;
    let written = found.modified().ok()?;
    let is_lively = now.duration_since(written).is_ok_and(|ago| ago < LIVELY) && head.end.is_none();
    let runs = host::is_running(&head.identity, host).unwrap_or(is_lively);
    Some(Listed { path: path.to_path_buf(), head, bytes: found.len(), written, runs })
}

/// Opens a file to read, but no link, and without waiting for the other end of a pipe.
///
/// # Errors
/// The system's.
pub fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NOFOLLOW | libc::O_NONBLOCK);
    options.open(path)
}

/// A short text of this user's; `None` for anything else.
pub fn read_own(file: &File, most: u64) -> Option<String> {
    let found = file.metadata().ok().filter(|found| found.is_file() && found.len() <= most)?;
    #[cfg(unix)]
    if os::user() != Some(std::os::unix::fs::MetadataExt::uid(&found)) {
        return None;
    }
    let mut bytes = vec![0; found.len() as usize];
    crate::flight::medium::Source::read_at(file, &mut bytes, 0).ok()?;
    Some(String::from_utf8_lossy(&bytes).trim().to_owned())
}

/// Which of the files of processes that have ended go.
fn swept(files: &[Listed], is_bad: impl Fn(&Listed) -> bool, now: SystemTime) -> Vec<&Path> {
    let (mut count, mut bytes, mut bad) = (0, 0, 0);
    let mut gone = Vec::new();
    for file in files.iter().filter(|file| !file.runs) {
        let age = now.duration_since(file.written).unwrap_or_default();
        let is_kept_bad = age < KEPT_WHEN_BAD && bad < MAX_BAD && is_bad(file);
        bad += usize::from(is_kept_bad);
        count += 1;
        bytes += file.bytes;
        if !is_kept_bad && (age > MAX_AGE || count > MAX_FILES || bytes > MAX_BYTES) {
            gone.push(file.path.as_path());
        }
    }
    gone
}

/// Removes the files that are too many.
pub fn sweep(files: &[Listed], is_bad: impl Fn(&Listed) -> bool, now: SystemTime) {
    for path in swept(files, is_bad, now) {
        // Another process may have swept it.
        let _ = fs::remove_file(path);
    }
}

#[cfg(all(test, unix, not(loom), not(miri)))]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;
    use crate::flight::{Identity, Layout, Writer};

    fn fresh(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("leakline-directory-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    fn mode(path: &Path) -> u32 {
        fs::symlink_metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_directory_is_the_users_own() {
        let root = fresh("own");
        let own = prepare(&root.join("a/b")).unwrap();
        assert_eq!((own.clone(), mode(&own)), (root.join("a/b"), 0o700));
        assert_eq!(prepare(&own).unwrap(), own);
        let file = own.join("x.new");
        create(&file).unwrap();
        assert_eq!(mode(&file), 0o600);
        create(&file).unwrap();
        fs::remove_dir_all(root).unwrap();
    }

    #[test]
    fn a_shared_one_gets_one_of_the_users_own() {
        let root = fresh("shared");
        fs::set_permissions(&root, fs::Permissions::from_mode(0o777)).unwrap();
        let own = prepare(&root).unwrap();
        assert_eq!(own.parent(), Some(&*root));
        assert_eq!(mode(&own), 0o700);
        fs::set_permissions(&own, fs::Permissions::from_mode(0o707)).unwrap();
        let refused = prepare(&root).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::PermissionDenied);
        fs::remove_dir_all(&own).unwrap();
        symlink("/tmp", &own).unwrap();
        assert!(prepare(&root).unwrap_err().to_string().contains("it is a link"));
        fs::remove_dir_all(root).unwrap();
    }

    #[test]
    fn a_link_is_refused_and_so_is_a_file() {
        let root = fresh("link");
        symlink("/tmp", root.join("link")).unwrap();
        assert_eq!(prepare(&root.join("link")).unwrap_err().kind(), io::ErrorKind::PermissionDenied);
        fs::write(root.join("file"), "").unwrap();
        assert!(prepare(&root.join("file")).is_err());
        // A link in the place of the file itself is replaced, not followed.
        let target = root.join("target");
        fs::write(&target, "theirs").unwrap();
        symlink(&target, root.join("x.new")).unwrap();
        create(&root.join("x.new")).unwrap();
        assert_eq!(fs::read_to_string(&target).unwrap(), "theirs");
        fs::remove_dir_all(root).unwrap();
    }

    #[test]
    fn what_is_too_old_or_too_much_goes_and_what_ended_badly_stays() {
        let now = SystemTime::now();
        let dir = fresh("sweep");
        for n in 0..20u64 {
            let path = dir.join(format!("h.{n}.1.lkf"));
            let identity = Identity { pid: n as u32, host: "h".to_owned(), ..Identity::default() };
            Writer::create(create(&path).unwrap(), identity, Layout::default()).unwrap();
            let file = File::options().write(true).open(&path).unwrap();
            file.set_modified(now - Duration::from_secs(3_600 * (1 + n))).unwrap();
        }
        fs::write(dir.join("other.lkf"), "no flight file").unwrap();
        let files = list(&dir, "h", now);
        assert_eq!(files.len(), 20);
        let pids = |gone: Vec<&Path>| -> Vec<u32> {
            gone.iter()
                .map(|path| files.iter().find(|file| file.path == *path).unwrap().head.identity.pid)
                .collect()
        };
        assert_eq!(pids(swept(&files, |_| false, now)), (10..20).collect::<Vec<u32>>(), "ten are kept");
        assert_eq!(
            pids(swept(&files, |file| file.head.identity.pid == 15, now)),
            [10, 11, 12, 13, 14, 16, 17, 18, 19]
        );
        let later = now + Duration::from_secs(6 * 24 * 3_600 + 12 * 3_600);
        assert_eq!(pids(swept(&files, |_| true, later)).first(), Some(&10), "bad ones for a day only");
        let mut large = files.clone();
        large[0].bytes = 40 << 20;
        assert_eq!(swept(&large, |_| false, now).len(), 20, "the newest is too large alone");
        large[0].runs = true;
        assert_eq!(swept(&large, |_| false, now).len(), 9);
        fs::remove_dir_all(dir).unwrap();
    }
}
