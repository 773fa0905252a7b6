//! What an evaluation gives back: a value, and what went wrong on the way.

use std::ops::Range;

use serde_json::Value as Json;

use super::template::without_text;

/// The result of evaluating a text or a document.
#[derive(Clone, Debug)]
pub struct Evaluated {
    /// The value; the source where it could not be evaluated. Values without a form in JSON (a `LocalDate`, a
    /// `char`, a stage, an infinite number) are written as Jackson writes them, mostly as text.
    pub value: Json,
    /// Whether `value` is JSON by nature: false when a Java object had to be written as something else.
    pub is_json: bool,
    /// Errors, and expressions that gave null.
    pub failures: Vec<ExpressionFailure>,
}

impl Evaluated {
    /// A value nothing was evaluated in.
    pub(crate) fn plain(value: Json) -> Self {
        Self { value, is_json: true, failures: Vec::new() }
    }

    /// The value, or null when it has no form in JSON.
    #[must_use]
    pub fn strict_json(&self) -> &Json {
        if self.is_json { &self.value } else { &Json::Null }
    }
}

/// How bad a failure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// An exception: the text was kept.
    Error,
    /// A null: the piece was kept.
    Info,
}

impl Level {
    /// `ERROR` or `INFO`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "ERROR",
            Self::Info => "INFO",
        }
    }
}

/// One entry of the `expressionEvaluationSummary`.
#[derive(Clone, Debug)]
pub struct ExpressionFailure {
    /// The text without `${` and `}`: the summary's key.
    pub expression: String,
    /// Error or info.
    pub level: Level,
    /// The reason as Spring says it, root cause first, without the words "Failed to evaluate [key]".
    pub description: String,
    /// Java class of the root cause; empty for a null.
    pub exception_type: String,
    /// Byte range of the offending part inside the text.
    pub span: Option<Range<usize>>,
    /// What to do about it.
    pub hints: Vec<String>,
}

impl ExpressionFailure {
    /// The description without the text it is about, for those who see the text beside it.
    #[must_use]
    pub fn reason(&self) -> &str {
        without_text(&self.description)
    }
}

/// An expression that cannot be parsed.
#[derive(Clone, Debug)]
pub(crate) struct SyntaxError {
    /// The reason as Spring says it.
    pub(crate) message: String,
    /// Byte range inside the text.
    pub(crate) span: Range<usize>,
    /// What to do about it.
    pub(crate) hints: Vec<String>,
}
