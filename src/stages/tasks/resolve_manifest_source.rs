//! Reads the manifests a stage deploys and the artifacts it may put into them.

use futures_util::FutureExt;

use super::Acting;
use crate::artifacts;
use crate::engine::ports::{Call, TaskResult};
use crate::model::Failure;
use crate::stages::manifest::{Objects, values};
use crate::stages::{Services, manifest_source};

/// Gives `manifests`, `requiredArtifacts` and `optionalArtifacts`, in context and outputs.
pub(crate) const RESOLVE_MANIFEST_SOURCE: Acting =
    Acting { name: "resolveDeploySourceManifest", look: |call, services| look(call, services).boxed() };

async fn look(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let objects = Objects::of(call.context, services)?;
    let source = manifest_source::read(call, services, &objects).await?;
    let required = values(&manifest_source::required(call)?);
    let optional = values(&artifacts::visible(call.execution, call.stage, call.context)?);
    let mut result = TaskResult::succeeded()
        .with_context("manifests", source.recorded.clone())
        .with_context("requiredArtifacts", required.clone())
        .with_context("optionalArtifacts", optional.clone());
    // What is put out is seen by everybody: no word of a secret, not even as it is written in the stage.
    let shown: Vec<_> = source.manifests.iter().map(|it| objects.manifests().without_secrets(it)).collect();
    result = result
        .with_output("manifests", shown)
        .with_output("requiredArtifacts", required)
        .with_output("optionalArtifacts", optional);
    Ok(source.problems.record(call, result))
}
