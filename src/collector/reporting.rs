//! The collector's reports on signals and at intervals: when it makes each, and from which state.

use std::time::{Duration, Instant};

use crate::collector::exit::{self, Destination, Head, Rendered, Target};
use crate::collector::recorder;
use crate::collector::reports::Due;
use crate::collector::requests::{self, Request};
use crate::collector::signals::Came;
use crate::collector::thread::Collector;
use crate::flight::Cause;

/// How long isolates may take to collect their garbage for a report. One that is busy for longer is reported as it was
/// seen last.
const MAX_SWEEP_WAIT: Duration = Duration::from_secs(2);

/// How long the report on a stream waits on a signal that the program handles: most exit within it, with a report of
/// their own.
const HANDLED_DELAY: Duration = Duration::from_secs(1);

/// What a reader has to know of a report for which no isolate was asked.
const AS_SEEN: &str = "written by a signal: sizes and garbage collections are as of the last look";
/// The same, of one for which some did not answer.
const UNANSWERED: &str = "a thread did not collect its garbage in time: what it has is as of the last look";

impl Collector {
    /// Looks which reports are due, and writes those.
    pub(super) fn report_due(&mut self) {
        let Came { ends, handled, asks } = self.reports.watch.look();
        if let Some(signal) = ends {
            self.report_before(signal);
        }
        if let Some((signal, target)) = handled.zip(self.settings.report.clone()) {
            // The program may end by it at any moment, or be ended: a file is written at once, and again at the exit.
            let delay = match target.destination {
                Destination::File { .. } => Duration::ZERO,
                Destination::Stream(_) => HANDLED_DELAY,
            };
            self.report_soon(self.reports.name_of(signal), target, delay, false);
        }
        if let Some(signal) = asks.filter(|_| self.reports.asks_for_retainers()) {
            let signal = Some(self.reports.name_of(signal));
            requests::put(Request { signal, ..Request::default() });
        } else if let Some((signal, target)) = asks.zip(self.settings.asked.clone()) {
            self.report_soon(self.reports.name_of(signal), target, MAX_SWEEP_WAIT, true);
        }
        self.report_at_interval();
        self.write_due();
    }

    fn report_at_interval(&mut self) {
        let Some((ms, target)) = self.settings.every_ms.zip(self.settings.report.clone()) else { return };
        let since = *self.reports.interval_since.get_or_insert(self.started);
        if since.elapsed() < Duration::from_millis(ms) {
            return;
        }
        self.reports.interval_since = Some(Instant::now());
        let (delay, is_swept_for) =
            if self.settings.allow_gc { (MAX_SWEEP_WAIT, true) } else { (Duration::ZERO, false) };
        self.report_soon("interval".to_owned(), target, delay, is_swept_for);
    }

    fn report_soon(&mut self, trigger: String, target: Target, delay: Duration, is_swept_for: bool) {
        // Request twice, answered once.
        if self.reports.due.iter().any(|due| due.trigger == trigger) {
            return;
        }
        if is_swept_for {
            self.sweeps = self.sweeps.wrapping_add(1);
            self.rings.iter().for_each(|(_, ring)| ring.ask_sweep(self.sweeps));
        }
        self.reports.due.push(Due { trigger, target, at: Instant::now() + delay, is_swept_for });
    }

    fn write_due(&mut self) {
        if self.reports.due.is_empty() {
            return;
        }
        let is_swept = self.rings.iter().all(|(_, ring)| ring.is_swept());
        if is_swept && self.reports.due.iter().any(|due| due.is_swept_for) {
            // Who says that it has collected pushed before what it saw, maybe since the last drain.
            self.drain();
        }
        let now = Instant::now();
        let (ready, waiting) = std::mem::take(&mut self.reports.due)
            .into_iter()
            .partition(|due| due.at <= now || (due.is_swept_for && is_swept));
        self.reports.due = waiting;
        let ready: Vec<Due> = ready;
        for due in ready {
            let note = match due.is_swept_for {
                true => (!is_swept).then_some(UNANSWERED),
                false => Some(AS_SEEN),
            };
            let rendered = self.render(&due.target, due.trigger, note);
            if !self.reports.write(rendered) {
                self.store
                    .note("a report was not written: the reader of the one before it is slow".to_owned());
            }
        }
    }

    /// The process is about to end by a signal without a listener.
    fn report_before(&mut self, signal: i32) {
        if let Some(target) = self.settings.report.clone() {
            let trigger = self.reports.name_of(signal);
            self.render(&target, trigger, Some(AS_SEEN)).write_or_warn();
        }
        recorder::end(Cause::Signal, signal, "");
        self.reports.watch.pass_on(signal);
    }

    /// Makes a report, with a note that holds for it alone.
    pub(super) fn render(&mut self, target: &Target, trigger: String, note: Option<&str>) -> Rendered {
        let mut snapshot = self.snapshot();
        snapshot.notes.extend(note.map(str::to_owned));
        self.reports.count = self.reports.count.saturating_add(1);
        let head = Head { number: self.reports.count, trigger, program: self.settings.program.clone() };
        let flight = self.recorder.as_ref().and_then(recorder::Recorder::file);
        exit::render(&snapshot, target, &head, flight)
    }
}
