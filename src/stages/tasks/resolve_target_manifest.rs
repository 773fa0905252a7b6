//! Finds the object a stage works on, once: what its criteria choose is recorded before it is changed.

use futures_util::FutureExt;

use super::Acting;
use crate::engine::ports::{Call, TaskResult};
use crate::model::Failure;
use crate::stages::manifest::Objects;
use crate::stages::{Services, manifest_target};

/// Gives `manifestName`, in context and outputs.
pub(crate) const RESOLVE_TARGET_MANIFEST: Acting =
    Acting { name: "resolveTargetManifest", look: |call, services| look(call, services).boxed() };

async fn look(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    if !manifest_target::is_dynamic(call.context) {
        return Ok(TaskResult::succeeded());
    }
    let objects = Objects::of(call.context, services)?;
    let targets = manifest_target::resolve(call, &objects).await?;
    let name = targets.first().map(|it| it.full_name()).unwrap_or_default();
    let location = targets.first().map(|it| it.namespace.clone()).unwrap_or_default();
    Ok(TaskResult::succeeded()
        .with_context("manifestName", name.clone())
        .with_context(manifest_target::RESOLVED, name.clone())
        .with_context("location", location)
        .with_output("manifestName", name))
}
