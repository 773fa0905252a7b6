//! Takes instances out of their server group; they run on by themselves, or end.
//!
//! Others take their place unless the server group is to shrink with them.
//!
//! ```yaml
//! - name: Keep the sick one to look at it
//!   type: detachInstances
//!   serverGroupName: hello-prod-v003
//!   instanceIds: [i-0123456789abcdef0]
//!   decrementDesiredCapacity: false
//! ```

use async_trait::async_trait;
use futures_util::FutureExt;

use super::cloud::Cloud;
use super::tasks::Acting;
use super::{Services, Stage, Task, instances, operation, reading, target};
use crate::engine::ports::{Call, TaskResult};
use crate::model::{Failure, Field, Shape, joined, optional};
use crate::providers::Leaving;

const FIELDS: &[Field] = &joined::<3, 8, 11>(
    [
        optional("adjustMinIfNecessary", Shape::Boolean, "lowers the minimum where it would keep the size up; false"),
        optional("decrementDesiredCapacity", Shape::Boolean, "lets the server group shrink with them; false"),
        optional("terminateDetachedInstances", Shape::Boolean, "ends them; false"),
    ],
    instances::WHERE,
);

/// The `detachInstances` stage.
pub(super) struct DetachInstances;

#[async_trait]
impl Stage for DetachInstances {
    fn kind(&self) -> &'static str {
        "detachInstances"
    }

    fn source(&self) -> &'static str {
        include_str!("detach_instances.rs")
    }

    fn fields(&self) -> &'static [Field] {
        FIELDS
    }

    fn tasks(&self) -> &'static [&'static dyn Task] {
        &[&DETACH]
    }

    async fn preview(&self, call: &Call<'_>, _services: &Services) -> Result<Vec<String>, Failure> {
        let end = if reading::flag(call.context, "terminateDetachedInstances") { " and terminate it" } else { "" };
        let from = target::named(call.context).map(|name| format!(" from {name}")).unwrap_or_default();
        Ok(instances::ids(call.context)?.iter().map(|id| format!("detach instance {id}{from}{end}")).collect())
    }
}

const DETACH: Acting = Acting { name: "detachInstances", look: |call, services| detach(call, services).boxed() };

async fn detach(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let cloud = Cloud::of(call.context, services)?;
    let location = cloud.deploy_location(call.context)?;
    let ids = instances::ids(call.context)?;
    let place = (&cloud, location.as_str());
    let running = cloud.instances()?.running(&location, &ids).await?;
    if let Some(waiting) = instances::lock(call, services, place, &running).await? {
        return Ok(waiting);
    }
    let provider = cloud.instance_upkeep()?;
    instances::guard(services, &cloud, &location, &ids, "detach the last instances of").await?;
    instances::announce(call, "detachInstances", place, &ids, "").await?;
    let shrinks = reading::flag(call.context, "decrementDesiredCapacity");
    let leaving = Leaving {
        shrinks,
        lowers_minimum: reading::flag(call.context, "adjustMinIfNecessary"),
        lowers_maximum: false,
        terminates: reading::flag(call.context, "terminateDetachedInstances"),
    };
    let name = target::named(call.context)
        .or_else(|| running.iter().map(|one| one.server_group.clone()).find(|name| !name.is_empty()));
    let Some(name) = name else {
        // Out of it already, as when a look was cut short here.
        if leaving.terminates {
            cloud.instances()?.terminate(&location, &ids).await?;
        }
        return Ok(operation::accepted(call, "detachInstances", &cloud, &[]));
    };
    let group = cloud.reference(&location, &name);
    provider.leave(&group, &ids, leaving).await?;
    let result = operation::accepted(call, "detachInstances", &cloud, std::slice::from_ref(&group));
    Ok(target::with_names(result, &group).with_context("detach.instance.ids", ids))
}
