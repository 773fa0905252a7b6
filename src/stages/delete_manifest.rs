//! Deletes objects, and waits until they are gone.
//!
//! One object is named (`manifestName`) or chosen from its cluster (`mode: dynamic`); `mode: label` deletes all objects
//! of `kinds` that `labelSelectors` select. What an object owns (the pods of a deployment) goes with it, unless
//! `options.cascading` is false or `orphan`. An object that is not there is deleted already.
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
use super::tasks::{Acting, ManifestDeed, RESOLVE_TARGET_MANIFEST, act_on_manifest};
use super::{Need, Services, Stage, Task, manifest_target, needs, reading};
use crate::engine::ports::{Call, TaskResult};
use crate::model::{Failure, Field, Map, Shape, optional};
use crate::providers::{DeleteOptions, Propagation};

/// The `deleteManifest` stage.
pub(super) struct DeleteManifest;

const CASCADING: &[&str] = &["background", "false", "foreground", "orphan", "true"];

const OPTIONS: &[Field] = &[
    optional(
        "cascading",
        Shape::Text,
        "what becomes of what they own: it goes after them (true, background), before them (foreground) or stays \
         (false, orphan); true",
    ),
    optional("gracePeriodSeconds", Shape::Integer, "seconds their pods get to end; the pods' own when left out"),
    optional("orphanDependents", Shape::Boolean, "whether what they own stays; wins over cascading"),
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
        &[&RESOLVE_TARGET_MANIFEST, &ACT]
    }

    fn forget_on_restart(&self) -> &'static [&'static str] {
        &[manifest_target::RESOLVED]
    }

    async fn needs(&self, call: &Call<'_>, services: &Services) -> Result<Vec<Need>, Failure> {
        needs::of_target(call, services, &["get", "delete"], &[]).await
    }

    async fn preview(&self, call: &Call<'_>, services: &Services) -> Result<Vec<String>, Failure> {
        ManifestDeed::Delete(deletion(call.context)?).preview(call, services).await
    }
}

const ACT: Acting = Acting { name: "deleteManifest", look: |call, services| look(call, services).boxed() };

async fn look(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    act_on_manifest(call, services, ManifestDeed::Delete(deletion(call.context)?)).await
}

fn deletion(context: &Map) -> Result<DeleteOptions, Failure> {
    let none = Map::new();
    let options = reading::object(context, "options").unwrap_or(&none);
    // Spinnaker's own spelling, and the API server's of old.
    let orphans =
        ["orphanDependents", "orphanDependants"].into_iter().find_map(|key| reading::optional_flag(options, key));
    let cascading = reading::text(options, "cascading").map(|word| word.to_ascii_lowercase());
    let propagation = match (orphans, cascading.as_deref()) {
        (Some(true), _) | (None, Some("false" | "orphan")) => Propagation::Orphan,
        (Some(false), _) | (None, None | Some("" | "true" | "background")) => Propagation::Background,
        (None, Some("foreground")) => Propagation::Foreground,
        (None, Some(other)) => {
            return Err(Failure::user(format!("'options.cascading' is '{other}'"))
                .detail(format!("use one of {}", CASCADING.join(", "))));
        }
    };
    let grace_period = reading::integer(options, "gracePeriodSeconds").and_then(|seconds| u64::try_from(seconds).ok());
    Ok(DeleteOptions { propagation, grace_period })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::stages::testing::object;

    #[test]
    fn what_is_owned_goes_or_stays_as_the_options_say() {
        let of = |options: Value| deletion(&object(json!({"options": options}))).map(|it| it.propagation);
        for (options, wanted) in [
            (json!({}), Propagation::Background),
            (json!({"cascading": true}), Propagation::Background),
            (json!({"cascading": false}), Propagation::Orphan),
            (json!({"cascading": "orphan"}), Propagation::Orphan),
            (json!({"cascading": "foreground"}), Propagation::Foreground),
            (json!({"cascading": "true", "orphanDependents": "true"}), Propagation::Orphan),
            (json!({"cascading": "false", "orphanDependents": false}), Propagation::Background),
            (json!({"orphanDependants": true}), Propagation::Orphan),
        ] {
            assert_eq!(of(options.clone()).unwrap(), wanted, "{options}");
        }
        assert!(of(json!({"cascading": "sometimes"})).is_err());
    }
}
