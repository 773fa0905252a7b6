//! What the stages that change how a server group scales have in common: one target, one change under the cluster's
//! lock, no wait of their own.

use super::cloud::Cloud;
use super::cluster;
use super::{Services, operation, target};
use crate::engine::ports::{Call, TaskResult};
use crate::model::{Failure, ServerGroupRef};
use crate::providers::{ScalingSettings, ServerGroupUpkeep};

/// How server groups of an account scale.
pub(super) fn settings(cloud: &Cloud) -> Result<&dyn ScalingSettings, Failure> {
    cloud.provider.scaling().ok_or_else(|| cloud.lacks("scaling policies and processes"))
}

/// What else can be changed of an account's server groups.
pub(super) fn upkeep(cloud: &Cloud) -> Result<&dyn ServerGroupUpkeep, Failure> {
    cloud.provider.server_group_upkeep().ok_or_else(|| cloud.lacks("tags, warm pools and firewalls of server groups"))
}

/// The target of a change that may begin: its cluster is locked and the change is on record.
pub(super) enum Begun {
    /// The change may be made.
    Ready(Cloud, ServerGroupRef),
    /// Somebody else works on the cluster.
    Waits(TaskResult),
}

/// Locks the target's cluster and records a change of how it scales.
pub(super) async fn begin(
    call: &Call<'_>,
    services: &Services,
    verb: &str,
    detail: impl Into<String>,
) -> Result<Begun, Failure> {
    let (cloud, group) = target::chosen(call, services).await?;
    settings(&cloud)?;
    locked(call, services, (cloud, group), verb, detail).await
}

/// The same for a change of something else.
pub(super) async fn begin_upkeep(
    call: &Call<'_>,
    services: &Services,
    verb: &str,
    detail: impl Into<String>,
) -> Result<Begun, Failure> {
    let (cloud, group) = target::chosen(call, services).await?;
    upkeep(&cloud)?;
    locked(call, services, (cloud, group), verb, detail).await
}

async fn locked(
    call: &Call<'_>,
    services: &Services,
    (cloud, group): (Cloud, ServerGroupRef),
    verb: &str,
    detail: impl Into<String>,
) -> Result<Begun, Failure> {
    let name = target::cluster_of(&group);
    if let Some(waiting) = cluster::lock(call, services, &cloud, &group.location, &name).await? {
        return Ok(Begun::Waits(waiting));
    }
    operation::announce(call, verb, &group, detail).await?;
    Ok(Begun::Ready(cloud, group))
}

/// The change is made.
pub(super) fn done(call: &Call<'_>, verb: &str, cloud: &Cloud, group: &ServerGroupRef) -> TaskResult {
    target::with_names(operation::accepted(call, verb, cloud, std::slice::from_ref(group)), group)
}
