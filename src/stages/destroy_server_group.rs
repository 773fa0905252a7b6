//! Disables a server group, then stops its instances and removes it.
//!
//! With `skipDisableBeforeDestroy` it goes at once, connections and all. A traffic guard of the project refuses to
//! destroy the last server group with traffic.
//!
//! ```yaml
//! - name: Remove the oldest
//!   type: destroyServerGroup
//!   cluster: hello-prod
//!   target: oldest_asg_dynamic
//! ```

use async_trait::async_trait;

use super::forecast::{Change, Effect};
use super::naming::title;
use super::tasks::{Deed, WaitForDestroyed, act_on_target, acting, patient};
use super::{Services, Stage, Task, reading, target};
use crate::engine::ports::{Call, NewStage, Plan, TaskPolicy, TaskResult};
use crate::model::{Failure, Field, ServerGroup, Shape, optional};

const FIELDS: &[Field] = &[
    target::ACCOUNT_ALIAS,
    target::ASG_NAME,
    target::CLOUD_PROVIDER,
    target::CLUSTER,
    target::ACCOUNT,
    target::HEALTH_PROVIDERS,
    target::MONIKER_FIELD,
    target::NAMESPACE,
    target::NAMESPACES,
    target::REGION,
    target::REGIONS,
    target::SERVER_GROUP_NAME,
    optional("skipDisableBeforeDestroy", Shape::Boolean, "destroys without taking it out of traffic first; false"),
    target::TARGET,
    target::ZONES,
];

/// The `destroyServerGroup` stage.
pub(super) struct DestroyServerGroup;

#[async_trait]
impl Stage for DestroyServerGroup {
    fn kind(&self) -> &'static str {
        "destroyServerGroup"
    }

    fn source(&self) -> &'static str {
        include_str!("destroy_server_group.rs")
    }

    fn fields(&self) -> &'static [Field] {
        FIELDS
    }

    fn tasks(&self) -> &'static [&'static dyn Task] {
        &[&Destroy, &WaitForDestroyed]
    }

    async fn plan(&self, call: &Call<'_>, services: &Services) -> Result<Plan, Failure> {
        let mut before = Vec::new();
        let name = target::named(call.context).unwrap_or_default();
        if !reading::flag(call.context, "skipDisableBeforeDestroy") {
            before.push(NewStage::new("disableServerGroup", title("disableServerGroup", &name), call.context.clone()));
        }
        target::plan(call, services, self.tasks().iter().map(|task| task.name()).collect(), before).await
    }

    async fn preview(&self, call: &Call<'_>, services: &Services) -> Result<Vec<String>, Failure> {
        let groups = target::resolve(call, services, call.context).await?;
        let verb = match reading::flag(call.context, "skipDisableBeforeDestroy") {
            true => "destroy",
            false => "disable and destroy",
        };
        let effect =
            |group: &ServerGroup| Effect::new(format!("{verb} {}", group.name), Change::Removed(group.reference()));
        Ok(services.foresee_all(groups.iter().map(effect).collect()))
    }
}

struct Destroy;

#[async_trait]
impl Task for Destroy {
    fn name(&self) -> &'static str {
        "destroyServerGroup"
    }

    fn policy(&self) -> TaskPolicy {
        acting()
    }

    async fn run(&self, call: &Call<'_>, services: &Services) -> TaskResult {
        patient(call, act_on_target(call, services, Deed::Destroy).await)
    }
}
