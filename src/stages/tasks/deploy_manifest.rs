//! Sends manifests in order, those of one place in the order at once.

use std::ops::Range;
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

/// What a look has announced and sent so far.
struct Deployment<'a> {
    objects: &'a Objects,
    prepared: &'a [PreparedManifest],
    /// Manifests whose sending is on record.
    announced: Vec<usize>,
    sent: Vec<(usize, AppliedManifest)>,
    /// Refused, with the reason.
    refused: Vec<(usize, Error)>,
}

impl Deployment<'_> {
    async fn announce(&mut self, call: &Call<'_>, at: usize) -> Result<(), Failure> {
        let manifest = &self.prepared[at];
        self.objects.announce(call, "deployManifest", &manifest.target, detail(manifest)).await?;
        self.announced.push(at);
        Ok(())
    }

    /// Targets of what was announced and is as it was: nothing was to be changed, or it was refused outright, or it has
    /// not been sent.
    fn unmade(&self) -> Vec<String> {
        let is_made = |at: &&usize| match self.refused.iter().find(|(refused, _)| refused == *at) {
            Some((_, error)) => !error.refused,
            None => self.sent.iter().any(|(sent, object)| sent == *at && object.changed),
        };
        let unmade = self.announced.iter().filter(|at| !is_made(at));
        unmade.map(|at| self.objects.place(&self.prepared[*at].target)).collect()
    }

    /// Sends manifests of one place in the order at once.
    async fn send(&mut self, group: Range<usize>, recreated: &[String]) {
        let (objects, prepared) = (self.objects, self.prepared);
        let calls: Vec<_> = group.map(|at| apply(objects, &prepared[at], at, recreated)).collect();
        let answers: Vec<_> = stream::iter(calls).buffer_unordered(AT_ONCE).collect().await;
        for (at, answer) in answers {
            match answer {
                Ok(object) => self.sent.push((at, object)),
                Err(error) => self.refused.push((at, error)),
            }
        }
        self.sent.sort_by_key(|(at, _)| *at);
        self.refused.sort_by_key(|(at, _)| *at);
    }

    /// Announces a group. One that is to be made anew is made anew here, and the look ends with that on record: it is
    /// not done twice.
    async fn begin(
        &mut self,
        call: &Call<'_>,
        group: Range<usize>,
        recreated: &[String],
    ) -> Result<Option<TaskResult>, Failure> {
        for at in group {
            let manifest = &self.prepared[at];
            if recreated.contains(&manifest.key) {
                continue;
            }
            let recreates = manifest.verb == "recreate";
            let replaced = reading::object(call.context, REPLACED).cloned().unwrap_or_default();
            if recreates && !replaced.contains_key(&manifest.key) {
                let remembered = remember_replaced(self.objects, manifest, replaced).await?;
                return Ok(Some(remembered.with_unmade(self.unmade())));
            }
            self.announce(call, at).await?;
            if recreates {
                call.progress(format!("{} is made anew", manifest.target));
                let replaces = reading::text(&replaced, &manifest.key);
                match self.objects.manifests().apply(&PreparedManifest { replaces, ..manifest.clone() }).await {
                    Ok(object) => self.sent.push((at, object)),
                    // The old one may be gone by now.
                    Err(error) => self.refused.push((at, Error { refused: false, ..error })),
                }
                if !self.refused.is_empty() {
                    return refusal(call, self).map(Some);
                }
                let mut recreated = recreated.to_vec();
                recreated.push(manifest.key.clone());
                let again = TaskResult::running().retry_in(Duration::ZERO).with_context(RECREATED, recreated);
                let again = warned(call, again, self.sent.iter().map(|(at, applied)| (&self.prepared[*at], applied)));
                return Ok(Some(again.with_unmade(self.unmade())));
            }
        }
        Ok(None)
    }
}

