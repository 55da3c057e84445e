//! When samples were made: stretches of time, each with the number of the last sample that was seen at its end.

/// Stretches kept. When there are more, older ones are joined, so that they always cover the whole time.
const MAX_STRETCHES: usize = 128;

/// See the module.
#[derive(Debug)]
pub(super) struct Stretches {
    /// The number of the last sample, and the time in ms, of each end; in order.
    ends: Vec<(u64, u64)>,
}

impl Stretches {
    pub(super) fn new(now_ms: u64) -> Self {
        Self { ends: vec![(0, now_ms)] }
    }

    /// A stretch ends. Sample `last_id` is the last that lives.
    pub(super) fn end(&mut self, now_ms: u64, last_id: u64) {
        let before = self.ends.last().map_or(0, |(id, _)| *id);
        self.ends.push((last_id.max(before), now_ms));
        if self.ends.len() > MAX_STRETCHES {
            let mut at = 0;
            self.ends.retain(|_| {
                at += 1;
                at > MAX_STRETCHES / 2 || at % 2 == 1
            });
        }
    }

    /// The last stretch that ended at `until_ms` at the latest: its last sample and its end.
    pub(super) fn before(&self, until_ms: u64) -> Option<(u64, u64)> {
        let end = self.ends.partition_point(|(_, ms)| *ms <= until_ms);
        self.ends[..end].last().copied().filter(|(id, _)| *id > 0)
    }

    #[cfg(all(test, not(loom)))]
    pub(super) fn is_bounded(&self) -> bool {
        self.ends.len() <= MAX_STRETCHES
    }

    /// When a sample was made, in ms: the middle of its stretch.
    pub(super) fn created_ms(&self, id: u64) -> u64 {
        let at = self.ends.partition_point(|(last, _)| *last < id);
        let until = self.ends.get(at).or(self.ends.last()).map_or(0, |(_, ms)| *ms);
        let since = at.checked_sub(1).and_then(|at| self.ends.get(at)).map_or(until, |(_, ms)| *ms);
        since + (until - since) / 2
    }
}
