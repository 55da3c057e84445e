//! A set of numbers that mostly follow one another, as those of sites and of strings do: a bit for each.

use std::collections::HashMap;

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Numbers {
    /// By the number's upper bits.
    words: HashMap<u32, u64>,
}

impl Numbers {
    /// Adds one. Returns whether it is new.
    pub fn insert(&mut self, number: u32) -> bool {
        let word = self.words.entry(number / u64::BITS).or_default();
        let before = *word;
        *word |= 1 << (number % u64::BITS);
        *word != before
    }

    /// Whether it is there.
    pub fn contains(&self, number: u32) -> bool {
        self.words.get(&(number / u64::BITS)).is_some_and(|word| word >> (number % u64::BITS) & 1 == 1)
    }
}

impl FromIterator<u32> for Numbers {
    fn from_iter<I: IntoIterator<Item = u32>>(numbers: I) -> Self {
        let mut all = Self::default();
        all.extend(numbers);
        all
    }
}

impl Extend<u32> for Numbers {
    fn extend<I: IntoIterator<Item = u32>>(&mut self, numbers: I) {
        for number in numbers {
            self.insert(number);
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn it_has_what_was_added() {
        let some = [0, 1, 63, 64, 65, 1_000_000, u32::MAX];
        let mut numbers: Numbers = some.into_iter().collect();
        assert!(some.iter().all(|number| numbers.contains(*number)));
        assert!([2, 62, 66, 127, 128, u32::MAX - 1].iter().all(|number| !numbers.contains(*number)));
        assert_eq!((numbers.insert(63), numbers.insert(62)), (false, true));
    }
}
