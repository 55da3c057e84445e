//! One parsed map: from a position in the built file to one in a source.

use oxc_sourcemap::{JSONSourceMap, SourceMap, Token};
use serde::Deserialize;

/// Longest mappings that are decoded, in bytes over all sections. Each of their some five bytes becomes 24 while the
/// map is held.
const MAX_MAPPINGS_BYTES: usize = 16 * 1024 * 1024;

/// A map, or the sections of an index map, by where they begin.
pub(super) struct Map {
    sections: Vec<Section>,
}

struct Section {
    /// Where it begins in the built file; both 0-based.
    start: (u32, u32),
    /// By position in the built file, relative to `start`.
    tokens: Box<[Token]>,
    sources: Vec<Option<String>>,
    names: Vec<serde_json::Value>,
    source_root: String,
}

/// Where a position comes from, as the map says it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Origin<'a> {
    pub(super) source: &'a str,
    /// What `source` is relative to, relative to the map; empty when the map names none.
    pub(super) source_root: &'a str,
    /// 1-based.
    pub(super) line: u32,
    /// 1-based.
    pub(super) column: u32,
    /// What the source calls what is at this very position: tools put the name of what is called there, not of the
    /// function around it.
    pub(super) name: Option<&'a str>,
}

// `sourcesContent`, most of a map's bytes, is not among the fields: it is skipped as it is read.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Json {
    /// An index map's; then it has nothing else. Sections have none.
    sections: Option<Vec<JsonSection>>,
    mappings: Option<String>,
    sources: Option<Vec<Option<String>>>,
    source_root: Option<String>,
    /// Texts, unless a tool has made a mistake.
    names: Option<Vec<serde_json::Value>>,
}

#[derive(Deserialize)]
struct JsonSection {
    offset: Offset,
    /// Missing where the section has a URL of its own, which no tool writes any more.
    map: Option<Json>,
}

#[derive(Deserialize)]
struct Offset {
    line: u32,
    column: u32,
}

impl Map {
    /// Parses a map's JSON. The error says why not, in one phrase.
    pub(super) fn parse(json: &[u8]) -> Result<Self, String> {
        let mut json: Json =
            serde_json::from_slice(without_guard(json)).map_err(|error| error.to_string())?;
        let maps: Vec<((u32, u32), Json)> = match json.sections.take() {
            Some(sections) => sections
                .into_iter()
                .filter_map(|JsonSection { offset, map }| Some(((offset.line, offset.column), map?)))
                .collect(),
            None => vec![((0, 0), json)],
        };
        let mappings_bytes: usize =
            maps.iter().map(|(_, map)| map.mappings.as_ref().map_or(0, String::len)).sum();
        if mappings_bytes > MAX_MAPPINGS_BYTES {
            return Err("its mappings are too long".to_owned());
        }
        let sections: Result<Vec<Section>, String> =
            maps.into_iter().map(|(start, map)| Section::parse(start, map)).collect();
        let mut sections = sections?;
        sections.sort_by_key(|section| section.start);
        Ok(Self { sections })
    }

    /// Bytes of all mappings.
    pub(super) fn mapping_bytes(&self) -> usize {
        self.sections.iter().map(|section| size_of_val(&section.tokens[..])).sum()
    }

    /// The only source and what it is relative to; `None` where there are several, or none.
    pub(super) fn only_source(&self) -> Option<(&str, &str)> {
        let mut sources = self.sections.iter().flat_map(|section| {
            section.sources.iter().flatten().map(|source| (source.as_str(), section.source_root.as_str()))
        });
        sources.next().filter(|_| sources.next().is_none())
    }

    /// Where `line` and `column`, both 1-based, come from.
    pub(super) fn origin(&self, line: u32, column: u32) -> Option<Origin<'_>> {
        let (line, column) = (line.checked_sub(1)?, column.checked_sub(1)?);
        let after = self.sections.partition_point(|section| section.start <= (line, column));
        let section = self.sections.get(after.checked_sub(1)?)?;
        let (first_line, first_column) = section.start;
        let line = line - first_line;
        section.origin(line, if line == 0 { column - first_column } else { column })
    }
}

