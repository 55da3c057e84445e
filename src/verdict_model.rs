//! Verdicts on services that are made up: parts that leak and parts that do not, with a clock, garbage and
//! chance of their own. What is innocent is never accused, at any second; what leaks is, and stays so.

use crate::event::{Event, Handle};
use crate::sites::Definition;
use crate::snapshot::Verdict;
use crate::store::Store;
use crate::view;
use crate::wishes::Wishes;

const KEY: u32 = 1;
const MIN_SIZE: u32 = 1_000;
const SECOND: u64 = 1_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;

const LISTENER: u8 = crate::event::LISTENER;
const TIMEOUT: u8 = crate::event::TIMEOUT;
const INTERVAL: u8 = 2;
const MAP: u8 = crate::event::MAP;
/// A kind of `track()`.
const TRACKED: u8 = 40;

/// Chance that a seed brings again: splitmix64 (Steele, Lea and Flood, 2014).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn within(&mut self, from: u64, to: u64) -> u64 {
        from + self.next() % (to - from + 1)
    }

    /// How many of what comes `per_second` on average come within `ms`, each by itself.
    fn arrivals(&mut self, per_second: f64, ms: u64) -> u64 {
        let mean = per_second * ms as f64 / 1_000.0;
        let (mut count, mut product, limit) = (0, self.share(), (-mean).exp());
        while product > limit {
            count += 1;
            product *= self.share();
        }
        count
    }

    fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// A process: what is live, what is garbage, and the time.
struct World {
    store: Store,
    chance: Chance,
    now_ms: u64,
    step_ms: u64,
    sites: u32,
    last_slot: u32,
    free: Vec<Handle>,
    garbage: Vec<Handle>,
    wishes: Wishes,
    /// Whether the process grants what is wished for; a large heap does not.
    grants: bool,
    /// Mean time between its own major collections.
    collects_ms: u64,
    next_collection_ms: u64,
}

type Part = Box<dyn FnMut(&mut World)>;
type Innocent = fn(&mut World) -> Part;
type Leaking = fn(&mut World, u64) -> Part;

impl World {
    fn new(seed: u64, step_ms: u64) -> Self {
        let mut store = Store::new(String::new());
        store.attach(KEY, 0);
        let mut chance = Chance(seed);
        let collects_ms = [3, 15, 60, 100_000][chance.within(0, 3) as usize] * SECOND;
        Self {
            store,
            now_ms: 0,
            step_ms,
            sites: 0,
            last_slot: 0,
            free: Vec::new(),
            garbage: Vec::new(),
            wishes: Wishes::default(),
            grants: true,
            collects_ms,
            next_collection_ms: chance.within(1, 2 * collects_ms),
            chance,
        }
    }

    fn site(&mut self, kind: u8) -> u32 {
        self.sites += 1;
        self.store
            .define(KEY, Definition { kind, subject: format!("{}", self.sites), ..Definition::default() });
        self.sites
    }

    fn register(&mut self, kind: u8, site: u32, delay_ms: u32) -> Handle {
        self.register_weighted(kind, site, delay_ms, 0)
    }

    fn register_weighted(&mut self, kind: u8, site: u32, delay_ms: u32, site_weight_log2: u8) -> Handle {
        let handle = self.free.pop().unwrap_or_else(|| {
            self.last_slot += 1;
            Handle::new(self.last_slot, 0)
        });
        let (total_weight_log2, owned) = (0, false);
        let event =
            Event::Register { handle, kind, site, site_weight_log2, total_weight_log2, delay_ms, owned };
        self.store.apply(KEY, event, self.now_ms);
        handle
    }

    fn release(&mut self, handle: Handle) {
        self.end(handle, Event::Release(handle));
    }

    fn end(&mut self, handle: Handle, event: Event) {
        self.store.apply(KEY, event, self.now_ms);
        self.free.push(Handle::new(handle.slot(), (u32::from(handle.generation()) + 1) & 0x1ff));
    }

    fn resize(&mut self, handle: Handle, size: u64) {
        self.store.apply(KEY, Event::Resize(handle, size as u32), self.now_ms);
    }

    fn collect(&mut self) {
        for handle in std::mem::take(&mut self.garbage) {
            self.end(handle, Event::Collect(handle));
        }
        self.store.collected(KEY, self.now_ms);
        self.next_collection_ms = self.now_ms + self.chance.within(1, 2 * self.collects_ms);
    }

