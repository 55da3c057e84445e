//! Formats of other tools, held against their grammars; the values are those of the text reports' tests.

use std::collections::BTreeMap;

use super::metrics::{Dialect, Ends, Family, MAX_SITES, families, metrics, schema};
use super::{code_climate::code_climate, of_check, of_snapshot, pprof::pprof, sarif::sarif};
use crate::values::frames::Frame;
use crate::values::memory::{HeapTrend, Pauses};
use crate::values::snapshot::*;

fn frame(function: &str, file: &str, line: u32) -> Frame {
    Frame { function: Some(function.into()), file: file.into(), line, column: 7 }
}

fn site(label: &str, file: &str, verdict: Verdict) -> Site {
    let stack = vec![frame("open", file, 12), frame("handle", "/srv/app/src/server.ts", 41)];
    Site {
        fingerprint: format!("{:016x}", label.len() * 7919 + file.len()),
        kind: "listener".into(),
        label: label.into(),
        live: 31_204,
        registered: 31_300,
        released: 96,
        growth_per_hour: 156_020.4,
        origin: stack.first().cloned(),
        stack: stack.into(),
        verdict,
        evidence: "grew in 45 of 45 intervals".into(),
        ..Site::default()
    }
}

fn snapshot(sites: Vec<Site>) -> Snapshot {
    let listeners = Totals { registered: 31_300, released: 96, collected: 0, live: 31_204 };
    Snapshot {
        schema: SCHEMA,
        process: ProcessInfo {
            pid: 1,
            node: "v24.1.0".into(),
            started_at: "2026-01-02T03:04:05.000Z".into(),
            taken_at: "2026-01-02T03:14:05.000Z".into(),
            uptime_ms: 600_000,
            threads: 1,
        },
        mode: "adaptive".into(),
        totals: BTreeMap::from([("listener".to_owned(), listeners)]),
        sites,
        collections: Vec::new(),
        census: None,
        heap: None,
        overhead: Overhead::default(),
        notes: Vec::new(),
    }
}

const CWD: Option<&str> = Some("/srv/app");
const HOSTILE: &str = "a\"b\\c\nd <script>\u{1b}[31m";

fn mixed() -> Snapshot {
    snapshot(vec![
        site(HOSTILE, "/srv/app/src/up load.ts", Verdict::Leak),
        site("'x' on Pool", "/srv/app/node_modules/pool/index.js", Verdict::Leak),
        site("'y' on Socket", "/srv/app/src/b.ts", Verdict::Suspect),
        site("'z' on Socket", "node:net", Verdict::Leak),
        site("'s' on Socket", "/srv/app/src/c.ts", Verdict::Steady),
        Site { allowed: Some("see #12".into()), ..site("'k' on Bus", "/srv/app/src/d.ts", Verdict::Leak) },
    ])
}

#[test]
fn findings_are_what_a_person_has_to_look_at() {
    let snapshot = mixed();
    let found: Vec<_> = of_snapshot(&snapshot).iter().map(|f| (f.origin.file.clone(), f.is_error)).collect();
    let expected = [
        ("/srv/app/src/up load.ts".to_owned(), true),
        ("/srv/app/node_modules/pool/index.js".to_owned(), false),
        ("/srv/app/src/b.ts".to_owned(), false),
    ];
    assert_eq!(found, expected);
}

