//! Restarts the pods of a deployment, daemonSet or statefulSet one after the other, as `kubectl rollout restart` does.
//!
//! It does not wait until they are up again; follow it with a stage that does where that matters.
//!
//! ```yaml
//! - name: Pick up the new certificate
//!   type: rollingRestartManifest
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

/// The `rollingRestartManifest` stage.
pub(super) struct RollingRestartManifest;

#[async_trait]
impl Stage for RollingRestartManifest {
    fn kind(&self) -> &'static str {
        "rollingRestartManifest"
    }

    fn source(&self) -> &'static str {
        include_str!("rolling_restart_manifest.rs")
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
        needs::of_target(call, services, &["get", "patch"], &[("pod", &["list"]), ("event", &["list"])]).await
    }

    async fn preview(&self, call: &Call<'_>, services: &Services) -> Result<Vec<String>, Failure> {
        ManifestDeed::Restart(moment(call)).preview(call, services).await
    }
}

const ACT: Acting = Acting {
    name: "rollingRestartManifest",
    look: |call, services| act_on_manifest(call, services, ManifestDeed::Restart(moment(call))).boxed(),
};

/// When the stage began: a restart that is asked for twice is the same restart.
fn moment(call: &Call<'_>) -> String {
    let millis = call.stage.start_time.unwrap_or(call.started);
    jiff::Timestamp::from_millisecond(millis).unwrap_or_default().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
