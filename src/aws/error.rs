//! What AWS's errors mean to callers and to people. Codes:
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>,
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html>.

use serde_json::Value;

use super::{Call, Element};
use crate::http;

/// What went wrong, as far as the caller's next step depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The account's settings cannot be.
    Settings,
    /// There are no credentials, or they are no longer or were never good.
    Credentials,
    /// They may not do this.
    Denied,
    /// The resource lies in another region.
    WrongRegion,
    /// It is not there.
    NotFound,
    /// It is no longer, or not yet, as the call expected it (412).
    Precondition,
    /// It is there already, in use, or changed at this moment.
    Conflict,
    /// The request was refused as it is.
    Invalid,
    /// Too many calls, for longer than is waited for.
    Throttled,
    /// The service failed or could not be reached, several times: the call did nothing, or not all (5xx).
    Unavailable,
    /// There was no answer: nothing is known of what became of the call.
    Unreachable,
}

/// A call that failed for good.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    /// What kind.
    pub kind: ErrorKind,
    /// One line with account, action, resource, AWS's words and the remedy.
    pub message: String,
    /// AWS's code: `AlreadyExists`; empty without an answer.
    pub code: String,
    /// AWS's own words.
    pub words: String,
    /// Status of the answer; 0 without one.
    pub status: u16,
    /// Names the call to AWS's support.
    pub request_id: Option<String>,
    /// How often it was sent. After more than one, an earlier one may have done its work.
    pub tries: u32,
}

impl Error {
    pub(super) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        let (code, words) = (String::new(), String::new());
        Self { kind, message: message.into(), code, words, status: 0, request_id: None, tries: 0 }
    }

    /// Whether this is AWS's code.
    #[must_use]
    pub fn is(&self, code: &str) -> bool {
        self.code == code
    }

    /// Nothing came back.
    pub(super) fn unreachable(whose: &str, call: &Call<'_>, error: &http::Error) -> Self {
        let kind = match error.kind {
            http::ErrorKind::Invalid | http::ErrorKind::Forbidden | http::ErrorKind::TooLarge => ErrorKind::Invalid,
            http::ErrorKind::NameResolution | http::ErrorKind::Connect => ErrorKind::Unavailable,
            http::ErrorKind::Timeout | http::ErrorKind::Other => ErrorKind::Unreachable,
        };
        Self::new(kind, format!("{whose}: {} failed: {}", call.shown(), error.message))
    }

    /// What an answer other than a success means.
    pub(super) fn refused(whose: &str, region: &str, call: &Call<'_>, answer: &http::Response) -> Self {
        let told = Told::read(answer);
        let kind = kind_of(&told.code, answer.status);
        let what = call.shown();
        let said = match (told.words.as_str(), told.code.as_str()) {
            ("", "") => format!("{} {}", answer.status, answer.reason).trim_end().to_owned(),
            ("", code) => code.to_owned(),
            (words, "") => words.to_owned(),
            (words, code) => format!("{} ({code})", words.trim_end_matches('.')),
        };
        let message = match kind {
            ErrorKind::Denied => {
                format!("{whose}: {what} is not allowed: {said}; its policy must allow {}", call.action())
            }
            ErrorKind::Credentials if EXPIRED.contains(&told.code.as_str()) => {
                format!("{whose}: its credentials have expired: {said}; get new ones, with 'aws sso login' for SSO")
            }
            ErrorKind::Credentials => {
                format!("{whose}: its credentials are not accepted: {said}; {}", remedy(&told.code, region))
            }
            ErrorKind::WrongRegion => match told.region.filter(|actual| actual != region) {
                Some(actual) => {
                    format!("{whose}: {what}: it is in region {actual}, not in {region}; set 'region: {actual}'")
                }
                None => format!("{whose}: {what}: it is not in region {region}: {said}; set 'region'"),
            },
            ErrorKind::Throttled => format!("{whose}: {what} was throttled for too long: {said}"),
            _ => format!("{whose}: {what} failed: {said}"),
        };
        let request_id = told.request_id;
        Self { kind, message, code: told.code, words: told.words, status: answer.status, request_id, tries: 0 }
    }
}

