//! Starts a job, follows it to its end, and takes over what it leaves behind.

use std::ops::ControlFlow;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::FutureExt;
use serde_json::{Value, json};

use super::choose_manifest_versions::description;
use super::deploy_manifest::deployed;
use super::{Acting, acting, patient};
use crate::artifacts;
use crate::engine::ports::{Call, TaskPolicy, TaskResult};
use crate::model::{Failure, Map};
use crate::providers::{AppliedManifest, DeleteOptions, JobState, ManifestDeploy, ManifestRef, PreparedManifest};
use crate::stages::manifest::{self, Objects, names_by_namespace};
use crate::stages::{Services, Task, manifest_source, properties, reading};

/// Annotation that says which stage made a job: one found under its name is known by it.
const OWNER: &str = "job.gennaker.io/stage";
/// Context key of the time of the last log line that was shown.
const AFTER: &str = "jobLogAfter";
/// How long one look waits for news of a job.
const LOOK: Duration = Duration::from_secs(2);
const PROPERTY: &str = "SPINNAKER_PROPERTY_";
const CONFIG: &str = "SPINNAKER_CONFIG_JSON=";

/// The job a stage runs.
pub(crate) fn job_target(context: &Map) -> Option<ManifestRef> {
    let (namespace, names) = reading::object(context, "deploy.jobs")?.iter().next()?;
    let name = names.as_array()?.first()?.as_str()?;
    let (kind, name) = name.split_once(' ')?;
    Some(ManifestRef { kind: kind.into(), name: name.into(), namespace: namespace.clone() })
}

/// Creates the job, or finds that an earlier look has.
pub(crate) const START_JOB: Acting = Acting { name: "runJob", look: |call, services| start(call, services).boxed() };

async fn start(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let objects = Objects::of(call.context, services)?;
    let mut manifests = manifest_source::resolved(call, services, &objects).await?;
    let [job] = manifests.as_mut_slice() else {
        return Err(Failure::user(format!("the stage runs one job, but has {} manifests", manifests.len()))
            .detail("deploy the others with a 'deployManifest' stage before it"));
    };
    only_jobs(job)?;
    let annotations = &mut job["metadata"]["annotations"];
    if annotations.is_null() {
        *annotations = json!({});
    }
    annotations[OWNER] = call.stage.id.clone().into();
    let deploy = ManifestDeploy { application: manifest::application_of_job(call), ..description(call, manifests)? };
    let prepared = objects.manifests().prepare(&deploy).await?;
    let job = prepared.first().ok_or_else(|| Failure::new("the stage runs no job"))?;
    match make(call, &objects, job).await? {
        ControlFlow::Break(waiting) => Ok(waiting),
        ControlFlow::Continue(live) => {
            let names = names_by_namespace(std::slice::from_ref(&job.target));
            Ok(deployed(call, &objects, "runJob", &prepared, vec![live]).with_context("deploy.jobs", names))
        }
    }
}

/// Refuses what is no job: nothing else ends.
pub(crate) fn only_jobs(manifest: &Value) -> Result<(), Failure> {
    let text = |key: &str| manifest.get(key).and_then(Value::as_str).unwrap_or_default();
    if text("kind").eq_ignore_ascii_case("job") && text("apiVersion").starts_with("batch/") {
        return Ok(());
    }
    Err(Failure::user(format!("the stage runs a job, but its manifest is a {}", text("kind")))
        .detail("write a manifest of apiVersion batch/v1 and kind Job, or deploy it with a 'deployManifest' stage"))
}

/// Creates it and gives it as it is then; the result to give back while a job of its name is on its way out.
async fn make(
    call: &Call<'_>,
    objects: &Objects,
    prepared: &PreparedManifest,
) -> Result<ControlFlow<TaskResult, AppliedManifest>, Failure> {
    let target = &prepared.target;
    if let Some(there) = objects.manifests().get(target).await? {
        let owner = there.pointer("/metadata/annotations").and_then(|it| it.get(OWNER));
        if owner.and_then(Value::as_str) == Some(call.stage.id.as_str()) {
            return Ok(ControlFlow::Continue(AppliedManifest { object: there, ..AppliedManifest::default() }));
        }
        let deleted = there.pointer("/metadata/deletionTimestamp").is_some();
        if !deleted {
            let state = objects.manifests().job(target, Duration::ZERO).await?;
            if state.is_some_and(|state| state.succeeded.is_none()) {
                return Err(Failure::new(format!("{target} runs already, started by somebody else"))
                    .detail("give the job a generateName, so that each run has a name of its own"));
            }
            objects.announce(call, "deleteManifest", target, "it has ended and gives its name to a new one").await?;
            objects.manifests().delete(target, DeleteOptions::default()).await?;
        }
        let left = objects.manifests().wait_gone(std::slice::from_ref(target), LOOK).await?;
        if !left.is_empty() {
            call.progress(format!("{target} of an earlier run is not gone yet"));
            return Ok(ControlFlow::Break(objects.cloud.look_again()));
        }
    }
    objects.announce(call, "runJob", target, "").await?;
    let sent = objects.manifests().apply(prepared).await.map_err(|error| objects.refused(target, error))?;
    Ok(ControlFlow::Continue(sent))
}

