//! AWS's errors in the vocabulary of all clouds. What a code means to a caller of AWS is known below, in `aws`; here it
//! is what it means for a server group.

use crate::aws;
use crate::providers::{Error, ErrorKind};

/// This provider's name.
pub(super) const PROVIDER: &str = "aws";

/// A refused call: AWS's own code, and what it means.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{error}")]
pub(in crate::providers) struct Fault {
    /// AWS's code; empty when there was no answer.
    pub(in crate::providers) code: String,
    pub(in crate::providers) error: Error,
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        fault.error
    }
}

impl From<aws::Error> for Fault {
    fn from(error: aws::Error) -> Self {
        let kind = meaning(&error);
        let message = match is_quota(&error.code) {
            true => format!("{}; ask AWS for a higher quota, or remove what is not needed", error.message),
            false => error.message,
        };
        Self { code: error.code, error: Error::new(PROVIDER, "call", kind, message) }
    }
}

impl Fault {
    /// A call that could not be made or understood.
    pub(in crate::providers) fn other(message: String) -> Self {
        Self { code: String::new(), error: Error::new(PROVIDER, "call", ErrorKind::Other, message) }
    }

    /// Whether something that was just made may not be visible everywhere yet.
    pub(super) fn may_be_unseen(&self) -> bool {
        self.error.kind == ErrorKind::NotFound
            || self.error.message.contains("Invalid IamInstanceProfile")
            || self.error.message.contains("launch template does not exist")
    }
}

/// Codes that only pass, though the call is not repeated below.
const PASSING: &[&str] = &["IdempotentCallInProgress", "ResourceContention", "ScalingActivityInProgress"];

fn is_quota(code: &str) -> bool {
    code.contains("LimitExceeded") && code != "RequestLimitExceeded" || code.starts_with("TooMany")
}

fn meaning(error: &aws::Error) -> ErrorKind {
    let code = error.code.as_str();
    match error.kind {
        _ if PASSING.contains(&code) => ErrorKind::Unavailable,
        aws::ErrorKind::Settings | aws::ErrorKind::Credentials | aws::ErrorKind::Denied => ErrorKind::Permission,
        aws::ErrorKind::Throttled => ErrorKind::Throttled,
        aws::ErrorKind::Unavailable | aws::ErrorKind::Unreachable => ErrorKind::Unavailable,
        _ if code.contains("AlreadyExists") || code.contains("Duplicate") => ErrorKind::AlreadyExists,
        // Auto Scaling has one code for everything that is wrong.
        _ if code == "ValidationError" && error.words.contains("not found") => ErrorKind::NotFound,
        aws::ErrorKind::NotFound => ErrorKind::NotFound,
        _ if code.contains("NotFound") || code.ends_with(".Unknown") => ErrorKind::NotFound,
        _ if is_quota(code) || code == "DependencyViolation" || code == "ResourceInUse" => ErrorKind::Other,
        aws::ErrorKind::Invalid | aws::ErrorKind::WrongRegion => ErrorKind::Invalid,
        aws::ErrorKind::Conflict | aws::ErrorKind::Precondition => ErrorKind::Other,
    }
}

/// Names the operation an error came up in.
pub(in crate::providers) fn during(operation: &'static str) -> impl Fn(Error) -> Error {
    move |error| Error { operation, ..error }
}

/// The description is wrong.
pub(in crate::providers) fn invalid(message: impl Into<String>) -> Error {
    Error::new(PROVIDER, "check", ErrorKind::Invalid, message)
}

/// The thing acted on is not there.
pub(super) fn not_found(message: impl Into<String>) -> Error {
    Error::new(PROVIDER, "look", ErrorKind::NotFound, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Code, AWS's words, what `aws` makes of them, and what they mean here.
    #[test]
    fn real_answers_mean_what_they_say() {
        let unknown = "AutoScalingGroup name not found - AutoScalingGroup 'a-v000' not found";
        for (code, words, below, kind, retryable) in [
            ("Throttling", "Rate exceeded", aws::ErrorKind::Throttled, ErrorKind::Throttled, true),
            (
                "AlreadyExists",
                "AutoScalingGroup by this name",
                aws::ErrorKind::Conflict,
                ErrorKind::AlreadyExists,
                false,
            ),
            (
                "InvalidLaunchTemplateName.AlreadyExistsException",
                "Launch template name already in use.",
                aws::ErrorKind::Invalid,
                ErrorKind::AlreadyExists,
                false,
            ),
            ("ResourceContention", "You already have", aws::ErrorKind::Conflict, ErrorKind::Unavailable, true),
            ("ScalingActivityInProgress", "Activity 1", aws::ErrorKind::Invalid, ErrorKind::Unavailable, true),
            ("ValidationError", unknown, aws::ErrorKind::Invalid, ErrorKind::NotFound, false),
            ("ValidationError", "1 validation error", aws::ErrorKind::Invalid, ErrorKind::Invalid, false),
            ("AccessDenied", "User: arn is not", aws::ErrorKind::Denied, ErrorKind::Permission, false),
            ("AuthFailure", "AWS was not able", aws::ErrorKind::Credentials, ErrorKind::Permission, false),
            ("InvalidAMIID.NotFound", "The image id", aws::ErrorKind::NotFound, ErrorKind::NotFound, false),
            ("InvalidAMIID.Malformed", "Invalid id", aws::ErrorKind::Invalid, ErrorKind::Invalid, false),
            ("InvalidLaunchTemplateName.NotFoundException", "no", aws::ErrorKind::Invalid, ErrorKind::NotFound, false),
            ("VcpuLimitExceeded", "You have requested", aws::ErrorKind::Invalid, ErrorKind::Other, false),
            ("DependencyViolation", "resource sg-1", aws::ErrorKind::Invalid, ErrorKind::Other, false),
            ("", "", aws::ErrorKind::Unreachable, ErrorKind::Unavailable, true),
        ] {
            let error = aws::Error {
                kind: below,
                message: words.to_owned(),
                code: code.to_owned(),
                words: words.to_owned(),
                status: 400,
                request_id: None,
                tries: 1,
            };
            let fault = Fault::from(error);
            assert_eq!((fault.error.kind, fault.error.retryable), (kind, retryable), "{code} {words}");
        }
    }
}
