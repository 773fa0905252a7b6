//! Runs another pipeline of the project.
//!
//! The child runs with `pipelineParameters`; its execution has an id of its own and can be looked at, judged and
//! canceled like any other. By default the stage waits for its end, and everything the child's stages put out is
//! visible to later stages of this pipeline. A child that fails fails the stage; one that was canceled cancels it. When
//! this stage is canceled, so is the child. With `skippable: true` somebody can end the wait with `gennaker skip`: the
//! stage is skipped then, and the child goes on by itself.
//!
//! ```yaml
//! - name: Smoke test
//!   type: pipeline
//!   application: hello
//!   pipeline: smoke-test
//!   pipelineParameters:
//!     target: ${trigger.parameters.version}
//! ```

use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};
use ulid::Ulid;

use super::judges::acting_user;
use super::tasks::BindProducedArtifacts;
use super::{Services, Stage, StartPipeline, Task, reading};
use crate::artifacts;
use crate::engine::ports::{Call, Plan, TaskPolicy, TaskResult};
use crate::model::{Execution, Failure, Field, Map, Shape, Status, optional, required};

/// The `pipeline` stage.
pub(super) struct Pipeline;

const FIELDS: &[Field] = &[
    required("pipeline", Shape::Text, "id or name of the pipeline to run"),
    optional("application", Shape::Text, "application it belongs to; this pipeline's when absent"),
    optional("pipelineApplication", Shape::Text, "the same, as strategies write it"),
    optional("pipelineId", Shape::Text, "id of the pipeline, as strategies write it"),
    optional("pipelineParameters", Shape::Map, "its parameters"),
    optional("waitForCompletion", Shape::Boolean, "whether to wait until it has ended; default true"),
    optional("skipDownstreamOutput", Shape::Boolean, "keep its outputs from later stages; default false"),
    optional("skippable", Shape::Boolean, "whether a person may skip the rest of the wait; default false"),
    optional("expectedArtifacts", Shape::List(&Shape::Map), "artifacts this stage produces"),
];

#[async_trait]
impl Stage for Pipeline {
    fn kind(&self) -> &'static str {
        "pipeline"
    }

    fn source(&self) -> &'static str {
        include_str!("pipeline.rs")
    }

    fn fields(&self) -> &'static [Field] {
        FIELDS
    }

    fn tasks(&self) -> &'static [&'static dyn Task] {
        &[&ChooseExecution, &RunPipeline, &MonitorPipeline, &BindProducedArtifacts]
    }

    async fn plan(&self, call: &Call<'_>, services: &Services) -> Result<Plan, Failure> {
        let (application, pipeline) = target(call)?;
        if services.pipelines.find(&application, &pipeline).await?.is_none() {
            return Err(Failure::user(format!("application '{application}' has no pipeline '{pipeline}'"))
                .detail("'gennaker list' shows the pipelines of the project"));
        }
        let mut tasks = vec![ChooseExecution.name(), RunPipeline.name()];
        if reading::optional_flag(call.context, "waitForCompletion").unwrap_or(true) {
            tasks.push(MonitorPipeline.name());
        }
        if BindProducedArtifacts::is_needed(call.context) {
            tasks.push(BindProducedArtifacts.name());
        }
        Ok(Plan::of_tasks(tasks))
    }

    async fn cancel(&self, call: &Call<'_>, services: &Services) -> Vec<String> {
        let Some(id) = reading::filled(call.context, "executionId") else { return Vec::new() };
        let waits = reading::optional_flag(call.context, "waitForCompletion").unwrap_or(true);
        let running = matches!(services.pipelines.execution(&id).await, Ok(Some(child)) if !child.status.is_complete());
        if !waits || !running {
            return Vec::new();
        }
        match services.pipelines.cancel(&id, "parent pipeline", "the parent pipeline was canceled").await {
            Ok(()) => vec![format!("asked child execution {id} to cancel")],
            Err(failure) => vec![format!("could not cancel child execution {id}: {failure}")],
        }
    }

    fn forget_on_restart(&self) -> &'static [&'static str] {
        &["executionId", "executionName", "manualSkip", "status"]
    }
}

