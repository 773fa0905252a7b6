//! Calls of the API server: requests with retries, watches, and what it serves.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::{Stream, StreamExt};
use http::header::{ACCEPT, HeaderValue};
use http::{HeaderMap, Method, Request};
use kube::client::Body as Content;
use kube::core::{Status, WatchEvent};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::sync::{Mutex as Turn, OnceCell};
use tokio::time::Instant;

use super::account::Account;
use super::connect::{self, Connected, Home};
use super::resource::Resource;
use super::{error, redact};
use crate::model::Fence;
use crate::providers::{Error, ErrorKind};

/// How long one answer may take; watches have their own limit.
const ANSWER_LIMIT: Duration = Duration::from_secs(35);
/// Times a request is sent before its refusal is told.
const TRIES: u32 = 6;
/// Longest wait between two of them.
const LONGEST_WAIT: u64 = 10;
/// How long kinds may take to be served after their definition was accepted.
const SERVED_LIMIT: Duration = Duration::from_secs(10);

/// A body and its content type.
pub(super) type Body = (&'static str, Value);

/// Content type of plain objects.
pub(super) const JSON: &str = "application/json";

/// One request: what it is for, and what is sent.
pub(super) struct Ask<'a> {
    pub(super) operation: &'static str,
    /// The object or look-up it is about, for errors.
    pub(super) what: &'a str,
    pub(super) method: Method,
    pub(super) path: &'a str,
    pub(super) query: &'a [(&'static str, String)],
    pub(super) accept: &'a str,
    pub(super) body: Option<Body>,
}

impl<'a> Ask<'a> {
    pub(super) fn get(operation: &'static str, what: &'a str, path: &'a str) -> Self {
        Self { operation, what, method: Method::GET, path, query: &[], accept: JSON, body: None }
    }

    /// Whether it may change something: reviews of what one may do, and trials, do not.
    fn is_change(&self) -> bool {
        let is_trial = self.query.iter().any(|(key, _)| *key == "dryRun");
        self.method != Method::GET && !is_trial && !self.path.starts_with("/apis/authorization.k8s.io/")
    }
}

/// The cluster of an account; connected when first asked.
pub(super) struct Cluster {
    pub(super) account: Account,
    /// Asked before anything is changed.
    fence: Option<Arc<dyn Fence>>,
    /// The connection in use; another one when its credentials end or are refused.
    connected: Turn<Option<Arc<Connected>>>,
    home: OnceCell<Home>,
    /// Resources by `apiVersion`.
    served: Mutex<HashMap<String, Arc<Vec<Resource>>>>,
    /// When new kinds were last brought.
    brought: Mutex<Option<Instant>>,
}

/// What a watch tells.
#[derive(Debug)]
pub(super) enum Change {
    /// An object is there, as it is now.
    Is(Value),
    /// An object is gone.
    Gone(Value),
    /// Nothing but a later moment.
    Later,
    /// The watch cannot go on from where it began: list again.
    Expired,
}

impl Cluster {
    pub(super) fn new(account: Account, fence: Option<Arc<dyn Fence>>) -> Self {
        Self {
            account,
            fence,
            connected: Turn::default(),
            home: OnceCell::new(),
            served: Mutex::default(),
            brought: Mutex::default(),
        }
    }

    async fn connected(&self) -> Result<Arc<Connected>, Error> {
        let mut connected = self.connected.lock().await;
        if let Some(open) = connected.as_ref().filter(|open| !open.is_spent()) {
            return Ok(Arc::clone(open));
        }
        let (open, home) = connect::open(&self.account).await?;
        self.home.get_or_init(|| async { home }).await;
        let open = Arc::new(open);
        *connected = Some(Arc::clone(&open));
        Ok(open)
    }

    /// Lets the next request connect anew, because the server does not know these credentials (any more): an exec plugin,
    /// a file of a token or of a certificate may give others by now. Whether it may.
    async fn renew(&self, refused: &Arc<Connected>) -> bool {
        if !refused.may_be_renewed() {
            return false;
        }
        let mut connected = self.connected.lock().await;
        if connected.as_ref().is_some_and(|open| Arc::ptr_eq(open, refused)) {
            *connected = None;
        }
        true
    }

    async fn home(&self) -> Result<&Home, Error> {
        if self.home.get().is_none() {
            self.connected().await?;
        }
        Ok(self.home.get().expect("a connection was opened, which sets it"))
    }

