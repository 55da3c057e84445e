//! Numbers of objects by their addresses: V8's pages have 256 KiB, and each gets a table when its first object is met.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;

use super::objects::AddressHasher;
use crate::heap::graph::NONE;

const PAGE_BITS: u32 = 18;
const SLOTS: usize = 1 << (PAGE_BITS - 3);

/// Objects by number, and their numbers.
#[derive(Default)]
pub struct Numbers {
    /// The address of each object.
    pub addresses: Vec<u64>,
    tables: HashMap<u64, u32, BuildHasherDefault<AddressHasher>>,
    slots: Vec<Box<[u32]>>,
    /// The page that was asked for last, and its table.
    last: (u64, usize),
}

impl Numbers {
    /// The number of the object at `address`, and whether it is new.
    #[inline]
    pub fn number(&mut self, address: u64) -> (u32, bool) {
        let table = self.table(address);
        let slot = &mut self.slots[table][slot_of(address)];
        if *slot != 0 {
            return (*slot - 1, false);
        }
        self.addresses.push(address);
        *slot = self.addresses.len() as u32;
        (*slot - 1, true)
    }

    /// The number of an object that has one; [`NONE`] else.
    #[inline]
    pub fn known(&self, address: u64) -> u32 {
        let table = match address >> PAGE_BITS {
            page if page == self.last.0 && !self.slots.is_empty() => self.last.1,
            page => match self.tables.get(&(page << 3)) {
                Some(&table) => table as usize,
                None => return NONE,
            },
        };
        self.slots[table][slot_of(address)].wrapping_sub(1)
    }

    #[inline]
    fn table(&mut self, address: u64) -> usize {
        let page = address >> PAGE_BITS;
        if page != self.last.0 || self.slots.is_empty() {
            let next = self.slots.len() as u32;
            // The hash is made for addresses, whose lowest bits are zeros.
            let table = *self.tables.entry(page << 3).or_insert(next);
            if table == next {
                self.slots.push(vec![0; SLOTS].into_boxed_slice());
            }
            self.last = (page, table as usize);
        }
        self.last.1
    }
}

fn slot_of(address: u64) -> usize {
    (address >> 3) as usize & (SLOTS - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_keeps_its_number() {
        let mut numbers = Numbers::default();
        let addresses = [0x8000, 0x8008, 0x7F00_0000_0000, 0x8000 + (1 << PAGE_BITS)];
        for (at, &address) in addresses.iter().enumerate() {
            assert_eq!(numbers.known(address), NONE);
            assert_eq!(numbers.number(address), (at as u32, true));
        }
        for (at, &address) in addresses.iter().enumerate() {
            assert_eq!(numbers.number(address), (at as u32, false));
            assert_eq!(numbers.known(address), at as u32);
        }
        assert_eq!(numbers.addresses, addresses);
    }
}
