//! Holds the rollout of a deployment: changes of it wait until it is resumed.
//!
//! ```yaml
//! - name: Hold
//!   type: pauseRolloutManifest
//!   account: prod
//!   location: shop
//!   manifestName: deployment frontend
//! ```

use async_trait::async_trait;
use futures_util::FutureExt;

use super::tasks::{Acting, ManifestDeed, RESOLVE_TARGET_MANIFEST, act_on_manifest};
use super::{Need, Services, Stage, Task, manifest_target, needs};
use crate::engine::ports::Call;
use crate::model::{Failure, Field};

/// The `pauseRolloutManifest` stage.
pub(super) struct PauseRolloutManifest;

#[async_trait]
impl Stage for PauseRolloutManifest {
    fn kind(&self) -> &'static str {
        "pauseRolloutManifest"
    }

    fn source(&self) -> &'static str {
        include_str!("pause_rollout_manifest.rs")
    }

    fn fields(&self) -> &'static [Field] {
        &manifest_target::TARGET
    }

    fn tasks(&self) -> &'static [&'static dyn Task] {
        &[&RESOLVE_TARGET_MANIFEST, &ACT]
    }

    fn forget_on_restart(&self) -> &'static [&'static str] {
        &[manifest_target::RESOLVED]
    }

    async fn needs(&self, call: &Call<'_>, services: &Services) -> Result<Vec<Need>, Failure> {
        needs::of_target(call, services, &["get", "patch"], &[]).await
    }

    async fn preview(&self, call: &Call<'_>, services: &Services) -> Result<Vec<String>, Failure> {
        ManifestDeed::Pause.preview(call, services).await
    }
}

const ACT: Acting = Acting {
    name: "pauseRolloutManifest",
    look: |call, services| act_on_manifest(call, services, ManifestDeed::Pause).boxed(),
};