/// Application and pipeline to run.
fn target(call: &Call<'_>) -> Result<(String, String), Failure> {
    let first = |keys: [&str; 2]| keys.into_iter().find_map(|key| reading::filled(call.context, key));
    let application =
        first(["pipelineApplication", "application"]).unwrap_or_else(|| call.execution.application.clone());
    let pipeline =
        first(["pipelineId", "pipeline"]).ok_or_else(|| Failure::user("the stage names no 'pipeline' to run"))?;
    Ok((application, pipeline))
}

/// Chooses the child's id; recorded before the child is started, it makes a second start the same start.
struct ChooseExecution;

#[async_trait]
impl Task for ChooseExecution {
    fn name(&self) -> &'static str {
        "chooseExecution"
    }

    fn policy(&self) -> TaskPolicy {
        TaskPolicy { pure: true, ..TaskPolicy::default() }
    }

    async fn run(&self, _call: &Call<'_>, _services: &Services) -> TaskResult {
        TaskResult::succeeded().with_context("executionId", Ulid::generate().to_string())
    }
}

struct RunPipeline;

#[async_trait]
impl Task for RunPipeline {
    fn name(&self) -> &'static str {
        "startPipeline"
    }

    async fn run(&self, call: &Call<'_>, services: &Services) -> TaskResult {
        start(call, services).await.into()
    }
}

async fn start(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let (application, pipeline) = target(call)?;
    let execution_id = reading::filled(call.context, "executionId")
        .ok_or_else(|| Failure::new("no execution id was chosen for the child").detail("restart the stage"))?;
    call.mutation("startPipeline", format!("{application}/{pipeline}"), format!("as execution {execution_id}")).await?;
    let request = StartPipeline {
        execution_id: execution_id.clone(),
        application: application.clone(),
        pipeline: pipeline.clone(),
        user: acting_user(call.execution, call.stage).unwrap_or_else(|| call.execution.authentication.user.clone()),
        trigger: trigger(call, &execution_id)?,
    };
    services.pipelines.start(call.execution, request).await?;
    let name = services.pipelines.execution(&execution_id).await?.map_or(pipeline, |child| child.name);
    Ok(TaskResult::succeeded().with_context("executionId", execution_id).with_context("executionName", name))
}

/// The child's trigger (contract 3.9).
fn trigger(call: &Call<'_>, execution_id: &str) -> Result<Map, Failure> {
    let parent = &call.execution;
    let mut trigger = Map::new();
    let mut set = |key: &str, value: Value| trigger.insert(key.to_owned(), value);
    set("type", json!("pipeline"));
    let user = acting_user(parent, call.stage).or_else(|| reading::filled(&parent.trigger, "user"));
    set("user", json!(user.as_ref().unwrap_or(&parent.authentication.user)));
    set("parentExecution", json!({"id": parent.id, "name": parent.name, "application": parent.application}));
    set("parentPipelineId", json!(parent.id));
    set("parentPipelineName", json!(parent.name));
    set("parentPipelineApplication", json!(parent.application));
    set("parentPipelineStageId", json!(call.stage.id));
    set("parameters", reading::object(call.context, "pipelineParameters").cloned().unwrap_or_default().into());
    set("strategy", json!(call.context.contains_key("pipelineId")));
    // What the contract's correlation id is for, the chosen id does: a second start is the same start.
    set("correlationId", json!(execution_id));
    if let Some(dry_run) = parent.trigger.get("dryRun") {
        set("dryRun", dry_run.clone());
    }
    let received = artifacts::visible(parent, call.stage, call.context)?;
    set("artifacts", received.iter().map(|artifact| Value::Object(artifact.to_map())).collect());
    Ok(trigger)
}

struct MonitorPipeline;

#[async_trait]
impl Task for MonitorPipeline {
    fn name(&self) -> &'static str {
        "monitorPipeline"
    }

    fn policy(&self) -> TaskPolicy {
        TaskPolicy {
            // The child runs beside us: looking costs nothing, so its end is seen at once and not after 15 seconds.
            backoff: Duration::from_millis(200),
            timeout: Some(Duration::from_secs(12 * 3600)),
            overridable: true,
            pure: false,
        }
    }

    async fn run(&self, call: &Call<'_>, services: &Services) -> TaskResult {
        monitor(call, services).await.into()
    }
}

