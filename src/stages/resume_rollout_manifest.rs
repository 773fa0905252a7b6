//! Lets a paused rollout of a deployment go on, and waits until it is stable.
//!
//! ```yaml
//! - name: Go on
//!   type: resumeRolloutManifest
//!   account: prod
//!   location: shop
//!   manifestName: deployment frontend
//! ```

use async_trait::async_trait;

use super::manifest::{self, Objects};
use super::tasks::{ManifestDeed, ResolveTargetManifest, WaitForManifestStable, act_on_manifest, acting, patient};
use super::{Services, Stage, Task, manifest_target};
use crate::engine::ports::{Call, TaskPolicy, TaskResult};
use crate::model::{Failure, Field};

/// The `resumeRolloutManifest` stage.
pub(super) struct ResumeRolloutManifest;

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
];

#[async_trait]
impl Stage for ResumeRolloutManifest {
    fn kind(&self) -> &'static str {
        "resumeRolloutManifest"
    }

    fn source(&self) -> &'static str {
        include_str!("resume_rollout_manifest.rs")
    }

    fn fields(&self) -> &'static [Field] {
        FIELDS
    }

    fn tasks(&self) -> &'static [&'static dyn Task] {
        &[&ResolveTargetManifest, &Act, &WaitForManifestStable]
    }

    async fn preview(&self, call: &Call<'_>, services: &Services) -> Result<Vec<String>, Failure> {
        let objects = Objects::of(call.context, services)?;
        let deed = ManifestDeed::Resume;
        let targets = manifest_target::resolve(call, &objects).await?;
        Ok(targets.iter().map(|target| deed.words(target)).collect())
    }
}

struct Act;

#[async_trait]
impl Task for Act {
    fn name(&self) -> &'static str {
        "resumeRolloutManifest"
    }

    fn policy(&self) -> TaskPolicy {
        acting()
    }

    async fn run(&self, call: &Call<'_>, services: &Services) -> TaskResult {
        let looked = async { act_on_manifest(call, services, ManifestDeed::Resume).await };
        patient(call, looked.await)
    }
}
