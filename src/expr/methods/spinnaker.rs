//! Spinnaker's own types: executions, stages, triggers, artifacts.

use serde_json::Value as Json;

use crate::expr::error::{ExprError, ILLEGAL_ARGUMENT, Result};
use crate::expr::value::{ListClass, MapClass, Text, Value};
use crate::model::{Execution, Map, StageExecution, Status};

use super::resolve::Param::Str;
use super::string::{int, text};
use super::table::{Call, Method, m, refused};

pub(super) const EXECUTION: &[Method] = &[
    m("getId", &[], |_, t, _| of_execution(t, |e| borrowed(&e.id))),
    m("getRootId", &[], |_, t, _| of_execution(t, |e| borrowed(&e.root_id))),
    m("getApplication", &[], |_, t, _| of_execution(t, |e| borrowed(&e.application))),
    m("getName", &[], |_, t, _| of_execution(t, |e| named(&e.name))),
    m("getBuildTime", &[], |_, t, _| of_execution(t, |e| Value::Long(e.build_time))),
    m("getStartTime", &[], |_, t, _| of_execution(t, |e| Value::opt_long(e.start_time))),
    m("getEndTime", &[], |_, t, _| of_execution(t, |e| Value::opt_long(e.end_time))),
    m("getStartTimeExpiry", &[], |_, t, _| of_execution(t, |e| Value::opt_long(e.start_time_expiry))),
    m("getStatus", &[], |_, t, _| of_execution(t, |e| Value::Status(e.status))),
    m("isCanceled", &[], |_, t, _| of_execution(t, |e| Value::Bool(e.canceled))),
    m("getCanceledBy", &[], |_, t, _| of_execution(t, |e| Value::opt_str(e.canceled_by.as_deref()))),
    m("getCancellationReason", &[], |_, t, _| of_execution(t, |e| Value::opt_str(e.cancellation_reason.as_deref()))),
    m("isLimitConcurrent", &[], |_, t, _| of_execution(t, |e| Value::Bool(e.limit_concurrent))),
    m("getMaxConcurrentExecutions", &[], |_, t, _| of_execution(t, |e| Value::Int(e.max_concurrent_executions as i32))),
    m("isKeepWaitingPipelines", &[], |_, t, _| of_execution(t, |e| Value::Bool(e.keep_waiting_pipelines))),
    m("getAuthentication", &[], |_, t, _| of_execution(t, |e| Value::Authentication(&e.authentication))),
    m("getPaused", &[], |_, t, _| of_execution(t, |e| e.paused.as_ref().map_or(Value::Null, Value::Paused))),
    m("getOrigin", &[], |_, t, _| of_execution(t, |e| named(&e.origin))),
    m("getTrigger", &[], |_, t, _| of_execution(t, Value::Trigger)),
    m("getDescription", &[], |_, t, _| of_execution(t, |e| Value::opt_str(e.description.as_deref()))),
    m("getPipelineConfigId", &[], |_, t, _| of_execution(t, |e| named(&e.pipeline_config_id))),
    m("getNotifications", &[], |_, t, _| of_execution(t, |e| Value::JsonList(&e.notifications))),
    m("getSystemNotifications", &[], |_, t, _| of_execution(t, |e| Value::JsonList(&e.system_notifications))),
    m("getInitialConfig", &[], |_, t, _| of_execution(t, |e| Value::JsonMap(&e.initial_config))),
    m("getSpelEvaluator", &[], |_, t, _| of_execution(t, |e| Value::opt_str(e.spel_evaluator.as_deref()))),
    m("getTemplateVariables", &[], |_, t, _| {
        of_execution(t, |e| e.template_variables.as_ref().map_or(Value::Null, Value::JsonMap))
    }),
    m("getPartition", &[], |_, t, _| of_execution(t, |_e| Value::Null)),
    m("getContext", &[], |_, t, _| of_execution(t, |e| copied(MapClass::Hash, &e.context()))),
    m("getStages", &[], |_, t, _| of_execution(t, |e| stages(e, |_| true))),
    m("stageById", &[Str], |_, t, a| find_stage(t, "stage", &a[0], |s, id| s.id == id)),
    m("stageByRef", &[Str], |_, t, a| find_stage(t, "stage by refId", &a[0], |s, id| s.ref_id == id)),
    m("namedStage", &[Str], |_, t, a| find_stage(t, "stage of type", &a[0], |s, kind| s.kind == kind)),
    refused("getType", "class com.netflix.spinnaker.orca.api.pipeline.models.ExecutionType"),
    refused("getSource", "class com.netflix.spinnaker.orca.api.pipeline.models.PipelineExecution$PipelineSource"),
];

