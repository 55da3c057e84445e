//! Verdicts on services that are made up: parts that leak and parts that do not, with a clock, garbage and
//! chance of their own. What is innocent is never accused, at any second; what leaks is, and stays so.

mod parts;
mod world;

use std::fmt;

use crate::values::snapshot::Verdict;

use parts::{INNOCENT, LEAKS, bare_map};
use world::*;

/// None of these sites is accused.
#[track_caller]
fn assert_innocent(at: fmt::Arguments<'_>, verdicts: &[(u32, Verdict, String)]) {
    for (site, verdict, evidence) in verdicts {
        let is_accused = matches!(verdict, Verdict::Leak | Verdict::Suspect);
        assert!(!is_accused, "{at}, site {site}: {verdict:?}, {evidence}");
    }
}

/// How many worlds of each part; `LEAKLINE_SEEDS` asks for more.
fn seeds() -> u64 {
    let asked = std::env::var("LEAKLINE_SEEDS").ok().and_then(|text| text.parse().ok());
    asked.unwrap_or(if cfg!(miri) { 1 } else { 24 })
}

#[test]
fn the_innocent_are_never_accused() {
    for (name, part) in INNOCENT {
        for seed in 0..seeds() {
            let mut world = World::new(seed, 50);
            world.grants = seed % 3 != 0;
            let mut parts = [part(&mut world)];
            world.run(90 * SECOND, &mut parts, |now_ms, verdicts| {
                assert_innocent(format_args!("{name}, seed {seed}, at {now_ms} ms"), verdicts);
            });
        }
    }
}

#[test]
fn the_innocent_are_not_accused_in_the_long_run() {
    for (name, part) in INNOCENT {
        for seed in 0..seeds().div_ceil(8) {
            let mut world = World::new(seed, 500);
            let mut parts = [part(&mut world)];
            world.run(HOUR, &mut parts, |now_ms, verdicts| {
                assert_innocent(format_args!("{name}, seed {seed}, at {now_ms} ms"), verdicts);
            });
        }
    }
}

#[test]
fn leaks_are_reported_within_half_a_minute_and_stay_reported() {
    for (name, part) in LEAKS {
        for every_ms in [10, 100, 1_000, 5_000] {
            for seed in 0..seeds().div_ceil(6) {
                let mut world = World::new(seed, 50);
                // All innocents beside it: one of them must not use up the gc_requests.
                let mut parts: Vec<Part> = vec![part(&mut world, every_ms)];
                parts.extend(INNOCENT.iter().map(|(_, part)| part(&mut world)));
                world.run(100 * SECOND, &mut parts, |now_ms, verdicts| {
                    let (_, verdict, evidence) = &verdicts[0];
                    assert!(
                        *verdict == Verdict::Leak || now_ms <= 30 * SECOND,
                        "{name} every {every_ms} ms, seed {seed}, at {now_ms} ms: {verdict:?}, {evidence}"
                    );
                    assert_innocent(
                        format_args!("beside {name}, seed {seed}, at {now_ms} ms"),
                        &verdicts[1..],
                    );
                });
            }
        }
    }
}

#[test]
fn a_map_that_fills_with_each_request_is_reported() {
    for seed in 0..seeds().div_ceil(3) {
        let mut world = World::new(seed, 50);
        let map = bare_map(&mut world);
        let per_second = world.chance.within(60, 500) as f64;
        let mut size = 0;
        let mut parts: [Part; 1] = [Box::new(move |world| {
            size += world.chance.arrivals(per_second, world.step_ms);
            world.resize(map, size);
        })];
        world.run(400 * SECOND, &mut parts, |now_ms, verdicts| {
            let (_, verdict, evidence) = &verdicts[0];
            let is_leak = *verdict == Verdict::Leak;
            assert!(is_leak || now_ms <= 30 * SECOND, "seed {seed}, at {now_ms} ms: {verdict:?}, {evidence}");
            assert!(
                !is_leak || now_ms >= 20 * SECOND,
                "seed {seed}, at {now_ms} ms: it may be a cache still"
            );
        });
    }
}

#[test]
fn a_leak_that_begins_after_hours_is_reported() {
    for (name, part) in LEAKS {
        for (seed, hours) in (1..=8).enumerate() {
            let mut world = World::new(seed as u64, 500);
            let mut inner: Option<Part> = None;
            let mut leak = part(&mut world, 2_000);
            let begins_ms = hours * HOUR;
            // A few belong there.
            (0..3).for_each(|_| leak(&mut world));
            let mut parts: [Part; 1] = [Box::new(move |world| {
                if world.now_ms >= begins_ms {
                    inner.get_or_insert_with(|| std::mem::replace(&mut leak, Box::new(|_| {})))(world);
                }
            })];
            let within_ms = begins_ms / 3;
            let mut reported_ms = None;
            world.run(begins_ms + within_ms + MINUTE, &mut parts, |now_ms, verdicts| {
                let is_leak = verdicts[0].1 == Verdict::Leak;
                assert!(!is_leak || now_ms > begins_ms + 20 * SECOND, "{name}, seed {seed}, at {now_ms}");
                if is_leak && reported_ms.is_none() {
                    reported_ms = Some(now_ms - begins_ms);
                }
            });
            assert!(
                reported_ms.is_some_and(|ms| ms <= within_ms),
                "{name}, after {hours} h: reported after {reported_ms:?} ms"
            );
        }
    }
}

#[test]
fn a_day_that_comes_and_goes_is_no_leak() {
    for seed in 0..seeds().div_ceil(8) {
        let mut world = World::new(seed, 1_000);
        let mut sessions = Lives::new(&mut world, INTERVAL);
        let table = bare_map(&mut world);
        let day_ms = world.chance.within(10 * MINUTE, 3 * HOUR);
        let mut parts: [Part; 1] = [Box::new(move |world| {
            sessions.end_due(world, World::release);
            let height = 1.1 - (world.now_ms as f64 / day_ms as f64 * std::f64::consts::TAU).cos();
            for _ in 0..world.chance.arrivals(height * 2.0, world.step_ms) {
                // Most look in, some stay.
                let life_ms = SECOND + (world.chance.share().powi(3) * 10.0 * MINUTE as f64) as u64;
                sessions.begin(world, life_ms, 1_000);
            }
            world.resize(table, sessions.live.len() as u64);
        })];
        world.run(3 * day_ms, &mut parts, |now_ms, verdicts| {
            assert_innocent(format_args!("seed {seed}, at {now_ms} ms"), verdicts);
        });
    }
}

#[test]
fn growth_that_stops_is_steady_soon() {
    for (name, part) in LEAKS {
        let mut world = World::new(3, 50);
        let mut leak = part(&mut world, 1_000);
        let mut parts: [Part; 1] = [Box::new(move |world| {
            if world.now_ms < 15 * SECOND {
                leak(world);
            }
        })];
        world.run(2 * MINUTE, &mut parts, |now_ms, verdicts| {
            assert_innocent(format_args!("{name}, at {now_ms} ms"), &verdicts[..1]);
            let (_, verdict, evidence) = &verdicts[0];
            assert!(
                *verdict == Verdict::Steady || now_ms < 45 * SECOND,
                "{name}, at {now_ms} ms: {evidence}"
            );
        });
    }
}
