//! Expressions in a stage's context: the evaluation moments of contract 6.1.

use std::borrow::Cow;

use serde_json::Value;

use crate::expr::{Host, Level, Scope, contains_expression, evaluate, evaluate_map, evaluate_text};
use crate::model::{Execution, Map, StageExecution};

const SUMMARY: &str = "expressionEvaluationSummary";

/// The stage's context with expressions evaluated; a summary of what failed is in it, as orca puts it there. Keys in
/// `leave` are evaluated by the stage's own code, which only v4 pipelines ask for.
pub(crate) fn evaluated(
    execution: &Execution,
    stage: &StageExecution,
    leave: &[&str],
    host: &dyn Host,
    now: i64,
) -> Map {
    if !stage.context.values().any(holds_expression) && !stage.context.keys().any(|key| contains_expression(key)) {
        return stage.context.clone();
    }
    let leave = if is_v4(execution) { leave } else { &[] };
    let mut context = Cow::Borrowed(&stage.context);
    if leave.iter().any(|key| context.contains_key(*key)) {
        context.to_mut().retain(|key, _| !leave.contains(&key.as_str()));
    }
    let scope = Scope::of_stage(execution, stage).with_host(host).at(now);
    let (mut evaluated, summary) = evaluate_map(&context, &scope);
    for key in leave {
        if let Some(value) = stage.context.get(*key) {
            evaluated.insert((*key).to_owned(), value.clone());
        }
    }
    match summary {
        Some(summary) => drop(evaluated.insert(SUMMARY.to_owned(), Value::Object(summary))),
        // What failed before and succeeds now is no failure any more.
        None => drop(evaluated.shift_remove(SUMMARY)),
    }
    evaluated
}

/// Whether some text of a value holds an expression.
fn holds_expression(value: &Value) -> bool {
    match value {
        Value::String(text) => contains_expression(text),
        Value::Array(items) => items.iter().any(holds_expression),
        Value::Object(map) => map.iter().any(|(key, value)| contains_expression(key) || holds_expression(value)),
        _ => false,
    }
}

/// Whether expressions of stages wait until their stage starts; without a word about it they do not (contract 6.1).
pub(crate) fn is_v4(execution: &Execution) -> bool {
    execution.spel_evaluator.as_deref().is_some_and(|evaluator| evaluator.eq_ignore_ascii_case("v4"))
}

/// The pass over a whole document when it is submitted: what the trigger can answer already; the rest keeps its text.
pub(crate) fn evaluated_at_submission(value: &Value, trigger: &Map, template_variables: Option<&Map>) -> Value {
    if !holds_expression(value) {
        return value.clone();
    }
    let mut root = Map::new();
    root.insert("trigger".into(), Value::Object(trigger.clone()));
    if let Some(variables) = template_variables {
        root.insert("templateVariables".into(), Value::Object(variables.clone()));
    }
    evaluate(value, &Scope::of_document(root).unknown_keys_forbidden()).value
}

/// Why a top-level stage is not enabled (contract 2.3, `stageEnabled`); `None` when it is.
pub(crate) fn disabled_reason(
    execution: &Execution,
    stage: &StageExecution,
    host: &dyn Host,
    now: i64,
) -> Option<String> {
    let enabled = stage.context.get("stageEnabled")?.as_object()?;
    if enabled.get("type").and_then(Value::as_str) != Some("expression") {
        return None;
    }
    let expression = enabled.get("expression").and_then(Value::as_str).filter(|text| !text.trim().is_empty())?;
    let scope = Scope::of_stage(execution, stage).with_host(host).at(now);
    let evaluated = evaluate_text(&format!("${{{expression}}}"), &scope);
    let text = match &evaluated.value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let failed = evaluated.failures.iter().find(|failure| failure.level == Level::Error);
    match (failed, text.to_ascii_lowercase().as_str()) {
        (None, "true") => None,
        (None, "false") => Some(format!("stageEnabled is false: {expression}")),
        (None, _) => Some(format!("stageEnabled is neither true nor false but '{text}': {expression}")),
        (Some(failure), _) => Some(format!("stageEnabled cannot be evaluated: {}", failure.description)),
    }
}

/// A stage's context for a plan, evaluated with what is known before anything ran, and why the stage would be skipped.
#[must_use]
pub fn previewed_context(
    execution: &Execution,
    stage: &StageExecution,
    host: &dyn Host,
    now: i64,
) -> (Map, Option<String>) {
    let skipped = disabled_reason(execution, stage, host, now);
    (evaluated(execution, stage, &[], host, now), skipped)
}