pub(super) const STAGE: &[Method] = &[
    m("getId", &[], |_, t, _| of_stage(t, |_, s| borrowed(&s.id))),
    m("getRefId", &[], |_, t, _| of_stage(t, |_, s| borrowed(&s.ref_id))),
    m("getType", &[], |_, t, _| of_stage(t, |_, s| borrowed(&s.kind))),
    m("getName", &[], |_, t, _| of_stage(t, |_, s| borrowed(&s.name))),
    m("getExecution", &[], |_, t, _| of_stage(t, |e, _s| Value::Execution(e))),
    m("getStartTime", &[], |_, t, _| of_stage(t, |_, s| Value::opt_long(s.start_time))),
    m("getEndTime", &[], |_, t, _| of_stage(t, |_, s| Value::opt_long(s.end_time))),
    m("getStartTimeExpiry", &[], |_, t, _| of_stage(t, |_, s| Value::opt_long(s.start_time_expiry))),
    m("getScheduledTime", &[], |_, t, _| of_stage(t, |_, s| Value::opt_long(s.scheduled_time))),
    m("getStatus", &[], |_, t, _| of_stage(t, |_, s| Value::Status(s.status))),
    m("getContext", &[], |_, t, _| of_stage(t, Value::StageContext)),
    m("getOutputs", &[], |_, t, _| of_stage(t, |_, s| Value::JsonMap(&s.outputs))),
    m("getTasks", &[], |_, t, _| of_stage(t, |_, s| Value::list(s.tasks.iter().map(Value::Task).collect()))),
    m("getParentStageId", &[], |_, t, _| of_stage(t, |_, s| Value::opt_str(s.parent_stage_id.as_deref()))),
    m("getParent", &[], |_, t, _| of_stage(t, |e, s| parent(e, s).map_or(Value::Null, |p| Value::Stage(e, p)))),
    m("getTopLevelStage", &[], |_, t, _| of_stage(t, |e, s| Value::Stage(e, top(e, s)))),
    m("getRequisiteStageRefIds", &[], |_, t, _| {
        of_stage(t, |_, s| {
            Value::collection(
                ListClass::ImmutableSet,
                s.requisite_stage_ref_ids.iter().map(|text| borrowed(text)).collect(),
            )
        })
    }),
    m("isJoin", &[], |_, t, _| of_stage(t, |_, s| Value::Bool(s.requisite_stage_ref_ids.len() > 1))),
    m("isInitialStage", &[], |_, t, _| {
        of_stage(t, |_, s| Value::Bool(s.requisite_stage_ref_ids.is_empty() && s.parent_stage_id.is_none()))
    }),
    m("isManualJudgmentType", &[], |_, t, _| of_stage(t, |_, s| Value::Bool(s.kind == "manualJudgment"))),
    m("hasSucceeded", &[], |_, t, _| of_stage(t, |_, s| Value::Bool(s.status == Status::Succeeded))),
    m("hasFailed", &[], |_, t, _| of_stage(t, |_, s| Value::Bool(s.status == Status::Terminal))),
    m("ancestors", &[], |_, t, _| {
        of_stage(t, |e, s| {
            Value::list(std::iter::once(s).chain(e.ancestors(s)).map(|stage| Value::Stage(e, stage)).collect())
        })
    }),
    m("downstreamStages", &[], |_, t, _| {
        of_stage(t, |e, s| stages(e, |other| other.requisite_stage_ref_ids.contains(&s.ref_id)))
    }),
    m("allDownstreamStages", &[], |_, t, _| {
        of_stage(t, |e, s| {
            stages(e, |other| other.id != s.id && e.ancestors(other).iter().any(|ancestor| ancestor.id == s.id))
        })
    }),
    m("getAllowSiblingStagesToContinueOnFailure", &[], |_, t, _| {
        of_stage(t, |_, s| {
            Value::Bool(s.context.get("allowSiblingStagesToContinueOnFailure") == Some(&Json::Bool(true)))
        })
    }),
    m("getContinuePipelineOnFailure", &[], |_, t, _| {
        of_stage(t, |_, s| Value::Bool(s.context.get("continuePipeline") == Some(&Json::Bool(true))))
    }),
    refused(
        "getLastModified",
        "class com.netflix.spinnaker.orca.api.pipeline.models.StageExecution$LastModifiedDetails",
    ),
    refused("getSyntheticStageOwner", "class com.netflix.spinnaker.orca.api.pipeline.models.SyntheticStageOwner"),
    refused("getTimeout", "class java.util.Optional"),
    refused("getParentWithTimeout", "class java.util.Optional"),
];

