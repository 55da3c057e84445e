//! The root cause: what, where, why, and since which commit.

use super::words::{name, place, short};
use crate::case::facts::{Commit, Facts, Git, Lines};
use crate::case::figures::how_many;
use crate::case::value::{Code, Field, Part};
use crate::report::{advice, clean, count, cut};
use crate::values::frames::{Owner, owner};
use crate::values::reason::Reason;
use crate::values::snapshot::{Growth, Retainer};

/// Columns of a source line.
const MAX_LINE: usize = 160;

/// Frames of the way there.
const MAX_FRAMES: usize = 6;

pub(super) fn parts(facts: &Facts) -> Vec<Part> {
    let mut parts = vec![
        Field::filled(
            "object",
            "What leaks",
            format!("{} ({}), fingerprint {}", name(facts), how_many(facts), facts.leak.fingerprint),
        ),
        Field::filled("pattern", "Pattern", pattern(facts)),
        retainer_path(facts),
        Field::listed("why", "Why it leaks", why(facts)),
        introduced(facts),
        vulnerable(facts),
    ];
    if let Some(git) = &facts.git {
        parts.extend(git.origin.as_ref().map(|lines| code("The line that leaks", lines)));
        parts.extend(git.inserter.as_ref().map(|lines| code("The line that inserts most", lines)));
        parts.extend(git.caller.as_ref().map(|lines| code("The line that calls it", lines)));
    }
    parts
}

fn code(title: &str, lines: &Lines) -> Part {
    let numbered = lines.text.iter().enumerate().map(|(n, text)| {
        let number = (lines.first as usize + n).to_string();
        (number, cut(&clean(&text.replace('\t', "  ")), MAX_LINE).into_owned())
    });
    Part::Code(Code {
        title: format!("{title}: {}:{}", clean(&lines.path), lines.line),
        lines: numbered.collect(),
        marked: lines.line.checked_sub(lines.first).map(|at| at as usize),
    })
}

/// One of nine: by what leaks and how.
pub fn pattern(facts: &Facts) -> &'static str {
    let leak = &facts.leak;
    match (leak.kind.as_str(), leak.growth()) {
        ("listener", _) => "listeners are added to an object that outlives their purpose, and never removed",
        ("interval", _) => "intervals are started and never cleared",
        ("timeout" | "immediate", _) => "timers are started faster than they end or are cleared",
        ("map" | "set" | "object", Growth::Entries) => {
            "a collection without a bound: entries come in and never go out"
        }
        ("array", Growth::Entries) => "an array without a bound: elements are added and never removed",
        ("map" | "set" | "array" | "object", Growth::Instances) => {
            "collections are created, and something keeps their owners"
        }
        ("handle", _) => "handles are opened and never closed",
        ("pool", _) => "what a pool checked out is not returned",
        _ => "objects are registered and never released",
    }
}

/// The commit that most likely brought the leak: of the line and the line that inserts the later one, or the one that
/// removed what released it.
pub fn introducing(git: &Git) -> Option<&Commit> {
    if let Some(removed) = &git.removed {
        return Some(&removed.commit);
    }
    let origin = git.origin.as_ref().and_then(|lines| lines.introduced.as_ref());
    let inserter = git.inserter.as_ref().and_then(|lines| lines.introduced.as_ref());
    match (origin, inserter) {
        (Some(origin), Some(inserter)) if inserter.at > origin.at => Some(inserter),
        (Some(origin), _) => Some(origin),
        (None, inserter) => inserter,
    }
}

/// Why no commit is named.
pub fn no_commit(facts: &Facts) -> String {
    match (&facts.git_problem, &facts.git) {
        (Some(problem), _) => clean(problem).into_owned(),
        (None, None) => "no repository was given (--repo)".to_owned(),
        (None, Some(_)) => "git blame knows no commit of the line".to_owned(),
    }
}

fn introduced(facts: &Facts) -> Part {
    let Some((git, commit)) = facts.git.as_ref().and_then(|git| Some((git, introducing(git)?))) else {
        return Field::unknown("introduced", "Introduced by", no_commit(facts));
    };
    let mut lines = vec![words(commit)];
    if let Some(removed) = &git.removed {
        lines.push(format!(
            "it removed “{}”, most likely what released it",
            cut(&clean(removed.text.trim()), 100)
        ));
        if let Some(own) = git.origin.as_ref().and_then(|lines| lines.introduced.as_ref()) {
            lines.push(format!("the line itself is older: {}", words(own)));
        }
    }
    lines.push(format!("by git blame -w -C {}", blamed(git, facts.process.commit.as_deref())));
    Field::listed("introduced", "Introduced by", lines)
}

