//! Reads JSON of a known shape in chunks: numbers eight digits at a time, strings by their bytes.

use std::io::Read;

use memchr::memchr2;

use super::refusal::{Refusal, foreign, unreadable};

/// Bytes that are read at once; a core's cache holds them.
const CHUNK: usize = 256 * 1024;

/// Zeros behind what was read, so that a number may be loaded as one word at its end.
const PADDING: usize = 8;

/// Longest prefix of a string that is looked at; V8 itself writes 1,024 characters of each.
const MAX_STRING: usize = 16 * 1024;

/// What was read of a file and not yet parsed.
pub struct Source<R> {
    reader: R,
    buffer: Vec<u8>,
    at: usize,
    end: usize,
    /// Bytes of the file in front of the buffer.
    before: u64,
    ended: bool,
}

impl<R: Read> Source<R> {
    /// Begins to read.
    pub fn new(reader: R) -> Self {
        Self::with_chunk(reader, 0, CHUNK)
    }

    /// Begins to read where `offset` bytes were skipped, `chunk` bytes at once.
    pub fn with_chunk(reader: R, offset: u64, chunk: usize) -> Self {
        Self { reader, buffer: vec![0; chunk + PADDING], at: 0, end: 0, before: offset, ended: false }
    }

    /// Bytes of the file that are parsed.
    pub fn offset(&self) -> u64 {
        self.before + self.at as u64
    }

    /// Reads on until `bytes` are there, or the file ends.
    #[inline(always)]
    pub fn ensure(&mut self, bytes: usize) -> Result<(), Refusal> {
        if self.end - self.at >= bytes || self.ended { Ok(()) } else { self.fill(bytes) }
    }

    #[cold]
    fn fill(&mut self, bytes: usize) -> Result<(), Refusal> {
        self.buffer.copy_within(self.at..self.end, 0);
        self.before += self.at as u64;
        self.end -= self.at;
        self.at = 0;
        if self.buffer.len() < bytes + PADDING {
            self.buffer.resize(bytes + PADDING, 0);
        }
        let room = self.buffer.len() - PADDING;
        while self.end < bytes && !self.ended {
            match self.reader.read(&mut self.buffer[self.end..room]) {
                Ok(0) => self.ended = true,
                Ok(read) => self.end += read,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(unreadable(&error)),
            }
        }
        self.buffer[self.end..self.end + PADDING].fill(0);
        Ok(())
    }

    /// The next byte, without taking it; 0 at the end.
    #[inline(always)]
    pub fn peek(&mut self) -> Result<u8, Refusal> {
        self.ensure(1)?;
        Ok(if self.at < self.end { self.buffer[self.at] } else { 0 })
    }

    /// Skips blanks and takes the byte behind them.
    pub fn token(&mut self) -> Result<u8, Refusal> {
        self.blanks()?;
        let byte = self.peek()?;
        if self.at >= self.end {
            return Err(self.truncated());
        }
        self.at += 1;
        Ok(byte)
    }

    /// Skips blanks and takes `expected`, or refuses the file.
    pub fn expect(&mut self, expected: u8) -> Result<(), Refusal> {
        let found = self.token()?;
        if found == expected { Ok(()) } else { Err(self.unexpected(found)) }
    }

    /// Skips blanks.
    pub fn blanks(&mut self) -> Result<(), Refusal> {
        while matches!(self.peek()?, b' ' | b'\n' | b'\r' | b'\t') {
            self.at += 1;
        }
        Ok(())
    }

    /// Takes the comma between two numbers.
    #[inline(always)]
    pub fn comma(&mut self) -> Result<(), Refusal> {
        if self.buffer[self.at] == b',' && self.buffer[self.at + 1] >= b'0' {
            self.at += 1;
            return Ok(());
        }
        if self.buffer[self.at] == b'\n'
            && self.buffer[self.at + 1] == b','
            && self.buffer[self.at + 2] >= b'0'
        {
            self.at += 2;
            return Ok(());
        }
        self.comma_among_blanks()
    }

    #[cold]
    fn comma_among_blanks(&mut self) -> Result<(), Refusal> {
        self.expect(b',')?;
        self.blanks()?;
        self.ensure(64)
    }

