//! By example, against a slow model, on threads, and every interleaving of small tables.

use super::*;

#[cfg(loom)]
mod models {
    use loom::sync::Arc;
    use loom::sync::mpsc::channel;
    use loom::thread;

    use super::*;

    const A: usize = 0x7f00_0000_1000;

    /// The block goes to the thread that frees it by V8's own ways, here a channel; its address is used again after that.
    #[test]
    fn loom_who_frees_a_block_finds_it() {
        loom::model(|| {
            let pointers = Arc::new(Pointers::new(1));
            let (send, receive) = channel();
            let (freed, is_freed) = channel();
            let sweeper = {
                let pointers = pointers.clone();
                thread::spawn(move || {
                    let address = receive.recv().unwrap();
                    assert!(pointers.remove(address), "it was added before it was passed on");
                    freed.send(address).unwrap();
                })
            };
            let first = pointers.add(A).unwrap();
            send.send(A).unwrap();
            // A look at any moment.
            let _ = pointers.lives(first);
            let again = is_freed.recv().unwrap();
            let second = pointers.add(again).unwrap();
            assert!(!pointers.lives(first), "the same address is another block");
            assert!(pointers.lives(second));
            sweeper.join().unwrap();
        });
    }

    /// An isolate adds to a bucket while another thread frees a block of it, and adds one.
    #[test]
    fn loom_blocks_of_one_bucket_do_not_disturb_each_other() {
        loom::model(|| {
            let pointers = Arc::new(Pointers::new(1));
            let bucket = pointers.bucket(tag(A).unwrap());
            let mut of_it =
                (1..).map(|n| A + n * 16).filter(|at| pointers.bucket(tag(*at).unwrap()) == bucket);
            let (one, other) = (of_it.next().unwrap(), of_it.next().unwrap());
            let freed = pointers.add(A).unwrap();
            let isolate = {
                let pointers = pointers.clone();
                thread::spawn(move || pointers.add(one).unwrap())
            };
            assert!(pointers.remove(A));
            let second = pointers.add(other).unwrap();
            let first = isolate.join().unwrap();
            assert!(pointers.lives(first) && pointers.lives(second) && !pointers.lives(freed));
            assert!(pointers.remove(one));
            assert!(!pointers.lives(first) && pointers.lives(second));
        });
    }

    /// A recording ends while a block of it is freed, and the place is taken by another thread's.
    #[test]
    fn loom_who_forgets_a_block_takes_no_other() {
        loom::model(|| {
            let pointers = Arc::new(Pointers::new(1));
            let entry = pointers.add(A).unwrap();
            let other = {
                let pointers = pointers.clone();
                thread::spawn(move || {
                    pointers.remove(A);
                    pointers.add(A).unwrap()
                })
            };
            pointers.forget(entry);
            let other = other.join().unwrap();
            assert!(pointers.lives(other));
        });
    }
}

#[cfg(not(loom))]
#[allow(unsafe_code)]
mod examples {
    use std::collections::HashMap;
    use std::sync::Arc;
    use std::sync::atomic::AtomicUsize;
    use std::thread;

    use super::*;

    #[test]
    fn a_block_lives_until_it_is_freed() {
        let pointers = Pointers::new(4);
        let entry = pointers.add(0x5555_0000).unwrap();
        assert!(pointers.lives(entry));
        assert!(!pointers.remove(0x5555_0010), "another was never sampled");
        assert!(pointers.remove(0x5555_0000));
        assert!(!pointers.lives(entry) && !pointers.remove(0x5555_0000));
        let again = pointers.add(0x5555_0000).unwrap();
        assert!(!pointers.lives(entry) && pointers.lives(again));
        pointers.forget(entry);
        assert!(pointers.lives(again));
        let unseen = pointers.add(0x5555_0000).unwrap();
        assert!(!pointers.lives(again) && pointers.lives(unseen), "freed where nobody has seen it");
    }

    #[test]
    fn what_is_no_block_is_not_followed() {
        let pointers = Pointers::new(4);
        for address in [0, 1, 0x5555_0008, 1 << 48, usize::MAX, usize::MAX & !15] {
            assert_eq!(pointers.add(address), None, "{address:#x}");
            assert!(!pointers.remove(address));
        }
    }

    #[test]
    fn a_full_bucket_refuses() {
        let pointers = Pointers::new(1);
        let added = (1..=64_usize).filter(|n| pointers.add(n << 12).is_some()).count();
        assert_eq!((added, pointers.bytes()), (16, 128));
    }

    #[test]
    fn as_a_map_does() {
        let pointers = Pointers::new(6);
        let mut model: HashMap<usize, Entry> = HashMap::new();
        let mut state = 88_172_645_463_325_252_u64;
        for _ in 0..if cfg!(miri) { 2_000 } else { 200_000 } {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let address = 0x7f12_3400_0000 + (state as usize >> 8) % 256 * 48;
            let entry = model.get(&address).copied();
            match (state & 3, entry) {
                (0 | 1, None) => {
                    if let Some(entry) = pointers.add(address) {
                        model.insert(address, entry);
                    }
                }
                (2, Some(entry)) => {
                    pointers.forget(entry);
                    model.remove(&address);
                }
                (3, found) => {
                    assert_eq!(pointers.remove(address), found.is_some());
                    model.remove(&address);
                }
                (_, found) => assert!(found.is_none_or(|entry| pointers.lives(entry))),
            }
        }
        assert!(model.values().all(|entry| pointers.lives(*entry)));
    }

    /// Blocks are handed on by atomics alone, so that ThreadSanitizer sees all that orders them.
    #[test]
    fn threads_that_free_what_others_have_allocated() {
        type Block = [u128; 4];
        let pointers = Pointers::new(6);
        let rounds = if cfg!(miri) { 200 } else { 20_000 };
        thread::scope(|scope| {
            for _ in 0..2 {
                let pointers = &pointers;
                let handed = Arc::new(AtomicUsize::new(0));
                let to = handed.clone();
                scope.spawn(move || {
                    let mut kept = Vec::new();
                    for _ in 0..rounds {
                        let block = Box::new([0_u128; 4]);
                        let address = std::ptr::from_ref(&*block) as usize;
                        if let Some(entry) = pointers.add(address) {
                            kept.push(entry);
                        }
                        if kept.len() > 16 {
                            kept.retain(|entry| pointers.lives(*entry));
                        }
                        while to.load(Ordering::Acquire) != 0 {
                            thread::yield_now();
                        }
                        to.store(Box::into_raw(block).expose_provenance(), Ordering::Release);
                    }
                });
                scope.spawn(move || {
                    for _ in 0..rounds {
                        let address = loop {
                            match handed.swap(0, Ordering::Acquire) {
                                0 => thread::yield_now(),
                                address => break address,
                            }
                        };
                        pointers.remove(address);
                        // SAFETY: made by `into_raw`, and handed on once.
                        drop(unsafe {
                            Box::from_raw(std::ptr::with_exposed_provenance_mut::<Block>(address))
                        });
                    }
                });
            }
        });
        let left = pointers.buckets.iter().flat_map(|bucket| &bucket.0);
        assert!(left.into_iter().all(|word| word.load(Ordering::Relaxed) == 0));
    }
}
