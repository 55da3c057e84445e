//! A file that lists the known leaks of a service: a configuration, or a snapshot of an earlier run.

use serde_json::Value;

use super::config::Config;
use super::known::Known;
use super::mistake::{Mistake, Source};
use super::names::Names;
use crate::values::snapshot::{Snapshot, Verdict};

/// The known leaks in the `text` of `file`: a configuration with a list `known`, or a snapshot as a baseline, whose leaks
/// and suspects are known.
///
/// # Errors
/// The first mistake, with its place, its rule, what was given and what to do.
pub fn parse(text: &str, file: &str) -> Result<Vec<Known>, Mistake> {
    let value: Option<Value> = serde_json::from_str(text.strip_prefix('\u{feff}').unwrap_or(text)).ok();
    match value {
        Some(value) if value.get("sites").is_some() => baseline(value, file),
        _ => Config::parse(text, file).map(|config| config.known),
    }
}

fn baseline(value: Value, file: &str) -> Result<Vec<Known>, Mistake> {
    let snapshot: Snapshot = serde_json::from_value(value).map_err(|error| Mistake {
        source: Source::Config,
        file: file.to_owned(),
        problem: format!("the file must be a snapshot, or a configuration with a list known: {error}"),
        hint: "Write one with LEAKLINE_REPORT=FILE.json, or with JSON.stringify(snapshot()).".to_owned(),
    })?;
    let is_news = |verdict: Verdict| !matches!(verdict, Verdict::Leak | Verdict::Suspect);
    let sites = snapshot.sites.into_iter().filter(|site| !is_news(site.verdict));
    let entry = |fingerprint| Known {
        names: Names { fingerprint: Some(fingerprint), ..Names::default() },
        reason: format!("in the baseline {file}"),
    };
    Ok(sites.map(|site| entry(site.fingerprint)).collect())
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::suite::known::mark;
    use crate::values::frames::Frame;
    use crate::values::snapshot::Site;

    fn site(kind: &str, file: &str, n: u8, verdict: Verdict) -> Site {
        let frame = Frame { function: Some("attach".into()), file: file.into(), line: n.into(), column: 1 };
        Site {
            fingerprint: format!("{n:016x}"),
            kind: kind.into(),
            label: kind.into(),
            origin: Some(frame),
            verdict,
            ..Site::default()
        }
    }

    fn snapshot() -> Snapshot {
        let text = r#"{ "schema": 1, "process": { "pid": 1, "node": "v20", "startedAt": "", "takenAt": "", "uptimeMs": 1,
            "threads": 1 }, "mode": "full", "totals": {}, "sites": [], "collections": [], "overhead": { "bytes": 0,
            "events": 0, "dropped": 0, "capturedStacks": 0, "cpuShare": 0 }, "notes": [] }"#;
        let mut snapshot: Snapshot = serde_json::from_str(text).unwrap();
        snapshot.sites = vec![
            site("listener", "/app/src/bus.js", 1, Verdict::Leak),
            site("listener", "/app/src/other.js", 2, Verdict::Leak),
            site("map", "/app/src/bus.js", 3, Verdict::Steady),
        ];
        snapshot
    }

    fn reasons(known: &[Known]) -> Vec<Option<String>> {
        let mut snapshot = snapshot();
        mark(&mut snapshot, known);
        snapshot.sites.into_iter().map(|site| site.known).collect()
    }

    #[test]
    fn what_is_listed_is_known_for_its_reason() {
        let text =
            r#"{ "allow": [], "known": [{ "kind": "listener", "file": "src/bus.js", "reason": "a bus" }] }"#;
        let known = parse(text, "c.json").unwrap();
        assert_eq!(reasons(&known), [Some("a bus".to_owned()), None, None]);
        let again: Vec<Known> = serde_json::from_str(&serde_json::to_string(&known).unwrap()).unwrap();
        assert_eq!(again, known);
        assert_eq!(parse("{}", "c.json").unwrap(), []);
    }

    #[test]
    fn a_snapshot_is_a_baseline() {
        let known = parse(&serde_json::to_string(&snapshot()).unwrap(), "before.json").unwrap();
        let reason = Some("in the baseline before.json".to_owned());
        assert_eq!(reasons(&known), [reason.clone(), reason, None], "a steady site that leaks now is new");
    }

    #[test]
    fn each_mistake_names_its_place() {
        let cases = [
            ("[", "the file must be JSON without comments: EOF"),
            ("[]", "the file must be an object, got []"),
            (
                r#"{ "sites": 1 }"#,
                "the file must be a snapshot, or a configuration with a list known: invalid type",
            ),
            (r#"{ "known": 3 }"#, "known must be a list of objects, got 3"),
            (
                r#"{ "known": [{ "kind": "map" }] }"#,
                "known[0].reason must be a non-empty string, got nothing",
            ),
            (r#"{ "known": [{ "reason": "r" }] }"#, "known[0] must be an entry with at least one of kind"),
            (
                r#"{ "known": [{ "kind": "map", "max": 1, "reason": "r" }] }"#,
                "the fields of known[0] must be among kind, file",
            ),
        ];
        for (text, expected) in cases {
            let mistake = parse(text, "c.json").expect_err(text);
            assert!(mistake.problem.starts_with(expected), "{text}: {}", mistake.problem);
            assert_eq!(mistake.source, Source::Config);
        }
    }
}
