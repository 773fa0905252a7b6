//! Why something failed, as data: stored in history and shown after a crash as before it.

use serde::{Deserialize, Serialize};

/// Whose fault a failure is, which decides hints and exit codes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum FailureKind {
    /// The pipeline or its input is wrong.
    User,
    /// The world refused: a cloud, a server, a process.
    #[default]
    World,
    /// Nothing answered in the time given.
    Timeout,
    /// Credentials or permissions.
    Permission,
    /// Ours.
    Bug,
}

/// A failure of a task or of a stage's planning.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    /// Whose fault it is.
    pub kind: FailureKind,
    /// One line: what happened, lower case, naming the thing.
    pub message: String,
    /// More lines: log tails, response bodies, what to do.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<String>,
    /// Whether trying again may help.
    #[serde(default)]
    pub retryable: bool,
    /// Targets of changes that were recorded last and then refused: they were not made.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unmade: Vec<String>,
}

impl Failure {
    /// A failure of the world.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), ..Self::default() }
    }

    /// A failure of the document or its input.
    pub fn user(message: impl Into<String>) -> Self {
        Self { kind: FailureKind::User, message: message.into(), ..Self::default() }
    }

    /// The same failure with one more line of detail.
    #[must_use]
    pub fn detail(mut self, line: impl Into<String>) -> Self {
        self.details.push(line.into());
        self
    }

    /// The same failure of another kind.
    #[must_use]
    pub fn of_kind(mut self, kind: FailureKind) -> Self {
        self.kind = kind;
        self
    }

    /// The same failure, worth another try.
    #[must_use]
    pub fn retryable(mut self) -> Self {
        self.retryable = true;
        self
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}
