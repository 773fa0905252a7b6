//! Waits a while before what comes after it.
//!
//! The time counts from the moment the stage began to wait and goes on while gennaker is not running: a resumed
//! execution does not wait anew. `gennaker skip <execution> <stage>` ends it at once.
//!
//! ```yaml
//! - name: Let the caches fill
//!   type: wait
//!   waitTime: 5m
//! ```

use std::time::Duration;

use async_trait::async_trait;

use super::{Services, Stage, Task, reading};
use crate::engine::ports::{Awaits, Call, TaskPolicy, TaskResult};
use crate::model::{Failure, Field, Millis, Shape, Unit, human_duration, optional};

/// Longest time until a patched context is noticed.
const LOOK: Duration = Duration::from_millis(500);

/// The `wait` stage.
pub(super) struct Wait;

const FIELDS: &[Field] = &[
    optional(
        "waitTime",
        Shape::Duration(Unit::Seconds),
        "how long to wait, in seconds or as 90s, 2h; none at all when absent",
    ),
    optional("skipRemainingWait", Shape::Boolean, "ends the wait at once; set while it waits"),
];

impl Stage for Wait {
    fn kind(&self) -> &'static str {
        "wait"
    }

    fn source(&self) -> &'static str {
        include_str!("wait.rs")
    }

    fn fields(&self) -> &'static [Field] {
        FIELDS
    }

    fn tasks(&self) -> &'static [&'static dyn Task] {
        &[&WaitTask]
    }

    fn forget_on_restart(&self) -> &'static [&'static str] {
        &["skipRemainingWait"]
    }
}

struct WaitTask;

#[async_trait]
impl Task for WaitTask {
    fn name(&self) -> &'static str {
        "wait"
    }

    fn policy(&self) -> TaskPolicy {
        TaskPolicy { backoff: LOOK, pure: true, ..TaskPolicy::default() }
    }

    async fn run(&self, call: &Call<'_>, _services: &Services) -> TaskResult {
        wait_for(call, "waitTime", call.started).into()
    }
}

/// Waits from `since` for the time under `key`, in seconds, unless somebody skips the rest of it.
pub(super) fn wait_for(call: &Call<'_>, key: &str, since: Millis) -> Result<TaskResult, Failure> {
    let time = reading::duration(call.context, key, Unit::Seconds)?.unwrap_or_default();
    Ok(wait_until(call, since.saturating_add(reading::millis(time))))
}

/// Waits for a moment, unless somebody skips the rest of it.
pub(super) fn wait_until(call: &Call<'_>, moment: Millis) -> TaskResult {
    if call.now >= moment || reading::flag(call.context, "skipRemainingWait") {
        return TaskResult::succeeded();
    }
    let left = Duration::from_millis(moment.saturating_sub(call.now).unsigned_abs());
    call.progress(format!("{} left", human_duration(left)));
    TaskResult { awaits: Some(Awaits::Until(moment)), ..TaskResult::running() }.retry_in(left.min(LOOK))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::Status;
    use crate::stages::testing::Driver;

    #[tokio::test]
    async fn waits_from_its_start_and_looks_again_in_time() {
        let driver = Driver::new("wait", json!({"waitTime": "90s"}));
        for (elapsed, status, retry) in [
            (0, Status::Running, Some(500)),
            (89_900, Status::Running, Some(100)),
            (90_000, Status::Succeeded, None),
            (7_200_000, Status::Succeeded, None),
        ] {
            let result = driver.at(elapsed).run("wait").await;
            assert_eq!((result.status, result.retry_in.map(reading::millis)), (status, retry), "after {elapsed} ms");
        }
    }

    #[tokio::test]
    async fn the_rest_can_be_skipped() {
        let driver = Driver::new("wait", json!({"waitTime": 3600, "skipRemainingWait": "true"}));
        assert_eq!(driver.run("wait").await.status, Status::Succeeded);
    }

    #[tokio::test]
    async fn no_time_is_no_wait_and_nonsense_is_an_error() {
        assert_eq!(Driver::new("wait", json!({})).run("wait").await.status, Status::Succeeded);
        let failed = Driver::new("wait", json!({"waitTime": "a while"})).run("wait").await;
        assert_eq!(failed.status, Status::Terminal);
        assert!(failed.failure.unwrap().message.contains("a while"));
    }
}
