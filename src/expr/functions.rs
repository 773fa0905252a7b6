//! The functions `#name(…)` of contract 6.5.

use base64::Engine;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::Value as Json;

use crate::model::{Execution, StageExecution, Status};

use super::convert::{convert_to_text, parse_real, to_json, to_text};
use super::error::{ExprError, HELPER, ILLEGAL_ARGUMENT, NULL_POINTER, NUMBER_FORMAT, Result};
use super::json_text::jackson;
use super::machine::Machine;
use super::methods::parse_int;
use super::value::Value;
use super::yaml::documents;

/// A function, its parameters behind the execution, and whether it takes the execution first.
struct Function {
    name: &'static str,
    of_execution: bool,
    texts: usize,
    run: for<'a> fn(&Machine<'a>, Option<&'a Execution>, &[Value<'a>]) -> Result<Value<'a>>,
}

const fn plain(
    name: &'static str,
    run: for<'a> fn(&Machine<'a>, Option<&'a Execution>, &[Value<'a>]) -> Result<Value<'a>>,
) -> Function {
    Function { name, of_execution: false, texts: 1, run }
}

const fn aware(
    name: &'static str,
    texts: usize,
    run: for<'a> fn(&Machine<'a>, Option<&'a Execution>, &[Value<'a>]) -> Result<Value<'a>>,
) -> Function {
    Function { name, of_execution: true, texts, run }
}

