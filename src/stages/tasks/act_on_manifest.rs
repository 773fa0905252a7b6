//! Asks the cluster to change the objects a stage works on.

use std::time::Duration;

use serde_json::{Value, json};

use crate::engine::ports::{Call, TaskResult};
use crate::model::Failure;
use crate::providers::{DeleteOptions, ErrorKind, ManifestPatch, ManifestRef, Propagation, Rollback};
use crate::stages::manifest::{self, Objects, names_by_namespace};
use crate::stages::{Services, cloud, manifest_target};

/// How long one look waits for deletions.
const GONE: Duration = Duration::from_secs(10);

/// What is done to an object.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ManifestDeed {
    /// Deletes it.
    Delete(DeleteOptions),
    /// Takes it out of traffic.
    Disable,
    /// Puts it into traffic.
    Enable,
    /// Holds its rollout.
    Pause,
    /// Restarts its pods, at this moment (RFC 3339).
    Restart(String),
    /// Lets its rollout go on.
    Resume,
    /// Sets its number of replicas.
    Scale(u32),
    /// Goes back to a revision, from what the object was at this generation.
    Undo {
        /// The revision.
        revision: u64,
        /// The object's generation when it was chosen.
        generation: i64,
    },
}

impl ManifestDeed {
    /// The operation in Spinnaker's words.
    pub(crate) fn operation(&self) -> &'static str {
        match self {
            Self::Delete(_) => "deleteManifest",
            Self::Disable => "disableManifest",
            Self::Enable => "enableManifest",
            Self::Pause => "pauseRolloutManifest",
            Self::Restart(_) => "rollingRestartManifest",
            Self::Resume => "resumeRolloutManifest",
            Self::Scale(_) => "scaleManifest",
            Self::Undo { .. } => "undoRolloutManifest",
        }
    }

    fn detail(&self) -> String {
        match self {
            Self::Scale(replicas) => format!("to {replicas} replicas"),
            Self::Undo { revision, .. } => format!("to revision {revision}"),
            Self::Delete(DeleteOptions { propagation: Propagation::Orphan, .. }) => "leaving what it owns".into(),
            _ => String::new(),
        }
    }

    /// What it does, for people, a line each. Traffic that flows so already is none.
    async fn words(&self, call: &Call<'_>, objects: &Objects, target: &ManifestRef) -> Result<Vec<String>, Failure> {
        Ok(vec![match self {
            Self::Delete(_) => format!("delete {target}"),
            Self::Disable | Self::Enable => return self.traffic_words(call, objects, target).await,
            Self::Pause => format!("pause the rollout of {target}"),
            Self::Restart(_) => format!("restart the pods of {target} one after the other"),
            Self::Resume => format!("resume the rollout of {target}"),
            Self::Scale(replicas) => format!("scale {target} to {replicas} replicas"),
            Self::Undo { revision, .. } => format!("roll {target} back to revision {revision}"),
        }])
    }

    async fn traffic_words(
        &self,
        call: &Call<'_>,
        objects: &Objects,
        target: &ManifestRef,
    ) -> Result<Vec<String>, Failure> {
        let enables = *self == Self::Enable;
        let sends = if enables { "sends" } else { "no longer sends" };
        let mut lines = Vec::new();
        for service in services_of(call, objects, target).await? {
            if objects.manifests().moves_traffic(target, &service, enables).await? {
                lines.push(format!("traffic: {service} {sends} to {target}"));
            }
        }
        Ok(lines)
    }

    /// What it would do to each object the stage works on, for people.
    pub(crate) async fn preview(&self, call: &Call<'_>, services: &Services) -> Result<Vec<String>, Failure> {
        let objects = Objects::of(call.context, services)?;
        let targets = manifest_target::resolve(call, &objects).await?;
        let mut lines = Vec::new();
        for target in &targets {
            lines.extend(self.words(call, &objects, target).await?);
        }
        Ok(lines)
    }
}

