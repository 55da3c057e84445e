//! The order that sites have in a snapshot.

use crate::values::frames;
use crate::values::snapshot::Site;

/// The most suspicious first; of those, what names a line of the application before what hangs on something that such a
/// line keeps, as what Node itself listens for on each response does.
pub fn put_in_order(sites: &mut [Site]) {
    sites.sort_by_cached_key(|site| {
        let place = frames::place_of(site.origin.as_ref());
        // 16 digits of equal length: as the text would be.
        let fingerprint = u64::from_str_radix(&site.fingerprint, 16).unwrap_or(0);
        (site.verdict, place, std::cmp::Reverse(weight(site)), fingerprint)
    });
}

/// What a site holds, for the order of equally suspicious ones.
fn weight(site: &Site) -> u64 {
    site.size.map_or(site.live, |size| size.total.max(site.live))
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::values::frames::Frame;
    use crate::values::snapshot::Verdict;

    #[test]
    fn what_names_a_line_of_the_application_comes_before_what_hangs_on_it() {
        let site = |label: &str, file: Option<&str>, verdict: Verdict, live: u64, fingerprint: u64| Site {
            label: label.to_owned(),
            origin: file.map(|file| Frame { function: None, file: file.to_owned(), line: 1, column: 1 }),
            verdict,
            live,
            fingerprint: format!("{fingerprint:016x}"),
            ..Site::default()
        };
        let package = Some("/srv/node_modules/on-finished/index.js");
        let (app, none) = (Some("/srv/app.js"), None);
        let mut sites = vec![
            site("steady", app, Verdict::Steady, 9_000, 1),
            site("finish", none, Verdict::Leak, 2_215, 2),
            site("on-finished", package, Verdict::Leak, 2_215, 3),
            site("suspect", app, Verdict::Suspect, 1, 4),
            site("small", app, Verdict::Leak, 10, 5),
            site("the same, by its fingerprint", app, Verdict::Leak, 1_107, u64::MAX),
            site("bus", app, Verdict::Leak, 1_107, 6),
            site("own suspect", none, Verdict::Suspect, 5_000, 7),
        ];
        put_in_order(&mut sites);
        let labels: Vec<&str> = sites.iter().map(|site| &*site.label).collect();
        let expected = [
            "bus",
            "the same, by its fingerprint",
            "small",
            "on-finished",
            "finish",
            "suspect",
            "own suspect",
            "steady",
        ];
        assert_eq!(labels, expected);
    }
}
