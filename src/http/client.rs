//! Sends one request and reads one answer. Knows nothing of what either means.

use std::error::Error as _;
use std::sync::OnceLock;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{HeaderName, HeaderValue};
use reqwest::{Method, Url, redirect};

use super::url_policy::{is_public, shown};
use super::{Error, ErrorKind, Request, Response, UrlPolicy};

/// Redirects followed before giving up.
const REDIRECTS: usize = 5;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// A client, built when it is first used. Proxies are taken from the environment (`HTTPS_PROXY`, `NO_PROXY`, …).
#[derive(Default)]
pub struct Client {
    /// Connections kept open to a host.
    kept: usize,
    any: OnceLock<reqwest::Client>,
    public: OnceLock<reqwest::Client>,
}

impl Client {
    /// A client not yet built.
    #[must_use]
    pub const fn new() -> Self {
        Self { kept: 0, any: OnceLock::new(), public: OnceLock::new() }
    }

    /// A client that keeps connections open between calls; for callers that live in one runtime, because a connection
    /// belongs to the runtime that opened it.
    #[must_use]
    pub const fn keeping_connections() -> Self {
        Self { kept: 64, any: OnceLock::new(), public: OnceLock::new() }
    }

    /// Sends the request wherever it leads and gives back whatever is answered, redirects too: what is signed for one
    /// place is not for another.
    pub async fn send_once_only(&self, request: &Request) -> Result<Response, Error> {
        let url = Url::parse(&request.url).map_err(|error| Error {
            kind: ErrorKind::Invalid,
            message: format!("'{}' is no URL: {error}", request.url),
        })?;
        let place = format!("{} {}", request.method, shown(&url));
        let policy = UrlPolicy::default();
        match tokio::time::timeout(request.timeout, self.send_once(request, &url, &policy, &place)).await {
            Ok(result) => result,
            Err(_) => Err(Error {
                kind: ErrorKind::Timeout,
                message: format!("{place} gave no answer within {:?}", request.timeout),
            }),
        }
    }

    /// Sends the request and reads the whole answer, following redirects the policy allows. Every status is an answer.
    pub async fn send(&self, request: Request, policy: &UrlPolicy) -> Result<Response, Error> {
        let mut url = Url::parse(&request.url).map_err(|error| Error {
            kind: ErrorKind::Invalid,
            message: format!("'{}' is no URL: {error}", request.url),
        })?;
        let place = format!("{} {}", request.method, shown(&url));
        match tokio::time::timeout(request.timeout, self.follow(&request, &mut url, policy, &place)).await {
            Ok(result) => result,
            Err(_) => Err(Error {
                kind: ErrorKind::Timeout,
                message: format!("{place} gave no answer within {:?}", request.timeout),
            }),
        }
    }

    async fn follow(
        &self,
        request: &Request,
        url: &mut Url,
        policy: &UrlPolicy,
        place: &str,
    ) -> Result<Response, Error> {
        let mut hop = request.clone();
        for _ in 0..=REDIRECTS {
            policy.check(url)?;
            let response = self.send_once(&hop, url, policy, place).await?;
            let Some(target) = redirect_target(&response, url) else { return Ok(response) };
            if target.origin() != url.origin() {
                hop.headers.retain(|(name, _)| !is_credential(name));
            }
            // 307 and 308 ask for the same again; the older ones are followed by reading, as browsers do.
            if !matches!(response.status, 307 | 308) && !hop.is_safe() {
                hop.method = "GET".to_owned();
                hop.body = None;
                hop.headers.retain(|(name, _)| !name.to_ascii_lowercase().starts_with("content-"));
            }
            *url = target;
        }
        Err(Error { kind: ErrorKind::Other, message: format!("{place} was redirected more than {REDIRECTS} times") })
    }

