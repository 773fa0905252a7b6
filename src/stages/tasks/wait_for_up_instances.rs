//! Waits until as many instances are up as the deploy needs.

use async_trait::async_trait;
use serde_json::json;

use super::{only_news, patient, waiting};
use crate::engine::ports::{Call, TaskPolicy, TaskResult};
use crate::model::{Failure, ServerGroup};
use crate::stages::cloud::Cloud;
use crate::stages::health::{self, Interest};
use crate::stages::{Services, Task, operation, reading, target};

/// Done when every server group under `deploy.server.groups` has the instances it needs.
pub(crate) struct WaitForUpInstances;

#[async_trait]
impl Task for WaitForUpInstances {
    fn name(&self) -> &'static str {
        "waitForUpInstances"
    }

    fn policy(&self) -> TaskPolicy {
        waiting()
    }

    async fn run(&self, call: &Call<'_>, services: &Services) -> TaskResult {
        patient(call, look(call, services).await)
    }

    async fn timed_out(&self, call: &Call<'_>, services: &Services) -> Option<Failure> {
        why_not_up(call, services).await
    }
}

async fn look(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let cloud = Cloud::of(call.context, services)?;
    let mut seen = TaskResult::succeeded();
    for group in operation::recorded(&cloud, call.context) {
        let found = cloud.server_groups()?.get(&group.location, &group.name).await?;
        let waited = call.now.saturating_sub(call.started);
        if found.is_none() && waited < reading::millis(cloud.provider.propagation()) {
            call.progress(format!("{} is not to be found yet", group.name));
            return Ok(cloud.look_again());
        }
        let found = found.ok_or_else(|| target::gone(&group))?;
        let looked = instances_up(call, &cloud, &found).await?;
        if super::is_unfinished(&looked) {
            return Ok(looked);
        }
        seen.context.extend(looked.context);
    }
    Ok(seen)
}

/// Whether a server group has the instances it needs: succeeded, or what it still waits for. A failure when it never
/// will.
pub(super) async fn instances_up(call: &Call<'_>, cloud: &Cloud, group: &ServerGroup) -> Result<TaskResult, Failure> {
    let interest = Interest::of(call.context);
    let needed = health::needed(call.context, Some(group.capacity))?;
    let observed = |result: TaskResult| {
        let result = result
            .with_context("targetDesiredSize", needed)
            .with_context("lastCapacityCheck", interest.counts(group))
            .with_context("currentInstanceCount", group.instances.len());
        let snapshot = json!({
            "minSize": group.capacity.min,
            "desiredCapacity": group.capacity.desired,
            "maxSize": group.capacity.max,
        });
        let first = !call.context.contains_key("capacitySnapshot");
        only_news(call, if first { result.with_context("capacitySnapshot", snapshot) } else { result })
    };
    let there = u32::try_from(group.instances.len()).unwrap_or(u32::MAX);
    if there >= needed && (interest.is_nothing() || interest.up(group) >= needed) {
        return Ok(observed(TaskResult::succeeded()));
    }
    if health::is_hopeless(cloud, group, needed) {
        return Err(health::explain(cloud, group, &interest, needed).await);
    }
    call.progress(health::progress(group, &interest, needed));
    Ok(observed(cloud.look_again()))
}

/// Why the first server group that lacks instances lacks them.
pub(super) async fn why_not_up(call: &Call<'_>, services: &Services) -> Option<Failure> {
    let cloud = Cloud::of(call.context, services).ok()?;
    let interest = Interest::of(call.context);
    for group in operation::recorded(&cloud, call.context) {
        let found = cloud.server_groups().ok()?.get(&group.location, &group.name).await.ok()?;
        let Some(found) = found else { return Some(target::gone(&group)) };
        let needed = health::needed(call.context, Some(found.capacity)).ok()?;
        if interest.up(&found) < needed {
            return Some(health::explain(&cloud, &found, &interest, needed).await);
        }
    }
    None
}
