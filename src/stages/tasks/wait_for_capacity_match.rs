//! Waits until a server group has as many instances as it was resized to, and those it needs are up.

use async_trait::async_trait;

use super::wait_for_up_instances::{instances_up, why_not_up};
use super::{patient, waiting};
use crate::engine::ports::{Call, TaskPolicy, TaskResult};
use crate::model::{Failure, ServerGroup};
use crate::stages::cloud::Cloud;
use crate::stages::{Services, Task, capacity, operation, target};

/// Done when every server group under `deploy.server.groups` has its size.
pub(crate) struct WaitForCapacityMatch;

#[async_trait]
impl Task for WaitForCapacityMatch {
    fn name(&self) -> &'static str {
        "waitForCapacityMatch"
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
    for group in operation::recorded(&cloud, call.context) {
        let found = cloud.server_groups()?.get(&group.location, &group.name).await?;
        let found = found.ok_or_else(|| target::gone(&group))?;
        let desired = desired(call, &found)?;
        if found.instances.len() != usize::try_from(desired).unwrap_or(usize::MAX) {
            if found.instances.len() < usize::try_from(desired).unwrap_or(usize::MAX) && !found.disabled {
                // Instances that died on the way are named at once, not when time has run out.
                let looked = instances_up(call, &cloud, &found).await?;
                if super::is_unfinished(&looked) {
                    return Ok(looked);
                }
            }
            call.progress(format!("{}: {} of {desired} instances", found.name, found.instances.len()));
            return Ok(cloud.look_again());
        }
        if !found.disabled {
            let looked = instances_up(call, &cloud, &found).await?;
            if super::is_unfinished(&looked) {
                return Ok(looked);
            }
        }
    }
    for group in operation::recorded(&cloud, call.context) {
        let groups = cloud.server_groups()?;
        if groups.is_lifted(&group).await? {
            operation::announce(call, "suspendProcesses", &group, "those resumed for its size").await?;
            groups.put_back(&group).await?;
        }
    }
    Ok(TaskResult::succeeded())
}

/// The size to match: the configured one when it or the current one is pinned, else the current one.
fn desired(call: &Call<'_>, group: &ServerGroup) -> Result<u32, Failure> {
    let configured = capacity::read(call.context, "capacity")?;
    let pinned = configured.filter(|configured| configured.is_pinned() || group.capacity.is_pinned());
    Ok(pinned.map_or(group.capacity.desired, |configured| configured.desired))
}
