//! The image a deploy takes when its cluster names none: the artifact it consumes (contract 7.4), else what an earlier
//! stage found (contract 3.2).

use serde_json::Value;

use super::cloud::Cloud;
use super::reading;
use crate::artifacts::consumed;
use crate::engine::ports::Call;
use crate::expr::{Scope, evaluate_map};
use crate::model::{Artifact, Failure, Map, StageExecution};

/// Keys by which a cluster names its image itself.
const NAMED: &[&str] = &["amiName", "image", "imageId", "imageName"];

/// By which keys a cluster consumes an artifact: the id of an expected artifact, which wins, and one written into it.
const ARTIFACT: (&str, &str) = ("imageArtifactId", "imageArtifact");

/// Fills `image`, `imageId`, `imageName` and `amiName` from the nearest stage before this one that found or baked an
/// image for the location, or from the strategy's parameters. Leaves a cluster alone that names its image. An artifact
/// that the cluster names comes first; it is an error when nothing found it.
pub(crate) fn inherit(call: &Call<'_>, cloud: &Cloud, location: &str, cluster: &mut Map) -> Result<(), Failure> {
    let is_named = NAMED.iter().any(|key| reading::filled(cluster, key).is_some());
    let wants_artifact = reading::filled(cluster, "imageSource").is_some_and(|source| source == "artifact");
    if is_named && !wants_artifact {
        return Ok(());
    }
    let consumes = from_artifact(call, cluster)?;
    if consumes || is_named {
        return Ok(());
    }
    let ancestors = call.execution.ancestors(call.stage);
    let near = ancestors.iter().find_map(|stage| of_stage(stage, cloud, location));
    let found = near.or_else(|| any_earlier(call, cloud, location)).or_else(|| of_trigger(call, cloud, location));
    let Some(image) = found else { return Ok(()) };
    for (key, sources) in [
        ("image", &["imageId", "ami", "imageName"][..]),
        ("imageId", &["imageId", "ami"]),
        ("imageName", &["imageName"]),
        ("amiName", &["imageName", "amiName"]),
    ] {
        if let Some(value) = sources.iter().find_map(|source| reading::filled(&image, source)) {
            cluster.insert(key.to_owned(), Value::String(value));
        }
    }
    Ok(())
}

/// Whether the cluster consumes an artifact; then it names that image by its reference, or by its name.
fn from_artifact(call: &Call<'_>, cluster: &mut Map) -> Result<bool, Failure> {
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
        ("amiName".to_owned(), Value::from(name.clone())),
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

fn any_earlier(call: &Call<'_>, cloud: &Cloud, location: &str) -> Option<Map> {
    let stages = call.execution.stages.iter();
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
    let id = id.or_else(|| Artifact::filled(&artifact.reference)).or(name)?;
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