async fn monitor(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let id = reading::filled(call.context, "executionId").ok_or_else(|| Failure::new("no child execution is known"))?;
    let Some(child) = services.pipelines.execution(&id).await? else {
        return Err(Failure::new(format!("child execution {id} is not in the history")).detail("restart the stage"));
    };
    let is_skipped = reading::flag(call.context, "manualSkip") && reading::flag(call.context, "skippable");
    if !child.status.is_complete() && is_skipped {
        call.progress(format!("{} goes on by itself", child.name));
        return Ok(TaskResult { status: Status::Skipped, ..TaskResult::default() });
    }
    if !child.status.is_complete() {
        call.progress(format!("{} is {}{}", child.name, child.status, running_stages(&child)));
        let changed = reading::filled(call.context, "status").as_deref() != Some(child.status.as_str());
        let result = TaskResult::running();
        return Ok(if changed { result.with_context("status", child.status.as_str()) } else { result });
    }
    let outputs = if reading::flag(call.context, "skipDownstreamOutput") { Map::new() } else { child.context() };
    let status = match child.status {
        Status::Canceled => Status::Canceled,
        status if status.is_halt() => Status::Terminal,
        _ => Status::Succeeded,
    };
    let failure = (status != Status::Succeeded).then(|| child_failure(&child));
    let result = TaskResult { status, outputs, failure, ..TaskResult::default() };
    Ok(result.with_context("status", child.status.as_str()).with_context("executionName", child.name.clone()))
}

fn running_stages(child: &Execution) -> String {
    let names: Vec<&str> = child
        .stages
        .iter()
        .filter(|stage| stage.status == Status::Running && stage.parent_stage_id.is_none())
        .map(|stage| stage.name.as_str())
        .collect();
    if names.is_empty() { String::new() } else { format!(" at {}", names.join(", ")) }
}