pub(super) const TASK: &[Method] = &[
    m("getId", &[], |_, t, _| Ok(if let Value::Task(task) = t { borrowed(&task.id) } else { Value::Null })),
    m("getName", &[], |_, t, _| Ok(if let Value::Task(task) = t { borrowed(&task.name) } else { Value::Null })),
    m("getImplementingClass", &[], |_, t, _| {
        Ok(if let Value::Task(task) = t { borrowed(&task.implementing_class) } else { Value::Null })
    }),
    m("getStatus", &[], |_, t, _| Ok(if let Value::Task(task) = t { Value::Status(task.status) } else { Value::Null })),
    m("getStartTime", &[], |_, t, _| {
        Ok(if let Value::Task(task) = t { Value::opt_long(task.start_time) } else { Value::Null })
    }),
    m("getEndTime", &[], |_, t, _| {
        Ok(if let Value::Task(task) = t { Value::opt_long(task.end_time) } else { Value::Null })
    }),
    m("isStageStart", &[], |_, t, _| Ok(Value::Bool(matches!(t, Value::Task(task) if task.stage_start)))),
    m("isStageEnd", &[], |_, t, _| Ok(Value::Bool(matches!(t, Value::Task(task) if task.stage_end)))),
    m("isLoopStart", &[], |_, t, _| Ok(Value::Bool(matches!(t, Value::Task(task) if task.loop_start)))),
    m("isLoopEnd", &[], |_, t, _| Ok(Value::Bool(matches!(t, Value::Task(task) if task.loop_end)))),
    m("getTaskExceptionDetails", &[], |_, t, _| {
        Ok(if let Value::Task(task) = t { Value::JsonMap(&task.task_exception_details) } else { Value::Null })
    }),
];

pub(super) const TRIGGER: &[Method] = &[
    m("getType", &[], |_, t, _| Ok(held(t, "type"))),
    m("getCorrelationId", &[], |_, t, _| Ok(held(t, "correlationId"))),
    m("getUser", &[], |_, t, _| {
        let user = held(t, "user");
        Ok(if user.is_null() { Value::text("[anonymous]") } else { user })
    }),
    m("getParameters", &[], |_, t, _| Ok(or_empty(held(t, "parameters")))),
    m("getArtifacts", &[], |_, t, _| Ok(artifacts(t))),
    m("getNotifications", &[], |_, t, _| Ok(or_empty_list(held(t, "notifications")))),
    m("getResolvedExpectedArtifacts", &[], |_, t, _| Ok(or_empty_list(held(t, "resolvedExpectedArtifacts")))),
    m("isRebake", &[], |_, t, _| Ok(flag(t, "rebake"))),
    m("isDryRun", &[], |_, t, _| Ok(flag(t, "dryRun"))),
    m("isStrategy", &[], |_, t, _| Ok(flag(t, "strategy"))),
    m("getOther", &[], |_, t, _| Ok(if let Value::Trigger(e) = t { Value::JsonMap(&e.trigger) } else { Value::Null })),
    m("getMaster", &[], |_, t, _| Ok(held(t, "master"))),
    m("getJob", &[], |_, t, _| Ok(held(t, "job"))),
    m("getBuildNumber", &[], |_, t, _| Ok(held(t, "buildNumber"))),
    m("getPropertyFile", &[], |_, t, _| Ok(held(t, "propertyFile"))),
    m("getProperties", &[], |_, t, _| Ok(or_empty(held(t, "properties")))),
    m("getBuildInfo", &[], |_, t, _| {
        Ok(match held(t, "buildInfo") {
            Value::JsonMap(build) => Value::BuildInfo(build),
            other => other,
        })
    }),
    m("getAccount", &[], |_, t, _| Ok(held(t, "account"))),
    m("getRepository", &[], |_, t, _| Ok(held(t, "repository"))),
    m("getSource", &[], |_, t, _| Ok(held(t, "source"))),
    m("getProject", &[], |_, t, _| Ok(held(t, "project"))),
    m("getBranch", &[], |_, t, _| Ok(held(t, "branch"))),
    m("getSlug", &[], |_, t, _| Ok(held(t, "slug"))),
    m("getHash", &[], |_, t, _| Ok(held(t, "hash"))),
    m("getAction", &[], |_, t, _| Ok(held(t, "action"))),
    m("getCronExpression", &[], |_, t, _| Ok(held(t, "cronExpression"))),
    m("getPayload", &[], |_, t, _| Ok(held(t, "payload"))),
    m("getParentPipelineStageId", &[], |_, t, _| Ok(held(t, "parentPipelineStageId"))),
    m("getParentExecution", &[], |_, t, _| Ok(held(t, "parentExecution"))),
];