/// Shows what the job writes until it has ended.
pub(crate) struct MonitorJob;

#[async_trait]
impl Task for MonitorJob {
    fn name(&self) -> &'static str {
        "waitOnJobCompletion"
    }

    fn policy(&self) -> TaskPolicy {
        let limit = Duration::from_secs(2 * 60 * 60);
        TaskPolicy { timeout: Some(limit), overridable: true, ..acting() }
    }

    async fn run(&self, call: &Call<'_>, services: &Services) -> TaskResult {
        patient(call, monitor(call, services).await)
    }

    async fn timed_out(&self, call: &Call<'_>, services: &Services) -> Option<Failure> {
        let objects = Objects::of(call.context, services).ok()?;
        let target = job_target(call.context)?;
        let state = objects.manifests().job(&target, Duration::ZERO).await.ok()??;
        let failure = Failure::new(format!("{target} did not end in time"));
        Some(state.reasons.into_iter().fold(failure, Failure::detail))
    }
}

async fn monitor(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let objects = Objects::of(call.context, services)?;
    let target = job_target(call.context)
        .ok_or_else(|| Failure::new("the stage has started no job").detail("restart the stage"))?;
    let looked = tokio::select! {
        looked = objects.manifests().job(&target, LOOK) => looked?,
        () = call.stop.cancelled() => return Ok(TaskResult::running()),
    };
    let Some(state) = looked else {
        return Err(Failure::new(format!("{target} is gone")).detail("somebody deleted it while it ran"));
    };
    let after = show(call, &objects, &target, &state).await;
    let mut result = match state.succeeded {
        None => {
            call.progress(state.reasons.last().cloned().unwrap_or_else(|| format!("{target} runs")));
            TaskResult::running().retry_in(Duration::from_millis(10))
        }
        Some(true) => TaskResult::succeeded(),
        Some(false) => {
            let failure = Failure::new(format!("{target} failed"));
            let failed = TaskResult::terminal(state.reasons.iter().cloned().fold(failure, Failure::detail));
            // What it said before it failed is of use; that it said nothing is not why it failed.
            match logged(call, services).await {
                Ok(Some(read)) => with_properties(call, failed, read),
                Ok(None) | Err(_) => failed,
            }
        }
    };
    if state.succeeded.is_some() {
        let completion = state.status.get("completionDetails").cloned().unwrap_or_default();
        for (key, value) in [("jobStatus", Value::Object(state.status.clone())), ("completionDetails", completion)] {
            if !reading::flag(call.context, "noOutput") {
                result = result.with_output(key, value.clone());
            }
            result = result.with_context(key, value);
        }
        if let Some(logs) = &state.logs {
            result = result.with_context("execution.logs", logs.clone());
        }
    }
    Ok(match after {
        Some(after) if reading::text(call.context, AFTER).as_deref() != Some(&after) => {
            result.with_context(AFTER, after)
        }
        _ => result,
    })
}

/// Shows new lines of the job's first container; the time of the last.
async fn show(call: &Call<'_>, objects: &Objects, target: &ManifestRef, state: &JobState) -> Option<String> {
    let (pod, container) = (state.pod.as_ref()?, state.containers.first()?);
    let after = reading::filled(call.context, AFTER);
    // A container that does not run yet has no log; one that cannot be read takes nothing from the job.
    let part = objects.manifests().log(&target.namespace, pod, container, after.as_deref()).await.ok()?;
    part.lines.into_iter().for_each(|line| call.recorder.output(line));
    part.after
}

