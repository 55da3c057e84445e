//! SARIF 2.1.0 (OASIS, 2020), which GitHub code scanning, VS Code, Azure DevOps and SonarQube read.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::Finding;
use crate::report::paths::shown;
use crate::values::frames::Frame;

/// Frames of a stack that are written. Viewers show a page of them; more only costs upload size.
const MAX_FRAMES: usize = 32;

/// Writes findings as a SARIF log of one run. Paths below `cwd` are relative to `%SRCROOT%`.
///
/// `partialFingerprints` carries leakline's fingerprint, which has no line numbers: a viewer recognises a finding
/// after the file was edited.
pub fn sarif(findings: &[Finding<'_>], cwd: Option<&str>) -> String {
    let kinds: BTreeSet<&str> = findings.iter().map(|finding| finding.kind).collect();
    let rules: Vec<Value> = kinds.iter().map(|kind| rule(kind)).collect();
    let results: Vec<Value> = findings.iter().map(|finding| result(finding, cwd)).collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "leakline",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            } },
            "columnKind": "utf16CodeUnits",
            "results": results,
        }],
    });
    crate::values::json::json(&log)
}

fn rule(kind: &str) -> Value {
    json!({
        "id": rule_id(kind),
        "shortDescription": { "text": format!("A {kind} that is created and never released") },
        "defaultConfiguration": { "level": "warning" },
    })
}

fn rule_id(kind: &str) -> String {
    format!("leakline/{kind}")
}

fn result(finding: &Finding<'_>, cwd: Option<&str>) -> Value {
    let frames: Vec<Value> = finding
        .stack
        .iter()
        .take(MAX_FRAMES)
        .map(|frame| json!({ "location": location(frame, cwd, frame.function.as_deref()) }))
        .collect();
    let mut value = json!({
        "ruleId": rule_id(finding.kind),
        "level": if finding.is_error { "error" } else { "warning" },
        "message": { "text": finding.message },
        "locations": [location(finding.origin, cwd, None)],
        "partialFingerprints": { "leakline/v1": finding.fingerprint },
    });
    if !frames.is_empty() {
        value["stacks"] = json!([{ "message": { "text": "created here" }, "frames": frames }]);
    }
    if let Some(frame) = finding.inserted_at {
        value["relatedLocations"] = json!([location(frame, cwd, Some("entries are inserted here"))]);
    }
    value
}

fn location(frame: &Frame, cwd: Option<&str>, message: Option<&str>) -> Value {
    let path = shown(&frame.file, cwd).replace('\\', "/");
    let artifact = match path.starts_with('/') || path.as_bytes().get(1) == Some(&b':') {
        true => json!({ "uri": format!("file:///{}", encoded(path.trim_start_matches('/'))) }),
        false => json!({ "uri": encoded(&path), "uriBaseId": "%SRCROOT%" }),
    };
    let mut physical = json!({ "artifactLocation": artifact });
    if frame.line > 0 {
        physical["region"] = json!({ "startLine": frame.line, "startColumn": frame.column.max(1) });
    }
    let mut value = json!({ "physicalLocation": physical });
    if let Some(text) = message {
        value["message"] = json!({ "text": text });
    }
    value
}

/// A path as a URI reference (RFC 3986): everything but unreserved characters, `/`, `:` and `@` is escaped.
fn encoded(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' | b':' | b'@' => {
                uri.push(char::from(byte));
            }
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}