    async fn send_once(
        &self,
        request: &Request,
        url: &Url,
        policy: &UrlPolicy,
        place: &str,
    ) -> Result<Response, Error> {
        let invalid = |what: String| Error { kind: ErrorKind::Invalid, message: format!("{place}: {what}") };
        let method = Method::from_bytes(request.method.as_bytes())
            .map_err(|_| invalid(format!("'{}' is no HTTP method", request.method)))?;
        let mut builder = self.inner(policy, place)?.request(method, url.clone());
        for (name, value) in &request.headers {
            // The value may be a secret: it is not shown.
            let header = HeaderName::try_from(name).map_err(|_| invalid(format!("'{name}' is no header name")))?;
            let mut value = HeaderValue::try_from(value)
                .map_err(|_| invalid(format!("the value of header '{name}' has characters that cannot be sent")))?;
            value.set_sensitive(is_credential(name));
            builder = builder.header(header, value);
        }
        if let Some(body) = &request.body {
            builder = builder.body(body.clone());
        }
        let mut answer = builder.send().await.map_err(|error| convert(&error, place))?;
        let mut response = Response {
            status: answer.status().as_u16(),
            reason: answer.status().canonical_reason().unwrap_or_default(),
            headers: answer
                .headers()
                .iter()
                .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
                .collect(),
            body: Vec::new(),
        };
        while let Some(chunk) = answer.chunk().await.map_err(|error| convert(&error, place))? {
            if response.body.len() + chunk.len() > request.body_limit {
                let limit = request.body_limit;
                let message = format!("{place} answered with more than {limit} bytes, which is the most that is read");
                return Err(Error { kind: ErrorKind::TooLarge, message });
            }
            response.body.extend_from_slice(&chunk);
        }
        Ok(response)
    }

    fn inner(&self, policy: &UrlPolicy, place: &str) -> Result<&reqwest::Client, Error> {
        let (slot, public_only) = if policy.public_only() { (&self.public, true) } else { (&self.any, false) };
        if let Some(client) = slot.get() {
            return Ok(client);
        }
        let built = build(public_only, self.kept).map_err(|error| convert(&error, place))?;
        Ok(slot.get_or_init(|| built))
    }
}

fn build(public_only: bool, kept: usize) -> reqwest::Result<reqwest::Client> {
    // Somebody else in the process may have installed it first; then theirs is used.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = reqwest::Client::builder()
        .user_agent(concat!("gennaker/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT_TIMEOUT)
        .redirect(redirect::Policy::none())
        // Most calls are seconds apart. A kept connection belongs to the runtime that opened it, not to the client.
        .pool_max_idle_per_host(kept);
    if public_only {
        builder = builder.dns_resolver(PublicOnly);
    }
    builder.build()
}

/// Resolves names but gives back public addresses only, so that no name leads into a private network.
struct PublicOnly;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<_> = found.filter(|address| is_public(address.ip())).collect();
            if public.is_empty() {
                return Err(format!("{} has no public address", name.as_str()).into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

fn redirect_target(response: &Response, from: &Url) -> Option<Url> {
    if !matches!(response.status, 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    from.join(response.header("location")?).ok()
}

fn is_credential(name: &str) -> bool {
    ["authorization", "cookie", "proxy-authorization"].contains(&name.to_ascii_lowercase().as_str())
        || name.to_ascii_lowercase().contains("token")
        || name.to_ascii_lowercase().contains("key")
}

fn convert(error: &reqwest::Error, place: &str) -> Error {
    // The innermost cause is what people need: "connection refused", not "error sending request".
    let mut cause = error.source();
    while let Some(deeper) = cause.and_then(std::error::Error::source) {
        cause = Some(deeper);
    }
    let cause = cause.map_or_else(|| error.to_string(), ToString::to_string);
    let (kind, what) = if error.is_timeout() {
        (ErrorKind::Timeout, "gave no answer in time")
    } else if error.is_dns() {
        (ErrorKind::NameResolution, "names a host that cannot be resolved")
    } else if error.is_connect() {
        (ErrorKind::Connect, "could not connect")
    } else if error.is_builder() {
        (ErrorKind::Invalid, "cannot be sent")
    } else {
        (ErrorKind::Other, "failed")
    };
    Error { kind, message: format!("{place} {what}: {cause}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn failures_name_the_call_and_their_kind() {
        let client = Client::new();
        let send = async |url: &str| client.send(Request::new("get", url), &UrlPolicy::default()).await.unwrap_err();
        let refused = send("http://ann:secret@127.0.0.1:1/x").await;
        assert_eq!(refused.kind, ErrorKind::Connect);
        assert!(refused.message.starts_with("GET http://127.0.0.1:1/x could not connect"), "{refused}");
        assert_eq!(send("http://nowhere.invalid/").await.kind, ErrorKind::NameResolution);
        assert_eq!(send("not a url").await.kind, ErrorKind::Invalid);
        assert_eq!(send("file:///etc/passwd").await.kind, ErrorKind::Forbidden);
    }

    #[tokio::test]
    async fn header_values_are_never_shown() {
        let mut request = Request::new("GET", "http://127.0.0.1:1/");
        request.headers.push(("X-Token".to_owned(), "se\ncret".to_owned()));
        let error = Client::new().send(request, &UrlPolicy::default()).await.unwrap_err();
        assert!(error.kind == ErrorKind::Invalid && !error.message.contains("cret"), "{error}");
    }
}
