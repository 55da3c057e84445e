//! Verdicts on services that are made up: parts that leak and parts that do not, with a clock, garbage and
//! chance of their own. What is innocent is never called a leak, at any second, and a suspect only with its reserve; what
//! leaks is reported in time, and until it is released.

mod parts;
mod world;

use std::cell::RefCell;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use crate::values::reason::{CouldBe, Growing, Reason};
use crate::values::snapshot::Verdict;

use parts::{Certainty, INNOCENT, LEAKS, at_rate, bare_map};
use world::*;

/// How long after the first end a suspicion may last, in ms.
const WITHDRAWN_WITHIN_MS: u64 = MINUTE;

/// Of a day that comes and goes.
const LONGEST_SESSION_MS: u64 = 10 * MINUTE;

fn is_accused(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Leak | Verdict::Suspect)
}

/// None of these sites is called a leak, and a suspect only where that is said with its reserve, and not for long after the
/// first end.
#[track_caller]
fn assert_innocent(at: fmt::Arguments<'_>, now_ms: u64, seen: &[Seen]) {
    for Seen { site, verdict, reason, first_end_ms } in seen {
        let says_so = match reason {
            Reason::Grew(Growing { could_be, .. })
            | Reason::Even { could_be, .. }
            | Reason::GrewOnAndOff { could_be, .. } => {
                matches!(could_be, Some(CouldBe::FillingCache | CouldBe::LongSessions))
            }
            Reason::PilingUp { .. } => true,
            _ => false,
        };
        let is_over = first_end_ms.is_some_and(|end| now_ms > end + WITHDRAWN_WITHIN_MS);
        let may_be = !is_accused(*verdict) || (*verdict == Verdict::Suspect && says_so && !is_over);
        assert!(
            may_be,
            "{at}, at {now_ms} ms, site {site}, first end {first_end_ms:?}: {verdict:?}, {reason:?}"
        );
    }
}

/// How many worlds of each part; `LEAKLINE_SEEDS` asks for more.
fn seeds() -> u64 {
    let asked = std::env::var("LEAKLINE_SEEDS").ok().and_then(|text| text.parse().ok());
    asked.unwrap_or(if cfg!(miri) { 1 } else { 8 })
}

/// Runs a world for each seed, and fails when one did: the others are to be seen as well.
#[track_caller]
fn in_each(seeds: u64, world: impl Fn(u64)) {
    let failed = |seed: &u64| catch_unwind(AssertUnwindSafe(|| world(*seed))).is_err();
    let failed: Vec<u64> = (0..seeds).filter(failed).collect();
    assert!(failed.is_empty(), "{} of {seeds} worlds: {failed:?}", failed.len());
}

#[test]
fn the_innocent_are_not_accused() {
    in_each(seeds(), |seed| {
        for (name, part) in INNOCENT {
            let mut world = World::new(seed, 50);
            world.grants = seed % 3 != 0;
            let mut parts = [part(&mut world)];
            world.run(90 * SECOND, &mut parts, |now_ms, seen| {
                assert_innocent(format_args!("{name}, seed {seed}"), now_ms, seen);
            });
        }
    });
}

#[test]
fn the_innocent_are_not_accused_in_the_long_run() {
    in_each(seeds().div_ceil(8), |seed| {
        for (name, part) in INNOCENT {
            let mut world = World::new(seed, 500);
            let mut parts = [part(&mut world)];
            if std::env::var("TRACE").is_ok_and(|only| only != format!("{name}, seed {seed}")) {
                continue;
            }
            world.run(HOUR, &mut parts, |now_ms, seen| {
                if std::env::var("TRACE").is_ok() {
                    eprintln!("T {now_ms} {:?}", seen[0]);
                }
                assert_innocent(format_args!("{name}, seed {seed}"), now_ms, seen);
            });
        }
    });
}

