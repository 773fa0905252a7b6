//! Calls a URL and, if wished, waits until what it started has ended.
//!
//! The answer is kept as `webhook` in the stage's context: `${#stage('Start the tests').context.webhook.body.id}`.
//! Answers 2xx and 3xx are good. 429 and 5xx are tried again every 10 seconds for 5 minutes, as are
//! `webhookRetryStatusCodes`; `failFastStatusCodes` and all others fail the stage. Cut short by a crash, a call is made
//! again on resume.
//!
//! With `waitForCompletion` the status URL is then read, every second at first and every 15 seconds after a minute,
//! for up to an hour: `statusJsonPath` finds the status in the answer, which is looked up in `successStatuses`,
//! `canceledStatuses` and `terminalStatuses` (comma lists, any case). A number there is a percentage: 100 is done.
//!
//! Header values may be `{fromEnv: NAME}` or `{fromFile: path}`: such values are read when the request is sent and
//! recorded nowhere. `webhook: urls:` in gennaker.yaml says which URLs may be called.
//!
//! ```yaml
//! - name: Start the tests
//!   type: webhook
//!   url: https://ci.example.com/jobs
//!   method: POST
//!   payload: {version: "${trigger.parameters.version}"}
//!   customHeaders:
//!     Authorization: {fromEnv: CI_TOKEN}
//!   waitForCompletion: true
//!   statusUrlResolution: webhookResponse
//!   statusUrlJsonPath: $.statusUrl
//!   statusJsonPath: $.status
//!   successStatuses: passed
//!   terminalStatuses: failed, error
//!   cancelEndpoint: https://ci.example.com/cancel
//! ```

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::Value;

use super::json_path::{self, PathError};
use super::tasks::BindProducedArtifacts;
use super::wait::wait_for;
use super::webhook_monitor::MonitorWebhook;
use super::webhook_request::{Prepared, recorded, with_answer};
use super::{Services, Stage, Task, reading};
use crate::engine::ports::{Call, NewStage, Plan, TaskPolicy, TaskResult};
use crate::http::{self, Error, ErrorKind, Response};
use crate::model::{Failure, FailureKind, Field, Map, Shape, Unit, optional, required};

/// The `webhook` stage.
pub(super) struct Webhook;

const METHOD: Shape = Shape::OneOf(&["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

pub(super) const FIELDS: &[Field] = &[
    required("url", Shape::Text, "what to call"),
    optional("method", METHOD, "how to call it, any case; default POST"),
    optional("payload", Shape::Any, "body: objects and lists are sent as JSON, text as it is"),
    optional("customHeaders", Shape::Map, "headers; values may be {fromEnv: NAME} or {fromFile: path}"),
    optional("account", Shape::Text, "kept for Spinnaker's documents"),
    optional("failFastStatusCodes", Shape::List(&Shape::Integer), "codes that fail at once; default [504]"),
    optional(
        "webhookRetryStatusCodes",
        Shape::List(&Shape::Integer),
        "codes the call is tried again on, besides 429 and 5xx",
    ),
    optional(
        "retryStatusCodes",
        Shape::List(&Shape::Integer),
        "codes reading the status is tried again on, besides 429 and 5xx",
    ),
    optional("retries", Shape::Map, "how often reading the status is tried again, as {<code>: {maxAttempts: n}}"),
    optional("waitForCompletion", Shape::Boolean, "whether to wait until what was started has ended; default false"),
    optional("waitBeforeMonitor", Shape::Duration(Unit::Seconds), "time before the status is first read; default 0"),
    optional(
        "monitorOnly",
        Shape::Boolean,
        "only read the status, start nothing; needs waitForCompletion; default false",
    ),
    optional(
        "statusUrlResolution",
        Shape::OneOf(&["getMethod", "locationHeader", "webhookResponse"]),
        "where the status URL is: the same URL, the Location header, or statusUrlJsonPath in the answer; default getMethod",
    ),
    optional("statusUrlJsonPath", Shape::Text, "where in the answer the status URL is"),
    optional("statusEndpoint", Shape::Text, "the status URL, with monitorOnly"),
    optional("statusJsonPath", Shape::Text, "where in the answer the status is; without it any 2xx is success"),
    optional("progressJsonPath", Shape::Text, "where in the answer a line of progress is"),
    optional("successStatuses", Shape::Text, "statuses that are success, a comma list"),
    optional("canceledStatuses", Shape::Text, "statuses that are a cancellation, a comma list"),
    optional("terminalStatuses", Shape::Text, "statuses that are a failure, a comma list"),
    optional("cancelEndpoint", Shape::Text, "called when the stage is canceled or fails after its call"),
    optional("cancelMethod", METHOD, "how to call it; default POST"),
    optional("cancelPayload", Shape::Any, "body of that call"),
    optional("signalCancellation", Shape::Boolean, "false leaves cancelEndpoint uncalled; default true"),
    optional("expectedArtifacts", Shape::List(&Shape::Map), "artifacts this stage produces: 'artifacts' of the answer"),
];

#[async_trait]
impl Stage for Webhook {
    fn kind(&self) -> &'static str {
        "webhook"
    }

    fn source(&self) -> &'static str {
        include_str!("webhook.rs")
    }

    fn fields(&self) -> &'static [Field] {
        FIELDS
    }

    fn tasks(&self) -> &'static [&'static dyn Task] {
        TASKS
    }

    async fn plan(&self, call: &Call<'_>, _services: &Services) -> Result<Plan, Failure> {
        plan(call.context)
    }

    async fn on_failure(&self, call: &Call<'_>, _services: &Services) -> Result<Vec<NewStage>, Failure> {
        Ok(cancel_stage(call.context).into_iter().collect())
    }

    async fn cancel(&self, call: &Call<'_>, services: &Services) -> Vec<String> {
        cancel(call, services).await
    }

    fn forget_on_restart(&self) -> &'static [&'static str] {
        FORGET
    }
}

