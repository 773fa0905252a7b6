//! Gives a server group other security groups: the instances that run at once, and those that come.
//!
//! ```yaml
//! - name: Close the door
//!   type: updateSecurityGroupsForServerGroup
//!   cluster: hello-prod
//!   target: current_asg_dynamic
//!   securityGroups: [hello, monitoring]
//! ```

use async_trait::async_trait;
use futures_util::FutureExt;

use super::cloud::texts;
use super::scaling::{Begun, begin_upkeep, done, upkeep};
use super::tasks::Acting;
use super::{Services, Stage, Task, reading, target};
use crate::engine::ports::{Call, Plan, TaskResult};
use crate::model::{Failure, Field, Shape, optional, required};

const FIELDS: &[Field] = &[
    target::ACCOUNT_ALIAS,
    optional("amiName", Shape::Text, "the image it has, as Deck says it; not used"),
    target::ASG_NAME,
    target::CLOUD_PROVIDER,
    target::CLUSTER,
    target::ACCOUNT,
    optional("hasLaunchTemplate", Shape::Boolean, "as Deck says it; not used"),
    optional("imageId", Shape::Text, "the image it has, as Deck says it; not used"),
    target::MONIKER_FIELD,
    target::REGION,
    target::REGIONS,
    required("securityGroups", Shape::List(&Shape::Text), "all its security groups from now on: names or ids"),
    optional("securityGroupsAppendOnly", Shape::Boolean, "these besides those it has; false"),
    target::SERVER_GROUP_NAME,
    target::TARGET,
];

/// The `updateSecurityGroupsForServerGroup` stage.
pub(super) struct UpdateSecurityGroupsForServerGroup;

#[async_trait]
impl Stage for UpdateSecurityGroupsForServerGroup {
    fn kind(&self) -> &'static str {
        "updateSecurityGroupsForServerGroup"
    }

    fn source(&self) -> &'static str {
        include_str!("update_security_groups_for_server_group.rs")
    }

    fn fields(&self) -> &'static [Field] {
        FIELDS
    }

    fn tasks(&self) -> &'static [&'static dyn Task] {
        &[&UPDATE]
    }

    async fn plan(&self, call: &Call<'_>, services: &Services) -> Result<Plan, Failure> {
        target::plan(call, services, self.tasks().iter().map(|task| task.name()).collect(), Vec::new()).await
    }

    async fn preview(&self, call: &Call<'_>, services: &Services) -> Result<Vec<String>, Failure> {
        let names = names(call)?.join(", ");
        let groups = target::resolve(call, services, call.context).await?;
        Ok(groups.iter().map(|group| format!("give {} the security groups {names}", group.name)).collect())
    }
}

fn names(call: &Call<'_>) -> Result<Vec<String>, Failure> {
    match texts(call.context, "securityGroups") {
        names if names.is_empty() => Err(Failure::user("the stage names no security groups")
            .detail("add securityGroups: [<name>, …]; a server group needs one")),
        names => Ok(names),
    }
}

const UPDATE: Acting = Acting { name: "updateSecurityGroups", look: |call, services| update(call, services).boxed() };

async fn update(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let names = names(call)?;
    match begin_upkeep(call, services, "updateSecurityGroups", names.join(", ")).await? {
        Begun::Waits(result) => Ok(result),
        Begun::Ready(cloud, group) => {
            let adds = reading::flag(call.context, "securityGroupsAppendOnly");
            upkeep(&cloud)?.set_firewalls(&group, &names, adds).await?;
            Ok(done(call, "updateSecurityGroups", &cloud, &group))
        }
    }
}
