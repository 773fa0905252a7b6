//! What can go wrong in an expression: Java's and Spring's exceptions with their texts, where it happened, and hints.

use std::ops::Range;

/// Class of the exceptions Spring raises while it evaluates.
pub(crate) const SPEL: &str = "org.springframework.expression.spel.SpelEvaluationException";
/// Class of the exceptions Spring raises while it parses one expression.
pub(crate) const SPEL_PARSE: &str = "org.springframework.expression.spel.SpelParseException";
/// Class of the exceptions Spring raises while it splits a template.
pub(crate) const PARSE: &str = "org.springframework.expression.ParseException";
/// Class of the exceptions of Spinnaker's own functions.
pub(crate) const HELPER: &str = "com.netflix.spinnaker.kork.expressions.SpelHelperFunctionException";
/// `java.lang.IllegalArgumentException`.
pub(crate) const ILLEGAL_ARGUMENT: &str = "java.lang.IllegalArgumentException";
/// `java.lang.IllegalStateException`.
pub(crate) const ILLEGAL_STATE: &str = "java.lang.IllegalStateException";
/// `java.lang.NullPointerException`.
pub(crate) const NULL_POINTER: &str = "java.lang.NullPointerException";
/// `java.lang.NumberFormatException`.
pub(crate) const NUMBER_FORMAT: &str = "java.lang.NumberFormatException";
/// `java.lang.ArithmeticException`.
pub(crate) const ARITHMETIC: &str = "java.lang.ArithmeticException";
/// `java.lang.ClassCastException`.
pub(crate) const CLASS_CAST: &str = "java.lang.ClassCastException";
/// `java.lang.UnsupportedOperationException`.
pub(crate) const UNSUPPORTED: &str = "java.lang.UnsupportedOperationException";
/// `java.time.DateTimeException`.
pub(crate) const DATE_TIME: &str = "java.time.DateTimeException";
/// `java.lang.StringIndexOutOfBoundsException`.
pub(crate) const STRING_INDEX: &str = "java.lang.StringIndexOutOfBoundsException";
/// `java.lang.IndexOutOfBoundsException`.
pub(crate) const INDEX: &str = "java.lang.IndexOutOfBoundsException";
/// Ours: a bound that keeps expressions from hanging or filling memory.
pub(crate) const LIMIT: &str = "gennaker.ExpressionLimitException";

/// Result of anything an expression does.
pub(crate) type Result<T> = std::result::Result<T, ExprError>;

/// One exception: the root cause, and the exception Spring wraps around it.
#[derive(Clone, Debug)]
pub(crate) struct ExprError(Box<Inner>);

#[derive(Clone, Debug)]
struct Inner {
    exception: &'static str,
    message: String,
    outer: Option<String>,
    span: Option<Range<usize>>,
    hints: Vec<String>,
}

impl ExprError {
    /// An exception of a Java class.
    pub(crate) fn java(exception: &'static str, message: impl Into<String>) -> Self {
        let message = message.into();
        Self(Box::new(Inner { exception, message, outer: None, span: None, hints: Vec::new() }))
    }

    /// An exception of Spring's evaluator; the text starts with its code (`EL1004E: …`).
    pub(crate) fn spel(message: impl Into<String>) -> Self {
        Self::java(SPEL, message)
    }

    /// A bound of ours was passed.
    pub(crate) fn limit(message: impl Into<String>) -> Self {
        Self::java(LIMIT, message)
    }

    /// The same exception wrapped in another one of this text, unless it is wrapped already.
    pub(crate) fn within(mut self, outer: impl Into<String>) -> Self {
        self.0.outer.get_or_insert_with(|| outer.into());
        self
    }

    /// Says where it happened, unless a narrower place is known.
    pub(crate) fn at(mut self, span: &Range<usize>) -> Self {
        self.0.span.get_or_insert_with(|| span.clone());
        self
    }

    /// The same error, its place counted from further left.
    pub(crate) fn moved(mut self, by: usize) -> Self {
        self.0.span = self.0.span.map(|span| span.start + by..span.end + by);
        self
    }

    /// Adds what to do about it.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hints.push(hint.into());
        self
    }

    /// Adds the nearest of the known names, if one is near.
    pub(crate) fn near<'n>(self, name: &str, known: impl IntoIterator<Item = &'n str>) -> Self {
        match nearest(name, known) {
            Some(near) => self.hint(format!("did you mean '{near}'?")),
            None => self,
        }
    }

    /// The class of the root cause.
    pub(crate) fn exception(&self) -> &'static str {
        self.0.exception
    }

    /// The root cause's text, and the wrapping exception's when it says something else.
    pub(crate) fn description(&self) -> String {
        match &self.0.outer {
            Some(outer) if !outer.contains(&self.0.message) || self.0.message.is_empty() => {
                format!("{} - {outer}", self.0.message)
            }
            Some(outer) if outer.contains(&self.0.message) && outer.starts_with("EL1021E") => {
                format!("{} - {outer}", self.0.message)
            }
            Some(outer) => outer.clone(),
            None => self.0.message.clone(),
        }
    }

    /// Byte range of the offending part, relative to the expression it was found in.
    pub(crate) fn span(&self) -> Option<Range<usize>> {
        self.0.span.clone()
    }

    /// What to do about it.
    pub(crate) fn hints(&self) -> &[String] {
        &self.0.hints
    }
}

/// The known name that is most like `name`, when it is like it at all.
pub(crate) fn nearest<'n>(name: &str, known: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let lower = name.to_lowercase();
    known
        .into_iter()
        .filter(|candidate| *candidate != name)
        .map(|candidate| (strsim::jaro_winkler(&lower, &candidate.to_lowercase()), candidate))
        .filter(|(score, _)| *score >= 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}
