//! What a service accepts: the leaks of an allow-list, and those that an earlier snapshot has.

use super::allow::Allow;
use super::config::Config;
use super::mistake::{Mistake, Source};
use super::names::Names;
use crate::values::snapshot::{Snapshot, Verdict};

/// The entries of `allow` in the configuration `text` of `file`.
///
/// # Errors
/// The first mistake, with its place, its rule, what was given and what to do.
pub fn list(text: &str, file: &str) -> Result<Vec<Allow>, Mistake> {
    Config::parse(text, file).map(|config| config.allow)
}

/// An entry for each leak and suspect of the snapshot `text` of `file`.
///
/// # Errors
/// The text is no snapshot.
pub fn baseline(text: &str, file: &str) -> Result<Vec<Allow>, Mistake> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let snapshot: Snapshot = serde_json::from_str(text).map_err(|error| Mistake {
        source: Source::Config,
        file: file.to_owned(),
        problem: format!("the file must be a snapshot: {error}"),
        hint: "Write one with LEAKLINE_REPORT=FILE.json, or with JSON.stringify(snapshot()).".to_owned(),
    })?;
    let entry = |fingerprint| Allow {
        names: Names { fingerprint: Some(fingerprint), ..Names::default() },
        max: None,
        reason: format!("in the baseline {file}"),
    };
    let is_reported = |verdict| matches!(verdict, Verdict::Leak | Verdict::Suspect);
    let sites = snapshot.sites.into_iter().filter(|site| is_reported(site.verdict));
    Ok(sites.map(|site| entry(site.fingerprint)).collect())
}

/// Sets [`Site::allowed`](crate::values::snapshot::Site::allowed) of each site that an entry names.
pub fn mark(snapshot: &mut Snapshot, allow: &[Allow]) {
    for site in &mut snapshot.sites {
        let fits = |entry: &&Allow| {
            entry.names.fit(&site.kind, &site.label, &site.fingerprint, site.origin.as_ref())
        };
        site.allowed = allow.iter().find(fits).map(|entry| entry.reason.clone());
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
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

    fn reasons(allow: &[Allow]) -> Vec<Option<String>> {
        let mut snapshot = snapshot();
        mark(&mut snapshot, allow);
        snapshot.sites.into_iter().map(|site| site.allowed).collect()
    }

    #[test]
    fn what_is_listed_is_allowed_for_its_reason() {
        let text = r#"{ "allow": [{ "kind": "listener", "file": "src/bus.js", "reason": "a bus" }] }"#;
        let allow = list(text, "c.json").unwrap();
        assert_eq!(reasons(&allow), [Some("a bus".to_owned()), None, None]);
        let again: Vec<Allow> = serde_json::from_str(&serde_json::to_string(&allow).unwrap()).unwrap();
        assert_eq!(again, allow);
        assert_eq!(list("{}", "c.json").unwrap(), []);
    }

    #[test]
    fn what_leaked_in_a_snapshot_is_allowed() {
        let allow = baseline(&serde_json::to_string(&snapshot()).unwrap(), "before.json").unwrap();
        let reason = Some("in the baseline before.json".to_owned());
        assert_eq!(reasons(&allow), [reason.clone(), reason, None], "a steady site that leaks now is new");
    }

    #[test]
    fn each_mistake_names_its_place() {
        let cases = [
            ("[", "the file must be JSON without comments: EOF"),
            ("[]", "the file must be an object, got []"),
            (r#"{ "allow": 3 }"#, "allow must be a list of objects, got 3"),
            (
                r#"{ "allow": [{ "kind": "map" }] }"#,
                "allow[0].reason must be a non-empty string, got nothing",
            ),
            (r#"{ "allow": [{ "reason": "r" }] }"#, "allow[0] must be an entry with at least one of kind"),
            (r#"{ "sites": [] }"#, "the fields of the file must be among"),
        ];
        for (text, expected) in cases {
            let mistake = list(text, "c.json").expect_err(text);
            assert!(mistake.problem.starts_with(expected), "{text}: {}", mistake.problem);
            assert_eq!(mistake.source, Source::Config);
        }
        for text in ["[", r#"{ "sites": 1 }"#, r#"{ "allow": [] }"#] {
            let mistake = baseline(text, "b.json").expect_err(text);
            assert!(mistake.problem.starts_with("the file must be a snapshot: "), "{}", mistake.problem);
        }
    }
}
