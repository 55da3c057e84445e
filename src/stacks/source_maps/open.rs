//! Maps that stay open while something is described whose positions come one by one, as those of a heap do.

use std::collections::HashMap;
use std::path::Path;

use super::map_file::{MapFile, may_be_built};
use crate::values::frames::{self, Position};

/// Bytes of mappings that are open at a time. Beyond it all are closed, and read again where they are needed.
const MAX_BYTES: usize = 128 << 20;
/// Files remembered, most of which have no map.
const MAX_FILES: usize = 20_000;

/// Maps of files by their names; `None` for a file without one, or with one that cannot be read.
#[derive(Default)]
pub struct OpenMaps {
    files: HashMap<String, Option<MapFile>>,
    bytes: usize,
}

impl OpenMaps {
    /// Where a position of a file comes from; `None` where no map says it.
    pub fn original(&mut self, file: &str, line: u32, column: u32) -> Option<Position> {
        let original = self.map(file)?.original((line, column), frames::owner(file))?;
        Some(Position { file: original.file.to_string(), line: original.line, column: original.column })
    }

    /// The one source that a file was made of; `None` where it has no map, or several sources.
    pub fn only_source(&mut self, file: &str) -> Option<String> {
        self.map(file)?.only_source(frames::owner(file))
    }

    fn map(&mut self, file: &str) -> Option<&mut MapFile> {
        if !may_be_built(file) {
            return None;
        }
        if !self.files.contains_key(file) {
            if self.bytes >= MAX_BYTES || self.files.len() >= MAX_FILES {
                *self = Self::default();
            }
            let map = MapFile::of(Path::new(file)).ok().flatten();
            self.bytes += map.as_ref().map_or(0, MapFile::mapping_bytes);
            self.files.insert(file.to_owned(), map);
        }
        self.files.get_mut(file)?.as_mut()
    }
}
