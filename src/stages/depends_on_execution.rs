//! Waits until another execution has ended, and fails when it did not succeed.
//!
//! ```yaml
//! - name: After the migration
//!   type: dependsOnExecution
//!   executionType: PIPELINE
//!   executionId: ${parameters.migration}
//! ```

use async_trait::async_trait;

use super::pipeline::child_failure;
use super::{Services, Stage, Task, reading};
use crate::engine::ports::{Call, TaskResult};
use crate::model::{Failure, Field, Shape, Status, optional, required};

/// The `dependsOnExecution` stage.
pub(super) struct DependsOnExecution;

const FIELDS: &[Field] = &[
    required("executionId", Shape::Text, "the execution to wait for"),
    optional("executionType", Shape::OneOf(&["PIPELINE", "ORCHESTRATION"]), "kept for Spinnaker's documents"),
];

impl Stage for DependsOnExecution {
    fn kind(&self) -> &'static str {
        "dependsOnExecution"
    }

    fn source(&self) -> &'static str {
        include_str!("depends_on_execution.rs")
    }

    fn fields(&self) -> &'static [Field] {
        FIELDS
    }

    fn tasks(&self) -> &'static [&'static dyn Task] {
        &[&DependsOnExecutionTask]
    }
}

struct DependsOnExecutionTask;

#[async_trait]
impl Task for DependsOnExecutionTask {
    fn name(&self) -> &'static str {
        "dependsOnExecution"
    }

    async fn run(&self, call: &Call<'_>, services: &Services) -> TaskResult {
        look(call, services).await.into()
    }
}

async fn look(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let id = reading::filled(call.context, "executionId")
        .ok_or_else(|| Failure::user("the stage names no 'executionId' to wait for"))?;
    if id == call.execution.id {
        return Err(Failure::user("an execution cannot wait for itself"));
    }
    let Some(other) = services.pipelines.execution(&id).await? else {
        return Err(Failure::user(format!("execution {id} is not in the history")));
    };
    Ok(match other.status {
        Status::Succeeded => TaskResult::succeeded(),
        status if !status.is_complete() => {
            call.progress(format!("{} is {status}", other.name));
            TaskResult::running()
        }
        Status::Canceled => {
            TaskResult { status: Status::Canceled, failure: Some(child_failure(&other)), ..TaskResult::default() }
        }
        _ => TaskResult::terminal(child_failure(&other)),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::Execution;
    use crate::stages::testing::Driver;

    #[tokio::test]
    async fn the_other_execution_decides() {
        for (status, result) in [
            (Status::Running, Status::Running),
            (Status::Succeeded, Status::Succeeded),
            (Status::Terminal, Status::Terminal),
            (Status::Canceled, Status::Canceled),
        ] {
            let driver = Driver::new("dependsOnExecution", json!({"executionId": "other"}));
            let other = Execution { id: "other".to_owned(), status, ..Execution::default() };
            driver.children.executions.lock().unwrap().push(other);
            assert_eq!(driver.run("dependsOnExecution").await.status, result);
        }
        let itself = Driver::new("dependsOnExecution", json!({"executionId": "01EXECUTION"}));
        assert_eq!(itself.run("dependsOnExecution").await.status, Status::Terminal);
    }
}
