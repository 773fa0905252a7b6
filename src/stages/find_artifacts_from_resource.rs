//! Reads an object of a cluster, and the artifacts it is made of: images, config maps, secrets.
//!
//! Later stages see the object as `manifest` (`${#stage('Look').context.manifest.spec.replicas}`) and its artifacts under
//! `artifacts`; those that `expectedArtifacts` match are bound. What a secret holds is left out.
//!
//! ```yaml
//! - name: Look
//!   type: findArtifactsFromResource
//!   account: staging
//!   location: shop
//!   manifestName: deployment frontend
//! ```

use async_trait::async_trait;
use futures_util::FutureExt;

use super::manifest::{self, Objects, values};
use super::tasks::{Acting, BindProducedArtifacts, RESOLVE_TARGET_MANIFEST, bound_ahead};
use super::{Need, Services, Stage, Task, manifest_target, needs};
use crate::engine::ports::{Call, TaskResult};
use crate::model::{Failure, Field};

/// The `findArtifactsFromResource` stage.
pub(super) struct FindArtifactsFromResource;

#[async_trait]
impl Stage for FindArtifactsFromResource {
    fn kind(&self) -> &'static str {
        "findArtifactsFromResource"
    }

    fn aliases(&self) -> &'static [&'static str] {
        &["findArtifactFromResource"]
    }

    fn source(&self) -> &'static str {
        include_str!("find_artifacts_from_resource.rs")
    }

    fn fields(&self) -> &'static [Field] {
        &[
            manifest::ACCOUNT,
            manifest_target::APP,
            manifest::CLOUD_PROVIDER,
            manifest_target::CLUSTER,
            manifest::CREDENTIALS,
            manifest_target::CRITERIA_FIELD,
            manifest::EXPECTED_ARTIFACTS,
            manifest_target::KIND,
            manifest_target::LOCATION,
            manifest_target::MANIFEST_NAME,
            manifest_target::MODE,
            manifest::MONIKER,
        ]
    }

    async fn needs(&self, call: &Call<'_>, services: &Services) -> Result<Vec<Need>, Failure> {
        needs::of_target(call, services, &["get"], &[]).await
    }

    fn tasks(&self) -> &'static [&'static dyn Task] {
        &[&RESOLVE_TARGET_MANIFEST, &LOOK, &BindProducedArtifacts]
    }

    fn forget_on_restart(&self) -> &'static [&'static str] {
        &[manifest_target::RESOLVED]
    }

    async fn foretell(&self, call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
        bound_ahead(call, look(call, services).await?)
    }
}

const LOOK: Acting = Acting { name: "findArtifactsFromResource", look: |call, services| look(call, services).boxed() };

async fn look(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let objects = Objects::of(call.context, services)?;
    let targets = manifest_target::resolve(call, &objects).await?;
    let target = targets.first().ok_or_else(|| Failure::new("the stage names no object"))?;
    let object = objects.manifests().get(target).await?;
    let object = object
        .ok_or_else(|| Failure::new(format!("{target} does not exist in account '{}'", objects.cloud.account)))?;
    let artifacts = values(&objects.manifests().artifacts_of(&object));
    Ok(TaskResult::succeeded()
        .with_context("manifest", object.clone())
        .with_output("manifest", object)
        .with_context("artifacts", artifacts.clone())
        .with_output("artifacts", artifacts))
}