const FUNCTIONS: &[Function] = &[
    plain("alphanumerical", |_, _, a| {
        let kept = |c: &char| c.is_ascii_alphanumeric();
        Ok(Value::text(str_of(a, "String.replaceAll(String, String)")?.chars().filter(kept).collect::<String>()))
    }),
    aware("canaryConfigNameToId", 2, canary_config),
    aware("cfServiceKey", 1, cf_service_key),
    aware("currentStage", 0, |c, _, _| match c.scope.stage() {
        Some((execution, stage)) => Ok(Value::Stage(execution, stage)),
        None => Err(helper("Unable to locate the current stage: this is not evaluated inside a stage")),
    }),
    aware("currentUser", 0, |c, e, _| {
        let user = e.map(|e| e.authentication.user.as_str()).filter(|user| !user.is_empty());
        Ok(Value::text(
            user.map(str::to_owned).or_else(|| c.scope.host().current_user()).unwrap_or_else(|| "anonymous".to_owned()),
        ))
    }),
    aware("deployedServerGroups", usize::MAX, |_, e, a| deployed_server_groups(running(e)?, a)),
    plain("doNotEval", |_, _, a| Ok(Value::NotEvaluable(a[0].clone().into()))),
    plain("fetchReference", |c, _, a| match a[0].str() {
        Some(text) if text.starts_with("ref://") => {
            c.scope.host().fetch_reference(text).map(Value::text).map_err(helper)
        }
        _ => Ok(a[0].clone()),
    }),
    plain("fromBase64", |_, _, a| {
        from_base64(str_of(a, "String.getBytes(java.nio.charset.Charset)\" because \"src\" is null")?)
    }),
    plain("fromUrl", |c, _, a| fetch(c, a).map(Value::text)),
    plain("jsonFromUrl", |c, _, a| read_json(&fetch(c, a)?)),
    plain("propertiesFromUrl", |c, _, a| Ok(properties(&fetch(c, a)?))),
    plain("yamlFromUrl", |c, _, a| read_yaml(c, &fetch(c, a)?)),
    aware("judgement", 1, judgment),
    aware("judgment", 1, judgment),
    aware("manifestLabelValue", 3, |_, e, a| manifest_label(running(e)?, a)),
    aware("pipelineId", 1, |c, e, a| {
        let (application, name) = (running(e)?.application.as_str(), a[0].str().unwrap_or_default());
        pipeline_id(c, application, name)?.ok_or_else(|| {
            helper(format!("Pipeline with name '{name}' could not be found on application {application}"))
        })
    }),
    aware("pipelineIdInApplication", 2, |c, _, a| {
        let found = pipeline_id(c, a[1].str().unwrap_or_default(), a[0].str().unwrap_or_default())?;
        Ok(found.unwrap_or(Value::Null))
    }),
    aware("pipelineIdOrNull", 1, |c, e, a| {
        let found = pipeline_id(c, &running(e)?.application, a[0].str().unwrap_or_default())?;
        Ok(found.unwrap_or(Value::Null))
    }),
    plain("applicationMetadata", |c, _, a| {
        let name = a[0].str().unwrap_or_default();
        match c.scope.host().application(name).map_err(helper)? {
            Some(map) => Ok(Value::copy_json(&Json::Object(map))),
            None => Err(helper(format!("Unable to retrieve application '{name}'"))),
        }
    }),
    plain("readAllYaml", |c, _, a| documents(c, str_of(a, "String.length()")?).map(Value::list)),
    plain("readJson", |_, _, a| read_json(str_of(a, "String.startsWith(String)")?)),
    plain("readYaml", |c, _, a| read_yaml(c, str_of(a, "String.length()")?)),
    aware("resolvedArtifacts", 0, |_, e, _| Ok(resolved_artifacts(running(e)?))),
    aware("stage", 1, |c, e, a| {
        let (execution, wanted) = (running(e)?, to_text(c, &a[0])?);
        stage(execution, &wanted, "stage", |s| s.name == wanted || s.id == wanted)
    }),
    aware("stageByRefId", 1, |_, e, a| {
        let execution = running(e)?;
        let Some(wanted) = a[0].str() else {
            return Err(helper(format!("Stage refId must not be null in #stageByRefId in execution {}", execution.id)));
        };
        stage(execution, wanted, "stageByRefId", |s| s.ref_id == wanted)
    }),
    aware("stageExists", 1, |_, e, a| {
        let wanted = a[0].str();
        Ok(Value::Bool(wanted.is_some_and(|wanted| running(e).is_ok_and(|e| e.stage_named(wanted).is_some()))))
    }),
    plain("toBase64", |_, _, a| {
        let text = str_of(a, "String.getBytes()")?;
        Ok(Value::text(base64::engine::general_purpose::STANDARD.encode(text)))
    }),
    plain("toBoolean", |_, _, a| Ok(Value::Bool(a[0].str().is_some_and(|text| text.eq_ignore_ascii_case("true"))))),
    plain("toFloat", |_, _, a| {
        let text = str_of(a, "String.trim()")?;
        let empty = text.trim().is_empty();
        let message = || if empty { "empty String".to_owned() } else { format!("For input string: \"{text}\"") };
        let number = parse_real(text).ok_or_else(|| ExprError::java(NUMBER_FORMAT, message()))?;
        let single = text.trim().parse::<f32>().unwrap_or(number as f32);
        Ok(Value::Float(single))
    }),
    plain("toInt", |_, _, a| parse_int(&a[0], 10)),
    plain("toJson", |c, _, a| {
        if let Value::NotEvaluable(inner) = &a[0] {
            return jackson(c, inner).map(Value::text);
        }
        let text = jackson(c, &a[0])?;
        if text.contains("${") {
            return Err(
                helper("result for toJson cannot contain an expression").hint("wrap the value: #toJson(#doNotEval(…))")
            );
        }
        Ok(Value::text(text))
    }),
    aware("triggerResolvedArtifact", 1, |_, e, a| resolved_artifact(running(e)?, &a[0], "name")),
    aware("triggerResolvedArtifactByType", 1, |_, e, a| resolved_artifact(running(e)?, &a[0], "type")),
];

/// Names of the functions that take the execution as their first argument, which users leave out.
pub(crate) fn execution_aware() -> impl Iterator<Item = &'static str> {
    FUNCTIONS.iter().filter(|function| function.of_execution).map(|function| function.name)
}

/// Names of all functions.
pub(crate) fn function_names() -> impl Iterator<Item = &'static str> {
    FUNCTIONS.iter().map(|function| function.name)
}

/// The function of this name.
pub(crate) fn named(name: &str) -> Option<&'static str> {
    FUNCTIONS.iter().find(|function| function.name == name).map(|function| function.name)
}

