//! Deletes versions beyond `strategy.spinnaker.io/max-version-history`.

use async_trait::async_trait;
use serde_json::Value;

use super::{acting, patient, unreachable};
use crate::engine::ports::{Call, TaskPolicy, TaskResult};
use crate::model::Failure;
use crate::providers::DeleteOptions;
use crate::stages::manifest::{Objects, recorded};
use crate::stages::{Services, Task, reading};

const HISTORY: &str = "strategy.spinnaker.io/max-version-history";

/// Done when what the annotations of the deployed objects wish is so.
pub(crate) struct CleanUpManifestVersions;

#[async_trait]
impl Task for CleanUpManifestVersions {
    fn name(&self) -> &'static str {
        "cleanupArtifacts"
    }

    fn policy(&self) -> TaskPolicy {
        acting()
    }

    async fn run(&self, call: &Call<'_>, services: &Services) -> TaskResult {
        patient(call, look(call, services).await)
    }

    async fn timed_out(&self, call: &Call<'_>, services: &Services) -> Option<Failure> {
        unreachable(call, services).await
    }
}

async fn look(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let limited: Vec<&str> = reading::list(call.context, "outputs.manifests")
        .iter()
        .filter(|it| it.pointer("/metadata/annotations").is_some_and(|annotations| annotations.get(HISTORY).is_some()))
        .filter_map(|it| it.pointer("/metadata/name").and_then(Value::as_str))
        .collect();
    if limited.is_empty() {
        return Ok(TaskResult::succeeded());
    }
    let objects = Objects::of(call.context, services)?;
    for target in recorded(&objects, call.context).await? {
        if !limited.contains(&target.name.as_str()) {
            continue;
        }
        for old in objects.manifests().superseded(&target).await? {
            objects.announce(call, "deleteManifest", &old, format!("{HISTORY} keeps fewer versions")).await?;
            objects.manifests().delete(&old, DeleteOptions::default()).await?;
        }
    }
    Ok(TaskResult::succeeded())
}
