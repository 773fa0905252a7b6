//! What the three calls of a webhook have in common: the request, its secrets, where it may go, and what is recorded
//! of the answer.

use std::time::Duration;

use serde_json::{Value, json};

use super::secrets::Secrets;
use super::{Services, reading};
use crate::engine::ports::Call;
use crate::http::{Client, Error, Request, Response, UrlPolicy};
use crate::model::{Failure, Map, Unit};

static CLIENT: Client = Client::new();

/// Headers that would speak for somebody else inside Spinnaker.
const NOT_SENT: &[&str] = &[
    "x-spinnaker-user",
    "x-spinnaker-account",
    "x-spinnaker-user-origin",
    "x-spinnaker-request-id",
    "x-spinnaker-execution-id",
];

/// A request ready to be sent.
pub(super) struct Prepared {
    request: Request,
    policy: UrlPolicy,
    pub(super) secrets: Secrets,
}

/// What sending gave; `None` when the call was cut short because the execution is being canceled.
pub(super) type Sent = Option<Result<Response, Error>>;

impl Prepared {
    /// A request with the stage's `customHeaders` and the project's limits.
    pub(super) fn new(
        call: &Call<'_>,
        services: &Services,
        method: &str,
        url: &str,
        payload: Option<&Value>,
    ) -> Result<Self, Failure> {
        let settings = reading::object(&services.settings, "webhook").cloned().unwrap_or_default();
        let mut request = Request::new(method, url.trim());
        let timeout = match reading::duration(&settings, "timeout", Unit::Seconds)? {
            Some(timeout) => Some(timeout),
            None => reading::duration(&settings, "readTimeoutMs", Unit::Milliseconds)?,
        };
        request.timeout = timeout.unwrap_or(Duration::from_secs(20));
        let mut secrets = Secrets::default();
        for (name, value) in reading::object(call.context, "customHeaders").into_iter().flatten() {
            if NOT_SENT.contains(&name.to_ascii_lowercase().as_str()) {
                continue;
            }
            let values = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
            for value in values {
                let value = secrets.resolve(value, &format!("header '{name}'"), &services.root)?;
                request.headers.push((name.clone(), value));
            }
        }
        if let Some(payload) = payload.filter(|payload| !payload.is_null() && !request.is_safe()) {
            let (body, kind) = match payload {
                Value::String(text) => (text.clone(), "text/plain;charset=UTF-8"),
                other => (other.to_string(), "application/json"),
            };
            request.body = Some(body.into_bytes());
            if !request.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
                request.headers.push(("Content-Type".to_owned(), kind.to_owned()));
            }
        }
        Ok(Self { request, policy: url_policy(&settings)?, secrets })
    }

    /// Whether sending it twice does no harm.
    pub(super) fn is_safe(&self) -> bool {
        self.request.is_safe()
    }

    /// Sends it, unless the execution is canceled first.
    pub(super) async fn send(&self, call: &Call<'_>) -> Sent {
        tokio::select! {
            result = self.send_anyway() => Some(result),
            () = call.stop.cancelled() => None,
        }
    }

    /// Sends it, canceled or not.
    pub(super) async fn send_anyway(&self) -> Result<Response, Error> {
        CLIENT
            .send(self.request.clone(), &self.policy)
            .await
            .map_err(|error| Error { message: self.secrets.clean(&error.message), ..error })
    }
}

/// The text behind a URL, for expressions such as `#fromUrl`: under the project's URL rules, with a connection of its
/// own, once and within a limit.
pub async fn fetch_text(settings: &Map, url: &str, limit: Duration) -> Result<String, String> {
    let webhook = reading::object(settings, "webhook").cloned().unwrap_or_default();
    let policy = url_policy(&webhook).map_err(|failure| failure.message)?;
    let mut request = Request::new("GET", url.trim());
    request.timeout = limit;
    let response = Client::default().send(request, &policy).await.map_err(|error| error.message)?;
    if (200..300).contains(&response.status) {
        Ok(response.text())
    } else {
        Err(format!("{url} answered {}", response.status))
    }
}

