//! What only a person knows: at most ten questions.

use serde::Serialize;

use super::facts::Facts;
use super::value::{Field, Part};

/// A question.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Question {
    /// Its name, in `answers.json`.
    pub id: &'static str,
    /// The field that it fills.
    #[serde(skip)]
    pub name: &'static str,
    /// What is asked.
    pub text: &'static str,
}

/// All of them, in the order they are asked.
pub const QUESTIONS: [Question; 10] = [
    Question { id: "discovery", name: "How it was discovered", text: "How was it noticed, and by whom?" },
    Question { id: "impact", name: "Affected users", text: "Who was affected, and how?" },
    Question { id: "status", name: "Fix deployed", text: "Is the fix deployed, and where?" },
    Question { id: "rollout", name: "Environment and rollout", text: "When and how was it rolled out?" },
    Question { id: "pullRequest", name: "Pull request", text: "Which pull request or ticket has the fix?" },
    Question { id: "dashboard", name: "Dashboard link", text: "Which dashboard shows it?" },
    Question { id: "wentWell", name: "What went well", text: "What went well?" },
    Question { id: "improve", name: "What could be better", text: "What could have gone better?" },
    Question { id: "runbook", name: "Runbook and catalogue", text: "Which runbook covers this service?" },
    Question { id: "approval", name: "Approval", text: "Who approved this report, and when?" },
];

/// The field of a question.
pub fn field(id: &'static str, facts: &Facts) -> Part {
    let question = QUESTIONS.iter().find(|question| question.id == id);
    let (name, text) = question.map_or(("", ""), |question| (question.name, question.text));
    Field::asked(id, name, text, facts)
}
