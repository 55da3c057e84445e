//! How a report is asked for: its form and its layout.

/// A form a report can take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people: [`snapshot_text`], [`diff_text`], [`check_text`].
    Text,
    /// For programs: [`json`], every number raw.
    Json,
    /// For a browser: [`page`](super::html::page), the text report with charts.
    Html,
    /// For code reviews: [`sarif`](super::exchange::sarif).
    Sarif,
    /// For GitLab: [`code_climate`](super::exchange::code_climate).
    CodeClimate,
    /// For Prometheus, in its own text format: [`metrics`](super::exchange::metrics).
    Prometheus,
    /// The same in OpenMetrics' format.
    OpenMetrics,
}

/// Every format under the name that users give it. Adding one is adding a line.
pub const FORMATS: &[(&str, Format)] = &[
    ("text", Format::Text),
    ("json", Format::Json),
    ("html", Format::Html),
    ("sarif", Format::Sarif),
    ("codeclimate", Format::CodeClimate),
    ("prometheus", Format::Prometheus),
    ("openmetrics", Format::OpenMetrics),
];

impl Format {
    /// The format called `name`, if there is one. If unsure use `text`.
    pub fn named(name: &str) -> Option<Format> {
        FORMATS.iter().find(|(known, _)| *known == name).map(|(_, format)| *format)
    }
}

/// Which source files may be read to be shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Excerpts {
    /// Any.
    #[default]
    Any,
    /// Those below the directory of the options: whoever made the report may have named any file of this machine.
    BelowCwd,
    /// None.
    Never,
}

/// How a text report is laid out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextOptions {
    /// Whether to colour with ANSI escapes. Default false: plain text is what files and pipes want.
    pub color: bool,
    /// Columns to lay out for; numbers are right-aligned to it. 60 to 400, default 100; what is outside is
    /// brought inside. Paths are never cut, so a long one may reach beyond.
    pub width: usize,
    /// Whether to list steady and new sites and Node's own too. Default false: they are counted in a line.
    pub all: bool,
    /// Whether to list every frame of the application and of packages. Default false: the origin and its
    /// caller.
    pub all_frames: bool,
    /// Whether to write HTML in place of plain text, for [`page`](super::html::page). Default false; it beats `color`.
    pub html: bool,
    /// Which files are read for excerpts. Default: any that a frame names, as is right for the process's own frames.
    pub sources: Excerpts,
    /// Directory below which paths are shown relative. Default none: paths as recorded.
    pub cwd: Option<String>,
}

impl Default for TextOptions {
    fn default() -> Self {
        TextOptions {
            color: false,
            width: 100,
            all: false,
            all_frames: false,
            sources: Excerpts::Any,
            html: false,
            cwd: None,
        }
    }
}
