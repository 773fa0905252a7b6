//! What a provider call can end with, in one vocabulary for all clouds.

use crate::model::{Failure, FailureKind};

/// What went wrong, as far as the caller's next step depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// Something of this name exists and belongs to somebody else.
    AlreadyExists,
    /// The description is wrong; nothing was done.
    Invalid,
    /// The thing acted on is not there.
    NotFound,
    /// Credentials or permissions.
    Permission,
    /// Asked too often.
    Throttled,
    /// The provider does not answer.
    Unavailable,
    /// This provider has no such thing.
    Unsupported,
    /// Anything else.
    Other,
}

/// A provider call that failed.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    /// What kind of failure.
    pub kind: ErrorKind,
    /// Whether the same call may succeed later.
    pub retryable: bool,
    /// Provider that failed.
    pub provider: &'static str,
    /// What was asked of it: `create server group`.
    pub operation: &'static str,
    /// One line, lower case, naming the thing and the remedy.
    pub message: String,
    /// More lines: log tails, response bodies.
    pub details: Vec<String>,
    /// Whether it was refused outright: nothing was changed.
    pub refused: bool,
}

impl Error {
    /// An error of this kind; throttling and unavailability are worth a retry.
    pub fn new(provider: &'static str, operation: &'static str, kind: ErrorKind, message: impl Into<String>) -> Self {
        let retryable = matches!(kind, ErrorKind::Throttled | ErrorKind::Unavailable);
        let refused = !retryable && kind != ErrorKind::Other;
        Self { kind, retryable, provider, operation, message: message.into(), details: Vec::new(), refused }
    }

    /// The one sentence for a noun a provider lacks.
    #[must_use]
    pub fn unsupported(provider: &'static str, noun: &'static str) -> Self {
        Self::new(provider, noun, ErrorKind::Unsupported, format!("{noun} are not supported by provider '{provider}'"))
    }

    /// The same error with lines of detail.
    #[must_use]
    pub fn with_details(mut self, details: Vec<String>) -> Self {
        self.details = details;
        self
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let kind = match error.kind {
            ErrorKind::Invalid | ErrorKind::Unsupported => FailureKind::User,
            ErrorKind::Permission => FailureKind::Permission,
            _ => FailureKind::World,
        };
        Self { kind, message: error.message, details: error.details, retryable: error.retryable, ..Self::default() }
    }
}
