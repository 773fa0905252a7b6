//! Takes server groups of a cluster out of traffic, all but the newest.
//!
//! `remainingEnabledServerGroups` says how many stay; `preferLargerOverNewer` keeps those with the most instances
//! instead. Server groups that an enclosing deploy has made, and newer ones, are never touched, but count as staying.
//!
//! ```yaml
//! - name: Only the newest serves
//!   type: disableCluster
//!   cluster: hello-prod
//!   remainingEnabledServerGroups: 1
//! ```

use async_trait::async_trait;

use super::cluster;
use super::forecast::{Change, Effect};
use super::selection::Purpose;
use super::tasks::{ActOnSelected, DetermineHealthProviders, SelectServerGroups, WaitForSelected, selected_now};
use super::{Services, Stage, Task, target};
use crate::engine::ports::{Call, Plan};
use crate::model::{Capacity, Failure, Field, ServerGroup, Shape, joined, optional};

const FIELDS: &[Field] = &joined::<5, 10, 15>(
    [
        CONTINUE,
        target::DESIRED_PERCENTAGE,
        target::HEALTH_PROVIDERS,
        optional("preferLargerOverNewer", Shape::Boolean, "keeps those with the most instances, not the newest; false"),
        optional("remainingEnabledServerGroups", Shape::Integer, "how many stay in traffic; 1"),
    ],
    target::COORDINATES,
);

/// Whether a cluster without server groups is no error.
pub(crate) const CONTINUE: Field =
    optional("continueIfClusterNotFound", Shape::Boolean, "succeeds when the cluster has no server groups; false");

/// The `disableCluster` stage.
pub(super) struct DisableCluster;

#[async_trait]
impl Stage for DisableCluster {
    fn kind(&self) -> &'static str {
        "disableCluster"
    }

    fn source(&self) -> &'static str {
        include_str!("disable_cluster.rs")
    }

    fn fields(&self) -> &'static [Field] {
        FIELDS
    }

    fn tasks(&self) -> &'static [&'static dyn Task] {
        &[
            &DetermineHealthProviders,
            &SelectServerGroups(Purpose::Disable),
            &ActOnSelected(Purpose::Disable),
            &WaitForSelected(Purpose::Disable),
        ]
    }

    async fn plan(&self, call: &Call<'_>, _services: &Services) -> Result<Plan, Failure> {
        Ok(with_coordinates(call, self.tasks()))
    }

    async fn preview(&self, call: &Call<'_>, services: &Services) -> Result<Vec<String>, Failure> {
        preview(call, services, Purpose::Disable).await
    }
}

/// The tasks, told the cluster's coordinates where the pipeline runs as a strategy.
pub(crate) fn with_coordinates(call: &Call<'_>, tasks: &[&dyn Task]) -> Plan {
    let context = match call.stage.parent_stage_id {
        None => cluster::inherited_coordinates(call.execution),
        Some(_) => crate::model::Map::new(),
    };
    Plan { context, ..Plan::of_tasks(tasks.iter().map(|task| task.name())) }
}

/// What a cluster-wide stage would do now.
pub(crate) async fn preview(call: &Call<'_>, services: &Services, purpose: Purpose) -> Result<Vec<String>, Failure> {
    let context = cluster::over(&cluster::inherited_coordinates(call.execution), call.context);
    let selected = selected_now(call, services, &context, purpose).await?;
    let effect = |group: &ServerGroup| {
        let (name, target) = (&group.name, group.reference());
        match purpose {
            Purpose::Disable => Effect::new(format!("disable {name}"), Change::Disabled(target)),
            Purpose::ScaleDown => {
                let line = format!("scale {name} from {} to 0", group.capacity.desired);
                Effect::new(line, Change::Resized(target, Capacity::exactly(0)))
            }
            Purpose::Shrink => Effect::new(format!("destroy {name}"), Change::Removed(target)),
        }
    };
    if selected.is_empty() {
        return Ok(vec![format!("nothing to {}", purpose.verb())]);
    }
    Ok(services.foresee_all(selected.iter().map(effect).collect()))
}
