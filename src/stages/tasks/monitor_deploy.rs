//! Waits until the cloud shows the server group it was asked for.

use async_trait::async_trait;

use super::{acting, patient};
use crate::engine::ports::{Call, TaskPolicy, TaskResult};
use crate::model::Failure;
use crate::stages::cloud::Cloud;
use crate::stages::{Services, Task, operation};

/// Done when every server group under `deploy.server.groups` exists.
pub(crate) struct MonitorDeploy;

#[async_trait]
impl Task for MonitorDeploy {
    fn name(&self) -> &'static str {
        "monitorDeploy"
    }

    fn policy(&self) -> TaskPolicy {
        acting()
    }

    async fn run(&self, call: &Call<'_>, services: &Services) -> TaskResult {
        patient(call, look(call, services).await)
    }
}

async fn look(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let cloud = Cloud::of(call.context, services)?;
    for group in operation::recorded(&cloud, call.context) {
        if cloud.server_groups()?.get(&group.location, &group.name).await?.is_none() {
            call.progress(format!("{} is not there yet", group.name));
            return Ok(cloud.look_again());
        }
    }
    Ok(TaskResult::succeeded())
}
