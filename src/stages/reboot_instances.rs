//! Restarts instances where they are, and waits until they are up again.
//!
//! An instance counts as up again when it was seen down in between, or after the time in which a restart would show.
//!
//! ```yaml
//! - name: Restart the stuck one
//!   type: rebootInstances
//!   instanceIds: [i-0123456789abcdef0]
//! ```

use async_trait::async_trait;
use futures_util::FutureExt;

use super::cloud::{self, Cloud};
use super::health::Interest;
use super::tasks::{Acting, Waiting, only_news};
use super::{Services, Stage, Task, instances, operation, reading};
use crate::engine::ports::{Call, TaskResult};
use crate::model::{Failure, Field};

/// Context key of the instances that were seen down.
const SEEN_DOWN: &str = "reboot.down.instance.ids";

/// The `rebootInstances` stage.
pub(super) struct RebootInstances;

#[async_trait]
impl Stage for RebootInstances {
    fn kind(&self) -> &'static str {
        "rebootInstances"
    }

    fn source(&self) -> &'static str {
        include_str!("reboot_instances.rs")
    }

    fn fields(&self) -> &'static [Field] {
        &instances::WHERE
    }

    fn tasks(&self) -> &'static [&'static dyn Task] {
        &[&REBOOT, &WAIT_FOR_REBOOTED]
    }

    async fn preview(&self, call: &Call<'_>, _services: &Services) -> Result<Vec<String>, Failure> {
        Ok(instances::ids(call.context)?.iter().map(|id| format!("reboot instance {id}")).collect())
    }

    fn forget_on_restart(&self) -> &'static [&'static str] {
        &[SEEN_DOWN]
    }
}

const REBOOT: Acting = Acting { name: "rebootInstances", look: |call, services| reboot(call, services).boxed() };

async fn reboot(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let cloud = Cloud::of(call.context, services)?;
    let location = cloud.deploy_location(call.context)?;
    let ids = instances::ids(call.context)?;
    let provider = cloud.instance_upkeep()?;
    instances::announce(call, "rebootInstances", (&cloud, &location), &ids, "").await?;
    provider.reboot(&location, &ids).await?;
    let mut result = operation::accepted(call, "rebootInstances", &cloud, &[]);
    result.context.shift_remove("deploy.server.groups");
    Ok(result)
}

const WAIT_FOR_REBOOTED: Waiting =
    Waiting { name: "waitForUpInstances", look: |call, services| wait(call, services).boxed() };

async fn wait(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let cloud = Cloud::of(call.context, services)?;
    let location = cloud.deploy_location(call.context)?;
    let ids = instances::ids(call.context)?;
    let interest = Interest::of(call.context);
    let groups = instances::homes(&cloud, &location, &ids).await?;
    let down: Vec<&String> = ids
        .iter()
        .filter(|id| {
            let mut all = groups.iter().flat_map(|group| &group.instances);
            all.any(|one| one.id == **id && !interest.is_up(one)) && !interest.is_nothing()
        })
        .collect();
    let mut seen = cloud::texts(call.context, SEEN_DOWN);
    let news: Vec<String> = down.iter().filter(|id| !seen.contains(id)).map(|id| (*id).clone()).collect();
    seen.extend(news);
    let shows = call.now.saturating_sub(call.started) >= reading::millis(cloud.provider.settle_time());
    let missing = ids.iter().find(|id| down.contains(id) || !(shows || seen.contains(id)));
    let result = match missing {
        Some(id) => {
            call.progress(format!("instance {id} is not up again yet"));
            cloud.look_again()
        }
        None => TaskResult::succeeded(),
    };
    Ok(only_news(call, result.with_context(SEEN_DOWN, seen)))
}
