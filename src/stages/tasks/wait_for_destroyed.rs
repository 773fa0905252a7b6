//! Waits until a server group is gone.

use std::time::Duration;

use async_trait::async_trait;

use super::{patient, waiting};
use crate::engine::ports::{Call, TaskPolicy, TaskResult};
use crate::model::Failure;
use crate::stages::cloud::Cloud;
use crate::stages::{Services, Task, operation};

/// Done when no server group under `deploy.server.groups` exists any more.
pub(crate) struct WaitForDestroyed;

#[async_trait]
impl Task for WaitForDestroyed {
    fn name(&self) -> &'static str {
        "waitForDestroyedServerGroup"
    }

    fn policy(&self) -> TaskPolicy {
        TaskPolicy { timeout: Some(Duration::from_secs(60 * 60)), ..waiting() }
    }

    async fn run(&self, call: &Call<'_>, services: &Services) -> TaskResult {
        patient(call, look(call, services).await)
    }
}

async fn look(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let cloud = Cloud::of(call.context, services)?;
    for group in operation::recorded(&cloud, call.context) {
        if let Some(left) = cloud.server_groups()?.get(&group.location, &group.name).await? {
            call.progress(format!("{}: {} instances left", left.name, left.instances.len()));
            return Ok(cloud.look_again());
        }
    }
    Ok(TaskResult::succeeded())
}
