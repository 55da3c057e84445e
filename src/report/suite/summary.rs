//! The summary of a run, in each of its forms.

use serde::Deserialize;

use super::annotations::annotations;
use super::run::{run_text, run_text_of};
use super::summary_json::{Saved, summary_json};
use crate::report::exchange::{code_climate::code_climate, sarif::sarif};
use crate::report::html::page;
use crate::report::options::{Format, TextOptions};
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

/// A summary that was saved as JSON, in another format: as text, as a page, or as a list for code reviews. `None` for a format
/// that it does not have.
pub fn saved_summary(saved: Saved, format: Format, text: &TextOptions) -> Option<String> {
    let watched = saved.watched();
    let cwd = text.cwd.as_deref();
    match format {
        Format::Text => Some(run_text_of(&saved.results(), watched, text)),
        Format::Html => {
            let html = TextOptions { html: true, ..text.clone() };
            Some(page("leakline tests", &run_text_of(&saved.results(), watched, &html), &[]))
        }
        Format::Sarif => Some(sarif(&saved.findings(), cwd)),
        Format::CodeClimate => Some(code_climate(&saved.findings(), cwd)),
        Format::Json | Format::Prometheus | Format::OpenMetrics => None,
    }
}
