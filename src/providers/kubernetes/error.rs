//! What API servers answer when they refuse, in the vocabulary of all providers.
//!
//! <https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/>

use std::error::Error as _;

use kube::core::Status;

use super::kind::InvalidManifest;
use crate::providers::{Error, ErrorKind};

/// This provider's name.
pub(super) const PROVIDER: &str = "kubernetes";

pub(super) fn new(operation: &'static str, kind: ErrorKind, message: impl Into<String>) -> Error {
    Error::new(PROVIDER, operation, kind, message)
}

pub(super) fn invalid(operation: &'static str, message: impl Into<String>) -> Error {
    new(operation, ErrorKind::Invalid, message)
}

pub(super) fn permission(operation: &'static str, message: impl Into<String>) -> Error {
    new(operation, ErrorKind::Permission, message)
}

pub(super) fn not_found(operation: &'static str, what: &str) -> Error {
    new(operation, ErrorKind::NotFound, format!("{what} does not exist"))
}

/// The error of a manifest that is none.
pub(super) fn of_manifest(operation: &'static str) -> impl Fn(InvalidManifest) -> Error {
    move |wrong| invalid(operation, wrong.to_string())
}

/// The error of a call: `what` names the object or the look-up.
pub(super) fn of_call(operation: &'static str, what: &str, cause: &kube::Error) -> Error {
    match cause {
        kube::Error::Api(status) => of_status(operation, what, status),
        kube::Error::Auth(cause) => permission(operation, format!("{what}: no credentials for the cluster: {cause}"))
            .with_details(vec!["the kubeconfig's user or its exec plugin gives them".into()]),
        kube::Error::HyperError(_) | kube::Error::Service(_) | kube::Error::ReadEvents(_) => {
            of_connection(operation, what, cause)
        }
        kube::Error::InferConfig(_) | kube::Error::InferKubeconfig(_) => invalid(operation, format!("{what}: {cause}")),
        other => new(operation, ErrorKind::Other, format!("{what}: {other}")),
    }
}

fn of_connection(operation: &'static str, what: &str, cause: &kube::Error) -> Error {
    let mut reasons = Vec::new();
    let mut next: Option<&dyn std::error::Error> = cause.source();
    while let Some(reason) = next {
        let text = reason.to_string();
        if reasons.last() != Some(&text) {
            reasons.push(text);
        }
        next = reason.source();
    }
    let reason = reasons.last().cloned().unwrap_or_else(|| cause.to_string());
    let certificate = reasons.iter().any(|reason| reason.to_lowercase().contains("certificate"));
    let error = if certificate {
        let hint = format!(
            "check the cluster's certificate-authority-data, the client certificate's dates and this machine's clock, \
             which says {:.0}",
            jiff::Timestamp::now()
        );
        permission(operation, format!("{what}: the API server cannot be trusted or does not trust us: {reason}"))
            .with_details(vec![hint])
    } else {
        let through = if reasons.iter().any(|reason| reason.contains("tunnel error") || reason.contains("SOCKS")) {
            " through the proxy ('proxy-url' of the kubeconfig, or HTTPS_PROXY)"
        } else {
            ""
        };
        new(operation, ErrorKind::Unavailable, format!("{what}: the API server does not answer{through}: {reason}"))
    };
    if error.details.is_empty() { error.with_details(reasons) } else { error }
}

/// The error of a refusal.
pub(super) fn of_status(operation: &'static str, what: &str, status: &Status) -> Error {
    let kind = kind_of(status);
    let said = status.message.lines().next().unwrap_or_default();
    // A patch that makes no object of its kind has no name yet.
    let said = said.strip_prefix(" \"\" is invalid: ").unwrap_or(said);
    let said = if said.is_empty() { status.reason.as_str() } else { said };
    let mut details: Vec<String> =
        status.message.lines().skip(1).filter(|line| !line.trim().is_empty()).map(str::to_owned).collect();
    for cause in status.details.iter().flat_map(|details| &details.causes) {
        // The message of one cause alone says all of it already.
        let line =
            if cause.field.is_empty() { cause.message.clone() } else { format!("{}: {}", cause.field, cause.message) };
        if !said.contains(&cause.message) {
            details.push(line);
        }
    }
    details.extend(hint(status, kind));
    let mut error = new(operation, kind, format!("{what}: {said}")).with_details(details);
    error.retryable |= status.reason == "Expired" || status.code == 410;
    error.refused |= status.reason == "Conflict";
    error
}

fn kind_of(status: &Status) -> ErrorKind {
    let retry_after = status.details.as_ref().map_or(0, |details| details.retry_after_seconds);
    match (status.reason.as_str(), status.code) {
        ("AlreadyExists", _) => ErrorKind::AlreadyExists,
        ("NotFound", _) | (_, 404) => ErrorKind::NotFound,
        ("Unauthorized" | "Forbidden", _) | (_, 401 | 403) => ErrorKind::Permission,
        ("TooManyRequests", _) | (_, 429) => ErrorKind::Throttled,
        ("ServerTimeout" | "Timeout" | "ServiceUnavailable", _) | (_, 502..=504) => ErrorKind::Unavailable,
        (_, 500) if retry_after > 0 => ErrorKind::Unavailable,
        (
            "Invalid"
            | "BadRequest"
            | "MethodNotAllowed"
            | "UnsupportedMediaType"
            | "RequestEntityTooLarge"
            | "NotAcceptable",
            _,
        )
        | (_, 400 | 405 | 406 | 413 | 415 | 422) => ErrorKind::Invalid,
        _ => ErrorKind::Other,
    }
}

