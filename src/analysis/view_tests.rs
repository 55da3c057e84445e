use super::*;
use crate::record::layout::{Event, Handle, LISTENER, Register};
use crate::stacks::source_maps::SourceMaps;
use crate::store::sites::Definition;
use crate::values::allocations::{Allocations, Kept};
use crate::values::frames::Frame;
use crate::values::stack::Stack;

fn context() -> Context {
    Context {
        node: String::new(),
        mode: "full".to_owned(),
        started_at: SystemTime::UNIX_EPOCH,
        now_ms: 0,
        min_size: 1,
        overhead: Overhead::default(),
    }
}

#[test]
fn the_stacks_of_a_snapshot_are_those_of_the_store() {
    let mut store = Store::new(String::new());
    store.attach(1, 0);
    let frame = |function: &str, file: &str| Frame {
        function: Some(function.to_owned()),
        file: file.to_owned(),
        line: 1,
        column: 1,
    };
    let stack = vec![frame("on", "node:events"), frame("handle", "/srv/app.js")];
    for slot in 1..=3 {
        store.define(1, Definition { kind: MAP, stack: stack.clone(), ..Definition::default() });
        store.apply(1, Event::Register(Register::new(Handle::new(slot, 0), MAP, slot)), 0);
    }
    let mut snapshot = snapshot(&mut store, &context());
    SourceMaps::new(String::new()).follow_snapshot(&mut snapshot);
    let at = |stack: &Stack| stack.as_ptr();
    let mut shown: Vec<_> = snapshot.sites.iter().map(|site| at(&site.stack)).collect();
    let mut stored: Vec<_> = store.sites().map(|view| at(&view.aggregate.site.stack)).collect();
    shown.sort_unstable();
    stored.sort_unstable();
    assert_eq!((shown.len(), shown), (3, stored), "to copy them is most of what a snapshot can cost");
}

#[test]
fn functions_whose_allocations_stay_are_judged_where_they_are_sampled() {
    let mut store = Store::new(String::new());
    store.attach(1, 0);
    let frame =
        Frame { function: Some("submit".to_owned()), file: "/srv/jobs.js".to_owned(), line: 40, column: 18 };
    let kept = Kept { bytes: 3_600_000, samples: 36, for_ms: 3_600_000, ago_ms: 0, looks: 3 };
    let allocations = Allocations {
        number: 1,
        stack: Some(vec![frame]),
        bytes: 4_000_000,
        objects: 1_000,
        verdict: Verdict::Suspect,
        kept: Some(kept),
        ..Allocations::default()
    };
    store.allocations(1, vec![allocations], 60_000);
    let context = Context {
        node: String::new(),
        mode: "adaptive".to_owned(),
        started_at: SystemTime::UNIX_EPOCH,
        now_ms: 90_000,
        min_size: 1,
        overhead: Overhead::default(),
    };
    let taken = snapshot(&mut store, &context);
    let site = &taken.sites[0];
    assert_eq!((&*site.kind, &*site.label, site.verdict), ("heap", "in submit()", Verdict::Suspect));
    assert!(
        matches!(site.reason, Some(Reason::Survives { samples: 36, error_percent: 33, .. })),
        "{:?}",
        site.reason
    );
    assert_eq!((site.size.map(|size| size.total), site.bytes_per_hour), (Some(4_000_000), Some(3_600_000.0)));
    assert_eq!(taken.process.threads, 1, "what is beside an isolate is no thread");
}

#[test]
fn what_names_a_line_of_the_application_comes_before_what_hangs_on_it() {
    let site = |label: &str, file: Option<&str>, verdict: Verdict, live: u64, fingerprint: u64| Site {
        label: label.into(),
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
    causes::put_in_order(&mut sites);
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

#[test]
fn what_counts_is_the_same_of_a_site_that_is_described_and_of_one_that_is_not() {
    let mut store = Store::new(String::new());
    store.attach(1, 0);
    for site in 1..=3u32 {
        let frame = Frame { function: None, file: format!("/srv/{site}.js"), line: site, column: 1 };
        store.define(1, Definition { kind: LISTENER, stack: vec![frame], ..Definition::default() });
        for slot in 0..site {
            let handle = Handle::new(1 + slot + site * 100, 0);
            store.apply(1, Event::Register(Register::new(handle, LISTENER, site)), 0);
        }
    }
    let allocations = Allocations {
        number: 1,
        stack: Some(vec![Frame { function: None, file: "/srv/jobs.js".to_owned(), line: 4, column: 1 }]),
        bytes: 4_000_000,
        objects: 1_000,
        verdict: Verdict::Suspect,
        ..Allocations::default()
    };
    store.allocations(1, vec![allocations], 60_000);
    let context = Context {
        node: String::new(),
        mode: "full".to_owned(),
        started_at: SystemTime::UNIX_EPOCH,
        now_ms: 90_000,
        min_size: 1,
        overhead: Overhead::default(),
    };
    let by_fingerprint = |snapshot: Snapshot| {
        let mut sites = snapshot.sites;
        sites.sort_by(|a, b| a.fingerprint.cmp(&b.fingerprint));
        (snapshot.totals, sites)
    };
    let (totals, whole) = by_fingerprint(snapshot(&mut store, &context));
    let (same_totals, brief) = by_fingerprint(counted(&mut store, &context));
    assert_eq!((totals, whole.len()), (same_totals, 4));
    for (whole, brief) in whole.iter().zip(&brief) {
        if whole.verdict <= Verdict::Suspect {
            assert_eq!(whole, brief);
            continue;
        }
        let counted = |site: &Site| {
            let Site { fingerprint, kind, label, verdict, origin, bytes_per_hour, .. } = site.clone();
            (fingerprint, kind, label, verdict, origin, bytes_per_hour)
        };
        assert_eq!(counted(whole), counted(brief));
        assert_eq!(brief.reason, None);
    }
}

#[test]
fn an_array_is_of_the_line_that_fills_it_where_its_own_is_not_the_applications_or_not_known() {
    let frame = |file: &str, line| Frame { function: None, file: file.to_owned(), line, column: 1 };
    let lines = |holder: Frame| {
        let mut store = Store::new(String::new());
        store.attach(1, 0);
        let fills = vec![frame("/srv/node_modules/router/index.js", 7), frame("/srv/app.js", 3)];
        for (kind, stack) in [(ARRAY, vec![holder.clone()]), (ARRAY, fills), (OBJECT, vec![holder])] {
            store.define(1, Definition { kind, stack, ..Definition::default() });
        }
        for (slot, kind, site) in [(1, ARRAY, 1), (2, OBJECT, 3)] {
            store.apply(1, Event::Register(Register::new(Handle::new(slot, 0), kind, site)), 0);
        }
        store.apply(1, Event::Fill { handle: Handle::new(1, 0), site: 2, entries: 9 }, 0);
        let snapshot = snapshot(&mut store, &context());
        let of = |site: &Site| (site.kind.clone(), site.origin.as_ref().unwrap().line);
        let mut lines: Vec<_> = snapshot.sites.iter().map(of).collect();
        lines.sort();
        lines
    };
    let both = |array, object| vec![("array".to_owned(), array), ("object".to_owned(), object)];
    assert_eq!(lines(frame("/srv/node_modules/router/index.js", 0)), both(3, 0));
    assert_eq!(lines(frame("/srv/app.js", 0)), both(3, 0));
    assert_eq!(lines(frame("/srv/app.js", 9)), both(9, 9));
}
