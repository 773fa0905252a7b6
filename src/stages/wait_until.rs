//! Waits until a moment.
//!
//! Without `epochMillis`, or when the moment has passed, it goes on at once.
//!
//! ```yaml
//! - name: Wait for the release hour
//!   type: waitUntil
//!   epochMillis: ${parameters.releaseAt}
//! ```

use async_trait::async_trait;

use super::wait::wait_until;
use super::{Services, Stage, Task, reading};
use crate::engine::ports::{Call, TaskPolicy, TaskResult};
use crate::model::{Failure, Field, Shape, optional};

/// The `waitUntil` stage.
pub(super) struct WaitUntil;

const FIELDS: &[Field] = &[
    optional("epochMillis", Shape::Integer, "the moment, in milliseconds since 1970; goes on at once when absent"),
    optional("skipRemainingWait", Shape::Boolean, "ends the wait at once; set while it waits"),
];

impl Stage for WaitUntil {
    fn kind(&self) -> &'static str {
        "waitUntil"
    }

    fn source(&self) -> &'static str {
        include_str!("wait_until.rs")
    }

    fn fields(&self) -> &'static [Field] {
        FIELDS
    }

    fn tasks(&self) -> &'static [&'static dyn Task] {
        &[&WaitUntilTask]
    }

    fn forget_on_restart(&self) -> &'static [&'static str] {
        &["skipRemainingWait"]
    }
}

struct WaitUntilTask;

#[async_trait]
impl Task for WaitUntilTask {
    fn name(&self) -> &'static str {
        "waitUntil"
    }

    fn policy(&self) -> TaskPolicy {
        TaskPolicy { pure: true, ..TaskPolicy::default() }
    }

    async fn run(&self, call: &Call<'_>, _services: &Services) -> TaskResult {
        match call.context.get("epochMillis").filter(|value| !value.is_null()) {
            None => TaskResult::succeeded(),
            Some(value) => match reading::as_integer(value) {
                Some(moment) => wait_until(call, moment),
                None => TaskResult::terminal(
                    Failure::user(format!("'epochMillis' is {value}, which is no moment"))
                        .detail("write milliseconds since 1970, such as 1767225600000"),
                ),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::engine::ports::Awaits;
    use crate::model::Status;
    use crate::stages::testing::{Driver, START};

    #[tokio::test]
    async fn goes_on_when_the_moment_has_come() {
        let driver = Driver::new("waitUntil", json!({"epochMillis": START + 1000}));
        let waiting = driver.run("waitUntil").await;
        assert_eq!((waiting.status, waiting.awaits), (Status::Running, Some(Awaits::Until(START + 1000))));
        assert_eq!(driver.at(1000).run("waitUntil").await.status, Status::Succeeded);
        assert_eq!(
            Driver::new("waitUntil", json!({"epochMillis": null})).run("waitUntil").await.status,
            Status::Succeeded
        );
        assert_eq!(
            Driver::new("waitUntil", json!({"epochMillis": "x"})).run("waitUntil").await.status,
            Status::Terminal
        );
    }
}