pub(super) const TASKS: &[&dyn Task] = &[&CreateWebhook, &WaitBeforeMonitor, &MonitorWebhook, &BindProducedArtifacts];
pub(super) const FORGET: &[&str] = &["webhook", "artifacts"];

/// The tasks this context asks for.
pub(super) fn plan(context: &Map) -> Result<Plan, Failure> {
    let (monitor_only, wait) = (reading::flag(context, "monitorOnly"), reading::flag(context, "waitForCompletion"));
    if monitor_only && !wait {
        return Err(Failure::user("monitorOnly: true needs waitForCompletion: true"));
    }
    if reading::filled(context, "url").is_none()
        && !(monitor_only && reading::filled(context, "statusEndpoint").is_some())
    {
        return Err(Failure::user("the webhook has no 'url'"));
    }
    let mut tasks = Vec::new();
    if !monitor_only {
        tasks.push(CreateWebhook.name());
    }
    if wait {
        if reading::duration(context, "waitBeforeMonitor", Unit::Seconds)?.is_some_and(|time| !time.is_zero()) {
            tasks.push(WaitBeforeMonitor.name());
        }
        tasks.push(MonitorWebhook.name());
    }
    if BindProducedArtifacts::is_needed(context) {
        tasks.push(BindProducedArtifacts.name());
    }
    Ok(Plan::of_tasks(tasks))
}

struct CreateWebhook;

#[async_trait]
impl Task for CreateWebhook {
    fn name(&self) -> &'static str {
        "createWebhook"
    }

    fn policy(&self) -> TaskPolicy {
        TaskPolicy {
            backoff: Duration::from_secs(10),
            timeout: Some(Duration::from_secs(300)),
            overridable: true,
            pure: false,
        }
    }

    async fn run(&self, call: &Call<'_>, services: &Services) -> TaskResult {
        create(call, services).await.into()
    }
}

async fn create(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let method = reading::filled(call.context, "method").unwrap_or_else(|| "POST".to_owned());
    let url = reading::filled(call.context, "url").ok_or_else(|| Failure::user("the webhook has no 'url'"))?;
    let prepared = Prepared::new(call, services, &method, &url, call.context.get("payload"))?;
    if !prepared.is_safe() {
        let target = http::without_credentials(&url);
        call.mutation("invokeWebhook", prepared.secrets.clean(&target), method.to_ascii_uppercase()).await?;
    }
    let Some(sent) = prepared.send(call).await else { return Ok(TaskResult::running()) };
    Ok(match sent {
        Err(error) => unanswered(&error, prepared.is_safe()),
        Ok(response) => {
            let record = recorded(&response, &prepared.secrets);
            match response.status {
                200..400 => accepted(call.context, &url, &response, record),
                _ => refused(call, &url, &response, record),
            }
        }
    })
}

