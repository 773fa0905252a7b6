//! Puts a server group into traffic and waits until its instances are up.
//!
//! ```yaml
//! - name: Bring the old one back
//!   type: enableServerGroup
//!   cluster: hello-prod
//!   target: ancestor_asg_dynamic
//! ```

use async_trait::async_trait;

use super::forecast::{Change, Effect};
use super::tasks::{Deed, DetermineHealthProviders, WaitForUpInstances, act_on_target, acting, patient};
use super::{Services, Stage, Task, target};
use crate::engine::ports::{Call, Plan, TaskPolicy, TaskResult};
use crate::model::{Failure, Field, ServerGroup};

/// The `enableServerGroup` stage.
pub(super) struct EnableServerGroup;

#[async_trait]
impl Stage for EnableServerGroup {
    fn kind(&self) -> &'static str {
        "enableServerGroup"
    }

    fn source(&self) -> &'static str {
        include_str!("enable_server_group.rs")
    }

    fn fields(&self) -> &'static [Field] {
        &[
            target::ACCOUNT_ALIAS,
            target::ASG_NAME,
            target::CLOUD_PROVIDER,
            target::CLUSTER,
            target::ACCOUNT,
            target::DESIRED_PERCENTAGE,
            target::HEALTH_PROVIDERS,
            target::MONIKER_FIELD,
            target::NAMESPACE,
            target::NAMESPACES,
            target::REGION,
            target::REGIONS,
            target::SERVER_GROUP_NAME,
            target::TARGET,
            target::TARGET_HEALTHY,
            target::ZONES,
        ]
    }

    fn tasks(&self) -> &'static [&'static dyn Task] {
        &[&DetermineHealthProviders, &Enable, &WaitForUpInstances]
    }

    async fn plan(&self, call: &Call<'_>, services: &Services) -> Result<Plan, Failure> {
        target::plan(call, services, self.tasks().iter().map(|task| task.name()).collect(), Vec::new()).await
    }

    async fn preview(&self, call: &Call<'_>, services: &Services) -> Result<Vec<String>, Failure> {
        let groups = target::resolve(call, services, call.context).await?;
        let effect =
            |group: &ServerGroup| Effect::new(format!("enable {}", group.name), Change::Enabled(group.reference()));
        Ok(services.foresee_all(groups.iter().map(effect).collect()))
    }
}

struct Enable;

#[async_trait]
impl Task for Enable {
    fn name(&self) -> &'static str {
        "enableServerGroup"
    }

    fn policy(&self) -> TaskPolicy {
        acting()
    }

    async fn run(&self, call: &Call<'_>, services: &Services) -> TaskResult {
        patient(call, act_on_target(call, services, Deed::Enable).await)
    }
}
