//! Evaluates expressions where a stage's own code does it, and records what went wrong as the engine does.

use serde_json::Value;

use super::Services;
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
}

const SUMMARY: &str = "expressionEvaluationSummary";

/// The stage's scope over this context.
pub(super) fn scope<'a>(call: &'a Call<'_>, services: &'a Services, context: &'a Map) -> Scope<'a> {
    Scope::of_stage_with_context(call.execution, call.stage, context).at(call.now).with_host(&*services.expressions)
}

/// Evaluates a value's expressions; `key` names it in what is recorded.
pub(super) fn evaluate(scope: &Scope<'_>, key: &str, value: &Value) -> Evaluated {
    let source = Map::from_iter([(key.to_owned(), value.clone())]);
    let (mut evaluated, summary) = evaluate_map(&source, scope);
    let value = evaluated.get_mut(key).map(Value::take).unwrap_or_default();
    Evaluated { value, summary: summary.unwrap_or_default() }
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

    /// Takes over what failed elsewhere, and gives its value.
    pub(super) fn absorb(&mut self, other: Self) -> Value {
        self.summary.extend(other.summary);
        other.value
    }

    /// What failed, a line each.
    pub(super) fn problems(&self) -> Vec<String> {
        let entries = self.summary.values().filter_map(Value::as_array).flatten();
        entries.filter_map(|entry| entry.get("description")?.as_str().map(str::to_owned)).collect()
    }
}
