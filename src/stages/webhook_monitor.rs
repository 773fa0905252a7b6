//! Reads the status of what a webhook started until it has ended.

use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;

use super::json_path::{self, PathError};
use super::webhook::{codes, failure_of};
use super::webhook_request::{Prepared, recorded, with_answer};
use super::{Services, Task, reading};
use crate::engine::ports::{Call, TaskPolicy, TaskResult};
use crate::http::{self, ErrorKind};
use crate::model::{Failure, Map, Status};

/// After this time the status is read less often.
const EAGER: i64 = 60_000;
const LATER: Duration = Duration::from_secs(15);

pub(super) struct MonitorWebhook;

#[async_trait]
impl Task for MonitorWebhook {
    fn name(&self) -> &'static str {
        "monitorWebhook"
    }

    fn policy(&self) -> TaskPolicy {
        TaskPolicy { timeout: Some(Duration::from_secs(3600)), overridable: true, ..TaskPolicy::default() }
    }

    async fn run(&self, call: &Call<'_>, services: &Services) -> TaskResult {
        let result: TaskResult = monitor(call, services).await.into();
        if result.status == Status::Running && call.now - call.started > EAGER {
            result.retry_in(LATER)
        } else {
            result
        }
    }
}

async fn monitor(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let endpoint = reading::filled(call.context, "statusEndpoint")
        .or_else(|| reading::filled(call.context, "url"))
        .ok_or_else(|| Failure::user("the webhook has neither 'statusEndpoint' nor 'url' to read its status from"))?;
    let prepared = Prepared::new(call, services, "GET", &endpoint, None)?;
    let Some(sent) = prepared.send(call).await else { return Ok(TaskResult::running()) };
    let shown = http::without_credentials(&endpoint);
    let response = match sent {
        Ok(response) => response,
        Err(error) if matches!(error.kind, ErrorKind::NameResolution | ErrorKind::Timeout) => {
            call.progress(format!("{error}, will be tried again"));
            return Ok(TaskResult::running());
        }
        Err(error) => {
            let mut record = Map::new();
            record.insert("error".to_owned(), error.message.clone().into());
            return Ok(keep(call, TaskResult::terminal(failure_of(&error)), record));
        }
    };
    let mut record = recorded(&response, &prepared.secrets);
    let code = response.status;
    let mut past: Vec<Value> = past_codes(call.context);
    let tries = past.iter().filter(|known| reading::as_integer(known) == Some(i64::from(code))).count();
    if !(200..400).contains(&code) {
        past.push(code.into());
        record.insert("pastStatusCodes".to_owned(), past.into());
        if may_try_again(call.context, code, tries) {
            call.progress(format!("{shown} answered {code}, will be tried again"));
            return Ok(keep(call, TaskResult::running(), record));
        }
        let failure = Failure::new(format!("{shown} answered {code} {} when asked for the status", response.reason));
        return Ok(failed(call, failure, record));
    }
    if !past.is_empty() {
        record.insert("pastStatusCodes".to_owned(), past.into());
    }
    Ok(judge(call, record))
}

fn past_codes(context: &Map) -> Vec<Value> {
    let monitor = reading::object(context, "webhook").and_then(|webhook| reading::object(webhook, "monitor"));
    monitor.map(|monitor| reading::list(monitor, "pastStatusCodes").to_vec()).unwrap_or_default()
}

/// Whether a bad status is read again; `retries` count each code over the whole wait.
fn may_try_again(context: &Map, code: u16, tries: usize) -> bool {
    let limit = reading::object(context, "retries").and_then(|retries| retries.get(&code.to_string()));
    if let Some(limit) = limit.and_then(Value::as_object).and_then(|limit| reading::integer(limit, "maxAttempts")) {
        return usize::try_from(limit).is_ok_and(|limit| tries < limit);
    }
    code >= 500 || code == 429 || codes(context, "retryStatusCodes").any(|known| known == code)
}

