//! Finds artifacts of another pipeline's last execution.
//!
//! The newest execution of `pipeline` whose status `executionOptions` allow is taken; each of `expectedArtifacts` is
//! matched against what its stages put out and what its trigger brought. Later stages use what is found by the
//! expected artifact's id, or in `${#resolvedArtifacts()}`.
//!
//! ```yaml
//! - name: What was tested
//!   type: findArtifactFromExecution
//!   application: hello
//!   pipeline: test-hello
//!   executionOptions: {successful: true}
//!   expectedArtifacts:
//!     - id: tested-image
//!       matchArtifact: {type: docker/image, name: gcr.io/hello/hello}
//! ```

use async_trait::async_trait;
use serde_json::Value;

use super::tasks::bound;
use super::{Services, Stage, Task, reading};
use crate::artifacts;
use crate::engine::ports::{Call, TaskResult};
use crate::model::{Execution, Failure, Field, Shape, Status, optional, required};

/// The `findArtifactFromExecution` stage.
pub(super) struct FindArtifactFromExecution;

const OPTIONS: &[Field] = &[
    optional("succeeded", Shape::Boolean, "executions that succeeded; default when no option is set"),
    optional("successful", Shape::Boolean, "the same, as Deck writes it"),
    optional("terminal", Shape::Boolean, "executions that failed"),
    optional("running", Shape::Boolean, "executions that still run"),
];

const FIELDS: &[Field] = &[
    required("pipeline", Shape::Text, "id or name of the pipeline whose execution is looked at"),
    optional("application", Shape::Text, "application it belongs to; this pipeline's when absent"),
    optional("executionOptions", Shape::Object(OPTIONS), "which executions count"),
    optional("expectedArtifacts", Shape::List(&Shape::Map), "the artifacts to find"),
    optional("expectedArtifact", Shape::Map, "the one artifact to find, as older documents have it"),
];

/// Executions looked through at once, and at most.
const LOOKS: [usize; 3] = [1, 20, 400];

#[async_trait]
impl Stage for FindArtifactFromExecution {
    fn kind(&self) -> &'static str {
        "findArtifactFromExecution"
    }

    fn source(&self) -> &'static str {
        include_str!("find_artifact_from_execution.rs")
    }

    fn fields(&self) -> &'static [Field] {
        FIELDS
    }

    fn tasks(&self) -> &'static [&'static dyn Task] {
        &[&FindArtifact]
    }

    async fn foretell(&self, call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
        find(call, services).await
    }
}

struct FindArtifact;

#[async_trait]
impl Task for FindArtifact {
    fn name(&self) -> &'static str {
        "findArtifactFromExecution"
    }

    async fn run(&self, call: &Call<'_>, services: &Services) -> TaskResult {
        find(call, services).await.into()
    }
}

async fn find(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let application =
        reading::filled(call.context, "application").unwrap_or_else(|| call.execution.application.clone());
    let pipeline = reading::filled(call.context, "pipeline")
        .ok_or_else(|| Failure::user("the stage names no 'pipeline' to look at"))?;
    let expected = match reading::list(call.context, "expectedArtifacts") {
        [] => reading::list(call.context, "expectedArtifact"),
        several => several,
    };
    if expected.is_empty() {
        return Err(Failure::user("the stage names no 'expectedArtifacts' to find"));
    }
    let wanted = statuses(call);
    let Some(execution) = newest(call, services, &application, &pipeline, &wanted).await? else {
        let names: Vec<&str> = wanted.iter().map(|status| status.as_str()).collect();
        return Err(Failure::new(format!(
            "pipeline '{pipeline}' of application '{application}' has no execution that is {}",
            names.join(" or ")
        ))
        .detail("executionOptions says which executions count"));
    };
    // An execution does not find what this very stage found when it ran before.
    let own = (execution.pipeline_config_id == call.execution.pipeline_config_id).then_some(call.stage.ref_id.as_str());
    let candidates = artifacts::of_execution(&execution, own)?;
    let resolved = artifacts::bind(expected, &candidates)
        .map_err(|failure| failure.detail(format!("looked at execution {} of '{}'", execution.id, execution.name)))?;
    Ok(bound(&resolved))
}

/// The statuses that count.
fn statuses(call: &Call<'_>) -> Vec<Status> {
    let set = |key: &str| {
        let options = reading::object(call.context, "executionOptions");
        options.and_then(|options| options.get(key)).is_some_and(|value| {
            value == &Value::Bool(true) || value.as_str().is_some_and(|text| text.eq_ignore_ascii_case("true"))
        })
    };
    let mut wanted = Vec::new();
    if set("succeeded") || set("successful") {
        wanted.push(Status::Succeeded);
    }
    if set("terminal") {
        wanted.push(Status::Terminal);
    }
    if set("running") {
        wanted.push(Status::Running);
    }
    if wanted.is_empty() {
        wanted.push(Status::Succeeded);
    }
    wanted
}

async fn newest(
    call: &Call<'_>,
    services: &Services,
    application: &str,
    pipeline: &str,
    wanted: &[Status],
) -> Result<Option<Execution>, Failure> {
    for limit in LOOKS {
        let found = services.pipelines.executions(application, pipeline, limit).await?;
        let seen = found.len();
        let mut right = found
            .into_iter()
            .filter(|execution| wanted.contains(&execution.status) && execution.id != call.execution.id);
        if let Some(execution) = right.next() {
            return Ok(Some(execution));
        }
        if seen < limit {
            break;
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::*;
    use crate::model::StageExecution;
    use crate::stages::testing::{Driver, object};

    fn execution(id: &str, status: Status, version: &str) -> Execution {
        let artifact = json!({"type": "docker/image", "name": "hello", "version": version});
        let stage = StageExecution { outputs: object(json!({"artifacts": [artifact]})), ..StageExecution::default() };
        Execution { id: id.to_owned(), status, stages: vec![Arc::new(stage)], ..Execution::default() }
    }

    async fn found(options: Value, name: &str) -> TaskResult {
        let expected = json!({"id": "e", "matchArtifact": {"type": "docker/image", "name": name}});
        let context = json!({"pipeline": "test", "executionOptions": options, "expectedArtifact": expected});
        let driver = Driver::new("findArtifactFromExecution", context);
        *driver.children.executions.lock().unwrap() = vec![
            execution("3", Status::Running, "3"),
            execution("2", Status::Terminal, "2"),
            execution("1", Status::Succeeded, "1"),
        ];
        driver.run("findArtifactFromExecution").await
    }

    #[tokio::test]
    async fn the_newest_execution_of_a_right_status_gives_its_artifacts() {
        for (options, version) in [
            (json!({"successful": true}), "1"),
            (json!({"succeeded": "true", "terminal": true}), "2"),
            (json!({"running": true}), "3"),
            (json!({}), "1"),
        ] {
            let result = found(options.clone(), "hello").await;
            assert_eq!(result.outputs["artifacts"][0]["version"], version, "{options}");
            let bound = &result.context["resolvedExpectedArtifacts"][0]["boundArtifact"];
            assert_eq!(bound["version"], version);
        }
        let missing = found(json!({}), "other").await;
        assert_eq!(missing.status, Status::Terminal);
        assert!(missing.failure.unwrap().details.contains(&"looked at execution 1 of ''".to_owned()));
    }
}
