//! The summary of a run, in each of its forms.

use serde::Deserialize;

use super::annotations::annotations;
use super::run::{run_text, run_text_of};
use super::summary_json::{Saved, summary_json};
use crate::report::options::TextOptions;
use crate::values::suite::FileResult;

/// A form of the summary.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
    /// GitHub's workflow commands.
    Github,
}

/// The summary of a run. `cwd` is the folder that annotations name files from.
pub fn summary(mut results: Vec<FileResult>, form: Form, cwd: &str, text: &TextOptions) -> String {
    // Workers end in any order; the summary has one.
    results.sort_by(|a, b| (&a.file, &a.runner).cmp(&(&b.file, &b.runner)));
    match form {
        Form::Text => run_text(&results, text),
        Form::Json => summary_json(&results),
        Form::Github => annotations(&results, cwd),
    }
}

/// The text of a summary that was saved as JSON.
pub fn saved_summary(saved: Saved, text: &TextOptions) -> String {
    let watched = saved.watched();
    run_text_of(&saved.results(), watched, text)
}
