//! The other way round: from a pipeline to tidy YAML of ours that means the same.
//!
//! Dropped are only keys that mean nothing to an engine: Spinnaker's bookkeeping ([`DROPPED`]), and defaults written
//! out ([`DEFAULTS`]). [`same_meaning`] proves the rest.

use std::collections::{HashMap, HashSet};

use serde_json::{Value, json};

use super::stage_fields::COMMON_FIELDS;
use super::sugar::kebab;
use super::{Pipeline, StageDefinition};
use crate::model::{Field, Map, Shape, StageCatalogue, Unit, parse_duration};

/// Keys of pipelines that user interfaces and stores keep for themselves.
pub const DROPPED: &[&str] = &[
    "appConfig",
    "createTs",
    "executionEngine",
    "index",
    "isNew",
    "lastModified",
    "lastModifiedBy",
    "migrationStatus",
    "parallel",
    "stageCounter",
    "updateTs",
];

/// Keys of stages that user interfaces keep for themselves.
pub const DROPPED_OF_STAGES: &[&str] = &["isNew"];

/// Keys of pipelines that are left out when they have the value that their absence means.
const DEFAULTS: &[(&str, &str)] = &[
    ("description", "\"\""),
    ("expectedArtifacts", "[]"),
    ("keepWaitingPipelines", "false"),
    ("limitConcurrent", "false"),
    ("maxConcurrentExecutions", "0"),
    ("notifications", "[]"),
    ("parameterConfig", "[]"),
    ("triggers", "[]"),
];

/// Keys that open a pipeline, in this order.
const FIRST: &[&str] = &["name", "application", "id", "description", "spelEvaluator", "limitConcurrent"];

/// A pipeline as tidy as it can be written.
#[must_use]
pub fn tidy(pipeline: &Pipeline, catalogue: &dyn StageCatalogue) -> Map {
    let Value::Object(document) = meaning(pipeline) else { return Map::new() };
    let mut tidied = Map::new();
    for key in FIRST {
        if let Some(value) = document.get(*key) {
            tidied.insert((*key).to_owned(), value.clone());
        }
    }
    if let Some(Value::Array(declared)) = document.get("parameterConfig") {
        match parameters(declared) {
            Some(map) => tidied.insert("parameters".into(), Value::Object(map)),
            None => tidied.insert("parameterConfig".into(), Value::Array(declared.clone())),
        };
    }
    for (key, value) in &document {
        if key != "stages" && key != "parameterConfig" && !FIRST.contains(&key.as_str()) {
            tidied.insert(key.clone(), value.clone());
        }
    }
    tidied.insert("stages".into(), stages(&pipeline.stages, catalogue));
    tidied
}

/// Whether a value is a default, which the table holds as JSON text.
fn default_is(value: &Value, default: &str) -> bool {
    let text = value.to_string();
    text == default
}

/// What a pipeline says to an engine: its document without keys that mean nothing.
#[must_use]
pub fn meaning(pipeline: &Pipeline) -> Value {
    let mut value = pipeline.to_value();
    let Some(document) = value.as_object_mut() else { return value };
    document.retain(|key, value| {
        let is_default = || DEFAULTS.iter().any(|(known, default)| known == key && default_is(value, default));
        !DROPPED.contains(&key.as_str()) && !value.is_null() && !is_default()
    });
    for stage in document.get_mut("stages").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(stage) = stage.as_object_mut() {
            stage.retain(|key, _| !DROPPED_OF_STAGES.contains(&key.as_str()));
        }
    }
    value
}

/// Whether two pipelines mean the same to an engine.
#[must_use]
pub fn same_meaning(first: &Pipeline, second: &Pipeline) -> bool {
    meaning(first) == meaning(second)
}

/// Declarations as a map from names; `None` when it cannot say the same.
fn parameters(declared: &[Value]) -> Option<Map> {
    let mut map = Map::new();
    for entry in declared {
        let mut entry = entry.as_object()?.clone();
        let name = entry.shift_remove("name").and_then(|name| name.as_str().map(str::to_owned))?;
        if let Some(Value::Array(options)) = entry.get("options")
            && entry.get("hasOptions") == Some(&Value::Bool(true))
        {
            let plain = |option: &Value| {
                let map = option.as_object().filter(|map| map.len() == 1)?;
                map.get("value").filter(|value| !value.is_object()).cloned()
            };
            if let Some(options) = options.iter().map(plain).collect::<Option<Vec<_>>>() {
                entry.insert("options".into(), options.into());
                entry.shift_remove("hasOptions");
            }
        }
        let plain_default = entry.len() == 1 && entry.get("default").is_some_and(|d| !d.is_object() && !d.is_null());
        let value = if plain_default { entry["default"].clone() } else { Value::Object(entry) };
        if map.insert(name, value).is_some() {
            return None;
        }
    }
    Some(map)
}