    /// Takes a whole number. 64 bytes have to be ensured.
    #[inline(always)]
    pub fn number(&mut self) -> Result<u64, Refusal> {
        const ZEROS: u64 = 0x3030_3030_3030_3030;
        let word = u64::from_le_bytes(self.buffer[self.at..self.at + 8].try_into().expect("eight bytes"));
        let digits = word ^ ZEROS;
        // The high bit of each byte that is no digit; a carry reaches only bytes behind the first of them.
        let others = (digits.wrapping_add(0x7676_7676_7676_7676) | digits) & 0x8080_8080_8080_8080;
        let bits = others.trailing_zeros() & !7;
        if others == 0 || bits == 0 {
            return self.long_number();
        }
        self.at += (bits >> 3) as usize;
        // The number's digits at the high end, zeros in front: pairs, then fours, then all eight.
        let digits = digits << (64 - bits);
        let pairs = digits.wrapping_mul(10).wrapping_add(digits >> 8);
        let low = (pairs & 0x0000_00FF_0000_00FF).wrapping_mul(0x000F_4240_0000_0064);
        let high = ((pairs >> 16) & 0x0000_00FF_0000_00FF).wrapping_mul(0x0000_2710_0000_0001);
        Ok((low.wrapping_add(high) >> 32) & 0xFFFF_FFFF)
    }

    #[cold]
    fn long_number(&mut self) -> Result<u64, Refusal> {
        let start = self.at;
        let mut value = 0u64;
        while self.at < self.end && self.buffer[self.at].is_ascii_digit() {
            let digit = u64::from(self.buffer[self.at] - b'0');
            let next = value.checked_mul(10).and_then(|value| value.checked_add(digit));
            value =
                next.ok_or_else(|| foreign(format!("a number at byte {} is too large", self.offset())))?;
            self.at += 1;
            self.ensure(PADDING)?;
        }
        match self.at == start {
            false => Ok(value),
            true if self.at >= self.end => Err(self.truncated()),
            true => Err(self.unexpected(self.buffer[self.at])),
        }
    }

    /// Takes a number of which nothing is needed. Most have one digit.
    #[inline(always)]
    pub fn skip_number(&mut self) -> Result<(), Refusal> {
        if self.buffer[self.at].is_ascii_digit() && !self.buffer[self.at + 1].is_ascii_digit() {
            self.at += 1;
            return Ok(());
        }
        self.number().map(|_| ())
    }

    /// Takes a string, whose first quote is taken already, and calls `with` with its bytes as they are written;
    /// with the first 16 KiB of a longer one.
    #[inline]
    pub fn string<T>(&mut self, with: impl FnOnce(&[u8]) -> T) -> Result<T, Refusal> {
        let mut from = 0;
        loop {
            match closing_quote(&self.buffer[self.at..self.end], &mut from) {
                Some(length) => {
                    let result = with(&self.buffer[self.at..self.at + length]);
                    self.at += length + 1;
                    return Ok(result);
                }
                None if self.ended => return Err(self.truncated()),
                None if self.end - self.at > MAX_STRING => break,
                None => self.fill(self.end - self.at + 1)?,
            }
        }
        let result = with(&self.buffer[self.at..self.at + MAX_STRING]);
        loop {
            // What is looked through already goes; an escape stays whole.
            self.at += from;
            from = 0;
            self.fill(2)?;
            match closing_quote(&self.buffer[self.at..self.end], &mut from) {
                Some(length) => {
                    self.at += length + 1;
                    return Ok(result);
                }
                None if self.ended => return Err(self.truncated()),
                None => {}
            }
        }
    }

    /// Takes any value without looking into it, and calls `with` with each part of its text.
    pub fn value(&mut self, mut with: impl FnMut(&[u8])) -> Result<(), Refusal> {
        let mut depth = 0usize;
        loop {
            let byte = self.token()?;
            match byte {
                b'"' => self.string(|text| {
                    with(b"\"");
                    with(text);
                    with(b"\"");
                })?,
                b'{' | b'[' => {
                    depth += 1;
                    with(&[byte]);
                }
                b'}' | b']' => {
                    depth = depth.checked_sub(1).ok_or_else(|| self.unexpected(byte))?;
                    with(&[byte]);
                }
                _ => with(&[byte]),
            }
            if depth == 0 && !matches!(self.peek()?, b'0'..=b'9' | b'a'..=b'z' | b'.' | b'-' | b'+' | b'E') {
                return Ok(());
            }
        }
    }

    /// The refusal of a file that ends here.
    pub fn truncated(&self) -> Refusal {
        foreign(format!("it ends after {} bytes, before the snapshot does", self.before + self.end as u64))
    }

    fn unexpected(&self, found: u8) -> Refusal {
        let shown =
            if found.is_ascii_graphic() { (found as char).to_string() } else { format!("byte {found}") };
        foreign(format!("{shown} at byte {} is not what V8 writes there", self.offset()))
    }
}

/// Where the string ends; else `from` is where to look on.
fn closing_quote(bytes: &[u8], from: &mut usize) -> Option<usize> {
    loop {
        match memchr2(b'"', b'\\', bytes.get(*from..)?) {
            Some(found) if bytes[*from + found] == b'"' => return Some(*from + found),
            // The escaped character may not be read yet.
            Some(found) if *from + found + 1 < bytes.len() => *from += found + 2,
            Some(found) => {
                *from += found;
                return None;
            }
            None => {
                *from = bytes.len();
                return None;
            }
        }
    }
}