/// How the child failed: its failed stages with their own errors.
pub(super) fn child_failure(child: &Execution) -> Failure {
    let what = if child.status == Status::Canceled { "was canceled" } else { "failed" };
    let mut failure = Failure::new(format!("child pipeline '{}' {what} (execution {})", child.name, child.id));
    if let Some(by) = &child.canceled_by {
        let reason = child.cancellation_reason.as_deref().map(|reason| format!(": {reason}")).unwrap_or_default();
        failure = failure.detail(format!("canceled by {by}{reason}"));
    }
    for stage in child.stages.iter().filter(|stage| stage.status.is_failure()) {
        failure = failure.detail(format!("stage '{}' is {}", stage.name, stage.status));
        let details =
            reading::object(&stage.context, "exception").and_then(|exception| reading::object(exception, "details"));
        for error in details.map(|details| reading::list(details, "errors")).unwrap_or_default() {
            failure = failure.detail(format!("  {}", error.as_str().map_or_else(|| error.to_string(), str::to_owned)));
        }
    }
    failure
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::StageExecution;
    use crate::stages::testing::{Driver, object};

    fn child(id: &str, status: Status) -> Execution {
        let stage = StageExecution {
            name: "deploy".to_owned(),
            status,
            context: object(json!({"exception": {"details": {"errors": ["no such image"]}}})),
            outputs: object(json!({"version": "1.2"})),
            ..StageExecution::default()
        };
        Execution {
            id: id.to_owned(),
            name: "child".to_owned(),
            status,
            stages: vec![Arc::new(stage)],
            ..Execution::default()
        }
    }

    async fn started(context: Value) -> (Driver, String) {
        let mut driver = Driver::new("pipeline", context);
        driver.step("chooseExecution").await;
        assert_eq!(driver.step("startPipeline").await.status, Status::Succeeded);
        let id = driver.stage.context["executionId"].as_str().unwrap().to_owned();
        (driver, id)
    }

    #[tokio::test]
    async fn the_child_is_started_under_the_id_chosen_before() {
        let (driver, id) = started(json!({"pipeline": "smoke", "pipelineParameters": {"a": 1}})).await;
        assert_eq!(driver.mutations()[0].detail, format!("as execution {id}"));
        let requests = driver.children.started.lock().unwrap();
        assert_eq!((requests[0].execution_id.as_str(), requests[0].application.as_str()), (id.as_str(), "hello"));
        let trigger = &requests[0].trigger;
        assert_eq!(
            (&trigger["type"], &trigger["user"], &trigger["parameters"]),
            (&json!("pipeline"), &json!("ann"), &json!({"a": 1}))
        );
        assert_eq!(trigger["parentExecution"]["id"], json!("01EXECUTION"));
        assert_eq!(trigger["parentPipelineStageId"], json!("01STAGE"));
    }

    #[tokio::test]
    async fn its_end_is_the_stages_end() {
        for (status, result) in [
            (Status::Running, Status::Running),
            (Status::Succeeded, Status::Succeeded),
            (Status::Terminal, Status::Terminal),
            (Status::Canceled, Status::Canceled),
        ] {
            let (driver, id) = started(json!({"pipeline": "smoke"})).await;
            driver.children.executions.lock().unwrap().push(child(&id, status));
            let seen = driver.run("monitorPipeline").await;
            assert_eq!(seen.status, result, "{status}");
            assert_eq!(seen.context["status"], json!(status));
            if status == Status::Succeeded {
                assert_eq!(Value::Object(seen.outputs), json!({"version": "1.2"}));
            }
            if status == Status::Terminal {
                let failure = seen.failure.unwrap();
                assert_eq!(failure.details, ["stage 'deploy' is TERMINAL", "  no such image"]);
            }
        }
    }

    #[tokio::test]
    async fn only_a_skippable_stage_is_skipped() {
        for (skippable, status) in [(json!(true), Status::Skipped), (json!(null), Status::Running)] {
            let (driver, id) = started(json!({"pipeline": "smoke", "manualSkip": true, "skippable": skippable})).await;
            driver.children.executions.lock().unwrap().push(child(&id, Status::Running));
            assert_eq!(driver.run("monitorPipeline").await.status, status);
        }
    }

    #[tokio::test]
    async fn after_a_judge_who_passes_his_name_on_the_child_runs_in_it() {
        for (passes, user) in [(true, "judge"), (false, "ann")] {
            let mut driver = Driver::new("pipeline", json!({"pipeline": "smoke"}));
            let context = json!({"lastModifiedBy": "judge", "propagateAuthenticationContext": passes});
            driver.execution.stages.push(Arc::new(StageExecution {
                kind: "manualJudgment".to_owned(),
                ref_id: "0".to_owned(),
                status: Status::Succeeded,
                context: object(context),
                ..StageExecution::default()
            }));
            driver.stage.requisite_stage_ref_ids.push("0".to_owned());
            driver.step("chooseExecution").await;
            driver.step("startPipeline").await;
            let requests = driver.children.started.lock().unwrap();
            assert_eq!((requests[0].user.as_str(), &requests[0].trigger["user"]), (user, &json!(user)));
        }
    }

    #[tokio::test]
    async fn outputs_and_waiting_can_be_left_out() {
        let (driver, id) = started(json!({"pipeline": "smoke", "skipDownstreamOutput": true})).await;
        driver.children.executions.lock().unwrap().push(child(&id, Status::Succeeded));
        assert!(driver.run("monitorPipeline").await.outputs.is_empty());
        let plan =
            Driver::new("pipeline", json!({"pipeline": "smoke", "waitForCompletion": "false"})).plan().await.unwrap();
        assert_eq!(plan.tasks, ["chooseExecution", "startPipeline"]);
        let missing = Driver::new("pipeline", json!({"pipeline": "missing"})).plan().await.unwrap_err();
        assert!(missing.message.contains("'missing'"));
    }

    #[tokio::test]
    async fn a_canceled_stage_cancels_its_child() {
        let (driver, id) = started(json!({"pipeline": "smoke"})).await;
        driver.children.executions.lock().unwrap().push(child(&id, Status::Running));
        assert_eq!(driver.cancel().await.len(), 1);
        assert_eq!(*driver.children.canceled.lock().unwrap(), [(id, "parent pipeline".to_owned())]);
    }
}