/// What the answer says of the work.
fn judge(call: &Call<'_>, mut record: Map) -> TaskResult {
    let Some(path) = reading::filled(call.context, "statusJsonPath") else {
        return keep(call, TaskResult::succeeded(), record);
    };
    let nothing = Value::Null;
    let body = record.get("body").unwrap_or(&nothing).clone();
    let status = match json_path::read(&body, &path) {
        Ok(status @ (Value::String(_) | Value::Number(_) | Value::Bool(_))) => status,
        Ok(other) => {
            record.insert("resolvedValue".to_owned(), other);
            return failed(
                call,
                Failure::new(format!("the JsonPath '{path}' finds no single value in the answer")),
                record,
            );
        }
        Err(error) => return failed(call, not_found(error, "status", &path), record),
    };
    if let Some(path) = reading::filled(call.context, "progressJsonPath") {
        match json_path::read(&body, &path) {
            Ok(Value::String(text)) => {
                call.progress(&text);
                record.insert("progressMessage".to_owned(), text.into());
            }
            Ok(other) => {
                record.insert("resolvedValue".to_owned(), other);
                return failed(
                    call,
                    Failure::new(format!("the JsonPath '{path}' finds no text in the answer")),
                    record,
                );
            }
            Err(error) => return failed(call, not_found(error, "progress", &path), record),
        }
    }
    if let Value::Number(percent) = &status {
        call.progress(format!("{percent} %"));
        record.insert("percentComplete".to_owned(), status.clone());
        // As in Spinnaker 100.0 is not 100.
        let done = percent.as_i64() == Some(100);
        return keep(call, if done { TaskResult::succeeded() } else { TaskResult::running() }, record);
    }
    if reading::filled(call.context, "successStatuses").is_none() {
        let failure = Failure::user("the webhook waits for a status but has no 'successStatuses'");
        return failed(call, failure.detail(format!("the status now is {status}")), record);
    }
    let word = status.as_str().map_or_else(|| status.to_string(), str::to_owned);
    match meaning(call.context, &word) {
        Some(Status::Succeeded) => keep(call, TaskResult::succeeded(), record),
        Some(Status::Canceled) => {
            let failure = Failure::new(format!("what the webhook started was canceled: its status is {word}"));
            let canceled = TaskResult { status: Status::Canceled, failure: Some(failure), ..TaskResult::default() };
            keep(call, canceled, record)
        }
        Some(_) => {
            failed(call, Failure::new(format!("what the webhook started has failed: its status is {word}")), record)
        }
        None => {
            call.progress(format!("status is {word}"));
            keep(call, TaskResult::running(), record)
        }
    }
}

/// What a status word means, by the three lists in this order.
fn meaning(context: &Map, word: &str) -> Option<Status> {
    let lists = [
        ("successStatuses", Status::Succeeded),
        ("canceledStatuses", Status::Canceled),
        ("terminalStatuses", Status::Terminal),
    ];
    let holds = |key| {
        let list = reading::text(context, key).unwrap_or_default();
        list.split(',').any(|item| !item.trim().is_empty() && item.trim().to_uppercase() == word.trim().to_uppercase())
    };
    lists.into_iter().find(|(key, _)| holds(key)).map(|(_, status)| status)
}

fn not_found(error: PathError, what: &str, path: &str) -> Failure {
    match error {
        PathError::NotFound => Failure::new(format!("the answer has no {what} at '{path}'")),
        PathError::Invalid(why) => Failure::user(format!("'{path}' is no JsonPath: {why}")),
    }
}

fn failed(call: &Call<'_>, failure: Failure, mut record: Map) -> TaskResult {
    record.insert("error".to_owned(), failure.message.clone().into());
    let failure = with_answer(failure, &record);
    keep(call, TaskResult::terminal(failure), record)
}

/// The result with the answer as `webhook.monitor`, beside what the first call gave.
fn keep(call: &Call<'_>, result: TaskResult, record: Map) -> TaskResult {
    let mut webhook = reading::object(&call.stage.context, "webhook").cloned().unwrap_or_default();
    webhook.insert("monitor".to_owned(), record.into());
    result.with_context("webhook", webhook)
}