impl Section {
    fn parse(start: (u32, u32), json: Json) -> Result<Self, String> {
        let sources = json.sources.unwrap_or_default();
        let names = json.names.unwrap_or_default();
        let decoded = SourceMap::from_json(JSONSourceMap {
            version: 3,
            file: None,
            mappings: json.mappings.ok_or("it has no mappings")?,
            source_root: None,
            // It asks only how many there are, and refuses null.
            sources: vec![String::new(); sources.len()],
            sources_content: None,
            names: vec![String::new(); names.len()],
            debug_id: None,
            x_google_ignore_list: None,
        });
        let mut tokens = decoded.map_err(|error| error.to_string())?.into_parts().tokens;
        let place = |token: &Token| (token.get_dst_line(), token.get_dst_col());
        // Tools write them in order, but need not.
        if !tokens.is_sorted_by_key(place) {
            tokens.sort_by_key(place);
        }
        Ok(Self { start, tokens, sources, names, source_root: json.source_root.unwrap_or_default() })
    }

    /// The last token up to the position, if it is on the same line.
    fn origin(&self, line: u32, column: u32) -> Option<Origin<'_>> {
        let after = self
            .tokens
            .partition_point(|token| (token.get_dst_line(), token.get_dst_col()) <= (line, column));
        let token = self.tokens.get(after.checked_sub(1)?)?;
        if token.get_dst_line() != line {
            return None;
        }
        let source = self.sources.get(token.get_source_id()? as usize)?.as_deref()?;
        Some(Origin {
            source,
            source_root: &self.source_root,
            line: token.get_src_line().saturating_add(1),
            column: token.get_src_col().saturating_add(1),
            name: (token.get_dst_col() == column)
                .then(|| self.names.get(token.get_name_id()? as usize)?.as_str())
                .flatten(),
        })
    }
}

