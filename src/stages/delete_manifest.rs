//! Deletes objects, and waits until they are gone.
//!
//! One object is named (`manifestName`) or chosen from its cluster (`mode: dynamic`); `mode: label` deletes all objects
//! of `kinds` that `labelSelectors` select. What an object owns (the pods of a deployment) goes with it, unless
//! `options.cascading` is false. An object that is not there is deleted already.
//!
//! ```yaml
//! - name: Remove the old workers
//!   type: deleteManifest
//!   account: prod
//!   location: shop
//!   mode: label
//!   kinds: [deployment, service]
//!   labelSelectors:
//!     selectors:
//!       - {kind: EQUALS, key: tier, values: [legacy]}
//! ```

use async_trait::async_trait;

use super::manifest::{self, Objects};
use super::tasks::{Deletion, ManifestDeed, ResolveTargetManifest, act_on_manifest, acting, patient};
use super::{Services, Stage, Task, manifest_target, reading};
use crate::engine::ports::{Call, TaskPolicy, TaskResult};
use crate::model::{Failure, Field, Map, Shape, optional};

/// The `deleteManifest` stage.
pub(super) struct DeleteManifest;

const OPTIONS: &[Field] = &[
    optional("cascading", Shape::Boolean, "whether what they own goes with them; true"),
    optional("gracePeriodSeconds", Shape::Integer, "seconds their pods get to end; the pods' own when left out"),
];

const FIELDS: &[Field] = &[
    manifest::ACCOUNT,
    manifest_target::APP,
    manifest::CLOUD_PROVIDER,
    manifest_target::CLUSTER,
    manifest::CREDENTIALS,
    manifest_target::CRITERIA_FIELD,
    manifest::EXPECTED_ARTIFACTS,
    manifest_target::KIND,
    manifest_target::KINDS,
    manifest::LABEL_SELECTORS,
    manifest_target::LOCATION,
    manifest_target::MANIFEST_NAME,
    manifest_target::MODE,
    manifest::MONIKER,
    optional("options", Shape::Object(OPTIONS), "how they are deleted"),
];

#[async_trait]
impl Stage for DeleteManifest {
    fn kind(&self) -> &'static str {
        "deleteManifest"
    }

    fn source(&self) -> &'static str {
        include_str!("delete_manifest.rs")
    }

    fn fields(&self) -> &'static [Field] {
        FIELDS
    }

    fn tasks(&self) -> &'static [&'static dyn Task] {
        &[&ResolveTargetManifest, &Act]
    }

    async fn preview(&self, call: &Call<'_>, services: &Services) -> Result<Vec<String>, Failure> {
        let objects = Objects::of(call.context, services)?;
        let deed = ManifestDeed::Delete(deletion(call.context));
        let targets = manifest_target::resolve(call, &objects).await?;
        Ok(targets.iter().map(|target| deed.words(target)).collect())
    }
}

struct Act;

#[async_trait]
impl Task for Act {
    fn name(&self) -> &'static str {
        "deleteManifest"
    }

    fn policy(&self) -> TaskPolicy {
        acting()
    }

    async fn run(&self, call: &Call<'_>, services: &Services) -> TaskResult {
        let looked = async { act_on_manifest(call, services, ManifestDeed::Delete(deletion(call.context))).await };
        patient(call, looked.await)
    }
}

fn deletion(context: &Map) -> Deletion {
    let none = Map::new();
    let options = reading::object(context, "options").unwrap_or(&none);
    Deletion {
        // Older documents say the opposite, `orphanDependants`.
        orphan: reading::optional_flag(options, "cascading") == Some(false)
            || reading::flag(options, "orphanDependants"),
        grace_period: reading::integer(options, "gracePeriodSeconds").and_then(|seconds| u64::try_from(seconds).ok()),
    }
}
