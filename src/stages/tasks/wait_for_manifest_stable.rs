//! Waits until what a stage deployed or changed is stable, saying what is missing; ends early when it cannot be.

use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};

use super::{acting, only_news, patient};
use crate::engine::ports::{Call, TaskPolicy, TaskResult};
use crate::model::{Failure, FailureKind, Unit};
use crate::providers::{ManifestRef, Settling, Stability};
use crate::stages::manifest::{Objects, recorded};
use crate::stages::{Services, Task, cloud, reading};

/// How long one look waits for news.
const LOOK: Duration = Duration::from_secs(60);
/// How long it may take in all.
const LIMIT: Duration = Duration::from_secs(30 * 60);
/// Objects whose failure is explained in full.
const EXPLAINED: usize = 3;
/// Context key: since when a rollout is hindered, epoch milliseconds.
const HINDERED: &str = "manifestsHinderedSince";

/// Context key of what was waited for and what failed, as Spinnaker words it.
const MESSAGES: &str = "messages";

/// Done when every object under `outputs.manifestNamesByNamespace` is stable.
pub(crate) struct WaitForManifestStable;

#[async_trait]
impl Task for WaitForManifestStable {
    fn name(&self) -> &'static str {
        "waitForManifestToStabilize"
    }

    fn policy(&self) -> TaskPolicy {
        // Longer than any limit a stage sets for itself: that is checked at each look.
        TaskPolicy { timeout: None, overridable: true, ..acting() }
    }

    async fn run(&self, call: &Call<'_>, services: &Services) -> TaskResult {
        patient(call, look(call, services).await)
    }

    async fn timed_out(&self, call: &Call<'_>, services: &Services) -> Option<Failure> {
        let objects = Objects::of(call.context, services).ok()?;
        let targets = recorded(&objects, call.context).await.ok()?;
        let seen = objects.manifests().settle(&targets, Duration::ZERO, &|_| {}).await.ok()?;
        Some(explained(&objects, &seen, "did not become stable in time").await.of_kind(FailureKind::Timeout))
    }
}

async fn look(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let objects = Objects::of(call.context, services)?;
    let targets = recorded(&objects, call.context).await?;
    if targets.is_empty() {
        return Ok(TaskResult::succeeded());
    }
    let tell = |seen: &[Settling]| call.progress(waiting_words(seen));
    let left = limit(call)?.map_or(LOOK, |limit| limit.saturating_sub(elapsed(call)));
    let waited = tokio::select! {
        waited = objects.manifests().settle(&targets, left.min(LOOK), &tell) => waited?,
        () = call.stop.cancelled() => return Ok(TaskResult::running()),
    };
    if waited.iter().all(|it| it.stability == Stability::Stable) {
        return Ok(ended(call, &objects, &waited, TaskResult::succeeded()).await);
    }
    if waited.iter().any(|it| matches!(it.stability, Stability::Failed(_))) {
        let failure = unstable(&waited, "cannot become stable");
        return Ok(ended(call, &objects, &waited, TaskResult::terminal(failure)).await);
    }
    hindered_or_waiting(call, &objects, &waited).await
}

/// The result with what Spinnaker leaves in the context (contract 3.6): which are stable, which failed and why; with
/// `includeEvents` the events about all of them.
async fn ended(call: &Call<'_>, objects: &Objects, waited: &[Settling], result: TaskResult) -> TaskResult {
    let is_failed = |it: &Stability| matches!(it, Stability::Failed(_) | Stability::Hindered(_));
    let mut messages = cloud::texts(call.context, MESSAGES);
    for it in waited {
        if let Stability::Failed(lines) | Stability::Hindered(lines) = &it.stability {
            messages.push(format!("{}: {}", identifier(objects, &it.target), lines.join("; ")));
        }
    }
    let mut result = result
        .with_context("stableManifests", named(waited, |it| matches!(it, Stability::Stable)))
        .with_context("failedManifests", named(waited, is_failed))
        .with_context(MESSAGES, messages);
    if reading::flag(call.context, "includeEvents") {
        let mut events = Vec::new();
        for it in waited {
            // Who may not read events goes without.
            events.extend(objects.manifests().events(&it.target).await.unwrap_or_default());
        }
        result = result.with_context("events", events);
    }
    result
}

/// An object as Spinnaker's messages name it.
fn identifier(objects: &Objects, target: &ManifestRef) -> String {
    format!("'{}' in '{}' for account {}", target.full_name(), target.namespace, objects.cloud.account)
}

/// The result with the messages that say what is waited for; they are recorded once.
fn waiting(call: &Call<'_>, objects: &Objects, waited: &[Settling], result: TaskResult) -> TaskResult {
    if call.context.contains_key(MESSAGES) {
        return result;
    }
    let message = |it: &Settling| format!("{}: waiting for manifest to stabilize", identifier(objects, &it.target));
    let left = waited.iter().filter(|it| it.stability != Stability::Stable);
    result.with_context(MESSAGES, left.map(message).collect::<Vec<_>>())
}

/// How long the task has been waiting.
fn elapsed(call: &Call<'_>) -> Duration {
    Duration::from_millis(call.now.saturating_sub(call.started).try_into().unwrap_or(0))
}

