//! Which commit runs: as the environment says, or the working copy; and which package.

use std::fs;
use std::path::{Path, PathBuf};

use crate::flight::Identity;

/// Directories looked at upwards.
const MAX_DEPTH: usize = 16;
/// Longest file read.
const MAX_BYTES: u64 = 1 << 20;

/// Fills in what only files say.
pub fn complete(identity: &mut Identity) {
    let script = Path::new(&identity.script).parent().filter(|folder| folder.is_absolute());
    let from = script.unwrap_or(Path::new(&identity.cwd)).to_path_buf();
    if identity.commit.is_none() {
        identity.commit = commit(&from);
    }
    if let Some((name, version)) = package(&from) {
        identity.package = identity.package.take().or(name);
        identity.version = identity.version.take().or(version);
    }
}

/// What `HEAD` of the nearest working copy names.
fn commit(from: &Path) -> Option<String> {
    let found = from.ancestors().take(MAX_DEPTH).map(|folder| folder.join(".git"));
    let git = found.into_iter().find(|git| git.exists())?;
    // In another working tree, or a submodule, it is a file that names the place.
    let git = match read(&git).and_then(|text| text.strip_prefix("gitdir: ").map(|to| to.trim().to_owned())) {
        Some(to) => git.parent()?.join(to),
        None => git,
    };
    let head = read(&git.join("HEAD"))?;
    let head = head.trim();
    let Some(name) = head.strip_prefix("ref: ") else { return hash(head) };
    // A further working tree has its own HEAD and the common references.
    let common = read(&git.join("commondir")).map(|to| git.join(to.trim()));
    let places: Vec<PathBuf> = std::iter::once(git).chain(common).collect();
    let loose = places.iter().find_map(|place| hash(read(&place.join(name))?.trim()));
    loose.or_else(|| places.iter().find_map(|place| packed(&read(&place.join("packed-refs"))?, name)))
}

fn packed(references: &str, name: &str) -> Option<String> {
    let line = references.lines().find(|line| line.split_once(' ').is_some_and(|(_, of)| of == name))?;
    hash(line.split(' ').next()?)
}

fn hash(text: &str) -> Option<String> {
    let is_one = matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_one.then(|| text.to_owned())
}

/// Name and version of the nearest package.
fn package(from: &Path) -> Option<(Option<String>, Option<String>)> {
    let text = from.ancestors().take(MAX_DEPTH).find_map(|folder| read(&folder.join("package.json")))?;
    let json: serde_json::Value = serde_json::from_str(&text).ok()?;
    let text = |name: &str| json.get(name).and_then(|value| value.as_str()).map(str::to_owned);
    Some((text("name"), text("version")))
}

fn read(path: &Path) -> Option<String> {
    let found = fs::metadata(path).ok()?;
    (found.is_file() && found.len() <= MAX_BYTES).then(|| fs::read_to_string(path).ok()).flatten()
}

#[cfg(all(test, not(loom), not(miri)))]
mod tests {
    use super::*;

    const HASH: &str = "0123456789abcdef0123456789abcdef01234567";

    fn folder(name: &str, files: &[(&str, &str)]) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("leakline-commit-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        for (file, text) in files {
            let path = folder.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        folder
    }

    #[test]
    fn the_commit_is_read_however_git_keeps_it() {
        let branch = ("a/.git/HEAD", "ref: refs/heads/main\n");
        let cases: [(&str, &[(&str, &str)]); 4] = [
            ("loose", &[branch, ("a/.git/refs/heads/main", HASH)]),
            (
                "packed",
                &[
                    branch,
                    (
                        "a/.git/packed-refs",
                        "# pack-refs\n0123456789abcdef0123456789abcdef01234567 refs/heads/main\n",
                    ),
                ],
            ),
            ("detached", &[("a/.git/HEAD", HASH)]),
            (
                "worktree",
                &[
                    ("a/.git", "gitdir: ../m/.git/worktrees/a\n"),
                    ("m/.git/worktrees/a/HEAD", "ref: refs/heads/x"),
                    ("m/.git/worktrees/a/commondir", "../..\n"),
                    ("m/.git/refs/heads/x", HASH),
                ],
            ),
        ];
        for (name, files) in cases {
            let root = folder(name, files);
            fs::create_dir_all(root.join("a/src")).unwrap();
            assert_eq!(commit(&root.join("a/src")).as_deref(), Some(HASH), "{name}");
            fs::remove_dir_all(root).unwrap();
        }
    }

    #[test]
    fn what_the_environment_says_comes_first() {
        let root =
            folder("env", &[(".git/HEAD", HASH), ("package.json", r#"{"name":"shop","version":"1.2.3"}"#)]);
        let script = root.join("main.js").to_string_lossy().into_owned();
        let mut identity = Identity { script, commit: Some("given".into()), ..Identity::default() };
        complete(&mut identity);
        assert_eq!(identity.commit.as_deref(), Some("given"));
        assert_eq!((identity.package.as_deref(), identity.version.as_deref()), (Some("shop"), Some("1.2.3")));
        fs::remove_dir_all(root).unwrap();
    }
}
