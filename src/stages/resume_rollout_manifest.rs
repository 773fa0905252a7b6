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
use futures_util::FutureExt;

use super::tasks::{Acting, ManifestDeed, RESOLVE_TARGET_MANIFEST, WaitForManifestStable, act_on_manifest};
use super::{Need, Services, Stage, Task, manifest_target, needs};
use crate::engine::ports::Call;
use crate::model::{Failure, Field};

/// The `resumeRolloutManifest` stage.
pub(super) struct ResumeRolloutManifest;

#[async_trait]
impl Stage for ResumeRolloutManifest {
    fn kind(&self) -> &'static str {
        "resumeRolloutManifest"
    }

    fn source(&self) -> &'static str {
        include_str!("resume_rollout_manifest.rs")
    }

    fn fields(&self) -> &'static [Field] {
        &manifest_target::TARGET
    }

    fn tasks(&self) -> &'static [&'static dyn Task] {
        &[&RESOLVE_TARGET_MANIFEST, &ACT, &WaitForManifestStable]
    }

    fn forget_on_restart(&self) -> &'static [&'static str] {
        &[manifest_target::RESOLVED]
    }

    async fn needs(&self, call: &Call<'_>, services: &Services) -> Result<Vec<Need>, Failure> {
        needs::of_target(call, services, &["get", "patch"], &[]).await
    }

    async fn preview(&self, call: &Call<'_>, services: &Services) -> Result<Vec<String>, Failure> {
        ManifestDeed::Resume.preview(call, services).await
    }
}

const ACT: Acting = Acting {
    name: "resumeRolloutManifest",
    look: |call, services| act_on_manifest(call, services, ManifestDeed::Resume).boxed(),
};
