//! What one call of the program registers in several places: `pipe()` listens on both streams, a logger's `add()` adds a
//! listener and an entry to a list. Its end ends all of it, so it is one cause. The first in order stands for the others,
//! which say so.

use std::collections::{HashMap, HashSet};

use crate::values::frames::{self, Frame, Owner};
use crate::values::label::Label;
use crate::values::snapshot::{Growth, Leak, Role, Site, TopInserter};

/// The share of a collection's insertions that a line must have, for it to be that line's.
const MOST: f64 = 0.5;

/// Makes consequences of causes that are in order, where an earlier one is of the same call.
pub fn fold(leaks: &mut [Leak]) {
    let calls = leaks.iter().map(|leak| leak.is_cause().then(|| Made::of_leak(leak)).flatten());
    let folded = under(calls);
    let fingerprints: Vec<String> = leaks.iter().map(|leak| leak.fingerprint.clone()).collect();
    for &(at, lead) in &folded {
        leaks[at].role = Role::Consequence;
        leaks[at].same_call = Some(fingerprints[lead].clone());
    }
    // What a folded one keeps goes with the call as well. Lines of one function have one fingerprint.
    let causes: HashSet<String> =
        leaks.iter().filter(|leak| leak.is_cause()).map(|leak| leak.fingerprint.clone()).collect();
    for (at, lead) in folded.into_iter().filter(|(at, _)| !causes.contains(&fingerprints[*at])) {
        let (folded, lead) = (&fingerprints[at], &fingerprints[lead]);
        for leak in leaks.iter_mut().filter(|leak| leak.kept_by.contains(folded)) {
            let is_known = leak.kept_by.contains(lead);
            leak.kept_by.retain(|keeper| keeper != folded);
            if !is_known {
                leak.kept_by.push(lead.clone());
            }
        }
    }
}

/// As [`fold`], for the sites of a service that are reported. `is_listed` says which.
pub fn fold_sites(sites: &mut [Site], is_listed: impl Fn(&Site) -> bool) {
    let is_cause = |site: &Site| is_listed(site) && site.is_cause();
    let calls = sites.iter().map(|site| is_cause(site).then(|| Made::of_site(site)).flatten());
    for (at, lead) in under(calls) {
        let lead = sites[lead].fingerprint.clone();
        sites[at].role = Role::Consequence;
        sites[at].same_call = Some(lead);
    }
}

/// Each that an earlier one of the same call stands for, with that one. What a report shows as one block stays so.
fn under<'a>(made: impl Iterator<Item = Option<Made<'a>>>) -> Vec<(usize, usize)> {
    let mut leads: HashMap<(&Frame, u32), (usize, Made<'_>)> = HashMap::new();
    let mut folded = Vec::new();
    for (at, made) in made.enumerate() {
        let Some(made) = made else { continue };
        match leads.get(&(made.call, made.thread)) {
            None => drop(leads.insert((made.call, made.thread), (at, made))),
            Some((_, lead)) if lead.registering == made.registering && lead.class == made.class => {}
            Some((lead, _)) => folded.push((at, *lead)),
        }
    }
    folded
}

/// What a call of the program made.
struct Made<'a> {
    /// The line of the application that calls.
    call: &'a Frame,
    thread: u32,
    registering: Option<&'a Frame>,
    class: &'a str,
}

impl<'a> Made<'a> {
    fn of_leak(leak: &'a Leak) -> Option<Self> {
        let adds = added_by(&leak.kind, leak.growth, &leak.stack, leak.top_inserter.as_ref())?;
        Self::of(&leak.kind, &leak.label, &leak.stack, adds, 0)
    }

    fn of_site(site: &'a Site) -> Option<Self> {
        let adds = added_by(&site.kind, site.growth(), &site.stack, site.top_inserter.as_ref())?;
        Self::of(&site.kind, &site.label, &site.stack, adds, site.thread)
    }

    /// None where the application's line itself adds it: then it is one of its own.
    fn of(kind: &str, label: &'a Label, stack: &'a [Frame], adds: &'a [Frame], thread: u32) -> Option<Self> {
        let call = frames::origin(adds).filter(|frame| frames::owner(&frame.file) == Owner::Application)?;
        let is_direct = frames::caller(adds) == Some(Owner::Application);
        let registering = frames::registering(stack);
        (!is_direct).then(|| Self { call, thread, registering, class: label.class_of(kind) })
    }
}

