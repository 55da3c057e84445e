//! Where on the disk a map and its sources are.

use std::path::{Component, Path, PathBuf};

use crate::values::urls;

/// Folders looked through for the one that a bundler ran in.
const MAX_FOLDERS: usize = 32;

/// The file that `url`, as a comment says it, names for a comment in `folder`. None for what is on no disk.
pub(super) fn map_file(url: &str, folder: &Path) -> Option<PathBuf> {
    match scheme(url) {
        None => Some(below(url, folder)),
        Some("file") => Some(normal(Path::new(urls::local(url).as_ref()))),
        Some(_) => None,
    }
}

/// The file that `source` names in a map in `folder` with the given `sourceRoot`. None when no file is meant: code
/// that a bundler made up, an entry without a name, a URL.
pub(super) fn source_file(source: &str, source_root: &str, folder: &Path) -> Option<PathBuf> {
    let is_whole = scheme(source).is_some() || Path::new(source).is_absolute();
    let named = match source_root {
        "" => source.to_owned(),
        _ if is_whole => source.to_owned(),
        root => format!("{}/{source}", root.strip_suffix('/').unwrap_or(root)),
    };
    // `<stdin>`, and modules that plugins mark so that nobody takes them for files.
    if source.is_empty() || source.starts_with('<') || named.contains('\0') {
        return None;
    }
    match scheme(&named) {
        None => Some(below(&named, folder)),
        Some("file") => Some(normal(Path::new(urls::local(&named).as_ref()))),
        Some("webpack") => of_webpack(&named, folder),
        Some(_) => None,
    }
}

/// `webpack://name/./src/a.ts?query` is below the folder that webpack ran in: the nearest one around the map that has a
/// package.json. Webpack's own modules look the same, so the file has to be there.
fn of_webpack(url: &str, folder: &Path) -> Option<PathBuf> {
    let (_name, path) = url.strip_prefix("webpack://")?.split_once('/')?;
    let path = path.split_once('?').map_or(path, |(path, _query)| path);
    let context =
        folder.ancestors().take(MAX_FOLDERS).find(|folder| folder.join("package.json").is_file())?;
    let file = below(path, context);
    file.is_file().then_some(file)
}

/// `path` relative to `folder`. It is a URL by the letter of the format, but not every tool escapes.
fn below(path: &str, folder: &Path) -> PathBuf {
    let as_it_is = normal(&folder.join(path));
    if !path.contains('%') || as_it_is.exists() {
        return as_it_is;
    }
    match String::from_utf8(urls::decoded(path)) {
        Ok(decoded) if !decoded.contains('\0') => normal(&folder.join(decoded)),
        _ => as_it_is,
    }
}

/// The scheme of a URL; a single letter is a drive's.
fn scheme(url: &str) -> Option<&str> {
    let (scheme, _) = url.split_once(':')?;
    let is_scheme = scheme.len() > 1
        && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
    is_scheme.then_some(scheme)
}

/// A path without `.` and `..`, and with the system's separators: as Node names the files of frames.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => drop(normal.pop()),
            component => normal.push(component),
        }
    }
    normal
}

#[cfg(all(test, unix, not(loom)))]
mod tests {
    use super::*;

    fn source(source: &str, root: &str) -> Option<String> {
        source_file(source, root, Path::new("/app/dist")).map(|path| path.to_str().unwrap().to_owned())
    }

    #[test]
    fn sources_are_relative_to_root_and_map() {
        let cases = [
            ("../src/a.ts", "", "/app/src/a.ts"),
            ("./a.ts", "", "/app/dist/a.ts"),
            ("a.ts", "../src", "/app/src/a.ts"),
            ("a.ts", "../src/", "/app/src/a.ts"),
            ("a.ts", "/srv/src/", "/srv/src/a.ts"),
            ("a.ts", "/", "/a.ts"),
            ("a.ts", "file:///srv/my%20src", "/srv/my src/a.ts"),
            ("/srv/a.ts", "../src", "/srv/a.ts"),
            ("file:///srv/%C3%A4.ts", "../src", "/srv/ä.ts"),
            ("../src/my%20a.ts", "", "/app/src/my a.ts"),
            ("100%.ts", "", "/app/dist/100%.ts"),
            ("../../../../a.ts", "", "/a.ts"),
        ];
        for (name, root, expected) in cases {
            assert_eq!(source(name, root).as_deref(), Some(expected), "{name} in {root}");
        }
    }

    #[test]
    fn what_is_no_file_has_no_path() {
        for (name, root) in [
            ("", ""),
            ("", "../src"),
            ("<stdin>", ""),
            ("\0virtual:x", ""),
            ("a.ts", "\0"),
            ("webpack://app/webpack/bootstrap", ""),
            ("webpack/runtime", "webpack://app/"),
            ("webpack://", ""),
            ("https://cdn.example/a.ts", ""),
            ("a.ts", "https://cdn.example/src"),
            ("node:fs", ""),
        ] {
            assert_eq!(source(name, root), None, "{name} in {root}");
        }
    }

    #[test]
    fn webpack_names_files_below_the_folder_that_it_ran_in() {
        let app = std::env::temp_dir().join(format!("leakline-webpack-{}", std::process::id()));
        std::fs::create_dir_all(app.join("src")).unwrap();
        std::fs::create_dir_all(app.join("dist/server")).unwrap();
        for file in ["package.json", "src/a.ts", "src/100%25.ts"] {
            std::fs::write(app.join(file), "").unwrap();
        }
        let found = |source: &str, root: &str| source_file(source, root, &app.join("dist/server"));
        assert_eq!(found("webpack://app/./src/a.ts?4c1b", ""), Some(app.join("src/a.ts")));
        assert_eq!(found("webpack:///./src/a.ts", ""), Some(app.join("src/a.ts")));
        assert_eq!(found("./src/a.ts", "webpack://app/"), Some(app.join("src/a.ts")));
        assert_eq!(found("webpack://app/external commonjs \"pg\"", ""), None);
        assert_eq!(
            found("../../src/100%25.ts", ""),
            Some(app.join("src/100%25.ts")),
            "a file of that very name"
        );
        std::fs::remove_dir_all(&app).unwrap();
    }

    #[test]
    fn a_map_is_beside_its_file() {
        let map = |url: &str| map_file(url, Path::new("/app/dist"));
        assert_eq!(map("a.js.map"), Some(PathBuf::from("/app/dist/a.js.map")));
        assert_eq!(map("../maps/a%20b.map"), Some(PathBuf::from("/app/maps/a b.map")));
        assert_eq!(map("file:///maps/a.map"), Some(PathBuf::from("/maps/a.map")));
        assert_eq!(map("https://cdn.example/a.map"), None);
    }
}
