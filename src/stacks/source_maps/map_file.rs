//! The map that a built file names, while it is needed: found, read, parsed, asked.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::map::{Map, Origin};
use super::{comment, places};
use crate::values::frames::{self, Owner};
use crate::values::urls;

/// Files that a build may have written. TypeScript's own are among them: what transforms in memory puts maps there.
const BUILT: [&str; 8] = ["js", "cjs", "mjs", "jsx", "ts", "cts", "mts", "tsx"];

/// Where a position comes from.
pub(super) struct Original {
    pub(super) file: Rc<str>,
    pub(super) line: u32,
    pub(super) column: u32,
    /// The name of what is called there, before a minifier changed it.
    pub(super) name: Option<Box<str>>,
}

/// A map while it is needed.
pub(super) struct MapFile {
    map: Map,
    /// What its sources are relative to.
    folder: PathBuf,
    /// The sources that were asked for, by root and name, with their paths.
    found: HashMap<(String, String), Option<Rc<str>>>,
}

/// A file names a map that cannot be read.
pub(super) struct Unreadable {
    /// Its name.
    pub(super) map: String,
    /// The system's words, or ours.
    pub(super) why: String,
}

impl MapFile {
    /// The map that `built` names, if it names one.
    pub(super) fn of(built: &Path) -> Result<Option<Self>, Unreadable> {
        let Some((name, folder, json)) = Self::named_by(built) else { return Ok(None) };
        match json.and_then(|json| Map::parse(&json)) {
            Ok(map) => Ok(Some(Self { map, folder, found: HashMap::new() })),
            Err(why) => Err(Unreadable { map: name.to_string_lossy().into_owned(), why }),
        }
    }

    /// The text of the map that `built` names, and the folder that its sources are relative to.
    pub(super) fn json_of(built: &Path) -> Option<(PathBuf, Vec<u8>)> {
        let (_, folder, json) = Self::named_by(built)?;
        Some((folder, json.ok()?))
    }

    /// What `built` names as its map: its name, what its sources are relative to, and its text or why it has none.
    fn named_by(built: &Path) -> Option<(PathBuf, PathBuf, Result<Vec<u8>, String>)> {
        let url = comment::find(built)?;
        let beside = built.parent().unwrap_or(built);
        Some(match url.strip_prefix("data:") {
            Some(data) => (built.to_path_buf(), beside.to_path_buf(), data_bytes(data)),
            None => match places::map_file(&url, beside) {
                Some(map) => {
                    let folder = map.parent().unwrap_or(beside).to_path_buf();
                    let json = read(&map);
                    (map, folder, json)
                }
                None => (PathBuf::from(&url), PathBuf::new(), Err("only files are read".to_owned())),
            },
        })
    }

    /// Bytes of its mappings.
    pub(super) fn mapping_bytes(&self) -> usize {
        self.map.mapping_bytes()
    }

    /// Bytes of all paths that it has given so far.
    pub(super) fn path_bytes(&self) -> usize {
        self.found.values().flatten().map(|path| path.len()).sum()
    }

    /// Where a position of a file of `owner` comes from.
    ///
    /// The code of a package stays the package's: maps are published that name sources as they lay on the author's
    /// disk, which here may be the application's folder.
    pub(super) fn original(&mut self, (line, column): (u32, u32), owner: Owner<'_>) -> Option<Original> {
        let Origin { source, source_root, line, column, name } = self.map.origin(line, column)?;
        let name = name.map(Box::from);
        let key = (source_root.to_owned(), source.to_owned());
        let folder = &self.folder;
        let found = self.found.entry(key).or_insert_with(|| {
            let path = places::source_file(source, source_root, folder)?;
            let path =
                path.to_str().filter(|path| owner == Owner::Application || frames::owner(path) == owner)?;
            Some(Rc::from(path))
        });
        Some(Original { file: found.clone()?, line, column, name })
    }

    /// The one source that a file of `owner` was made of; `None` where there are several.
    pub(super) fn only_source(&mut self, owner: Owner<'_>) -> Option<String> {
        let (source, source_root) = self.map.only_source()?;
        let path = places::source_file(source, source_root, &self.folder)?;
        let path =
            path.to_str().filter(|path| owner == Owner::Application || frames::owner(path) == owner)?;
        Some(path.to_owned())
    }
}

/// Whether a file of this name may have been built and name a map.
pub(super) fn may_be_built(file: &str) -> bool {
    // From the end, and no further than an extension is long: a snapshot asks for each frame.
    let Some(length) = file.bytes().rev().take(4).position(|byte| byte == b'.') else { return false };
    BUILT.contains(&&file[file.len() - length..]) && Path::new(file).is_absolute()
}

fn read(file: &Path) -> Result<Vec<u8>, String> {
    std::fs::metadata(file).map_err(|error| error.to_string())?;
    let Some(bytes) = comment::plain_file_bytes(file) else {
        return Err(format!("no file, or larger than {} MiB", comment::MAX_FILE_BYTES >> 20));
    };
    let mut json = Vec::with_capacity(bytes as usize);
    let read = File::open(file).and_then(|file| file.take(comment::MAX_FILE_BYTES).read_to_end(&mut json));
    read.map(|_| json).map_err(|error| error.to_string())
}

/// What a `data:` URL holds, without its scheme.
fn data_bytes(data: &str) -> Result<Vec<u8>, String> {
    let (about, content) = data.split_once(',').ok_or("a data: URL without data")?;
    if !about.to_ascii_lowercase().ends_with(";base64") {
        return Ok(urls::decoded(content));
    }
    // Base64 needs no escapes, and a copy of a large map would be for nothing.
    let unescaped = content.contains('%').then(|| urls::decoded(content));
    let base64 = unescaped.as_deref().unwrap_or(content.as_bytes());
    base64_simd::forgiving_decode_to_vec(base64).map_err(|error| error.to_string())
}