    fn step(&mut self, parts: &mut [Part]) {
        self.now_ms += self.step_ms;
        parts.iter_mut().for_each(|part| part(self));
        if self.now_ms >= self.next_collection_ms {
            self.collect();
        }
        let wished = self.store.tick(self.now_ms)
            && !self.wishes.look(&mut self.store, self.now_ms, MIN_SIZE).is_empty();
        if wished && self.grants {
            self.collect();
        }
    }

    fn verdicts(&self) -> Vec<(u32, Verdict, String)> {
        let judged = self.store.sites().map(|view| {
            let judgement = view::judge(&view, &self.store.timeline, self.now_ms, MIN_SIZE);
            (view.key.1, judgement.verdict, judgement.evidence)
        });
        judged.collect()
    }

    /// Runs for so long and shows the verdicts each second, or each step when that is longer.
    fn run(
        &mut self,
        until_ms: u64,
        parts: &mut [Part],
        mut look: impl FnMut(u64, &[(u32, Verdict, String)]),
    ) {
        let mut last_look = 0;
        while self.now_ms < until_ms {
            self.step(parts);
            if self.now_ms - last_look >= SECOND {
                last_look = self.now_ms;
                look(self.now_ms, &self.verdicts());
            }
        }
    }
}

/// Things that live for some time and then end by `end`.
struct Lives {
    site: u32,
    kind: u8,
    live: Vec<(u64, Handle)>,
}

impl Lives {
    fn new(world: &mut World, kind: u8) -> Self {
        Self { site: world.site(kind), kind, live: Vec::new() }
    }

    fn begin(&mut self, world: &mut World, life_ms: u64, argument: u32) {
        let handle = world.register(self.kind, self.site, argument);
        self.live.push((world.now_ms + life_ms, handle));
    }

    fn end_due(&mut self, world: &mut World, end: fn(&mut World, Handle)) {
        let now_ms = world.now_ms;
        for (_, handle) in self.live.extract_if(.., |(until, _)| *until <= now_ms) {
            end(world, handle);
        }
    }
}

fn drop_it(world: &mut World, handle: Handle) {
    world.garbage.push(handle);
}

