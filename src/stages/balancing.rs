//! Instances behind load balancers: put there or taken away, and waited for.

use super::cloud::{self, Cloud};
use super::health::Interest;
use super::{Services, instances, operation, target};
use crate::engine::ports::{Call, TaskResult};
use crate::model::{Failure, Field, HealthState, joined};

/// Fields of both stages.
pub(super) const FIELDS: &[Field] = &joined::<2, 8, 10>(instances::BALANCERS, instances::WHERE);

/// `put instances behind web: i-1, i-2`.
pub(super) fn preview(call: &Call<'_>, verb: &str) -> Result<Vec<String>, Failure> {
    let mut names = cloud::texts(call.context, "loadBalancerNames");
    names.extend(cloud::texts(call.context, "targetGroupNames"));
    if names.is_empty() {
        names.extend(target::named(call.context).map(|name| format!("the balancers of {name}")));
    }
    Ok(vec![format!("{verb} {}: {}", names.join(", "), instances::ids(call.context)?.join(", "))])
}

/// Puts the instances behind the balancers, or takes them away.
pub(super) async fn change(
    call: &Call<'_>,
    services: &Services,
    verb: &str,
    behind: bool,
) -> Result<TaskResult, Failure> {
    let cloud = Cloud::of(call.context, services)?;
    let location = cloud.deploy_location(call.context)?;
    let ids = instances::ids(call.context)?;
    let place = (&cloud, location.as_str());
    let provider = cloud.instance_upkeep()?;
    let balancing = instances::balancing(call.context, location.clone());
    let running = cloud.instances()?.running(&location, &ids).await?;
    if let Some(waiting) = instances::lock(call, services, place, &running).await? {
        return Ok(waiting);
    }
    if !behind {
        instances::guard(services, &cloud, &location, &ids, "deregister the last instances of").await?;
    }
    let mut names = balancing.load_balancers.clone();
    names.extend(balancing.target_groups.iter().cloned());
    instances::announce(call, verb, place, &ids, &names.join(", ")).await?;
    provider.balance(&balancing, &ids, behind).await?;
    let mut result = operation::accepted(call, verb, &cloud, &[]);
    result.context.shift_remove("deploy.server.groups");
    Ok(result)
}

/// Done when every balancer finds every instance healthy, or none has one any more.
pub(super) async fn balanced(call: &Call<'_>, services: &Services, behind: bool) -> Result<TaskResult, Failure> {
    if Interest::of(call.context).is_nothing() {
        return Ok(TaskResult::succeeded());
    }
    let cloud = Cloud::of(call.context, services)?;
    let location = cloud.deploy_location(call.context)?;
    let balancing = instances::balancing(call.context, location);
    let seen = cloud.instance_upkeep()?.balanced(&balancing, &instances::ids(call.context)?).await?;
    let wanted = if behind { HealthState::Up } else { HealthState::OutOfService };
    match seen.iter().find(|one| one.health_state != wanted) {
        Some(one) => {
            call.progress(format!("instance {} is {:?} at {}", one.id, one.health_state, one.address));
            Ok(cloud.look_again())
        }
        None => Ok(TaskResult::succeeded()),
    }
}
