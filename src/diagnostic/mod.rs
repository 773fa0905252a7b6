//! What is wrong with a document, as plain data, and how it is shown with the line it stands in.
//!
//! Nobody below the rim prints: a finding is a [`Diagnostic`] with a [`Place`] such as `stages[2].clusters[0].account`.
//! The place becomes a line and a column only when it is shown.

mod code;
mod layout;
mod nearest;
mod place;
mod read;
mod render;
mod sarif;
mod source;
mod syntax;

pub use code::{CODES, Explanation, explain};
pub use nearest::{nearest, one_of};
pub use place::{Place, Spot, Step};
pub use read::{Document, read_documents};
pub use render::render;
pub use sarif::sarif;
pub use source::{Location, Source};

use std::sync::Arc;

use serde_json::{Value, json};

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It cannot run.
    Error,
    /// It runs, but hardly as meant.
    Warning,
    /// Worth knowing.
    Hint,
}

impl Severity {
    /// `error`, `warning` or `hint`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Hint => "hint",
        }
    }
}

/// One finding in one document.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    /// `GNK0042`; [`explain`] knows them all.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong: a lower-case fragment that names the thing.
    pub title: String,
    /// Where.
    pub place: Place,
    /// What is said beside the marked text; may be empty.
    pub label: String,
    /// Other places that belong to it, with what is said beside them.
    pub related: Vec<(Place, String)>,
    /// What to do about it.
    pub help: Option<String>,
    /// The text the place is in; `None` when it is about no text.
    pub source: Option<Arc<Source>>,
}

impl Diagnostic {
    /// A finding that keeps the document from running.
    pub fn error(code: &'static str, title: impl Into<String>) -> Self {
        Self::of(Severity::Error, code, title.into())
    }

    /// A finding that does not.
    pub fn warning(code: &'static str, title: impl Into<String>) -> Self {
        Self::of(Severity::Warning, code, title.into())
    }

    /// Something worth knowing.
    pub fn hint(code: &'static str, title: impl Into<String>) -> Self {
        Self::of(Severity::Hint, code, title.into())
    }

    fn of(severity: Severity, code: &'static str, title: String) -> Self {
        debug_assert!(explain(code).is_some(), "{code} is missing in the table of codes");
        Self {
            code,
            severity,
            title,
            place: Place::default(),
            label: String::new(),
            related: Vec::new(),
            help: None,
            source: None,
        }
    }

    /// The same finding, at a place of a text.
    #[must_use]
    pub fn at(mut self, source: &Arc<Source>, place: Place) -> Self {
        self.source = Some(Arc::clone(source));
        self.place = place;
        self
    }

    /// The same finding, with words beside the marked text.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// The same finding, with what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same finding, with another place that belongs to it.
    #[must_use]
    pub fn related(mut self, place: Place, label: impl Into<String>) -> Self {
        self.related.push((place, label.into()));
        self
    }

    /// Whether it keeps the document from running.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// Line and column of its place.
    #[must_use]
    pub fn location(&self) -> Option<Location> {
        let source = self.source.as_ref()?;
        Some(source.location(&source.resolve(&self.place)?))
    }

    /// The form for machines: `{code, severity, message, file, line, column, endLine, endColumn, place, help}`, keys
    /// left out where nothing is known.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut object = json!({
            "code": self.code,
            "severity": self.severity.as_str(),
            "message": self.title,
        });
        let map = object.as_object_mut().expect("an object was just made");
        if let Some(source) = &self.source {
            map.insert("file".into(), source.shown().into());
            map.insert("place".into(), self.place.to_string().into());
        }
        if let Some(location) = self.location() {
            map.insert("line".into(), location.line.into());
            map.insert("column".into(), location.column.into());
            map.insert("endLine".into(), location.end_line.into());
            map.insert("endColumn".into(), location.end_column.into());
        }
        if !self.label.is_empty() {
            map.insert("label".into(), self.label.clone().into());
        }
        if let Some(help) = &self.help {
            map.insert("help".into(), help.clone().into());
        }
        object
    }
}

impl std::fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(source) = &self.source {
            write!(f, "{}:", source.shown())?;
            if let Some(location) = self.location() {
                write!(f, "{}:{}:", location.line, location.column)?;
            }
            f.write_str(" ")?;
        }
        write!(f, "{}[{}]: {}", self.severity.as_str(), self.code, self.title)
    }
}

impl std::error::Error for Diagnostic {}

/// Puts findings in the order their places stand in the texts; those about no text come last.
pub fn sort(diagnostics: &mut [Diagnostic]) {
    diagnostics.sort_by_cached_key(|diagnostic| {
        let source = diagnostic.source.as_ref();
        let start = source.and_then(|source| source.resolve(&diagnostic.place)).map(|range| range.start);
        (source.is_none(), source.map(|source| source.name.clone()), start, diagnostic.severity, diagnostic.code)
    });
}

/// The worst severity among them.
#[must_use]
pub fn worst(diagnostics: &[Diagnostic]) -> Option<Severity> {
    diagnostics.iter().map(|diagnostic| diagnostic.severity).min()
}
