//! Takes a server group out of traffic, and waits until its instances are.
//!
//! Connections are let to finish. The instances keep running, so that `enableServerGroup` brings them back at once.
//! With `desiredPercentage` only that share of the instances leaves traffic. A traffic guard of the project refuses to
//! disable the last server group with traffic.
//!
//! ```yaml
//! - name: Take the old one out
//!   type: disableServerGroup
//!   cluster: hello-prod
//!   target: ancestor_asg_dynamic
//! ```

use async_trait::async_trait;
use futures_util::FutureExt;

use super::forecast::{Change, Effect};
use super::tasks::{Acting, Deed, DetermineHealthProviders, WAIT_FOR_DISABLED, act_on_target};
use super::{Services, Stage, Task, reading, target};
use crate::engine::ports::{Call, Plan, TaskResult};
use crate::model::{Failure, Field, ServerGroup, joined};
use crate::providers::Work;

const FIELDS: &[Field] =
    &joined::<2, 13, 15>([target::DESIRED_PERCENTAGE, target::HEALTH_PROVIDERS], target::SERVER_GROUP);

/// The `disableServerGroup` stage.
pub(super) struct DisableServerGroup;

#[async_trait]
impl Stage for DisableServerGroup {
    fn kind(&self) -> &'static str {
        "disableServerGroup"
    }

    fn aliases(&self) -> &'static [&'static str] {
        &["disableAsg"]
    }

    fn source(&self) -> &'static str {
        include_str!("disable_server_group.rs")
    }

    fn fields(&self) -> &'static [Field] {
        FIELDS
    }

    fn tasks(&self) -> &'static [&'static dyn Task] {
        &[&DetermineHealthProviders, &DISABLE, &WAIT_FOR_DISABLED]
    }

    async fn plan(&self, call: &Call<'_>, services: &Services) -> Result<Plan, Failure> {
        target::plan(call, services, self.tasks().iter().map(|task| task.name()).collect(), Vec::new()).await
    }

    async fn preview(&self, call: &Call<'_>, services: &Services) -> Result<Vec<String>, Failure> {
        let groups = target::resolve(call, services, call.context).await?;
        let effect = |group: &ServerGroup, share| match share {
            Some(share) => Effect::new(
                format!("disable {share} % of {}", group.name),
                Change::Touched(group.reference(), Work::Disable),
            ),
            None => Effect::new(format!("disable {}", group.name), Change::Disabled(group.reference())),
        };
        let share = share(call)?;
        Ok(services.foresee_all(groups.iter().map(|group| effect(group, share)).collect()))
    }
}

/// The share that leaves traffic; `None` is all of it.
fn share(call: &Call<'_>) -> Result<Option<u32>, Failure> {
    let Some(share) = reading::integer(call.context, "desiredPercentage") else { return Ok(None) };
    match u32::try_from(share) {
        Ok(share @ 0..100) => Ok(Some(share)),
        Ok(100) => Ok(None),
        _ => Err(Failure::user(format!("'desiredPercentage' is {share}; write a number from 0 to 100"))),
    }
}

const DISABLE: Acting = Acting { name: "disableServerGroup", look: |call, services| disable(call, services).boxed() };

async fn disable(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let share = share(call)?;
    let (_, group) = target::chosen(call, services).await?;
    let result = act_on_target(call, services, Deed::Disable(share)).await?;
    if super::tasks::is_unfinished(&result) {
        return Ok(result);
    }
    Ok(result
        .with_context("targetop.asg.disableServerGroup.name", group.name)
        .with_context("targetop.asg.disableServerGroup.regions", vec![group.location]))
}
