use std::io::Read;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::sync::atomic::{AtomicU32, Ordering};

use super::*;

/// A folder that is removed with the test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("leakline-files-{}-{number}", std::process::id()));
        fs::create_dir(&path).unwrap();
        Self(fs::canonicalize(path).unwrap())
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<String> =
            fs::read_dir(&self.0).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o777
}

#[test]
fn a_new_file_is_for_its_user_alone_and_nothing_else_is_left() {
    let folder = Folder::new();
    write(&folder.at("report.txt"), b"one", false).unwrap();
    assert_eq!(fs::read(folder.at("report.txt")).unwrap(), b"one");
    assert_eq!(mode(&folder.at("report.txt")), 0o600);
    assert_eq!(folder.names(), ["report.txt"]);
}

#[test]
fn a_file_that_is_there_is_replaced_as_a_whole_and_keeps_its_mode() {
    let folder = Folder::new();
    let path = folder.at("report.txt");
    for bits in [0o600, 0o640, 0o664] {
        fs::write(&path, b"something longer").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(bits)).unwrap();
        let before = fs::metadata(&path).unwrap().ino();
        let mut reader = File::open(&path).unwrap();
        write(&path, b"new", false).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(mode(&path), bits);
        assert_ne!(fs::metadata(&path).unwrap().ino(), before);
        let mut old = String::new();
        reader.read_to_string(&mut old).unwrap();
        assert_eq!(old, "something longer");
    }
    assert_eq!(folder.names(), ["report.txt"]);
}

#[test]
fn links_are_followed_and_stay() {
    let folder = Folder::new();
    fs::create_dir(folder.at("real")).unwrap();
    symlink("real/report.txt", folder.at("link")).unwrap();
    symlink("link", folder.at("to-the-link")).unwrap();
    for text in [b"made", b"anew"] {
        write(&folder.at("to-the-link"), text, false).unwrap();
        assert_eq!(fs::read(folder.at("real/report.txt")).unwrap(), text);
    }
    assert!(fs::symlink_metadata(folder.at("link")).unwrap().is_symlink());
    assert_eq!(folder.names(), ["link", "real", "to-the-link"]);
    assert_eq!(fs::read_dir(folder.at("real")).unwrap().count(), 1);
}

#[test]
fn a_circle_of_links_is_an_error() {
    let folder = Folder::new();
    symlink("b", folder.at("a")).unwrap();
    symlink("a", folder.at("b")).unwrap();
    let error = write(&folder.at("a"), b"x", false).unwrap_err();
    assert!(error.to_string().contains("too many links"), "{error}");
    assert_eq!(folder.names(), ["a", "b"]);
}

#[test]
fn a_fifo_is_written_to() {
    let folder = Folder::new();
    let fifo = folder.at("fifo");
    let made = std::process::Command::new("mkfifo").arg(&fifo).status().unwrap();
    assert!(made.success());
    let reading = {
        let fifo = fifo.clone();
        std::thread::spawn(move || fs::read(fifo).unwrap())
    };
    let bytes = vec![b'x'; 200_000];
    write(&fifo, &bytes, false).unwrap();
    assert!(reading.join().unwrap() == bytes);
    assert!(!fs::metadata(&fifo).unwrap().is_file());
    assert_eq!(folder.names(), ["fifo"]);
}

#[test]
fn what_the_process_has_open_is_written_behind_what_is_there() {
    let folder = Folder::new();
    let mut log = File::create(folder.at("log")).unwrap();
    log.write_all(b"before\n").unwrap();
    let number = std::os::fd::AsRawFd::as_raw_fd(&log);
    for name in [format!("/dev/fd/{number}"), format!("/proc/self/fd/{number}")] {
        if Path::new(&name).exists() {
            write(Path::new(&name), b"report\n", false).unwrap();
        }
    }
    symlink(format!("/dev/fd/{number}"), folder.at("link")).unwrap();
    write(&folder.at("link"), b"linked\n", false).unwrap();
    log.write_all(b"after\n").unwrap();
    let text = fs::read_to_string(folder.at("log")).unwrap();
    assert!(text.starts_with("before\nreport\n") && text.ends_with("report\nlinked\nafter\n"), "{text}");
}

#[test]
fn a_file_is_written_in_place_where_that_is_asked_for() {
    let folder = Folder::new();
    let path = folder.at("report.txt");
    fs::write(&path, b"something longer").unwrap();
    let before = fs::metadata(&path).unwrap().ino();
    write(&path, b"new", true).unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"new");
    assert_eq!(fs::metadata(&path).unwrap().ino(), before);
}

#[test]
fn a_failure_names_the_path_and_leaves_nothing() {
    let folder = Folder::new();
    fs::create_dir(folder.at("folder")).unwrap();
    for path in [folder.at("folder"), folder.at("no such folder/report.txt")] {
        let error = write(&path, b"x", false).unwrap_err();
        assert!(error.to_string().starts_with(&path.display().to_string()), "{error}");
    }
    assert_eq!(folder.names(), ["folder"]);
}

#[test]
fn what_cannot_be_renamed_leaves_nothing_behind() {
    let folder = Folder::new();
    let path = folder.at("taken");
    fs::create_dir(&path).unwrap();
    fs::write(path.join("in it"), b"").unwrap();
    assert!(replace(&path, None, b"x").is_err());
    assert_eq!(folder.names(), ["taken"]);
}

#[test]
fn temporary_files_have_names_of_their_own_and_follow_no_links() {
    let folder = Folder::new();
    let (first, _) = temporary(&folder.0).unwrap();
    let (second, _) = temporary(&folder.0).unwrap();
    assert_ne!(first, second);
    assert_eq!(mode(&first), 0o600);
}

#[test]
fn errors_of_the_folder_are_known() {
    for code in [libc::EBUSY, libc::EXDEV, libc::EACCES, libc::EPERM, libc::EROFS] {
        assert!(is_about_the_folder(&io::Error::from_raw_os_error(code)), "{code}");
    }
    for code in [libc::ENOSPC, libc::EIO, libc::ENOENT] {
        assert!(!is_about_the_folder(&io::Error::from_raw_os_error(code)), "{code}");
    }
}
