//! How the process is: what is sampled with each state, and what of it the history keeps.

use serde::{Deserialize, Serialize};

use super::words::{u32_at, u64_at};

/// Bytes of the vitals in a slot.
pub const VITALS: usize = 128;
/// Bytes of a sample in the history.
pub const SAMPLE: usize = 40;

/// A number that could not be read.
const ABSENT: u64 = u64::MAX;

/// The part of the vitals that the history keeps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sample {
    /// Bytes of the process that lie in memory.
    pub rss: Option<u64>,
    /// Bytes of V8's heap after the last major garbage collection.
    pub heap_after_gc: Option<u64>,
    /// Bytes that objects of the heap hold outside of it.
    pub external: Option<u64>,
    /// CPU time over elapsed time since the sample before; 1 is a whole core.
    pub cpu: f32,
    /// By how much the event loop was late at the worst, in ms.
    pub loop_delay_ms: f32,
    /// Major garbage collections since the sample before.
    pub major_gcs: u32,
    /// The longest pause of one, in ms.
    pub gc_pause_ms: f32,
}

/// See the module.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Vitals {
    /// What the history keeps.
    #[serde(flatten)]
    pub sample: Sample,
    /// Bytes that V8's heap may grow to.
    pub heap_limit: Option<u64>,
    /// Bytes that the cgroup is charged for.
    pub cgroup_bytes: Option<u64>,
    /// Bytes that the cgroup may be charged for; absent without a limit.
    pub cgroup_limit: Option<u64>,
    /// How often the cgroup has met its limit (`max` of `memory.events`).
    pub cgroup_max_events: Option<u64>,
    /// How often so within the last ten seconds.
    pub cgroup_max_recent: u64,
    /// Processes of the cgroup that the kernel has killed for memory (`oom_kill`).
    pub cgroup_oom_kills: Option<u64>,
    /// Milliseconds since the event loop was last seen to turn; 0 for one that turns.
    pub loop_silent_ms: u64,
}

fn word(number: Option<u64>) -> u64 {
    number.unwrap_or(ABSENT)
}

fn number(word: u64) -> Option<u64> {
    (word != ABSENT).then_some(word)
}

impl Sample {
    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        for bytes in [self.rss, self.heap_after_gc, self.external] {
            out.extend(word(bytes).to_le_bytes());
        }
        out.extend(self.cpu.to_le_bytes());
        out.extend(self.loop_delay_ms.to_le_bytes());
        out.extend(self.major_gcs.to_le_bytes());
        out.extend(self.gc_pause_ms.to_le_bytes());
    }

    pub(super) fn decode(bytes: &[u8]) -> Self {
        let float = |at| f32::from_bits(u32_at(bytes, at));
        Self {
            rss: number(u64_at(bytes, 0)),
            heap_after_gc: number(u64_at(bytes, 8)),
            external: number(u64_at(bytes, 16)),
            cpu: float(24),
            loop_delay_ms: float(28),
            major_gcs: u32_at(bytes, 32),
            gc_pause_ms: float(36),
        }
    }

    /// Two spans in a row as one: levels are the later's, the worst is kept, what is counted is added up. `weights` are
    /// how long each lasted.
    pub fn joined(self, later: Self, weights: (f32, f32)) -> Self {
        let whole = (weights.0 + weights.1).max(f32::MIN_POSITIVE);
        Self {
            rss: later.rss.or(self.rss),
            heap_after_gc: later.heap_after_gc.or(self.heap_after_gc),
            external: later.external.or(self.external),
            cpu: (self.cpu * weights.0 + later.cpu * weights.1) / whole,
            loop_delay_ms: self.loop_delay_ms.max(later.loop_delay_ms),
            major_gcs: self.major_gcs.saturating_add(later.major_gcs),
            gc_pause_ms: self.gc_pause_ms.max(later.gc_pause_ms),
        }
    }
}

impl Vitals {
    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        let from = out.len();
        self.sample.encode(out);
        for number in [
            word(self.heap_limit),
            word(self.cgroup_bytes),
            word(self.cgroup_limit),
            word(self.cgroup_max_events),
            self.cgroup_max_recent,
            word(self.cgroup_oom_kills),
            self.loop_silent_ms,
        ] {
            out.extend(number.to_le_bytes());
        }
        out.resize(from + VITALS, 0);
    }

    pub(super) fn decode(bytes: &[u8]) -> Self {
        let at = |index: usize| u64_at(bytes, SAMPLE + index * 8);
        Self {
            sample: Sample::decode(bytes),
            heap_limit: number(at(0)),
            cgroup_bytes: number(at(1)),
            cgroup_limit: number(at(2)),
            cgroup_max_events: number(at(3)),
            cgroup_max_recent: at(4),
            cgroup_oom_kills: number(at(5)),
            loop_silent_ms: at(6),
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn vitals_are_read_back_with_what_is_absent() {
        let vitals = Vitals {
            sample: Sample {
                rss: Some(1),
                heap_after_gc: None,
                external: Some(3),
                cpu: 0.5,
                ..Sample::default()
            },
            heap_limit: Some(9),
            cgroup_bytes: None,
            cgroup_max_recent: 4,
            loop_silent_ms: 7,
            ..Vitals::default()
        };
        let mut bytes = Vec::new();
        vitals.encode(&mut bytes);
        assert_eq!((bytes.len(), Vitals::decode(&bytes)), (VITALS, vitals));
    }

    #[test]
    fn joined_samples_keep_the_worst_and_the_latest() {
        let early = Sample { rss: Some(5), cpu: 1.0, loop_delay_ms: 30.0, major_gcs: 2, ..Sample::default() };
        let late = Sample { rss: Some(7), cpu: 0.0, loop_delay_ms: 3.0, major_gcs: 1, ..Sample::default() };
        let joined = early.joined(late, (10.0, 30.0));
        assert_eq!((joined.rss, joined.loop_delay_ms, joined.major_gcs), (Some(7), 30.0, 3));
        assert!((joined.cpu - 0.25).abs() < 1e-6);
    }
}
