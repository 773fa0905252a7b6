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

use super::manifest::{self, Objects};
use super::tasks::{ManifestDeed, ResolveTargetManifest, act_on_manifest, acting, patient};
use super::{Services, Stage, Task, manifest_target};
use crate::engine::ports::{Call, TaskPolicy, TaskResult};
use crate::model::{Failure, Field};

/// The `rollingRestartManifest` stage.
pub(super) struct RollingRestartManifest;

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
impl Stage for RollingRestartManifest {
    fn kind(&self) -> &'static str {
        "rollingRestartManifest"
    }

    fn source(&self) -> &'static str {
        include_str!("rolling_restart_manifest.rs")
    }

    fn fields(&self) -> &'static [Field] {
        FIELDS
    }

    fn tasks(&self) -> &'static [&'static dyn Task] {
        &[&ResolveTargetManifest, &Act]
    }

    async fn preview(&self, call: &Call<'_>, services: &Services) -> Result<Vec<String>, Failure> {
        let objects = Objects::of(call.context, services)?;
        let deed = ManifestDeed::Restart(moment(call));
        let targets = manifest_target::resolve(call, &objects).await?;
        Ok(targets.iter().map(|target| deed.words(target)).collect())
    }
}

struct Act;

#[async_trait]
impl Task for Act {
    fn name(&self) -> &'static str {
        "rollingRestartManifest"
    }

    fn policy(&self) -> TaskPolicy {
        acting()
    }

    async fn run(&self, call: &Call<'_>, services: &Services) -> TaskResult {
        let looked = async { act_on_manifest(call, services, ManifestDeed::Restart(moment(call))).await };
        patient(call, looked.await)
    }
}

/// When the stage began: a restart that is asked for twice is the same restart.
fn moment(call: &Call<'_>) -> String {
    let millis = call.stage.start_time.unwrap_or(call.started);
    jiff::Timestamp::from_millisecond(millis).unwrap_or_default().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