fn stages(stages: &[StageDefinition], catalogue: &dyn StageCatalogue) -> Value {
    let ref_ids: HashSet<&str> = stages.iter().map(|stage| stage.ref_id.as_str()).collect();
    let mut names: HashMap<&str, usize> = HashMap::new();
    for stage in stages {
        *names.entry(stage.name.as_str()).or_default() += 1;
    }
    let by_id: HashMap<&str, &StageDefinition> = stages.iter().map(|stage| (stage.ref_id.as_str(), stage)).collect();
    // The name of a stage says more than its number, where it means that stage and nothing else.
    let needed = |id: &String| match by_id.get(id.as_str()) {
        Some(stage) if names.get(stage.name.as_str()) == Some(&1) && !ref_ids.contains(stage.name.as_str()) => {
            stage.name.clone()
        }
        _ => id.clone(),
    };
    let is_line = stages.iter().enumerate().all(|(index, stage)| {
        let before = index.checked_sub(1).map(|before| before.to_string());
        stage.ref_id == index.to_string() && stage.requisites.iter().eq(before.iter())
    });
    let one = |stage: &StageDefinition| {
        let mut map = Map::new();
        // The name gives the refId of its own accord when it is the only one of that form.
        let derived = kebab(&stage.name);
        let alone = stages.iter().filter(|other| kebab(&other.name) == derived).count() == 1;
        if !(is_line || alone && derived == stage.ref_id) {
            map.insert("refId".into(), stage.ref_id.clone().into());
        }
        let kind = written_kind(stage);
        if stage.name != stage.kind {
            map.insert("name".into(), stage.name.clone().into());
        }
        map.insert("type".into(), kind.into());
        if !is_line {
            match stage.requisites.as_slice() {
                [] => {}
                [only] => drop(map.insert("needs".into(), needed(only).into())),
                several => drop(map.insert("needs".into(), several.iter().map(needed).collect())),
            }
        }
        if let Some(expiry) = stage.start_time_expiry {
            map.insert("startTimeExpiry".into(), expiry.to_string().into());
        }
        let own = catalogue.fields(&stage.kind).unwrap_or(&[]);
        for (key, value) in &stage.context {
            if DROPPED_OF_STAGES.contains(&key.as_str()) {
                continue;
            }
            let field = own.iter().chain(COMMON_FIELDS).find(|field| field.name == key);
            let value = field.map_or_else(|| value.clone(), |field| durations(value, &field.shape));
            map.insert(key.clone(), value);
        }
        Value::Object(map)
    };
    stages.iter().map(one).collect()
}

/// The type as it is written beside a `providerType`, which is appended to it when it is read.
fn written_kind(stage: &StageDefinition) -> &str {
    let provider = stage.context.get("providerType").and_then(Value::as_str);
    let suffix = provider.filter(|provider| !matches!(*provider, "aws" | "titus"));
    suffix.and_then(|provider| stage.kind.strip_suffix(provider)?.strip_suffix('_')).unwrap_or(&stage.kind)
}

/// Numbers of a unit as durations, where they come back as the same number.
fn durations(value: &Value, shape: &Shape) -> Value {
    match (shape, value) {
        (Shape::Duration(unit), Value::Number(number)) => {
            number.as_u64().and_then(|number| duration(number, *unit)).map_or_else(|| value.clone(), Value::String)
        }
        (Shape::List(item), Value::Array(items)) => items.iter().map(|value| durations(value, item)).collect(),
        (Shape::Object(fields), Value::Object(map)) => {
            let entry = |(key, value): (&String, &Value)| {
                let field = fields.iter().find(|field: &&Field| field.name == key);
                (key.clone(), field.map_or_else(|| value.clone(), |field| durations(value, &field.shape)))
            };
            Value::Object(map.iter().map(entry).collect())
        }
        _ => value.clone(),
    }
}

fn duration(number: u64, unit: Unit) -> Option<String> {
    let per_unit = match unit {
        Unit::Milliseconds => 1,
        Unit::Seconds => 1_000,
        Unit::Minutes => 60_000,
        Unit::Hours => 3_600_000,
    };
    let total = number.checked_mul(per_unit).filter(|total| *total > 0)?;
    let mut rest = total;
    let mut text = String::new();
    for (length, name) in [(3_600_000, "h"), (60_000, "m"), (1_000, "s"), (1, "ms")] {
        if rest >= length {
            text.push_str(&format!("{}{name}", rest / length));
            rest %= length;
        }
    }
    let read = parse_duration(&text).map(|duration| duration.as_millis());
    (read == Some(u128::from(total))).then_some(text)
}

/// Whether a document is a Kubernetes resource that Armory's operator makes a pipeline of, and the pipeline in it.
pub(super) fn of_resource(document: &Map) -> Option<Map> {
    let text = |key: &str| document.get(key).and_then(Value::as_str).unwrap_or_default();
    if !text("apiVersion").starts_with("pacrd.") || text("kind") != "Pipeline" {
        return None;
    }
    let mut pipeline = document.get("spec")?.as_object()?.clone();
    let name = document.get("metadata").and_then(|metadata| metadata.get("name")).cloned().unwrap_or(json!("pipeline"));
    pipeline.entry("name").or_insert(name);
    for stage in pipeline.get_mut("stages").and_then(Value::as_array_mut).into_iter().flatten() {
        let Some(map) = stage.as_object_mut() else { continue };
        if let Some(Value::Object(properties)) = map.shift_remove("properties") {
            map.extend(properties);
        }
    }
    Some(pipeline)
}
