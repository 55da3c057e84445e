//! How a process ended, as far as its file and the system prove it. "Out of memory" is never said for certain without
//! proof: V8's own words, or the kernel's count.

use serde::Serialize;

use super::end::{Cause, End};
use super::vitals::Vitals;

/// A cgroup that is about to be killed uses at least this percentage of its limit.
const NEAR_LIMIT: u64 = 95;

/// What ended a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// It exited.
    Exited,
    /// A signal that it did not handle and that asks a process to end.
    Signalled,
    /// V8 ran out of heap.
    HeapOutOfMemory,
    /// The kernel's OOM killer: its count has risen.
    OomKilled,
    /// Most likely the kernel's OOM killer.
    LikelyOomKilled,
    /// SIGKILL, a crash, or the machine.
    Killed,
    /// Nothing: recording was stopped, and then the process has ended.
    Unrecorded,
}

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Aftermath {
    /// What ended it.
    pub how: How,
    /// Whether the end needs attention.
    pub is_bad: bool,
    /// Exit code or signal number, where there is one.
    pub code: Option<i32>,
    /// In words, behind "it".
    pub text: String,
}

/// What other sources say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Witness {
    /// The kernel's count of kills in the process's cgroup, as it is now; absent where it is not the same cgroup.
    pub oom_kills: Option<u64>,
    /// Whether the machine has started again since.
    pub rebooted: bool,
}

/// What ended a process that is gone.
pub fn conclude(end: Option<&End>, vitals: &Vitals, witness: Witness) -> Aftermath {
    match end {
        Some(end) => written(end),
        None => killed(vitals, witness),
    }
}

fn written(end: &End) -> Aftermath {
    let of = |how, is_bad, code, text| Aftermath { how, is_bad, code, text };
    match end.cause {
        Cause::Exit if end.code < 0 => of(How::Exited, false, None, "exited".to_owned()),
        Cause::Exit => {
            of(How::Exited, end.code != 0, Some(end.code), format!("exited with code {}", end.code))
        }
        Cause::Signal => {
            of(How::Signalled, false, Some(end.code), format!("was ended by {}", signal(end.code)))
        }
        Cause::HeapOutOfMemory => {
            let words = if end.text.is_empty() { String::new() } else { format!(": {}", end.text) };
            of(How::HeapOutOfMemory, true, None, format!("ran out of V8's heap{words}"))
        }
        Cause::Stopped => {
            of(How::Unrecorded, false, None, "ended after recording had been stopped".to_owned())
        }
    }
}

fn killed(vitals: &Vitals, witness: Witness) -> Aftermath {
    let of = |how, text| Aftermath { how, is_bad: true, code: None, text };
    let near = vitals
        .cgroup_bytes
        .zip(vitals.cgroup_limit)
        .filter(|(bytes, limit)| bytes.saturating_mul(100) >= limit.saturating_mul(NEAR_LIMIT));
    let has_risen = witness.oom_kills.zip(vitals.cgroup_oom_kills).is_some_and(|(now, before)| now > before);
    let limit = near.map(|(bytes, limit)| format!("its cgroup used {} of {} MiB", bytes >> 20, limit >> 20));
    if has_risen {
        let behind = limit.map(|limit| format!("; {limit}")).unwrap_or_default();
        return of(
            How::OomKilled,
            format!("was killed by the kernel's OOM killer, which its cgroup counts{behind}"),
        );
    }
    if witness.rebooted {
        return of(
            How::Killed,
            "was killed, or the machine went down: it has started again since".to_owned(),
        );
    }
    match (limit, vitals.cgroup_max_recent) {
        (Some(limit), _) => of(
            How::LikelyOomKilled,
            format!("was killed, most likely by the kernel's OOM killer: {limit} at the last look"),
        ),
        (None, 1..) => of(
            How::LikelyOomKilled,
            format!(
                "was killed, most likely by the kernel's OOM killer: its cgroup had met its limit {} times in the last \
                 ten seconds",
                vitals.cgroup_max_recent
            ),
        ),
        (None, 0) => {
            of(How::Killed, "was killed without a word: SIGKILL, a crash, or the machine".to_owned())
        }
    }
}

/// A signal's name.
fn signal(number: i32) -> String {
    match number {
        1 => "SIGHUP".to_owned(),
        2 => "SIGINT".to_owned(),
        15 => "SIGTERM".to_owned(),
        other => format!("signal {other}"),
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn of(end: Option<End>, vitals: Vitals, witness: Witness) -> (How, bool, String) {
        let Aftermath { how, is_bad, text, .. } = conclude(end.as_ref(), &vitals, witness);
        (how, is_bad, text)
    }

    fn end(cause: Cause, code: i32, text: &str) -> Option<End> {
        Some(End { cause, code, at_unix_ms: 0, text: text.to_owned() })
    }

    #[test]
    fn what_was_written_counts() {
        let plain = |end| of(end, Vitals::default(), Witness::default());
        assert_eq!(plain(end(Cause::Exit, 0, "")), (How::Exited, false, "exited with code 0".into()));
        assert_eq!(plain(end(Cause::Exit, 7, "")), (How::Exited, true, "exited with code 7".into()));
        assert_eq!(plain(end(Cause::Exit, -1, "")), (How::Exited, false, "exited".into()));
        assert_eq!(plain(end(Cause::Signal, 15, "")), (How::Signalled, false, "was ended by SIGTERM".into()));
        let oom = plain(end(Cause::HeapOutOfMemory, 0, "Reached heap limit"));
        assert_eq!(oom, (How::HeapOutOfMemory, true, "ran out of V8's heap: Reached heap limit".into()));
    }

    #[test]
    fn out_of_memory_is_said_only_with_a_reason() {
        let (mib, silent) = (1 << 20, Vitals::default());
        let full = Vitals {
            cgroup_bytes: Some(97 * mib),
            cgroup_limit: Some(100 * mib),
            cgroup_oom_kills: Some(0),
            ..silent
        };
        let roomy = Vitals { cgroup_bytes: Some(50 * mib), ..full };
        let meets = Vitals { cgroup_max_recent: 12, ..roomy };
        let counted = Witness { oom_kills: Some(1), rebooted: false };
        assert_eq!(of(None, silent, Witness::default()).0, How::Killed);
        assert_eq!(of(None, roomy, Witness::default()).0, How::Killed);
        let (how, is_bad, text) = of(None, full, Witness::default());
        assert_eq!((how, is_bad), (How::LikelyOomKilled, true));
        assert!(text.contains("most likely") && text.contains("97 of 100 MiB"), "{text}");
        assert_eq!(of(None, meets, Witness::default()).0, How::LikelyOomKilled);
        assert_eq!(of(None, roomy, counted).0, How::OomKilled);
        assert_eq!(of(None, silent, counted).0, How::Killed, "the count before is not known");
        let rebooted = Witness { rebooted: true, ..Witness::default() };
        assert_eq!(of(None, full, rebooted).0, How::Killed, "the machine may have ended it");
    }
}
