//! Waits until a server group, or the wanted share of it, is out of traffic.

use futures_util::FutureExt;

use super::Waiting;
use crate::engine::ports::{Call, TaskResult};
use crate::model::{Failure, ServerGroup};
use crate::stages::cloud::Cloud;
use crate::stages::health::{self, Interest};
use crate::stages::{Services, operation, reading};

/// Done when the instances of every server group under `deploy.server.groups` are down and it says it is disabled.
pub(crate) const WAIT_FOR_DISABLED: Waiting =
    Waiting { name: "waitForDisabledState", look: |call, services| look(call, services).boxed() };

async fn look(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let cloud = Cloud::of(call.context, services)?;
    let share = reading::integer(call.context, "desiredPercentage").filter(|share| *share < 100);
    for group in operation::recorded(&cloud, call.context) {
        // Gone is as much out of traffic as can be.
        let Some(found) = cloud.server_groups()?.get(&group.location, &group.name).await? else { continue };
        if let Some(waits_for) = in_traffic(call, &found, share) {
            call.progress(waits_for);
            return Ok(cloud.look_again());
        }
    }
    Ok(TaskResult::succeeded())
}

/// What of a server group is still in traffic, for people.
fn in_traffic(call: &Call<'_>, group: &ServerGroup, share: Option<i64>) -> Option<String> {
    let interest = Interest::of(call.context);
    let out = group.instances.iter().filter(|instance| interest.is_out(instance)).count();
    let needed = match share {
        Some(share) => usize::try_from(health::desired_share(group.capacity, share)).unwrap_or(usize::MAX),
        None => group.instances.len(),
    };
    let needed = needed.min(group.instances.len());
    if !interest.is_nothing() && out < needed {
        return Some(format!("{}: {out} of {needed} instances out of traffic", group.name));
    }
    (share.is_none() && !group.disabled).then(|| format!("{} is not disabled yet", group.name))
}
