//! HTTP as artifacts need it: with an account's credentials, bounded, within the project's URL policy.

use std::time::Duration;

use super::Account;
use crate::http::{
    Client, ErrorKind, Request, Response, Retry, UrlPolicy, same_origin, send_with_retries, without_credentials,
};
use crate::model::{Failure, FailureKind};

static CLIENT: Client = Client::new();

/// Where requests may go.
pub(crate) struct Web {
    pub(super) policy: UrlPolicy,
}

/// A request for an artifact.
pub(super) struct Get<'a> {
    pub(super) url: &'a str,
    pub(super) headers: Vec<(String, String)>,
    /// The account's credentials, and the place they are for; they are sent nowhere else.
    pub(super) credentials: Option<(String, String)>,
    pub(super) home: Option<&'a str>,
}

impl<'a> Get<'a> {
    pub(super) fn new(url: &'a str) -> Self {
        Self { url, headers: Vec::new(), credentials: None, home: None }
    }

    /// With a header.
    pub(super) fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// With an `Authorization`, wherever it goes.
    pub(super) fn authorized(self, authorization: Option<String>) -> Self {
        self.credentials("Authorization", authorization)
    }

    /// With a header that holds credentials.
    pub(super) fn credentials(mut self, name: &str, value: Option<String>) -> Self {
        self.credentials = value.map(|value| (name.to_owned(), value));
        self
    }

    /// Sends the credentials only to this scheme, host and port.
    pub(super) fn only_to(mut self, home: &'a str) -> Self {
        self.home = Some(home);
        self
    }
}

impl Web {
    /// Sends a request; every status is an answer.
    pub(super) async fn send(&self, method: &str, get: &Get<'_>, account: &Account) -> Result<Response, Failure> {
        let mut request = Request::new(method, get.url);
        request.headers.clone_from(&get.headers);
        if let Some(credentials) = &get.credentials
            && is_home(get)
        {
            request.headers.push(credentials.clone());
        }
        request.body_limit = account.size_limit();
        self.exchange(request, account).await
    }

    /// Sends any request within the project's policy and the account's patience; every status is an answer.
    pub(super) async fn exchange(&self, mut request: Request, account: &Account) -> Result<Response, Failure> {
        request.timeout = account.timeout()?;
        let retry = Retry { tries: 3, most: Duration::from_secs(5), ..Retry::default() };
        send_with_retries(&CLIENT, &request, &self.policy, retry).await.map_err(|error| {
            let failure = Failure::new(error.message);
            match error.kind {
                ErrorKind::Invalid => failure.of_kind(FailureKind::User),
                ErrorKind::Forbidden => failure.of_kind(FailureKind::User).detail("see 'urlPolicy' in gennaker.yaml"),
                ErrorKind::Timeout => failure
                    .of_kind(FailureKind::Timeout)
                    .detail("'timeout' of the artifact's account says how long to wait")
                    .retryable(),
                ErrorKind::TooLarge => {
                    failure.detail("'sizeLimit' of the artifact's account says how many bytes are read")
                }
                ErrorKind::NameResolution | ErrorKind::Connect | ErrorKind::Other => failure.retryable(),
            }
        })
    }

    /// Whether a request may be sent that another client sends.
    #[cfg(feature = "aws")]
    pub(super) fn check(&self, request: &Request) -> Result<(), Failure> {
        self.policy
            .check_foreign(&request.url, &[])
            .map_err(|error| Failure::user(error.message).detail("see 'urlPolicy' in gennaker.yaml"))
    }

    /// The content behind a URL.
    pub(super) async fn get(&self, get: Get<'_>, account: &Account) -> Result<Response, Failure> {
        let response = self.send("GET", &get, account).await?;
        if response.status == 200 {
            return Ok(response);
        }
        Err(refused(&get, account, &response))
    }
}

fn is_home(get: &Get<'_>) -> bool {
    get.home.is_none_or(|home| same_origin(home, get.url))
}

/// What a status other than 200 means.
pub(super) fn refused(get: &Get<'_>, account: &Account, response: &Response) -> Failure {
    let url = without_credentials(get.url);
    let mut failure =
        Failure::new(format!("GET {url} was answered with {} {}", response.status, response.reason).trim_end());
    let mut may_need_credentials = false;
    match response.status {
        401 | 403 => {
            failure = failure.of_kind(FailureKind::Permission);
            may_need_credentials = true;
        }
        // Services say so too when somebody may not see it.
        404 => may_need_credentials = true,
        status if status >= 500 || status == 429 => failure = failure.retryable(),
        _ => {}
    }
    if may_need_credentials {
        failure = match (&get.credentials, get.home) {
            (None, _) if account.name.is_empty() => {
                failure.detail("no credentials were sent: no account is configured under 'artifacts:' in gennaker.yaml")
            }
            (None, _) => failure.detail(format!("artifact account '{}' has no credentials", account.name)),
            (Some(_), Some(home)) if !is_home(get) => failure.detail(format!(
                "the credentials of artifact account '{}' were not sent: they are for {home} ('baseUrl')",
                account.name
            )),
            (Some(_), _) => failure.detail(format!("the credentials of artifact account '{}' were sent", account.name)),
        };
    }
    failure
}

/// A reference made absolute: one without a scheme lies below the base.
pub(super) fn absolute(reference: &str, base: &str) -> String {
    if reference.contains("://") {
        return reference.to_owned();
    }
    format!("{}/{}", base.trim_end_matches('/'), reference.trim_start_matches('/'))
}

/// Text with everything but letters, digits and `-._~` written as `%XX`; `/` stays when `slash` is set.
pub(super) fn percent_encode(text: &str, slash: bool) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => encoded.push(char::from(byte)),
            b'/' if slash => encoded.push('/'),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

/// The URL with one more query parameter.
pub(super) fn with_query(url: &str, key: &str, value: &str) -> String {
    let separator = if url.contains('?') { '&' } else { '?' };
    format!("{url}{separator}{key}={}", percent_encode(value, false))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_put_together() {
        assert_eq!(absolute("a/b", "https://x/"), "https://x/a/b");
        assert_eq!(absolute("http://y/a", "https://x"), "http://y/a");
        assert_eq!(with_query("https://x/a?b=c", "ref", "feature/ä"), "https://x/a?b=c&ref=feature%2F%C3%A4");
        assert_eq!(percent_encode("a b/c+d", true), "a%20b/c%2Bd");
    }
}