/// What to do about it, where that is known.
fn hint(status: &Status, kind: ErrorKind) -> Option<String> {
    let text = status.message.as_str();
    let says = |part: &str| text.contains(part);
    let hint = match kind {
        ErrorKind::Permission if status.code == 401 || status.reason == "Unauthorized" => {
            "the API server does not know these credentials: log in again, or check the account's kubeconfig and context"
        }
        ErrorKind::Permission if says("exceeded quota") => "make the quota larger or the request smaller",
        ErrorKind::Permission if says("cannot ") => {
            "grant it with a Role or ClusterRole; 'gennaker account check' lists what the account may do"
        }
        ErrorKind::Invalid
            if ["immutable", "may not change once set", "updates to statefulset spec"].into_iter().any(says) =>
        {
            "a field that cannot change did: deploy it under another name, or annotate it strategy.spinnaker.io/recreate: \"true\""
        }
        ErrorKind::Invalid if says("metadata.annotations: Too long") => {
            "kubectl's last-applied annotation does not fit: annotate it strategy.spinnaker.io/server-side-apply: \"true\""
        }
        ErrorKind::Other if status.reason == "Conflict" && says("conflict with") => {
            "another manager owns these fields: leave them out, or annotate it strategy.spinnaker.io/server-side-apply: force-conflicts"
        }
        _ => return None,
    };
    Some(hint.to_owned())
}

/// Whether a change was refused only because another came between: it may be compared and sent again.
pub(super) fn is_overtaken(error: &Error) -> bool {
    error.kind == ErrorKind::Other && error.refused && error.message.contains("the object has been modified")
}

/// Whether the server does not know who asks.
pub(super) fn is_unknown(cause: &kube::Error) -> bool {
    matches!(cause, kube::Error::Api(status) if status.code == 401 || status.reason == "Unauthorized")
}

/// Whether the same request may be sent again at once, and after how many seconds the server wishes.
pub(super) fn again(cause: &kube::Error) -> Option<u64> {
    match cause {
        kube::Error::Api(status) => {
            let after = status.details.as_ref().map_or(0, |details| details.retry_after_seconds);
            let kind = kind_of(status);
            matches!(kind, ErrorKind::Throttled | ErrorKind::Unavailable).then_some(u64::from(after))
        }
        kube::Error::HyperError(cause) => (cause.is_closed() || cause.is_incomplete_message()).then_some(0),
        kube::Error::Service(_) => Some(0),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Error {
        of_status("deploy", "deployment web in prod", &serde_json::from_str(body).unwrap())
    }

    #[test]
    fn refusals_keep_the_servers_words_fields_and_get_a_hint() {
        let immutable = read(
            r#"{"kind":"Status","status":"Failure","code":422,"reason":"Invalid",
            "message":"Deployment.apps \"web\" is invalid: spec.selector: Invalid value: v1.LabelSelector{}: field is immutable",
            "details":{"name":"web","group":"apps","kind":"Deployment",
            "causes":[{"reason":"FieldValueInvalid","message":"Invalid value: v1.LabelSelector{}: field is immutable","field":"spec.selector"}]}}"#,
        );
        assert_eq!(immutable.kind, ErrorKind::Invalid);
        assert!(
            immutable.message.starts_with("deployment web in prod: Deployment.apps \"web\" is invalid: spec.selector")
        );
        assert!(immutable.details[0].contains("recreate"), "{:?}", immutable.details);
        let conflict = read(
            r#"{"status":"Failure","code":409,"reason":"Conflict",
            "message":"Apply failed with 1 conflict: conflict with \"hpa\" using apps/v1: .spec.replicas",
            "details":{"causes":[{"reason":"FieldManagerConflict","message":"conflict with \"hpa\" using apps/v1","field":".spec.replicas"}]}}"#,
        );
        assert_eq!((conflict.kind, conflict.retryable), (ErrorKind::Other, false));
        assert!(conflict.details[0].contains("force-conflicts"), "{:?}", conflict.details);
    }

    #[test]
    fn reasons_decide_the_kind_and_whether_to_try_again() {
        for (code, reason, kind, retryable) in [
            (404, "NotFound", ErrorKind::NotFound, false),
            (409, "AlreadyExists", ErrorKind::AlreadyExists, false),
            (401, "Unauthorized", ErrorKind::Permission, false),
            (403, "Forbidden", ErrorKind::Permission, false),
            (429, "TooManyRequests", ErrorKind::Throttled, true),
            (504, "Timeout", ErrorKind::Unavailable, true),
            (410, "Expired", ErrorKind::Other, true),
            (500, "InternalError", ErrorKind::Other, false),
        ] {
            let error = read(&format!(r#"{{"status":"Failure","code":{code},"reason":"{reason}","message":"m"}}"#));
            assert_eq!((error.kind, error.retryable), (kind, retryable), "{reason}");
        }
        let later = r#"{"status":"Failure","code":500,"reason":"InternalError","message":"m","details":{"retryAfterSeconds":2}}"#;
        assert!(read(later).retryable);
        assert_eq!(again(&kube::Error::Api(serde_json::from_str(later).unwrap())), Some(2));
    }
}
