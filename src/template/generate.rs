//! From a template of schema 1, all done, to the pipeline document.

use serde_json::{Map as JsonMap, Value, json};

use super::merge::by_name;
use super::read::text;
use super::refs::hash_order;
use super::stage::Stage;
use super::v1::Template;
use crate::model::Map;

/// What the generated pipeline is made of.
pub(super) struct Parts<'a> {
    pub(super) template: &'a Template,
    /// The stored pipeline around the configuration.
    pub(super) request: &'a Map,
    /// `pipeline` of the configuration.
    pub(super) pipeline: &'a Map,
    /// `configuration` of the configuration, rendered.
    pub(super) configuration: &'a Map,
    pub(super) trigger: &'a Map,
}

/// The sections of a configuration that a pipeline may inherit, and the keys they get.
const SECTIONS: &[(&str, &str)] =
    &[("notifications", "notifications"), ("parameters", "parameterConfig"), ("triggers", "triggers")];

/// The pipeline document.
pub(super) fn generate(parts: &Parts<'_>) -> Map {
    let Parts { template, request, pipeline: given, configuration, trigger } = parts;
    let mut pipeline = Map::new();
    let application = text(given, "application").unwrap_or_default();
    let name = text(given, "name").unwrap_or("Unnamed Execution");
    if let Some(id) = text(request, "id").or_else(|| text(given, "pipelineConfigId")) {
        pipeline.insert("id".into(), id.into());
    }
    pipeline.insert("application".into(), application.into());
    pipeline.insert("name".into(), name.into());
    if let Some(source) = &template.source {
        let source = json!({"id": source, "type": "templatedPipeline", "version": "v1"});
        pipeline.insert("source".into(), source);
    }
    if let Some(description) = configuration.get("description").filter(|text| !text.is_null()) {
        pipeline.insert("description".into(), description.clone());
    }
    let concurrent = template.configuration.get("concurrentExecutions");
    for (key, default) in [
        ("limitConcurrent", json!(true)),
        ("maxConcurrentExecutions", json!(0)),
        ("keepWaitingPipelines", json!(false)),
    ] {
        let value = concurrent.and_then(|map| map.get(key)).or_else(|| request.get(key)).cloned();
        pipeline.insert(key.into(), value.unwrap_or(default));
    }
    for (section, key) in SECTIONS {
        pipeline.insert(
            (*key).into(),
            Value::Array(by_name(items(&template.configuration, section), items(configuration, section))),
        );
    }
    let artifacts = artifacts(&template.configuration, configuration, request);
    pipeline.insert("expectedArtifacts".into(), Value::Array(artifacts));
    if let Some(evaluator) = request.get("spelEvaluator") {
        pipeline.insert("spelEvaluator".into(), evaluator.clone());
    }
    pipeline.insert("stages".into(), template.stages.iter().map(stage_value).collect());
    if !trigger.is_empty() {
        pipeline.insert("trigger".into(), Value::Object((*trigger).clone()));
    }
    pipeline
}

fn items(map: &Map, key: &str) -> Vec<Value> {
    map.get(key).and_then(Value::as_array).cloned().unwrap_or_default()
}

/// Later ones take the place of earlier ones with the same id; the order is that of Spinnaker's map.
fn artifacts(template: &Map, configuration: &Map, request: &Map) -> Vec<Value> {
    let mut by_id: Vec<(String, Value)> = Vec::new();
    let all = [template, configuration, request].into_iter().flat_map(|map| items(map, "expectedArtifacts"));
    for artifact in all {
        let id = artifact.get("id").and_then(Value::as_str).unwrap_or("null").to_owned();
        match by_id.iter_mut().find(|(known, _)| *known == id) {
            Some((_, known)) => *known = artifact,
            None => by_id.push((id, artifact)),
        }
    }
    hash_order(&mut by_id, |(id, _)| id);
    by_id.into_iter().map(|(_, artifact)| artifact).collect()
}

fn stage_value(stage: &Stage) -> Value {
    let mut map = JsonMap::new();
    // Spinnaker draws a random 'id' here as well, which nothing can name.
    map.insert("refId".into(), stage.id.clone().into());
    map.insert("type".into(), stage.kind.clone().into());
    map.insert("name".into(), stage.shown_name().into());
    map.insert("requisiteStageRefIds".into(), stage.requisites.to_value());
    if let Some(group) = &stage.group {
        map.insert("group".into(), group.clone().into());
    }
    if let Some(config) = stage.config.as_object() {
        map.extend(config.clone());
    }
    Value::Object(map)
}
