//! Artifacts that stages and triggers ask for by id, and that nothing expects or makes.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Findings, with_help};
use crate::diagnostic::{Diagnostic, Place};
use crate::model::ExpectedArtifact;
use crate::pipeline::Pipeline;
use crate::pipeline::header::describe;

/// Lists of ids in a stage.
const LISTS: &[&str] = &["packageArtifactIds", "requiredArtifactIds"];
/// Lists of objects, and objects, that name an artifact by id unless they hold one.
const OBJECTS: &[&str] = &["inputArtifact", "inputArtifacts", "requiredArtifacts"];
/// How deep a stage is looked through.
const DEEPEST: usize = 6;

pub(super) fn check(pipeline: &Pipeline, findings: &mut Findings<'_>) {
    let declared = pipeline.expected_artifacts.iter().enumerate();
    let place = pipeline.place.key("expectedArtifacts");
    declared.for_each(|(index, value)| readable(value, place.index(index), findings));
    for (index, trigger) in pipeline.triggers.iter().enumerate().filter(|(_, trigger)| !trigger.is_object()) {
        let title = format!("a trigger is an object with a 'type', but this is {}", describe(trigger));
        let finding = Diagnostic::error("GNK0010", title).label("an object belongs here");
        findings.add(finding, pipeline.place.key("triggers").index(index));
    }
    let mut expected: BTreeSet<&str> = ids(pipeline.expected_artifacts.iter()).collect();
    for stage in &pipeline.stages {
        let list = stage.context.get("expectedArtifacts").and_then(Value::as_array).into_iter().flatten();
        let place = stage.place.key("expectedArtifacts");
        // That items of a stage's list are objects is checked with its other fields.
        let objects = list.clone().enumerate().filter(|(_, value)| value.is_object());
        objects.for_each(|(index, value)| readable(value, place.index(index), findings));
        expected.extend(ids(list.chain(stage.context.get("expectedArtifact"))));
    }
    let mut asked = Vec::new();
    for stage in &pipeline.stages {
        for (key, value) in &stage.context {
            asks(key, value, &stage.place.key(key), 0, &mut asked);
        }
    }
    for (index, trigger) in pipeline.triggers.iter().enumerate() {
        let list = trigger.get("expectedArtifactIds").and_then(Value::as_array).into_iter().flatten();
        let place = pipeline.place.key("triggers").index(index).key("expectedArtifactIds");
        let ids = list.enumerate().filter_map(|(at, id)| Some((id.as_str()?, place.index(at))));
        asked.extend(ids.filter(|(id, _)| !id.is_empty()));
    }
    for (id, place) in asked.into_iter().filter(|(id, _)| !expected.contains(id)) {
        let finding =
            Diagnostic::warning("GNK0058", format!("nothing expects or makes an artifact with the id '{id}'"))
                .label("no such expected artifact");
        let near = findings.did_you_mean(id, expected.iter().copied());
        let help =
            near.unwrap_or_else(|| "declare it under 'expectedArtifacts' of the pipeline or of a stage".to_owned());
        findings.add(with_help(finding, Some(help)), place);
    }
}

/// Finds an expected artifact that cannot be read.
fn readable(value: &Value, place: Place, findings: &mut Findings<'_>) {
    if let Err(why) = ExpectedArtifact::from_value(value) {
        let finding = Diagnostic::error("GNK0059", format!("this expected artifact cannot be read: {why}"))
            .label("no expected artifact")
            .help("write {id: NAME, matchArtifact: {type: TYPE, name: PATTERN}}");
        findings.add(finding, place);
    }
}

fn ids<'v>(expected: impl Iterator<Item = &'v Value>) -> impl Iterator<Item = &'v str> {
    expected.filter_map(|artifact| artifact.get("id")?.as_str())
}

/// Collects the ids below a key that name expected artifacts.
fn asks<'v>(key: &str, value: &'v Value, place: &Place, depth: usize, asked: &mut Vec<(&'v str, Place)>) {
    let is_literal = |text: &str| !text.is_empty() && !text.contains("${");
    match value {
        Value::String(id) if key.ends_with("ArtifactId") && is_literal(id) => asked.push((id, place.clone())),
        Value::Array(items) if LISTS.contains(&key) => {
            let texts = items.iter().enumerate().filter_map(|(at, id)| Some((id.as_str()?, place.index(at))));
            asked.extend(texts.filter(|(id, _)| is_literal(id)));
        }
        Value::Array(items) if depth < DEEPEST => {
            for (at, item) in items.iter().enumerate() {
                asks(key, item, &place.index(at), depth + 1, asked);
            }
        }
        Value::Object(map) if depth < DEEPEST => {
            let id = map.get("id").and_then(Value::as_str).filter(|id| is_literal(id));
            if let Some(id) = id.filter(|_| OBJECTS.contains(&key) && !map.contains_key("artifact")) {
                asked.push((id, place.key("id")));
            }
            // A manifest and an expected artifact have words of their own.
            if !matches!(key, "manifest" | "manifests" | "expectedArtifact" | "expectedArtifacts") {
                for (key, value) in map {
                    asks(key, value, &place.key(key), depth + 1, asked);
                }
            }
        }
        _ => {}
    }
}
