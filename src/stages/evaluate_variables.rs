//! Computes values and gives them names for later stages.
//!
//! Each `value` may hold `${…}`; its result is visible to every later stage by its bare key. Variables are evaluated
//! one after another and may use those before them (with `spelEvaluator: v4`). One that cannot be evaluated keeps its
//! text and is reported.
//!
//! ```yaml
//! - name: Compute names
//!   type: evaluateVariables
//!   variables:
//!     - key: stack
//!       value: ${parameters.stack}
//!     - key: cluster
//!       value: hello-${stack}
//!       description: where the stages below deploy
//! ```

use async_trait::async_trait;
use serde_json::Value;

use super::expressions::{self, Evaluated};
use super::{Services, Stage, Task, reading};
use crate::engine::ports::{Call, TaskPolicy, TaskResult};
use crate::model::{Failure, Field, Map, Shape, optional, required};

/// The `evaluateVariables` stage.
pub(super) struct EvaluateVariables;

const VARIABLE: &[Field] = &[
    required("key", Shape::Text, "name later stages use"),
    optional("value", Shape::Any, "what it is, with expressions"),
    optional("description", Shape::Text, "what it is for"),
];

const FIELDS: &[Field] =
    &[required("variables", Shape::List(&Shape::Object(VARIABLE)), "the variables, in the order they are evaluated")];

#[async_trait]
impl Stage for EvaluateVariables {
    fn kind(&self) -> &'static str {
        "evaluateVariables"
    }

    fn source(&self) -> &'static str {
        include_str!("evaluate_variables.rs")
    }

    fn fields(&self) -> &'static [Field] {
        FIELDS
    }

    fn tasks(&self) -> &'static [&'static dyn Task] {
        &[&EvaluateVariablesTask]
    }

    fn leaves_unevaluated(&self) -> &'static [&'static str] {
        &["variables"]
    }

    async fn foretell(&self, call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
        evaluate_all(call, services)
    }
}

struct EvaluateVariablesTask;

#[async_trait]
impl Task for EvaluateVariablesTask {
    fn name(&self) -> &'static str {
        "evaluateVariables"
    }

    fn policy(&self) -> TaskPolicy {
        TaskPolicy { pure: true, ..TaskPolicy::default() }
    }

    async fn run(&self, call: &Call<'_>, services: &Services) -> TaskResult {
        evaluate_all(call, services).into()
    }
}

fn evaluate_all(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let one_by_one = call.execution.spel_evaluator.as_deref() == Some("v4");
    let mut problems = Evaluated::default();
    let mut context = call.context.clone();
    let mut variables = Vec::new();
    let mut outputs = Map::new();
    for (position, item) in reading::list(call.context, "variables").iter().enumerate() {
        let mut variable = item
            .as_object()
            .cloned()
            .ok_or_else(|| Failure::user(format!("variables[{position}] is no object with key and value")))?;
        let source = variable.get("value").cloned().unwrap_or_default();
        if one_by_one {
            for part in ["key", "value"] {
                if let Some(value) = variable.get_mut(part) {
                    *value = problems.absorb(expressions::evaluate(
                        &expressions::scope(call, services, &context),
                        part,
                        value,
                    ));
                }
            }
        }
        let key = reading::filled(&variable, "key")
            .ok_or_else(|| Failure::user(format!("variables[{position}] has no 'key'")))?;
        let value = variable.get("value").cloned().unwrap_or_default();
        variable.entry("sourceValue").or_insert(source);
        context.insert(key.clone(), value.clone());
        outputs.insert(key, value);
        variables.push(Value::Object(variable));
    }
    let result = TaskResult { outputs, ..TaskResult::succeeded() }.with_context("variables", variables);
    Ok(problems.record(call, result))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::stages::testing::Driver;

    fn driver(evaluator: &str) -> Driver {
        let variables = json!([
            {"key": "stack", "value": "${trigger.user}"},
            {"key": "cluster", "value": "hello-${stack}", "description": "where"},
            {"key": "list", "value": "${ {1, 2} }"},
            {"key": "plain", "value": {"a": "${parameters.Size}"}},
            {"key": "broken", "value": "${nothing.here()}"},
        ]);
        let mut driver = Driver::new("evaluateVariables", json!({"variables": variables}));
        driver.execution.spel_evaluator = Some(evaluator.to_owned());
        driver
    }

    #[tokio::test]
    async fn later_variables_see_earlier_ones() {
        let result = driver("v4").run("evaluateVariables").await;
        assert_eq!(
            Value::Object(result.outputs),
            json!({"stack": "ann", "cluster": "hello-ann", "list": [1, 2], "plain": {"a": 3}, "broken": "${nothing.here()}"})
        );
        assert_eq!(
            result.context["variables"][1],
            json!({"key": "cluster", "value": "hello-ann", "description": "where", "sourceValue": "hello-${stack}"})
        );
        assert!(result.context["expressionEvaluationSummary"]["nothing.here()"].is_array());
    }

    #[tokio::test]
    async fn before_v4_the_engine_has_evaluated_them_all_at_once() {
        let result = driver("v3").run("evaluateVariables").await;
        assert_eq!(result.outputs["cluster"], "hello-${stack}");
    }
}
