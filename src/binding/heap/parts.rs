//! A snapshot's text in parts, from the isolate's thread to the one that parses it meanwhile.

use std::io::Read;

use crossbeam_channel::{Receiver, Sender, bounded};

/// Parts that wait for the parser.
const WAITING: usize = 8;

/// Parts of a text as they come.
pub struct Parts {
    parts: Receiver<Vec<u8>>,
    part: Vec<u8>,
    at: usize,
}

/// Where parts go, and the text that they become, which ends when the former is dropped.
pub fn parts() -> (Sender<Vec<u8>>, Parts) {
    let (sender, parts) = bounded(WAITING);
    (sender, Parts { parts, part: Vec::new(), at: 0 })
}

impl Read for Parts {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        while self.at == self.part.len() {
            match self.parts.recv() {
                Ok(part) => (self.part, self.at) = (part, 0),
                Err(_) => return Ok(0),
            }
        }
        let count = into.len().min(self.part.len() - self.at);
        into[..count].copy_from_slice(&self.part[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}
