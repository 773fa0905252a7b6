//! Sends manifests in order, those of one place in the order at once.

use std::time::Duration;

use futures_util::FutureExt;
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};

use super::Acting;
use super::choose_manifest_versions::{CHOSEN, TAKEN, choices, description};
use crate::engine::ports::{Call, TaskResult};
use crate::model::{Failure, Map};
use crate::providers::{AppliedManifest, Error, ErrorKind, ManifestRef, PreparedManifest};
use crate::stages::manifest::{self, Objects, names_by_namespace, values};
use crate::stages::{Services, manifest_source, reading};

/// Manifests sent at the same time.
const AT_ONCE: usize = 8;
/// Context key of objects made anew already: that is not repeated after a crash.
const RECREATED: &str = "recreatedManifests";
/// Context key of the uids of objects that are to be made anew, by key: another uid means it is done.
const REPLACED: &str = "replacedManifests";

/// Context key of what is odd about the manifests, lines for people.
pub(crate) const WARNINGS: &str = "warnings";

/// Sends what was resolved, under the versions chosen.
pub(crate) const DEPLOY_MANIFEST_TASK: Acting =
    Acting { name: "deployManifest", look: |call, services| look(call, services).boxed() };

async fn look(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let objects = Objects::of(call.context, services)?;
    let manifests = manifest_source::resolved(call, services, &objects).await?;
    let deploy = description(call, manifests)?;
    let prepared = objects.manifests().prepare(&deploy).await?;
    if prepared.iter().any(|it| it.choice.is_some() && !deploy.chosen.contains_key(&it.key)) {
        return Ok(TaskResult::running().retry_in(Duration::ZERO).with_context(CHOSEN, choices(&prepared)));
    }
    let recreated = crate::stages::cloud::texts(call.context, RECREATED);
    let mut sent: Vec<(usize, AppliedManifest)> = Vec::new();
    let mut at = 0;
    while at < prepared.len() {
        let priority = prepared[at].priority;
        let end = prepared[at..].iter().position(|it| it.priority != priority).map_or(prepared.len(), |len| at + len);
        let group = at..end;
        for manifest in &prepared[group.clone()] {
            if recreated.contains(&manifest.key) {
                continue;
            }
            let recreates = manifest.verb == "recreate";
            let replaced = reading::object(call.context, REPLACED).cloned().unwrap_or_default();
            if recreates && !replaced.contains_key(&manifest.key) {
                return remember_replaced(&objects, manifest, replaced).await;
            }
            objects.announce(call, "deployManifest", &manifest.target, detail(manifest)).await?;
            if recreates {
                let replaces = reading::text(&replaced, &manifest.key);
                let made = send(call, &objects, &PreparedManifest { replaces, ..manifest.clone() }).await?;
                let mut recreated = recreated.clone();
                recreated.push(manifest.key.clone());
                let again = TaskResult::running().retry_in(Duration::ZERO).with_context(RECREATED, recreated);
                return Ok(warned(call, again, std::iter::once((manifest, &made))));
            }
        }
        let calls: Vec<_> = group.map(|at| apply(&objects, &prepared[at], at, &recreated)).collect();
        let answers: Vec<_> = stream::iter(calls).buffer_unordered(AT_ONCE).collect().await;
        let mut refused: Option<(usize, Error)> = None;
        for (at, answer) in answers {
            match answer {
                Ok(object) => sent.push((at, object)),
                Err(error) if refused.as_ref().is_none_or(|(first, _)| at < *first) => refused = Some((at, error)),
                Err(_) => {}
            }
        }
        if let Some((at, error)) = refused {
            return refusal(call, &objects, &prepared, &sent, (at, error));
        }
        at = end;
    }
    sent.sort_by_key(|(at, _)| *at);
    Ok(deployed(call, &objects, "deployManifest", &prepared, sent.into_iter().map(|(_, applied)| applied).collect()))
}

/// Records which object is to be made anew, before it is.
async fn remember_replaced(
    objects: &Objects,
    manifest: &PreparedManifest,
    mut replaced: Map,
) -> Result<TaskResult, Failure> {
    let live = objects.manifests().get(&manifest.target).await?.unwrap_or_default();
    let uid = live.pointer("/metadata/uid").and_then(Value::as_str).unwrap_or_default();
    replaced.insert(manifest.key.clone(), uid.into());
    Ok(TaskResult::running().retry_in(Duration::ZERO).with_context(REPLACED, replaced))
}

/// Sends one, or reads the one that was made anew already.
async fn apply(
    objects: &Objects,
    manifest: &PreparedManifest,
    at: usize,
    recreated: &[String],
) -> (usize, Result<AppliedManifest, Error>) {
    let answer = match recreated.contains(&manifest.key) {
        true => {
            let object = objects.manifests().get(&manifest.target).await;
            object.map(|object| AppliedManifest { object: object.unwrap_or_default(), ..AppliedManifest::default() })
        }
        false => objects.manifests().apply(manifest).await,
    };
    (at, answer)
}

