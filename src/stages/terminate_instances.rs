//! Stops single instances, by their ids.
//!
//! Where the provider puts new instances in the place of those that ended, the server group gets new ones.
//!
//! ```yaml
//! - name: Stop the sick one
//!   type: terminateInstances
//!   instanceIds: [hello-prod-v003-1]
//! ```

use std::time::Duration;

use async_trait::async_trait;
use futures_util::FutureExt;

use super::cloud::{self, Cloud};
use super::tasks::{Acting, patient, waiting};
use super::{Services, Stage, Task, operation, reading, target};
use crate::engine::ports::{Call, TaskPolicy, TaskResult};
use crate::model::{Failure, Field, HealthState, Shape, optional, required};
use crate::providers::ServerGroupQuery;

const FIELDS: &[Field] = &[
    target::ACCOUNT_ALIAS,
    target::CLOUD_PROVIDER,
    target::ACCOUNT,
    target::HEALTH_PROVIDERS,
    required("instanceIds", Shape::List(&Shape::Text), "the instances"),
    target::REGION,
    optional("serverGroupName", Shape::Text, "the server group they belong to"),
];

/// The `terminateInstances` stage.
pub(super) struct TerminateInstances;

#[async_trait]
impl Stage for TerminateInstances {
    fn kind(&self) -> &'static str {
        "terminateInstances"
    }

    fn source(&self) -> &'static str {
        include_str!("terminate_instances.rs")
    }

    fn fields(&self) -> &'static [Field] {
        FIELDS
    }

    fn tasks(&self) -> &'static [&'static dyn Task] {
        &[&TERMINATE, &WaitForTerminated]
    }

    async fn preview(&self, call: &Call<'_>, _services: &Services) -> Result<Vec<String>, Failure> {
        Ok(ids(call)?.iter().map(|id| format!("terminate instance {id}")).collect())
    }
}

fn ids(call: &Call<'_>) -> Result<Vec<String>, Failure> {
    let ids = cloud::texts(call.context, "instanceIds");
    if ids.is_empty() {
        return Err(Failure::user("the stage names no instances").detail("add instanceIds: [<id>, …]"));
    }
    Ok(ids)
}

const TERMINATE: Acting =
    Acting { name: "terminateInstances", look: |call, services| terminate(call, services).boxed() };

async fn terminate(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let cloud = Cloud::of(call.context, services)?;
    let location = cloud.deploy_location(call.context)?;
    let ids = ids(call)?;
    let instances = cloud.instances()?;
    for id in &ids {
        call.mutation("terminateInstances", format!("{}/{location}/{id}", cloud.account), "").await?;
    }
    instances.terminate(&location, &ids).await?;
    let mut result = operation::accepted(call, "terminateInstances", &cloud, &[]);
    result.context.shift_remove("deploy.server.groups");
    Ok(result.with_context("terminate.instance.ids", ids).with_context("terminate.region", location))
}

struct WaitForTerminated;

#[async_trait]
impl Task for WaitForTerminated {
    fn name(&self) -> &'static str {
        "waitForTerminatedInstances"
    }

    fn policy(&self) -> TaskPolicy {
        TaskPolicy { timeout: Some(Duration::from_secs(60 * 60)), ..waiting() }
    }

    async fn run(&self, call: &Call<'_>, services: &Services) -> TaskResult {
        patient(call, wait(call, services).await)
    }
}

async fn wait(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let cloud = Cloud::of(call.context, services)?;
    let ids = ids(call)?;
    let location = cloud.deploy_location(call.context)?;
    let groups = match reading::filled(call.context, "serverGroupName") {
        Some(name) => cloud.server_groups()?.get(&location, &name).await?.into_iter().collect(),
        None => {
            let query = ServerGroupQuery { location: Some(location), ..ServerGroupQuery::default() };
            cloud.server_groups()?.list(&query).await?
        }
    };
    let mut instances = groups.iter().flat_map(|group| &group.instances);
    let ended = [HealthState::Down, HealthState::Failed, HealthState::Succeeded];
    match instances.find(|instance| ids.contains(&instance.id) && !ended.contains(&instance.health_state)) {
        Some(running) => {
            call.progress(format!("instance {} has not ended yet", running.id));
            Ok(cloud.look_again())
        }
        None => Ok(TaskResult::succeeded()),
    }
}
