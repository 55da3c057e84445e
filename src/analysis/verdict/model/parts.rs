//! Parts of services, those that leak and those that do not.

use crate::record::layout::Handle;

use super::world::*;

/// Makes a part that does not leak.
pub type Innocent = fn(&mut World) -> Part;
/// Makes a part that leaks one thing in so many ms.
pub type Leaking = fn(&mut World, u64) -> Part;

/// What does not leak, by name.
pub const INNOCENT: &[(&str, Innocent)] = &[
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
        let mut creations: Vec<u64> = (0..size).map(|_| world.chance.within(0, built_by)).collect();
        Box::new(move |world| {
            let now_ms = world.now_ms;
            for _ in creations.extract_if(.., |at| *at <= now_ms) {
                table.begin(world, u64::MAX / 2, 1);
            }
        })
    }),
    ("pooled connections", |world| {
        let (mut pool, most) = (Lives::new(world, TRACKED), world.chance.within(2, 30) as usize);
        let mut checkouts = Lives::new(world, crate::record::layout::POOL);
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
    ("request-scoped emitters, one in 2^6 to 2^13 seen", |world| {
        let site = world.site(LISTENER);
        let weight_log2 = world.chance.within(6, 13) as u8;
        let per_second = world.chance.within(1, 100) as f64 / 64.0;
        Box::new(move |world| {
            for _ in 0..world.chance.arrivals(per_second, world.step_ms) {
                let handle = world.register_weighted(LISTENER, site, 1, weight_log2);
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

pub fn bare_map(world: &mut World) -> Handle {
    let site = world.site(MAP);
    world.register(MAP, site, 0)
}

/// What leaks, by name, beginning at once, `every_ms`.
pub const LEAKS: &[(&str, Leaking)] = &[
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
