//! From a pipeline and a trigger to an execution that can be recorded (contract 1.4).

use std::sync::Arc;

use serde_json::Value;

use super::clock::Clock;
use super::context::evaluated_at_submission;
use crate::artifacts::resolve_trigger;
use crate::model::{Artifact, Authentication, Execution, Failure, Map, StageExecution};
use crate::pipeline::Pipeline;

/// What a run adds to its pipeline.
#[derive(Clone, Debug, Default)]
pub struct NewExecution {
    /// A chosen id; a new ULID when absent.
    pub id: Option<String>,
    /// The trigger as given; `type` and `user` are filled in.
    pub trigger: Map,
    /// Values of parameters, defaults not yet applied.
    pub parameters: Map,
    /// Who runs it.
    pub user: String,
    /// Artifacts of the pipeline's last execution; read only when it expects some that may be taken from there.
    pub prior_artifacts: Vec<Artifact>,
    /// The top-most parent; itself when absent.
    pub root_id: Option<String>,
}

/// The execution of a pipeline, not begun. Disabled pipelines, those without stages and those that expect artifacts
/// which are not there are refused.
pub fn new_execution(pipeline: &Pipeline, new: NewExecution) -> Result<Execution, Failure> {
    if pipeline.disabled {
        return Err(Failure::user(format!("pipeline '{}' is disabled", pipeline.name))
            .detail("take 'disabled: true' out of its document to run it"));
    }
    let id = new.id.unwrap_or_else(|| ulid::Ulid::generate().to_string());
    let user = if new.user.is_empty() { "[anonymous]".to_owned() } else { new.user };
    let mut trigger = new.trigger;
    trigger.entry("type").or_insert_with(|| "manual".into());
    trigger.entry("user").or_insert_with(|| user.clone().into());
    let mut parameters = new.parameters;
    for parameter in &pipeline.parameters {
        if !parameters.contains_key(&parameter.name) {
            parameters.insert(parameter.name.clone(), parameter.default.clone().unwrap_or(Value::Null));
        }
    }
    trigger.insert("parameters".into(), Value::Object(parameters));
    resolve_trigger(&pipeline.expected_artifacts, &mut trigger, &new.prior_artifacts)?;
    let mut initial_config = pipeline.document.clone();
    initial_config.shift_remove("stages");
    let early = !pipeline.spel_evaluator.as_deref().is_some_and(|evaluator| evaluator.eq_ignore_ascii_case("v4"));
    let variables = pipeline.template_variables.as_ref();
    let stage = |definition: &crate::pipeline::StageDefinition| {
        // Before v4 the stages take part in the first pass: what the trigger can answer is answered now.
        let first = |value: Value| if early { evaluated_at_submission(&value, &trigger, variables) } else { value };
        let name = first(Value::String(definition.name.clone()));
        let context = first(Value::Object(definition.context.clone()));
        Arc::new(StageExecution {
            id: ulid::Ulid::generate().to_string(),
            ref_id: definition.ref_id.clone(),
            kind: definition.kind.clone(),
            name: name.as_str().map_or_else(|| name.to_string(), str::to_owned),
            start_time_expiry: definition.start_time_expiry,
            context: context.as_object().cloned().unwrap_or_default(),
            requisite_stage_ref_ids: definition.requisites.clone(),
            ..StageExecution::default()
        })
    };
    let stages = pipeline.stages.iter().map(stage).collect();
    Ok(Execution {
        root_id: new.root_id.unwrap_or_else(|| id.clone()),
        id,
        application: pipeline.application.clone(),
        name: pipeline.name.clone(),
        build_time: Clock::starting(0).now(),
        start_time_expiry: pipeline.start_time_expiry,
        limit_concurrent: pipeline.limit_concurrent,
        max_concurrent_executions: pipeline.max_concurrent_executions,
        keep_waiting_pipelines: pipeline.keep_waiting,
        authentication: Authentication { user, allowed_accounts: Vec::new() },
        origin: pipeline.source.name.clone(),
        trigger,
        description: pipeline.description.clone(),
        pipeline_config_id: pipeline.id.clone(),
        notifications: pipeline.notifications.clone(),
        initial_config,
        spel_evaluator: pipeline.spel_evaluator.clone(),
        template_variables: pipeline.template_variables.clone(),
        stages,
        ..Execution::default()
    })
}
