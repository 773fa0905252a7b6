//! Gives a server group a pool of instances that are ready to come into service, changes it, or takes it away; waits
//! until that is so.
//!
//! ```yaml
//! - name: Be ready for the rush
//!   type: modifyWarmPool
//!   cluster: hello-prod
//!   target: current_asg_dynamic
//!   action: upsert
//!   minSize: 2
//!   poolState: Stopped
//! ```

use async_trait::async_trait;
use futures_util::FutureExt;

use super::scaling::{Begun, begin_upkeep, done, upkeep};
use super::tasks::{Acting, Waiting};
use super::{Services, Stage, Task, reading, target};
use crate::engine::ports::{Call, Plan, TaskResult};
use crate::model::{Failure, Field, Shape, optional, required};

const FIELDS: &[Field] = &[
    target::ACCOUNT_ALIAS,
    required("action", Shape::OneOf(&["delete", "upsert"]), "whether there is to be a pool"),
    target::ASG_NAME,
    target::CLOUD_PROVIDER,
    target::CLUSTER,
    target::ACCOUNT,
    optional("forceDelete", Shape::Boolean, "ends the instances of a pool that is deleted at once; false"),
    optional(
        "maxGroupPreparedCapacity",
        Shape::Integer,
        "instances in service and ready together; the group's maximum",
    ),
    optional("minSize", Shape::Integer, "least number of instances that are ready; 0"),
    target::MONIKER_FIELD,
    optional("poolState", Shape::OneOf(&["Hibernated", "Running", "Stopped"]), "how they wait; Stopped"),
    target::REGION,
    target::REGIONS,
    optional("reuseOnScaleIn", Shape::Boolean, "instances that are not needed go back into the pool; false"),
    target::SERVER_GROUP_NAME,
    target::TARGET,
];

/// The `modifyWarmPool` stage.
pub(super) struct ModifyWarmPool;

#[async_trait]
impl Stage for ModifyWarmPool {
    fn kind(&self) -> &'static str {
        "modifyWarmPool"
    }

    fn source(&self) -> &'static str {
        include_str!("modify_warm_pool.rs")
    }

    fn fields(&self) -> &'static [Field] {
        FIELDS
    }

    fn tasks(&self) -> &'static [&'static dyn Task] {
        &[&MODIFY, &WAIT]
    }

    async fn plan(&self, call: &Call<'_>, services: &Services) -> Result<Plan, Failure> {
        is_wanted(call)?;
        target::plan(call, services, self.tasks().iter().map(|task| task.name()).collect(), Vec::new()).await
    }

    async fn preview(&self, call: &Call<'_>, services: &Services) -> Result<Vec<String>, Failure> {
        let verb = if is_wanted(call)? { "keep instances ready for" } else { "keep no instances ready for" };
        let groups = target::resolve(call, services, call.context).await?;
        Ok(groups.iter().map(|group| format!("{verb} {}", group.name)).collect())
    }
}

/// Whether there is to be a pool.
fn is_wanted(call: &Call<'_>) -> Result<bool, Failure> {
    match reading::filled(call.context, "action").as_deref() {
        Some("upsert") => Ok(true),
        Some("delete") => Ok(false),
        _ => Err(Failure::user("the stage does not say what to do").detail("add action: upsert, or delete")),
    }
}

const MODIFY: Acting = Acting { name: "modifyWarmPool", look: |call, services| modify(call, services).boxed() };

async fn modify(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let wanted = is_wanted(call)?;
    let verb = if wanted { "upsertWarmPool" } else { "deleteWarmPool" };
    match begin_upkeep(call, services, verb, "").await? {
        Begun::Waits(result) => Ok(result),
        Begun::Ready(cloud, group) => {
            match wanted {
                true => upkeep(&cloud)?.put_warm_pool(&group, call.context).await?,
                false => {
                    let by_force = reading::flag(call.context, "forceDelete");
                    upkeep(&cloud)?.delete_warm_pool(&group, by_force).await?;
                }
            }
            Ok(done(call, verb, &cloud, &group))
        }
    }
}

const WAIT: Waiting = Waiting { name: "waitForWarmPool", look: |call, services| wait(call, services).boxed() };

async fn wait(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let (cloud, group) = target::chosen(call, services).await?;
    if upkeep(&cloud)?.has_warm_pool(&group).await? == is_wanted(call)? {
        return Ok(TaskResult::succeeded());
    }
    call.progress(format!("{}: its warm pool is not changed yet", group.name));
    Ok(cloud.look_again())
}
