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

use super::cloud::Cloud;
use super::tasks::{Acting, patient, waiting};
use super::{Services, Stage, Task, instances, operation};
use crate::engine::ports::{Call, TaskPolicy, TaskResult};
use crate::model::{Failure, Field};

const FIELDS: &[Field] = &instances::WHERE;

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
        Ok(instances::ids(call.context)?.iter().map(|id| format!("terminate instance {id}")).collect())
    }
}

const TERMINATE: Acting =
    Acting { name: "terminateInstances", look: |call, services| terminate(call, services).boxed() };

async fn terminate(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let cloud = Cloud::of(call.context, services)?;
    let location = cloud.deploy_location(call.context)?;
    let ids = instances::ids(call.context)?;
    let provider = cloud.instances()?;
    instances::guard(services, &cloud, &location, &ids, "terminate the last instances of").await?;
    instances::announce(call, "terminateInstances", (&cloud, &location), &ids, "").await?;
    provider.terminate(&location, &ids).await?;
    let mut result = operation::accepted(call, "terminateInstances", &cloud, &[]);
    result.context.shift_remove("deploy.server.groups");
    Ok(result
        .with_context("terminate.account.name", cloud.account.as_str())
        .with_context("terminate.instance.ids", ids)
        .with_context("terminate.region", location))
}

/// Waits until the instances a stage names have ended.
pub(super) struct WaitForTerminated;

#[async_trait]
impl Task for WaitForTerminated {
    fn name(&self) -> &'static str {
        "waitForTerminatedInstances"
    }

    fn policy(&self) -> TaskPolicy {
        TaskPolicy { timeout: Some(Duration::from_secs(60 * 60)), ..waiting() }
    }

    async fn run(&self, call: &Call<'_>, services: &Services) -> TaskResult {
        patient(call, instances::ended(call, services).await)
    }
}
