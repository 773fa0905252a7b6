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
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), source: None }
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
        Self { kind: ErrorKind::Unavailable, message, source: Some(source) }
    }

    /// Whether the system denies access, so that nothing but another place or other permissions help.
    #[must_use]
    pub fn is_denied(&self) -> bool {
        use std::io::ErrorKind as Io;
        let kind = self.source.as_ref().map(std::io::Error::kind);
        matches!(kind, Some(Io::NotADirectory | Io::PermissionDenied | Io::ReadOnlyFilesystem))
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