/// No answer: worth another try when the host was not found, or when it timed out and reading twice is harmless.
fn unanswered(error: &Error, safe: bool) -> TaskResult {
    let again = match error.kind {
        ErrorKind::NameResolution => true,
        ErrorKind::Timeout => safe,
        _ => false,
    };
    let mut record = Map::new();
    record.insert("error".to_owned(), error.message.clone().into());
    let result = if again { TaskResult::running() } else { TaskResult::terminal(failure_of(error)) };
    result.with_context("webhook", record)
}

pub(super) fn failure_of(error: &Error) -> Failure {
    let failure = Failure::new(&error.message);
    match error.kind {
        ErrorKind::Timeout => failure.of_kind(FailureKind::Timeout),
        ErrorKind::Invalid | ErrorKind::Forbidden => failure.of_kind(FailureKind::User),
        _ => failure,
    }
}

/// A bad status: fails at once, is tried again, or fails.
fn refused(call: &Call<'_>, url: &str, response: &Response, mut record: Map) -> TaskResult {
    let code = response.status;
    let fail_fast = match call.context.get("failFastStatusCodes") {
        None | Some(Value::Null) => code == 504,
        Some(_) => codes(call.context, "failFastStatusCodes").any(|known| known == code),
    };
    let again = code >= 500 || code == 429 || codes(call.context, "webhookRetryStatusCodes").any(|known| known == code);
    let url = http::without_credentials(url);
    let what = match (fail_fast, again) {
        (true, _) => format!("{url} answered {code}, which fails fast"),
        (false, true) => format!("{url} answered {code}, will be tried again"),
        (false, false) => format!("{url} answered {code} {}", response.reason).trim_end().to_owned(),
    };
    record.insert("error".to_owned(), what.clone().into());
    if again && !fail_fast {
        call.progress(&what);
        let asked = http::retry_after(response, Timestamp::now().as_millisecond()).unwrap_or_default();
        let wait = asked.clamp(CreateWebhook.policy().backoff, Duration::from_secs(60));
        return TaskResult::running().retry_in(wait).with_context("webhook", record);
    }
    TaskResult::terminal(with_answer(Failure::new(what), &record)).with_context("webhook", record)
}

/// Numbers of a list of status codes; words in it are passed over.
pub(super) fn codes<'a>(context: &'a Map, key: &str) -> impl Iterator<Item = u16> + use<'a> {
    reading::list(context, key).iter().filter_map(|code| u16::try_from(reading::as_integer(code)?).ok())
}

/// A good status: finds where the status can be read, or the artifacts.
fn accepted(context: &Map, url: &str, response: &Response, mut record: Map) -> TaskResult {
    if reading::flag(context, "waitForCompletion") {
        return match status_url(context, url, response, &record) {
            Ok(endpoint) => {
                record.insert("statusEndpoint".to_owned(), endpoint.clone().into());
                TaskResult::succeeded().with_context("statusEndpoint", endpoint).with_context("webhook", record)
            }
            Err(failure) => {
                record.insert("error".to_owned(), failure.message.clone().into());
                TaskResult::terminal(with_answer(failure, &record)).with_context("webhook", record)
            }
        };
    }
    if reading::list(context, "expectedArtifacts").is_empty() {
        return TaskResult::succeeded().with_context("webhook", record);
    }
    match record.get("body").and_then(|body| body.get("artifacts")).cloned() {
        Some(artifacts) => TaskResult::succeeded().with_context("artifacts", artifacts).with_context("webhook", record),
        None => {
            let failure = Failure::new("the answer holds no 'artifacts', but expectedArtifacts are configured");
            record.insert("error".to_owned(), failure.message.clone().into());
            TaskResult::terminal(with_answer(failure, &record)).with_context("webhook", record)
        }
    }
}

