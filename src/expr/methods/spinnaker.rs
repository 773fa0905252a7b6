//! Spinnaker's own types: executions, stages, triggers, artifacts.

use serde_json::Value as Json;

use crate::expr::error::{ExprError, ILLEGAL_ARGUMENT, Result};
use crate::expr::value::{ListClass, MapClass, Text, Value};
use crate::model::{Execution, Map, StageExecution, Status};

use super::resolve::Param::Str;
use super::string::{int, text};
use super::table::{Call, Method, m, refused};

macro_rules! execution {
    ($e:ident => $value:expr) => {
        |_, t, _| {
            Ok(match t {
                Value::Execution($e) => $value,
                _ => Value::Null,
            })
        }
    };
}
macro_rules! stage {
    ($e:pat, $s:ident => $value:expr) => {
        |_, t, _| {
            Ok(match t {
                Value::Stage($e, $s) => $value,
                _ => Value::Null,
            })
        }
    };
}
macro_rules! key {
    ($name:literal) => {
        |_, t, _| Ok(held(t, $name))
    };
}

pub(super) const EXECUTION: &[Method] = &[
    m("getId", &[], execution!(e => borrowed(&e.id))),
    m("getRootId", &[], execution!(e => borrowed(&e.root_id))),
    m("getApplication", &[], execution!(e => borrowed(&e.application))),
    m("getName", &[], execution!(e => named(&e.name))),
    m("getBuildTime", &[], execution!(e => Value::Long(e.build_time))),
    m("getStartTime", &[], execution!(e => Value::opt_long(e.start_time))),
    m("getEndTime", &[], execution!(e => Value::opt_long(e.end_time))),
    m("getStartTimeExpiry", &[], execution!(e => Value::opt_long(e.start_time_expiry))),
    m("getStatus", &[], execution!(e => Value::Status(e.status))),
    m("isCanceled", &[], execution!(e => Value::Bool(e.canceled))),
    m("getCanceledBy", &[], execution!(e => Value::opt_str(e.canceled_by.as_deref()))),
    m("getCancellationReason", &[], execution!(e => Value::opt_str(e.cancellation_reason.as_deref()))),
    m("isLimitConcurrent", &[], execution!(e => Value::Bool(e.limit_concurrent))),
    m("getMaxConcurrentExecutions", &[], execution!(e => Value::Int(e.max_concurrent_executions as i32))),
    m("isKeepWaitingPipelines", &[], execution!(e => Value::Bool(e.keep_waiting_pipelines))),
    m("getAuthentication", &[], execution!(e => Value::Authentication(&e.authentication))),
    m("getPaused", &[], execution!(e => e.paused.as_ref().map_or(Value::Null, Value::Paused))),
    m("getOrigin", &[], execution!(e => named(&e.origin))),
    m("getTrigger", &[], execution!(e => Value::Trigger(e))),
    m("getDescription", &[], execution!(e => Value::opt_str(e.description.as_deref()))),
    m("getPipelineConfigId", &[], execution!(e => named(&e.pipeline_config_id))),
    m("getNotifications", &[], execution!(e => Value::JsonList(&e.notifications))),
    m("getSystemNotifications", &[], execution!(e => Value::JsonList(&e.system_notifications))),
    m("getInitialConfig", &[], execution!(e => Value::JsonMap(&e.initial_config))),
    m("getSpelEvaluator", &[], execution!(e => Value::opt_str(e.spel_evaluator.as_deref()))),
    m("getTemplateVariables", &[], execution!(e => e.template_variables.as_ref().map_or(Value::Null, Value::JsonMap))),
    m("getPartition", &[], execution!(_e => Value::Null)),
    m("getContext", &[], execution!(e => copied(MapClass::Hash, &e.context()))),
    m("getStages", &[], execution!(e => stages(e, |_| true))),
    m("stageById", &[Str], |_, t, a| find_stage(t, "stage", &a[0], |s, id| s.id == id)),
    m("stageByRef", &[Str], |_, t, a| find_stage(t, "stage by refId", &a[0], |s, id| s.ref_id == id)),
    m("namedStage", &[Str], |_, t, a| find_stage(t, "stage of type", &a[0], |s, kind| s.kind == kind)),
    refused("getType", "class com.netflix.spinnaker.orca.api.pipeline.models.ExecutionType"),
    refused("getSource", "class com.netflix.spinnaker.orca.api.pipeline.models.PipelineExecution$PipelineSource"),
];