pub(super) const AUTHENTICATION: &[Method] = &[
    m("getUser", &[], |_, t, _| Ok(if let Value::Authentication(a) = t { named(&a.user) } else { Value::Null })),
    m("getAllowedAccounts", &[], |_, t, _| {
        Ok(match t {
            Value::Authentication(a) => Value::collection(
                ListClass::ImmutableSet,
                a.allowed_accounts.iter().map(|text| borrowed(text)).collect(),
            ),
            _ => Value::Null,
        })
    }),
];

pub(super) const PAUSED: &[Method] = &[
    m("getPausedBy", &[], |_, t, _| Ok(if let Value::Paused(p) = t { borrowed(&p.paused_by) } else { Value::Null })),
    m("getPauseTime", &[], |_, t, _| {
        Ok(if let Value::Paused(p) = t { Value::Long(p.pause_time) } else { Value::Null })
    }),
    m("getResumedBy", &[], |_, t, _| {
        Ok(if let Value::Paused(p) = t { Value::opt_str(p.resumed_by.as_deref()) } else { Value::Null })
    }),
    m("getResumeTime", &[], |_, t, _| {
        Ok(if let Value::Paused(p) = t { Value::opt_long(p.resume_time) } else { Value::Null })
    }),
    m("isPaused", &[], |_, t, _| Ok(Value::Bool(matches!(t, Value::Paused(p) if p.resume_time.is_none())))),
];

pub(super) const ARTIFACT: &[Method] = &[
    m("getType", &[], |_, t, _| Ok(held(t, "type"))),
    m("getName", &[], |_, t, _| Ok(held(t, "name"))),
    m("getVersion", &[], |_, t, _| Ok(held(t, "version"))),
    m("getLocation", &[], |_, t, _| Ok(held(t, "location"))),
    m("getReference", &[], |_, t, _| Ok(held(t, "reference"))),
    m("getArtifactAccount", &[], |_, t, _| Ok(held(t, "artifactAccount"))),
    m("getProvenance", &[], |_, t, _| Ok(held(t, "provenance"))),
    m("getUuid", &[], |_, t, _| Ok(held(t, "uuid"))),
    m("isCustomKind", &[], |_, t, _| Ok(flag(t, "customKind"))),
    m("getMetadata", &[], |_, t, _| Ok(or_empty(held(t, "metadata")))),
    refused("getMetadataValue", "class java.lang.Object"),
];

pub(super) const BUILD_INFO: &[Method] = &[
    m("getName", &[], |_, t, _| Ok(held(t, "name"))),
    m("getNumber", &[], |_, t, _| {
        Ok(match held(t, "number") {
            Value::Null => Value::Int(0),
            other => other,
        })
    }),
    m("getUrl", &[], |_, t, _| Ok(held(t, "url"))),
    m("getResult", &[], |_, t, _| Ok(held(t, "result"))),
    m("isBuilding", &[], |_, t, _| Ok(flag(t, "building"))),
    m("getFullDisplayName", &[], |_, t, _| {
        let part = |key| crate::expr::convert::scalar_text(&held(t, key));
        Ok(Value::text(format!("{} #{}", part("name"), part("number"))))
    }),
    m("getTimestamp", &[], |_, t, _| Ok(held(t, "timestamp"))),
    m("getArtifacts", &[], |_, t, _| Ok(or_empty_list(held(t, "artifacts")))),
    m("getScm", &[], |_, t, _| {
        Ok(match held(t, "scm") {
            Value::JsonList(items) => {
                Value::list(items.iter().filter_map(Json::as_object).map(Value::SourceControl).collect())
            }
            _ => Value::list(Vec::new()),
        })
    }),
];

pub(super) const SOURCE_CONTROL: &[Method] = &[
    m("getName", &[], |_, t, _| Ok(held(t, "name"))),
    m("getBranch", &[], |_, t, _| Ok(held(t, "branch"))),
    m("getSha1", &[], |_, t, _| Ok(held(t, "sha1"))),
];

