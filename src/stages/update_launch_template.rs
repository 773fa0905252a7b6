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
    optional("base64UserData", Shape::Text, "user data, base64"),
    target::CLOUD_PROVIDER,
    target::CLUSTER,
    target::ACCOUNT,
    optional("ebsOptimized", Shape::Boolean, "dedicated throughput to volumes"),
    optional("instanceType", Shape::Text, "instance type"),
    optional("keyPair", Shape::Text, "key pair"),
    target::MONIKER_FIELD,
    target::REGION,
    target::REGIONS,
    optional("securityGroups", Shape::List(&Shape::Text), "all security groups from now on"),
    target::SERVER_GROUP_NAME,
    target::TARGET,
];

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
    const CHANGES: &[&str] =
        &["amiName", "base64UserData", "ebsOptimized", "imageId", "instanceType", "keyPair", "securityGroups"];
    let named: Vec<&str> =
        CHANGES.iter().copied().filter(|key| call.context.get(*key).is_some_and(|value| !value.is_null())).collect();
    if named.is_empty() {
        return Err(Failure::user("the stage changes nothing").detail(format!("add one of {}", CHANGES.join(", "))));
    }
    let mut changes = call.context.clone();
    changes.retain(|key, _| named.contains(&key.as_str()));
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