    /// Namespace of objects that name none.
    pub(super) async fn namespace(&self) -> Result<&str, Error> {
        Ok(&self.home().await?.namespace)
    }

    /// Address of the API server.
    pub(super) async fn server(&self) -> Result<&str, Error> {
        Ok(&self.home().await?.server)
    }

    /// The answer to a request as JSON.
    pub(super) async fn ask(&self, ask: Ask<'_>) -> Result<Value, Error> {
        self.ask_as(ask).await
    }

    pub(super) async fn ask_as<T: DeserializeOwned>(&self, ask: Ask<'_>) -> Result<T, Error> {
        Ok(self.ask_warned(&ask).await?.0)
    }

    /// The same with what the server warns of.
    pub(super) async fn ask_warned<T: DeserializeOwned>(&self, ask: &Ask<'_>) -> Result<(T, Vec<String>), Error> {
        let answer = self.answer(ask).await?;
        let read = serde_json::from_slice(&answer.bytes).map_err(|cause| {
            error::new(ask.operation, ErrorKind::Other, format!("{}: the answer is no JSON: {cause}", ask.what))
        });
        Ok((read?, answer.warnings))
    }

    /// The answer to a request as text.
    pub(super) async fn ask_text(&self, ask: &Ask<'_>) -> Result<String, Error> {
        Ok(String::from_utf8_lossy(&self.ask_bytes(ask).await?).into_owned())
    }

    /// The answer to a request as it comes.
    pub(super) async fn ask_bytes(&self, ask: &Ask<'_>) -> Result<Vec<u8>, Error> {
        Ok(self.answer(ask).await?.bytes)
    }