/// A map's JSON without the first line `)]}'`, by which servers keep it from being run as a script.
pub(super) fn without_guard(json: &[u8]) -> &[u8] {
    let json = json.strip_prefix(b"\xef\xbb\xbf").unwrap_or(json);
    match json.starts_with(b")]}") {
        true => json.iter().position(|byte| *byte == b'\n').map_or(json, |end| &json[end..]),
        false => json,
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use oxc_sourcemap::SourceMapBuilder;
    use proptest::prelude::*;

    use super::*;

    /// Line 0: column 4 of the build is 2:6 in a.ts, column 9 has the name `fetch`; line 2: column 0 is 1:1 in b.ts.
    fn json() -> String {
        let mut builder = SourceMapBuilder::default();
        let a = builder.add_source_and_content("../src/a.ts", "// a");
        let b = builder.add_source_and_content("../src/b.ts", "// b");
        let fetch = builder.add_name("fetch");
        builder.add_token(0, 4, 1, 5, Some(a), None);
        builder.add_token(0, 9, 2, 0, Some(a), Some(fetch));
        builder.add_token(0, 20, 0, 0, None, None);
        builder.add_token(2, 0, 0, 0, Some(b), None);
        builder.into_sourcemap().to_json_string()
    }

    fn at(map: &Map, line: u32, column: u32) -> Option<(&str, u32, u32)> {
        map.origin(line, column).map(|origin| (origin.source, origin.line, origin.column))
    }

    #[test]
    fn a_position_has_the_token_before_it_on_its_line() {
        let map = Map::parse(json().as_bytes()).unwrap();
        assert_eq!(at(&map, 1, 5), Some(("../src/a.ts", 2, 6)));
        assert_eq!(at(&map, 1, 9), Some(("../src/a.ts", 2, 6)));
        assert_eq!(at(&map, 1, 10), Some(("../src/a.ts", 3, 1)));
        assert_eq!(at(&map, 3, 80), Some(("../src/b.ts", 1, 1)));
    }

    #[test]
    fn a_position_that_comes_from_nowhere_is_said_to() {
        let map = Map::parse(json().as_bytes()).unwrap();
        for (line, column) in
            [(1, 4), (1, 21), (2, 1), (4, 1), (0, 1), (1, 0), (u32::MAX, u32::MAX), (u32::MAX, 0)]
        {
            assert_eq!(map.origin(line, column), None, "{line}:{column}");
        }
    }

    #[test]
    fn sections_count_from_where_they_begin() {
        let one = json();
        let sections = format!(
            r#"{{"version":3,"sections":[{{"offset":{{"line":10,"column":7}},"map":{one}}},
                {{"offset":{{"line":0,"column":0}},"map":{one}}},{{"offset":{{"line":90,"column":0}},"url":"x"}}]}}"#
        );
        let map = Map::parse(sections.as_bytes()).unwrap();
        assert_eq!(at(&map, 1, 5), Some(("../src/a.ts", 2, 6)));
        assert_eq!(at(&map, 11, 12), Some(("../src/a.ts", 2, 6)));
        assert_eq!(at(&map, 13, 1), Some(("../src/b.ts", 1, 1)));
        assert_eq!(at(&map, 11, 7), None);
    }

    #[test]
    fn what_tools_write_beside_the_letter_of_the_format_is_read() {
        let guarded = format!(")]}}'\n{}", json());
        assert!(Map::parse(guarded.as_bytes()).is_ok());
        assert!(Map::parse(format!("\u{feff}{}", json()).as_bytes()).is_ok());
        let odd = r#"{"version":"3","sources":[null,"a.ts"],"names":[1,"n"],"mappings":"AAAAA,CCAAC","sourceRoot":null}"#;
        let map = Map::parse(odd.as_bytes()).unwrap();
        assert_eq!(map.origin(1, 1), None, "a source without a name");
        assert_eq!(map.origin(1, 2).unwrap().source, "a.ts");
        // Out of order within a line.
        let map = Map::parse(br#"{"sources":["a.ts"],"mappings":"IAAA,FACA"}"#).unwrap();
        assert_eq!((at(&map, 1, 3), at(&map, 1, 5)), (Some(("a.ts", 2, 1)), Some(("a.ts", 1, 1))));
    }

    #[test]
    fn a_broken_map_says_why() {
        for json in ["", "{", "[]", "3", "{}", r#"{"sources":[]}"#, r#"{"sources":[],"mappings":"AAAA"}"#] {
            let Err(why) = Map::parse(json.as_bytes()) else { panic!("{json} is no map") };
            assert!(!why.is_empty(), "{json}");
        }
    }

    proptest! {
        #[test]
        fn nothing_that_is_read_is_trusted(
            bytes in prop::collection::vec(any::<u8>(), 0..200),
            mappings in "[A-Za-z0-9+/,;!é]{0,60}",
            (line, column) in (any::<u32>(), any::<u32>()),
            cut in 0..400_usize,
            start in (any::<u32>(), any::<u32>()),
        ) {
            let hostile = format!(r#"{{"sources":["a","b"],"names":["n"],"mappings":"{mappings}"}}"#);
            let index = format!(
                r#"{{"sections":[{{"offset":{{"line":{},"column":{}}},"map":{hostile}}}]}}"#, start.0, start.1
            );
            let whole = json();
            let truncated = &whole.as_bytes()[..cut.min(whole.len())];
            for bytes in [&bytes[..], truncated, hostile.as_bytes(), index.as_bytes()] {
                if let Ok(map) = Map::parse(bytes) {
                    for (line, column) in [(line, column), (1, column % 64), (line % 8, 1), start] {
                        map.origin(line, column);
                    }
                }
            }
        }
    }
}
