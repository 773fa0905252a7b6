//! The artifacts a run is given by hand.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use serde_json::Value;

use super::error::{Findings, Told};
use crate::artifacts;
use crate::diagnostic::{Diagnostic, read_documents};
use crate::model::{Artifact, Execution, Map};
use crate::pipeline::{Pipeline, read_source};

/// Artifacts for the trigger.
#[derive(Args, Clone, Debug, Default)]
pub struct ArtifactArgs {
    /// An artifact for the pipeline: TYPE:REFERENCE or JSON; may be repeated
    #[arg(long = "artifact", value_name = "ARTIFACT")]
    artifact: Vec<String>,
    /// A YAML or JSON file of artifacts, {artifacts: […]} as spin's --artifacts-file or a list
    #[arg(long, value_name = "FILE")]
    artifacts: Option<PathBuf>,
}

impl ArtifactArgs {
    /// Adds the artifacts to those the trigger brings.
    pub fn add_to(&self, trigger: &mut Map) -> anyhow::Result<()> {
        let mut given = Vec::new();
        if let Some(path) = &self.artifacts {
            given.extend(read_file(path)?);
        }
        for text in &self.artifact {
            given.push(Value::Object(artifacts::parse(text)?.to_map()));
        }
        if given.is_empty() {
            return Ok(());
        }
        match trigger.entry("artifacts").or_insert(Value::Null) {
            Value::Array(known) => known.extend(given),
            Value::Null => {
                trigger.insert("artifacts".to_owned(), Value::Array(given));
            }
            other => return Err(Told::usage(format!("'artifacts' of the trigger is {other}, no list")).into()),
        }
        Ok(())
    }
}

fn read_file(path: &std::path::Path) -> anyhow::Result<Vec<Value>> {
    let source = Arc::new(read_source(path).map_err(|finding| Findings(vec![finding]))?);
    let (mut documents, findings) = read_documents(&source);
    if findings.iter().any(Diagnostic::is_error) {
        return Err(Findings(findings).into());
    }
    let list = match documents.pop().map(|document| document.value) {
        Some(Value::Array(list)) => Some(list),
        Some(Value::Object(mut map)) => map.remove("artifacts").and_then(|list| list.as_array().cloned()),
        _ => None,
    };
    let list = list.filter(|_| documents.is_empty()).ok_or_else(|| {
        Told::usage(format!("{} holds no artifacts", path.display()))
            .hint("write {\"artifacts\": [{\"type\": …, \"name\": …, \"reference\": …}]}")
    })?;
    for (position, value) in list.iter().enumerate() {
        Artifact::from_value(value)
            .map_err(|invalid| Told::usage(format!("{}: artifact {}: {invalid}", path.display(), position + 1)))?;
    }
    Ok(list)
}

/// Asks, in the trigger's `expectedArtifactIds`, for every expected artifact that one of the trigger's artifacts
/// matches, and for those that the pipeline's trigger on this parent names.
pub fn ask_for_received(pipeline: &Pipeline, parent: Option<&Execution>, trigger: &mut Map) {
    let list = |map: &Map, key: &str| map.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
    let mut ids = list(trigger, "expectedArtifactIds");
    for configured in list(&pipeline.document, "triggers").iter().filter_map(Value::as_object) {
        let of_pipeline = configured.get("type").and_then(Value::as_str) == Some("pipeline");
        let of_parent = parent.is_some_and(|parent| {
            configured.get("pipeline").and_then(Value::as_str) == Some(&parent.pipeline_config_id)
        });
        if of_pipeline && of_parent {
            ids.extend(list(configured, "expectedArtifactIds"));
        }
    }
    // What is no artifact is named when the artifacts are resolved.
    let received = list(trigger, "artifacts");
    let received: Vec<Artifact> = received.iter().filter_map(|value| Artifact::from_value(value).ok()).collect();
    ids.extend(artifacts::matched_ids(&pipeline.expected_artifacts, &received).into_iter().map(Value::String));
    let mut distinct: Vec<Value> = Vec::new();
    for id in ids {
        if !distinct.contains(&id) {
            distinct.push(id);
        }
    }
    if !distinct.is_empty() {
        trigger.insert("expectedArtifactIds".to_owned(), Value::Array(distinct));
    }
}