/// Calls a function.
pub(crate) fn call<'a>(machine: &Machine<'a>, name: &str, args: &[Value<'a>]) -> Result<Value<'a>> {
    let Some(function) = FUNCTIONS.iter().find(|function| function.name == name) else {
        return Err(
            ExprError::spel(format!("EL1006E: Function '{name}' could not be found")).near(name, function_names())
        );
    };
    let first = usize::from(function.of_execution);
    let many = function.texts == usize::MAX;
    let takes = first + if many { 0 } else { function.texts };
    if if many { args.len() < takes } else { args.len() != takes } {
        return Err(ExprError::spel(format!(
            "EL1014E: Incorrect number of arguments for function, {} supplied but function takes {takes}",
            args.len()
        )));
    }
    let execution = match args.first() {
        Some(Value::Execution(execution)) if first == 1 => Some(*execution),
        _ => None,
    };
    let mut rest = args[first..].to_vec();
    if many && rest.len() == 1 && rest[0].str().is_none() {
        rest = rest[0].items().unwrap_or(rest);
    }
    if !matches!(name, "toJson" | "doNotEval") {
        for arg in &mut rest {
            if !arg.is_null() && arg.str().is_none() {
                *arg = Value::text(convert_to_text(machine, arg)?);
            }
        }
    }
    (function.run)(machine, execution, &rest).map_err(|error| {
        error.within(format!("EL1023E: A problem occurred whilst attempting to invoke the function '{name}': 'null'"))
    })
}

fn helper(message: impl Into<String>) -> ExprError {
    ExprError::java(HELPER, message)
}

fn str_of<'v>(args: &'v [Value<'_>], method: &str) -> Result<&'v str> {
    args[0].str().ok_or_else(|| {
        let because = if method.contains(" is null") { "" } else { "\" because \"<parameter1>\" is null" };
        ExprError::java(NULL_POINTER, format!("Cannot invoke \"{method}{because}"))
    })
}

fn running(execution: Option<&Execution>) -> Result<&Execution> {
    execution.ok_or_else(|| {
        ExprError::java(
            NULL_POINTER,
            "Cannot invoke \"com.netflix.spinnaker.orca.api.pipeline.models.PipelineExecution.getStages()\" because \"<parameter1>\" is null",
        )
        .hint("there is no execution yet when this is evaluated")
    })
}

fn stage<'a>(
    execution: &'a Execution,
    wanted: &str,
    function: &str,
    is: impl Fn(&StageExecution) -> bool,
) -> Result<Value<'a>> {
    match execution.stages.iter().find(|stage| is(stage)) {
        Some(stage) => Ok(Value::Stage(execution, stage)),
        None => {
            let names = execution.stages.iter().map(|s| if function == "stage" { &s.name } else { &s.ref_id });
            let id = &execution.id;
            Err(helper(format!("Unable to locate [{wanted}] using #{function}({wanted}) in execution {id}"))
                .near(wanted, names.map(String::as_str)))
        }
    }
}

fn judgment<'a>(machine: &Machine<'a>, execution: Option<&'a Execution>, args: &[Value<'a>]) -> Result<Value<'a>> {
    let (execution, wanted) = (running(execution)?, to_text(machine, &args[0])?);
    let found = execution.stages.iter().find(|stage| stage.kind == "manualJudgment" && stage.name == wanted);
    let input = found.and_then(|stage| stage.context.get("judgmentInput")).filter(|input| !input.is_null());
    input.map(Value::from_json).ok_or_else(|| {
        let judgments = execution.stages.iter().filter(|stage| stage.kind == "manualJudgment");
        helper(format!(
            "Unable to locate manual Judgment stage [{wanted}] using #judgment({wanted}) in execution {}. Stage doesn't exist or doesn't contain judgmentInput in its context ",
            execution.id
        ))
        .near(&wanted, judgments.map(|stage| stage.name.as_str()))
    })
}

fn resolved_artifact<'a>(execution: &'a Execution, wanted: &Value<'_>, key: &str) -> Result<Value<'a>> {
    let wanted = wanted.str().unwrap_or("null");
    let expected = execution.trigger.get("resolvedExpectedArtifacts").and_then(Json::as_array);
    let found = expected.into_iter().flatten().find_map(|expected| {
        let bound = expected.get("boundArtifact")?.as_object()?;
        (bound.get(key)?.as_str()? == wanted).then_some(bound)
    });
    found.map(Value::Artifact).ok_or_else(|| {
        helper(format!("Unable to locate resolved artifact {wanted} in trigger execution {}.", execution.id))
    })
}

fn resolved_artifacts(execution: &Execution) -> Value<'_> {
    let outputs = execution.stages.iter().filter_map(|stage| stage.outputs.get("artifacts")?.as_array());
    Value::list(outputs.flatten().filter_map(Json::as_object).map(Value::Artifact).collect())
}