/// The project's `webhook.urls`: `allow` and `deny` are regular expressions, `allowPrivate` is true when absent.
fn url_policy(settings: &Map) -> Result<UrlPolicy, Failure> {
    let urls = reading::object(settings, "urls").cloned().unwrap_or_default();
    let texts =
        |key| reading::list(&urls, key).iter().filter_map(|item| item.as_str().map(str::to_owned)).collect::<Vec<_>>();
    let allow_private = reading::optional_flag(&urls, "allowPrivate").unwrap_or(true);
    UrlPolicy::new(&texts("allow"), &texts("deny"), allow_private)
        .map_err(|error| Failure::user(error.message).detail("see 'webhook: urls:' in gennaker.yaml"))
}

/// What is recorded of an answer: `statusCode` in Spring's words, `statusCodeValue`, `headers`, `body`.
pub(super) fn recorded(response: &Response, secrets: &Secrets) -> Map {
    let mut headers = Map::new();
    for (name, value) in &response.headers {
        headers.entry(titled(name)).or_insert_with(|| secrets.clean(value).into());
    }
    let mut map = Map::new();
    map.insert("statusCode".to_owned(), status_name(response).into());
    map.insert("statusCodeValue".to_owned(), response.status.into());
    map.insert("headers".to_owned(), headers.into());
    if !response.body.is_empty() {
        map.insert("body".to_owned(), secrets.clean_value(&body(response)));
    }
    map
}

/// The body as JSON where it is some, else as text.
fn body(response: &Response) -> Value {
    let text = response.text();
    let declared = response.header("content-type").is_some_and(|kind| kind.to_ascii_lowercase().contains("json"));
    if declared || text.trim_start().starts_with(['{', '[']) {
        serde_json::from_str(&text).unwrap_or(Value::String(text))
    } else {
        json!(text)
    }
}

/// `content-type` as `Content-Type`: names arrive in lower case, expressions use the usual spelling.
fn titled(name: &str) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_ascii_uppercase().to_string() + letters.as_str()).unwrap_or_default()
    };
    name.split('-').map(word).collect::<Vec<_>>().join("-")
}

/// `Not Found` as `NOT_FOUND`, the way Spring names statuses.
fn status_name(response: &Response) -> String {
    match response.status {
        416 => "REQUESTED_RANGE_NOT_SATISFIABLE".to_owned(),
        code if response.reason.is_empty() => code.to_string(),
        418 => "I_AM_A_TEAPOT".to_owned(),
        _ => response.reason.to_ascii_uppercase().replace([' ', '-'], "_"),
    }
}

/// A failure with what the server answered, as far as people read it.
pub(super) fn with_answer(failure: Failure, recorded: &Map) -> Failure {
    let text = match recorded.get("body") {
        Some(Value::String(text)) => text.clone(),
        Some(other) => serde_json::to_string_pretty(other).unwrap_or_default(),
        None => return failure,
    };
    let lines = text.lines().take(20).map(|line| line.chars().take(400).collect::<String>());
    lines.fold(failure, Failure::detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_recorded_in_springs_words() {
        let response = Response {
            status: 404,
            reason: "Not Found",
            headers: vec![("content-type".into(), "application/json".into()), ("x-echo".into(), "hunter2".into())],
            body: br#"{"you sent": "hunter2"}"#.to_vec(),
        };
        let mut secrets = Secrets::default();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("s"), "hunter2").unwrap();
        secrets.resolve(&json!({"fromFile": "s"}), "header", folder.path()).unwrap();
        assert_eq!(
            Value::Object(recorded(&response, &secrets)),
            json!({"statusCode": "NOT_FOUND", "statusCodeValue": 404,
                   "headers": {"Content-Type": "application/json", "X-Echo": "***"}, "body": {"you sent": "***"}})
        );
        let teapot = Response { status: 418, reason: "I'm a teapot", ..Response::default() };
        assert_eq!(status_name(&teapot), "I_AM_A_TEAPOT");
    }
}
