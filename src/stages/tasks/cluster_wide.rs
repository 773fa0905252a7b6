//! What the cluster-wide stages do: select server groups, act on those recorded, wait for the effect (contract 3.4).

use std::time::Duration;

use async_trait::async_trait;

use super::{acting, patient, waiting};
use crate::engine::ports::{Call, TaskPolicy, TaskResult};
use crate::model::{Capacity, Failure, Map, Millis, ServerGroup, ServerGroupRef};
use crate::stages::cloud::Cloud;
use crate::stages::cluster::{self, Cluster};
use crate::stages::health::Interest;
use crate::stages::selection::{self, Purpose};
use crate::stages::{Services, Task, capacity, operation, reading, traffic_guard};

impl Purpose {
    /// The operation in Spinnaker's words.
    fn operation(self) -> &'static str {
        match self {
            Self::Disable => "disableServerGroup",
            Self::ScaleDown => "resizeServerGroup",
            Self::Shrink => "destroyServerGroup",
        }
    }

    /// The word for people.
    pub(crate) fn verb(self) -> &'static str {
        match self {
            Self::Disable => "disable",
            Self::ScaleDown => "scale down",
            Self::Shrink => "destroy",
        }
    }
}

/// What the rules select in every location of the cluster as the world is now.
pub(crate) async fn selected_now(
    call: &Call<'_>,
    services: &Services,
    context: &Map,
    purpose: Purpose,
) -> Result<Vec<ServerGroup>, Failure> {
    let cluster = Cluster::of(call.execution, context, services)?;
    let mut selected = Vec::new();
    let mut found_any = false;
    for location in &cluster.locations {
        let groups = cluster.groups(location).await?;
        found_any |= !groups.is_empty();
        let deployed = selection::deployed(call, &cluster.cloud, location);
        let here = selection::select(purpose, context, &groups, &deployed).into_iter();
        // What has no instances and is to have none needs no scaling; it counts in the selection all the same.
        let is_work = |group: &&ServerGroup| {
            purpose != Purpose::ScaleDown || group.capacity.max > 0 || !group.instances.is_empty()
        };
        selected.extend(here.filter(is_work).cloned());
    }
    let to_nothing = purpose == Purpose::Shrink && reading::integer(context, "shrinkToSize") == Some(0);
    if found_any || to_nothing || reading::flag(context, "continueIfClusterNotFound") {
        return Ok(selected);
    }
    Err(Failure::new(format!("cluster {}/{} has no server groups", cluster.cloud.account, cluster.name))
        .detail(format!("looked in {}", cluster.locations.join(", ")))
        .detail("set continueIfClusterNotFound: true where that is no error"))
}

/// Selects and records, so that a second look after a crash acts on the same server groups.
pub(crate) struct SelectServerGroups(pub(crate) Purpose);

#[async_trait]
impl Task for SelectServerGroups {
    fn name(&self) -> &'static str {
        "selectServerGroups"
    }

    fn policy(&self) -> TaskPolicy {
        acting()
    }

    async fn run(&self, call: &Call<'_>, services: &Services) -> TaskResult {
        patient(call, select(call, services, self.0).await)
    }
}

async fn select(call: &Call<'_>, services: &Services, purpose: Purpose) -> Result<TaskResult, Failure> {
    let cluster = Cluster::of(call.execution, call.context, services)?;
    for location in &cluster.locations {
        if let Some(waiting) = cluster::lock(call, services, &cluster.cloud, location, &cluster.name).await? {
            return Ok(waiting);
        }
    }
    let selected = selected_now(call, services, call.context, purpose).await?;
    let groups: Vec<_> = selected.iter().map(ServerGroup::reference).collect();
    Ok(TaskResult::succeeded()
        .with_context("deploy.server.groups", operation::by_location(&groups))
        .with_context("deploy.account.name", cluster.cloud.account.as_str()))
}

/// Acts on what was selected.
pub(crate) struct ActOnSelected(pub(crate) Purpose);

#[async_trait]
impl Task for ActOnSelected {
    fn name(&self) -> &'static str {
        match self.0 {
            Purpose::Disable => "disableCluster",
            Purpose::ScaleDown => "scaleDownCluster",
            Purpose::Shrink => "shrinkCluster",
        }
    }

    fn policy(&self) -> TaskPolicy {
        acting()
    }

    async fn run(&self, call: &Call<'_>, services: &Services) -> TaskResult {
        patient(call, act(call, services, self.0).await)
    }
}

