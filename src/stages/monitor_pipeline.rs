//! Waits for executions that were started elsewhere.
//!
//! With `monitorBehavior: FailFast` it fails as soon as one of them has failed, otherwise when all have ended.
//!
//! ```yaml
//! - name: Wait for both regions
//!   type: monitorPipeline
//!   executionIds:
//!     - ${#stage('Start east').context.executionId}
//!     - ${#stage('Start west').context.executionId}
//!   monitorBehavior: FailFast
//! ```

use std::time::Duration;

use async_trait::async_trait;
use serde_json::json;

use super::pipeline::child_failure;
use super::{Services, Stage, Task, reading};
use crate::engine::ports::{Call, TaskPolicy, TaskResult};
use crate::model::{Execution, Failure, Field, Map, Shape, Status, optional, required};

/// The `monitorPipeline` stage.
pub(super) struct MonitorPipelines;

const FIELDS: &[Field] = &[
    required("executionIds", Shape::List(&Shape::Text), "the executions to wait for"),
    optional(
        "monitorBehavior",
        Shape::OneOf(&["WaitForAllToComplete", "FailFast"]),
        "when to fail; default WaitForAllToComplete",
    ),
];

impl Stage for MonitorPipelines {
    fn kind(&self) -> &'static str {
        "monitorPipeline"
    }

    fn source(&self) -> &'static str {
        include_str!("monitor_pipeline.rs")
    }

    fn fields(&self) -> &'static [Field] {
        FIELDS
    }

    fn tasks(&self) -> &'static [&'static dyn Task] {
        &[&MonitorExecutions]
    }
}

struct MonitorExecutions;

#[async_trait]
impl Task for MonitorExecutions {
    fn name(&self) -> &'static str {
        "monitorPipeline"
    }

    fn policy(&self) -> TaskPolicy {
        TaskPolicy { timeout: Some(Duration::from_secs(12 * 3600)), overridable: true, ..TaskPolicy::default() }
    }

    async fn run(&self, call: &Call<'_>, services: &Services) -> TaskResult {
        monitor(call, services).await.into()
    }
}

async fn monitor(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let mut executions = Vec::new();
    for id in reading::list(call.context, "executionIds").iter().filter_map(|id| id.as_str()) {
        let found = services.pipelines.execution(id).await?;
        executions.push(found.ok_or_else(|| Failure::user(format!("execution {id} is not in the history")))?);
    }
    if executions.is_empty() {
        return Err(Failure::user("'executionIds' names no execution to wait for"));
    }
    let statuses: Map = executions.iter().map(|found| (found.id.clone(), json!({"status": found.status}))).collect();
    let fail_fast =
        reading::text(call.context, "monitorBehavior").is_some_and(|word| word.eq_ignore_ascii_case("FailFast"));
    let running: Vec<&str> =
        executions.iter().filter(|found| !found.status.is_complete()).map(|found| found.name.as_str()).collect();
    let halted: Vec<&Execution> = executions.iter().filter(|found| found.status.is_halt()).collect();
    let result = if !running.is_empty() && (halted.is_empty() || !fail_fast) {
        call.progress(format!("waiting for {}", running.join(", ")));
        // Written only at the end: a poll that changes nothing needs no record.
        return Ok(TaskResult::running());
    } else if let Some(first) = halted.first() {
        let canceled = halted.iter().all(|found| found.status == Status::Canceled);
        let status = if canceled { Status::Canceled } else { Status::Terminal };
        TaskResult { status, failure: Some(child_failure(first)), ..TaskResult::default() }
    } else {
        TaskResult::succeeded()
    };
    Ok(result.with_output("executionStatuses", statuses))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stages::testing::Driver;

    #[tokio::test]
    async fn waits_for_all_or_fails_fast() {
        use Status::{Canceled, Running, Succeeded, Terminal};
        for (statuses, behavior, result) in [
            ([Succeeded, Succeeded], "WaitForAllToComplete", Succeeded),
            ([Running, Succeeded], "WaitForAllToComplete", Running),
            ([Running, Terminal], "WaitForAllToComplete", Running),
            ([Running, Terminal], "FailFast", Terminal),
            ([Succeeded, Terminal], "WaitForAllToComplete", Terminal),
            ([Succeeded, Canceled], "FailFast", Canceled),
        ] {
            let driver =
                Driver::new("monitorPipeline", json!({"executionIds": ["0", "1"], "monitorBehavior": behavior}));
            for (number, status) in statuses.into_iter().enumerate() {
                let execution = Execution { id: number.to_string(), status, ..Execution::default() };
                driver.children.executions.lock().unwrap().push(execution);
            }
            assert_eq!(driver.run("monitorPipeline").await.status, result, "{statuses:?} {behavior}");
        }
    }
}