pub(super) const STAGE: &[Method] = &[
    m("getId", &[], stage!(_, s => borrowed(&s.id))),
    m("getRefId", &[], stage!(_, s => borrowed(&s.ref_id))),
    m("getType", &[], stage!(_, s => borrowed(&s.kind))),
    m("getName", &[], stage!(_, s => borrowed(&s.name))),
    m("getExecution", &[], stage!(e, _s => Value::Execution(e))),
    m("getStartTime", &[], stage!(_, s => Value::opt_long(s.start_time))),
    m("getEndTime", &[], stage!(_, s => Value::opt_long(s.end_time))),
    m("getStartTimeExpiry", &[], stage!(_, s => Value::opt_long(s.start_time_expiry))),
    m("getScheduledTime", &[], stage!(_, s => Value::opt_long(s.scheduled_time))),
    m("getStatus", &[], stage!(_, s => Value::Status(s.status))),
    m("getContext", &[], stage!(e, s => Value::StageContext(e, s))),
    m("getOutputs", &[], stage!(_, s => Value::JsonMap(&s.outputs))),
    m("getTasks", &[], stage!(_, s => Value::list(s.tasks.iter().map(Value::Task).collect()))),
    m("getParentStageId", &[], stage!(_, s => Value::opt_str(s.parent_stage_id.as_deref()))),
    m("getParent", &[], stage!(e, s => parent(e, s).map_or(Value::Null, |p| Value::Stage(e, p)))),
    m("getTopLevelStage", &[], stage!(e, s => Value::Stage(e, top(e, s)))),
    m(
        "getRequisiteStageRefIds",
        &[],
        stage!(_, s => Value::collection(
            ListClass::ImmutableSet,
            s.requisite_stage_ref_ids.iter().map(borrowed).collect(),
        )),
    ),
    m("isJoin", &[], stage!(_, s => Value::Bool(s.requisite_stage_ref_ids.len() > 1))),
    m(
        "isInitialStage",
        &[],
        stage!(_, s => Value::Bool(
            s.requisite_stage_ref_ids.is_empty() && s.parent_stage_id.is_none()
        )),
    ),
    m("isManualJudgmentType", &[], stage!(_, s => Value::Bool(s.kind == "manualJudgment"))),
    m("hasSucceeded", &[], stage!(_, s => Value::Bool(s.status == Status::Succeeded))),
    m("hasFailed", &[], stage!(_, s => Value::Bool(s.status == Status::Terminal))),
    m(
        "ancestors",
        &[],
        stage!(e, s => Value::list(
            std::iter::once(*s).chain(e.ancestors(s)).map(|stage| Value::Stage(e, stage)).collect()
        )),
    ),
    m("downstreamStages", &[], stage!(e, s => stages(e, |other| other.requisite_stage_ref_ids.contains(&s.ref_id)))),
    m(
        "allDownstreamStages",
        &[],
        stage!(e, s => stages(e, |other| {
            other.id != s.id && e.ancestors(other).iter().any(|ancestor| ancestor.id == s.id)
        })),
    ),
    m(
        "getAllowSiblingStagesToContinueOnFailure",
        &[],
        stage!(_, s => Value::Bool(
            s.context.get("allowSiblingStagesToContinueOnFailure") == Some(&Json::Bool(true))
        )),
    ),
    m(
        "getContinuePipelineOnFailure",
        &[],
        stage!(_, s => Value::Bool(
            s.context.get("continuePipeline") == Some(&Json::Bool(true))
        )),
    ),
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
    m("getType", &[], key!("type")),
    m("getCorrelationId", &[], key!("correlationId")),
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
    m("getMaster", &[], key!("master")),
    m("getJob", &[], key!("job")),
    m("getBuildNumber", &[], key!("buildNumber")),
    m("getPropertyFile", &[], key!("propertyFile")),
    m("getProperties", &[], |_, t, _| Ok(or_empty(held(t, "properties")))),
    m("getBuildInfo", &[], |_, t, _| {
        Ok(match held(t, "buildInfo") {
            Value::JsonMap(build) => Value::BuildInfo(build),
            other => other,
        })
    }),
    m("getAccount", &[], key!("account")),
    m("getRepository", &[], key!("repository")),
    m("getSource", &[], key!("source")),
    m("getProject", &[], key!("project")),
    m("getBranch", &[], key!("branch")),
    m("getSlug", &[], key!("slug")),
    m("getHash", &[], key!("hash")),
    m("getAction", &[], key!("action")),
    m("getCronExpression", &[], key!("cronExpression")),
    m("getPayload", &[], key!("payload")),
    m("getParentPipelineStageId", &[], key!("parentPipelineStageId")),
    m("getParentExecution", &[], key!("parentExecution")),
];

pub(super) const AUTHENTICATION: &[Method] = &[
    m("getUser", &[], |_, t, _| Ok(if let Value::Authentication(a) = t { named(&a.user) } else { Value::Null })),
    m("getAllowedAccounts", &[], |_, t, _| {
        Ok(match t {
            Value::Authentication(a) => {
                Value::collection(ListClass::ImmutableSet, a.allowed_accounts.iter().map(borrowed).collect())
            }
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
    m("getType", &[], key!("type")),
    m("getName", &[], key!("name")),
    m("getVersion", &[], key!("version")),
    m("getLocation", &[], key!("location")),
    m("getReference", &[], key!("reference")),
    m("getArtifactAccount", &[], key!("artifactAccount")),
    m("getProvenance", &[], key!("provenance")),
    m("getUuid", &[], key!("uuid")),
    m("isCustomKind", &[], |_, t, _| Ok(flag(t, "customKind"))),
    m("getMetadata", &[], |_, t, _| Ok(or_empty(held(t, "metadata")))),
    refused("getMetadataValue", "class java.lang.Object"),
];

pub(super) const BUILD_INFO: &[Method] = &[
    m("getName", &[], key!("name")),
    m("getNumber", &[], |_, t, _| {
        Ok(match held(t, "number") {
            Value::Null => Value::Int(0),
            other => other,
        })
    }),
    m("getUrl", &[], key!("url")),
    m("getResult", &[], key!("result")),
    m("isBuilding", &[], |_, t, _| Ok(flag(t, "building"))),
    m("getFullDisplayName", &[], |_, t, _| {
        let part = |key| crate::expr::convert::scalar_text(&held(t, key));
        Ok(Value::text(format!("{} #{}", part("name"), part("number"))))
    }),
    m("getTimestamp", &[], key!("timestamp")),
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

pub(super) const SOURCE_CONTROL: &[Method] =
    &[m("getName", &[], key!("name")), m("getBranch", &[], key!("branch")), m("getSha1", &[], key!("sha1"))];

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

fn borrowed(text: &String) -> Value<'_> {
    Value::Text(Text::Borrowed(text))
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
