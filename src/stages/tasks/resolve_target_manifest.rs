//! Finds the object a stage works on, once: what its criteria choose is recorded before it is changed.

use async_trait::async_trait;

use super::{acting, patient};
use crate::engine::ports::{Call, TaskPolicy, TaskResult};
use crate::model::Failure;
use crate::stages::manifest::Objects;
use crate::stages::{Services, Task, manifest_target};

/// Gives `manifestName`, in context and outputs.
pub(crate) struct ResolveTargetManifest;

#[async_trait]
impl Task for ResolveTargetManifest {
    fn name(&self) -> &'static str {
        "resolveTargetManifest"
    }

    fn policy(&self) -> TaskPolicy {
        acting()
    }

    async fn run(&self, call: &Call<'_>, services: &Services) -> TaskResult {
        patient(call, look(call, services).await)
    }
}

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