#[test]
fn sarif_has_rules_lines_stacks_and_fingerprints() {
    let snapshot = mixed();
    let log: serde_json::Value = serde_json::from_str(&sarif(&of_snapshot(&snapshot), CWD)).unwrap();
    let run = &log["runs"][0];
    assert_eq!(log["version"], "2.1.0");
    assert_eq!(run["tool"]["driver"]["rules"][0]["id"], "leakline/listener");
    let first = &run["results"][0];
    assert_eq!(
        (first["level"].as_str(), first["ruleId"].as_str()),
        (Some("error"), Some("leakline/listener"))
    );
    let place = &first["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "src/up%20load.ts");
    assert_eq!(place["artifactLocation"]["uriBaseId"], "%SRCROOT%");
    assert_eq!(
        (place["region"]["startLine"].as_u64(), place["region"]["startColumn"].as_u64()),
        (Some(12), Some(7))
    );
    assert_eq!(first["stacks"][0]["frames"].as_array().unwrap().len(), 2);
    assert_eq!(first["partialFingerprints"]["leakline/v1"], snapshot.sites[0].fingerprint);
    assert_eq!(run["results"].as_array().unwrap().len(), 3);
}

#[test]
fn a_file_outside_of_the_checkout_keeps_its_whole_address() {
    let snapshot = snapshot(vec![site("'x' on Bus", "/opt/shared/bus.js", Verdict::Leak)]);
    let log: serde_json::Value = serde_json::from_str(&sarif(&of_snapshot(&snapshot), CWD)).unwrap();
    let artifact = &log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"];
    assert_eq!(artifact["uri"], "file:///opt/shared/bus.js");
    assert!(artifact.get("uriBaseId").is_none(), "a base would make it relative to the checkout");
}

#[test]
fn a_check_lists_where_entries_are_inserted() {
    let leak = Leak {
        kind: "map".into(),
        label: "Map".into(),
        per_iteration: 5.0,
        total: 250,
        growth: Growth::Entries,
        origin: Some(frame("new Cache", "/srv/app/src/cache.ts", 3)),
        top_inserter: Some(TopInserter {
            stack: vec![frame("set", "node:internal", 1), frame("put", "/srv/app/src/cache.ts", 9)].into(),
            share: None,
        }),
        ..Leak::default()
    };
    let result = CheckResult {
        leaked: true,
        leaks: vec![leak],
        iterations: 50,
        rounds: 5,
        heap: None,
        watched: Watched::default(),
        notes: Vec::new(),
        message: String::new(),
    };
    let log: serde_json::Value = serde_json::from_str(&sarif(&of_check(&result), CWD)).unwrap();
    let related = &log["runs"][0]["results"][0]["relatedLocations"][0];
    assert_eq!(related["physicalLocation"]["region"]["startLine"], 9);
    assert_eq!(related["message"]["text"], "entries are inserted here");
}

#[test]
fn code_climate_has_what_gitlab_asks_for() {
    let snapshot = mixed();
    let issues: Vec<serde_json::Value> =
        serde_json::from_str(&code_climate(&of_snapshot(&snapshot), CWD)).unwrap();
    assert_eq!(issues.len(), 3);
    for issue in &issues {
        for name in ["description", "check_name", "fingerprint", "severity"] {
            assert!(
                issue[name].as_str().is_some_and(|text| !text.is_empty()),
                "GitLab refuses an issue without {name}"
            );
        }
        assert!(issue["location"]["lines"]["begin"].as_u64().is_some_and(|line| line > 0));
    }
    assert_eq!(issues[0]["location"]["path"], "src/up load.ts");
}

#[test]
fn metrics_are_of_the_text_format_and_bounded() {
    let mut sites = mixed().sites;
    for n in 0..200 {
        sites.push(Site {
            fingerprint: format!("{n:016x}"),
            ..site("'e' on Bus", "/srv/app/src/a.ts", Verdict::Leak)
        });
    }
    let snapshot = snapshot(sites);
    let text = metrics(&snapshot, &Ends::default(), Dialect::Prometheus, CWD);
    let mut seen = std::collections::HashSet::new();
    let mut family = String::new();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            family = rest.split(' ').next().unwrap().to_owned();
            continue;
        }
        if line.starts_with('#') {
            continue;
        }
        assert!(line.starts_with(&family), "{line} stands below {family}");
        let (series, value) = line.rsplit_once(' ').unwrap();
        assert!(value.parse::<f64>().is_ok(), "{line} has no value");
        assert!(seen.insert(series.to_owned()), "{series} stands there twice");
        assert!(!line.contains('\u{1b}'), "a terminal obeys {line:?}");
    }
    assert!(seen.len() <= 12 + 4 + 3 + 4 + 5 + 5 * MAX_SITES, "{} series", seen.len());
    assert!(text.contains(r#"label="a\"b\\c\nd <script> [31m""#), "{text}");
    assert!(text.contains(r#"leakline_sites{verdict="suspect",owner="package"} 0"#), "zeros are written");
    assert!(text.contains("# TYPE leakline_registered_total counter"));
}

#[test]
fn the_schema_has_every_family_and_the_labels_of_its_series() {
    let names = |families: &[Family]| families.iter().map(|family| family.name).collect::<Vec<_>>();
    let snapshot = Snapshot { heap: Some(heap()), ..mixed() };
    let families = families(&snapshot, &Ends::default(), CWD);
    assert_eq!(names(&families), names(&schema()));
    for Family { name, labels, samples, .. } in &families {
        // What collections hold, and what is kept on the heap, is known of other sites.
        let is_absent = ["leakline_site_entries", "leakline_site_bytes", "leakline_site_bytes_per_hour"];
        assert!(!samples.is_empty() || is_absent.contains(name), "{name} has no series");
        for sample in samples {
            let own: Vec<&str> = sample.labels.iter().map(|(label, _)| *label).collect();
            assert_eq!(own, *labels, "{name}");
        }
    }
    let info = families.iter().find(|family| family.name == "leakline_site_info").unwrap();
    assert_eq!(info.samples[0].function.as_deref(), Some("open"));
}

fn heap() -> HeapTrend {
    let gc = Pauses { minor: 3, major: 1, total_ms: 2.5, longest_ms: 1.5 };
    HeapTrend { gc: Some(gc), explained: Some(0.5), ..HeapTrend::default() }
}

#[test]
fn open_metrics_names_counters_without_their_suffix_and_ends() {
    let text = metrics(&mixed(), &Ends::default(), Dialect::OpenMetrics, CWD);
    assert!(text.contains("# TYPE leakline_registered counter"));
    assert!(text.contains("leakline_registered_total{kind=\"listener\"} 31300"));
    assert!(text.ends_with("# EOF\n"));
}

/// Fields of a message: number, and the value or the bytes.
fn fields(mut bytes: &[u8]) -> Vec<(u64, u64, Vec<u8>)> {
    fn varint(bytes: &mut &[u8]) -> u64 {
        let mut value = 0;
        for shift in (0..).step_by(7) {
            let (&byte, rest) = bytes.split_first().expect("a varint ends");
            *bytes = rest;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                break;
            }
        }
        value
    }
    let mut fields = Vec::new();
    while !bytes.is_empty() {
        let key = varint(&mut bytes);
        match key & 7 {
            0 => fields.push((key >> 3, varint(&mut bytes), Vec::new())),
            2 => {
                let length = varint(&mut bytes) as usize;
                let (part, rest) = bytes.split_at(length);
                fields.push((key >> 3, 0, part.to_vec()));
                bytes = rest;
            }
            other => panic!("wire type {other} is not written"),
        }
    }
    fields
}

#[test]
fn a_profile_reads_back() {
    let profile = fields(&pprof(&mixed()));
    let of = |number: u64| profile.iter().filter(|field| field.0 == number).collect::<Vec<_>>();
    let strings: Vec<String> =
        of(6).iter().map(|(_, _, bytes)| String::from_utf8(bytes.clone()).unwrap()).collect();
    assert_eq!(strings[0], "", "pprof refuses a table whose first string is not empty");
    let names: Vec<&str> =
        of(1).iter().map(|(_, _, kind)| &strings[fields(kind)[0].1 as usize][..]).collect();
    assert_eq!(names, ["inuse_objects", "alloc_objects", "inuse_space", "growth"]);
    assert_eq!(of(2).len(), 6, "one sample for each live site");
    let locations: Vec<u64> = of(4).iter().map(|(_, _, location)| fields(location)[0].1).collect();
    for (_, _, sample) in of(2) {
        let sample = fields(sample);
        let mut ids = &sample[0].2[..];
        while let Some((&id, rest)) = ids.split_first() {
            assert!(locations.contains(&u64::from(id)), "a sample names a location that is not there");
            ids = rest;
        }
    }
    let functions = of(5);
    assert!(functions.iter().any(|(_, _, function)| {
        let function = fields(function);
        strings[function[1].1 as usize] == "open"
            && strings[function[3].1 as usize] == "/srv/app/src/up load.ts"
    }));
}
