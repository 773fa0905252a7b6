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
use futures_util::FutureExt;

use super::manifest;
use super::tasks::{Acting, Deletion, ManifestDeed, ResolveTargetManifest, act_on_manifest};
use super::{Need, Services, Stage, Task, manifest_target, needs, reading};
use crate::engine::ports::Call;
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
        &[&ResolveTargetManifest, &ACT]
    }

    async fn needs(&self, call: &Call<'_>, services: &Services) -> Result<Vec<Need>, Failure> {
        needs::of_target(call, services, &["get", "delete"], &[]).await
    }

    async fn preview(&self, call: &Call<'_>, services: &Services) -> Result<Vec<String>, Failure> {
        ManifestDeed::Delete(deletion(call.context)).preview(call, services).await
    }
}

const ACT: Acting = Acting {
    name: "deleteManifest",
    look: |call, services| act_on_manifest(call, services, ManifestDeed::Delete(deletion(call.context))).boxed(),
};

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
