//! Asks the cloud to do something to the one server group a stage targets.

use crate::engine::ports::{Call, TaskResult};
use crate::model::{Capacity, Failure};
use crate::stages::capacity::{instances, words};
use crate::stages::{Services, cluster, operation, target, traffic_guard};

/// What is done to a server group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    /// Removes it.
    Destroy,
    /// Takes it, or a share of it, out of traffic.
    Disable(Option<u32>),
    /// Puts it into traffic.
    Enable,
    /// Changes its size.
    Resize(Capacity),
}

impl Deed {
    /// The operation in Spinnaker's words.
    pub(crate) fn operation(self) -> &'static str {
        match self {
            Self::Destroy => "destroyServerGroup",
            Self::Disable(_) => "disableServerGroup",
            Self::Enable => "enableServerGroup",
            Self::Resize(_) => "resizeServerGroup",
        }
    }

    /// Whether traffic could be lost by it, and the word for it.
    fn takes_traffic(self) -> Option<&'static str> {
        match self {
            Self::Destroy => Some("destroy"),
            Self::Disable(None) => Some("disable"),
            Self::Resize(capacity) if capacity.desired == 0 => Some("scale down"),
            Self::Disable(Some(_)) | Self::Enable | Self::Resize(_) => None,
        }
    }

    /// What is done to a server group of this size, for people.
    fn detail(self, before: Capacity) -> String {
        match self {
            Self::Disable(Some(percentage)) => format!("{percentage} % of its instances"),
            Self::Resize(after) if after == before => format!("keeps {}", instances(after)),
            Self::Resize(after) if after.desired == before.desired => {
                format!("bounds from {}–{} to {}–{}", before.min, before.max, after.min, after.max)
            }
            Self::Resize(after) => format!("from {} to {}", words(before), instances(after)),
            Self::Destroy | Self::Disable(None) | Self::Enable => String::new(),
        }
    }
}

/// Does it, under the cluster's lock and with its traffic guards' consent.
pub(crate) async fn act_on_target(call: &Call<'_>, services: &Services, deed: Deed) -> Result<TaskResult, Failure> {
    let (cloud, group, found) = target::current(call, services).await?;
    let name = target::cluster_of(&group);
    if let Some(waiting) = cluster::lock(call, services, &cloud, &group.location, &name).await? {
        return Ok(waiting);
    }
    let done = |call: &Call<'_>| {
        let accepted = operation::accepted(call, deed.operation(), &cloud, std::slice::from_ref(&group));
        target::with_names(accepted, &group)
    };
    let Some(found) = found else {
        // Gone is what a destroy that was cut short looks like.
        return if deed == Deed::Destroy { Ok(done(call)) } else { Err(target::gone(&group)) };
    };
    if let Some(verb) = deed.takes_traffic() {
        traffic_guard::check(services, &cloud, &group.location, &name, std::slice::from_ref(&group), verb).await?;
    }
    operation::announce(call, deed.operation(), &group, deed.detail(found.capacity)).await?;
    let groups = cloud.server_groups()?;
    match deed {
        Deed::Destroy => groups.destroy(&group).await?,
        Deed::Disable(percentage) => groups.disable(&group, percentage).await?,
        Deed::Enable => groups.enable(&group).await?,
        Deed::Resize(capacity) => groups.resize(&group, capacity).await?,
    }
    Ok(done(call))
}
