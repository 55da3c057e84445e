//! What is kept by something that registers nothing.

use super::clean::clean;
use super::format::{count, plural};
use crate::record::layout::is_sampled;
use crate::values::frames::{Place, place_of};
use crate::values::snapshot::{Site, Snapshot, Verdict};

/// Classes named that are kept so. The rest are counted.
const MAX_KEPT: usize = 3;

/// What is kept without a registration that shows by whom: all that is seen of it is where Node itself listens, as on
/// each response that an array collects.
pub(super) fn kept(s: &Snapshot) -> Option<String> {
    let has_census = s.census.is_some();
    // Clients that stay look the same; a heap that grows says that these do not go, and so do allocations that stay.
    let grows = s.heap.as_ref().is_some_and(|heap| heap.verdict == Verdict::Suspect)
        || s.sites.iter().any(|site| is_sampled(&site.kind) && site.verdict <= Verdict::Suspect);
    let worst_wanted = if grows { Verdict::Suspect } else { Verdict::Leak };
    let mut most: Vec<(&str, u64)> = Vec::new();
    let is_kept = |site: &&Site| {
        site.verdict <= worst_wanted
            && site.kind == "listener"
            && site.allowed.is_none()
            && place_of(site.origin.as_ref()) == Place::Node
    };
    for site in s.sites.iter().filter(is_kept) {
        let class = site.label.class();
        match most.iter_mut().find(|(known, _)| *known == class) {
            // Several listeners on each.
            Some((_, live)) => *live = site.live.max(*live),
            None => most.push((class, site.live)),
        }
    }
    let named = most.iter().take(MAX_KEPT);
    let named: Vec<String> =
        named.map(|(class, live)| format!("{} {}", count(*live), clean(class))).collect();
    let more = match most.len().saturating_sub(MAX_KEPT) {
        0 => String::new(),
        more => format!(" and {}", plural(more as u64, "other")),
    };
    let next = if has_census { "" } else { "; snapshot({ census: true }) names large collections" };
    (!named.is_empty()).then(|| {
        format!(
            "{}{more}, as Node's own listeners on them show. What keeps them registers nothing, as an array or a closure \
             does{next}",
            named.join(", ")
        )
    })
}
