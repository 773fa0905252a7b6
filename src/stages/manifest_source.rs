//! The manifests of a stage: written in it, or in an artifact; with their expressions, and the artifacts they need.

use serde_json::Value;

use super::expressions::{self, Evaluated};
use super::manifest::{Objects, is_secret};
use super::secrets::Secrets;
use super::{Services, cloud, reading, sealed};
use crate::artifacts;
use crate::engine::ports::Call;
use crate::model::{Artifact, Failure, Map};

/// Keys of a secret that hold its values.
const VALUES: [(&str, bool); 2] = [("data", true), ("stringData", false)];

/// The manifests of a stage, and what of them may be recorded.
#[derive(Debug, Default)]
pub(crate) struct Source {
    /// Complete.
    pub(crate) manifests: Vec<Value>,
    /// Without what only an artifact holds of secrets; those written in the stage stay as they are written there.
    pub(crate) recorded: Vec<Value>,
    /// What expressions failed.
    pub(crate) problems: Evaluated,
}

fn is_artifact(context: &Map) -> bool {
    reading::filled(context, "source").is_some_and(|source| source.eq_ignore_ascii_case("artifact"))
}

/// Reads them.
pub(crate) async fn read(call: &Call<'_>, services: &Services, objects: &Objects) -> Result<Source, Failure> {
    let written = match is_artifact(call.context) {
        true => fetched(call, services, objects).await?,
        false => in_stage(call.context, objects)?,
    };
    evaluated(call, services, objects, written)
}

/// The manifests as an earlier task resolved and recorded them, what secrets hold read again.
pub(crate) async fn resolved(call: &Call<'_>, services: &Services, objects: &Objects) -> Result<Vec<Value>, Failure> {
    let recorded = objects.manifests().flatten(reading::list(call.context, "manifests"))?;
    if !recorded.iter().any(is_secret) {
        return Ok(recorded);
    }
    let again = match is_artifact(call.context) {
        true => read(call, services, objects).await?.manifests,
        // Written in the stage: what is recorded is what is written.
        false => {
            evaluated(call, services, objects, recorded.iter().filter(|it| is_secret(it)).cloned().collect())?.manifests
        }
    };
    let mut secrets = again.into_iter().filter(is_secret);
    let mut complete = Vec::with_capacity(recorded.len());
    for manifest in recorded {
        complete.push(match is_secret(&manifest) {
            true => secrets
                .next()
                .filter(|secret| secret.pointer("/metadata/name") == manifest.pointer("/metadata/name"))
                .ok_or_else(|| {
                    Failure::new("the artifact holds other secrets than when the stage began")
                        .detail("restart the stage")
                })?,
            false => manifest,
        });
    }
    Ok(complete)
}

fn in_stage(context: &Map, objects: &Objects) -> Result<Vec<Value>, Failure> {
    let key = if context.get("manifests").is_some_and(|it| !it.is_null()) { "manifests" } else { "manifest" };
    let items = match context.get(key) {
        // A whole YAML text, as people paste it.
        Some(Value::String(text)) => return Ok(objects.manifests().read(text)?),
        _ => reading::list(context, key),
    };
    Ok(objects.manifests().flatten(items)?)
}

async fn fetched(call: &Call<'_>, services: &Services, objects: &Objects) -> Result<Vec<Value>, Failure> {
    let keys = ("manifestArtifactId", "manifestArtifact");
    let artifact = artifacts::consumed(call.execution, call.stage, call.context, keys)?;
    let mut artifact = artifact.ok_or_else(|| {
        Failure::user("the stage takes its manifests from an artifact, but names none")
            .detail("add manifestArtifactId or manifestArtifact, or write source: text")
    })?;
    if let Some(account) = reading::filled(call.context, "manifestArtifactAccount") {
        artifact.artifact_account.get_or_insert(account);
    }
    let bytes = services.artifacts.fetch(&artifact).await?;
    let text = String::from_utf8(bytes).map_err(|_| Failure::user(format!("{artifact} is no text in UTF-8")))?;
    objects.manifests().read(&text).map_err(|error| {
        let mut failure = Failure::from(error);
        failure.message = format!("{artifact}: {}", failure.message);
        failure
    })
}

fn evaluated(call: &Call<'_>, services: &Services, objects: &Objects, written: Vec<Value>) -> Result<Source, Failure> {
    let mut source = Source::default();
    let skip = reading::flag(call.context, "skipExpressionEvaluation");
    let from_artifact = is_artifact(call.context);
    // Written in the stage and not v4: the engine has evaluated them already.
    let here = from_artifact || call.execution.spel_evaluator.as_deref() == Some("v4");
    let scope = expressions::scope(call, services, call.context);
    let mut secrets = Secrets::default();
    for written in written {
        let mut manifest = match here && !skip {
            true => source.problems.absorb(expressions::evaluate(&scope, "manifests", &written)),
            false => written.clone(),
        };
        let recorded = match (is_secret(&manifest), from_artifact) {
            (true, true) => objects.manifests().without_secrets(&manifest),
            (true, false) => written,
            (false, _) => manifest.clone(),
        };
        if is_secret(&manifest) {
            fill(&mut manifest, &mut secrets, services)?;
        }
        source.recorded.push(recorded);
        source.manifests.push(manifest);
    }
    let problems = source.problems.problems();
    if reading::flag(call.context, "failOnFailedExpressions") && !problems.is_empty() {
        let failure = Failure::user("expressions in the manifests cannot be evaluated");
        return Err(problems.into_iter().fold(failure, Failure::detail));
    }
    Ok(source)
}

/// Puts what `{fromEnv: NAME}` and `{fromFile: path}` name into a secret, and what was kept apart from the document.
fn fill(secret: &mut Value, secrets: &mut Secrets, services: &Services) -> Result<(), Failure> {
    for (key, encoded) in VALUES {
        for (name, value) in secret.get_mut(key).and_then(Value::as_object_mut).into_iter().flatten() {
            let what = format!("'{name}' of the secret");
            if !value.is_object() || sealed::unseal(value, &what, &services.state)? {
                continue;
            }
            let text = secrets.resolve(value, &what, &services.root)?;
            *value = if encoded { base64(&text) } else { text }.into();
        }
    }
    Ok(())
}

fn base64(text: &str) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(text)
}

/// Artifacts that must find their place in the manifests.
pub(crate) fn required(call: &Call<'_>) -> Result<Vec<Artifact>, Failure> {
    let mut required = Vec::new();
    for id in cloud::texts(call.context, "requiredArtifactIds") {
        let found = artifacts::bound(call.execution, call.stage, call.context, &id);
        required.push(found.ok_or_else(|| {
            Failure::user(format!("'requiredArtifactIds' names expected artifact '{id}', which was not found"))
        })?);
    }
    for (position, item) in reading::list(call.context, "requiredArtifacts").iter().enumerate() {
        let Some(map) = item.as_object() else { continue };
        // What an earlier task recorded are artifacts themselves.
        let is_recorded = !map.contains_key("expectedArtifactId") && !map.contains_key("artifact");
        let found = match is_recorded {
            true => Some(Artifact::from_value(item).map_err(|wrong| Failure::user(wrong.to_string()))?),
            false => artifacts::consumed(call.execution, call.stage, map, ("expectedArtifactId", "artifact"))?,
        };
        required.push(found.ok_or_else(|| Failure::user(format!("requiredArtifacts[{position}] names no artifact")))?);
    }
    let mut distinct: Vec<Artifact> = Vec::new();
    for artifact in required {
        if !distinct.contains(&artifact) {
            distinct.push(artifact);
        }
    }
    Ok(distinct)
}
