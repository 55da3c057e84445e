//! Writes to what has a reader: a pipe, a socket, a terminal, a device.
#![allow(unsafe_code)]

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::Path;
use std::time::{Duration, Instant};

/// How long a reader may take nothing before it is given up.
const MAX_WAIT: Duration = Duration::from_secs(5);

/// How long to wait between two looks where the system cannot wait for a reader.
const PAUSE: Duration = Duration::from_millis(5);

/// What a pipe that is writable takes without waiting, by POSIX at least 512 bytes, in Linux a page.
#[cfg(target_os = "linux")]
const CHUNK: usize = 4096;
#[cfg(not(target_os = "linux"))]
const CHUNK: usize = 512;

/// A stream of this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

impl Stream {
    /// Writes all `bytes` to it. See [`write`].
    ///
    /// # Errors
    /// As [`write`].
    pub fn write(self, bytes: &[u8]) -> io::Result<()> {
        #[cfg(unix)]
        return write(&descriptor(self as i32 + 1)?, bytes);
        #[cfg(not(unix))]
        match self {
            Stream::Stdout => io::stdout().write_all(bytes),
            Stream::Stderr => io::stderr().write_all(bytes),
        }
    }
}

/// A descriptor that this process has, as one of its own: closing it leaves the other open. Its position is shared, so
/// that what is written comes behind what was.
///
/// # Errors
/// The system's when there is no such descriptor.
#[cfg(unix)]
pub fn descriptor(number: i32) -> io::Result<File> {
    use std::os::fd::BorrowedFd;

    if number < 0 {
        return Err(ErrorKind::NotFound.into());
    }
    // SAFETY: not -1. It is only duplicated: the system refuses where it is not open, and nothing is taken for granted
    // of what it is.
    let borrowed = unsafe { BorrowedFd::borrow_raw(number) };
    Ok(File::from(borrowed.try_clone_to_owned()?))
}

/// There are none by number.
#[cfg(not(unix))]
pub fn descriptor(_number: i32) -> io::Result<File> {
    Err(ErrorKind::Unsupported.into())
}

/// Opens a device or a FIFO to append to it, and waits for a FIFO's reader.
///
/// # Errors
/// The system's; ENXIO when no reader came.
pub fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        // O_NONBLOCK: open() would wait for a FIFO's reader for ever. O_NOCTTY: a terminal must not become ours.
        options.custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY);
    }
    let since = Instant::now();
    loop {
        match options.open(path) {
            #[cfg(unix)]
            Err(error) if error.raw_os_error() == Some(libc::ENXIO) && since.elapsed() < MAX_WAIT => {
                std::thread::sleep(PAUSE);
            }
            #[cfg(unix)]
            Err(error) if error.raw_os_error() == Some(libc::ENXIO) => {
                return Err(io::Error::new(error.kind(), "nobody reads it"));
            }
            result => return result,
        }
    }
}

/// Writes all, and waits for a reader that is slow, for [`MAX_WAIT`] at a time. It never waits inside of a write, which
/// would have no end on a pipe that blocks.
///
/// # Errors
/// The system's; [`ErrorKind::TimedOut`] when the reader took nothing for so long.
pub fn write(file: &File, bytes: &[u8]) -> io::Result<()> {
    write_to(&mut &*file, bytes, |left| wait_for(file, left))
}

/// As [`write`]; `wait` returns whether the reader can take something.
fn write_to(
    stream: &mut impl Write,
    bytes: &[u8],
    mut wait: impl FnMut(Duration) -> io::Result<bool>,
) -> io::Result<()> {
    let mut rest = bytes;
    let mut since = Instant::now();
    while !rest.is_empty() {
        let left = MAX_WAIT.saturating_sub(since.elapsed());
        if left.is_zero() {
            let taken = bytes.len() - rest.len();
            let problem = format!("its reader took {taken} of {} bytes and then nothing", bytes.len());
            return Err(io::Error::new(ErrorKind::TimedOut, problem));
        }
        if !wait(left)? {
            continue;
        }
        match stream.write(&rest[..rest.len().min(CHUNK)]) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(written) => {
                rest = &rest[written..];
                since = Instant::now();
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            // Writable, and yet not for so much.
            Err(error) if error.kind() == ErrorKind::WouldBlock => std::thread::sleep(PAUSE),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Waits until something can be written, for `max_wait` at the most.
#[cfg(unix)]
fn wait_for(file: &File, max_wait: Duration) -> io::Result<bool> {
    use std::os::fd::AsRawFd;

    let mut asked = libc::pollfd { fd: file.as_raw_fd(), events: libc::POLLOUT, revents: 0 };
    let ms = i32::try_from(max_wait.as_millis()).unwrap_or(i32::MAX).max(1);
    // SAFETY: one valid pollfd, and its descriptor is open for as long as `file` is borrowed.
    match unsafe { libc::poll(&mut asked, 1, ms) } {
        0 => Ok(false),
        // Also one that is broken: the write says how.
        n if n > 0 => Ok(true),
        _ => match io::Error::last_os_error() {
            error if error.kind() == ErrorKind::Interrupted => Ok(false),
            error => Err(error),
        },
    }
}

#[cfg(not(unix))]
fn wait_for(_file: &File, _max_wait: Duration) -> io::Result<bool> {
    Ok(true)
}

#[cfg(all(test, not(loom), not(miri)))]
mod tests {
    use super::*;

    /// Takes a few bytes at a time, and only every other time.
    struct Slow(Vec<u8>, bool);

    impl Write for Slow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.1 = !self.1;
            if self.1 {
                return Err(ErrorKind::WouldBlock.into());
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
        write_to(&mut slow, b"leakline names the line that leaks", |_| Ok(true)).unwrap();
        assert_eq!(slow.0, b"leakline names the line that leaks");
    }

    #[cfg(unix)]
    #[test]
    fn a_reader_that_stalls_for_a_while_gets_everything_from_a_pipe_that_blocks() {
        let (mut reader, writer) = io::pipe().unwrap();
        let writer = File::from(std::os::fd::OwnedFd::from(writer));
        let bytes: Vec<u8> = (0..300_000u32).map(|n| n as u8).collect();
        let expected = bytes.clone();
        let writing = std::thread::spawn(move || write(&writer, &bytes));
        std::thread::sleep(Duration::from_millis(300));
        let mut read = Vec::new();
        io::Read::read_to_end(&mut reader, &mut read).unwrap();
        writing.join().unwrap().unwrap();
        assert!(read == expected);
    }

    #[cfg(unix)]
    #[test]
    fn a_reader_that_is_gone_is_an_error() {
        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        let writer = File::from(std::os::fd::OwnedFd::from(writer));
        assert_eq!(write(&writer, b"x").unwrap_err().kind(), ErrorKind::BrokenPipe);
    }

    #[cfg(unix)]
    #[test]
    fn a_descriptor_that_is_not_open_is_an_error() {
        assert!(descriptor(987_654).is_err());
        assert!(descriptor(-1).is_err());
    }
}
