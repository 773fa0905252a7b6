//! Evaluates expressions where a stage's own code does it, and records what went wrong as the engine does.

use serde_json::Value;

use crate::engine::ports::{Call, TaskResult};
use crate::expr::{Scope, evaluate_map};
use crate::model::Map;

/// A value with its expressions evaluated, and what failed.
#[derive(Debug, Default)]
pub(super) struct Evaluated {
    /// The value; text that failed stays as it was.
    pub(super) value: Value,
    /// `expressionEvaluationSummary` entries by expression (contract 6.3).
    summary: Map,
    /// What failed, a line each.
    pub(super) problems: Vec<String>,
}

impl Evaluated {
    /// The result with what failed merged into the stage's `expressionEvaluationSummary`.
    pub(super) fn record(self, call: &Call<'_>, result: TaskResult) -> TaskResult {
        if self.summary.is_empty() {
            return result;
        }
        let known = call.stage.context.get(SUMMARY).and_then(Value::as_object);
        let mut summary = known.cloned().unwrap_or_default();
        summary.extend(self.summary);
        result.with_context(SUMMARY, summary)
    }

    /// Takes over what failed elsewhere.
    pub(super) fn absorb(&mut self, other: Self) -> Value {
        self.summary.extend(other.summary);
        self.problems.extend(other.problems);
        other.value
    }
}

const SUMMARY: &str = "expressionEvaluationSummary";

/// Evaluates a value's expressions with the stage's scope over this context.
pub(super) fn evaluate(call: &Call<'_>, context: &Map, value: &Value) -> Evaluated {
    let scope = Scope::of_stage_with_context(call.execution, call.stage, context).at(call.now);
    let mut wrapped = Map::new();
    wrapped.insert("expression".to_owned(), value.clone());
    let (mut evaluated, summary) = evaluate_map(&wrapped, &scope);
    let value = evaluated.shift_remove("expression").unwrap_or_default();
    let summary = summary.unwrap_or_default();
    let entries = summary.values().filter_map(Value::as_array).flatten();
    let problems = entries.filter_map(|entry| entry["description"].as_str()).map(str::to_owned).collect();
    Evaluated { value, summary, problems }
}
