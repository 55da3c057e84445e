//! Checks that run: their samples, and what they found.

use std::collections::BTreeSet;

use crate::analysis::rounds::Looks;
use crate::analysis::{causes, census, view};
use crate::collector::settings::CheckOptions;
use crate::collector::thread::Collector;
use crate::record::layout::ARRAY;
use crate::report;
use crate::store::IsolateKey;
use crate::values::frames::Place;
use crate::values::snapshot::{CheckResult, Watched};

impl Collector {
    /// The other isolates that have not collected garbage since the request.
    pub(super) fn unswept(&self, except: IsolateKey) -> Vec<IsolateKey> {
        self.rings
            .iter()
            .filter(|(key, ring)| *key != except && !ring.is_swept())
            .map(|(key, _)| *key)
            .collect()
    }

    /// Before each sample. An isolate that is blocked, such as a worker of a pool in `Atomics.wait`, cannot collect garbage
    /// and is excluded. An isolate that has replied has pushed its ends, perhaps since the last drain: so this comes first,
    /// then another drain.
    pub(super) fn settle(&mut self, key: IsolateKey) {
        let unswept = self.unswept(key);
        if let Some(looks) = self.checks.get_mut(&key) {
            unswept.into_iter().for_each(|other| looks.leave_out(other));
        }
        self.drain();
    }

    pub(super) fn look(&mut self, key: IsolateKey) {
        self.settle(key);
        if let Some(looks) = self.checks.get_mut(&key) {
            looks.push(&self.store);
        }
    }

    pub(super) fn check_result(&mut self, key: IsolateKey, options: &CheckOptions) -> CheckResult {
        let none = Looks::default();
        let looks = self.checks.get(&key).unwrap_or(&none);
        let wanted = |kind: &String| options.kinds.is_empty() || options.kinds.contains(kind);
        let mut leaks = looks.leaks(&self.store, options.iterations, options.warmup, view::leak);
        leaks.extend(census::leaks(&self.store, key, options.iterations, options.warmup, &options.census));
        leaks.retain(|leak| wanted(&leak.kind));
        options.heap.add_to(&mut leaks, self.store.root());
        leaks.retain(|leak| wanted(&leak.kind) && !options.hidden.contains(&leak.fingerprint));
        self.maps.follow_leaks(&mut leaks);
        causes::settle(&mut leaks, options.heap.proof.as_ref());
        let totals = self.store.totals();
        let mut kinds: BTreeSet<String> = totals.keys().cloned().collect();
        if options.census_ms.is_some() {
            kinds.insert(crate::record::kinds::name(ARRAY));
        }
        let watched = Watched {
            kinds: kinds.into_iter().filter(wanted).collect(),
            registrations: totals.iter().filter(|(kind, _)| wanted(kind)).map(|(_, t)| t.registered).sum(),
            census_ms: options.census_ms,
        };
        let mut notes = self.store.notes().to_vec();
        notes.extend(self.maps.notes());
        if looks.is_limited() {
            notes.push(
                "another thread checks at the same time: other threads' registrations are left out"
                    .to_owned(),
            );
        }
        if looks.leaves_some_out() {
            notes.push(
                "a worker did not collect its garbage in time, so what it has is not looked at: it is busy, or waits in \
                 Atomics.wait as those of piscina and tinypool do (their option atomics: 'disabled' lets it collect)"
                    .to_owned(),
            );
        }
        notes.extend(options.unseen.notes(looks.leaves_some_out()));
        // What is ignored explains growth as well.
        if options.hidden.is_empty() {
            notes.extend(options.heap.unexplained(&leaks, options.iterations));
        }
        let mut result = CheckResult {
            leaked: leaks.iter().any(|leak| leak.place() == Place::Application),
            leaks,
            iterations: options.iterations,
            rounds: looks.rounds() as u64,
            watched,
            heap: options.heap.summary(options.iterations),
            notes,
            message: String::new(),
        };
        result.message = report::result_text(&result, &options.text);
        result
    }
}
