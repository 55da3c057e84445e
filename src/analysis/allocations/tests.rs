//! Made-up services: functions that leak, caches, and requests that come and go, sampled as V8 samples them.

use super::*;

/// Bytes between samples.
const INTERVAL: f64 = 131_072.0;
const CLOSE: f64 = 32_768.0;
const LEAK: u32 = 1;
const CACHE: u32 = 2;
const CHURN: u32 = 3;

struct Service {
    interval: f64,
    state: u64,
    now_ms: u64,
    last_id: u64,
    /// Samples, with the time when each dies, in ms.
    living: Vec<(Sample, u64)>,
    tracker: Tracker,
}

impl Service {
    fn new(seed: u64) -> Self {
        let state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let tracker = Tracker::new(0);
        Self { interval: INTERVAL, state, now_ms: 0, last_id: 0, living: Vec::new(), tracker }
    }

    /// With samples as close as in a program that allocates little.
    fn quiet(seed: u64) -> Self {
        Self { interval: CLOSE, ..Self::new(seed) }
    }

    /// From 0 to 1: xorshift64* (Vigna).
    fn random(&mut self) -> f64 {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        (self.state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Allocates so many bytes, which live for a time given by chance.
    fn allocate(&mut self, function: u32, bytes: f64, mut lives_ms: impl FnMut(f64) -> u64) {
        let mut expected = bytes / self.interval;
        while self.random() < expected {
            expected -= 1.0;
            self.last_id += 1;
            let sample = Sample { id: self.last_id, bytes: self.interval as u64, objects: 1_000, function };
            let chance = self.random();
            self.living.push((sample, self.now_ms.saturating_add(lives_ms(chance))));
        }
    }

    /// Allocates one object, so large that it is a sample for certain.
    fn allocate_piece(&mut self, function: u32, bytes: u64, dies_ms: u64) {
        self.last_id += 1;
        self.living.push((Sample { id: self.last_id, bytes, objects: 1, function }, dies_ms));
    }

    fn living(&self) -> Vec<Sample> {
        self.living.iter().map(|(sample, _)| *sample).collect()
    }

    /// What died is gone, and the tracker looks.
    fn collect(&mut self) {
        let now_ms = self.now_ms;
        self.living.retain(|(_, dies_ms)| *dies_ms > now_ms);
        let living = self.living();
        self.tracker.look(now_ms + 100, now_ms, &living);
    }

    /// Time goes on; `work` is done each tenth of a second. Garbage is collected each `gc_ms`. Returns who was reported when.
    fn run(&mut self, seconds: u64, gc_ms: u64, mut work: impl FnMut(&mut Self)) -> Vec<(u64, u32, Verdict)> {
        let mut reported = Vec::new();
        for _ in 0..seconds * 10 {
            self.now_ms += 100;
            work(self);
            if self.now_ms.is_multiple_of(2_500) {
                let living = self.living();
                self.tracker.peek(self.now_ms, &living);
            }
            if self.now_ms.is_multiple_of(gc_ms) {
                self.collect();
                for (function, of) in self.tracker.reported(self.now_ms) {
                    if of.verdict <= Verdict::Suspect {
                        reported.push((self.now_ms, function, of.verdict));
                    }
                }
            }
        }
        reported
    }
}

const MIB_A_MINUTE: f64 = 1_048_576.0 / 600.0; // a tenth of a second's

/// Requests of 20 MB/s that live for a tenth of a second or so, beside a cache of 10 MB that lives for ten seconds.
fn churn(service: &mut Service) {
    service.allocate(CHURN, 1e6, |chance| (chance * 300.0) as u64);
    service.allocate(CACHE, 1e5, |chance| 8_000 + (chance * 4_000.0) as u64);
}

#[test]
fn what_leaks_ten_megabytes_a_minute_is_reported_within_a_minute_and_nothing_else() {
    for seed in 1..=20 {
        let mut service = Service::new(seed);
        let reported = service.run(60, 10_000, |service| {
            churn(service);
            service.allocate(LEAK, 10.0 * MIB_A_MINUTE, |_| u64::MAX);
        });
        assert!(reported.iter().any(|(_, function, _)| *function == LEAK), "seed {seed}: {reported:?}");
        assert!(reported.iter().all(|(_, function, _)| *function == LEAK), "seed {seed}: {reported:?}");
    }
}

#[test]
fn large_pieces_are_reported_within_a_minute_and_those_that_come_and_go_never() {
    for seed in 1..=40 {
        let mut service = Service::new(seed);
        let reported = service.run(57, 2_500, |service| {
            if service.now_ms % 6_000 == 0 {
                service.allocate_piece(LEAK, 1_000_000, u64::MAX);
            }
        });
        assert!(reported.iter().any(|(_, function, _)| *function == LEAK), "seed {seed}: {reported:?}");

        // One a second or so, each needed for up to so many seconds; a cache of them that is full.
        for seconds in [2, 10, 30] {
            let mut service = Service::new(seed);
            let reported = service.run(600, 10_000, |service| {
                if service.random() < 0.1 {
                    let lives_ms = (service.random() * 1_000.0 * f64::from(seconds)) as u64;
                    let until_ms = service.now_ms + lives_ms;
                    service.allocate_piece(CACHE, 1_000_000, until_ms);
                }
            });
            assert!(reported.is_empty(), "seed {seed}, {seconds} s: {reported:?}");
        }
    }
}

#[test]
fn a_leak_that_goes_on_becomes_certain_and_says_its_rate() {
    let mut service = Service::new(3);
    let reported = service.run(600, 20_000, |service| {
        churn(service);
        service.allocate(LEAK, 10.0 * MIB_A_MINUTE, |_| u64::MAX);
    });
    assert_eq!(
        reported.last().map(|(_, function, verdict)| (*function, *verdict)),
        Some((LEAK, Verdict::Leak))
    );
    let (_, of) = &service.tracker.reported(service.now_ms)[0];
    let kept = of.kept.expect("it grows");
    let rate = kept.bytes_per_hour() / (600.0 * 1_048_576.0);
    assert!((rate - 1.0).abs() < kept.error().max(0.1), "{rate} of the true rate, {kept:?}");
}

#[test]
fn one_collection_shows_a_leak() {
    let mut service = Service::new(5);
    let reported = service.run(60, 55_000, |service| {
        churn(service);
        service.allocate(LEAK, 20.0 * MIB_A_MINUTE, |_| u64::MAX);
    });
    assert_eq!(reported, [(55_000, LEAK, Verdict::Suspect)]);
}

#[test]
fn the_innocent_are_not_reported() {
    for seed in 1..=6 {
        let mut service = Service::new(seed);
        // What is set up in the first seconds of each, as a pool and a table; sessions of a quarter of a minute.
        let reported = service.run(600, 20_000, |service| {
            churn(service);
            service.allocate(CACHE + 2, 3e5, |chance| 5_000 + (chance * 10_000.0) as u64);
            if service.now_ms < 15_000 {
                service.allocate(CHURN + 2, 2e6, |_| u64::MAX);
            }
            if service.now_ms == 300_000 {
                service.allocate(CHURN + 3, 4e7, |_| u64::MAX);
            }
        });
        assert_eq!(reported, [], "seed {seed}");
    }
}

/// Requests of 1 MB/s beside a cache of 300 KB that lives for ten seconds.
fn small_churn(service: &mut Service) {
    service.allocate(CHURN, 1e5, |chance| (chance * 300.0) as u64);
    service.allocate(CACHE, 3e3, |chance| 8_000 + (chance * 4_000.0) as u64);
}

#[test]
fn small_nodes_are_reported_in_a_quiet_program_and_nothing_else() {
    for seed in 1..=20 {
        let mut service = Service::quiet(seed);
        // Two hundred nodes of 50 bytes a second.
        let reported = service.run(120, 20_000, |service| {
            small_churn(service);
            service.allocate(LEAK, 1e3, |_| u64::MAX);
        });
        assert!(reported.iter().any(|(_, function, _)| *function == LEAK), "seed {seed}: {reported:?}");
        assert!(reported.iter().all(|(_, function, _)| *function == LEAK), "seed {seed}: {reported:?}");
    }
}

#[test]
fn the_innocent_of_a_quiet_program_are_not_reported() {
    for seed in 1..=20 {
        let mut service = Service::quiet(seed);
        let reported = service.run(600, 20_000, |service| {
            small_churn(service);
            service.allocate(CACHE + 2, 1e4, |chance| 5_000 + (chance * 10_000.0) as u64);
            if service.now_ms < 15_000 {
                service.allocate(CHURN + 2, 1e5, |_| u64::MAX);
            }
            if service.now_ms == 300_000 {
                service.allocate(CHURN + 3, 4e6, |_| u64::MAX);
            }
        });
        assert_eq!(reported, [], "seed {seed}");
    }
}

#[test]
fn what_few_looks_have_seen_is_looked_at_again_soon() {
    let mut service = Service::new(19);
    assert!(!service.tracker.wants_look(u64::MAX));
    service.run(60, 50_000, |service| service.allocate(LEAK, 2e5, |_| u64::MAX));
    assert!(service.tracker.wants_look(NEW_AGAIN_MS) && !service.tracker.wants_look(NEW_AGAIN_MS - 1));
    service.run(200, 10_000, |service| service.allocate(LEAK, 2e5, |_| u64::MAX));
    assert!(service.tracker.wants_look(AGAIN_MS) && !service.tracker.wants_look(AGAIN_MS - 1));
}

#[test]
fn what_is_let_go_is_not_reported_any_more() {
    let mut service = Service::new(9);
    service.run(120, 10_000, |service| service.allocate(LEAK, 2e5, |_| u64::MAX));
    assert!(service.tracker.reports());
    service.living.clear();
    service.collect();
    let reported = service.tracker.reported(service.now_ms);
    assert_eq!(reported.iter().map(|(_, of)| of.verdict).collect::<Vec<_>>(), [Verdict::Steady]);
    assert_eq!(service.tracker.reported(service.now_ms), [], "said once");
    assert!(!service.tracker.reports());
}

#[test]
fn what_stopped_growing_and_is_held_stays_reported_with_when_it_grew() {
    let mut service = Service::new(11);
    service.run(120, 10_000, |service| service.allocate(LEAK, 2e5, |_| u64::MAX));
    service.run(120, 10_000, churn);
    let (_, of) = &service.tracker.reported(service.now_ms)[0];
    assert!(of.verdict <= Verdict::Suspect, "{of:?}");
    let ago_ms = of.kept.unwrap().ago_ms;
    assert!((60_000..130_000).contains(&ago_ms), "{of:?}");
    assert_eq!(of.kept.unwrap().bytes_per_hour(), 0.0);
}

#[test]
fn a_promise_of_growth_asks_for_a_collection() {
    let mut service = Service::new(13);
    let mut promised = false;
    for _ in 0..400 {
        service.now_ms += 100;
        churn(&mut service);
        let now_ms = service.now_ms;
        service.living.retain(|(_, dies_ms)| *dies_ms > now_ms);
        if now_ms.is_multiple_of(2_500) {
            let living = service.living();
            promised |= service.tracker.peek(now_ms, &living);
        }
    }
    assert!(!promised, "what comes and goes promises nothing");
    for _ in 0..400 {
        service.now_ms += 100;
        service.allocate(LEAK, 2e5, |_| u64::MAX);
        if service.now_ms.is_multiple_of(2_500) {
            let living = service.living();
            promised |= service.tracker.peek(service.now_ms, &living);
        }
    }
    assert!(promised);
}

#[test]
fn garbage_that_promised_growth_once_promises_less_from_then_on() {
    let mut service = Service::new(23);
    let mut promises = 0;
    let mut run = |service: &mut Service, function: u32, lives_ms: u64| {
        for _ in 0..300 {
            service.now_ms += 100;
            let until_ms = service.now_ms + lives_ms;
            service.allocate(function, 2e5, |_| until_ms);
            if service.now_ms.is_multiple_of(2_500) {
                // What has died is seen until garbage is collected.
                let living = service.living();
                promises += u32::from(service.tracker.peek(service.now_ms, &living));
            }
        }
        service.collect();
        std::mem::take(&mut promises)
    };
    run(&mut service, CHURN, 200);
    assert!(run(&mut service, CHURN, 200) > 0, "nothing is known of it yet");
    assert_eq!(run(&mut service, CHURN, 200), 0, "it left nothing");
    run(&mut service, LEAK, u64::MAX / 2);
    assert!(service.tracker.reports(), "what stays is seen");
}

#[test]
fn a_week_is_bounded() {
    let mut service = Service::new(17);
    for _ in 0..300 {
        service.now_ms += 120_000;
        service.allocate(LEAK, 4e6, |_| u64::MAX);
        let living = service.living();
        service.tracker.peek(service.now_ms, &living);
        service.now_ms += 2_000;
        service.collect();
    }
    let course = &service.tracker.courses[&LEAK];
    assert!(course.is_bounded() && service.tracker.stretches.is_bounded());
    assert_eq!(course.verdict(), Verdict::Leak);
}
