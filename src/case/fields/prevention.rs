//! What prevents the next one.

use std::time::Duration;

use super::words::{command, name};
use crate::case::facts::Facts;
use crate::case::questions::field;
use crate::case::value::{Field, Part};
use crate::report::clean;

/// Days until somebody looks again.
const REVIEW_DAYS: u64 = 7;

pub(super) fn parts(facts: &Facts) -> Vec<Part> {
    vec![
        Field::listed(
            "alerts",
            "Alerts added",
            vec![
                format!("rules.yml: LeaklineCaseReturns and LeaklineCaseGrows, for {} alone", name(facts)),
                "rules.test.yml: their test, for promtool test rules".to_owned(),
            ],
        ),
        Field::filled(
            "panels",
            "Dashboard panels",
            "leakline dashboard > leakline.json prints them; the queries above are of this line",
        ),
        Field::proposals("checklist", "Review checklist", checklist(facts)),
        Field::proposed(
            "standards",
            "Testing standard",
            format!(
                "each unit of work that a service repeats has a check() in its tests; this one is {}",
                command(&facts.test.runner, &facts.test.path)
            ),
        ),
        related(facts),
        field("wentWell", facts),
        field("improve", facts),
        field("runbook", facts),
        gc_log(facts),
        review(facts),
        field("approval", facts),
        Field::unknown("costs", "Tickets and revenue", "not known to leakline, and not asked"),
    ]
}

fn checklist(facts: &Facts) -> Vec<String> {
    let own = match facts.leak.kind.as_str() {
        "listener" => [
            "is each on() paired with an off() on the same path, also after an error?",
            "who lives longer: the emitter or the listener's owner?",
        ],
        "interval" | "timeout" | "immediate" => {
            ["is each timer kept and cleared when its owner ends?", "does shutdown clear them?"]
        }
        "map" | "set" | "array" | "object" => [
            "has each collection of a module a bound, or a line that deletes?",
            "is a key derived from a request ever unbounded?",
        ],
        "handle" => ["is each handle closed in a finally?", "is it closed when its peer goes away?"],
        "pool" => {
            ["is each checkout returned in a finally?", "is it returned after an error and after a timeout?"]
        }
        _ => ["is what is registered released on every path?", "who holds it after that?"],
    };
    own.into_iter().chain(["does a test repeat the work and check() it?"]).map(str::to_owned).collect()
}

fn related(facts: &Facts) -> Part {
    match &facts.related[..] {
        [] => Field::filled(
            "related",
            "Similar incidents",
            "none: no other case beside this one has this fingerprint",
        ),
        all => Field::listed(
            "related",
            "Similar incidents",
            all.iter().map(|each| format!("{}, begun {}", clean(&each.folder), each.at)).collect(),
        ),
    }
}

fn gc_log(facts: &Facts) -> Part {
    let delays: Vec<f64> = facts.course.process.iter().map(|point| point.delay_ms).collect();
    if delays.is_empty() {
        return Field::unknown(
            "gcLog",
            "Pauses",
            "the recording has no history; run the service with --trace-gc",
        );
    }
    let at = |values: &[f64], share: f64| {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        sorted[((sorted.len() - 1) as f64 * share) as usize]
    };
    let in_words = |what: &str, values: &[f64]| {
        let (median, p95, most) = (at(values, 0.5), at(values, 0.95), at(values, 1.0));
        format!("{what} {median:.0} ms in the median span, {p95:.0} ms at p95, {most:.0} ms at most")
    };
    let pauses: Vec<f64> = facts.course.process.iter().map(|point| point.pause_ms).collect();
    let mut text = Vec::new();
    if pauses.iter().any(|pause| *pause > 0.0) {
        text.push(in_words("longest pause of a collection:", &pauses));
    }
    text.push(in_words("event loop late by", &delays));
    Field::filled("gcLog", "Pauses", format!("{}; --trace-gc has each collection", text.join("; ")))
}

fn review(facts: &Facts) -> Part {
    let begun = humantime::parse_rfc3339_weak(&facts.created_at).ok();
    match begun.and_then(|at| at.checked_add(Duration::from_secs(REVIEW_DAYS * 86_400))) {
        Some(at) => {
            let day: String = humantime::format_rfc3339_seconds(at).to_string().chars().take(10).collect();
            Field::proposed("review", "Next review", format!("{day}, a week after the case was begun"))
        }
        None => Field::proposed("review", "Next review", "a week after the case was begun"),
    }
}