pub(super) const STATUS: &[Method] = &[
    m("isComplete", &[], |_, t, _| Ok(Value::Bool(status(t).is_complete()))),
    m("isHalt", &[], |_, t, _| Ok(Value::Bool(status(t).is_halt()))),
    m("isSuccessful", &[], |_, t, _| Ok(Value::Bool(status(t).is_successful()))),
    m("isFailure", &[], |_, t, _| Ok(Value::Bool(status(t).is_failure()))),
    m("isSkipped", &[], |_, t, _| Ok(Value::Bool(status(t) == Status::Skipped))),
    m("name", &[], NAME),
    m("length", &[], |_, t, _| Ok(Value::Int(status(t).as_str().len() as i32))),
    m("isEmpty", &[], |_, _, _| Ok(Value::Bool(false))),
    m("charAt", &[super::Param::Int], |_, t, a| {
        let at = int(&a[0]);
        let byte = usize::try_from(at).ok().and_then(|i| status(t).as_str().as_bytes().get(i));
        byte.map(|byte| Value::Char(u16::from(*byte)))
            .ok_or_else(|| super::string::out_of_bounds(at, status(t).as_str().len()))
    }),
    refused("getDeclaringClass", "class java.lang.Class"),
];

const NAME: Call = |_, t, _| Ok(Value::text(status(t).as_str()));

fn borrowed(text: &str) -> Value<'_> {
    Value::Text(Text::Borrowed(text))
}

fn of_execution<'a>(value: &Value<'a>, read: impl FnOnce(&'a Execution) -> Value<'a>) -> Result<Value<'a>> {
    Ok(if let Value::Execution(execution) = value { read(execution) } else { Value::Null })
}

fn of_stage<'a>(
    value: &Value<'a>,
    read: impl FnOnce(&'a Execution, &'a StageExecution) -> Value<'a>,
) -> Result<Value<'a>> {
    Ok(if let Value::Stage(execution, stage) = value { read(execution, stage) } else { Value::Null })
}

/// A name the document may leave out: absent is null.
fn named(text: &str) -> Value<'_> {
    if text.is_empty() { Value::Null } else { Value::Text(Text::Borrowed(text)) }
}

fn status(value: &Value<'_>) -> Status {
    if let Value::Status(status) = value { *status } else { Status::NotStarted }
}

/// A key of the JSON behind a typed object.
fn held<'a>(value: &Value<'a>, key: &str) -> Value<'a> {
    let map: &'a Map = match value {
        Value::Trigger(execution) => &execution.trigger,
        Value::Artifact(map) | Value::BuildInfo(map) | Value::SourceControl(map) => map,
        _ => return Value::Null,
    };
    map.get(key).map_or(Value::Null, Value::from_json)
}

fn flag<'a>(value: &Value<'a>, key: &str) -> Value<'a> {
    Value::Bool(matches!(held(value, key), Value::Bool(true)))
}

fn or_empty(value: Value<'_>) -> Value<'_> {
    if value.is_null() { Value::map(MapClass::Linked, Vec::new()) } else { value }
}

fn or_empty_list(value: Value<'_>) -> Value<'_> {
    if value.is_null() { Value::list(Vec::new()) } else { value }
}

fn artifacts<'a>(trigger: &Value<'a>) -> Value<'a> {
    match held(trigger, "artifacts") {
        Value::JsonList(items) => Value::list(items.iter().filter_map(Json::as_object).map(Value::Artifact).collect()),
        _ => Value::list(Vec::new()),
    }
}

fn copied<'a>(class: MapClass, map: &Map) -> Value<'a> {
    Value::map(class, map.iter().map(|(k, v)| (Value::text(k.as_str()), Value::copy_json(v))).collect())
}

fn stages<'a>(execution: &'a Execution, keep: impl Fn(&StageExecution) -> bool) -> Value<'a> {
    let kept = execution.stages.iter().filter(|stage| keep(stage));
    Value::list(kept.map(|stage| Value::Stage(execution, stage)).collect())
}

fn find_stage<'a>(
    execution: &Value<'a>,
    what: &str,
    wanted: &Value<'a>,
    is: fn(&StageExecution, &str) -> bool,
) -> Result<Value<'a>> {
    let (Value::Execution(execution), wanted) = (execution, text(wanted)?) else { return Ok(Value::Null) };
    let found = execution.stages.iter().find(|stage| is(stage, wanted));
    found.map(|stage| Value::Stage(execution, stage)).ok_or_else(|| {
        ExprError::java(ILLEGAL_ARGUMENT, format!("No {what} {wanted} found"))
            .near(wanted, execution.stages.iter().map(|stage| stage.name.as_str()))
    })
}

fn parent<'a>(execution: &'a Execution, stage: &StageExecution) -> Option<&'a StageExecution> {
    execution.stage(stage.parent_stage_id.as_deref()?)
}

fn top<'a>(execution: &'a Execution, stage: &'a StageExecution) -> &'a StageExecution {
    let mut top = stage;
    // As many steps as there are stages: a circle in the data must not hang.
    for _ in 0..execution.stages.len() {
        match parent(execution, top) {
            Some(parent) => top = parent,
            None => break,
        }
    }
    top
}
