//! Waits until the cloud shows the server group it was asked for.

use futures_util::FutureExt;

use super::Acting;
use crate::engine::ports::{Call, TaskResult};
use crate::model::Failure;
use crate::stages::cloud::Cloud;
use crate::stages::{Services, operation};

/// Done when every server group under `deploy.server.groups` exists.
pub(crate) const MONITOR_DEPLOY: Acting =
    Acting { name: "monitorDeploy", look: |call, services| look(call, services).boxed() };

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
