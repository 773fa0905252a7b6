//! Stops one instance of a server group and lets the server group be smaller by it.
//!
//! The server group's minimum is kept unless `adjustMinIfNecessary` says otherwise.
//!
//! ```yaml
//! - name: One less
//!   type: terminateInstanceAndDecrementServerGroup
//!   serverGroupName: hello-prod-v003
//!   instance: i-0123456789abcdef0
//!   adjustMinIfNecessary: true
//! ```

use async_trait::async_trait;
use futures_util::FutureExt;

use super::cloud::Cloud;
use super::tasks::Acting;
use super::terminate_instances::WaitForTerminated;
use super::{Services, Stage, Task, instances, operation, reading, target};
use crate::engine::ports::{Call, TaskResult};
use crate::model::{Failure, Field, Shape, optional};
use crate::providers::Leaving;

const FIELDS: &[Field] = &[
    target::ACCOUNT_ALIAS,
    optional("adjustMinIfNecessary", Shape::Boolean, "lowers the minimum where it would keep the size up; false"),
    target::ASG_NAME,
    target::CLOUD_PROVIDER,
    target::ACCOUNT,
    optional("instance", Shape::Text, "the instance"),
    optional("instanceIds", Shape::List(&Shape::Text), "the same for several"),
    target::REGION,
    target::SERVER_GROUP_NAME,
    optional("setMaxToNewDesired", Shape::Boolean, "lowers the maximum to the new size; false"),
];

/// The `terminateInstanceAndDecrementServerGroup` stage.
pub(super) struct TerminateInstanceAndDecrementServerGroup;

#[async_trait]
impl Stage for TerminateInstanceAndDecrementServerGroup {
    fn kind(&self) -> &'static str {
        "terminateInstanceAndDecrementServerGroup"
    }

    fn aliases(&self) -> &'static [&'static str] {
        &["terminateInstanceAndDecrementAsg"]
    }

    fn source(&self) -> &'static str {
        include_str!("terminate_instance_and_decrement_server_group.rs")
    }

    fn fields(&self) -> &'static [Field] {
        FIELDS
    }

    fn tasks(&self) -> &'static [&'static dyn Task] {
        &[&TERMINATE, &WaitForTerminated]
    }

    async fn preview(&self, call: &Call<'_>, services: &Services) -> Result<Vec<String>, Failure> {
        let cloud = Cloud::of(call.context, services)?;
        let group = group(call, &cloud)?;
        let ids = instances::ids(call.context)?;
        Ok(ids.iter().map(|id| format!("terminate instance {id} and shrink {} by it", group.name)).collect())
    }
}

const TERMINATE: Acting =
    Acting { name: "terminateInstance", look: |call, services| terminate(call, services).boxed() };

fn group(call: &Call<'_>, cloud: &Cloud) -> Result<crate::model::ServerGroupRef, Failure> {
    let name = target::named(call.context).ok_or_else(|| {
        Failure::user("the stage names no server group").detail("add serverGroupName: <the instance's server group>")
    })?;
    Ok(cloud.reference(&cloud.deploy_location(call.context)?, &name))
}

async fn terminate(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    const VERB: &str = "terminateInstanceAndDecrementServerGroup";
    let cloud = Cloud::of(call.context, services)?;
    let group = group(call, &cloud)?;
    let ids = instances::ids(call.context)?;
    let place = (&cloud, group.location.as_str());
    if let Some(waiting) = instances::lock(call, services, place, &[]).await? {
        return Ok(waiting);
    }
    let provider = cloud.instance_upkeep()?;
    instances::guard(services, &cloud, &group.location, &ids, "terminate the last instances of").await?;
    instances::announce(call, VERB, place, &ids, &format!("{} shrinks by it", group.name)).await?;
    let leaving = Leaving {
        shrinks: true,
        lowers_minimum: reading::flag(call.context, "adjustMinIfNecessary"),
        lowers_maximum: reading::flag(call.context, "setMaxToNewDesired"),
        terminates: true,
    };
    provider.leave(&group, &ids, leaving).await?;
    let result = operation::accepted(call, VERB, &cloud, std::slice::from_ref(&group));
    Ok(target::with_names(result, &group)
        .with_context("terminate.account.name", cloud.account.as_str())
        .with_context("terminate.instance.ids", ids)
        .with_context("terminate.region", group.location.as_str()))
}
