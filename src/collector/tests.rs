//! The collector with real threads: isolates attach, record and detach while others send requests. The sanitizers run
//! these tests (`npm run sanitize`); `loom_model` has every interleaving.

use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::collector;
use crate::collector::client::Client;
use crate::collector::exposition::Form;
use crate::collector::message::Message;
use crate::collector::recorder;
use crate::collector::settings::{CheckOptions, Settings};
use crate::record::layout::{Event, Handle, MAP, MAX_GENERATION, Register, TIMEOUT};
use crate::record::ring::{Ring, heap_region};
use crate::record::sync::AtomicU32;
use crate::report::exchange::metrics::Dialect;
use crate::store::sites::Definition;
use crate::values::snapshot::Snapshot;

const ISOLATES: u32 = 3;
/// Attachments of an isolate, one after the other.
const ATTACHMENTS: u32 = 4;
const EVENTS: u32 = 8_000;
const SLOTS: u32 = 40;
/// So small that it is often full, as when the collector is too slow.
const RECORDS: usize = 64;

/// An isolate's side of the ring, as in `js/recording/ring.js`.
struct Producer {
    client: Client,
    ring: Ring<Arc<[AtomicU32]>>,
}

impl Producer {
    fn attach(client: Client, key: u32) -> Self {
        // Near the wrap-around, so that each attachment passes it.
        let region: Arc<[AtomicU32]> = heap_region(RECORDS, u32::MAX - 500).into();
        client.attach(key, key, region.clone()).unwrap().unwrap();
        for kind in [MAP, TIMEOUT] {
            let definition = Definition { kind, subject: format!("isolate {key}"), ..Definition::default() };
            client.send(Message::Site(key, definition));
        }
        Self { client, ring: Ring::new(region).unwrap() }
    }

    fn push(&self, event: Event) {
        while !self.ring.push(event.encode()) {
            self.client.drain().unwrap();
        }
    }

    /// Fills, frees and fills the slots again. Returns how many registrations there were.
    fn record(&self) -> u64 {
        let mut generations = [0; SLOTS as usize];
        let mut is_live = [false; SLOTS as usize];
        let mut registered = 0;
        for n in 0..EVENTS {
            let at = (n.wrapping_mul(2_654_435_761) >> 16) % SLOTS;
            let (slot, index) = (at + 1, at as usize);
            let handle = Handle::new(slot, generations[index] & MAX_GENERATION);
            let (kind, site) = if slot % 2 == 0 { (MAP, 1) } else { (TIMEOUT, 2) };
            if !is_live[index] {
                self.push(Event::Register(Register::new(handle, kind, site)));
                registered += 1;
                is_live[index] = true;
            } else if kind == MAP && n % 3 == 0 {
                self.push(Event::Resize(handle, n));
            } else {
                self.push(if n % 5 == 0 { Event::Collect(handle) } else { Event::Release(handle) });
                is_live[index] = false;
                generations[index] += 1;
            }
        }
        registered
    }
}

fn isolate(client: Client, key: u32) -> JoinHandle<u64> {
    thread::spawn(move || {
        let mut registered = 0;
        for life in 0..ATTACHMENTS {
            let producer = Producer::attach(client.clone(), key);
            registered += producer.record();
            if life % 2 == 0 {
                client.send(Message::Note(format!("life {life}")));
                client.first_sample(key).unwrap();
                client.look(key).unwrap();
                client.leaks(key, CheckOptions::default()).unwrap();
                client.check_end(key).unwrap();
            }
            client.detach(key).unwrap();
        }
        registered
    })
}

#[test]
fn isolates_come_record_and_go_while_others_ask() {
    let (client, collector) = collector::start(String::new()).unwrap();
    let isolates: Vec<_> = (1..=ISOLATES).map(|key| isolate(client.clone(), key)).collect();
    let asker = thread::spawn({
        let client = client.clone();
        move || {
            for n in 0.. {
                let snapshot = client.snapshot(Snapshot::clone).unwrap();
                for (kind, totals) in &snapshot.totals {
                    let ended = totals.released + totals.collected;
                    assert_eq!(totals.registered, totals.live + ended, "{kind} after {n} snapshots");
                }
                client.sweep_others(n % ISOLATES).unwrap();
                client.unswept_others(n % ISOLATES).unwrap();
                client.leftovers(1).unwrap();
                if client.notes().unwrap().len() >= ATTACHMENTS as usize / 2 && snapshot.sites.is_empty() {
                    return;
                }
                thread::yield_now();
            }
        }
    });
    let registered: u64 = isolates.into_iter().map(|isolate| isolate.join().unwrap()).sum();
    asker.join().unwrap();

    let snapshot = client.snapshot(Snapshot::clone).unwrap();
    let sum = |of: fn(&crate::values::snapshot::Totals) -> u64| snapshot.totals.values().map(of).sum::<u64>();
    assert_eq!(sum(|totals| totals.registered), registered, "each registration was seen, once");
    assert_eq!(sum(|totals| totals.live), 0, "who is detached leaves nothing");
    assert_eq!(snapshot.overhead.dropped, 0);
    client.end();
    collector.join().unwrap();
}

