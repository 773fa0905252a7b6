//! The image a deploy takes from an earlier stage when its cluster names none (contract 3.2).

use serde_json::Value;

use super::cloud::Cloud;
use super::reading;
use crate::engine::ports::Call;
use crate::model::{Map, StageExecution};

/// Keys by which a cluster names its image itself.
const NAMED: &[&str] = &["amiName", "image", "imageId", "imageName"];

/// Fills `image`, `imageId`, `imageName` and `amiName` from the nearest stage before this one that found or baked an
/// image for the location, or from the strategy's parameters. Leaves a cluster alone that names its image.
pub(crate) fn inherit(call: &Call<'_>, cloud: &Cloud, location: &str, cluster: &mut Map) {
    if NAMED.iter().any(|key| reading::filled(cluster, key).is_some()) {
        return;
    }
    let ancestors = call.execution.ancestors(call.stage);
    let near = ancestors.iter().find_map(|stage| of_stage(stage, cloud, location));
    let Some(image) = near.or_else(|| any_earlier(call, cloud, location)) else { return };
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

fn fitting(details: &[Value], cloud: &Cloud, location: &str) -> Option<Map> {
    details.iter().filter_map(Value::as_object).find(|detail| fits(detail, cloud, location)).cloned()
}

fn fits(detail: &Map, cloud: &Cloud, location: &str) -> bool {
    let here = reading::filled(detail, "region").is_none_or(|region| region == location || region == "global");
    let provider = ["cloudProvider", "cloudProviderType"].into_iter().find_map(|key| reading::filled(detail, key));
    here && provider.is_none_or(|provider| provider == cloud.provider_name)
}