/// What does not leak, by name.
const INNOCENT: &[(&str, Innocent)] = &[
    ("a bounded LRU at its limit", |world| {
        let map = bare_map(world);
        let limit = world.chance.within(100, 20_000);
        Box::new(move |world| world.resize(map, limit))
    }),
    ("an LRU that fills", |world| {
        let map = bare_map(world);
        let (limit, per_second) = (world.chance.within(50, 999), world.chance.within(2, 100) as f64);
        let mut size = 0;
        Box::new(move |world| {
            size = limit.min(size + world.chance.arrivals(per_second, world.step_ms));
            world.resize(map, size);
        })
    }),
    ("a large cache that fills fast", |world| {
        let map = bare_map(world);
        let (limit, within_ms) = (world.chance.within(1_000, 50_000), world.chance.within(100, 15 * SECOND));
        Box::new(move |world| {
            let share = world.now_ms as f64 / within_ms as f64;
            world.resize(map, (limit as f64 * share.min(1.0)) as u64);
        })
    }),
    ("a Map that swings", |world| {
        let map = bare_map(world);
        let (period_ms, peak) = (world.chance.within(500, 20 * SECOND), world.chance.within(10, 10_000));
        Box::new(move |world| {
            let share = (world.now_ms % period_ms) as f64 / period_ms as f64;
            world.resize(map, (share * peak as f64) as u64);
        })
    }),
    ("a static table, built at once or as it is needed", |world| {
        let kind = [LISTENER, INTERVAL, MAP, TRACKED][world.chance.within(0, 3) as usize];
        let (mut table, size) = (Lives::new(world, kind), world.chance.within(1, 40));
        let built_by = world.chance.within(0, 20 * SECOND);
        let mut births: Vec<u64> = (0..size).map(|_| world.chance.within(0, built_by)).collect();
        Box::new(move |world| {
            let now_ms = world.now_ms;
            for _ in births.extract_if(.., |at| *at <= now_ms) {
                table.begin(world, u64::MAX / 2, 1);
            }
        })
    }),
    ("pooled connections", |world| {
        let (mut pool, most) = (Lives::new(world, TRACKED), world.chance.within(2, 30) as usize);
        let mut checkouts = Lives::new(world, crate::event::POOL);
        let (per_second, held_ms) = (world.chance.within(1, 100) as f64, world.chance.within(5, 2 * SECOND));
        Box::new(move |world| {
            checkouts.end_due(world, World::release);
            for _ in 0..world.chance.arrivals(per_second, world.step_ms) {
                if checkouts.live.len() == pool.live.len() && pool.live.len() < most {
                    pool.begin(world, u64::MAX / 2, 0);
                }
                if checkouts.live.len() < pool.live.len() {
                    let held_ms = world.chance.within(1, held_ms);
                    checkouts.begin(world, held_ms, 0);
                }
            }
        })
    }),
    ("keep-alive sockets", |world| {
        let mut sockets = Lives::new(world, LISTENER);
        let (mean, idle_ms) = (world.chance.within(1, 30) as f64, world.chance.within(5, 60) * SECOND);
        Box::new(move |world| {
            sockets.end_due(world, drop_it);
            // A new one when all are busy; it stays for the next ones.
            let busy = world.chance.arrivals(mean, SECOND) as usize;
            while sockets.live.len() < busy {
                let life_ms = idle_ms + world.chance.within(0, idle_ms);
                sockets.begin(world, life_ms, 1);
            }
        })
    }),
    ("request-scoped emitters", |world| {
        let mut listeners = Lives::new(world, LISTENER);
        let (per_second, life_ms) = (world.chance.within(1, 100) as f64, world.chance.within(1, 3 * SECOND));
        Box::new(move |world| {
            listeners.end_due(world, drop_it);
            for _ in 0..world.chance.arrivals(per_second, world.step_ms) {
                let life_ms = world.chance.within(0, life_ms);
                listeners.begin(world, life_ms, 1);
            }
        })
    }),
    ("request-scoped emitters, one in 64 seen", |world| {
        let site = world.site(LISTENER);
        let per_second = world.chance.within(1, 100) as f64 / 64.0;
        Box::new(move |world| {
            for _ in 0..world.chance.arrivals(per_second, world.step_ms) {
                let handle = world.register_weighted(LISTENER, site, 1, 6);
                world.garbage.push(handle);
            }
        })
    }),
    ("session Maps with a time to live", |world| {
        let mut sessions = Lives::new(world, MAP);
        let store = bare_map(world);
        let (per_second, life_ms) = (world.chance.within(1, 30) as f64, world.chance.within(1, 15) * SECOND);
        Box::new(move |world| {
            sessions.end_due(world, drop_it);
            for _ in 0..world.chance.arrivals(per_second, world.step_ms) {
                sessions.begin(world, life_ms, 0);
            }
            world.resize(store, sessions.live.len() as u64);
        })
    }),
    ("timeouts that are cleared or fire", |world| {
        let mut timeouts = Lives::new(world, TIMEOUT);
        let (per_second, delay_ms) =
            (world.chance.within(1, 50) as f64, world.chance.within(100, 90 * SECOND));
        let clears = world.chance.within(0, 1) == 0;
        Box::new(move |world| {
            timeouts.end_due(world, World::release);
            for _ in 0..world.chance.arrivals(per_second, world.step_ms) {
                let life_ms = if clears { world.chance.within(0, delay_ms) } else { delay_ms };
                timeouts.begin(world, life_ms, delay_ms as u32);
            }
        })
    }),
    ("intervals of connections that come and go", |world| {
        let mut intervals = Lives::new(world, INTERVAL);
        let (mean, life_ms) = (world.chance.within(1, 200), world.chance.within(1, 10) * SECOND);
        Box::new(move |world| {
            intervals.end_due(world, World::release);
            let per_second = mean as f64 * 1_000.0 / life_ms as f64;
            for _ in 0..world.chance.arrivals(per_second, world.step_ms) {
                let life_ms = world.chance.within(life_ms / 2, life_ms * 3 / 2);
                intervals.begin(world, life_ms, 1_000);
            }
        })
    }),
];

fn bare_map(world: &mut World) -> Handle {
    let site = world.site(MAP);
    world.register(MAP, site, 0)
}

