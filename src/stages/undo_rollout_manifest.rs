//! Goes back to an earlier revision of a deployment, daemonSet or statefulSet, and waits until it is stable.
//!
//! `numRevisionsBack: 1` is the revision before the present one; `revision` names one as `kubectl rollout history` shows
//! it. Which it is is decided once and recorded, so that a resumed stage never goes back twice.
//!
//! ```yaml
//! - name: Roll back
//!   type: undoRolloutManifest
//!   account: prod
//!   location: shop
//!   manifestName: deployment frontend
//!   numRevisionsBack: 1
//! ```

use async_trait::async_trait;
use serde_json::{Value, json};

use super::manifest::Objects;
use super::tasks::{ManifestDeed, RESOLVE_TARGET_MANIFEST, WaitForManifestStable, act_on_manifest, acting, patient};
use super::{Need, Services, Stage, Task, manifest_target, needs, reading};
use crate::engine::ports::{Call, TaskPolicy, TaskResult};
use crate::model::{Failure, Field, Map, Shape, joined, optional};
use crate::providers::Rollback;

/// The `undoRolloutManifest` stage.
pub(super) struct UndoRolloutManifest;

/// Context key of the revision chosen, and of the object's generation then.
const CHOSEN: &str = "undoRollout";

const OWN: [Field; 2] = [
    optional("numRevisionsBack", Shape::Integer, "how many revisions back; 1"),
    optional("revision", Shape::Integer, "the revision itself, where numRevisionsBack is left out"),
];
const FIELDS: &[Field] = &joined::<2, 12, 14>(OWN, manifest_target::TARGET);

#[async_trait]
impl Stage for UndoRolloutManifest {
    fn kind(&self) -> &'static str {
        "undoRolloutManifest"
    }

    fn source(&self) -> &'static str {
        include_str!("undo_rollout_manifest.rs")
    }

    fn fields(&self) -> &'static [Field] {
        FIELDS
    }

    fn tasks(&self) -> &'static [&'static dyn Task] {
        &[&RESOLVE_TARGET_MANIFEST, &ChooseRevision, &Undo, &WaitForManifestStable]
    }

    fn forget_on_restart(&self) -> &'static [&'static str] {
        &[CHOSEN, manifest_target::RESOLVED]
    }

    async fn needs(&self, call: &Call<'_>, services: &Services) -> Result<Vec<Need>, Failure> {
        needs::of_target(
            call,
            services,
            &["get", "patch"],
            &[("replicaSet", &["list"]), ("pod", &["list"]), ("event", &["list"])],
        )
        .await
    }

    async fn preview(&self, call: &Call<'_>, services: &Services) -> Result<Vec<String>, Failure> {
        let chosen = choose(call, services).await?;
        let revision = chosen["revision"].as_u64().unwrap_or(0);
        ManifestDeed::Undo { revision, generation: 0 }.preview(call, services).await
    }
}

fn wished(context: &Map) -> Result<Rollback, Failure> {
    let number = |key: &str| match context.get(key).filter(|value| !value.is_null()) {
        None => Ok(None),
        Some(value) => reading::as_integer(value)
            .and_then(|number| u64::try_from(number).ok())
            .map(Some)
            .ok_or_else(|| Failure::user(format!("'{key}' is {value}, which is no number of a revision"))),
    };
    Ok(match (number("revision")?, number("numRevisionsBack")?) {
        (_, Some(back)) => Rollback::Back(back),
        (Some(revision), None) => Rollback::To(revision),
        (None, None) => Rollback::Back(1),
    })
}

async fn choose(call: &Call<'_>, services: &Services) -> Result<Value, Failure> {
    let objects = Objects::of(call.context, services)?;
    let targets = manifest_target::resolve(call, &objects).await?;
    let target = targets.first().ok_or_else(|| Failure::new("the stage works on no object"))?;
    let object = objects.manifests().get(target).await?.unwrap_or_default();
    let (_, revision) = objects.manifests().rollback_patch(target, wished(call.context)?).await?;
    Ok(json!({"revision": revision, "generation": object.pointer("/metadata/generation")}))
}

struct ChooseRevision;

#[async_trait]
impl Task for ChooseRevision {
    fn name(&self) -> &'static str {
        "chooseRevision"
    }

    fn policy(&self) -> TaskPolicy {
        acting()
    }

    async fn run(&self, call: &Call<'_>, services: &Services) -> TaskResult {
        let chosen = choose(call, services).await;
        patient(call, chosen.map(|chosen| TaskResult::succeeded().with_context(CHOSEN, chosen)))
    }
}

struct Undo;

#[async_trait]
impl Task for Undo {
    fn name(&self) -> &'static str {
        "undoRolloutManifest"
    }

    fn policy(&self) -> TaskPolicy {
        acting()
    }

    async fn run(&self, call: &Call<'_>, services: &Services) -> TaskResult {
        let none = Map::new();
        let chosen = reading::object(call.context, CHOSEN).unwrap_or(&none);
        let number = |key: &str| reading::integer(chosen, key).unwrap_or(0);
        let deed = ManifestDeed::Undo {
            revision: u64::try_from(number("revision")).unwrap_or(0),
            generation: number("generation"),
        };
        patient(call, act_on_manifest(call, services, deed).await)
    }
}
