//! How a process ended, as it wrote itself.

use serde::{Deserialize, Serialize};

use super::format::END;
use super::words::{u32_at, u64_at};

/// In front of an end that was written.
const WRITTEN: u32 = 0x454b_4c45;
/// Words in front of the text.
const HEAD: usize = 32;

/// What ended it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// It exited; `code` is the exit code, -1 where it is not known.
    Exit,
    /// An unhandled signal; `code` is its number.
    Signal,
    /// V8 ran out of memory, and said so.
    HeapOutOfMemory,
    /// Recording was stopped; the process ran on.
    Stopped,
}

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct End {
    /// What ended it.
    pub cause: Cause,
    /// Exit code or signal number.
    pub code: i32,
    /// Milliseconds since 1970.
    pub at_unix_ms: u64,
    /// V8's words.
    pub text: String,
}

impl End {
    /// The sector's bytes.
    pub fn encode(&self) -> [u8; END] {
        let mut bytes = [0; END];
        let cause: u32 = match self.cause {
            Cause::Exit => 1,
            Cause::Signal => 2,
            Cause::HeapOutOfMemory => 3,
            Cause::Stopped => 4,
        };
        let most = (0..=self.text.len().min(END - HEAD))
            .rev()
            .find(|at| self.text.is_char_boundary(*at))
            .unwrap_or(0);
        bytes[0..4].copy_from_slice(&WRITTEN.to_le_bytes());
        bytes[8..12].copy_from_slice(&cause.to_le_bytes());
        bytes[12..16].copy_from_slice(&self.code.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.at_unix_ms.to_le_bytes());
        bytes[24..28].copy_from_slice(&(most as u32).to_le_bytes());
        bytes[HEAD..HEAD + most].copy_from_slice(&self.text.as_bytes()[..most]);
        let crc = crc32fast::hash(&bytes[8..]);
        bytes[4..8].copy_from_slice(&crc.to_le_bytes());
        bytes
    }

    /// `None` where nothing whole was written.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        if bytes.len() != END
            || u32_at(bytes, 0) != WRITTEN
            || crc32fast::hash(&bytes[8..]) != u32_at(bytes, 4)
        {
            return None;
        }
        let cause = match u32_at(bytes, 8) {
            1 => Cause::Exit,
            2 => Cause::Signal,
            3 => Cause::HeapOutOfMemory,
            4 => Cause::Stopped,
            _ => return None,
        };
        let length = (u32_at(bytes, 24) as usize).min(END - HEAD);
        Some(Self {
            cause,
            code: u32_at(bytes, 12) as i32,
            at_unix_ms: u64_at(bytes, 16),
            text: String::from_utf8_lossy(&bytes[HEAD..HEAD + length]).into_owned(),
        })
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_read_back_only_whole() {
        let end = End { cause: Cause::Exit, code: -1, at_unix_ms: 5, text: "ä".repeat(400) };
        let bytes = end.encode();
        let read = End::decode(&bytes).unwrap();
        assert_eq!((read.cause, read.code, read.at_unix_ms, read.text.len()), (Cause::Exit, -1, 5, 480));
        for length in 0..END {
            let mut torn = [0; END];
            torn[..length].copy_from_slice(&bytes[..length]);
            // The text is even: the last byte is part of it.
            assert!(End::decode(&torn).is_none(), "{length} bytes");
        }
        assert_eq!(End::decode(&[0; END]), None);
    }
}
