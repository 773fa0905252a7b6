//! Puts a workload into traffic: its pods get the labels its services select.
//!
//! The services are those of the annotation `traffic.spinnaker.io/load-balancers`, which `deployManifest` writes with
//! `trafficManagement`, or `loadBalancers`.
//!
//! ```yaml
//! - name: Back to the old version
//!   type: enableManifest
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

/// The `enableManifest` stage.
pub(super) struct EnableManifest;

#[async_trait]
impl Stage for EnableManifest {
    fn kind(&self) -> &'static str {
        "enableManifest"
    }

    fn source(&self) -> &'static str {
        include_str!("enable_manifest.rs")
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
        ManifestDeed::Enable.preview(call, services).await
    }
}

const ACT: Acting = Acting {
    name: "enableManifest",
    look: |call, services| act_on_manifest(call, services, ManifestDeed::Enable).boxed(),
};