fn manifest_label<'a>(execution: &'a Execution, args: &[Value<'a>]) -> Result<Value<'a>> {
    let part = |i: usize| args[i].str().unwrap_or_default();
    let (name, kind, label) = (part(0), part(1), part(2));
    if kind != "Deployment" && kind != "ReplicaSet" {
        let message = "Only Deployments and ReplicaSets are valid kinds for this function";
        return Err(ExprError::java(ILLEGAL_ARGUMENT, message));
    }
    let stages = execution.stages.iter().filter(|s| s.kind == "deployManifest" && s.status == Status::Succeeded);
    let stage = stages.clone().find(|stage| stage.name == name).ok_or_else(|| {
        helper("A valid Deploy Manifest stage name is required for this function")
            .near(name, stages.map(|stage| stage.name.as_str()))
    })?;
    let manifests = stage.context.get("manifests").or_else(|| stage.context.get("outputs.manifests"));
    let manifests = manifests.and_then(Json::as_array);
    let Some(manifests) = manifests else {
        return Err(helper("No manifest could be found in the context of the specified stage"));
    };
    let of_kind = manifests.iter().find(|manifest| manifest.get("kind").and_then(Json::as_str) == Some(kind));
    let Some(manifest) = of_kind else {
        return Err(helper(format!("No manifest of kind {kind} could be found on the context of the specified stage")));
    };
    let labels = manifest.pointer("/spec/template/metadata/labels").and_then(Json::as_object);
    labels.and_then(|labels| labels.get(label)).map(Value::from_json).ok_or_else(|| {
        let known = labels.into_iter().flatten().map(|(key, _)| key.as_str());
        helper("No label of specified key found on matching manifest spec.template.metadata.labels").near(label, known)
    })
}

fn cf_service_key<'a>(_: &Machine<'a>, execution: Option<&'a Execution>, args: &[Value<'a>]) -> Result<Value<'a>> {
    let wanted = args[0].str().unwrap_or_default();
    let found = running(execution)?.stages.iter().find(|stage| {
        stage.kind == "createServiceKey"
            && stage.status == Status::Succeeded
            && (stage.name == wanted || stage.id == wanted)
    });
    let key = found.and_then(|stage| stage.context.get("serviceKey").or_else(|| stage.outputs.get("serviceKey")));
    Ok(key.map_or_else(|| Value::map(super::value::MapClass::Linked, Vec::new()), Value::from_json))
}

fn deployed_server_groups<'a>(execution: &'a Execution, wanted: &[Value<'a>]) -> Result<Value<'a>> {
    const TYPES: [&str; 4] = ["createServerGroup", "deploy", "cloneServerGroup", "rollingPush"];
    let names: Vec<&str> = wanted.iter().filter_map(Value::str).collect();
    let mut found = Vec::new();
    for stage in &execution.stages {
        let named = names.is_empty() || names.contains(&stage.name.as_str()) || names.contains(&stage.id.as_str());
        let groups = stage.context.get("deploy.server.groups").filter(|groups| !groups.is_null());
        let (true, true, Status::Succeeded, Some(groups)) =
            (named, TYPES.contains(&stage.kind.as_str()), stage.status, groups)
        else {
            continue;
        };
        let zones = stage.context.get("availabilityZones").and_then(Json::as_object);
        let region = stage.context.get("region").and_then(Json::as_str);
        let Some(region) = region.or_else(|| zones.and_then(|zones| zones.keys().next().map(String::as_str))) else {
            continue;
        };
        let mut group = serde_json::Map::new();
        for key in ["account", "capacity", "parentStage"] {
            group.insert(key.to_owned(), stage.context.get(key).cloned().unwrap_or(Json::Null));
        }
        group.insert("region".to_owned(), region.into());
        let details = stage.context.get("deploymentDetails").and_then(Json::as_array);
        let in_region = |detail: &&Json| detail.get("region").and_then(Json::as_str) == Some(region);
        if let Some(detail) = details.and_then(|all| all.iter().find(in_region)).and_then(Json::as_object) {
            group.extend(detail.clone());
        }
        if let Some(name) = groups.get(region).and_then(Json::as_array).and_then(|names| names.first()) {
            group.insert("serverGroup".to_owned(), name.clone());
        }
        let deployments = stage.context.get("commits").or_else(|| stage.context.get("deployments"));
        group.insert("deployments".to_owned(), deployments.cloned().unwrap_or_else(|| Json::Array(Vec::new())));
        found.push(Value::copy_json(&Json::Object(group)));
    }
    Ok(Value::list(found))
}

fn pipeline_id<'a>(machine: &Machine<'a>, application: &str, name: &str) -> Result<Option<Value<'a>>> {
    machine.scope.host().pipeline_id(application, name).map(|id| id.map(Value::text)).map_err(helper)
}