/// Where the status can be read, as `statusUrlResolution` says.
fn status_url(context: &Map, url: &str, response: &Response, record: &Map) -> Result<String, Failure> {
    let resolution = reading::filled(context, "statusUrlResolution").unwrap_or_else(|| "getMethod".to_owned());
    let found = match resolution.to_ascii_lowercase().as_str() {
        "getmethod" => return Ok(url.to_owned()),
        "locationheader" => response.header("location").map(str::to_owned),
        "webhookresponse" => {
            let path = reading::filled(context, "statusUrlJsonPath")
                .ok_or_else(|| Failure::user("statusUrlResolution: webhookResponse needs statusUrlJsonPath"))?;
            let nothing = Value::Null;
            match json_path::read(record.get("body").unwrap_or(&nothing), &path) {
                Ok(Value::String(text)) => Some(text),
                Ok(_) | Err(PathError::NotFound) => None,
                Err(PathError::Invalid(why)) => return Err(Failure::user(format!("'{path}' is no JsonPath: {why}"))),
            }
        }
        other => return Err(Failure::user(format!("'{other}' is no statusUrlResolution"))),
    };
    let found = found.filter(|text| !text.trim().is_empty()).ok_or_else(|| {
        Failure::new("the answer names no status URL, but waitForCompletion is configured")
            .detail(format!("statusUrlResolution is {resolution}"))
    })?;
    let absolute = http::resolve(url, found.trim())
        .ok_or_else(|| Failure::new(format!("the status URL '{found}' of the answer is none")))?;
    Ok(http::keep_scheme(url, &absolute))
}

struct WaitBeforeMonitor;

#[async_trait]
impl Task for WaitBeforeMonitor {
    fn name(&self) -> &'static str {
        "waitBeforeMonitorWebhook"
    }

    fn policy(&self) -> TaskPolicy {
        TaskPolicy { pure: true, ..TaskPolicy::default() }
    }

    async fn run(&self, call: &Call<'_>, _services: &Services) -> TaskResult {
        wait_for(call, "waitBeforeMonitor", call.started).into()
    }
}

/// Where a started call is canceled; `None` when none was started or nobody wants it canceled.
fn cancel_endpoint(context: &Map) -> Option<String> {
    let answered = reading::object(context, "webhook").is_some_and(|webhook| webhook.contains_key("statusCode"));
    let wanted = reading::optional_flag(context, "signalCancellation").unwrap_or(true);
    reading::filled(context, "cancelEndpoint").filter(|_| answered && wanted)
}

/// Calls the cancel endpoint once; nobody waits for what comes of it.
pub(super) async fn cancel(call: &Call<'_>, services: &Services) -> Vec<String> {
    let Some(endpoint) = cancel_endpoint(call.context) else { return Vec::new() };
    let method = reading::filled(call.context, "cancelMethod").unwrap_or_else(|| "POST".to_owned());
    let shown = http::without_credentials(&endpoint);
    let tell = async || -> Result<Response, Failure> {
        let prepared = Prepared::new(call, services, &method, &endpoint, call.context.get("cancelPayload"))?;
        call.mutation("cancelWebhook", &shown, method.to_ascii_uppercase()).await?;
        prepared.send_anyway().await.map_err(|error| failure_of(&error))
    };
    match tell().await {
        Ok(response) if response.status < 400 => vec![format!("told {shown} to cancel")],
        Ok(response) => vec![format!("told {shown} to cancel, which answered {}", response.status)],
        Err(failure) => vec![format!("could not tell {shown} to cancel: {failure}")],
    }
}

/// The stage that calls the cancel endpoint because this one failed.
pub(super) fn cancel_stage(context: &Map) -> Option<NewStage> {
    let endpoint = cancel_endpoint(context)?;
    let mut call = Map::new();
    call.insert("url".to_owned(), endpoint.into());
    call.insert("continuePipeline".to_owned(), true.into());
    for (from, to) in [("cancelMethod", "method"), ("cancelPayload", "payload"), ("customHeaders", "customHeaders")] {
        if let Some(value) = context.get(from) {
            call.insert(to.to_owned(), value.clone());
        }
    }
    Some(NewStage::new("webhook", "Cancel webhook", call))
}
