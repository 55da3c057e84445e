//! Which site a case is of.

use serde::Serialize;

use crate::values::frames::{Place, place_of};
use crate::values::snapshot::{CheckResult, Leak, Retainer, Site, Snapshot, Verdict};

/// Others that are listed.
const MAX_OTHERS: usize = 10;

/// The site, and what else there is.
#[derive(Clone, Debug, Serialize)]
pub struct Subject {
    /// It.
    pub leak: Site,
    /// As [`Leak::retainers`].
    pub retainers: Vec<Retainer>,
    /// What else is suspicious or grows along.
    pub others: Vec<Site>,
}

/// The site of a snapshot: the one with a fingerprint, or the most suspicious cause.
pub fn of_snapshot(snapshot: &Snapshot, wanted: Option<&str>) -> Option<Subject> {
    choose(snapshot.sites.iter().map(|site| (site.clone(), Vec::new())).collect(), wanted)
}

/// The leak of a check.
pub fn of_check(result: &CheckResult, wanted: Option<&str>) -> Option<Subject> {
    let site = |leak: &Leak| (of_leak(leak), leak.retainers.clone());
    choose(result.leaks.iter().map(site).collect(), wanted)
}

fn choose(mut all: Vec<(Site, Vec<Retainer>)>, wanted: Option<&str>) -> Option<Subject> {
    let is_accused =
        |site: &Site| matches!(site.verdict, Verdict::Leak | Verdict::Suspect) && site.allowed.is_none();
    let at = match wanted {
        Some(fingerprint) => all.iter().position(|(site, _)| site.fingerprint == fingerprint)?,
        None => {
            let rank = |site: &Site| (site.verdict, site.place(), !site.is_cause());
            let accused = all
                .iter()
                .enumerate()
                .filter(|(_, (site, _))| is_accused(site) && place_of(site.origin.as_ref()) != Place::Node);
            accused.min_by_key(|(n, (site, _))| (rank(site), *n))?.0
        }
    };
    let (leak, retainers) = all.remove(at);
    let others = all.into_iter().map(|(site, _)| site).filter(is_accused).take(MAX_OTHERS).collect();
    Some(Subject { leak, retainers, others })
}

fn of_leak(leak: &Leak) -> Site {
    Site {
        fingerprint: leak.fingerprint.clone(),
        kind: leak.kind.clone(),
        label: leak.label.clone(),
        live: if leak.growth == crate::values::snapshot::Growth::Entries { 1 } else { leak.total },
        registered: leak.total,
        size: leak.size,
        top_inserter: leak.top_inserter.clone(),
        removed_entries: leak.removed_entries,
        origin: leak.origin.clone(),
        shipped_at: leak.shipped_at.clone(),
        stack: leak.stack.clone(),
        role: leak.role,
        kept_by: leak.kept_by.clone(),
        same_call: leak.same_call.clone(),
        stands_for: leak.stands_for.clone(),
        held_by: leak.held_by.clone(),
        verdict: Verdict::Leak,
        evidence: format!(
            "grew in every round of a check: {:+.2} a call, {} in all",
            leak.per_iteration, leak.total
        ),
        ..Site::default()
    }
}