async fn look(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let objects = Objects::of(call.context, services)?;
    let manifests = manifest_source::resolved(call, services, &objects).await?;
    let deploy = description(call, manifests)?;
    let prepared = objects.manifests().prepare(&deploy).await?;
    if prepared.iter().any(|it| it.choice.is_some() && !deploy.chosen.contains_key(&it.key)) {
        return Ok(TaskResult::running().retry_in(Duration::ZERO).with_context(CHOSEN, choices(&prepared)));
    }
    let recreated = crate::stages::cloud::texts(call.context, RECREATED);
    let (announced, sent, refused) = (Vec::new(), Vec::new(), Vec::new());
    let mut deployment = Deployment { objects: &objects, prepared: &prepared, announced, sent, refused };
    let mut at = 0;
    while at < prepared.len() {
        let priority = prepared[at].priority;
        let end = prepared[at..].iter().position(|it| it.priority != priority).map_or(prepared.len(), |len| at + len);
        if let Some(ended) = deployment.begin(call, at..end, &recreated).await? {
            return Ok(ended);
        }
        deployment.send(at..end, &recreated).await;
        if !deployment.refused.is_empty() {
            return refusal(call, &deployment);
        }
        at = end;
    }
    let unmade = deployment.unmade();
    let applied = deployment.sent.into_iter().map(|(_, applied)| applied).collect();
    Ok(deployed(call, &objects, "deployManifest", &prepared, applied).with_unmade(unmade))
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
            let live = objects.manifests().get(&manifest.target).await;
            live.map(|live| AppliedManifest { object: live.unwrap_or_default(), ..AppliedManifest::default() })
        }
        false => objects.manifests().apply(manifest).await,
    };
    (at, answer)
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

/// Some were refused: a version that is somebody else's is chosen again, anything else ends the stage and says what it
/// changed.
fn refusal(call: &Call<'_>, deployment: &Deployment<'_>) -> Result<TaskResult, Failure> {
    let Deployment { objects, prepared, sent, refused, .. } = deployment;
    let (at, error) = refused.first().expect("a refusal has its error");
    let manifest = &prepared[*at];
    if let (ErrorKind::AlreadyExists, Some(version)) = (error.kind, &manifest.version) {
        call.progress(format!("version {version} of {} was taken meanwhile, choosing the next", manifest.key));
        let mut taken = reading::object(call.context, TAKEN).cloned().unwrap_or_default();
        if let Value::Array(versions) = taken.entry(manifest.key.clone()).or_insert_with(|| json!([])) {
            versions.push(version.clone().into());
        }
        let mut chosen = reading::object(call.context, CHOSEN).cloned().unwrap_or_default();
        chosen.shift_remove(&manifest.key);
        // The next look chooses anew and records that before it sends anything.
        let again = objects.cloud.look_again().with_context(TAKEN, taken).with_context(CHOSEN, chosen);
        return Ok(again.with_unmade(deployment.unmade()));
    }
    let mut failure = Failure::from(error.clone());
    failure.details.extend(refused[1..].iter().map(|(_, other)| format!("refused as well: {}", other.message)));
    let names = |changed: bool| -> Vec<String> {
        let those = sent.iter().filter(|(_, object)| object.changed == changed);
        those.map(|(at, _)| prepared[*at].target.to_string()).collect()
    };
    let (changed, unchanged) = (names(true), names(false));
    failure.details.push(match changed.is_empty() {
        true => "nothing was changed before it".into(),
        false => format!("deployed before it: {}", changed.join(", ")),
    });
    if !unchanged.is_empty() {
        failure.details.push(format!("already as the stage has them: {}", unchanged.join(", ")));
    }
    let left: Vec<String> = (0..prepared.len())
        .filter(|at| !sent.iter().any(|(sent, _)| sent == at))
        .map(|at| prepared[at].target.to_string())
        .collect();
    if left.len() > 1 {
        let names = left.join(", ");
        failure.details.push(format!("not deployed: {names}; 'gennaker restart' of the stage finishes them"));
    }
    failure.unmade = deployment.unmade();
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