async fn act(call: &Call<'_>, services: &Services, purpose: Purpose) -> Result<TaskResult, Failure> {
    let cluster = Cluster::of(call.execution, call.context, services)?;
    let selected = operation::recorded(&cluster.cloud, call.context);
    if selected.is_empty() {
        call.progress(format!("nothing to {}", purpose.verb()));
        return Ok(TaskResult::succeeded());
    }
    let share = reading::integer(call.context, "desiredPercentage").filter(|share| *share < 100);
    if purpose != Purpose::Disable || share.is_none() {
        guard(services, &cluster, &selected, purpose).await?;
    }
    let groups = cluster.cloud.server_groups()?;
    for group in &selected {
        // A look that was cut short has done some of them; those are as they should be, or gone.
        let Some(found) = groups.get(&group.location, &group.name).await? else { continue };
        let nothing = Capacity::exactly(0);
        if purpose == Purpose::ScaleDown && found.capacity == nothing {
            continue;
        }
        let detail = match purpose {
            Purpose::ScaleDown => format!("from {} to 0 instances", capacity::words(found.capacity)),
            Purpose::Disable | Purpose::Shrink => String::new(),
        };
        operation::announce(call, purpose.operation(), group, detail).await?;
        match purpose {
            Purpose::Disable => groups.disable(group, share.and_then(|share| u32::try_from(share).ok())).await?,
            Purpose::ScaleDown => groups.resize(group, nothing).await?,
            Purpose::Shrink => groups.destroy(group).await?,
        }
    }
    Ok(operation::accepted(call, purpose.operation(), &cluster.cloud, &selected))
}

async fn guard(
    services: &Services,
    cluster: &Cluster,
    selected: &[ServerGroupRef],
    purpose: Purpose,
) -> Result<(), Failure> {
    for location in &cluster.locations {
        let here: Vec<_> = selected.iter().filter(|group| group.location == *location).cloned().collect();
        if !here.is_empty() {
            traffic_guard::check(services, &cluster.cloud, location, &cluster.name, &here, purpose.verb()).await?;
        }
    }
    Ok(())
}

/// Waits until the selected are as they should be; after a disable at least as long as the cloud takes to tell all.
pub(crate) struct WaitForSelected(pub(crate) Purpose);

#[async_trait]
impl Task for WaitForSelected {
    fn name(&self) -> &'static str {
        match self.0 {
            Purpose::Disable => "waitForClusterDisable",
            Purpose::ScaleDown => "waitForScaleDownCluster",
            Purpose::Shrink => "waitForClusterShrink",
        }
    }

    fn policy(&self) -> TaskPolicy {
        TaskPolicy { timeout: Some(Duration::from_secs(60 * 60)), ..waiting() }
    }

    async fn run(&self, call: &Call<'_>, services: &Services) -> TaskResult {
        patient(call, wait(call, services, self.0).await)
    }
}

async fn wait(call: &Call<'_>, services: &Services, purpose: Purpose) -> Result<TaskResult, Failure> {
    let cloud = Cloud::of(call.context, services)?;
    let selected = operation::recorded(&cloud, call.context);
    let waited = call.now.saturating_sub(call.started);
    let settle = reading::millis(cloud.provider.settle_time());
    if purpose == Purpose::Disable && !selected.is_empty() && waited < settle {
        call.progress(settling(settle - waited));
        return Ok(cloud.look_again());
    }
    for group in selected {
        let found = cloud.server_groups()?.get(&group.location, &group.name).await?;
        let is_unbalanced = found.as_ref().is_some_and(|found| found.load_balancers.is_empty());
        let settle = reading::millis(cloud.provider.settle_time_unbalanced());
        if purpose == Purpose::Disable && is_unbalanced && waited < settle {
            call.progress(settling(settle - waited));
            return Ok(cloud.look_again());
        }
        if let Some(waits_for) = found.and_then(|found| unfinished(call, &found, purpose)) {
            call.progress(waits_for);
            return Ok(cloud.look_again());
        }
    }
    Ok(TaskResult::succeeded())
}

fn settling(left: Millis) -> String {
    format!("letting the change of traffic settle, {} s left", left / 1000)
}

/// What of a server group is not as it should be yet, for people.
fn unfinished(call: &Call<'_>, group: &ServerGroup, purpose: Purpose) -> Option<String> {
    let interest = Interest::of(call.context);
    let partial = reading::integer(call.context, "desiredPercentage").is_some_and(|share| share < 100);
    match purpose {
        Purpose::Disable if partial => None,
        Purpose::Disable if !group.disabled => Some(format!("{} is not disabled yet", group.name)),
        Purpose::Disable => {
            let inside = group.instances.iter().filter(|instance| !interest.is_out(instance)).count();
            let waits = inside > 0 && !interest.is_nothing();
            waits.then(|| format!("{}: {inside} instances still in traffic", group.name))
        }
        Purpose::ScaleDown => {
            let left = group.instances.len();
            (left > 0).then(|| format!("{}: {left} instances left", group.name))
        }
        Purpose::Shrink => Some(format!("{}: {} instances left", group.name, group.instances.len())),
    }
}
