//! Every interleaving that C11 allows, of small rings: all words of a region between an isolate and the collector. `npm test` runs it, or: `RUSTFLAGS="--cfg loom" cargo test --no-default-features --lib loom`
//!
//! The collector's side is the real one. The other is [`Isolate`], which accesses the words as `js/recording/ring.js` does,
//! with orders no stronger than JavaScript's. The slab has one owner and nothing to interleave; the order of the records that
//! reach it is modelled here, up to the store.

use std::ops::Deref;

use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::sync::mpsc::{Receiver, Sender, channel};
use loom::thread;

use crate::record::layout::{
    CLOCK, DROPPED, Event, GC_REQUEST, HEAD, HEADER_WORDS, Handle, MAP, MAX_GENERATION, RECORD_WORDS, Record,
    Register, SWEEP, SWEPT, TAIL,
};
use crate::record::ring::{Ring, heap_region};
use crate::record::sync::{AtomicU32, Ordering};
use crate::store::Store;
use crate::store::sites::Definition;

/// Memory that both threads share, and a ring in it.
#[derive(Clone)]
struct Shared(Arc<Box<[AtomicU32]>>);

impl Deref for Shared {
    type Target = [AtomicU32];

    fn deref(&self) -> &[AtomicU32] {
        &self.0
    }
}

fn region(records: usize, start: u32) -> (Shared, Ring<Shared>) {
    let shared = Shared(Arc::new(heap_region(records, start)));
    (shared.clone(), Ring::new(shared).unwrap())
}

/// A request of an isolate to the collector, for whose reply it waits.
enum Request {
    Drain,
    End,
}

/// As `js/recording/ring.js`: it keeps the last TAIL that it read, and requests a drain when the ring is full by that.
struct Isolate {
    words: Shared,
    head: u32,
    tail: u32,
    gc_requests: u32,
    /// `None`: the collector has ended.
    collector: Option<Asking>,
}

impl Isolate {
    fn new(words: Shared, start: u32, collector: Option<Asking>) -> Self {
        Self { words, head: start, tail: start, gc_requests: 0, collector }
    }

    fn capacity(&self) -> u32 {
        ((self.words.len() - HEADER_WORDS) / RECORD_WORDS) as u32
    }