    /// The answer to a request. Sent again while the server says that may help: names are chosen beforehand, so that a
    /// request that arrived twice does no harm.
    async fn answer(&self, ask: &Ask<'_>) -> Result<Answer, Error> {
        let mut attempt = 0;
        let mut renewed = false;
        let mut in_words = !ask.accept.contains("protobuf");
        loop {
            attempt += 1;
            let connected = self.connected().await?;
            let limit = self.time_for(ask).await?;
            let mut request = request(ask)?;
            if in_words && ask.accept.contains("protobuf") {
                request.headers_mut().insert(ACCEPT, HeaderValue::from_static(JSON));
            }
            let answer = tokio::time::timeout(limit, answered(&connected, request)).await;
            let cause = match answer {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(cause)) => cause,
                Err(_) if attempt < 2 => continue,
                Err(_) => {
                    let message = format!("{}: no answer within {:.0} s", ask.what, limit.as_secs_f64());
                    return Err(error::new(ask.operation, ErrorKind::Unavailable, message));
                }
            };
            // A refusal comes in the form that was asked for: this one could not be read.
            if !in_words && matches!(cause, kube::Error::Api(_) | kube::Error::FromUtf8(_)) {
                in_words = true;
                continue;
            }
            if error::is_unknown(&cause) && !renewed && self.renew(&connected).await {
                renewed = true;
                continue;
            }
            match error::again(&cause) {
                // A server that does not answer is asked again by whoever waits for it.
                Some(after) if attempt < if matches!(cause, kube::Error::Api(_)) { TRIES } else { 2 } => {
                    let growing = Duration::from_millis(50 << attempt);
                    tokio::time::sleep(growing.max(Duration::from_secs(after.min(LONGEST_WAIT)))).await;
                }
                _ => {
                    let mut error = error::of_call(ask.operation, ask.what, &cause);
                    if error::is_unknown(&cause) {
                        error.details.splice(..0, connected.objection());
                    }
                    if !matches!(cause, kube::Error::Api(_)) {
                        error.message.push_str(&format!(" ({})", self.server().await?));
                    }
                    let sent = ask.body.as_ref().map_or(&Value::Null, |(_, body)| body);
                    return Err(redact::hushed(error, ask.path, sent));
                }
            }
        }
    }

    /// How long an answer is waited for. What changes something is not sent when the right to do so may end before.
    async fn time_for(&self, ask: &Ask<'_>) -> Result<Duration, Error> {
        let Some(fence) = self.fence.as_ref().filter(|_| ask.is_change()) else { return Ok(ANSWER_LIMIT) };
        fence.pass(ANSWER_LIMIT).await.map_err(|failure| {
            let message = format!("{}: {} was not sent: {}", ask.what, ask.operation, failure.message);
            error::new(ask.operation, ErrorKind::Unavailable, message)
        })
    }

    /// An object; `None` when there is none.
    pub(super) async fn get(&self, what: &str, path: &str) -> Result<Option<Value>, Error> {
        match self.ask(Ask::get("read", what, path)).await {
            Ok(object) => Ok(Some(object)),
            Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Changes of a collection after a moment, for at most so long.
    pub(super) async fn watch(
        &self,
        what: &str,
        path: &str,
        query: &[(&'static str, String)],
        since: &str,
        limit: Duration,
    ) -> Result<impl Stream<Item = Result<Change, Error>> + Send + use<>, Error> {
        let mut asked = query.to_vec();
        asked.push(("watch", "true".into()));
        asked.push(("allowWatchBookmarks", "true".into()));
        asked.push(("resourceVersion", since.to_owned()));
        asked.push(("timeoutSeconds", limit.as_secs().max(1).to_string()));
        let request = request(&Ask { query: &asked, ..Ask::get("watch", what, path) })?;
        let connected = self.connected().await?;
        let events = tokio::time::timeout(ANSWER_LIMIT, connected.client.request_events::<Value>(request)).await;
        let events = events
            .map_err(|_| error::new("watch", ErrorKind::Unavailable, format!("{what}: the watch does not begin")))?
            .map_err(|cause| error::of_call("watch", what, &cause))?;
        let what = what.to_owned();
        Ok(StreamExt::map(events, move |event: Result<WatchEvent<Value>, kube::Error>| match event {
            Ok(WatchEvent::Added(object) | WatchEvent::Modified(object)) => Ok(Change::Is(object)),
            Ok(WatchEvent::Deleted(object)) => Ok(Change::Gone(object)),
            Ok(WatchEvent::Bookmark(_)) => Ok(Change::Later),
            Ok(WatchEvent::Error(status)) if status.code == 410 || status.reason == "Expired" => Ok(Change::Expired),
            Ok(WatchEvent::Error(status)) => Err(error::of_status("watch", &what, &status)),
            Err(kube::Error::Api(status)) if status.code == 410 => Ok(Change::Expired),
            Err(cause) => Err(error::of_call("watch", &what, &cause)),
        }))
    }

    /// The resources of an `apiVersion`, read once; `None` when it is not served.
    pub(super) async fn resources(&self, api_version: &str) -> Result<Option<Arc<Vec<Resource>>>, Error> {
        if let Some(known) = self.served.lock().unwrap_or_else(PoisonError::into_inner).get(api_version) {
            return Ok(Some(Arc::clone(known)));
        }
        let path =
            if api_version.contains('/') { format!("/apis/{api_version}") } else { format!("/api/{api_version}") };
        let Some(list) = self.get(&format!("resources of {api_version}"), &path).await? else { return Ok(None) };
        let resources = Arc::new(Resource::of_list(api_version, &list));
        let mut served = self.served.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(Some(Arc::clone(served.entry(api_version.to_owned()).or_insert(resources))))
    }

    /// Forgets what is served: a definition of new kinds was just applied.
    pub(super) fn forget_resources(&self) {
        self.served.lock().unwrap_or_else(PoisonError::into_inner).clear();
        *self.brought.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    /// Whether a kind that is not served may be in a moment, because its definition was just applied.
    pub(super) fn may_be_served_soon(&self) -> bool {
        let brought = *self.brought.lock().unwrap_or_else(PoisonError::into_inner);
        let soon = brought.is_some_and(|at| at.elapsed() < SERVED_LIMIT);
        if soon {
            self.served.lock().unwrap_or_else(PoisonError::into_inner).clear();
        }
        soon
    }

    /// Groups that are served, each with its versions, the preferred one first.
    pub(super) async fn groups(&self) -> Result<Vec<(String, Vec<String>)>, Error> {
        let list = self.ask(Ask::get("read", "the groups the cluster serves", "/apis")).await?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let groups = list["groups"].as_array().cloned().unwrap_or_default();
        let mut found = vec![(String::new(), vec!["v1".to_owned()])];
        found.extend(groups.iter().map(|group| {
            let preferred = text(&group["preferredVersion"]["groupVersion"]);
            let others =
                group["versions"].as_array().into_iter().flatten().map(|version| text(&version["groupVersion"]));
            let others: Vec<String> = others.filter(|version| *version != preferred).collect();
            (text(&group["name"]), std::iter::once(preferred.clone()).chain(others).collect())
        }));
        Ok(found)
    }

    /// Whether the account may do something, as the API server says (SelfSubjectAccessReview).
    pub(super) async fn may(&self, verb: &str, group: &str, resource: &str, namespace: &str) -> Result<bool, Error> {
        let body = json!({
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": {"verb": verb, "group": group, "resource": resource, "namespace": namespace}},
        });
        let what = format!("whether the account may {verb} {resource}");
        let path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
        let ask = Ask { method: Method::POST, body: Some((JSON, body)), ..Ask::get("check account", &what, path) };
        Ok(self.ask(ask).await?["status"]["allowed"] == Value::Bool(true))
    }
}

/// What a server answers.
struct Answer {
    bytes: Vec<u8>,
    /// What it warns of: fields it does not know, versions that will not be served for long.
    warnings: Vec<String>,
}

async fn answered(connected: &Connected, request: Request<Vec<u8>>) -> Result<Answer, kube::Error> {
    let (head, body) = connected.client.send(request.map(Content::from)).await?.into_parts();
    // An answer that breaks off is asked for again, as one that never began.
    let bytes: Vec<u8> = body.collect_bytes().await.map_err(|cause| kube::Error::Service(cause.into()))?.into();
    if head.status.is_client_error() || head.status.is_server_error() {
        // Proxies and paths that nothing serves answer in plain words.
        let status = serde_json::from_slice::<Status>(&bytes).unwrap_or_else(|_| {
            let said = String::from_utf8_lossy(&bytes);
            Status::failure(said.trim(), "Failed to parse error data").with_code(head.status.as_u16())
        });
        return Err(kube::Error::Api(status.boxed()));
    }
    Ok(Answer { bytes, warnings: warnings(&head.headers) })
}

/// The texts of `Warning: 299 - "…"`, each once.
fn warnings(headers: &HeaderMap) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for header in headers.get_all("warning").iter().filter_map(|value| std::str::from_utf8(value.as_bytes()).ok()) {
        let quoted = header.split_once('"').and_then(|(_, rest)| Some(rest.rsplit_once('"')?.0));
        let text = quoted.unwrap_or(header).replace("\\\"", "\"").replace("\\\\", "\\");
        if !text.is_empty() && !found.contains(&text) {
            found.push(text);
        }
    }
    found
}

fn request(ask: &Ask<'_>) -> Result<Request<Vec<u8>>, Error> {
    let mut uri = ask.path.to_owned();
    for (position, (key, value)) in ask.query.iter().enumerate() {
        uri.push(if position == 0 { '?' } else { '&' });
        uri.push_str(key);
        uri.push('=');
        uri.push_str(&encoded(value));
    }
    let mut builder = Request::builder().method(ask.method.clone()).uri(uri).header("Accept", ask.accept);
    let mut body = Vec::new();
    if let Some((content_type, value)) = &ask.body {
        builder = builder.header("Content-Type", *content_type);
        body = value.to_string().into_bytes();
    }
    builder.body(body).map_err(|cause| error::invalid(ask.operation, format!("{}: {cause}", ask.what)))
}

/// A text as part of an address.
pub(super) fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => encoded.push(char::from(byte)),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_are_read_from_their_headers() {
        let mut headers = HeaderMap::new();
        let unknown = r#"299 - "unknown field \"spec.x\" "#.trim_end().to_owned() + "\"";
        for value in [unknown.as_str(), &unknown, "299 kube-apiserver \"old\""] {
            headers.append("Warning", value.parse().unwrap());
        }
        assert_eq!(warnings(&headers), ["unknown field \"spec.x\"", "old"]);
    }

    #[test]
    fn queries_are_encoded() {
        let query = [("labelSelector", "app in (a,b),!c".to_owned())];
        let built = request(&Ask { query: &query, ..Ask::get("list", "pods", "/api/v1/pods") }).unwrap();
        assert_eq!(built.uri().to_string(), "/api/v1/pods?labelSelector=app%20in%20%28a%2Cb%29%2C%21c");
    }
}
