//! Reproduction, fix, and the proof of both.

use super::detection;
use super::words::{advice_of, command, place, short};
use crate::case::facts::Facts;
use crate::case::questions::field;
use crate::case::value::{Code, Field, Part, Table};
use crate::report::{clean, cut, plural};
use crate::values::duration::duration;

pub(super) fn parts(facts: &Facts) -> Vec<Part> {
    let mut parts = vec![
        steps(facts),
        match detection::time_to_verdict(facts) {
            Some(text) => Field::filled("reproductionTime", "Time to reproduce", text),
            None if facts.process.iterations.is_some() => Field::filled(
                "reproductionTime",
                "Time to reproduce",
                format!("{} of a check", plural(facts.process.iterations.unwrap_or(0), "call")),
            ),
            None => Field::filled(
                "reproductionTime",
                "Time to reproduce",
                format!(
                    "{} of load at the most, as recorded; the test needs seconds",
                    duration(facts.process.uptime_ms)
                ),
            ),
        },
        Field::proposed("strategy", "Fix strategy", advice_of(facts)),
        changed(facts),
        fixed_code(facts),
        field("pullRequest", facts),
        tests(facts),
        load(facts),
        field("rollout", facts),
        results(facts),
    ];
    if let Some(fix) = facts.git.as_ref().and_then(|git| git.fix.as_ref()).filter(|fix| !fix.diff.is_empty())
    {
        let lines = fix.diff.iter().map(|line| {
            let mut rest = line.chars();
            let sign = rest.next().map_or_else(String::new, String::from);
            (sign, cut(&clean(&rest.as_str().replace('\t', "  ")), 160).into_owned())
        });
        parts.push(Part::Code(Code {
            title: format!("The fix: {} to {}", short(&fix.before.hash), short(&fix.after.hash)),
            lines: lines.collect(),
            marked: None,
        }));
    }
    if let Some(compared) = &facts.comparison {
        let rows = compared.rows.iter().map(|row| {
            let gain = row.improvement.map_or_else(
                || "–".to_owned(),
                |gain| match gain.round() {
                    0.0 => "unchanged".to_owned(),
                    gain if gain < 0.0 => format!("{:.0} % more", -gain),
                    gain => format!("{gain:.0} % less"),
                },
            );
            vec![row.name.clone(), clean(&row.before).into_owned(), clean(&row.after).into_owned(), gain]
        });
        parts.push(Part::Table(Table {
            title: "Before and after",
            head: vec!["figure", "before", "after", "change"],
            rows: rows.collect(),
        }));
    }
    parts
}

fn steps(facts: &Facts) -> Part {
    let test = &facts.test;
    let mut lines = Vec::new();
    lines.extend(facts.git.as_ref().map(|git| match git.is_uncommitted() {
        true => format!("take the working copy, with its changes to commit {}", short(&git.commit.hash)),
        false => format!("check out commit {}", short(&git.commit.hash)),
    }));
    lines.push(format!("fill in work() of {} with what calls {}", clean(&test.path), place(facts)));
    lines.push(format!("run it: {}", command(&test.runner, &test.path)));
    Field::proposals("steps", "Steps to reproduce", lines)
}

fn changed(facts: &Facts) -> Part {
    match facts.git.as_ref().and_then(|git| git.fix.as_ref()) {
        Some(fix) => {
            let mut lines = vec![format!(
                "commit {} “{}”, {}",
                short(&fix.after.hash),
                clean(&fix.after.subject),
                fix.after.at
            )];
            lines.extend(fix.files.iter().take(10).map(|file| clean(file).into_owned()));
            if fix.files.len() > 10 {
                lines.push(format!("and {} more", fix.files.len() - 10));
            }
            Field::listed("changed", "What was changed", lines)
        }
        None => Field::unknown(
            "changed",
            "What was changed",
            "not yet: leakline case verify --before REV --after REV fills it in from git",
        ),
    }
}

fn fixed_code(facts: &Facts) -> Part {
    match facts.git.as_ref().and_then(|git| git.fix.as_ref()) {
        Some(fix) if !fix.diff.is_empty() => Field::filled("fixedCode", "Code after", "the difference below"),
        Some(_) => {
            Field::filled("fixedCode", "Code after", "the leaking file was not changed; see the files above")
        }
        None => Field::unknown(
            "fixedCode",
            "Code after",
            "not yet: known with the revision after the fix (verify)",
        ),
    }
}

fn tests(facts: &Facts) -> Part {
    match &facts.proof {
        Some(proof) => Field::listed(
            "tests",
            "Test added",
            vec![
                format!("{}, proven at {}", clean(&proof.test), proof.at),
                format!("before, at {}: fails, {}", short(&proof.before.commit), proof.before.words()),
                format!("after, at {}: passes, {}", short(&proof.after.commit), proof.after.words()),
            ],
        ),
        None => Field::filled(
            "tests",
            "Test added",
            format!(
                "{} is written as a skeleton; what is marked FILL IN is yours, and leakline case verify proves it",
                clean(&facts.test.path)
            ),
        ),
    }
}

fn load(facts: &Facts) -> Part {
    match &facts.proof {
        Some(proof) => Field::filled(
            "load",
            "Load test",
            format!(
                "the regression test's calls: {} before, {} after, in {} and {}",
                proof.before.calls,
                proof.after.calls,
                duration(proof.before.ms),
                duration(proof.after.ms)
            ),
        ),
        None => Field::unknown(
            "load",
            "Load test",
            "none yet: the regression test calls work() 50 times; a test under real load is a person's",
        ),
    }
}

fn results(facts: &Facts) -> Part {
    match &facts.comparison {
        Some(compared) => {
            let best = compared.rows.iter().filter_map(|row| {
                Some(format!(
                    "{}: {} → {} ({:.0} % less)",
                    row.name,
                    row.before,
                    row.after,
                    row.improvement.filter(|gain| *gain > 0.0)?
                ))
            });
            let mut lines: Vec<String> = best.take(3).collect();
            if lines.is_empty() {
                lines.push("nothing became less: see the table".to_owned());
            }
            Field::listed("results", "Results after the fix", lines)
        }
        None => Field::unknown(
            "results",
            "Results after the fix",
            "not yet: leakline case compare BEFORE.lkf AFTER.lkf fills them in",
        ),
    }
}
