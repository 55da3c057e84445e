//! The text of a source that is not on the disk, as a map carries it: `sourcesContent`.

use std::path::Path;

use serde::Deserialize;

use super::map_file::MapFile;
use super::places;

/// Longest text of a source that is given, in bytes.
const MAX_CONTENT: usize = 4 * 1024 * 1024;

/// What of a map is read here.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Json {
    /// An index map's; then it has nothing else.
    sections: Option<Vec<JsonSection>>,
    sources: Option<Vec<Option<String>>>,
    source_root: Option<String>,
    sources_content: Option<Vec<Option<String>>>,
}

#[derive(Deserialize)]
struct JsonSection {
    map: Option<Json>,
}

/// The text of the source at `path` that was built into `built`; `None` where its map has none.
pub fn content(built: &Path, path: &str) -> Option<String> {
    let (folder, json) = MapFile::json_of(built)?;
    let json: Json = serde_json::from_slice(super::map::without_guard(&json)).ok()?;
    let text = find(json, path, &folder)?;
    (text.len() <= MAX_CONTENT).then_some(text)
}

fn find(json: Json, path: &str, folder: &Path) -> Option<String> {
    if let Some(sections) = json.sections {
        return sections.into_iter().find_map(|section| find(section.map?, path, folder));
    }
    let root = json.source_root.unwrap_or_default();
    let is_it = |source: &Option<String>| {
        let file = source.as_deref().and_then(|source| places::source_file(source, &root, folder));
        file.is_some_and(|file| file.to_str() == Some(path))
    };
    let at = json.sources?.iter().position(is_it)?;
    json.sources_content?.into_iter().nth(at)?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_that_is_not_shipped_is_read_from_the_map() {
        let folder = std::env::temp_dir().join(format!("leakline-content-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("dist")).unwrap();
        let built = folder.join("dist/a.js");
        std::fs::write(&built, "x\n//# sourceMappingURL=a.js.map\n").unwrap();
        let map = r#"{"version":3,"sourceRoot":"..","sources":["src/a.ts",null,"src/b.ts"],"sourcesContent":["// a",null,null],"mappings":""}"#;
        std::fs::write(folder.join("dist/a.js.map"), map).unwrap();
        let read = |name: &str| content(&built, folder.join(name).to_str().unwrap());
        assert_eq!(read("src/a.ts").as_deref(), Some("// a"));
        assert_eq!((read("src/b.ts"), read("src/c.ts")), (None, None));
        assert_eq!(content(&folder.join("dist/none.js"), "/a.ts"), None);
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
