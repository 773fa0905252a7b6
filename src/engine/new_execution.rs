//! From a pipeline and a trigger to an execution that can be recorded (contract 1.4).

use std::sync::Arc;

use serde_json::Value;

use super::clock::Clock;
use crate::model::{Authentication, Execution, Failure, Map, StageExecution};
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
    /// The top-most parent; itself when absent.
    pub root_id: Option<String>,
}

/// The execution of a pipeline, not begun. Disabled pipelines and those without stages are refused.
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
    let mut initial_config = pipeline.document.clone();
    initial_config.shift_remove("stages");
    let stage = |definition: &crate::pipeline::StageDefinition| {
        Arc::new(StageExecution {
            id: ulid::Ulid::generate().to_string(),
            ref_id: definition.ref_id.clone(),
            kind: definition.kind.clone(),
            name: definition.name.clone(),
            start_time_expiry: definition.start_time_expiry,
            context: definition.context.clone(),
            requisite_stage_ref_ids: definition.requisites.clone(),
            ..StageExecution::default()
        })
    };
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
        origin: pipeline.origin.clone(),
        trigger,
        description: pipeline.description.clone(),
        pipeline_config_id: pipeline.id.clone(),
        notifications: pipeline.notifications.clone(),
        initial_config,
        spel_evaluator: pipeline.spel_evaluator.clone(),
        template_variables: pipeline.template_variables.clone(),
        stages: pipeline.stages.iter().map(stage).collect(),
        ..Execution::default()
    })
}
