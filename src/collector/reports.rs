//! The reports on signals and at intervals: which are due, and which thread writes.

use std::thread::JoinHandle;
use std::time::Instant;

use crate::collector::exit::{Rendered, Target};
use crate::collector::signals::{self, Meaning, Watch};

/// A signal by which somebody asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asks {
    /// Its number.
    pub signal: i32,
    /// Its name.
    pub name: String,
    /// Whether for a look at the heap, in place of a report.
    pub retainers: bool,
}

/// Where reports go, and when the last one was made.
#[derive(Default)]
pub(super) struct Reports {
    pub watch: Watch,
    /// The signal that requests something.
    asks: Option<Asks>,
    /// Reports written so far.
    pub count: u32,
    pub due: Vec<Due>,
    /// The last report at an interval, or the start.
    pub interval_since: Option<Instant>,
    /// Writes the last of them.
    writer: Option<JoinHandle<()>>,
}

/// A report that waits for its time.
pub(super) struct Due {
    pub trigger: String,
    pub target: Target,
    pub at: Instant,
    /// Whether it can be written as soon as all isolates have collected their garbage.
    pub is_swept_for: bool,
}

impl Reports {
    /// See [`Client::watch_signals`](crate::collector::client::Client::watch_signals).
    pub fn watch(&mut self, asks: Option<Asks>) {
        let asking = asks.as_ref().map(|asks| asks.signal);
        for (_, signal) in signals::numbered().iter().filter(|(_, signal)| asking != Some(*signal)) {
            self.watch.add(*signal, Meaning::Ends);
        }
        if let Some(signal) = asking {
            self.watch.add(signal, Meaning::Asks);
        }
        self.asks = asks;
    }

    /// Whether the signal that asks does so for a look at the heap.
    pub fn asks_for_retainers(&self) -> bool {
        self.asks.as_ref().is_some_and(|asks| asks.retainers)
    }

    /// The name of a signal that is watched.
    pub fn name_of(&self, signal: i32) -> String {
        let ending = signals::numbered().iter().find(|(_, number)| *number == signal);
        let asking = self.asks.as_ref().filter(|asks| asks.signal == signal);
        match (ending, asking) {
            (_, Some(asks)) => asks.name.clone(),
            (Some((name, _)), _) => (*name).to_owned(),
            (None, None) => format!("signal {signal}"),
        }
    }

    /// See [`Client::unwatch_signals`](crate::collector::client::Client::unwatch_signals).
    pub fn unwatch(&mut self) {
        if let Some(signal) = self.watch.end() {
            self.watch.pass_on(signal);
        }
    }

    /// Whether one waits for its time.
    pub fn is_waiting(&self) -> bool {
        !self.due.is_empty()
    }

    /// Writes in a thread of its own: the collector does not wait for a reader. False while the last one is still read.
    pub fn write(&mut self, rendered: Rendered) -> bool {
        if self.writer.as_ref().is_some_and(|writer| !writer.is_finished()) {
            return false;
        }
        let writing = move || rendered.write_or_warn();
        // It inherits that signals are blocked. Without a thread there is no report, and a service that has other worries.
        self.writer = std::thread::Builder::new().name("leakline-report".to_owned()).spawn(writing).ok();
        true
    }
}

impl Drop for Reports {
    /// Without a collector no thread would pass a watched signal on, also when it ends by a panic.
    fn drop(&mut self) {
        self.unwatch();
    }
}
