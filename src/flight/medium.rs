//! Where the bytes lie: a file, or memory in tests.

use std::fs::File;
use std::io;

/// Bytes that are read or written at once, where there are many.
pub const PIECE: usize = 16 << 10;

/// Is read at places.
pub trait Source {
    /// Bytes there are.
    ///
    /// # Errors
    /// The system's.
    fn length(&self) -> io::Result<u64>;

    /// Fills `bytes` from `at`.
    ///
    /// # Errors
    /// The system's; `UnexpectedEof` where the file has fewer bytes.
    fn read_at(&self, bytes: &mut [u8], at: u64) -> io::Result<()>;
}

/// Is written at places as well.
pub trait Medium: Source {
    /// Writes all of `bytes` at `at`.
    ///
    /// # Errors
    /// The system's.
    fn write_at(&mut self, bytes: &[u8], at: u64) -> io::Result<()>;
}

impl Source for File {
    fn length(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    #[cfg(unix)]
    fn read_at(&self, bytes: &mut [u8], at: u64) -> io::Result<()> {
        std::os::unix::fs::FileExt::read_exact_at(self, bytes, at)
    }

    #[cfg(windows)]
    fn read_at(&self, mut bytes: &mut [u8], mut at: u64) -> io::Result<()> {
        while !bytes.is_empty() {
            match std::os::windows::fs::FileExt::seek_read(self, bytes, at)? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                read => {
                    bytes = &mut bytes[read..];
                    at += read as u64;
                }
            }
        }
        Ok(())
    }
}

/// Reads what a file has at `at`, at most until `bytes` is full, in one call.
///
/// # Errors
/// The system's.
pub fn read_some(file: &File, bytes: &mut [u8], at: u64) -> io::Result<usize> {
    #[cfg(unix)]
    return std::os::unix::fs::FileExt::read_at(file, bytes, at);
    #[cfg(windows)]
    return std::os::windows::fs::FileExt::seek_read(file, bytes, at);
}

impl Medium for File {
    #[cfg(unix)]
    fn write_at(&mut self, bytes: &[u8], at: u64) -> io::Result<()> {
        std::os::unix::fs::FileExt::write_all_at(self, bytes, at)
    }

    #[cfg(windows)]
    fn write_at(&mut self, mut bytes: &[u8], mut at: u64) -> io::Result<()> {
        while !bytes.is_empty() {
            let written = std::os::windows::fs::FileExt::seek_write(self, bytes, at)?;
            if written == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            bytes = &bytes[written..];
            at += written as u64;
        }
        Ok(())
    }
}

impl Source for [u8] {
    fn length(&self) -> io::Result<u64> {
        Ok(self.len() as u64)
    }

    fn read_at(&self, bytes: &mut [u8], at: u64) -> io::Result<()> {
        let from = usize::try_from(at).unwrap_or(usize::MAX);
        let there = self.get(from..).and_then(|rest| rest.get(..bytes.len()));
        bytes.copy_from_slice(there.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }
}

impl Source for Vec<u8> {
    fn length(&self) -> io::Result<u64> {
        self.as_slice().length()
    }

    fn read_at(&self, bytes: &mut [u8], at: u64) -> io::Result<()> {
        self.as_slice().read_at(bytes, at)
    }
}

impl Medium for Vec<u8> {
    fn write_at(&mut self, bytes: &[u8], at: u64) -> io::Result<()> {
        let at = at as usize;
        self.resize(self.len().max(at + bytes.len()), 0);
        self[at..at + bytes.len()].copy_from_slice(bytes);
        Ok(())
    }
}