/// What to do about credentials that are not accepted.
fn remedy(code: &str, region: &str) -> String {
    match code {
        "RequestTimeTooSkewed" => "set this machine's clock".to_owned(),
        "SignatureDoesNotMatch" | "InvalidSignatureException" | "IncompleteSignature" => {
            "correct the secret access key".to_owned()
        }
        // A region that was never enabled knows nobody.
        _ => format!(
            "correct the access key, or enable region {region} for the account if it is one that is off at first"
        ),
    }
}

const THROTTLES: &[&str] = &[
    "BandwidthLimitExceeded",
    "EC2ThrottledException",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "TransactionInProgressException",
];
const EXPIRED: &[&str] = &["ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"];
const UNKNOWN_CALLER: &[&str] = &[
    "AuthFailure",
    "IncompleteSignature",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "InvalidToken",
    "MissingAuthenticationToken",
    "RequestTimeTooSkewed",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
];
const DENIED: &[&str] =
    &["AccessDenied", "AccessDeniedException", "AllAccessDisabled", "AuthorizationError", "UnauthorizedOperation"];
const ELSEWHERE: &[&str] =
    &["AuthorizationHeaderMalformed", "IllegalLocationConstraintException", "PermanentRedirect", "TemporaryRedirect"];
/// Answers to calls that meet others half way; the same call later gets a proper answer.
const BUSY: &[&str] =
    &["ConditionalRequestConflict", "IdempotentCallInProgress", "OperationAborted", "ResourceContention"];

fn kind_of(code: &str, status: u16) -> ErrorKind {
    let is = |codes: &[&str]| codes.contains(&code);
    match status {
        _ if is(THROTTLES) || code == "Rate exceeded" => ErrorKind::Throttled,
        _ if is(EXPIRED) || is(UNKNOWN_CALLER) => ErrorKind::Credentials,
        _ if is(DENIED) => ErrorKind::Denied,
        _ if is(ELSEWHERE) => ErrorKind::WrongRegion,
        _ if is(BUSY) => ErrorKind::Conflict,
        301 | 307 => ErrorKind::WrongRegion,
        401 => ErrorKind::Credentials,
        403 => ErrorKind::Denied,
        404 => ErrorKind::NotFound,
        409 => ErrorKind::Conflict,
        412 => ErrorKind::Precondition,
        429 => ErrorKind::Throttled,
        500.. => ErrorKind::Unavailable,
        _ if code.ends_with("NotFound") || code.ends_with(".NotFound") || code.starts_with("NoSuch") => {
            ErrorKind::NotFound
        }
        _ if code.ends_with("AlreadyExists") || code.contains(".Duplicate") || code.starts_with("Duplicate") => {
            ErrorKind::Conflict
        }
        _ => ErrorKind::Invalid,
    }
}

/// Whether the call met another half way.
pub(super) fn is_busy(error: &Error) -> bool {
    BUSY.contains(&error.code.as_str())
}

/// Whether the credentials have expired.
pub(super) fn is_expired(error: &Error) -> bool {
    EXPIRED.contains(&error.code.as_str())
}

/// What an error's body and headers tell.
#[derive(Debug, Default, PartialEq, Eq)]
struct Told {
    code: String,
    words: String,
    request_id: Option<String>,
    region: Option<String>,
}

impl Told {
    fn read(answer: &http::Response) -> Self {
        let text = answer.text();
        let mut told = match text.trim_start().chars().next() {
            Some('<') => Element::read(&text).map(|root| Self::of_xml(&root)),
            Some('{') => serde_json::from_str(&text).ok().map(|body| Self::of_json(&body)),
            _ => None,
        }
        .unwrap_or_default();
        if told.code.is_empty() {
            told.code = answer.header("x-amzn-errortype").map(bare_code).unwrap_or_default();
        }
        let header = |names: [&str; 2]| names.iter().find_map(|name| answer.header(name)).map(str::to_owned);
        told.request_id = told.request_id.or_else(|| header(["x-amzn-requestid", "x-amz-request-id"]));
        told.region = told.region.or_else(|| header(["x-amz-bucket-region", "x-amz-region"]));
        told
    }

