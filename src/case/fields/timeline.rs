//! What happened when.

use std::time::{Duration, SystemTime};

use super::cause;
use super::words::short;
use crate::case::facts::Facts;
use crate::case::value::{Field, Part, Table};
use crate::report::clean;
use crate::values::duration::duration;
use crate::values::snapshot::Verdict;

pub(super) fn parts(facts: &Facts) -> Vec<Part> {
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut add = |at: Option<&str>, what: String, from: &str| {
        rows.extend(at.map(|at| vec![seconds(at), what, from.to_owned()]));
    };
    if let Some(commit) = facts.git.as_ref().and_then(cause::introducing) {
        let what = format!("commit {} “{}”", short(&commit.hash), clean(&commit.subject));
        add(Some(&commit.at), what, "git blame, proposed");
    }
    add(facts.since.as_deref(), "the incident began".to_owned(), "--since");
    add(facts.process.started_at.as_deref(), "recording began".to_owned(), "recording");
    let found = first_leak(facts);
    add(found.as_ref().map(|(at, _)| at.as_str()), "leakline's first verdict: leak".to_owned(), "recording");
    if let Some(alert) = &facts.prometheus {
        let name = alert.alert.as_deref().unwrap_or("an alert");
        add(alert.at.as_deref(), format!("{} fires", clean(name)), "Prometheus");
    }
    for end in facts.ends.iter().filter(|end| end.how != "running").take(10) {
        add(Some(&end.at), format!("a run {}", clean(&end.text)), "flight file");
    }
    add(facts.process.taken_at.as_deref(), "last state".to_owned(), "recording");
    add(Some(&facts.created_at), "this case was begun".to_owned(), "clock");
    if let Some(fix) = facts.git.as_ref().and_then(|git| git.fix.as_ref()) {
        let what = format!("fix: commit {} “{}”", short(&fix.after.hash), clean(&fix.after.subject));
        add(Some(&fix.after.at), what, "git, proposed");
    }
    if let Some(proof) = &facts.proof {
        add(Some(&proof.at), "the regression test was proven".to_owned(), "leakline case verify");
    }
    if let Some(compared) = &facts.comparison {
        add(Some(&compared.after.at), "recording after the fix".to_owned(), "leakline case compare");
    }
    // Times of one format: their text has their order.
    rows.sort_by(|one, other| one[0].cmp(&other[0]));
    vec![
        Part::Table(Table { title: "Events", head: vec!["time", "what", "from"], rows }),
        detection(facts, found),
        Field::proposed(
            "investigation",
            "Investigation",
            format!("begun at {} with {}", facts.created_at, clean(&facts.file)),
        ),
        validation(facts),
    ]
}

/// A time to the second.
fn seconds(at: &str) -> String {
    match at.split_once('.') {
        Some((seconds, _)) => format!("{seconds}Z"),
        None => at.to_owned(),
    }
}

/// When the verdict was reached first, and how long after the beginning in ms.
pub(super) fn first_leak(facts: &Facts) -> Option<(String, u64)> {
    let leak = &facts.leak;
    let course = facts.course.sites.iter().find(|site| site.is_of(leak))?;
    let first = course.points.iter().find(|point| point.verdict == Verdict::Leak)?;
    let started = humantime::parse_rfc3339_weak(facts.process.started_at.as_deref()?).ok()?;
    let at: SystemTime = started.checked_add(Duration::from_millis(first.at_ms))?;
    Some((humantime::format_rfc3339_seconds(at).to_string(), first.at_ms))
}

fn detection(facts: &Facts, found: Option<(String, u64)>) -> Part {
    let prometheus = facts.prometheus.as_ref();
    let first = match (found, prometheus.and_then(|alert| alert.at.as_deref()), &facts.process.taken_at) {
        (Some((at, after)), _, _) => {
            format!("{at}: the first verdict “leak” of this line, {} after recording began", duration(after))
        }
        (None, Some(at), _) => {
            return Field::proposed("detection", "Detection", format!("{at}: the first alert in Prometheus"));
        }
        (None, None, Some(at)) => {
            format!(
                "by {at} at the latest, when the state was taken; the recording has no history of the line"
            )
        }
        (None, None, None) => "by a check; it has no clock".to_owned(),
    };
    let problem = prometheus.and_then(|alert| alert.problem.as_deref()).map(|text| clean(text).into_owned());
    Field::listed("detection", "Detection", [first].into_iter().chain(problem).collect())
}

fn validation(facts: &Facts) -> Part {
    match (&facts.comparison, &facts.proof) {
        (Some(compared), _) => Field::filled(
            "validation",
            "Validation",
            format!("recordings before and after were compared: {}", compared.after.at),
        ),
        (None, Some(proof)) => {
            Field::filled("validation", "Validation", format!("by the regression test, at {}", proof.at))
        }
        (None, None) => Field::unknown(
            "validation",
            "Validation",
            "not yet: leakline case verify proves the test, leakline case compare the recordings",
        ),
    }
}