/// What leaks, by name, beginning at once, `every_ms`.
const LEAKS: &[(&str, Leaking)] = &[
    ("listeners on a shared emitter", |world, every_ms| {
        let (site, mut count) = (world.site(LISTENER), 0);
        at_each(every_ms, move |world| {
            count += 1;
            world.register(LISTENER, site, count);
        })
    }),
    ("listeners on emitters of their own that live on", |world, every_ms| {
        let site = world.site(LISTENER);
        at_each(every_ms, move |world| {
            world.register(LISTENER, site, 1);
        })
    }),
    ("intervals", |world, every_ms| {
        let site = world.site(INTERVAL);
        at_each(every_ms, move |world| {
            world.register(INTERVAL, site, 60_000);
        })
    }),
    ("tracked things", |world, every_ms| {
        let site = world.site(TRACKED);
        at_each(every_ms, move |world| {
            world.register(TRACKED, site, 0);
        })
    }),
];

/// Calls again and again, late by chance as timers are.
fn at_each(every_ms: u64, mut call: impl FnMut(&mut World) + 'static) -> Part {
    let mut due_ms = 0;
    Box::new(move |world| {
        while due_ms <= world.now_ms {
            call(world);
            let late_ms = if every_ms < 50 { 0 } else { world.chance.within(0, (every_ms / 20).min(150)) };
            due_ms = if every_ms < 50 { due_ms + every_ms } else { world.now_ms + every_ms + late_ms };
        }
    })
}

fn is_accused(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Leak | Verdict::Suspect)
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
                for (_, verdict, evidence) in verdicts {
                    assert!(
                        !is_accused(*verdict),
                        "{name}, seed {seed}, at {now_ms} ms: {verdict:?}, {evidence}"
                    );
                }
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
                for (_, verdict, evidence) in verdicts {
                    assert!(
                        !is_accused(*verdict),
                        "{name}, seed {seed}, at {now_ms} ms: {verdict:?}, {evidence}"
                    );
                }
            });
        }
    }
}

#[test]
fn leaks_are_told_within_half_a_minute_and_stay_told() {
    for (name, part) in LEAKS {
        for every_ms in [10, 100, 1_000, 5_000] {
            for seed in 0..seeds().div_ceil(6) {
                let mut world = World::new(seed, 50);
                // All innocents beside it: one of them must not use up the wishes.
                let mut parts: Vec<Part> = vec![part(&mut world, every_ms)];
                parts.extend(INNOCENT.iter().map(|(_, part)| part(&mut world)));
                world.run(100 * SECOND, &mut parts, |now_ms, verdicts| {
                    let (_, verdict, evidence) = &verdicts[0];
                    assert!(
                        *verdict == Verdict::Leak || now_ms <= 30 * SECOND,
                        "{name} every {every_ms} ms, seed {seed}, at {now_ms} ms: {verdict:?}, {evidence}"
                    );
                    for (site, verdict, evidence) in &verdicts[1..] {
                        assert!(!is_accused(*verdict), "site {site}, seed {seed}, at {now_ms}: {evidence}");
                    }
                });
            }
        }
    }
}

#[test]
fn a_map_that_fills_with_each_request_is_told() {
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
fn a_leak_that_begins_after_hours_is_told() {
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
            let mut told_ms = None;
            world.run(begins_ms + within_ms + MINUTE, &mut parts, |now_ms, verdicts| {
                let is_leak = verdicts[0].1 == Verdict::Leak;
                assert!(!is_leak || now_ms > begins_ms + 20 * SECOND, "{name}, seed {seed}, at {now_ms}");
                if is_leak && told_ms.is_none() {
                    told_ms = Some(now_ms - begins_ms);
                }
            });
            assert!(
                told_ms.is_some_and(|ms| ms <= within_ms),
                "{name}, after {hours} h: told after {told_ms:?} ms"
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
            for (site, verdict, evidence) in verdicts {
                assert!(
                    !is_accused(*verdict),
                    "site {site}, seed {seed}, at {now_ms} ms: {verdict:?}, {evidence}"
                );
            }
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
            let (_, verdict, evidence) = &verdicts[0];
            assert!(!is_accused(*verdict), "{name}, at {now_ms} ms: {evidence}");
            assert!(
                *verdict == Verdict::Steady || now_ms < 45 * SECOND,
                "{name}, at {now_ms} ms: {evidence}"
            );
        });
    }
}