/// What git was asked about.
fn blamed(git: &Git, ran: Option<&str>) -> String {
    let at = short(&git.commit.hash);
    if git.is_uncommitted() {
        return format!("of the working copy, which ran with changes that are not in commit {at}");
    }
    match ran.filter(|ran| !ran.is_empty()) {
        _ if git.is_running => format!("at commit {at}, which ran"),
        Some(ran) => format!(
            "at commit {at}; commit {} ran, which this repository does not have (git fetch brings it), so lines may have moved",
            short(ran)
        ),
        None => format!(
            "at commit {at}; which commit ran was not recorded (GIT_COMMIT says it), so lines may have moved since"
        ),
    }
}

fn words(commit: &Commit) -> String {
    format!(
        "commit {} “{}”, {}, {}",
        short(&commit.hash),
        cut(&clean(&commit.subject), 100),
        cut(&clean(&commit.author), 60),
        commit.at
    )
}

fn vulnerable(facts: &Facts) -> Part {
    match facts.git.as_ref().and_then(|git| git.origin.as_ref()) {
        Some(lines) => Field::filled(
            "code",
            "Code before",
            format!("{}, below", clean(&format!("{}:{}", lines.path, lines.line))),
        ),
        None => Field::unknown("code", "Code before", format!("{}: {}", place(facts), no_commit(facts))),
    }
}

fn retainer_path(facts: &Facts) -> Part {
    if !facts.retainers.is_empty() {
        let step = |step: &Retainer| match step.edge.as_str() {
            "" => clean(&step.name).into_owned(),
            edge => format!("{} ({})", clean(edge), clean(&step.name)),
        };
        let path: Vec<String> = facts.retainers.iter().map(step).collect();
        return Field::filled("retainers", "What keeps it", path.join(" › "));
    }
    let leak = &facts.leak;
    if let Some(held_by) = &leak.held_by {
        return Field::filled("retainers", "What keeps it", clean(held_by));
    }
    let text = match leak.kind.as_str() {
        "listener" => Some("the object it listens to, which lives on"),
        "interval" | "timeout" | "immediate" => Some("Node's list of timers, until it is cleared or fires"),
        "handle" => Some("the event loop, until it is closed"),
        "pool" => Some("the pool's list of what is checked out"),
        _ => None,
    };
    match text {
        Some(text) => Field::filled("retainers", "What keeps it", text),
        None => Field::unknown(
            "retainers",
            "What keeps it",
            "the recording has no path: two heap snapshots and leakline heap FIRST SECOND --of FILE:LINE name it, or check(fn, { heap: true }) in a test",
        ),
    }
}

fn why(facts: &Facts) -> Vec<String> {
    let leak = &facts.leak;
    let cwd = facts.process.cwd.as_deref();
    let mut lines = Vec::new();
    let frames = leak.stack.iter().filter(|frame| owner(&frame.file) == Owner::Application).take(MAX_FRAMES);
    let way: Vec<String> = frames
        .map(|frame| match &frame.function {
            Some(function) if !function.is_empty() => {
                format!("{} ({})", cut(&clean(function), 60), advice::place(frame, cwd))
            }
            _ => advice::place(frame, cwd),
        })
        .collect();
    if !way.is_empty() {
        lines.push(format!("created by {}", way.join(" ← ")));
    }
    if let Some(frame) = advice::inserter(leak) {
        let share = leak.top_inserter.as_ref().and_then(|top| top.share).filter(|share| share.is_finite());
        let share = share.map_or_else(String::new, |share| {
            format!(", {:.0} % of all insertions", share.clamp(0.0, 1.0) * 100.0)
        });
        lines.push(format!("inserted at {}{share}", advice::place(frame, cwd)));
    }
    if !leak.evidence.is_empty() {
        lines.push(clean(&leak.evidence).into_owned());
    }
    let says_ended = matches!(leak.reason, Some(Reason::PilingUp { .. })) || leak.evidence.contains("ever ");
    match (leak.growth(), leak.removed_entries) {
        (Growth::Entries, Some(0)) => lines.push("nothing was ever deleted from it".to_owned()),
        (Growth::Instances, _)
            if facts.process.iterations.is_none() && leak.registered > 0 && !says_ended =>
        {
            lines.push(format!(
                "{} of {} ever released, {} collected with their owner",
                count(leak.released),
                count(leak.registered),
                count(leak.collected)
            ));
        }
        _ => {}
    }
    if !leak.kept_by.is_empty() {
        lines.push("something else that grows keeps it; see what was also found".to_owned());
    }
    lines
}