/// The table of a service: what leaks, at each rate and in each mode, beside everything that does not.
#[test]
fn leaks_are_reported_in_time_and_until_they_are_released() {
    // The slowest and the fastest; each where many worlds are asked for.
    let rates: &[u64] = if seeds() < 12 { &[1, 5, 50] } else { &[1, 5, 20, 50, 200] };
    in_each(seeds().div_ceil(12), |seed| {
        for (name, certainty, make) in LEAKS {
            for per_second in rates.iter().copied() {
                for is_adaptive in [false, true] {
                    let mode = if is_adaptive { "adaptive" } else { "full" };
                    let at = format!("{name}, {per_second}/s, {mode}, seed {seed}");
                    if std::env::var("TRACE").is_ok_and(|only| only != at) {
                        continue;
                    }
                    row(&at, *certainty, *make, per_second, is_adaptive, seed);
                }
            }
        }
    });
}

fn row(at: &str, certainty: Certainty, make: parts::Make, per_second: u64, is_adaptive: bool, seed: u64) {
    let mut world = World::new(seed, 100);
    world.is_adaptive = is_adaptive;
    let leak = Rc::new(RefCell::new(make(&mut world)));
    let adding = leak.clone();
    let mut add = at_rate(&mut world, per_second, move |world| adding.borrow_mut().add(world));
    let load_ms = 7 * MINUTE;
    let mut parts: Vec<Part> = vec![Box::new(move |world| {
        if world.now_ms < load_ms {
            add(world);
        }
    })];
    // One innocent beside it: it must not use up the garbage collections.
    let (_, beside) = INNOCENT[(seed as usize + per_second as usize) % INNOCENT.len()];
    parts.push(beside(&mut world));
    let reported_by = match certainty {
        Certainty::Hard => MINUTE,
        Certainty::Among if per_second >= 5 => 90 * SECOND,
        _ if per_second >= 5 => MINUTE,
        _ => 3 * MINUTE,
    };
    let stays_suspect = matches!(certainty, Certainty::Piling | Certainty::Among);
    let leak_by = match certainty {
        Certainty::Hard => MINUTE,
        Certainty::Soft => 6 * MINUTE,
        Certainty::Piling | Certainty::Among => u64::MAX,
    };
    let mut worst = Verdict::New;
    let mut check = |now_ms: u64, seen: &[Seen]| {
        let Seen { verdict, reason, .. } = &seen[0];
        if std::env::var("TRACE").is_ok() {
            eprintln!("T {at} {now_ms} {verdict:?} {reason:?}");
        }
        assert!(
            is_accused(*verdict) || now_ms <= reported_by,
            "{at}, at {now_ms} ms: {verdict:?}, {reason:?}"
        );
        assert!(
            *verdict == Verdict::Leak || now_ms <= leak_by,
            "{at}, at {now_ms} ms: {verdict:?}, {reason:?}"
        );
        let was_accused = is_accused(worst);
        assert!(
            !was_accused || *verdict <= worst,
            "{at}, at {now_ms} ms: it was {worst:?}, and is {verdict:?}, {reason:?}"
        );
        if is_accused(*verdict) {
            worst = *verdict;
        }
        let may_be_certain = certainty == Certainty::Hard || now_ms >= 5 * MINUTE;
        assert!(
            *verdict != Verdict::Leak || (may_be_certain && !stays_suspect),
            "{at}, at {now_ms} ms: {verdict:?}, {reason:?}"
        );
    };
    world.run(load_ms, &mut parts, &mut check);
    world.step_ms = 500;
    // Timeouts of ten minutes begin to fire then.
    let idle_ms = if certainty == Certainty::Piling { 2 * MINUTE } else { 10 * MINUTE };
    world.run(load_ms + idle_ms, &mut parts, &mut check);
    leak.borrow_mut().release(&mut world);
    let until_ms = load_ms + idle_ms + 90 * SECOND;
    world.run(until_ms, &mut parts, |now_ms, seen| {
        let Seen { verdict, reason, .. } = &seen[0];
        let is_over = !is_accused(*verdict) || now_ms + 30 * SECOND < until_ms;
        assert!(is_over, "{at}, released, at {now_ms} ms: {verdict:?}, {reason:?}");
    });
}

