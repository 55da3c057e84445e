//! Whether a profile is the one that was read before: somebody may have stopped that, and started an own.
//!
//! V8 numbers samples as it takes them, and one that has ended does not come back. So a number that was due before must be one of
//! those that were read last, of the same node and size.

use super::profiler::Sampled;

/// What a profile is known by when it is read again.
#[derive(Default)]
pub struct Identity {
    /// The last number that was ever read.
    highest: u64,
    /// What was read last, by number: node and size.
    read: Vec<(u64, u32, u64)>,
}

impl Identity {
    /// Whether these samples are of the profile that was read before. If so, it is known by them from now on.
    pub fn is_it(&mut self, samples: &[Sampled]) -> bool {
        let of = |sample: &Sampled| (sample.id, sample.node, sample.size);
        let was_read = |sample: &Sampled| self.read.binary_search(&of(sample)).is_ok();
        if !samples.iter().all(|sample| sample.id > self.highest || was_read(sample)) {
            return false;
        }
        self.highest = samples.iter().map(|sample| sample.id).fold(self.highest, u64::max);
        self.read = samples.iter().map(of).collect();
        self.read.sort_unstable();
        true
    }
}
