//! AWS's error codes in the vocabulary of all clouds.
//!
//! Codes: <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html>,
//! <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/CommonErrors.html>.

use super::xml::Node;
use crate::providers::{Error, ErrorKind};

/// This provider's name.
pub(super) const PROVIDER: &str = "aws";

/// Codes that mean one thing wherever they come from, sorted.
const CODES: &[(&str, ErrorKind)] = &[
    ("AccessDenied", ErrorKind::Permission),
    ("AccessDeniedException", ErrorKind::Permission),
    ("AlreadyExists", ErrorKind::AlreadyExists),
    ("AuthFailure", ErrorKind::Permission),
    ("DuplicateListener", ErrorKind::AlreadyExists),
    ("DuplicateLoadBalancerName", ErrorKind::AlreadyExists),
    ("DuplicateTargetGroupName", ErrorKind::AlreadyExists),
    ("ExpiredToken", ErrorKind::Permission),
    ("ExpiredTokenException", ErrorKind::Permission),
    ("IdempotentCallInProgress", ErrorKind::Unavailable),
    ("IncompleteSignature", ErrorKind::Permission),
    ("InternalError", ErrorKind::Unavailable),
    ("InternalFailure", ErrorKind::Unavailable),
    ("InvalidClientTokenId", ErrorKind::Permission),
    ("InvalidGroup.Duplicate", ErrorKind::AlreadyExists),
    ("InvalidLaunchTemplateName.AlreadyExistsException", ErrorKind::AlreadyExists),
    ("LoadBalancerNotFound", ErrorKind::NotFound),
    ("MissingAuthenticationToken", ErrorKind::Permission),
    ("OptInRequired", ErrorKind::Permission),
    ("PriorRequestNotComplete", ErrorKind::Throttled),
    ("RequestExpired", ErrorKind::Permission),
    ("RequestLimitExceeded", ErrorKind::Throttled),
    ("RequestThrottled", ErrorKind::Throttled),
    ("RequestThrottledException", ErrorKind::Throttled),
    ("ResourceContention", ErrorKind::Unavailable),
    ("ScalingActivityInProgress", ErrorKind::Unavailable),
    ("ServiceUnavailable", ErrorKind::Unavailable),
    ("SignatureDoesNotMatch", ErrorKind::Permission),
    ("SlowDown", ErrorKind::Throttled),
    ("TargetGroupNotFound", ErrorKind::NotFound),
    ("Throttling", ErrorKind::Throttled),
    ("ThrottlingException", ErrorKind::Throttled),
    ("TooManyRequestsException", ErrorKind::Throttled),
    ("UnauthorizedOperation", ErrorKind::Permission),
    ("Unavailable", ErrorKind::Unavailable),
    ("UnrecognizedClientException", ErrorKind::Permission),
    ("ValidationError", ErrorKind::Invalid),
];

/// A refused call: AWS's own code, and what it means.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{error}")]
pub(super) struct Fault {
    /// AWS's code; empty when there was no answer.
    pub(super) code: String,
    pub(super) error: Error,
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        fault.error
    }
}

impl Fault {
    /// A call without an answer, or with one that cannot be read.
    pub(super) fn without_answer(kind: ErrorKind, message: String) -> Self {
        Self { code: String::new(), error: Error::new(PROVIDER, "call", kind, message) }
    }

    /// What a refusal says; `place` is `autoscaling:CreateAutoScalingGroup in us-east-1`.
    pub(super) fn of_answer(status: u16, body: &[u8], place: &str) -> Self {
        let found = Node::parse(body).ok();
        let error = found.as_ref().and_then(|node| if node.name == "Error" { Some(node) } else { node.find("Error") });
        let Some(error) = error else {
            let kind = if status >= 500 { ErrorKind::Unavailable } else { ErrorKind::Other };
            return Self::without_answer(kind, format!("{place} was answered with status {status} and no reason"));
        };
        let (code, message) = (error.string("Code"), error.string("Message"));
        let kind = meaning(status, &code, &message);
        let message = message.trim_end_matches('.');
        let said = format!("{place} was refused: {message} ({code})");
        let text = match (kind, code.as_str()) {
            (ErrorKind::Permission, "ExpiredToken" | "ExpiredTokenException" | "RequestExpired") => {
                format!("{said}; the credentials have expired, renew them")
            }
            (ErrorKind::Permission, "InvalidClientTokenId" | "AuthFailure" | "UnrecognizedClientException") => {
                format!("{said}; the access key is not one of this account, or not valid in this region")
            }
            (ErrorKind::Permission, "SignatureDoesNotMatch" | "IncompleteSignature") => {
                format!("{said}; the secret key does not fit the access key, or this machine's clock is wrong")
            }
            (ErrorKind::Permission, _) => {
                let action = place.split(' ').next().unwrap_or(place);
                format!("{said}; allow {action} in the policy of the account's role (docs/aws.md)")
            }
            _ if is_quota(&code) => format!("{said}; ask AWS for a higher quota, or remove what is not needed"),
            _ => said,
        };
        Self { code, error: Error::new(PROVIDER, "call", kind, text) }
    }

