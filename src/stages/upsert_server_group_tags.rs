//! Sets tags of a server group; those it has besides stay, and instances that come get them too.
//!
//! ```yaml
//! - name: Mark it
//!   type: upsertServerGroupTags
//!   cluster: hello-prod
//!   target: current_asg_dynamic
//!   tags: {reviewed: "yes"}
//! ```

use async_trait::async_trait;
use futures_util::FutureExt;

use super::scaling::{Begun, begin_upkeep, done, upkeep};
use super::tasks::Acting;
use super::{Services, Stage, Task, reading, target};
use crate::engine::ports::{Call, Plan, TaskResult};
use crate::model::{Failure, Field, Map, Shape, required};

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
    required("tags", Shape::Map, "the tags: key to value"),
    target::TARGET,
];

/// The `upsertServerGroupTags` stage.
pub(super) struct UpsertServerGroupTags;

#[async_trait]
impl Stage for UpsertServerGroupTags {
    fn kind(&self) -> &'static str {
        "upsertServerGroupTags"
    }

    fn aliases(&self) -> &'static [&'static str] {
        &["upsertAsgTags"]
    }

    fn source(&self) -> &'static str {
        include_str!("upsert_server_group_tags.rs")
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
        let keys = tags(call)?.keys().cloned().collect::<Vec<_>>().join(", ");
        let groups = target::resolve(call, services, call.context).await?;
        Ok(groups.iter().map(|group| format!("tag {} with {keys}", group.name)).collect())
    }
}

const UPSERT: Acting = Acting { name: "upsertServerGroupTags", look: |call, services| upsert(call, services).boxed() };

fn tags<'a>(call: &Call<'a>) -> Result<&'a Map, Failure> {
    let tags = reading::object(call.context, "tags").filter(|tags| !tags.is_empty());
    tags.ok_or_else(|| Failure::user("the stage has no tags").detail("add tags: {<key>: <value>}"))
}

async fn upsert(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let tags = tags(call)?;
    let keys = tags.keys().cloned().collect::<Vec<_>>().join(", ");
    match begin_upkeep(call, services, "upsertServerGroupTags", keys).await? {
        Begun::Waits(result) => Ok(result),
        Begun::Ready(cloud, group) => {
            upkeep(&cloud)?.put_tags(&group, tags).await?;
            Ok(done(call, "upsertServerGroupTags", &cloud, &group))
        }
    }
}