/// How long it may; the engine watches `stageTimeoutMs` itself.
fn limit(call: &Call<'_>) -> Result<Option<Duration>, Failure> {
    let own = reading::duration(call.context, "stableManifestTimeoutMinutes", Unit::Minutes)?;
    Ok(if call.context.contains_key("stageTimeoutMs") { own } else { Some(own.unwrap_or(LIMIT)) })
}

async fn hindered_or_waiting(call: &Call<'_>, objects: &Objects, waited: &[Settling]) -> Result<TaskResult, Failure> {
    call.progress(waiting_words(waited));
    if limit(call)?.is_some_and(|limit| elapsed(call) >= limit) {
        let failure = explained(objects, waited, "did not become stable in time").await.of_kind(FailureKind::Timeout);
        return Ok(ended(call, objects, waited, TaskResult::terminal(failure)).await);
    }
    let since = reading::integer(call.context, HINDERED);
    if !waited.iter().any(|it| matches!(it.stability, Stability::Hindered(_))) {
        let again = waiting(call, objects, waited, TaskResult::running().retry_in(Duration::from_millis(10)));
        return Ok(if since.is_some_and(|since| since > 0) { again.with_context(HINDERED, 0) } else { again });
    }
    let tolerance = objects.manifests().tolerance();
    let began = since.filter(|since| *since > 0).unwrap_or(call.now);
    if call.now.saturating_sub(began) >= reading::millis(tolerance) {
        let failure = explained(objects, waited, "is hindered and does not come up")
            .await
            .detail(format!("waited {} s for it to heal: 'rolloutTolerance' of the account", tolerance.as_secs()));
        return Ok(ended(call, objects, waited, TaskResult::terminal(failure)).await);
    }
    let again = TaskResult::running().retry_in(Duration::from_secs(1)).with_context(HINDERED, began);
    Ok(only_news(call, waiting(call, objects, waited, again)))
}

fn named(seen: &[Settling], is: impl Fn(&Stability) -> bool) -> Vec<Value> {
    let name = |target: &ManifestRef| json!({"manifestName": target.full_name(), "location": target.namespace});
    seen.iter().filter(|it| is(&it.stability)).map(|it| name(&it.target)).collect()
}

/// What is waited for, the first of them in words.
fn waiting_words(seen: &[Settling]) -> String {
    let left: Vec<&Settling> = seen.iter().filter(|it| it.stability != Stability::Stable).collect();
    let Some(first) = left.first() else { return "everything is stable".into() };
    let words = match &first.stability {
        Stability::Stable => String::new(),
        Stability::Waiting(message) => message.clone(),
        Stability::Paused => "its rollout is paused".into(),
        // The first line says how many are missing, the second why.
        Stability::Hindered(lines) | Stability::Failed(lines) => {
            lines.get(1).or(lines.first()).cloned().unwrap_or_default()
        }
    };
    match left.len() {
        1 => format!("{}: {words}", first.target),
        several => format!("{} of {} stable; {}: {words}", seen.len() - several, seen.len(), first.target),
    }
}

/// The failure of objects that are not stable, with all that can be said about the first of them.
async fn explained(objects: &Objects, seen: &[Settling], what: &str) -> Failure {
    let mut failure = unstable(seen, what);
    for it in seen.iter().filter(|it| it.stability != Stability::Stable).take(EXPLAINED) {
        let known = failure.details.join("\n");
        let more = objects.manifests().explain(&it.target).await;
        failure.details.extend(more.into_iter().filter(|line| !known.contains(line.as_str())));
    }
    failure
}

/// The failure of objects that are not stable: lines for each, the hopeless ones first.
fn unstable(seen: &[Settling], what: &str) -> Failure {
    let order = |stability: &Stability| match stability {
        Stability::Failed(_) => 0,
        Stability::Hindered(_) => 1,
        Stability::Waiting(_) | Stability::Paused => 2,
        Stability::Stable => 3,
    };
    let mut left: Vec<&Settling> = seen.iter().filter(|it| it.stability != Stability::Stable).collect();
    left.sort_by_key(|it| order(&it.stability));
    let names: Vec<String> = left.first().map(|it| it.target.to_string()).into_iter().collect();
    let more = if left.len() > 1 { format!(" and {} more", left.len() - 1) } else { String::new() };
    let mut failure = Failure::new(format!("{}{more} {what}", names.join(", ")));
    for it in left {
        match &it.stability {
            Stability::Failed(lines) | Stability::Hindered(lines) => {
                failure.details.extend(lines.iter().map(|line| format!("{}: {line}", it.target)));
            }
            Stability::Waiting(message) => failure.details.push(format!("{}: {message}", it.target)),
            Stability::Paused => failure.details.push(format!("{}: its rollout is paused", it.target)),
            Stability::Stable => {}
        }
    }
    failure
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_said_the_hopeless_first() {
        let of = |name: &str, stability| Settling {
            target: ManifestRef { kind: "deployment".into(), name: name.into(), namespace: "prod".into() },
            stability,
        };
        let seen = [
            of("a", Stability::Stable),
            of("b", Stability::Waiting("1 of 2".into())),
            of("c", Stability::Failed(vec!["deadline".into(), "image".into()])),
        ];
        let failure = unstable(&seen, "cannot become stable");
        assert_eq!(failure.message, "deployment c in prod and 1 more cannot become stable");
        assert_eq!(failure.details[0], "deployment c in prod: deadline");
        assert_eq!(waiting_words(&seen[..2]), "deployment b in prod: 1 of 2");
    }
}