    /// Whether something that was just made may not be visible everywhere yet.
    pub(super) fn may_be_unseen(&self) -> bool {
        self.error.kind == ErrorKind::NotFound
            || self.error.message.contains("Invalid IamInstanceProfile")
            || self.error.message.contains("launch template does not exist")
    }
}

fn is_quota(code: &str) -> bool {
    code.contains("LimitExceeded") && code != "RequestLimitExceeded" || code.starts_with("TooMany")
}

fn meaning(status: u16, code: &str, message: &str) -> ErrorKind {
    if message.starts_with("Rate exceeded") {
        return ErrorKind::Throttled;
    }
    if code == "ValidationError" && message.contains("not found") {
        return ErrorKind::NotFound;
    }
    if let Ok(at) = CODES.binary_search_by(|(known, _)| known.cmp(&code)) {
        return CODES[at].1;
    }
    match code {
        _ if is_quota(code) => ErrorKind::Other,
        _ if code.contains("NotFound") || code.ends_with(".Unknown") => ErrorKind::NotFound,
        _ if code.starts_with("Invalid") || code.starts_with("Malformed") || code.starts_with("Missing") => {
            ErrorKind::Invalid
        }
        _ if code.starts_with("Unknown") || code.ends_with("Combination") => ErrorKind::Invalid,
        _ if status == 429 => ErrorKind::Throttled,
        _ if status == 403 || status == 401 => ErrorKind::Permission,
        _ if status >= 500 => ErrorKind::Unavailable,
        _ => ErrorKind::Other,
    }
}

/// Names the operation an error came up in.
pub(super) fn during(operation: &'static str) -> impl Fn(Error) -> Error {
    move |error| Error { operation, ..error }
}

/// The description is wrong.
pub(super) fn invalid(message: impl Into<String>) -> Error {
    Error::new(PROVIDER, "check", ErrorKind::Invalid, message)
}

/// The thing acted on is not there.
pub(super) fn not_found(message: impl Into<String>) -> Error {
    Error::new(PROVIDER, "look", ErrorKind::NotFound, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted() {
        assert!(CODES.is_sorted_by(|a, b| a.0 < b.0));
    }

    #[test]
    fn real_answers_mean_what_they_say() {
        let query = |code: &str, message: &str| {
            format!(
                "<ErrorResponse xmlns=\"http://autoscaling.amazonaws.com/doc/2011-01-01/\"><Error><Type>Sender</Type>\
                 <Code>{code}</Code><Message>{message}</Message></Error><RequestId>1</RequestId></ErrorResponse>"
            )
        };
        let ec2 = |code: &str, message: &str| {
            format!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error><Code>{code}</Code>\
                 <Message>{message}</Message></Error></Errors><RequestID>1</RequestID></Response>"
            )
        };
        let not_found = "AutoScalingGroup name not found - AutoScalingGroup 'a-v000' not found";
        for (status, body, kind, retryable) in [
            (400, query("Throttling", "Rate exceeded"), ErrorKind::Throttled, true),
            (503, ec2("RequestLimitExceeded", "Request limit exceeded."), ErrorKind::Throttled, true),
            (400, query("AlreadyExists", "AutoScalingGroup by this name already exists"), ErrorKind::AlreadyExists, false),
            (500, query("ResourceContention", "You already have a pending update"), ErrorKind::Unavailable, true),
            (400, query("ScalingActivityInProgress", "Activity 1 is in progress."), ErrorKind::Unavailable, true),
            (400, query("ValidationError", not_found), ErrorKind::NotFound, false),
            (400, query("ValidationError", "1 validation error detected"), ErrorKind::Invalid, false),
            (403, query("AccessDenied", "User: arn is not authorized"), ErrorKind::Permission, false),
            (403, ec2("UnauthorizedOperation", "You are not authorized"), ErrorKind::Permission, false),
            (401, ec2("AuthFailure", "AWS was not able to validate"), ErrorKind::Permission, false),
            (400, ec2("InvalidAMIID.NotFound", "The image id '[ami-1]' does not exist"), ErrorKind::NotFound, false),
            (400, ec2("InvalidAMIID.Malformed", "Invalid id: \"x\""), ErrorKind::Invalid, false),
            (400, ec2("InvalidGroup.NotFound", "The security group 'x' does not exist"), ErrorKind::NotFound, false),
            (400, ec2("VcpuLimitExceeded", "You have requested more vCPU capacity"), ErrorKind::Other, false),
            (400, ec2("DependencyViolation", "resource sg-1 has a dependent object"), ErrorKind::Other, false),
            (500, "<html>oops</html>".to_owned(), ErrorKind::Unavailable, true),
        ] {
            let fault = Fault::of_answer(status, body.as_bytes(), "ec2:Do in us-east-1");
            assert_eq!((fault.error.kind, fault.error.retryable), (kind, retryable), "{body}");
        }
        let denied = Fault::of_answer(403, query("AccessDenied", "no").as_bytes(), "ec2:Do in us-east-1");
        assert!(denied.error.message.ends_with("allow ec2:Do in the policy of the account's role (docs/aws.md)"));
    }
}
