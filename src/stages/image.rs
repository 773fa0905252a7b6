//! The image a deploy takes when its cluster names none: the artifact it consumes (contract 7.4), else what an earlier
//! stage found (contract 3.2).

use serde_json::Value;

use super::cloud::Cloud;
use super::{Services, reading};
use crate::artifacts::consumed;
use crate::engine::ports::Call;
use crate::expr::{Scope, evaluate_map};
use crate::model::{Artifact, Execution, Failure, Map, StageExecution};

/// Keys by which a cluster names its image itself.
const NAMED: &[&str] = &["amiName", "image", "imageId", "imageName"];

/// The provider whose `amiName` takes an id as well as a name.
pub(super) const AWS: &str = "aws";

/// How far back the executions are followed that started one another.
const GENERATIONS: usize = 16;

/// By which keys a cluster consumes an artifact: the id of an expected artifact, which wins, and one written into it.
const ARTIFACT: (&str, &str) = ("imageArtifactId", "imageArtifact");

/// Fills `image`, `imageId`, `imageName` and `amiName` from the nearest stage before this one that found or baked an
/// image for the location, or from the strategy's parameters. Leaves a cluster alone that names its image. An artifact
/// that the cluster names comes first; it is an error when nothing found it.
pub(crate) async fn inherit(
    call: &Call<'_>,
    services: &Services,
    cloud: &Cloud,
    location: &str,
    cluster: &mut Map,
) -> Result<(), Failure> {
    if inherit_here(call, cloud, location, cluster)? || is_named(cluster) {
        return Ok(());
    }
    match of_parents(call, services, cloud, location).await? {
        Some(image) => fill(cluster, cloud, &image),
        None => inherit_brought(call, cloud, location, cluster),
    }
    Ok(())
}

/// The same from what the trigger brought alone.
pub(crate) fn inherit_brought(call: &Call<'_>, cloud: &Cloud, location: &str, cluster: &mut Map) {
    if let Some(image) = of_trigger(call, cloud, location) {
        fill(cluster, cloud, &image);
    }
}

/// The same from this execution alone, not from those that started it; whether the cluster consumes an artifact or has
/// got an image.
pub(crate) fn inherit_here(call: &Call<'_>, cloud: &Cloud, location: &str, cluster: &mut Map) -> Result<bool, Failure> {
    let is_named = is_named(cluster);
    let wants_artifact = reading::filled(cluster, "imageSource").is_some_and(|source| source == "artifact");
    if is_named && !wants_artifact {
        return Ok(false);
    }
    let consumes = from_artifact(call, cloud, cluster)?;
    if consumes || is_named {
        return Ok(consumes);
    }
    let ancestors = call.execution.ancestors(call.stage);
    let near = ancestors.iter().find_map(|stage| of_stage(stage, cloud, location));
    let Some(image) = near.or_else(|| any_earlier(call.execution, cloud, location)) else { return Ok(false) };
    fill(cluster, cloud, &image);
    Ok(true)
}

pub(super) fn is_named(cluster: &Map) -> bool {
    NAMED.iter().any(|key| reading::filled(cluster, key).is_some())
}

fn fill(cluster: &mut Map, cloud: &Cloud, image: &Map) {
    // An image of another owner is not found by its name.
    let ami: &[&str] =
        if cloud.provider_name == AWS { &["ami", "imageId", "imageName"] } else { &["imageName", "amiName"] };
    for (key, sources) in [
        ("image", &["imageId", "ami", "imageName"][..]),
        ("imageId", &["imageId", "ami"]),
        ("imageName", &["imageName"]),
        ("amiName", ami),
    ] {
        if let Some(value) = sources.iter().find_map(|source| reading::filled(image, source)) {
            cluster.insert(key.to_owned(), Value::String(value));
        }
    }
}

/// What the executions found that started this one, the nearest first; each up to the stage that started the next.
async fn of_parents(
    call: &Call<'_>,
    services: &Services,
    cloud: &Cloud,
    location: &str,
) -> Result<Option<Map>, Failure> {
    let mut trigger = call.execution.trigger.clone();
    for _ in 0..GENERATIONS {
        let Some(id) = reading::filled(&trigger, "parentPipelineId") else { break };
        let Some(parent) = services.pipelines.execution(&id).await? else { break };
        let stage = reading::filled(&trigger, "parentPipelineStageId").and_then(|id| parent.stage(&id));
        let ancestors = stage.map(|stage| parent.ancestors(stage)).unwrap_or_default();
        let near = ancestors.iter().find_map(|stage| of_stage(stage, cloud, location));
        if let Some(found) = near.or_else(|| any_earlier(&parent, cloud, location)) {
            return Ok(Some(found));
        }
        trigger = parent.trigger;
    }
    Ok(None)
}

