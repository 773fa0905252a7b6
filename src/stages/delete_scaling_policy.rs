//! Removes a scaling policy of a server group; nothing happens when there is none of its name.
//!
//! ```yaml
//! - name: Scale by hand again
//!   type: deleteScalingPolicy
//!   cluster: hello-prod
//!   target: current_asg_dynamic
//!   policyName: cpu
//! ```

use async_trait::async_trait;
use futures_util::FutureExt;

use super::scaling::{Begun, begin, done, settings};
use super::tasks::Acting;
use super::{Services, Stage, Task, reading, target};
use crate::engine::ports::{Call, Plan, TaskResult};
use crate::model::{Failure, Field, Shape, required};

const FIELDS: &[Field] = &[
    target::ACCOUNT_ALIAS,
    target::ASG_NAME,
    target::CLOUD_PROVIDER,
    target::CLUSTER,
    target::ACCOUNT,
    target::MONIKER_FIELD,
    target::REGION,
    target::REGIONS,
    target::SERVER_GROUP_NAME,
    target::TARGET,
    required("policyName", Shape::Text, "name of the policy"),
];

/// The `deleteScalingPolicy` stage.
pub(super) struct DeleteScalingPolicy;

#[async_trait]
impl Stage for DeleteScalingPolicy {
    fn kind(&self) -> &'static str {
        "deleteScalingPolicy"
    }

    fn source(&self) -> &'static str {
        include_str!("delete_scaling_policy.rs")
    }

    fn fields(&self) -> &'static [Field] {
        FIELDS
    }

    fn tasks(&self) -> &'static [&'static dyn Task] {
        &[&DELETE]
    }

    async fn plan(&self, call: &Call<'_>, services: &Services) -> Result<Plan, Failure> {
        target::plan(call, services, self.tasks().iter().map(|task| task.name()).collect(), Vec::new()).await
    }

    async fn preview(&self, call: &Call<'_>, services: &Services) -> Result<Vec<String>, Failure> {
        let groups = target::resolve(call, services, call.context).await?;
        Ok(groups.iter().map(|group| format!("remove a scaling policy of {}", group.name)).collect())
    }
}

const DELETE: Acting = Acting { name: "deleteScalingPolicy", look: |call, services| delete(call, services).boxed() };

async fn delete(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let name = reading::filled(call.context, "policyName");
    let name = name.ok_or_else(|| Failure::user("the stage names no policy").detail("add policyName: <name>"))?;
    match begin(call, services, "deleteScalingPolicy", name.as_str()).await? {
        Begun::Waits(result) => Ok(result),
        Begun::Ready(cloud, group) => {
            settings(&cloud)?.delete_policy(&group, &name).await?;
            Ok(done(call, "deleteScalingPolicy", &cloud, &group))
        }
    }
}