    fn make_room(&mut self) -> bool {
        self.tail = self.words[TAIL].load(Ordering::Acquire);
        if self.head.wrapping_sub(self.tail) < self.capacity() {
            return true;
        }
        if let Some((ask, answer)) = &self.collector {
            ask.send(Request::Drain).unwrap();
            answer.recv().unwrap();
            self.tail = self.words[TAIL].load(Ordering::Acquire);
            if self.head.wrapping_sub(self.tail) < self.capacity() {
                return true;
            }
        }
        let dropped = &self.words[DROPPED];
        dropped.store(dropped.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
        false
    }

    fn push(&mut self, record: Record) -> bool {
        if self.head.wrapping_sub(self.tail) >= self.capacity() && !self.make_room() {
            return false;
        }
        let at = HEADER_WORDS + (self.head & (self.capacity() - 1)) as usize * RECORD_WORDS;
        for (word, value) in record.into_iter().enumerate() {
            self.words[at + word].store(value, Ordering::Relaxed);
        }
        self.head = self.head.wrapping_add(1);
        self.words[HEAD].store(self.head, Ordering::Release);
        true
    }

    /// As `js/recording/ring.js`: plain reads.
    fn is_gc_requested(&mut self) -> bool {
        let before = self.gc_requests;
        self.gc_requests = self.words[GC_REQUEST].load(Ordering::Relaxed);
        self.gc_requests != before
    }

    fn sweep_asked(&self) -> u32 {
        let asked = self.words[SWEEP].load(Ordering::Acquire);
        if asked == self.words[SWEPT].load(Ordering::Relaxed) { 0 } else { asked }
    }

    fn sweep_done(&self, asked: u32) {
        self.words[SWEPT].store(asked, Ordering::Release);
    }

    fn end(&self) {
        if let Some((ask, _)) = &self.collector {
            ask.send(Request::End).unwrap();
        }
    }
}

/// The side that sends requests.
type Asking = (Sender<Request>, Receiver<u32>);
/// The side that replies.
type Answering = (Receiver<Request>, Sender<u32>);

fn asking() -> (Asking, Answering) {
    let ((ask, asked), (reply, answer)) = (channel(), channel());
    ((ask, answer), (asked, reply))
}

/// A record that shows whether it is torn.
fn numbered(n: u32) -> Record {
    [n, n, n, n]
}

/// Checks that records come once and in order.
#[derive(Default)]
struct Seen(u32);

impl Seen {
    fn look(&mut self, record: Record) {
        assert!(record.iter().all(|word| *word == record[0]), "torn: {record:?}");
        assert_eq!(record[0], self.0 + 1, "lost, seen twice or out of order");
        self.0 += 1;
    }
}

/// An isolate pushes `count` records and requests a drain when the ring is full; the collector drains once by itself, and
/// then on request.
fn pushes_and_asks(records: usize, start: u32, count: u32) {
    loom::model(move || {
        let ((words, ring), (isolate_end, (asked, reply))) = (region(records, start), asking());
        let isolate = thread::spawn(move || {
            let mut isolate = Isolate::new(words, start, Some(isolate_end));
            (1..=count)
                .for_each(|n| assert!(isolate.push(numbered(n)), "a drain that was waited for makes room"));
            isolate.end();
        });
        let mut seen = Seen::default();
        ring.drain(ring.head(), |record| seen.look(record));
        while let Request::Drain = asked.recv().unwrap() {
            ring.drain(ring.head(), |record| seen.look(record));
            reply.send(seen.0).unwrap();
        }
        ring.drain(ring.head(), |record| seen.look(record));
        isolate.join().unwrap();
        assert_eq!((seen.0, ring.dropped()), (count, 0));
    });
}

#[test]
fn loom_drain_during_push() {
    pushes_and_asks(2, 0, 2);
}

#[test]
fn loom_full_ring_asks_for_a_drain() {
    pushes_and_asks(1, 0, 3);
}

#[test]
fn loom_wrap_around() {
    pushes_and_asks(2, u32::MAX - 1, 4);
}

/// Without a reply: a record without room is counted, and no other record is torn or lost.
#[test]
fn loom_full_ring_without_an_answer() {
    loom::model(|| {
        let (words, ring) = region(1, u32::MAX);
        let isolate = thread::spawn(move || {
            let mut isolate = Isolate::new(words, u32::MAX, None);
            let mut pushed = 0;
            for _ in 0..3 {
                pushed += u32::from(isolate.push(numbered(pushed + 1)));
            }
            pushed
        });
        let mut seen = Seen::default();
        for _ in 0..2 {
            ring.drain(ring.head(), |record| seen.look(record));
        }
        let pushed = isolate.join().unwrap();
        ring.drain(ring.head(), |record| seen.look(record));
        assert_eq!((seen.0, ring.dropped()), (pushed, u64::from(3 - pushed)));
    });
}

/// Plain memory is handed over through the ring in both directions: the words themselves are atomics, for which loom, like
/// the hardware, shows no read of a later write. This is the test of the Release and Acquire of TAIL.
#[test]
fn loom_publishes_in_both_directions() {
    loom::model(|| {
        let (words, ring) = region(1, 0);
        let cell = Arc::new(UnsafeCell::new(0));
        let isolate = thread::spawn({
            let cell = cell.clone();
            move || {
                let mut isolate = Isolate::new(words, 0, None);
                for n in 1..=2 {
                    // Room in a ring of one record: the last record was drained, and the memory it published was read.
                    if isolate.head.wrapping_sub(isolate.tail) < isolate.capacity() || isolate.make_room() {
                        // SAFETY: this side's turn, from the drain to the push: the claim that loom checks.
                        #[allow(unsafe_code)]
                        cell.with_mut(|value| unsafe { *value = n });
                        assert!(isolate.push(numbered(n)));
                    }
                }
            }
        });
        for _ in 0..2 {
            // SAFETY: this side's turn, from the push to the drain, see above.
            #[allow(unsafe_code)]
            ring.drain(ring.head(), |[n, ..]| assert_eq!(cell.with(|value| unsafe { *value }), n));
        }
        isolate.join().unwrap();
    });
}

/// A message that an isolate sent before a push is seen by a consumer that reads the head first.
#[test]
fn loom_message_before_record() {
    loom::model(|| {
        let (words, ring) = region(2, 0);
        let message = Arc::new(AtomicU32::new(0));
        let isolate = thread::spawn({
            let message = message.clone();
            move || {
                message.store(1, Ordering::Relaxed);
                assert!(Isolate::new(words, 0, None).push(numbered(1)));
            }
        });
        let head = ring.head();
        let sent = message.load(Ordering::Relaxed);
        if ring.drain(head, |_| ()) == 1 {
            assert_eq!(sent, 1, "a record was drained whose site definition is not there yet");
        }
        isolate.join().unwrap();
    });
}

/// The other direction: records that were pushed before a message are before a head that is read after the message was
/// received. So `Collector::drain` applies the message of a garbage collection one drain later.
#[test]
fn loom_record_before_message() {
    loom::model(|| {
        let (words, ring) = region(2, 0);
        let (send, messages) = channel();
        let isolate = thread::spawn(move || {
            let mut isolate = Isolate::new(words, 0, None);
            assert!(isolate.push(numbered(1)));
            send.send(()).unwrap();
        });
        let (mut seen, mut collections, mut applied) = (0, 0, 0);
        for is_last in [false, false, true] {
            let head = ring.head();
            let due = std::mem::take(&mut collections);
            while messages.try_recv().is_ok() {
                collections += 1;
            }
            seen += ring.drain(head, |_| ());
            assert!(due == 0 || seen == 1, "a collection is reported whose endings are not applied");
            applied += due;
            if !is_last && applied + collections == 0 {
                thread::yield_now();
            }
        }
        isolate.join().unwrap();
    });
}

/// SWEEP requests, SWEPT replies: an isolate that has replied has pushed the ends it found, which are before a head that is
/// read later. A check depends on it: garbage of a worker whose end is not recorded yet would look like a leak.
#[test]
fn loom_swept_is_after_what_was_seen() {
    loom::model(|| {
        let (words, ring) = region(2, 0);
        let isolate = thread::spawn(move || {
            let mut isolate = Isolate::new(words, 0, None);
            assert!(isolate.push(numbered(1)));
            let asked = isolate.sweep_asked();
            if asked != 0 {
                assert!(isolate.push(numbered(2)));
                isolate.sweep_done(asked);
            }
            asked
        });
        ring.ask_sweep(7);
        let mut seen = Seen::default();
        // The request comes with a drain, as each does; then `Collector::settle`.
        ring.drain(ring.head(), |record| seen.look(record));
        let is_swept = ring.is_swept();
        ring.drain(ring.head(), |record| seen.look(record));
        assert!(!is_swept || seen.0 == 2, "it has answered, and what it saw is not there");
        let asked = isolate.join().unwrap();
        assert!(asked == 0 || asked == 7);
        assert_eq!(ring.is_swept(), asked == 7);
    });
}

/// GC_REQUEST and CLOCK publish nothing but themselves: no gc request is invented or seen twice, the last one is not lost,
/// and time does not go backwards.
#[test]
fn loom_gc_requests_and_the_clock() {
    loom::model(|| {
        let (words, ring) = region(1, 0);
        let isolate = thread::spawn(move || {
            let mut isolate = Isolate::new(words, 0, None);
            let (mut last_ms, mut granted) = (0, 0);
            for _ in 0..2 {
                granted += u32::from(isolate.is_gc_requested());
                let now_ms = isolate.words[CLOCK].load(Ordering::Relaxed);
                assert!(now_ms >= last_ms, "the clock went from {last_ms} back to {now_ms}");
                last_ms = now_ms;
            }
            (isolate, granted)
        });
        for now_ms in [10, 20] {
            ring.publish_clock(now_ms);
            ring.request_gc();
        }
        let (mut isolate, granted) = isolate.join().unwrap();
        assert!(granted <= 2, "more were granted than were made");
        let has_seen_all = isolate.gc_requests == 2;
        assert_eq!(isolate.is_gc_requested(), !has_seen_all, "the last gc request is lost, or granted twice");
        assert!(!isolate.is_gc_requested(), "a gc request is granted once");
        assert_eq!((isolate.gc_requests, isolate.words[CLOCK].load(Ordering::Relaxed)), (2, 20));
    });
}

/// A slot and its generations on their way to the store: an occupant comes after the end of the former one, even where the
/// generation wraps; at each drain the counts add up.
#[test]
fn loom_generations_reach_the_store_in_order() {
    const OCCUPANTS: u32 = 2;
    loom::model(|| {
        let start = u32::MAX - 1;
        let ((words, ring), (isolate_end, (asked, reply))) = (region(2, start), asking());
        let isolate = thread::spawn(move || {
            let mut isolate = Isolate::new(words, start, Some(isolate_end));
            for occupant in 0..=OCCUPANTS {
                // The first occupant has the largest generation.
                let handle = Handle::new(1, (MAX_GENERATION + occupant) & MAX_GENERATION);
                isolate.push(registered(handle).encode());
                if occupant < OCCUPANTS {
                    isolate.push(
                        if occupant == 0 { Event::Release(handle) } else { Event::Collect(handle) }.encode(),
                    );
                }
            }
            isolate.end();
        });
        let mut store = Store::new(String::new());
        store.attach(1, 0);
        store.define(1, Definition { kind: MAP, ..Definition::default() });
        let mut drain = || {
            ring.drain(ring.head(), |record| {
                store.apply(1, Event::decode(record).expect("a whole record"), 0)
            });
            let counts = store.site(1, 1).unwrap().aggregate.counts;
            assert_eq!(counts.registered, counts.released + counts.collected + counts.live);
            assert!(counts.live <= 1, "two occupants of one slot");
            counts
        };
        drain();
        while let Request::Drain = asked.recv().unwrap() {
            reply.send(drain().live as u32).unwrap();
        }
        let counts = drain();
        assert_eq!((counts.registered, counts.released, counts.collected, counts.live), (3, 1, 1, 1));
        assert_eq!(store.dropped, 0, "no occupant found its slot taken");
        isolate.join().unwrap();
    });
}

fn registered(handle: Handle) -> Event {
    Event::Register(Register::new(handle, MAP, 1))
}
