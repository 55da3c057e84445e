//! What the tests of reports share: programs to leak, and golden files.

use std::path::{Path, PathBuf};

use super::options::TextOptions;
use crate::values::frames::Frame;
use crate::values::stack::Stack;

/// A folder with the source files that frames below point into; gone when dropped. Each has a
/// folder of its own, so that tests do not meet.
pub(super) struct App {
    pub(super) root: PathBuf,
}

impl App {
    pub(super) fn new() -> App {
        static NEXT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let n = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let root = std::env::temp_dir().join(format!("leakline-report-{}-{n}", std::process::id()));
        let app = App { root };
        let proxy = [
            "  const onData = (chunk) => forward(chunk);",
            "  // one per request",
            "  socket.on('data', onData);",
            "}",
        ];
        app.write("src/proxy.ts", 86, &proxy.join("\n"));
        app.write(
            "src/poll.ts",
            16,
            "\tif (!enabled) return;\n\tthis.timer = setInterval(() => this.poll(), 30_000);\n}\n",
        );
        app.write("src/task.ts", 3, "  setTimeout(() => reject(new Error('late')), 60000);\n");
        app.write("src/loop.ts", 7, "const again = setImmediate(step);\n");
        app.write("src/processor.ts", 11, "  constructor() {\n    this.callbacks = new Map();\n  }\n");
        app.write("src/seen.ts", 2, "export const seen = new Set<string>();\n");
        app.write(
            "src/pool.ts",
            20,
            "const client = track(await acquire(), { kind: 'checkout', label: 'order' });\n",
        );
        app.write("src/bus.ts", 5, "bus.on(`done:${id}`, (result) => {\n  finish(result);\n});\n");
        app.write("src/wait.ts", 9, "emitter.once('ready', resolve);\n");
        app.write("src/signal.ts", 4, "signal.addEventListener('abort', () => stop());\n");
        app.write("src/feed.ts", 6, "feed.addEventListener('price', onPrice);\n");
        app
    }

    /// Writes `text` so that it starts at `line`.
    pub(super) fn write(&self, file: &str, line: usize, text: &str) {
        let path = self.root.join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "\n".repeat(line - 1) + text).unwrap();
    }

    pub(super) fn frame(&self, place: &str, function: &str) -> Frame {
        frame(&format!("{}/{place}", self.root.display()), function)
    }

    /// Frames given as `function place`, below this folder unless they are Node's.
    pub(super) fn stack(&self, frames: &[(&str, &str)]) -> Stack {
        let one = |(place, function): &(&str, &str)| match place.starts_with("node:") {
            true => frame(place, function),
            false => self.frame(place, function),
        };
        frames.iter().map(one).collect::<Vec<Frame>>().into()
    }

    pub(super) fn options(&self) -> TextOptions {
        TextOptions { cwd: Some(self.root.display().to_string()), ..TextOptions::default() }
    }
}

impl Drop for App {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.root);
    }
}

/// The frame at `file:line:column`.
pub(super) fn frame(place: &str, function: &str) -> Frame {
    let mut parts = place.rsplitn(3, ':');
    let column = parts.next().unwrap().parse().unwrap();
    let line = parts.next().unwrap().parse().unwrap();
    let file = parts.next().unwrap().to_owned();
    Frame { function: (!function.is_empty()).then(|| function.to_owned()), file, line, column }
}

/// Compares `text` with `<folder>/<name>.txt`. Escapes are written as `␛`, to be seen.
#[track_caller]
pub(super) fn golden(folder: &str, name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder).join(format!("{name}.txt"));
    let text = text.replace('\u{1b}', "␛");
    if std::env::var("LEAKLINE_GOLDEN").is_ok_and(|value| value == "write") {
        std::fs::write(&path, &text).unwrap();
        return;
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
    assert!(
        text == expected,
        "not as in {}; if it should be, run with LEAKLINE_GOLDEN=write\n--- is\n{text}\n--- was\n{expected}",
        path.display()
    );
}
