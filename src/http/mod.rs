//! One HTTP client for everything that speaks HTTP: timeouts, bounded bodies, redirects, retries, and where it may go.
//!
//! Nothing above this folder sees the library behind it. A client is built when it is first used: a run that makes no
//! call pays nothing for TLS.

mod backoff;
mod client;
mod retry;
mod service_account;
mod url;
mod url_policy;

pub use backoff::{full_jitter, retry_after};
pub use client::Client;
pub use retry::{Retry, send_with_retries};
pub use service_account::{ServiceAccountKey, token_of};
pub use url::{keep_scheme, resolve, same_origin, without_credentials};
pub use url_policy::UrlPolicy;

use std::time::Duration;

/// What is sent.
#[derive(Clone, Debug)]
pub struct Request {
    /// `GET`, `POST`, …
    pub method: String,
    /// Absolute URL, `http` or `https`.
    pub url: String,
    /// Headers in order.
    pub headers: Vec<(String, String)>,
    /// Body, if any.
    pub body: Option<Vec<u8>>,
    /// How long the whole call may take.
    pub timeout: Duration,
    /// How many bytes the answer's body may have.
    pub body_limit: usize,
}

impl Request {
    /// A request without headers and body, with 20 seconds for it and 10 MiB for the answer.
    pub fn new(method: impl Into<String>, url: impl Into<String>) -> Self {
        Self {
            method: method.into().to_ascii_uppercase(),
            url: url.into(),
            headers: Vec::new(),
            body: None,
            timeout: Duration::from_secs(20),
            body_limit: 10 << 20,
        }
    }

    /// Whether it only reads: sent twice, it does no harm.
    #[must_use]
    pub fn is_safe(&self) -> bool {
        matches!(self.method.as_str(), "GET" | "HEAD" | "OPTIONS")
    }
}

/// What came back, whatever its status.
#[derive(Clone, Debug, Default)]
pub struct Response {
    /// Status code.
    pub status: u16,
    /// Its standard words: `Not Found`; empty for codes that have none.
    pub reason: &'static str,
    /// Headers in order, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Body, complete.
    pub body: Vec<u8>,
}

impl Response {
    /// The first header of this name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The body as text; bytes that are none become `�`.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// Why there is no answer, as far as the caller's next step depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The request cannot be sent as it is.
    Invalid,
    /// The URL is not one that may be called.
    Forbidden,
    /// The host's name could not be resolved.
    NameResolution,
    /// Nothing accepted the connection.
    Connect,
    /// No complete answer in the time given.
    Timeout,
    /// The answer's body is larger than allowed.
    TooLarge,
    /// Anything else: TLS, a broken answer, too many redirects.
    Other,
}

/// A call that got no answer.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    /// What kind of failure.
    pub kind: ErrorKind,
    /// One line naming method and URL, without the URL's user and password.
    pub message: String,
}