fn canary_config<'a>(machine: &Machine<'a>, _: Option<&'a Execution>, args: &[Value<'a>]) -> Result<Value<'a>> {
    let part = |i: usize| args[i].str().unwrap_or_default();
    let found = machine.scope.host().canary_config_id(part(0), part(1)).map_err(helper)?;
    found
        .map(Value::text)
        .ok_or_else(|| helper(format!("Unable to find canary configuration {} in application {}", part(0), part(1))))
}

fn fetch<'a>(machine: &Machine<'a>, args: &[Value<'a>]) -> Result<String> {
    let url = args[0].str().unwrap_or("null");
    let lower = url.to_ascii_lowercase();
    if !lower.starts_with("http://") && !lower.starts_with("https://") {
        return Err(helper(format!("#fromUrl({url}) failed: only http and https URLs can be fetched")));
    }
    machine.scope.host().fetch_url(url).map_err(|why| helper(format!("#fromUrl({url}) failed: {why}")))
}

fn from_base64<'a>(text: &str) -> Result<Value<'a>> {
    // As Java's: no padding or all of it, whatever the bits behind the last byte.
    if text.contains('=') && !text.len().is_multiple_of(4) {
        return Err(ExprError::java(ILLEGAL_ARGUMENT, "Input byte array has wrong 4-byte ending unit"));
    }
    let config = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    let engine = GeneralPurpose::new(&base64::alphabet::STANDARD, config);
    let bytes = engine.decode(text).map_err(|error| {
        let bad = text.bytes().find(|byte| !byte.is_ascii_alphanumeric() && !matches!(byte, b'+' | b'/' | b'='));
        let message = bad.map_or_else(|| error.to_string(), |byte| format!("Illegal base64 character {byte:x}"));
        ExprError::java(ILLEGAL_ARGUMENT, message)
    })?;
    Ok(Value::text(String::from_utf8_lossy(&bytes)))
}

fn read_json<'a>(text: &str) -> Result<Value<'a>> {
    let json: Json = serde_json::Deserializer::from_str(text)
        .into_iter()
        .next()
        .unwrap_or(Ok(Json::String(String::new())))
        .map_err(|error| ExprError::java("com.fasterxml.jackson.core.JsonParseException", error.to_string()))?;
    let list = text.starts_with('[');
    match &json {
        Json::Array(_) if list => Ok(Value::copy_json(&json)),
        Json::Object(_) if !list => Ok(Value::copy_json(&json)),
        Json::Null => Ok(Value::Null),
        other => {
            let from = match other {
                Json::Array(_) => "a list behind white space",
                Json::String(text) if text.is_empty() => "nothing",
                _ => "a scalar",
            };
            let message = format!("Cannot deserialize value of type `java.util.LinkedHashMap` from {from}");
            Err(ExprError::java("com.fasterxml.jackson.databind.exc.MismatchedInputException", message)
                .hint("#readJson reads an object, or a list when the text begins with '['"))
        }
    }
}

fn read_yaml<'a>(machine: &Machine<'a>, text: &str) -> Result<Value<'a>> {
    let mut documents = documents(machine, text)?;
    if documents.len() > 1 {
        return Err(ExprError::java(
            "org.yaml.snakeyaml.composer.ComposerException",
            "expected a single document in the stream but found another document",
        )
        .hint("#readAllYaml reads a list of documents"));
    }
    Ok(documents.pop().unwrap_or(Value::Null))
}

fn properties<'a>(text: &str) -> Value<'a> {
    let mut map = serde_json::Map::new();
    for line in text.lines().map(str::trim_start).filter(|line| !line.is_empty() && !line.starts_with(['#', '!'])) {
        let (key, value) = line.split_once(['=', ':']).unwrap_or((line, ""));
        map.insert(key.trim().to_owned(), value.trim_start().into());
    }
    Value::copy_json(&Json::Object(map))
}

/// The JSON a value stands for in a document.
pub(crate) fn document_json<'a>(machine: &Machine<'a>, value: &Value<'a>) -> Result<(Json, bool)> {
    to_json(machine, value, 0)
}
