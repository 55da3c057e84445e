//! What metrics are read from: texts that the collector prepares about once a second while somebody reads them, so that an
//! event loop copies one and waits for nobody.
//!
//! Before the first reading nothing is prepared. That reading waits for the collector once, [`FIRST_WAIT`] at most.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::collector::{os, recorder};
use crate::report::exchange::metrics::{Dialect, families, written};
use crate::values::snapshot::Snapshot;

/// Of the first reading, for a text that nobody has prepared yet.
pub const FIRST_WAIT: Duration = Duration::from_millis(250);

/// Between two preparations, at least.
const EVERY: Duration = Duration::from_secs(1);
/// Between two preparations, at most.
const AT_LATEST: Duration = Duration::from_secs(10);
/// A preparation is followed by so many times its CPU time: 0.2 % of a core, as long as [`AT_LATEST`] allows it.
const REST: u32 = 500;
/// After this time without a reader nothing is prepared.
const UNREAD: Duration = Duration::from_secs(600);

/// What a reader takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Text in this dialect.
    Text(Dialect),
    /// A list of families, as JSON.
    Families,
}

impl Form {
    const ALL: [Self; 3] =
        [Self::Text(Dialect::Prometheus), Self::Text(Dialect::OpenMetrics), Self::Families];

    fn index(self) -> usize {
        match self {
            Self::Text(Dialect::Prometheus) => 0,
            Self::Text(Dialect::OpenMetrics) => 1,
            Self::Families => 2,
        }
    }
}

/// What a reader finds.
#[derive(Debug, PartialEq)]
pub(super) enum Reading {
    /// The latest text.
    Ready(Arc<str>),
    /// None yet, and this reader is the first.
    First,
    /// None yet, and a reader has waited before.
    None,
}

#[derive(Default)]
struct Texts {
    ready: [Option<Arc<str>>; Form::ALL.len()],
    /// Which are prepared.
    wanted: [bool; Form::ALL.len()],
    /// For which a reader has waited.
    waited: [bool; Form::ALL.len()],
    read_at: Option<Instant>,
}

/// The latest texts, which readers and the collector share. Whoever has the lock only moves pointers.
#[derive(Clone, Default)]
pub(super) struct Exposition(Arc<Mutex<Texts>>);

impl Exposition {
    /// The latest text in this form, which is prepared from now on.
    pub(super) fn read(&self, form: Form, now: Instant) -> Reading {
        let mut texts = self.lock();
        texts.read_at = Some(now);
        texts.wanted[form.index()] = true;
        if let Some(text) = &texts.ready[form.index()] {
            return Reading::Ready(text.clone());
        }
        let has_waited = std::mem::replace(&mut texts.waited[form.index()], true);
        if has_waited { Reading::None } else { Reading::First }
    }

    /// The text will be read. Returns whether nobody has said so before.
    pub(super) fn want(&self, form: Form, now: Instant) -> bool {
        let mut texts = self.lock();
        texts.read_at = Some(now);
        !std::mem::replace(&mut texts.wanted[form.index()], true)
    }

    fn lock(&self) -> MutexGuard<'_, Texts> {
        // No statement under the lock leaves the texts half changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The collector's side.
#[derive(Default)]
pub(super) struct Preparations {
    exposition: Exposition,
    /// When the next is due; none while nobody reads.
    next: Option<Instant>,
}

impl Preparations {
    pub(super) fn of(exposition: Exposition) -> Self {
        Self { exposition, next: None }
    }

    /// Which texts to prepare now: those that are wanted, when it is time, or when somebody waits for one.
    pub(super) fn due(&mut self, is_awaited: bool, now: Instant) -> Vec<Form> {
        if !is_awaited && self.next.is_none_or(|next| now < next) {
            return Vec::new();
        }
        let mut texts = self.exposition.lock();
        if texts.read_at.is_none_or(|at| now.saturating_duration_since(at) > UNREAD) {
            *texts = Texts::default();
            self.next = None;
            return Vec::new();
        }
        Form::ALL.into_iter().filter(|form| texts.wanted[form.index()]).collect()
    }

