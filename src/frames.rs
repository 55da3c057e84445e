//! What a frame is: the application's, a package's, Node's own.

use crate::snapshot::Frame;

/// Whose code a frame runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner<'a> {
    /// The program being watched.
    Application,
    /// A dependency, by its package name.
    Package(&'a str),
    /// Node itself, V8, or code without a file.
    Runtime,
}

/// Tells whose code `file` is.
pub fn owner(file: &str) -> Owner<'_> {
    if file.is_empty() || file.starts_with("node:") || file.starts_with('<') || file == "native" {
        return Owner::Runtime;
    }
    match package_name(file) {
        Some(name) => Owner::Package(name),
        None => Owner::Application,
    }
}

/// The innermost `node_modules/<name>` or `node_modules/@scope/<name>` of a path.
fn package_name(file: &str) -> Option<&str> {
    const FOLDER: &str = "node_modules";
    let at = file.rfind(FOLDER)?;
    let is_separator = |b: u8| b == b'/' || b == b'\\';
    let bytes = file.as_bytes();
    let start = at + FOLDER.len() + 1;
    if (at > 0 && !is_separator(bytes[at - 1])) || start > file.len() || !is_separator(bytes[start - 1]) {
        return None;
    }
    let rest = &file[start..];
    let mut parts_wanted = if rest.starts_with('@') { 2 } else { 1 };
    let end = rest
        .bytes()
        .position(|b| {
            if is_separator(b) {
                parts_wanted -= 1;
            }
            parts_wanted == 0
        })
        .unwrap_or(rest.len());
    (end > 0).then(|| &rest[..end])
}

/// The frame a person wants to see: the first in the application, else the first in a package.
pub fn origin(stack: &[Frame]) -> Option<&Frame> {
    let first = |wanted: fn(Owner<'_>) -> bool| stack.iter().find(|frame| wanted(owner(&frame.file)));
    first(|o| o == Owner::Application).or_else(|| first(|o| matches!(o, Owner::Package(_))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn owner_is_told_by_the_path() {
        let cases = [
            ("/srv/app/src/server.js", Owner::Application),
            ("/srv/app/node_modules/pg/lib/client.js", Owner::Package("pg")),
            ("/srv/app/node_modules/@redis/client/dist/index.js", Owner::Package("@redis/client")),
            ("/a/node_modules/x/node_modules/y/i.js", Owner::Package("y")),
            ("C:\\app\\node_modules\\ws\\lib\\ws.js", Owner::Package("ws")),
            ("/srv/my_node_modules/x.js", Owner::Application),
            ("/srv/node_modules_old/x.js", Owner::Application),
            ("node:events", Owner::Runtime),
            ("<anonymous>", Owner::Runtime),
            ("", Owner::Runtime),
        ];
        for (file, expected) in cases {
            assert_eq!(owner(file), expected, "{file}");
        }
    }
}