/// Does it to every object the stage works on.
pub(crate) async fn act_on_manifest(
    call: &Call<'_>,
    services: &Services,
    deed: ManifestDeed,
) -> Result<TaskResult, Failure> {
    let objects = Objects::of(call.context, services)?;
    let targets = manifest_target::resolve(call, &objects).await?;
    let mut unmade = Vec::new();
    for target in &targets {
        if !act(call, &objects, target, &deed).await? {
            unmade.push(objects.place(target));
        }
    }
    if matches!(deed, ManifestDeed::Delete(_)) {
        let left = tokio::select! {
            left = objects.manifests().wait_gone(&targets, GONE) => left?,
            () = call.stop.cancelled() => targets.clone(),
        };
        if let Some(first) = left.first() {
            call.progress(format!("{first} is deleted and not gone yet: its finalizers or pods hold it"));
            return Ok(objects.cloud.look_again());
        }
    }
    let names = names_by_namespace(&targets);
    let results = json!({"manifestNamesByNamespace": names});
    let mut result = manifest::accepted(call, deed.operation(), &objects, results)
        .with_context("outputs.manifestNamesByNamespace", names.clone())
        .with_context("manifest.account.name", objects.cloud.account.clone())
        .with_output("outputs.manifestNamesByNamespace", names);
    if let Some(target) = targets.first() {
        result = result
            .with_context("manifest.name", target.full_name())
            .with_context("manifest.location", target.namespace.clone());
    }
    Ok(result.with_unmade(unmade))
}

/// Does it to one; whether what was announced changed anything.
async fn act(call: &Call<'_>, objects: &Objects, target: &ManifestRef, deed: &ManifestDeed) -> Result<bool, Failure> {
    let manifests = objects.manifests();
    match deed {
        ManifestDeed::Delete(options) => {
            let Some(object) = manifests.get(target).await? else { return Ok(true) };
            if object.pointer("/metadata/deletionTimestamp").is_none() {
                objects.announce(call, deed.operation(), target, deed.detail()).await?;
                manifests.delete(target, *options).await.map_err(|error| objects.refused(target, error))?;
            }
        }
        ManifestDeed::Disable | ManifestDeed::Enable => {
            let services = services_of(call, objects, target).await?;
            if services.is_empty() {
                return Ok(true);
            }
            objects.announce(call, deed.operation(), target, services.join(", ")).await?;
            return Ok(manifests.set_traffic(target, &services, *deed == ManifestDeed::Enable).await?);
        }
        ManifestDeed::Pause | ManifestDeed::Resume => {
            if let Some(patch) = manifests.pause_patch(target, *deed == ManifestDeed::Pause).await? {
                change(call, objects, target, deed, &patch).await?;
            }
        }
        ManifestDeed::Restart(at) => change(call, objects, target, deed, &manifests.restart_patch(target, at)?).await?,
        ManifestDeed::Scale(replicas) => {
            objects.announce(call, deed.operation(), target, deed.detail()).await?;
            manifests.scale(target, *replicas).await.map_err(|error| objects.refused(target, error))?;
        }
        ManifestDeed::Undo { revision, generation } => {
            undo(call, objects, target, deed, (*revision, *generation)).await?
        }
    }
    Ok(true)
}

/// Goes back to a revision. One that was gone back to has another number from then on: where it is not there any more
/// and the object has changed, an earlier look has done it.
async fn undo(
    call: &Call<'_>,
    objects: &Objects,
    target: &ManifestRef,
    deed: &ManifestDeed,
    (revision, generation): (u64, i64),
) -> Result<(), Failure> {
    match objects.manifests().rollback_patch(target, Rollback::To(revision)).await {
        Ok((patch, _)) => change(call, objects, target, deed, &patch).await,
        Err(error) if error.kind == ErrorKind::Invalid => {
            let object = objects.manifests().get(target).await?.unwrap_or_default();
            let now = object.pointer("/metadata/generation").and_then(Value::as_i64).unwrap_or(0);
            if now > generation { Ok(()) } else { Err(error.into()) }
        }
        Err(error) => Err(error.into()),
    }
}

async fn change(
    call: &Call<'_>,
    objects: &Objects,
    target: &ManifestRef,
    deed: &ManifestDeed,
    patch: &ManifestPatch,
) -> Result<(), Failure> {
    objects.announce(call, deed.operation(), target, deed.detail()).await?;
    objects.manifests().patch(target, patch).await.map_err(|error| objects.refused(target, error))?;
    Ok(())
}

/// The services a stage names, else those of the object's annotation. Where there are none, no traffic is to be moved.
async fn services_of(call: &Call<'_>, objects: &Objects, target: &ManifestRef) -> Result<Vec<String>, Failure> {
    let named = cloud::texts(call.context, "loadBalancers");
    let services = if named.is_empty() { objects.manifests().services_of(target).await? } else { named };
    if services.is_empty() {
        call.progress(format!("{target} stands behind no service: no traffic is moved"));
    }
    Ok(services)
}