    /// Puts what `snapshot` says where readers find it.
    pub(super) fn put(&mut self, forms: &[Form], snapshot: &Snapshot) {
        // A folder that is gone has no name: paths are absolute then.
        let cwd = std::env::current_dir().ok().and_then(|cwd| cwd.into_os_string().into_string().ok());
        let families = families(snapshot, &recorder::previous_ends(), cwd.as_deref());
        for form in forms {
            let text: Arc<str> = match form {
                Form::Text(dialect) => written(&families, *dialect).into(),
                // Strings and finite numbers.
                Form::Families => serde_json::to_string(&families).unwrap_or_default().into(),
            };
            let before = self.exposition.lock().ready[form.index()].replace(text);
            // Freed outside of the lock.
            drop(before);
        }
    }

    /// One was made, and took this CPU time.
    pub(super) fn made(&mut self, cost: Duration, now: Instant) {
        self.next = Some(now + (cost * REST).clamp(EVERY, AT_LATEST));
    }
}

/// The collector ends: what it has prepared is of the past, and the next reader learns that it is gone.
impl Drop for Preparations {
    fn drop(&mut self) {
        *self.exposition.lock() = Texts::default();
    }
}

/// CPU time of the calling thread so far.
pub(super) fn cpu_time() -> Duration {
    Duration::from_nanos(os::thread_cpu_ns())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROMETHEUS: Form = Form::Text(Dialect::Prometheus);
    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn nothing_is_prepared_until_somebody_reads_nor_when_nobody_does_any_more() {
        let exposition = Exposition::default();
        let mut preparations = Preparations::of(exposition.clone());
        let start = Instant::now();
        assert_eq!(preparations.due(false, start), []);
        assert_eq!(exposition.read(PROMETHEUS, start), Reading::First);
        assert_eq!(exposition.read(PROMETHEUS, start), Reading::None, "one reader waits, once");
        assert_eq!(preparations.due(true, start), [PROMETHEUS]);
        preparations.put(&[PROMETHEUS], &Snapshot::nothing());
        preparations.made(Duration::ZERO, start);
        let Reading::Ready(text) = exposition.read(PROMETHEUS, start) else { panic!("it is prepared") };
        assert!(text.starts_with("# HELP leakline_info"));

        assert_eq!(preparations.due(false, start + SECOND / 2), []);
        assert_eq!(preparations.due(false, start + SECOND), [PROMETHEUS]);
        assert!(exposition.want(Form::Families, start) && !exposition.want(Form::Families, start));
        assert_eq!(preparations.due(false, start + SECOND), [PROMETHEUS, Form::Families]);
        assert_eq!(preparations.due(false, start + UNREAD + SECOND), []);
        assert_eq!(preparations.due(false, start + UNREAD + 2 * SECOND), [], "the next was forgotten");
        assert!(exposition.lock().ready.iter().all(Option::is_none), "its text is not held any more");
        assert_eq!(exposition.read(PROMETHEUS, start + UNREAD + 2 * SECOND), Reading::First);
    }

    #[test]
    fn what_costs_more_is_prepared_less_often_but_each_ten_seconds() {
        let mut preparations = Preparations::default();
        let now = Instant::now();
        for (cost_ms, seconds) in [(0, 1), (1, 1), (4, 2), (15, 7), (200, 10)] {
            preparations.made(Duration::from_millis(cost_ms), now);
            assert_eq!(preparations.next.unwrap().duration_since(now).as_secs(), seconds, "{cost_ms} ms");
        }
    }

    #[test]
    fn a_collector_that_is_gone_leaves_no_text() {
        let exposition = Exposition::default();
        let mut preparations = Preparations::of(exposition.clone());
        let now = Instant::now();
        exposition.want(PROMETHEUS, now);
        preparations.put(&[PROMETHEUS], &Snapshot::nothing());
        drop(preparations);
        assert_eq!(exposition.read(PROMETHEUS, now), Reading::First);
    }
}