async fn send(call: &Call<'_>, objects: &Objects, manifest: &PreparedManifest) -> Result<AppliedManifest, Failure> {
    call.progress(format!("{} is made anew", manifest.target));
    Ok(objects.manifests().apply(manifest).await?)
}

/// The result with what is odd about manifests, beside what was known before.
fn warned<'a>(
    call: &Call<'_>,
    result: TaskResult,
    applied: impl Iterator<Item = (&'a PreparedManifest, &'a AppliedManifest)>,
) -> TaskResult {
    let mut warnings = crate::stages::cloud::texts(call.context, WARNINGS);
    let known = warnings.len();
    for (prepared, applied) in applied {
        let lines = applied.warnings.iter().map(|line| format!("{}: {line}", prepared.target));
        warnings.extend(lines.filter(|line| !warnings.contains(line)).collect::<Vec<_>>());
    }
    if warnings.len() == known { result } else { result.with_context(WARNINGS, warnings) }
}

/// What is done with a manifest, for people.
fn detail(manifest: &PreparedManifest) -> String {
    match (&manifest.version, manifest.reused) {
        (Some(version), true) => format!("{}, version {version} as it is there", manifest.verb),
        (Some(version), false) => format!("{}, new version {version}", manifest.verb),
        (None, _) => manifest.verb.to_owned(),
    }
}

/// One was refused: a version that is somebody else's is chosen again, anything else ends the stage and says what it
/// changed.
fn refusal(
    call: &Call<'_>,
    objects: &Objects,
    prepared: &[PreparedManifest],
    sent: &[(usize, AppliedManifest)],
    (at, error): (usize, Error),
) -> Result<TaskResult, Failure> {
    let manifest = &prepared[at];
    if let (ErrorKind::AlreadyExists, Some(version)) = (error.kind, &manifest.version) {
        call.progress(format!("version {version} of {} was taken meanwhile, choosing the next", manifest.key));
        let mut taken = reading::object(call.context, TAKEN).cloned().unwrap_or_default();
        if let Value::Array(versions) = taken.entry(manifest.key.clone()).or_insert_with(|| json!([])) {
            versions.push(version.clone().into());
        }
        let mut chosen = reading::object(call.context, CHOSEN).cloned().unwrap_or_default();
        chosen.shift_remove(&manifest.key);
        // The next look chooses anew and records that before it sends anything.
        return Ok(objects.cloud.look_again().with_context(TAKEN, taken).with_context(CHOSEN, chosen));
    }
    let mut failure = Failure::from(error);
    if sent.is_empty() {
        failure.details.push("nothing was changed before it".into());
    } else {
        let names: Vec<String> = sent.iter().map(|(at, _)| prepared[*at].target.to_string()).collect();
        failure.details.push(format!("deployed before it: {}", names.join(", ")));
    }
    let left = prepared.len() - sent.len() - 1;
    if left > 0 {
        failure
            .details
            .push(format!("not deployed: it and {left} more; 'gennaker restart' of the stage finishes them"));
    }
    Err(failure)
}

/// The record of what was deployed.
pub(super) fn deployed(
    call: &Call<'_>,
    objects: &Objects,
    operation: &str,
    prepared: &[PreparedManifest],
    applied: Vec<AppliedManifest>,
) -> TaskResult {
    let targets: Vec<ManifestRef> = prepared.iter().map(|it| it.target.clone()).collect();
    let created: Vec<_> = prepared.iter().map(|it| it.artifact.clone()).collect();
    let mut bound = Vec::new();
    for artifact in prepared.iter().flat_map(|it| &it.bound) {
        if !bound.contains(artifact) {
            bound.push(artifact.clone());
        }
    }
    let (names, created, bound) = (names_by_namespace(&targets), values(&created), values(&bound));
    // Jobs have them under a name of their own.
    let named = if operation == "runJob" { "deployedNamesByLocation" } else { "manifestNamesByNamespace" };
    let results = json!({named: names, "createdArtifacts": created, "boundArtifacts": bound});
    let result = manifest::accepted(call, operation, objects, results);
    let mut result = warned(call, result, prepared.iter().zip(&applied));
    let keys = [
        ("outputs.manifests", applied.into_iter().map(|it| it.object).collect()),
        ("outputs.manifestNamesByNamespace", names),
        ("outputs.boundArtifacts", bound),
        ("outputs.createdArtifacts", created.clone()),
        ("artifacts", created),
    ];
    let put_out = !reading::flag(call.context, "noOutput");
    for (key, value) in keys {
        if put_out {
            result.outputs.insert(key.to_owned(), value.clone());
        }
        result.context.insert(key.to_owned(), value);
    }
    // Choices of a manifest that were made late are kept.
    result.with_context(CHOSEN, choices(prepared))
}
