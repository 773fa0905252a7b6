//! Puts a server group into traffic and waits until its instances are up.
//!
//! ```yaml
//! - name: Bring the old one back
//!   type: enableServerGroup
//!   cluster: hello-prod
//!   target: ancestor_asg_dynamic
//! ```

use async_trait::async_trait;
use futures_util::FutureExt;

use super::forecast::{Change, Effect};
use super::tasks::{Acting, Deed, DetermineHealthProviders, WaitForUpInstances, act_on_target};
use super::{Services, Stage, Task, target};
use crate::engine::ports::{Call, Plan};
use crate::model::{Failure, Field, ServerGroup, joined};

const FIELDS: &[Field] = &joined::<3, 13, 16>(
    [target::DESIRED_PERCENTAGE, target::HEALTH_PROVIDERS, target::TARGET_HEALTHY],
    target::SERVER_GROUP,
);

/// The `enableServerGroup` stage.
pub(super) struct EnableServerGroup;

#[async_trait]
impl Stage for EnableServerGroup {
    fn kind(&self) -> &'static str {
        "enableServerGroup"
    }

    fn aliases(&self) -> &'static [&'static str] {
        &["enableAsg"]
    }

    fn source(&self) -> &'static str {
        include_str!("enable_server_group.rs")
    }

    fn fields(&self) -> &'static [Field] {
        FIELDS
    }

    fn tasks(&self) -> &'static [&'static dyn Task] {
        &[&DetermineHealthProviders, &ENABLE, &WaitForUpInstances]
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

const ENABLE: Acting =
    Acting { name: "enableServerGroup", look: |call, services| act_on_target(call, services, Deed::Enable).boxed() };
