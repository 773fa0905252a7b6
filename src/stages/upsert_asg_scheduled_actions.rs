//! Makes scheduled actions of a server group, or changes those of their names.
//!
//! ```yaml
//! - name: Small at night
//!   type: upsertAsgScheduledActions
//!   cluster: hello-prod
//!   target: current_asg_dynamic
//!   scheduledActions:
//!   - {scheduledActionName: night, recurrence: "0 22 * * *", minSize: 1, maxSize: 3, desiredCapacity: 1}
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
    target::ASGS,
    target::CLOUD_PROVIDER,
    target::CLUSTER,
    target::ACCOUNT,
    target::MONIKER_FIELD,
    target::REGION,
    target::REGIONS,
    target::SERVER_GROUP_NAME,
    target::TARGET,
    required("scheduledActions", Shape::List(&Shape::Map), "scheduledActionName, recurrence or startTime, sizes"),
];

/// The `upsertAsgScheduledActions` stage.
pub(super) struct UpsertAsgScheduledActions;

#[async_trait]
impl Stage for UpsertAsgScheduledActions {
    fn kind(&self) -> &'static str {
        "upsertAsgScheduledActions"
    }

    fn source(&self) -> &'static str {
        include_str!("upsert_asg_scheduled_actions.rs")
    }

    fn fields(&self) -> &'static [Field] {
        FIELDS
    }

    fn tasks(&self) -> &'static [&'static dyn Task] {
        &[&UPSERT]
    }

    async fn plan(&self, call: &Call<'_>, services: &Services) -> Result<Plan, Failure> {
        target::plan(call, services, self.tasks().iter().map(|task| task.name()).collect(), Vec::new()).await
    }

    async fn preview(&self, call: &Call<'_>, services: &Services) -> Result<Vec<String>, Failure> {
        let groups = target::resolve(call, services, call.context).await?;
        Ok(groups.iter().map(|group| format!("put scheduled actions on {}", group.name)).collect())
    }
}

const UPSERT: Acting =
    Acting { name: "upsertAsgScheduledActions", look: |call, services| upsert(call, services).boxed() };

async fn upsert(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let actions =
        reading::list(call.context, "scheduledActions").iter().filter_map(|action| action.as_object().cloned());
    let actions: Vec<_> = actions.collect();
    if actions.is_empty() {
        return Err(Failure::user("the stage has no scheduled actions")
            .detail("add scheduledActions: [{scheduledActionName: …}]"));
    }
    let count = match actions.len() {
        1 => "1 action".to_owned(),
        count => format!("{count} actions"),
    };
    match begin(call, services, "upsertAsgScheduledActions", count).await? {
        Begun::Waits(result) => Ok(result),
        Begun::Ready(cloud, group) => {
            settings(&cloud)?.put_schedule(&group, &actions).await?;
            Ok(done(call, "upsertAsgScheduledActions", &cloud, &group))
        }
    }
}
