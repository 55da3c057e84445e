//! Code Climate's issue list, which GitLab shows in merge requests as code quality.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::Finding;
use crate::report::paths::shown;

/// Writes findings as GitLab reads them: an array of issues with path, line, severity and fingerprint.
///
/// GitLab wants paths relative to the repository and each fingerprint once: of a finding outside of `cwd` the path is
/// without its root, and of findings in several threads the first counts.
pub fn code_climate(findings: &[Finding<'_>], cwd: Option<&str>) -> String {
    let mut seen = HashSet::new();
    let issues: Vec<Value> = findings
        .iter()
        .filter(|finding| seen.insert(finding.fingerprint))
        .map(|finding| {
            json!({
                "type": "issue",
                "check_name": format!("leakline/{}", finding.kind),
                "description": finding.message,
                "categories": ["Bug Risk"],
                "fingerprint": finding.fingerprint,
                "severity": if finding.is_error { "major" } else { "minor" },
                "location": {
                    "path": relative(&shown(&finding.origin.file, cwd)),
                    "lines": { "begin": finding.origin.line.max(1) },
                },
            })
        })
        .collect();
    crate::values::json::json(&issues)
}

fn relative(path: &str) -> String {
    let path = path.replace('\\', "/");
    let path = path.strip_prefix("file://").unwrap_or(&path);
    // `C:/` of Windows.
    let path = if path.as_bytes().get(1) == Some(&b':') { &path[2..] } else { path };
    path.trim_start_matches("../").trim_start_matches("./").trim_start_matches('/').to_owned()
}
