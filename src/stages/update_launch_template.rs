//! Changes what a server group's new instances are made from; those that run stay as they are until they are replaced.
//!
//! ```yaml
//! - name: Larger instances from now on
//!   type: updateLaunchTemplate
//!   cluster: hello-prod
//!   target: current_asg_dynamic
//!   instanceType: t3.large
//! ```

use async_trait::async_trait;
use futures_util::FutureExt;

use super::scaling::{Begun, begin, done, settings};
use super::tasks::Acting;
use super::{Services, Stage, Task, reading, target};
use crate::engine::ports::{Call, Plan, TaskResult};
use crate::model::{Failure, Field, Shape, optional};

const FIELDS: &[Field] = &[
    target::ACCOUNT_ALIAS,
    optional("amiName", Shape::Text, "image: its name or id"),
    target::ASG_NAME,
    optional("associatePublicIpAddress", Shape::Boolean, "public addresses"),
    optional("base64UserData", Shape::Text, "user data, base64"),
    optional("blockDevices", Shape::List(&Shape::Map), "all volumes: deviceName, size, volumeType, encrypted, …"),
    target::CLOUD_PROVIDER,
    target::CLUSTER,
    target::ACCOUNT,
    optional("ebsOptimized", Shape::Boolean, "dedicated throughput to volumes"),
    optional("enableEnclave", Shape::Boolean, "instances may have enclaves"),
    optional("iamRole", Shape::Text, "instance profile: its name or ARN"),
    optional("imageId", Shape::Text, "the same as amiName"),
    optional("instanceMonitoring", Shape::Boolean, "detailed monitoring"),
    optional("instanceType", Shape::Text, "instance type"),
    optional("kernelId", Shape::Text, "kernel of paravirtual images"),
    optional("keyPair", Shape::Text, "key pair"),
    optional("launchTemplateOverridesForInstanceType", Shape::List(&Shape::Map), "mixed instances: the types"),
    target::MONIKER_FIELD,
    optional("onDemandAllocationStrategy", Shape::Text, "mixed instances: how on-demand types are chosen"),
    optional("onDemandBaseCapacity", Shape::Integer, "mixed instances: on-demand instances before any spot"),
    optional("onDemandPercentageAboveBaseCapacity", Shape::Integer, "mixed instances: on-demand share above those"),
    optional("ramdiskId", Shape::Text, "memory disk of paravirtual images"),
    target::REGION,
    target::REGIONS,
    optional("requireIMDSv2", Shape::Boolean, "metadata only with a token"),
    optional("securityGroups", Shape::List(&Shape::Text), "all security groups from now on"),
    optional("securityGroupsAppendOnly", Shape::Boolean, "these security groups besides those it has; false"),
    target::SERVER_GROUP_NAME,
    optional("spotAllocationStrategy", Shape::Text, "mixed instances: how spot types are chosen"),
    optional("spotInstancePools", Shape::Integer, "mixed instances: number of spot pools"),
    optional("spotPrice", Shape::Text, "highest price of a spot instance; empty: on-demand"),
    target::TARGET,
    optional("unlimitedCpuCredits", Shape::Boolean, "burstable types may go over their credits"),
    optional("userData", Shape::Text, "user data as text"),
];

/// Keys of a cluster that can be changed.
pub(crate) const CHANGES: &[&str] = &[
    "amiName",
    "associatePublicIpAddress",
    "base64UserData",
    "blockDevices",
    "ebsOptimized",
    "enableEnclave",
    "iamRole",
    "imageId",
    "instanceMonitoring",
    "instanceType",
    "kernelId",
    "keyPair",
    "launchTemplateOverridesForInstanceType",
    "onDemandAllocationStrategy",
    "onDemandBaseCapacity",
    "onDemandPercentageAboveBaseCapacity",
    "ramdiskId",
    "requireIMDSv2",
    "securityGroups",
    "spotAllocationStrategy",
    "spotInstancePools",
    "spotPrice",
    "unlimitedCpuCredits",
    "userData",
];

/// Whether security groups come on top; no change by itself.
const APPEND: &str = "securityGroupsAppendOnly";

/// The `updateLaunchTemplate` stage.
pub(super) struct UpdateLaunchTemplate;

#[async_trait]
impl Stage for UpdateLaunchTemplate {
    fn kind(&self) -> &'static str {
        "updateLaunchTemplate"
    }

    fn aliases(&self) -> &'static [&'static str] {
        &["modifyAsgLaunchConfiguration", "updateLaunchConfig"]
    }

    fn source(&self) -> &'static str {
        include_str!("update_launch_template.rs")
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
        let groups = target::resolve(call, services, call.context).await?;
        Ok(groups.iter().map(|group| format!("change the launch template of {}", group.name)).collect())
    }
}

const UPDATE: Acting = Acting { name: "updateLaunchTemplate", look: |call, services| update(call, services).boxed() };

async fn update(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let named: Vec<&str> =
        CHANGES.iter().copied().filter(|key| call.context.get(*key).is_some_and(|value| !value.is_null())).collect();
    if named.is_empty() {
        return Err(Failure::user("the stage changes nothing").detail(format!("add one of {}", CHANGES.join(", "))));
    }
    let mut changes = call.context.clone();
    changes.retain(|key, value| CHANGES.contains(&key.as_str()) && !value.is_null() || key == APPEND);
    let shown: Vec<String> =
        named.iter().filter_map(|key| Some(format!("{key}: {}", reading::text(&changes, key)?))).collect();
    match begin(call, services, "updateLaunchTemplate", shown.join(", ")).await? {
        Begun::Waits(result) => Ok(result),
        Begun::Ready(cloud, group) => {
            settings(&cloud)?.update_template(&group, &changes).await?;
            Ok(done(call, "updateLaunchTemplate", &cloud, &group))
        }
    }
}