#[test]
fn who_asks_a_collector_that_has_ended_is_reported() {
    let (client, collector) = collector::start(String::new()).unwrap();
    let asking: Vec<_> = (0..4)
        .map(|_| {
            let client = client.clone();
            thread::spawn(move || while client.drain().is_ok() {})
        })
        .collect();
    client.end();
    collector.join().unwrap();
    asking.into_iter().for_each(|thread| thread.join().unwrap());
    assert!(client.snapshot(Snapshot::clone).is_err());
}

/// A collector that does nothing until the returned sender is dropped.
fn stand_still(client: &Client) -> (mpsc::Sender<()>, JoinHandle<()>) {
    let (release, released) = mpsc::channel::<()>();
    let (enter, entered) = mpsc::channel();
    let client = client.clone();
    let holder = thread::spawn(move || {
        let wait = move |_: &Snapshot| {
            let _ = enter.send(());
            let _ = released.recv();
        };
        client.snapshot(wait).unwrap();
    });
    entered.recv().unwrap();
    (release, holder)
}

#[test]
fn who_reads_metrics_does_not_wait_for_a_collector_that_stands_still() {
    const TEXT: Form = Form::Text(Dialect::Prometheus);
    let (client, collector) = collector::start(String::new()).unwrap();
    // Its first text is prepared while nobody waits: a reader takes it later.
    client.want_metrics(TEXT);
    client.drain().unwrap();
    let (release, holder) = stand_still(&client);
    let text = client.metrics(TEXT).unwrap().expect("it was prepared before");
    assert!(text.contains("\nleakline_dropped_total 0\n"), "{text}");
    assert_eq!(client.metrics(TEXT).unwrap(), Some(text), "the latest is read again");
    // Nobody has prepared these. The first reader waits in vain, the next does not wait.
    for _ in 0..2 {
        assert_eq!(client.metrics(Form::Families).unwrap(), None);
    }
    drop(release);
    holder.join().unwrap();
    client.drain().unwrap();
    let families = client.metrics(Form::Families).unwrap().expect("what was wanted is prepared now");
    assert!(families.starts_with("[{\"name\":\"leakline_info\""), "{families}");
    client.end();
    collector.join().unwrap();
    assert!(client.metrics(TEXT).is_err(), "a text of a collector that is gone is of the past");
}

#[test]
fn the_last_state_in_the_file_is_that_before_the_last_isolate_has_ended() {
    let dir = std::env::temp_dir().join(format!("leakline-last-state-{}", std::process::id()));
    let live = || {
        let file = std::fs::read_dir(&dir).ok()?.next()?.ok()?.path();
        let flight = crate::flight::read(&std::fs::File::open(file).ok()?).ok()?;
        Some(flight.snapshot().sites.iter().map(|site| site.live).sum::<u64>())
    };
    let (client, collector) = collector::start(String::new()).unwrap();
    let flight = Some(recorder::Settings { dir: dir.clone(), at_once: true, ..Default::default() });
    client.send(Message::Settings(Box::new(Settings { main: true, flight, ..Settings::default() })));
    let producer = Producer::attach(client.clone(), 1);
    producer.push(Event::Register(Register::new(Handle::new(1, 0), MAP, 1)));
    while live() != Some(1) {
        thread::sleep(Duration::from_millis(20));
    }
    client.detach(1).unwrap();
    // Longer than there is between two states.
    thread::sleep(Duration::from_millis(1_500));
    assert_eq!(live(), Some(1), "what lived when the process ended");
    client.end();
    collector.join().unwrap();
    // The thread that writes may have the file open, which some systems mind.
    let _ = std::fs::remove_dir_all(&dir);
}
