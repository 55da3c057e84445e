//! Parts of services, those that leak and those that do not.

use crate::record::layout::Handle;

use super::world::*;

/// Makes a part that does not leak.
pub type Innocent = fn(&mut World) -> Part;

/// What does not leak, by name.
pub const INNOCENT: &[(&str, Innocent)] = &[
    ("a bounded LRU at its limit", |world| {
        let map = bare_map(world);
        let limit = world.chance.within(100, 20_000);
        Box::new(move |world| world.resize(map, limit))
    }),
    ("an LRU that fills", |world| {
        let map = bare_map(world);
        let (limit, per_second) = (world.chance.within(50, 5_000), world.chance.within(20, 200) as f64);
        let (limit, mut size) = (limit.min(per_second as u64 * 200), 0);
        Box::new(move |world| {
            let comes = world.chance.arrivals(per_second, world.step_ms);
            let leaves = (size + comes).saturating_sub(limit);
            size = size + comes - leaves;
            world.insert(map, comes);
            if leaves > 0 {
                world.delete(map, leaves);
            }
            world.resize(map, size);
        })
    }),
    ("an LRU of 5,000 that fills at 67/s, of which it is not seen what leaves", |world| {
        let (map, mut size) = (bare_map(world), 0);
        Box::new(move |world| {
            size = 5_000.min(size + world.chance.arrivals(67.0, world.step_ms));
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
    ("a cache with a time to live", |world| {
        let map = bare_map(world);
        let mut entries = std::collections::VecDeque::new();
        let (per_second, ttl_ms) = (world.chance.within(1, 200) as f64, world.chance.within(2, 120) * SECOND);
        Box::new(move |world| {
            let comes = world.chance.arrivals(per_second, world.step_ms);
            entries.extend((0..comes).map(|_| world.now_ms + ttl_ms));
            let leaves = entries.partition_point(|until| *until <= world.now_ms);
            entries.drain(..leaves);
            world.insert(map, comes);
            if leaves > 0 {
                world.delete(map, leaves as u64);
            }
            world.resize(map, entries.len() as u64);
        })
    }),
    ("entries that stay for up to a minute", |world| {
        let map = bare_map(world);
        let mut entries: Vec<u64> = Vec::new();
        let (per_second, life_ms) = (world.chance.within(5, 100) as f64, world.chance.within(1, 60) * SECOND);
        Box::new(move |world| {
            let comes = world.chance.arrivals(per_second, world.step_ms);
            world.insert(map, comes);
            for _ in 0..comes {
                entries.push(world.now_ms + world.chance.within(1, life_ms));
            }
            let before = entries.len();
            entries.retain(|until| *until > world.now_ms);
            if entries.len() < before {
                world.delete(map, (before - entries.len()) as u64);
            }
            world.resize(map, entries.len() as u64);
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
    ("sessions of a minute", |world| {
        let (mut listeners, mut maps) = (Lives::new(world, LISTENER), Lives::new(world, MAP));
        let per_second = world.chance.within(1, 50) as f64;
        Box::new(move |world| {
            listeners.end_due(world, drop_it);
            maps.end_due(world, drop_it);
            for _ in 0..world.chance.arrivals(per_second, world.step_ms) {
                listeners.begin(world, 60 * SECOND, 1);
                maps.begin(world, 60 * SECOND, 0);
            }
        })
    }),
    ("debounced and throttled timers", |world| {
        let mut timeouts = Lives::new(world, TIMEOUT);
        let (per_second, delay_ms) = (world.chance.within(1, 200) as f64, world.chance.within(10, 2_000));
        Box::new(move |world| {
            let calls = world.chance.arrivals(per_second, world.step_ms);
            if calls > 0 {
                // The next call clears the one before.
                let now_ms = world.now_ms;
                timeouts.live.iter_mut().for_each(|(until, _)| *until = now_ms);
            }
            timeouts.end_due(world, World::release);
            if calls > 0 {
                timeouts.begin(world, delay_ms, delay_ms as u32);
            }
        })
    }),
    ("retries that wait longer each time", |world| {
        let mut timeouts = Lives::new(world, TIMEOUT);
        let per_second = world.chance.within(1, 20) as f64;
        Box::new(move |world| {
            timeouts.end_due(world, World::release);
            for _ in 0..world.chance.arrivals(per_second, world.step_ms) {
                let delay_ms = 100 << world.chance.within(0, 9);
                timeouts.begin(world, delay_ms, delay_ms as u32);
            }
        })
    }),
    ("a job once a minute", |world| {
        let (mut listeners, mut intervals) = (Lives::new(world, LISTENER), Lives::new(world, INTERVAL));
        let (table, each) = (bare_map(world), world.chance.within(1, 30));
        let mut due_ms = world.chance.within(0, MINUTE);
        Box::new(move |world| {
            listeners.end_due(world, World::release);
            intervals.end_due(world, World::release);
            if world.now_ms >= due_ms {
                due_ms += MINUTE;
                for n in 0..each {
                    let life_ms = world.chance.within(100, 5 * SECOND);
                    listeners.begin(world, life_ms, n as u32 + 1);
                    intervals.begin(world, life_ms, 100);
                }
            }
            world.resize(table, listeners.live.len() as u64);
        })
    }),
    ("singletons that are made when they are needed", |world| {
        let mut made = Lives::new(world, LISTENER);
        let mut creations: Vec<u64> =
            (0..world.chance.within(1, 6)).map(|_| world.chance.within(0, 10 * MINUTE)).collect();
        Box::new(move |world| {
            let now_ms = world.now_ms;
            for _ in creations.extract_if(.., |at| *at <= now_ms) {
                made.begin(world, u64::MAX / 2, 1);
            }
        })
    }),
];

pub fn bare_map(world: &mut World) -> Handle {
    let site = world.site(MAP);
    world.register(MAP, site, 0)
}

/// How certain a leak can be, and how soon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Certainty {
    /// A leak within a minute.
    Hard,
    /// A suspect within a minute, a leak within six.
    Soft,
    /// A suspect that stays one, until its timeouts fire.
    Piling,
    /// A suspect that stays one: it takes somewhat longer to be seen among others that leave.
    Among,
}

/// Something that leaks, one by one.
pub trait Leaking {
    fn add(&mut self, world: &mut World);
    /// All of it is released.
    fn release(&mut self, world: &mut World);
}

/// Makes something that leaks.
pub type Make = fn(&mut World) -> Box<dyn Leaking>;

/// What leaks, by name.
pub const LEAKS: &[(&str, Certainty, Make)] = &[
    ("listeners on an old emitter", Certainty::Hard, |world| {
        Box::new(Held { argument: Argument::Count, ..Held::new(world, LISTENER, false) })
    }),
    ("intervals", Certainty::Hard, |world| {
        Box::new(Held { argument: Argument::Fixed(60_000), ..Held::new(world, INTERVAL, false) })
    }),
    ("sockets", Certainty::Hard, |world| Box::new(Held::new(world, HANDLE, false))),
    ("emitters that live on, with a listener each", Certainty::Soft, |world| {
        Box::new(Held {
            argument: Argument::Fixed(1),
            is_new: true,
            sampler: Sampler::new(Sampler::OWNERS),
            ..Held::new(world, LISTENER, false)
        })
    }),
    ("tracked things", Certainty::Soft, |world| Box::new(Held::new(world, TRACKED, false))),
    ("file handles of which half are closed", Certainty::Soft, |world| {
        Box::new(Held { closes_half: true, ..Held::new(world, HANDLE, true) })
    }),
    ("entries of a Map", Certainty::Soft, |world| Box::new(Filling::new(world, MAP))),
    ("entries of a Set", Certainty::Soft, |world| Box::new(Filling::new(world, SET))),
    ("entries of a Map that as many leave", Certainty::Among, |world| {
        Box::new(Filling { leaves: 1, ..Filling::new(world, MAP) })
    }),
    ("timeouts of ten minutes", Certainty::Piling, |world| {
        Box::new(Held { argument: Argument::Fixed(600_000), ..Held::new(world, TIMEOUT, false) })
    }),
    ("timeouts of a day", Certainty::Soft, |world| {
        Box::new(Held { argument: Argument::Fixed(86_400_000), ..Held::new(world, TIMEOUT, false) })
    }),
    ("timeouts that never come", Certainty::Hard, |world| {
        Box::new(Held { argument: Argument::Fixed(i32::MAX as u32), ..Held::new(world, TIMEOUT, false) })
    }),
];

/// What comes with a registration.
#[derive(Clone, Copy)]
enum Argument {
    /// How many its owner has.
    Count,
    Fixed(u32),
}

/// Registrations that are held.
struct Held {
    kind: u8,
    site: u32,
    argument: Argument,
    /// On an owner that is new each time: adaptive mode sees one in so many.
    is_new: bool,
    closes_half: bool,
    count: u32,
    held: Vec<Handle>,
    closing: Vec<(u64, Handle)>,
    sampler: Sampler,
}

impl Held {
    fn new(world: &mut World, kind: u8, ends_with_owner: bool) -> Self {
        Self {
            kind,
            site: world.site_that(kind, ends_with_owner),
            argument: Argument::Fixed(0),
            is_new: false,
            closes_half: false,
            count: 0,
            held: Vec::new(),
            closing: Vec::new(),
            sampler: Sampler::new(Sampler::STACKS),
        }
    }
}

impl Leaking for Held {
    fn add(&mut self, world: &mut World) {
        let now_ms = world.now_ms;
        for (_, handle) in self.closing.extract_if(.., |(until, _)| *until <= now_ms) {
            world.release(handle);
        }
        self.count += 1;
        // What an owner gathers gets a stack each, as many as a tick brings here.
        let is_sampled = world.is_adaptive && !matches!(self.argument, Argument::Count);
        let weight = if is_sampled { self.sampler.admit(world) } else { Some(0) };
        let site = if weight.is_some() { self.site } else { 0 };
        if site == 0 && self.is_new {
            return;
        }
        let argument = match self.argument {
            Argument::Count => self.count,
            Argument::Fixed(argument) => argument,
        };
        let handle = world.register_weighted(self.kind, site, argument, weight.unwrap_or(0));
        if self.closes_half && world.chance.within(0, 1) == 0 {
            let until = world.now_ms + world.chance.within(0, 500);
            self.closing.push((until, handle));
        } else {
            self.held.push(handle);
        }
    }

    fn release(&mut self, world: &mut World) {
        for handle in self.held.drain(..).chain(self.closing.drain(..).map(|(_, handle)| handle)) {
            // Nobody calls anything for emitters that are dropped.
            if self.is_new { drop_it(world, handle) } else { world.release(handle) }
        }
    }
}

/// As `js/recording/sampling` does: so many a tick of each name, more than these stand for others; what comes after a pause is
/// chosen always.
struct Sampler {
    allowed: u32,
    tick: u64,
    weight: u8,
    admitted: u32,
    quiet: u32,
}

impl Sampler {
    const TICK_MS: u64 = 250;
    /// Owners of one of several names.
    const OWNERS: u32 = 2;
    /// Stacks, of each subject.
    const STACKS: u32 = 8;
    const RARE_TICKS: u64 = 2;

    fn new(allowed: u32) -> Self {
        Self { allowed, tick: 0, weight: 0, admitted: 0, quiet: 0 }
    }

    fn admit(&mut self, world: &mut World) -> Option<u8> {
        let tick = world.now_ms / Self::TICK_MS;
        let is_rare = tick > self.tick + Self::RARE_TICKS;
        if tick != self.tick {
            self.quiet = if self.admitted <= self.allowed / 2 { self.quiet + 1 } else { 0 };
            if self.quiet >= 8 && self.weight > 0 {
                self.quiet = 0;
                self.weight -= 1;
            }
            (self.tick, self.admitted) = (tick, 0);
        }
        if is_rare {
            return Some(0);
        }
        if world.chance.within(1, 1 << self.weight) != 1 {
            return None;
        }
        let admitted = self.weight;
        self.admitted += 1;
        if self.admitted.is_multiple_of(self.allowed) && self.weight < 13 {
            self.weight += 1;
        }
        Some(admitted)
    }
}

/// A collection that fills.
struct Filling {
    handle: Handle,
    size: u64,
    /// So many others come and leave for each that stays.
    leaves: u64,
}

impl Filling {
    fn new(world: &mut World, kind: u8) -> Self {
        let site = world.site(kind);
        Self { handle: world.register(kind, site, 0), size: 0, leaves: 0 }
    }
}

impl Leaking for Filling {
    fn add(&mut self, world: &mut World) {
        self.size += 1;
        world.insert(self.handle, 1 + self.leaves);
        if self.leaves > 0 {
            world.delete(self.handle, self.leaves);
        }
        world.resize(self.handle, self.size);
    }

    fn release(&mut self, world: &mut World) {
        world.delete(self.handle, self.size);
        self.size = 0;
        world.resize(self.handle, 0);
    }
}

/// Calls so many times a second, late by chance as timers are, or each by itself as clients come.
pub fn at_rate(
    world: &mut World,
    per_second: u64,
    mut call: impl FnMut(&mut World) + 'static,
) -> impl FnMut(&mut World) + 'static {
    let comes_by_chance = world.chance.within(0, 3) == 0;
    let every_ms = 1_000 / per_second;
    let mut due_ms = world.now_ms;
    move |world| {
        if comes_by_chance {
            (0..world.chance.arrivals(per_second as f64, world.step_ms)).for_each(|_| call(world));
            return;
        }
        while due_ms <= world.now_ms {
            call(world);
            let late_ms = if every_ms < 50 { 0 } else { world.chance.within(0, (every_ms / 20).min(150)) };
            due_ms = if every_ms < 50 { due_ms + every_ms } else { world.now_ms + every_ms + late_ms };
        }
    }
}
