use oxc_sourcemap::SourceMapBuilder;
use proptest::prelude::*;

use std::path::PathBuf;

use super::*;
use crate::values::snapshot::Growth;

/// A folder with an application, gone with the test.
struct App(PathBuf);

impl App {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("leakline-maps-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        // Where the system's folder for temporary files is a link, paths are compared as they are written.
        Self(folder)
    }

    /// Writes a file. Returns its path.
    fn write(&self, name: &str, text: impl AsRef<[u8]>) -> String {
        let file = self.0.join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, text).unwrap();
        self.path(name)
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }

    fn maps(&self) -> SourceMaps {
        SourceMaps::new(self.path("").trim_end_matches('/').to_owned())
    }
}

impl Drop for App {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A map of the position 1:1, and of 2:5 where the name is `attach`, to 10:3 and 20:7 of `source`.
fn json(source: &str) -> String {
    let mut builder = SourceMapBuilder::default();
    let source = builder.add_source_and_content(source, "");
    let name = builder.add_name("attach");
    builder.add_token(0, 0, 9, 2, Some(source), None);
    builder.add_token(1, 4, 19, 6, Some(source), Some(name));
    builder.into_sourcemap().to_json_string()
}

fn frame(file: &str, line: u32, column: u32) -> Frame {
    Frame { function: None, file: file.to_owned(), line, column }
}

fn followed(maps: &mut SourceMaps, frame: &Frame) -> Frame {
    let mut stack = Stack::from(vec![frame.clone()]);
    let shared = stack.clone();
    let is_changed = maps.follow(std::iter::once(&mut stack));
    assert_eq!(is_changed, stack[0] != *frame);
    assert_eq!(shared[0], *frame, "what others have stays theirs");
    assert_eq!(is_changed, !std::ptr::eq(&*shared, &*stack), "without a map it stays shared");
    stack[0].clone()
}

fn notes(maps: &SourceMaps) -> Vec<String> {
    maps.notes().collect()
}

#[test]
fn a_frame_is_where_the_code_was_written() {
    let app = App::new("external");
    let built = app.write("dist/a.js", "x();\n//# sourceMappingURL=a.js.map\n");
    app.write("dist/a.js.map", json("../src/a.ts"));
    let mut maps = app.maps();
    let named = Frame { function: Some("run".into()), ..frame(&built, 2, 9) };
    let original = app.path("src/a.ts");
    assert_eq!(followed(&mut maps, &frame(&built, 1, 4)), frame(&original, 10, 3));
    assert_eq!(
        followed(&mut maps, &named),
        Frame { function: Some("run".into()), ..frame(&original, 20, 7) }
    );
    assert_eq!(
        followed(&mut maps, &frame(&built, 2, 5)),
        frame(&original, 20, 7),
        "the name at a position is that of what is called there"
    );
    assert_eq!(followed(&mut maps, &frame(&built, 7, 1)), frame(&built, 7, 1), "no such line in the map");
    assert_eq!(notes(&maps), [""; 0]);
}

#[test]
fn what_is_called_at_a_position_gets_its_name_back() {
    let app = App::new("names");
    let built = app.write("dist/a.js", "x();\n//# sourceMappingURL=a.js.map\n");
    app.write("dist/a.js.map", json("../src/a.ts"));
    let of = |function: &str| {
        let inner = Frame { function: Some(function.to_owned()), ..frame(&built, 1, 1) };
        let mut stack = Stack::from(vec![inner, frame(&built, 2, 5)]);
        app.maps().follow(std::iter::once(&mut stack));
        stack[0].function.clone().unwrap()
    };
    assert_eq!((of("t"), of("new t")), ("attach".to_owned(), "new attach".to_owned()));
    assert_eq!(of("listen"), "listen", "the author's");
}

#[test]
fn where_a_leak_is_in_what_is_shipped_stays_known() {
    let app = App::new("shipped");
    let built = app.write("dist/a.js", "x();\n//# sourceMappingURL=a.js.map\n");
    app.write("dist/a.js.map", json("../src/a.ts"));
    let plain = app.write("b.js", "x();\n");
    let leak = |file: &str| Leak {
        stack: vec![frame("node:events", 1, 1), frame(file, 1, 4)].into(),
        ..Leak::default()
    };
    let mut leaks = [leak(&built), leak(&plain)];
    app.maps().follow_leaks(&mut leaks);
    assert_eq!(leaks[0].origin.as_ref().unwrap().file, app.path("src/a.ts"));
    assert_eq!(leaks[0].shipped_at, Some(Position { file: built, line: 1, column: 4 }));
    assert_eq!(leaks[1].shipped_at, None);
}

#[test]
fn a_map_may_be_in_the_file_itself() {
    let app = App::new("inline");
    let base64 = base64_simd::STANDARD.encode_to_string(json("../src/a.ts"));
    let escaped: String = json("../src/a.ts").bytes().map(|byte| format!("%{byte:02x}")).collect();
    for (name, url) in [
        ("a.js", format!("data:application/json;charset=utf-8;base64,{base64}")),
        ("b.mjs", format!("data:application/json;BASE64,{}", base64.trim_end_matches('='))),
        ("c.ts", format!("data:application/json,{escaped}")),
    ] {
        let built = app.write(&format!("dist/{name}"), format!("x();\n//# sourceMappingURL={url}\n"));
        assert_eq!(
            followed(&mut app.maps(), &frame(&built, 1, 1)),
            frame(&app.path("src/a.ts"), 10, 3),
            "{name}"
        );
    }
}

#[test]
fn a_broken_or_missing_map_costs_the_mapping_and_is_said_once() {
    let app = App::new("broken");
    let mut maps = app.maps();
    for _ in 0..2 {
        for (name, url) in [
            ("missing.js", "missing.js.map"),
            ("broken.js", "broken.js.map"),
            ("inline.js", "data:application/json;base64,***"),
            ("dataless.js", "data:application/json"),
            ("folder.js", "."),
            ("remote.js", "https://maps.example/remote.js.map"),
        ] {
            app.write("dist/broken.js.map", "{\"version\":3,");
            let built = app.write(&format!("dist/{name}"), format!("x();\n//# sourceMappingURL={url}\n"));
            assert_eq!(followed(&mut maps, &frame(&built, 1, 1)), frame(&built, 1, 1));
        }
    }
    let notes = notes(&maps);
    assert_eq!(notes.len(), 6, "{notes:?}");
    assert!(
        notes[0].starts_with("a source map could not be read: dist/missing.js.map (No such file"),
        "{notes:?}"
    );
    assert!(notes[1].starts_with("a source map could not be read: dist/broken.js.map (EOF"), "{notes:?}");
    assert!(notes[2].starts_with("a source map could not be read: dist/inline.js ("), "{notes:?}");
}

#[test]
fn notes_are_bounded_and_packages_have_none() {
    let app = App::new("notes");
    let mut maps = app.maps();
    let comment = "//# sourceMappingURL=missing.map\n";
    for n in 0..20 {
        let package = app.write(&format!("node_modules/p/{n}.js"), comment);
        followed(&mut maps, &frame(&package, 1, 1));
    }
    assert_eq!(notes(&maps), [""; 0]);
    for n in 0..20 {
        let built =
            app.write(&format!("{n}.js"), format!("//# sourceMappingURL={n}{}\n", "x".repeat(n * 100)));
        followed(&mut maps, &frame(&built, 1, 1));
    }
    let notes = notes(&maps);
    assert_eq!(notes.len(), MAX_NOTES + 1);
    assert_eq!(notes[MAX_NOTES], "further source maps could not be read");
    assert!(notes.iter().all(|note| note.len() < MAX_NAME + 100), "{notes:?}");
}

#[test]
fn what_names_no_map_is_read_once() {
    let app = App::new("once");
    let built = app.write("a.js", "x();\n");
    let mut maps = app.maps();
    assert_eq!(followed(&mut maps, &frame(&built, 1, 1)), frame(&built, 1, 1));
    app.write("a.js", "x();\n//# sourceMappingURL=a.js.map\n");
    app.write("a.js.map", json("a.ts"));
    assert_eq!(followed(&mut maps, &frame(&built, 1, 1)), frame(&built, 1, 1));
    assert_ne!(followed(&mut app.maps(), &frame(&built, 1, 1)), frame(&built, 1, 1));
}

#[test]
fn what_was_followed_is_not_read_again() {
    let app = App::new("again");
    let built = app.write("a.js", "x();\n//# sourceMappingURL=a.js.map\n");
    app.write("a.js.map", json("a.ts"));
    let mut maps = app.maps();
    let mapped = followed(&mut maps, &frame(&built, 1, 1));
    std::fs::remove_file(app.path("a.js.map")).unwrap();
    assert_eq!(followed(&mut maps, &frame(&built, 1, 1)), mapped);
    assert_eq!(
        followed(&mut maps, &frame(&built, 2, 5)),
        frame(&built, 2, 5),
        "too late for another position"
    );
    assert_eq!(followed(&mut maps, &frame(&built, 1, 1)), mapped);
}

#[test]
fn only_files_that_may_be_built_are_read() {
    for file in [
        "node:events",
        "<anonymous>",
        "",
        "native",
        "a.js",
        "/a.json",
        "/a",
        "/.js/x",
        "evalmachine.<anonymous>",
    ] {
        assert!(!may_be_built(file), "{file}");
    }
    for file in ["/a.js", "/a.cjs", "/a.mjs", "/a.jsx", "/a.ts", "/a.mts", "/a.cts", "/a.tsx"] {
        assert!(may_be_built(file), "{file}");
    }
}

#[test]
fn positions_of_javascript_take_precedence() {
    let app = App::new("reported");
    let built = app.write("a.js", "x();\n//# sourceMappingURL=a.js.map\n");
    app.write("a.js.map", json("a.ts"));
    let mut maps = app.maps();
    let reported: Vec<Mapping> = serde_json::from_value(serde_json::json!([
        { "from": { "file": built, "line": 1, "column": 1 }, "to": { "file": "/real.ts", "line": 5, "column": 6 } },
        {
            "from": { "file": "evalmachine.<anonymous>", "line": 3, "column": 4 },
            "to": { "function": "run", "file": "/eval.ts", "line": 7, "column": 8 },
        },
    ]))
    .unwrap();
    maps.add_positions(reported);
    let named = |frame: Frame, name: &str| Frame { function: Some(name.into()), ..frame };
    assert_eq!(
        followed(&mut maps, &named(frame(&built, 1, 1), "f")),
        named(frame("/real.ts", 5, 6), "f"),
        "it keeps its name when none is reported"
    );
    assert_eq!(
        followed(&mut maps, &frame("evalmachine.<anonymous>", 3, 4)),
        named(frame("/eval.ts", 7, 8), "run")
    );
    assert_eq!(followed(&mut maps, &frame(&built, 2, 5)).file, app.path("a.ts"), "the map knows the rest");
}

#[test]
fn positions_of_javascript_are_bounded() {
    let mut maps = SourceMaps::new(String::new());
    let reported = |line| Mapping {
        from: Position { file: "/a.js".into(), line, column: 1 },
        to: frame("/a.ts", line, 1),
    };
    for _ in 0..2 {
        maps.add_positions((0..2 * MAX_SENT as u32).map(reported).collect());
    }
    assert_eq!(maps.sent_count, MAX_SENT);
    assert_eq!(notes(&maps).len(), 1);
    assert!(maps.bytes() > MAX_SENT * size_of::<Frame>());
}

#[test]
fn what_is_remembered_is_bounded() {
    let app = App::new("bounded");
    let mut maps = app.maps();
    let mut bytes = 0;
    for file in 0..4 {
        let built = app.write(&format!("{file}.js"), "x();\n//# sourceMappingURL=a.js.map\n");
        app.write("a.js.map", json("a.ts"));
        let frames: Vec<Frame> =
            (1..=MAX_POSITIONS as u32 / 2).map(|column| frame(&built, 1, column)).collect();
        let mut frames = Stack::from(frames);
        maps.follow(std::iter::once(&mut frames));
        assert_eq!(frames.iter().filter(|frame| frame.file == app.path("a.ts")).count(), frames.len());
        assert!(maps.positions <= MAX_POSITIONS);
        bytes = bytes.max(maps.bytes());
    }
    assert!((1 << 20..32 << 20).contains(&bytes), "{bytes}");
}

#[test]
fn a_value_does_not_wait_for_ever_and_the_next_one_goes_on() {
    let app = App::new("late");
    let built = app.write("a.js", "x();\n//# sourceMappingURL=a.js.map\n");
    app.write("a.js.map", json("a.ts"));
    let mut maps = app.maps();
    maps.max_wait = Duration::ZERO;
    assert_eq!(followed(&mut maps, &frame(&built, 1, 1)), frame(&built, 1, 1));
    assert_eq!(notes(&maps).len(), 1);
    maps.max_wait = MAX_WAIT;
    assert_eq!(followed(&mut maps, &frame(&built, 1, 1)).file, app.path("a.ts"));
    assert_eq!(notes(&maps), [""; 0]);
}

#[test]
fn the_origin_is_chosen_by_what_was_written() {
    let app = App::new("origin");
    // A bundle that a package's code went into.
    let mut builder = SourceMapBuilder::default();
    let package = builder.add_source_and_content("../node_modules/pg/lib/client.js", "");
    let own = builder.add_source_and_content("../src/db.ts", "");
    builder.add_token(0, 0, 4, 4, Some(package), None);
    builder.add_token(1, 0, 6, 6, Some(own), None);
    let built = app.write("dist/bundle.js", "x();\n//# sourceMappingURL=bundle.js.map\n");
    app.write("dist/bundle.js.map", builder.into_sourcemap().to_json_string());
    let stack = vec![frame("node:events", 1, 1), frame(&built, 1, 1), frame(&built, 2, 1)];
    let mut leaks = [Leak {
        kind: "listener".into(),
        label: "Client 'end'".into(),
        fingerprint: "00000000000000aa".into(),
        per_iteration: 1.0,
        total: 1,
        growth: Growth::Instances,
        origin: frames::origin(&stack).cloned(),
        top_inserter: Some(TopInserter { stack: vec![frame(&built, 2, 1)].into(), share: None }),
        stack: stack.into(),
        ..Leak::default()
    }];
    app.maps().follow_leaks(&mut leaks);
    let own = frame(&app.path("src/db.ts"), 7, 7);
    assert_eq!(leaks[0].origin, Some(own.clone()));
    assert_eq!(leaks[0].top_inserter.as_ref().unwrap().stack[..], *std::slice::from_ref(&own));
    let package = frame(&app.path("node_modules/pg/lib/client.js"), 5, 5);
    assert_eq!(leaks[0].stack, [frame("node:events", 1, 1), package, own]);
}

#[test]
fn a_map_does_not_make_a_package_the_application() {
    let app = App::new("package");
    let mut maps = app.maps();
    for (name, source, stays) in [
        ("inside.js", "../src/a.ts", false),
        ("outside.js", "../../../src/a.ts", true),
        ("other.js", "../../q/a.ts", true),
    ] {
        let built = app.write(
            &format!("node_modules/p/dist/{name}"),
            format!("x();\n//# sourceMappingURL={name}.map\n"),
        );
        app.write(&format!("node_modules/p/dist/{name}.map"), json(source));
        let frame = frame(&built, 1, 1);
        assert_eq!(followed(&mut maps, &frame) == frame, stays, "{source}");
    }
}

#[test]
fn a_source_that_is_no_file_leaves_the_frame() {
    let app = App::new("nofile");
    let built = app.write("a.js", "x();\n//# sourceMappingURL=a.js.map\n");
    app.write("a.js.map", json("webpack://app/webpack/bootstrap"));
    let mut maps = app.maps();
    assert_eq!(followed(&mut maps, &frame(&built, 1, 1)), frame(&built, 1, 1));
    assert_eq!(notes(&maps), [""; 0]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_is_on_disk_a_frame_comes_back(
        built in prop::collection::vec(any::<u8>(), 0..300),
        map in prop::collection::vec(any::<u8>(), 0..300),
        url in "(a.js.map|data:[a-z;,]{0,12}(base64)?,[A-Za-z0-9%=]{0,40}|\\PC{0,40})",
        source in "\\PC{0,30}",
        cut in 0..200_usize,
        (line, column) in (0..4_u32, any::<u32>()),
    ) {
        let app = App::new("hostile");
        let comment = [&built[..], b"\n//# sourceMappingURL=", url.as_bytes()].concat();
        let good = json(&source);
        for map in [&map[..], good.as_bytes(), &good.as_bytes()[..cut.min(good.len())]] {
            app.write("a.js.map", map);
            for text in [&built, &comment] {
                let file = app.write("a.js", text);
                app.maps().follow(std::iter::once(&mut vec![frame(&file, line, column)].into()));
            }
        }
    }
}
