//! Takes a workload out of traffic: its pods lose the labels its services select, and keep running.
//!
//! The services are those of the annotation `traffic.spinnaker.io/load-balancers`, which `deployManifest` writes with
//! `trafficManagement`, or `loadBalancers`.
//!
//! ```yaml
//! - name: Take the old version out
//!   type: disableManifest
//!   account: prod
//!   location: shop
//!   mode: dynamic
//!   cluster: replicaSet frontend
//!   kind: replicaSet
//!   criteria: second_newest
//! ```

use async_trait::async_trait;
use futures_util::FutureExt;

use super::tasks::{Acting, ManifestDeed, RESOLVE_TARGET_MANIFEST, act_on_manifest};
use super::{Need, Services, Stage, Task, manifest_target, needs};
use crate::engine::ports::Call;
use crate::model::{Failure, Field};

/// The `disableManifest` stage.
pub(super) struct DisableManifest;

#[async_trait]
impl Stage for DisableManifest {
    fn kind(&self) -> &'static str {
        "disableManifest"
    }

    fn source(&self) -> &'static str {
        include_str!("disable_manifest.rs")
    }

    fn fields(&self) -> &'static [Field] {
        &manifest_target::IN_TRAFFIC
    }

    fn tasks(&self) -> &'static [&'static dyn Task] {
        &[&RESOLVE_TARGET_MANIFEST, &ACT]
    }

    fn forget_on_restart(&self) -> &'static [&'static str] {
        &[manifest_target::RESOLVED]
    }

    async fn needs(&self, call: &Call<'_>, services: &Services) -> Result<Vec<Need>, Failure> {
        needs::of_target(call, services, &["get", "patch"], &[("service", &["get"]), ("pod", &["list", "patch"])]).await
    }

    async fn preview(&self, call: &Call<'_>, services: &Services) -> Result<Vec<String>, Failure> {
        ManifestDeed::Disable.preview(call, services).await
    }
}

const ACT: Acting = Acting {
    name: "disableManifest",
    look: |call, services| act_on_manifest(call, services, ManifestDeed::Disable).boxed(),
};
