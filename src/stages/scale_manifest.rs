//! Sets the number of replicas of an object, and waits until it is stable.
//!
//! The object is named (`manifestName: deployment hello`), or chosen from its cluster when the stage runs
//! (`mode: dynamic` with `cluster`, `kind` and `criteria`).
//!
//! ```yaml
//! - name: More replicas
//!   type: scaleManifest
//!   account: prod
//!   location: shop
//!   manifestName: deployment frontend
//!   replicas: 5
//! ```

use async_trait::async_trait;

use super::manifest::{self, Objects};
use super::tasks::{ManifestDeed, ResolveTargetManifest, WaitForManifestStable, act_on_manifest, acting, patient};
use super::{Services, Stage, Task, manifest_target, reading};
use crate::engine::ports::{Call, TaskPolicy, TaskResult};
use crate::model::{Failure, Field, Map, Shape, optional};

/// The `scaleManifest` stage.
pub(super) struct ScaleManifest;

const FIELDS: &[Field] = &[
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
    optional("replicas", Shape::Integer, "number of replicas"),
];

#[async_trait]
impl Stage for ScaleManifest {
    fn kind(&self) -> &'static str {
        "scaleManifest"
    }

    fn source(&self) -> &'static str {
        include_str!("scale_manifest.rs")
    }

    fn fields(&self) -> &'static [Field] {
        FIELDS
    }

    fn tasks(&self) -> &'static [&'static dyn Task] {
        &[&ResolveTargetManifest, &Act, &WaitForManifestStable]
    }

    async fn preview(&self, call: &Call<'_>, services: &Services) -> Result<Vec<String>, Failure> {
        let objects = Objects::of(call.context, services)?;
        let deed = ManifestDeed::Scale(replicas(call.context)?);
        let targets = manifest_target::resolve(call, &objects).await?;
        Ok(targets.iter().map(|target| deed.words(target)).collect())
    }
}

struct Act;

#[async_trait]
impl Task for Act {
    fn name(&self) -> &'static str {
        "scaleManifest"
    }

    fn policy(&self) -> TaskPolicy {
        acting()
    }

    async fn run(&self, call: &Call<'_>, services: &Services) -> TaskResult {
        let looked = async { act_on_manifest(call, services, ManifestDeed::Scale(replicas(call.context)?)).await };
        patient(call, looked.await)
    }
}

/// The number a stage wishes.
fn replicas(context: &Map) -> Result<u32, Failure> {
    let wished = reading::integer(context, "replicas").and_then(|wished| u32::try_from(wished).ok());
    wished.ok_or_else(|| match context.get("replicas") {
        Some(other) => Failure::user(format!("'replicas' is {other}, which is no number of replicas")),
        None => Failure::user("the stage says no number of 'replicas'"),
    })
}
