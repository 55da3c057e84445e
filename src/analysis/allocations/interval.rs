//! How many bytes lie between two samples: few where a program allocates little, so that a small leak shows soon, and so many
//! in a busy one that samples cost next to nothing.

use std::time::Duration;

/// The least, …
pub const FINEST: u64 = 16 << 10;
/// … and the most, which a recording begins with: a program that loads allocates much.
pub const COARSEST: u64 = 512 << 10;
/// Samples a second that are aimed at, at 5 to 10 µs each …
const WANTED: f64 = 100.0;
/// … and of the closest, in a program that has little to do.
const WANTED_OF_FINEST: f64 = 250.0;
/// So many times as many are too many.
const TOO_MANY: f64 = 2.0;
/// Rates of the last peeks, the busiest of which counts: the load of a service comes in bursts.
const PEEKS: usize = 3;
/// Closer samples are begun in the first minutes alone: what lives on from before a new beginning is not seen, so that a full
/// cache whose entries stay for long looks like one that fills.
const SETTLES: Duration = Duration::from_secs(120);
/// A new beginning has to be worth it.
const FINER: u64 = 4;

/// The interval of one isolate, and how much it allocates.
#[derive(Debug)]
pub struct Interval {
    bytes: u64,
    /// Bytes a second, of the last peeks.
    rates: [f64; PEEKS],
    peeks: usize,
}

impl Default for Interval {
    fn default() -> Self {
        Self { bytes: COARSEST, rates: [0.0; PEEKS], peeks: 0 }
    }
}

impl Interval {
    /// The present one.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// So many samples were taken in a time up to now, `age` after the recording began. Returns whether to begin anew, with
    /// another interval.
    pub fn changes(&mut self, samples: u64, within: Duration, age: Duration) -> bool {
        let a_second = samples as f64 / within.as_secs_f64().max(0.1);
        self.rates[self.peeks % PEEKS] = a_second * self.bytes as f64;
        self.peeks += 1;
        let is_too_much = self.bytes < COARSEST && a_second > TOO_MANY * wanted_at(self.bytes);
        let wanted = if is_too_much {
            fitting(a_second * self.bytes as f64)
        } else if age < SETTLES && self.peeks >= PEEKS {
            fitting(self.rates.iter().copied().fold(0.0, f64::max))
        } else {
            return false;
        };
        let changes = is_too_much || wanted >= self.bytes * FINER || wanted * FINER <= self.bytes;
        if changes {
            self.bytes = wanted;
        }
        changes
    }
}

/// The least that takes no more samples than are wanted.
fn fitting(bytes_a_second: f64) -> u64 {
    let mut bytes = FINEST;
    while bytes < COARSEST && bytes_a_second / bytes as f64 > wanted_at(bytes) {
        bytes *= 2;
    }
    bytes
}

/// Samples a second that an interval may take.
fn wanted_at(bytes: u64) -> f64 {
    if bytes == FINEST { WANTED_OF_FINEST } else { WANTED }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    const PEEK: Duration = Duration::from_millis(2_500);

    /// The interval after each peek of a program that allocates so many bytes a second.
    fn course(interval: &mut Interval, from: u32, rates: &[f64]) -> Vec<u64> {
        let mut peek = from;
        rates
            .iter()
            .map(|rate| {
                peek += 1;
                let samples = (rate * PEEK.as_secs_f64() / interval.bytes() as f64) as u64;
                interval.changes(samples, PEEK, PEEK * peek);
                interval.bytes() >> 10
            })
            .collect()
    }

    #[test]
    fn a_quiet_program_has_close_samples_once_it_has_loaded() {
        let mut interval = Interval::default();
        assert_eq!(course(&mut interval, 0, &[4e7, 4e7, 1e6, 1e6, 1e6, 1e6]), [512, 512, 512, 512, 16, 16]);
    }

    #[test]
    fn a_busy_program_keeps_its_samples_apart() {
        let mut interval = Interval::default();
        assert_eq!(course(&mut interval, 0, &[9e7; 5]), [512; 5]);
        let mut interval = Interval::default();
        assert_eq!(course(&mut interval, 0, &[1e7; 5]), [512, 512, 128, 128, 128]);
    }

    #[test]
    fn bursts_count_and_later_changes_are_few() {
        let mut interval = Interval::default();
        assert_eq!(course(&mut interval, 0, &[1e6, 9e7, 1e6, 9e7, 1e6]), [512; 5]);
        assert_eq!(course(&mut interval, 100, &[1e6; 5]), [512; 5], "too late");
        let mut interval = Interval::default();
        course(&mut interval, 0, &[1e6; 3]);
        assert_eq!(course(&mut interval, 100, &[5e6, 6e6, 6e6, 1e7, 1e6]), [16, 16, 16, 128, 128]);
    }
}