/// Makes outputs of what the job left behind.
pub(crate) const CONSUME_JOB_OUTPUT: Acting =
    Acting { name: "consumeArtifact", look: |call, services| consume(call, services).boxed() };

async fn consume(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let source = reading::filled(call.context, "consumeArtifactSource");
    let of_artifact = source.is_some_and(|source| source.eq_ignore_ascii_case("artifact"));
    let mut read = logged(call, services).await?;
    if of_artifact {
        let keys = ("consumeArtifactId", "consumeArtifact");
        let artifact = artifacts::consumed(call.execution, call.stage, call.context, keys)?;
        let mut artifact = artifact.ok_or_else(|| Failure::user("the stage consumes an artifact, but names none"))?;
        if let Some(account) = reading::filled(call.context, "consumeArtifactAccount") {
            artifact.artifact_account.get_or_insert(account);
        }
        let bytes = services.artifacts.fetch(&artifact).await?;
        let more = properties::read("artifact.yaml", &String::from_utf8_lossy(&bytes))?;
        read.get_or_insert_default().extend(more);
    }
    Ok(match read {
        Some(read) => with_properties(call, TaskResult::succeeded(), read),
        None => TaskResult::succeeded(),
    })
}

fn with_properties(call: &Call<'_>, result: TaskResult, read: Map) -> TaskResult {
    let mut result = result.with_context("propertyFileContents", read.clone());
    if !reading::flag(call.context, "noOutput") {
        result = result.with_output("propertyFileContents", read.clone());
        result.outputs.extend(read.clone());
    }
    result.context.extend(read);
    result
}

/// The properties in the log of the container that `propertyFile` names; `None` when it names none.
async fn logged(call: &Call<'_>, services: &Services) -> Result<Option<Map>, Failure> {
    let Some(container) = reading::filled(call.context, "propertyFile") else { return Ok(None) };
    let objects = Objects::of(call.context, services)?;
    let target = job_target(call.context).ok_or_else(|| Failure::new("the stage has started no job"))?;
    let state = objects.manifests().job(&target, Duration::ZERO).await?;
    let pod = state.as_ref().and_then(|state| state.pod.clone());
    let pod = pod.ok_or_else(|| Failure::new(format!("{target} has no pod left whose log could be read")))?;
    let known = state.map(|state| state.containers).unwrap_or_default();
    if !known.contains(&container) {
        return Err(Failure::user(format!("'propertyFile' names container '{container}', which {target} has not"))
            .detail(format!("its containers: {}", known.join(", "))));
    }
    let part = objects.manifests().log(&target.namespace, &pod, &container, None).await?;
    let found = found(&part.lines)?;
    if found.is_empty() {
        return Err(Failure::new(format!("container {container} of {target} wrote no properties"))
            .detail(format!("it writes them as {PROPERTY}NAME=value or {CONFIG}{{…}}")));
    }
    Ok(Some(found))
}

fn found(lines: &[String]) -> Result<Map, Failure> {
    let mut found = Map::new();
    for line in lines {
        if let Some(json) = line.trim_start().strip_prefix(CONFIG) {
            let read: Map = serde_json::from_str(json).map_err(|wrong| {
                Failure::user(format!("what follows {CONFIG} in the job's log is no JSON object: {wrong}"))
            })?;
            found.extend(read);
        } else if let Some((key, value)) = line.split_once(PROPERTY).and_then(|(_, rest)| rest.split_once('=')) {
            let (key, value) = (key.trim().to_lowercase(), value.trim());
            if !key.is_empty() && !value.is_empty() {
                found.insert(key, value.into());
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties_are_found_in_a_log() {
        let lines =
            ["hello", "SPINNAKER_PROPERTY_Version=1.2=3", "SPINNAKER_CONFIG_JSON={\"a\": [1]}"].map(str::to_owned);
        assert_eq!(Value::Object(found(&lines).unwrap()), json!({"version": "1.2=3", "a": [1]}));
        assert!(found(&["SPINNAKER_CONFIG_JSON=[".to_owned()]).is_err());
        let odd = [
            "SPINNAKER_PROPERTY_A = b ",
            "SPINNAKER_PROPERTY_EMPTY=",
            "say SPINNAKER_CONFIG_JSON=[",
            "  SPINNAKER_CONFIG_JSON={}",
        ];
        assert_eq!(Value::Object(found(&odd.map(str::to_owned)).unwrap()), json!({"a": "b"}));
    }
}
