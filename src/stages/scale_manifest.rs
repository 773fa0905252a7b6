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
use futures_util::FutureExt;

use super::tasks::{Acting, ManifestDeed, RESOLVE_TARGET_MANIFEST, WaitForManifestStable, act_on_manifest};
use super::{Need, Services, Stage, Task, manifest_target, needs, reading};
use crate::engine::ports::Call;
use crate::model::{Failure, Field, Map, Shape, joined, optional};

/// The `scaleManifest` stage.
pub(super) struct ScaleManifest;

const OWN: [Field; 1] = [optional("replicas", Shape::Integer, "number of replicas")];
const FIELDS: &[Field] = &joined::<1, 12, 13>(OWN, manifest_target::TARGET);

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
        &[&RESOLVE_TARGET_MANIFEST, &ACT, &WaitForManifestStable]
    }

    fn forget_on_restart(&self) -> &'static [&'static str] {
        &[manifest_target::RESOLVED]
    }

    async fn needs(&self, call: &Call<'_>, services: &Services) -> Result<Vec<Need>, Failure> {
        needs::of_target(call, services, &["get"], &[("/scale", &["patch"]), ("pod", &["list"]), ("event", &["list"])])
            .await
    }

    async fn preview(&self, call: &Call<'_>, services: &Services) -> Result<Vec<String>, Failure> {
        ManifestDeed::Scale(replicas(call.context)?).preview(call, services).await
    }
}

const ACT: Acting = Acting {
    name: "scaleManifest",
    look: |call, services| {
        async move { act_on_manifest(call, services, ManifestDeed::Scale(replicas(call.context)?)).await }.boxed()
    },
};

/// The number a stage wishes.
fn replicas(context: &Map) -> Result<u32, Failure> {
    let wished = reading::integer(context, "replicas").and_then(|wished| u32::try_from(wished).ok());
    wished.ok_or_else(|| match context.get("replicas") {
        Some(other) => Failure::user(format!("'replicas' is {other}, which is no number of replicas")),
        None => Failure::user("the stage says no number of 'replicas'"),
    })
}