    fn of_xml(root: &Element) -> Self {
        let error = ["Error", "Errors/Error"].iter().find_map(|path| root.at(path)).unwrap_or(root);
        let text = |element: &Element, name: &str| element.text(name).map(str::to_owned);
        Self {
            code: text(error, "Code").unwrap_or_default(),
            words: text(error, "Message").unwrap_or_default(),
            request_id: ["RequestId", "RequestID"].iter().find_map(|name| text(root, name)),
            region: text(error, "Region"),
        }
    }

    fn of_json(body: &Value) -> Self {
        let text = |keys: [&str; 3]| keys.iter().find_map(|key| body.get(*key)).and_then(Value::as_str);
        Self {
            code: text(["__type", "code", "Code"]).map(bare_code).unwrap_or_default(),
            words: text(["message", "Message", "errorMessage"]).unwrap_or_default().to_owned(),
            request_id: None,
            region: None,
        }
    }
}

/// `com.amazonaws.ecs#ClientException:http://…` is `ClientException`.
fn bare_code(text: &str) -> String {
    let code = text.rsplit_once('#').map_or(text, |(_, code)| code);
    code.split(':').next().unwrap_or(code).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::service;

    fn answer(status: u16, body: &str, headers: &[(&str, &str)]) -> http::Response {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        http::Response { status, reason: "", headers, body: body.as_bytes().to_vec() }
    }

    fn refused(status: u16, body: &str, headers: &[(&str, &str)]) -> Error {
        let mut call = Call::new(&service::S3, "PutObject", "PUT", "/k");
        call.resource = "s3://b/k".to_owned();
        Error::refused("account 'a'", "us-east-1", &call, &answer(status, body, headers))
    }

    #[test]
    fn bodies_of_every_protocol_are_read() {
        let query = "<ErrorResponse><Error><Type>Sender</Type><Code>AlreadyExists</Code><Message>there</Message></Error>\
                     <RequestId>r</RequestId></ErrorResponse>";
        let ec2 = "<Response><Errors><Error><Code>InvalidGroup.NotFound</Code><Message>no</Message></Error></Errors>\
                   <RequestID>r</RequestID></Response>";
        let s3 = "<Error><Code>PreconditionFailed</Code><Message>m</Message><RequestId>r</RequestId></Error>";
        let json = r#"{"__type": "com.amazonaws#ClusterNotFoundException", "message": "no"}"#;
        for (status, body, code, kind) in [
            (400, query, "AlreadyExists", ErrorKind::Conflict),
            (400, ec2, "InvalidGroup.NotFound", ErrorKind::NotFound),
            (412, s3, "PreconditionFailed", ErrorKind::Precondition),
            (400, json, "ClusterNotFoundException", ErrorKind::Invalid),
            (404, "", "", ErrorKind::NotFound),
            (503, "<Error><Code>SlowDown</Code></Error>", "SlowDown", ErrorKind::Throttled),
            (500, "<html>", "", ErrorKind::Unavailable),
        ] {
            let error = refused(status, body, &[("x-amz-request-id", "r")]);
            assert_eq!(
                (error.code.as_str(), error.kind, error.request_id.as_deref()),
                (code, kind, Some("r")),
                "{body}"
            );
        }
    }

    #[test]
    fn people_are_told_whose_action_failed_and_what_helps() {
        let of = |code: &str| format!("<Error><Code>{code}</Code><Message>Words.</Message></Error>");
        let said = |status, code, headers: &[(&str, &str)]| refused(status, &of(code), headers).message;
        assert_eq!(
            said(403, "AccessDenied", &[]),
            "account 'a': s3:PutObject on s3://b/k is not allowed: Words (AccessDenied); its policy must allow \
             s3:PutObject"
        );
        assert!(said(400, "ExpiredToken", &[]).contains("its credentials have expired"));
        assert!(said(403, "InvalidAccessKeyId", &[]).contains("its credentials are not accepted"));
        let elsewhere = said(301, "PermanentRedirect", &[("x-amz-bucket-region", "eu-west-1")]);
        assert!(
            elsewhere.ends_with("it is in region eu-west-1, not in us-east-1; set 'region: eu-west-1'"),
            "{elsewhere}"
        );
    }
}
