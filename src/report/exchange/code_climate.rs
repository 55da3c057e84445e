//! Code Climate's issue list, which GitLab shows in merge requests as code quality.

use serde_json::{Value, json};

use super::Finding;
use crate::report::paths::shown;

/// Writes findings as GitLab reads them: an array of issues with path, line, severity and fingerprint.
///
/// GitLab shows paths of the repository only, so a finding outside of `cwd` keeps its absolute path.
pub fn code_climate(findings: &[Finding<'_>], cwd: Option<&str>) -> String {
    let issues: Vec<Value> = findings
        .iter()
        .map(|finding| {
            json!({
                "type": "issue",
                "check_name": format!("leakline/{}", finding.kind),
                "description": finding.message,
                "categories": ["Bug Risk"],
                "fingerprint": finding.fingerprint,
                "severity": if finding.is_error { "major" } else { "minor" },
                "location": {
                    "path": shown(&finding.origin.file, cwd).replace('\\', "/"),
                    "lines": { "begin": finding.origin.line.max(1) },
                },
            })
        })
        .collect();
    crate::values::json::json(&issues)
}
