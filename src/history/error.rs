//! What history can refuse.

use std::path::Path;

/// What went wrong, as far as the caller's next step depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// No execution has this id or prefix.
    NotFound,
    /// Several executions have this prefix.
    Ambiguous,
    /// An execution of this id is recorded already.
    AlreadyExists,
    /// Another process took the execution over: this one must not act any more.
    Fenced,
    /// Written by a newer gennaker.
    NewerVersion,
    /// A record that cannot be: cut, edited, or of another execution.
    Corrupt,
    /// There is no such store, or not where the settings say.
    Settings,
    /// The store cannot be read or written: permissions, a full disk.
    Unavailable,
}

/// A failure of history.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    /// What kind.
    pub kind: ErrorKind,
    /// One line with the place and the remedy.
    pub message: String,
    #[source]
    source: Option<std::io::Error>,
    is_denied: bool,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), source: None, is_denied: false }
    }

    pub(crate) fn io(doing: &str, path: &Path, source: std::io::Error) -> Self {
        use std::io::ErrorKind as Io;
        let remedy = match source.kind() {
            Io::StorageFull | Io::QuotaExceeded => "the disk is full: free some space and go on with 'gennaker resume'",
            Io::FileTooLarge => "raise the limit of file sizes (ulimit -f) and go on with 'gennaker resume'",
            Io::NotADirectory => "a file stands in the way; remove it, or choose another folder with --history",
            Io::PermissionDenied | Io::ReadOnlyFilesystem => {
                "make the folder writable, or choose another one with --history"
            }
            _ => "",
        };
        let separator = if remedy.is_empty() { "" } else { "; " };
        let message = format!("cannot {doing} {}: {source}{separator}{remedy}", path.display());
        let is_denied = matches!(source.kind(), Io::NotADirectory | Io::PermissionDenied | Io::ReadOnlyFilesystem);
        Self { kind: ErrorKind::Unavailable, message, source: Some(source), is_denied }
    }

    /// The same, where the store denies access.
    #[cfg(feature = "aws")]
    pub(crate) fn denied(self) -> Self {
        Self { is_denied: true, ..self }
    }

    /// Whether the store denies access, so that nothing but another place or other permissions help.
    #[must_use]
    pub fn is_denied(&self) -> bool {
        self.is_denied
    }

    /// An execution whose records contradict each other.
    pub fn corrupt_execution(id: &str, what: &dyn std::fmt::Display) -> Self {
        Self::new(
            ErrorKind::Corrupt,
            format!("the history of execution {id} contradicts itself: {what}; its file was edited"),
        )
    }

    pub(crate) fn corrupt(path: &Path, line: usize, what: impl std::fmt::Display) -> Self {
        Self::new(ErrorKind::Corrupt, format!("{}:{line}: {what}", path.display()))
    }
}

/// No execution has this id or prefix.
pub(super) fn not_found(id: &str, location: &str) -> Error {
    let hint = "list them with 'gennaker history list'";
    Error::new(ErrorKind::NotFound, format!("no execution '{id}' in {location}; {hint}"))
}

/// Several executions have this prefix; `found` are their ids, oldest first.
pub(super) fn ambiguous(prefix: &str, found: &[String]) -> Error {
    let some = found.iter().rev().take(5).cloned().collect::<Vec<_>>().join(", ");
    let text = format!("'{prefix}' begins {} executions ({some}); give more letters", found.len());
    Error::new(ErrorKind::Ambiguous, text)
}
