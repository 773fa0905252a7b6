//! Deletes versions beyond `strategy.spinnaker.io/max-version-history`.

use futures_util::FutureExt;
use serde_json::Value;

use super::{Acting, still_serves};
use crate::engine::ports::{Call, TaskResult};
use crate::model::Failure;
use crate::providers::DeleteOptions;
use crate::stages::manifest::{Objects, recorded};
use crate::stages::{Services, reading};

const HISTORY: &str = "strategy.spinnaker.io/max-version-history";

/// Done when what the annotations of the deployed objects wish is so.
pub(crate) const CLEAN_UP_MANIFEST_VERSIONS: Acting =
    Acting { name: "cleanupArtifacts", look: |call, services| look(call, services).boxed() };

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
            if still_serves(call, &old) {
                call.progress(format!("{old} is kept until the next deployment: it has traffic still"));
                continue;
            }
            objects.announce(call, "deleteManifest", &old, format!("{HISTORY} keeps fewer versions")).await?;
            objects.manifests().delete(&old, DeleteOptions::default()).await?;
        }
    }
    Ok(TaskResult::succeeded())
}
