//! What can go wrong on one machine, in the words of the providers.

use std::io;
use std::path::Path;

use crate::providers::{Error, ErrorKind};

/// Name of this provider in documents and messages.
pub(super) const PROVIDER: &str = "local";

/// An error whose operation the trait method fills in with [`during`].
fn error(kind: ErrorKind, message: impl Into<String>) -> Error {
    Error::new(PROVIDER, "", kind, message)
}

/// The description is wrong; nothing was done.
pub(super) fn invalid(message: impl Into<String>) -> Error {
    error(ErrorKind::Invalid, message)
}

/// The thing acted on is not there.
pub(super) fn not_found(message: impl Into<String>) -> Error {
    error(ErrorKind::NotFound, message)
}

/// The name is taken by somebody else.
pub(super) fn taken(message: impl Into<String>) -> Error {
    error(ErrorKind::AlreadyExists, message)
}

/// A process of ours does not answer; trying again may help.
pub(super) fn unavailable(message: impl Into<String>) -> Error {
    error(ErrorKind::Unavailable, message)
}

/// Anything else that is not the description's fault.
pub(super) fn other(message: impl Into<String>) -> Error {
    error(ErrorKind::Other, message)
}

/// A file operation that failed: what was tried, where, why, and what to do about it.
pub(super) fn io(action: &str, path: &Path, cause: &io::Error) -> Error {
    let (kind, remedy) = match cause.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            (ErrorKind::Permission, "; make it writable for this user, or set 'root' of the account to another folder")
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            (ErrorKind::Other, "; free some space there, or set 'root' of the account to another disk")
        }
        io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => {
            (ErrorKind::Other, "; set 'root' of the account to a folder")
        }
        _ => (ErrorKind::Other, ""),
    };
    error(kind, format!("cannot {action} {}: {}{remedy}", path.display(), reason(cause)))
}

/// The system's words for an error, without its number.
pub(super) fn reason(cause: &io::Error) -> String {
    let text = cause.to_string();
    let end = text.find(" (os error").unwrap_or(text.len());
    let mut reason = text[..end].to_owned();
    if let Some(first) = reason.get(..1).map(str::to_lowercase) {
        reason.replace_range(..1, &first);
    }
    reason
}

/// Names the operation an error ended.
pub(super) fn during(operation: &'static str) -> impl Fn(Error) -> Error {
    move |mut error| {
        error.operation = operation;
        error
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_names_place_and_remedy() {
        let error = io("write", Path::new("/state/group.json"), &io::Error::from_raw_os_error(28));
        assert_eq!(
            error.message,
            "cannot write /state/group.json: no space left on device; free some space there, or set 'root' of the \
             account to another disk"
        );
    }

    #[test]
    fn a_read_only_folder_is_a_matter_of_permission() {
        assert_eq!(io("write", Path::new("/x"), &io::Error::from_raw_os_error(30)).kind, ErrorKind::Permission);
    }
}
