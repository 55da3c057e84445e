//! The executive summary.

use super::answer::answer;
use super::cause;
use super::words::{name, place, short};
use crate::case::facts::Facts;
use crate::case::figures::{Memory, had_oom, how_fast, how_many, is_oom};
use crate::case::questions::field;
use crate::case::value::{Field, Part};
use crate::report::{clean, plural};
use crate::values::duration::duration;

/// With less time until the heap is full it is urgent.
const HIGH_HOURS: f64 = 24.0;

pub(super) fn parts(facts: &Facts) -> Vec<Part> {
    vec![
        service(facts),
        Field::filled("date", "Report begun", &facts.created_at),
        match facts.git.as_ref().and_then(|git| git.user.as_deref()) {
            Some(user) => Field::proposed("investigator", "Investigator", clean(user)),
            None => Field::unknown("investigator", "Investigator", "git has no user.name here"),
        },
        severity(facts),
        Field::proposed("tldr", "In short", answer(facts)),
        growth(facts),
        ooms(facts),
        field("impact", facts),
        existed(facts),
        Field::filled(
            "rootCause",
            "Root cause",
            format!("{} at {}: {}", name(facts), place(facts), cause::pattern(facts)),
        ),
        status(facts),
    ]
}

fn service(facts: &Facts) -> Part {
    let process = &facts.process;
    let mut words = vec![if facts.service.is_empty() {
        "unnamed".to_owned()
    } else {
        clean(&facts.service).into_owned()
    }];
    words.extend(facts.version.as_deref().map(|version| clean(version).into_owned()));
    let mut of = Vec::new();
    of.extend(process.pid.map(|pid| format!("process {pid}")));
    of.extend(process.host.as_deref().map(|host| format!("on {}", clean(host))));
    of.extend((!process.node.is_empty()).then(|| format!("Node {}", clean(&process.node))));
    of.extend(process.commit.as_deref().map(|commit| format!("commit {}", short(commit))));
    Field::filled("service", "Service", format!("{} ({})", words.join(" "), of.join(", ")))
}

fn severity(facts: &Facts) -> Part {
    let hours = Memory::of(facts).and_then(|memory| memory.hours_until_full());
    let text = match hours {
        _ if had_oom(facts) => "Critical: a run ended out of memory".to_owned(),
        Some(hours) if hours < HIGH_HOURS => {
            format!("High: at this rate memory is full in {}", duration((hours * 3_600_000.0) as u64))
        }
        Some(hours) => {
            format!("Medium: at this rate memory is full in {}", duration((hours * 3_600_000.0) as u64))
        }
        None => "Medium: no run ended out of memory, and the time until it is full is not known".to_owned(),
    };
    Field::proposed("severity", "Severity", text)
}

fn growth(facts: &Facts) -> Part {
    match Memory::of(facts) {
        Some(memory) => {
            let text = format!("{}: {}, {}", memory.what, memory.course(), memory.rate());
            Field::filled("growth", "Memory growth", text)
        }
        None => {
            let rate = how_fast(facts).map_or_else(String::new, |rate| format!(", {rate}"));
            let text = format!(
                "in bytes not known: the recording has too few major collections and no history; the line itself has {}{rate}",
                how_many(facts)
            );
            Field::unknown("growth", "Memory growth", text)
        }
    }
}

fn ooms(facts: &Facts) -> Part {
    let ends: Vec<_> = facts.ends.iter().filter(|end| end.how != "running").collect();
    let ooms: Vec<_> = ends.iter().filter(|end| is_oom(end)).collect();
    let mut lines = vec![match (ends.len(), ooms.len()) {
        (0, _) => "none: no recorded run of this service has ended".to_owned(),
        (all, 0) => format!("none in {} that left a recording", plural(all as u64, "run")),
        (all, n) => format!("{n} of {} that left a recording", plural(all as u64, "run")),
    }];
    lines.extend(ooms.iter().take(5).map(|end| format!("{}: {}", end.at, clean(&end.text))));
    lines.extend(facts.reason.as_deref().map(|reason| format!("the platform says: {}", clean(reason))));
    Field::listed("ooms", "Out-of-memory ends", lines)
}

fn existed(facts: &Facts) -> Part {
    let commit = facts.git.as_ref().and_then(cause::introducing);
    let until = facts.process.taken_at.as_deref().unwrap_or(&facts.created_at);
    let ms = |text: &str| humantime::parse_rfc3339_weak(text).ok();
    let span = commit.and_then(|commit| ms(until)?.duration_since(ms(&commit.at)?).ok());
    match (commit, span) {
        (Some(commit), Some(span)) => Field::proposed(
            "existed",
            "How long it existed",
            format!(
                "{}: since commit {} of {}; git does not know when that was deployed",
                duration(span.as_millis() as u64),
                short(&commit.hash),
                commit.at
            ),
        ),
        (Some(commit), None) => Field::proposed(
            "existed",
            "How long it existed",
            format!("since commit {} of {}", short(&commit.hash), commit.at),
        ),
        (None, _) => Field::unknown("existed", "How long it existed", cause::no_commit(facts)),
    }
}

fn status(facts: &Facts) -> Part {
    match &facts.comparison {
        Some(compared) if !facts.answers.contains_key("status") => {
            let commit = compared
                .after
                .commit
                .as_deref()
                .map_or_else(String::new, |commit| format!(" of commit {}", short(commit)));
            Field::filled(
                "status",
                "Fix deployed",
                format!("a recording after it{commit} was taken at {}", compared.after.at),
            )
        }
        _ => field("status", facts),
    }
}
