//! Major collections that are asked for, so that what promises a finding can be seen: V8 makes them as it does by itself,
//! marking beside the program. All who sample share them.

use std::cell::Cell;
use std::time::{Duration, Instant};

use super::collections;

/// Between two in the first minutes, …
const FIRST_GAP: Duration = Duration::from_secs(12);
const EARLY: Duration = Duration::from_secs(300);
/// … and twice as long each further time, up to this.
const LAST_GAP: Duration = Duration::from_secs(300);
/// Marking takes about a millisecond of CPU time a MiB, beside the program: this is a hundredth of a core.
const GAP_PER_MIB: Duration = Duration::from_millis(100);
/// Of a larger heap V8 alone chooses the time, in bytes.
const MAX_HEAP: u64 = 1 << 30;

thread_local! {
    /// When the next may be, and how long after it the one after that.
    static NEXT: Cell<Option<(Instant, Duration)>> = const { Cell::new(None) };
    /// When the recording began.
    static BEGUN: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// A recording begins.
pub fn begin() {
    let now = Instant::now();
    BEGUN.set(Some(now));
    NEXT.set(Some((now + FIRST_GAP, FIRST_GAP)));
}

/// Whether one may be asked for.
pub fn is_time(now: Instant) -> bool {
    NEXT.get().is_some_and(|(next, _)| now >= next)
}

/// Asks for one, where that is cheap.
pub fn ask(now: Instant) {
    let used = collections::used();
    if let Some((_, gap)) = NEXT.get()
        && used < MAX_HEAP
        && collections::request()
    {
        let least = GAP_PER_MIB * (used >> 20) as u32;
        let is_early = BEGUN.get().is_some_and(|begun| now - begun < EARLY);
        NEXT.set(Some((now + gap.max(least), if is_early { gap } else { (gap * 2).min(LAST_GAP) })));
    }
}
