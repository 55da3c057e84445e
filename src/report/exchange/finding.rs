//! What of a snapshot or a check is a finding: what a person has to look at.

use crate::values::frames::Frame;
use crate::values::frames::{Owner, Place, owner};
use crate::values::snapshot::{CheckResult, Growth, Leak, Site, Snapshot, Verdict};

/// One finding, with what every format needs of it.
pub struct Finding<'a> {
    /// As [`Site::kind`].
    pub kind: &'a str,
    /// As [`Site::fingerprint`].
    pub fingerprint: &'a str,
    /// One sentence: what, how many, how fast, why.
    pub message: String,
    /// True for a leak of the application; false for a suspect, and for what a package has to fix.
    pub is_error: bool,
    /// Where a person has to look; findings without a line are left to the text report.
    pub origin: &'a Frame,
    /// The creation stack, innermost first.
    pub stack: &'a [Frame],
    /// The line that inserts most, of a collection.
    pub inserted_at: Option<&'a Frame>,
}

/// Leaks and suspects of a snapshot that are causes, in its order. Sites that are allowed, and those of Node itself, are none.
pub fn of_snapshot(snapshot: &Snapshot) -> Vec<Finding<'_>> {
    snapshot.sites.iter().filter_map(of_site).collect()
}

/// The causes that a check found, in its order.
pub fn of_check(result: &CheckResult) -> Vec<Finding<'_>> {
    let is_of_application = |leak: &&Leak| leak.place() == Place::Application;
    // What a package keeps of the application's is the application's leak, as in the text.
    let are_all = !result.leaks.iter().filter(|leak| leak.is_cause()).any(|leak| is_of_application(&leak))
        && result.leaks.iter().any(|leak| is_of_application(&leak));
    result.leaks.iter().filter_map(|leak| of_leak(leak, are_all)).collect()
}

fn of_site(site: &Site) -> Option<Finding<'_>> {
    let is_accused =
        matches!(site.verdict, Verdict::Leak | Verdict::Suspect) && site.allowed.is_none() && site.is_cause();
    let origin = site.origin.as_ref().filter(|origin| is_accused && owner(&origin.file) != Owner::Runtime)?;
    let count = match site.size {
        Some(size) => format!("{} entries in {} live", size.total, site.live),
        None => format!("{} unreleased", site.live),
    };
    let rate = match site.growth_per_hour.round() {
        rate if rate >= 1.0 => format!(", {rate:+.0} an hour"),
        _ => String::new(),
    };
    let reason = if site.evidence.is_empty() { String::new() } else { format!("; {}", site.evidence) };
    Some(Finding {
        kind: &site.kind,
        fingerprint: &site.fingerprint,
        message: format!("{} {}: {count}{rate}{reason}", site.kind, site.label),
        is_error: site.verdict == Verdict::Leak && site.place() == Place::Application,
        origin,
        stack: &site.stack,
        inserted_at: site.top_inserter.as_ref().and_then(|top| first_of_user(&top.stack)),
    })
}

fn of_leak(leak: &Leak, is_error: bool) -> Option<Finding<'_>> {
    let is_cause = leak.is_cause();
    let origin = leak.origin.as_ref().filter(|origin| is_cause && owner(&origin.file) != Owner::Runtime)?;
    let what = match leak.growth {
        Growth::Instances => "unreleased",
        Growth::Entries => "entries",
    };
    Some(Finding {
        kind: &leak.kind,
        fingerprint: &leak.fingerprint,
        message: format!(
            "{} {}: {} {what}, {:+.2} per call; grew in every round",
            leak.kind, leak.label, leak.total, leak.per_iteration
        ),
        is_error: is_error || leak.place() == Place::Application,
        origin,
        stack: &leak.stack,
        inserted_at: leak.top_inserter.as_ref().and_then(|top| first_of_user(&top.stack)),
    })
}

fn first_of_user(stack: &[Frame]) -> Option<&Frame> {
    stack.iter().find(|frame| owner(&frame.file) != Owner::Runtime)
}