#[test]
fn a_leak_that_begins_after_hours_is_reported() {
    for (name, certainty, make) in LEAKS {
        for (seed, hours) in (1..=8).enumerate() {
            let mut world = World::new(seed as u64, 500);
            let mut leak = make(&mut world);
            let begins_ms = hours * HOUR;
            // A few belong there.
            (0..3).for_each(|_| leak.add(&mut world));
            let mut add = at_rate(&mut world, 5, move |world| leak.add(world));
            let mut parts: [Part; 1] = [Box::new(move |world| {
                if world.now_ms >= begins_ms {
                    add(world);
                }
            })];
            let within_ms = 12 * MINUTE;
            let mut reported_ms = None;
            world.run(begins_ms + within_ms + MINUTE, &mut parts, |now_ms, seen| {
                let is_one = is_accused(seen[0].verdict);
                assert!(!is_one || now_ms > begins_ms + 20 * SECOND, "{name}, seed {seed}, at {now_ms}");
                if is_one && reported_ms.is_none() {
                    reported_ms = Some(now_ms - begins_ms);
                }
            });
            assert!(
                reported_ms.is_some_and(|ms| ms <= within_ms),
                "{name} ({certainty:?}), after {hours} h: reported after {reported_ms:?} ms"
            );
        }
    }
}

#[test]
fn a_day_that_comes_and_goes_is_no_leak() {
    in_each(seeds().div_ceil(8), |seed| {
        let mut world = World::new(seed, 1_000);
        let mut sessions = Lives::new(&mut world, INTERVAL);
        let table = bare_map(&mut world);
        let day_ms = world.chance.within(10 * MINUTE, 3 * HOUR);
        let mut parts: [Part; 1] = [Box::new(move |world| {
            sessions.end_due(world, World::release);
            let height = 1.1 - (world.now_ms as f64 / day_ms as f64 * std::f64::consts::TAU).cos();
            for _ in 0..world.chance.arrivals(height * 2.0, world.step_ms) {
                // Most look in, some stay.
                let life_ms = SECOND + (world.chance.share().powi(3) * LONGEST_SESSION_MS as f64) as u64;
                sessions.begin(world, life_ms, 1_000);
            }
            world.resize(table, sessions.live.len() as u64);
        })];
        world.run(3 * day_ms, &mut parts, |now_ms, seen| {
            // Before the longest of the first sessions have had the time to end, nobody can say which of them stay for good: they
            // outlive all that ended, or none has ended at all. docs/verdicts.md says so.
            if now_ms > LONGEST_SESSION_MS + WITHDRAWN_WITHIN_MS {
                assert_innocent(format_args!("seed {seed}"), now_ms, seen);
            }
        });
    });
}

#[test]
fn growth_that_stops_soon_is_steady_soon() {
    for (name, _, make) in LEAKS {
        let mut world = World::new(3, 50);
        let mut leak = make(&mut world);
        let mut add = at_rate(&mut world, 1, move |world| leak.add(world));
        let mut parts: [Part; 1] = [Box::new(move |world| {
            if world.now_ms < 15 * SECOND {
                add(world);
            }
        })];
        world.run(2 * MINUTE, &mut parts, |now_ms, seen| {
            let Seen { verdict, reason, .. } = &seen[0];
            assert!(!is_accused(*verdict), "{name}, at {now_ms} ms: {verdict:?}, {reason:?}");
            assert!(
                *verdict == Verdict::Steady || now_ms < 45 * SECOND,
                "{name}, at {now_ms} ms: {reason:?}"
            );
        });
    }
}