/// Whether the cluster consumes an artifact; then it names that image by its reference, or by its name.
fn from_artifact(call: &Call<'_>, cloud: &Cloud, cluster: &mut Map) -> Result<bool, Failure> {
    let mut context = call.context.clone();
    for key in [ARTIFACT.0, ARTIFACT.1] {
        if let Some(value) = cluster.get(key) {
            context.insert(key.to_owned(), value.clone());
        }
    }
    let Some(artifact) = consumed(call.execution, call.stage, &context, ARTIFACT)? else { return Ok(false) };
    let (id, name) = image_of(&artifact)
        .ok_or_else(|| Failure::user(format!("{artifact} has neither 'reference' nor 'name' to deploy it by")))?;
    let found = Map::from_iter([
        ("amiName".to_owned(), Value::from(if cloud.provider_name == AWS { &*id } else { &*name })),
        ("image".to_owned(), Value::from(id.clone())),
        ("imageId".to_owned(), Value::from(id)),
        ("imageName".to_owned(), Value::from(name)),
    ]);
    // What a trigger brought may itself hold expressions.
    let scope = Scope::of_stage_with_context(call.execution, call.stage, call.context).at(call.now);
    cluster.extend(evaluate_map(&found, &scope).0);
    Ok(true)
}

fn of_stage(stage: &StageExecution, cloud: &Cloud, location: &str) -> Option<Map> {
    if reading::filled(&stage.context, "ami").is_some() && fits(&stage.context, cloud, location) {
        return Some(stage.context.clone());
    }
    fitting(reading::list(&stage.context, "amiDetails"), cloud, location)
}

fn any_earlier(execution: &Execution, cloud: &Cloud, location: &str) -> Option<Map> {
    let stages = execution.stages.iter();
    stages.map(|stage| reading::list(&stage.outputs, "deploymentDetails")).find_map(|all| fitting(all, cloud, location))
}

/// An image of this cloud among the artifacts that the trigger brought, such as `aws/image`.
fn of_trigger(call: &Call<'_>, cloud: &Cloud, location: &str) -> Option<Map> {
    let kind = format!("{}/image", cloud.provider_name);
    let brought = reading::list(&call.execution.trigger, "artifacts").iter();
    let artifacts = brought.filter_map(|value| Artifact::from_value(value).ok());
    let fits = |artifact: &Artifact| {
        artifact.kind() == kind && Artifact::filled(&artifact.location).is_none_or(|place| place == location)
    };
    let (id, name) = image_of(&artifacts.into_iter().find(fits)?)?;
    Some(Map::from_iter([("imageId".to_owned(), id.into()), ("imageName".to_owned(), name.into())]))
}

/// Id and name of the image that an artifact is. What a 'findImage' stage found has its id beside it.
fn image_of(artifact: &Artifact) -> Option<(String, String)> {
    let id = artifact.metadata.get("imageId").and_then(Value::as_str).filter(|id| !id.is_empty());
    let name = Artifact::filled(&artifact.name);
    // Spinnaker's 'findImage' writes the type where the reference belongs.
    let reference = Artifact::filled(&artifact.reference).filter(|reference| *reference != artifact.kind());
    let id = id.or(reference).or(name)?;
    Some((id.to_owned(), name.unwrap_or(id).to_owned()))
}

fn fitting(details: &[Value], cloud: &Cloud, location: &str) -> Option<Map> {
    details.iter().filter_map(Value::as_object).find(|detail| fits(detail, cloud, location)).cloned()
}

fn fits(detail: &Map, cloud: &Cloud, location: &str) -> bool {
    let here = reading::filled(detail, "region").is_none_or(|region| region == location || region == "global");
    let provider = ["cloudProvider", "cloudProviderType"].into_iter().find_map(|key| reading::filled(detail, key));
    here && provider.is_none_or(|provider| provider == cloud.provider_name)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_image_is_known_by_its_id_its_reference_or_its_name() {
        for (artifact, wanted) in [
            (json!({"type": "docker/image", "name": "x/y", "reference": "x/y:1"}), Some(("x/y:1", "x/y"))),
            (json!({"type": "local/image", "reference": "hello-2"}), Some(("hello-2", "hello-2"))),
            (
                json!({"type": "aws/image", "name": "web-1", "reference": "aws/image", "metadata": {"imageId": "ami-1"}}),
                Some(("ami-1", "web-1")),
            ),
            (json!({"type": "aws/image"}), None),
        ] {
            let found = image_of(&Artifact::from_value(&artifact).unwrap());
            assert_eq!(found, wanted.map(|(id, name)| (id.to_owned(), name.to_owned())), "{artifact}");
        }
    }
}
