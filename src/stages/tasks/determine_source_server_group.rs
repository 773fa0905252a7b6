//! Finds the server group a deploy replaces and, when asked to, takes over its size.

use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::join;

use super::{Acting, CREATE_SERVER_GROUP_TASK, description};
use crate::engine::ports::{Call, TaskResult};
use crate::model::{Capacity, Failure};
use crate::stages::capture_source_server_group_capacity::SNAPSHOT;
use crate::stages::cloud::{self, Cloud};
use crate::stages::{Services, capacity, cluster, reading, source};

/// How long a source is looked for whose size is wanted, in clouds that show new things late.
const SOURCE_SEARCH: Duration = Duration::from_secs(15);

/// Writes `source`, and `capacity` when the source's is to be used; where a provider pins the minimum of that, also the
/// size itself, from which the minimum comes back when the deploy is through.
pub(crate) const DETERMINE_SOURCE_SERVER_GROUP: Acting =
    Acting { name: "determineSourceServerGroup", look: |call, services| look(call, services).boxed() };

async fn look(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    cloud::check_account(call.context)?;
    let cloud = Cloud::of(call.context, services)?;
    let location = cloud.deploy_location(call.context)?;
    let moniker = cluster::moniker(call.execution, call.context)?;
    let name = moniker.cluster.clone().unwrap_or_default();
    // The first to lock: what is found here must still hold when the new server group is made.
    if let Some(waiting) = cluster::lock(call, services, &cloud, &location, &name).await? {
        return Ok(waiting);
    }
    let find = source::find(call, services, &cloud, &moniker, &location);
    let (found, ()) = join(find, look_ahead(call, services, &cloud, &location, &name)).await;
    let found = found?;
    let wanted = reading::flag(call.context, "useSourceCapacity")
        || reading::object(call.context, "source").is_some_and(|source| reading::flag(source, "useSourceCapacity"));
    let recorded = TaskResult::succeeded().with_context("source", source::recorded(found.as_ref(), wanted));
    match found {
        Some(group) if wanted && cloud.provider.pins_taken_size() => {
            let pinned = Capacity { min: group.capacity.desired, ..group.capacity };
            let recorded = recorded.with_context("capacity", capacity::value(pinned));
            Ok(recorded.with_context(SNAPSHOT, capacity::value(group.capacity)))
        }
        Some(group) if wanted => Ok(recorded.with_context("capacity", capacity::value(group.capacity))),
        Some(_) => Ok(recorded),
        None if !wanted => Ok(recorded),
        None if reading::flag(call.context, "preferSourceCapacity") && call.context.contains_key("capacity") => {
            Ok(recorded)
        }
        None => without_source(call, &cloud, &name, &location),
    }
}

/// What the creation asks next is asked beside it. Of a clone only its source tells what that is.
async fn look_ahead(call: &Call<'_>, services: &Services, cloud: &Cloud, location: &str, cluster: &str) {
    let creates = call.stage.tasks.iter().any(|task| task.name == CREATE_SERVER_GROUP_TASK.name);
    if !creates || call.stage.kind == "cloneServerGroup" {
        return;
    }
    // Whatever is wrong is said when it is created.
    if let Ok(description) = description(call, services, cloud, call.context, location).await
        && let Ok(groups) = cloud.server_groups()
    {
        groups.look_ahead(location, cluster, &description).await;
    }
}

fn without_source(call: &Call<'_>, cloud: &Cloud, cluster: &str, location: &str) -> Result<TaskResult, Failure> {
    let patience = cloud.provider.settle_time().min(SOURCE_SEARCH);
    if call.now.saturating_sub(call.started) < reading::millis(patience) {
        call.progress(format!("looking for a server group of {cluster} in {location} to take the size of"));
        return Ok(cloud.look_again());
    }
    Err(Failure::user(format!("cluster {cluster} has no server group in {location} to take the size of"))
        .detail("set capacity and preferSourceCapacity: true for the first deploy"))
}
