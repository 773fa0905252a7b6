//! Binds the artifacts a stage says it produces (`expectedArtifacts`) to those it sees.

use async_trait::async_trait;

use crate::artifacts;
use crate::engine::ports::{Call, TaskPolicy, TaskResult};
use crate::model::{Failure, Map};
use crate::stages::{Services, Task, reading};

/// The task: gives `artifacts` and `resolvedExpectedArtifacts`, in context and outputs. Without expected artifacts it
/// does nothing.
pub(crate) struct BindProducedArtifacts;

impl BindProducedArtifacts {
    /// Whether a stage of this context has something to bind.
    pub(crate) fn is_needed(context: &Map) -> bool {
        !reading::list(context, "expectedArtifacts").is_empty()
    }
}

#[async_trait]
impl Task for BindProducedArtifacts {
    fn name(&self) -> &'static str {
        "bindProducedArtifacts"
    }

    fn policy(&self) -> TaskPolicy {
        TaskPolicy { pure: true, ..TaskPolicy::default() }
    }

    async fn run(&self, call: &Call<'_>, _services: &Services) -> TaskResult {
        bind(call).into()
    }
}

fn bind(call: &Call<'_>) -> Result<TaskResult, Failure> {
    let expected = reading::list(call.context, "expectedArtifacts");
    if expected.is_empty() {
        return Ok(TaskResult::succeeded());
    }
    let visible = artifacts::visible(call.execution, call.stage, call.context)?;
    Ok(bound(&artifacts::bind(expected, &visible)?))
}

/// For a plan: what a stage leaves, with the artifacts it is expected to produce bound to those it gives.
pub(crate) fn bound_ahead(call: &Call<'_>, given: TaskResult) -> Result<TaskResult, Failure> {
    let mut context = call.context.clone();
    context.extend(given.context.clone());
    let mut stage = call.stage.clone();
    stage.outputs.extend(given.outputs.clone());
    let bound = bind(&Call { context: &context, stage: &stage, ..*call })?;
    let mut told = given;
    told.context.extend(bound.context);
    told.outputs.extend(bound.outputs);
    Ok(told)
}

/// What a stage that found artifacts says of them.
pub(crate) fn bound(resolved: &artifacts::Resolved) -> TaskResult {
    TaskResult::succeeded()
        .with_context("artifacts", resolved.artifacts_value())
        .with_context("resolvedExpectedArtifacts", resolved.expected_value())
        .with_output("artifacts", resolved.artifacts_value())
        .with_output("resolvedExpectedArtifacts", resolved.expected_value())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::model::Status;
    use crate::stages::testing::Driver;

    #[tokio::test]
    async fn produced_artifacts_are_bound_or_the_stage_fails() {
        let expected = |name: &str| json!({"id": "e", "matchArtifact": {"type": "embedded/base64", "name": name}});
        let contents = json!([{"name": "a.txt", "contents": "a"}, {"name": "b.txt", "contents": "b"}]);
        let context = json!({"artifactContents": contents, "expectedArtifacts": [expected("b.*")]});
        let mut driver = Driver::new("evaluateArtifacts", context);
        assert_eq!(driver.plan().await.unwrap().tasks, ["evaluateArtifacts", "bindProducedArtifacts"]);
        driver.step("evaluateArtifacts").await;
        let result = driver.step("bindProducedArtifacts").await;
        assert_eq!(result.status, Status::Succeeded);
        for map in [&result.context, &result.outputs] {
            assert_eq!(map["artifacts"][0]["name"], "b.txt");
            assert_eq!(map["resolvedExpectedArtifacts"][0]["boundArtifact"]["reference"], "Yg==");
        }
        let context = json!({"artifactContents": contents, "expectedArtifacts": [expected("c")]});
        let mut driver = Driver::new("evaluateArtifacts", context);
        driver.step("evaluateArtifacts").await;
        let result = driver.step("bindProducedArtifacts").await;
        assert_eq!(result.status, Status::Terminal);
        assert!(result.failure.unwrap().message.contains("'e' (embedded/base64 c)"));
    }
}
