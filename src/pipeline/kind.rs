//! What a document is, told by its keys: a pipeline, or something else that lies in the same folders.

use serde_json::Value;

use crate::diagnostic::Diagnostic;
use crate::model::Map;

/// What a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentKind {
    /// An ordinary pipeline.
    Pipeline,
    /// A pipeline template of schema 1 or v2.
    Template,
    /// A pipeline made from a template: its name and the template's variables.
    TemplatedPipeline,
    /// The record of an execution.
    Execution,
    /// A list of tasks without stages, as sent to Spinnaker's `/tasks`.
    Operation,
    /// A stage by itself.
    Stage,
    /// A resource of Kubernetes.
    Resource,
    /// A configuration of a canary analysis (Kayenta's).
    CanaryConfig,
    /// A text that another program makes documents of: Jinja, Jsonnet, a module of dinghyfiles.
    Text,
    /// Anything else.
    Unknown,
}

/// Tells documents apart by their keys.
pub(super) fn classify(map: &Map) -> DocumentKind {
    let text = |key: &str| map.get(key).and_then(Value::as_str).unwrap_or("");
    let schema = match map.get("schema") {
        Some(Value::Number(number)) => number.to_string(),
        _ => text("schema").to_owned(),
    };
    let is_object = |key: &str| map.get(key).is_some_and(Value::is_object);
    if (text("type") == "templatedPipeline" && (is_object("config") || is_object("template")))
        || (!schema.is_empty() && map.contains_key("template"))
        || (!schema.is_empty() && map.get("pipeline").is_some_and(|pipeline| pipeline.get("template").is_some()))
    {
        return DocumentKind::TemplatedPipeline;
    }
    if schema == "v2" && is_object("pipeline") {
        return DocumentKind::Template;
    }
    // Deck writes schema "1" into ordinary pipelines too; their stages have a refId where those of templates have an id.
    if !schema.is_empty() && schema != "v2" && !has_ordinary_stages(map) {
        // Of schema 1 the configuration says which pipeline it makes; a template has only stages.
        return if is_object("pipeline") { DocumentKind::TemplatedPipeline } else { DocumentKind::Template };
    }
    let has_status = |stage: &Value| stage.get("status").is_some() && stage.get("context").is_some();
    if matches!(text("type").to_ascii_uppercase().as_str(), "PIPELINE" | "ORCHESTRATION")
        && map.get("stages").and_then(Value::as_array).is_some_and(|stages| stages.iter().any(has_status))
    {
        return DocumentKind::Execution;
    }
    if map.contains_key("stages") {
        return DocumentKind::Pipeline;
    }
    if map.contains_key("apiVersion") && map.contains_key("kind") {
        return DocumentKind::Resource;
    }
    if map.get("metrics").is_some_and(Value::is_array) && (is_object("classifier") || is_object("judge")) {
        return DocumentKind::CanaryConfig;
    }
    if is_stage(map) {
        return DocumentKind::Stage;
    }
    if map.get("job").is_some_and(Value::is_array) {
        return DocumentKind::Operation;
    }
    let usual =
        ["triggers", "parameterConfig", "limitConcurrent", "keepWaitingPipelines", "spelEvaluator", "parameters"];
    let header = map.contains_key("name") && map.contains_key("application");
    if header || usual.iter().any(|key| map.contains_key(*key)) {
        DocumentKind::Pipeline
    } else {
        DocumentKind::Unknown
    }
}

fn has_ordinary_stages(map: &Map) -> bool {
    let stages = map.get("stages").and_then(Value::as_array);
    stages.is_some_and(|stages| stages.iter().any(|stage| stage.get("refId").is_some()))
}

/// Whether an object without stages is a stage rather than a pipeline.
fn is_stage(map: &Map) -> bool {
    ["refId", "requisiteStageRefIds", "needs"].iter().any(|key| map.contains_key(*key))
        || map.get("type").and_then(Value::as_str).is_some_and(|kind| kind != "templatedPipeline")
}

/// The finding for somebody who takes this document for a pipeline.
pub(super) fn not_a_pipeline(kind: DocumentKind, map: &Map) -> Diagnostic {
    match kind {
        DocumentKind::Template => Diagnostic::error("GNK0008", "this is a pipeline template, not a pipeline")
            .label("a template begins here")
            .help("'gennaker template render' shows the pipeline it makes of some --var NAME=VALUE"),
        DocumentKind::TemplatedPipeline => {
            Diagnostic::error("GNK0008", "this is the configuration of a templated pipeline, not a pipeline")
                .label("a configuration begins here")
                .help("'gennaker template plan' shows the pipeline it makes")
        }
        DocumentKind::Execution => Diagnostic::error("GNK0007", "this is the record of an execution, not a pipeline")
            .label("an execution begins here")
            .help("run the pipeline it was made from; 'gennaker eval --execution FILE' evaluates expressions on it"),
        DocumentKind::Operation => Diagnostic::error("GNK0007", "this is a list of operations, not a pipeline")
            .label("'job' holds operations")
            .help("write each operation as a stage of a pipeline: rename 'job' to 'stages'"),
        DocumentKind::CanaryConfig => {
            Diagnostic::error("GNK0007", "this is the configuration of a canary analysis, not a pipeline")
                .label("a configuration begins here")
                .help("a 'kayentaCanary' stage names it in 'canaryConfigId'")
        }
        DocumentKind::Resource => {
            let kind = map.get("kind").and_then(Value::as_str).unwrap_or("resource");
            Diagnostic::error("GNK0007", format!("this is a Kubernetes {kind}, not a pipeline"))
                .label("a manifest begins here")
                .help("a 'deployManifest' stage deploys it")
        }
        DocumentKind::Stage => {
            Diagnostic::error("GNK0007", "this is a stage by itself, not a pipeline: it has no 'stages'")
                .label("a stage begins here")
                .help("put it into the 'stages' of a pipeline")
        }
        DocumentKind::Pipeline | DocumentKind::Text | DocumentKind::Unknown => {
            Diagnostic::error("GNK0007", "this object is no pipeline: it has no 'stages'").label("no pipeline")
        }
    }
}