/// The stack that adds a listener, or that puts most entries into a collection which stays.
fn added_by<'a>(
    kind: &str,
    growth: Growth,
    stack: &'a [Frame],
    top: Option<&'a TopInserter>,
) -> Option<&'a [Frame]> {
    match growth {
        Growth::Instances if kind == "listener" => Some(stack),
        Growth::Entries if matches!(kind, "map" | "set" | "array" | "object") => {
            top.filter(|top| top.share.is_none_or(|share| share >= MOST)).map(|top| &*top.stack)
        }
        _ => None,
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::values::snapshot::Verdict;
    use crate::values::stack::Stack;

    fn at(file: &str, line: u32) -> Frame {
        Frame { function: None, file: file.to_owned(), line, column: 3 }
    }

    fn stack(of: &[(&str, u32)]) -> Stack {
        of.iter().map(|(file, line)| at(file, *line)).collect::<Vec<_>>().into()
    }

    const CALL: (&str, u32) = ("/app/a.js", 7);

    fn listener(label: &str, of: &[(&str, u32)]) -> Leak {
        Leak {
            kind: "listener".to_owned(),
            label: label.into(),
            fingerprint: label.to_owned(),
            stack: stack(of),
            origin: Some(at(CALL.0, CALL.1)),
            ..Leak::default()
        }
    }

    fn array(share: Option<f64>, by: &[(&str, u32)]) -> Leak {
        let made = [("/app/node_modules/log/list.js", 3)];
        Leak {
            kind: "array".to_owned(),
            growth: Growth::Entries,
            top_inserter: Some(TopInserter { stack: stack(by), share }),
            origin: Some(at(made[0].0, 3)),
            ..listener("Array List.all", &made)
        }
    }

    fn shown(mut leaks: Vec<Leak>) -> Vec<Option<String>> {
        fold(&mut leaks);
        leaks.into_iter().map(|leak| leak.same_call).collect()
    }

    #[test]
    fn what_one_call_registers_is_one_cause() {
        let first = || listener("Log 'data'", &[("/app/node_modules/log/index.js", 5), CALL]);
        let lead = Some("Log 'data'".to_owned());
        let other = listener("Stream 'data'", &[("/app/node_modules/log/index.js", 6), CALL]);
        assert_eq!(shown(vec![first(), other]), [None, lead.clone()], "on another owner");
        let by = [("/app/node_modules/log/list.js", 9), CALL];
        assert_eq!(shown(vec![first(), array(Some(1.0), &by)]), [None, lead.clone()], "in a list");
        assert_eq!(shown(vec![first(), array(Some(0.2), &by)]), [None, None], "mostly others fill it");
        assert_eq!(shown(vec![first(), array(None, &[("/app/b.js", 7)])]), [None, None], "another call");
        let in_package = [("/app/node_modules/log/list.js", 9)];
        assert_eq!(
            shown(vec![first(), array(None, &in_package)]),
            [None, None],
            "no call of the application's"
        );
    }

    #[test]
    fn what_is_one_block_stays_one() {
        let of = |label| listener(label, &[CALL]);
        assert_eq!(shown(vec![of("Log 'a'"), of("Log 'b'")]), [None, None]);
    }

    #[test]
    fn what_the_applications_line_adds_itself_is_listed() {
        let of = |label| listener(label, &[CALL]);
        assert_eq!(shown(vec![of("Log 'a'"), of("Socket 'b'")]), [None, None]);
    }

    #[test]
    fn timers_and_handles_are_each_their_own() {
        let interval = Leak { kind: "interval".to_owned(), ..listener("setInterval 5 ms", &[CALL]) };
        assert_eq!(shown(vec![listener("Log 'a'", &[CALL]), interval]), [None, None]);
    }

    #[test]
    fn what_a_folded_one_keeps_goes_with_its_lead() {
        let kept = Leak {
            role: Role::Consequence,
            kept_by: vec!["Log 'data'".to_owned(), "Stream 'data'".to_owned()],
            ..listener("Socket 'x'", &[("/app/c.js", 1)])
        };
        let first = listener("Log 'data'", &[("/app/node_modules/log/index.js", 5), CALL]);
        let other = listener("Stream 'data'", &[("/app/node_modules/log/index.js", 6), CALL]);
        let mut leaks = vec![first, other, kept];
        fold(&mut leaks);
        assert_eq!(leaks[2].kept_by, ["Log 'data'"]);
    }

    #[test]
    fn so_it_is_in_a_service_for_each_thread() {
        let site = |label: &str, line: u32, thread: u32| Site {
            kind: "listener".to_owned(),
            label: label.into(),
            fingerprint: format!("{label}{thread}"),
            stack: stack(&[("node:internal/streams", line), CALL]),
            origin: Some(at(CALL.0, CALL.1)),
            verdict: Verdict::Leak,
            thread,
            ..Site::default()
        };
        let mut sites = [
            site("In 'end'", 1, 0),
            site("In 'data'", 2, 0),
            site("Out 'close'", 3, 0),
            site("Out 'close'", 3, 1),
        ];
        fold_sites(&mut sites, |site| site.verdict == Verdict::Leak);
        let lead = Some("In 'end'0".to_owned());
        assert_eq!(sites.map(|site| site.same_call), [None, None, lead, None]);
    }
}
