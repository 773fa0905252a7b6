//! Gives a server group back the minimum that was remembered before a deploy or a rollback pinned it.
//!
//! ```yaml
//! - name: Give back its minimum
//!   type: applySourceServerGroupCapacity
//!   target: {serverGroupName: hello-prod-v004}
//! ```

use futures_util::FutureExt;
use serde_json::{Value, json};

use super::capture_source_server_group_capacity::SNAPSHOT;
use super::cloud::{self, Cloud};
use super::cluster::{self, object};
use super::tasks::Acting;
use super::{Services, Stage, Task, capacity, operation, reading, target};
use crate::engine::ports::{Call, TaskResult};
use crate::model::{Capacity, Failure, Field, Map, Shape, optional, required};

const TARGET_FIELDS: &[Field] = &[
    optional("account", Shape::Text, "account"),
    optional("asgName", Shape::Text, "the same as serverGroupName"),
    optional("cloudProvider", Shape::Text, "provider of the account"),
    optional("region", Shape::Text, "where it is"),
    optional("serverGroupName", Shape::Text, "its name"),
];

const FIELDS: &[Field] =
    &[target::CLOUD_PROVIDER, target::ACCOUNT, required("target", Shape::Object(TARGET_FIELDS), "the server group")];

/// The `applySourceServerGroupCapacity` stage.
pub(super) struct ApplySourceServerGroupCapacity;

impl Stage for ApplySourceServerGroupCapacity {
    fn kind(&self) -> &'static str {
        "applySourceServerGroupCapacity"
    }

    fn source(&self) -> &'static str {
        include_str!("apply_source_server_group_capacity.rs")
    }

    fn fields(&self) -> &'static [Field] {
        FIELDS
    }

    fn tasks(&self) -> &'static [&'static dyn Task] {
        &[&APPLY]
    }
}

const APPLY: Acting = Acting { name: "restoreMinCapacity", look: |call, services| apply(call, services).boxed() };

async fn apply(call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
    let wanted = reading::object(call.context, "target").ok_or_else(|| Failure::user("the stage has no 'target'"))?;
    let account = cloud::account(wanted).or_else(|| cloud::account(call.context));
    let cloud = Cloud::of(&object(json!({"account": account})), services)?;
    let name = target::named(wanted).ok_or_else(|| Failure::user("'target' names no server group"))?;
    let group = cloud.reference(&cloud.deploy_location(wanted)?, &name);
    let Some(snapshot) = snapshot(call) else {
        call.progress("no size was remembered");
        return Ok(TaskResult::succeeded());
    };
    let cluster = target::cluster_of(&group);
    if let Some(waiting) = cluster::lock(call, services, &cloud, &group.location, &cluster).await? {
        return Ok(waiting);
    }
    let found = cloud.server_groups()?.get(&group.location, &group.name).await?;
    let current = found.ok_or_else(|| target::gone(&group))?.capacity;
    let wished = restored(snapshot, current, &cloud.provider_name);
    if wished != current {
        operation::announce(call, "resizeServerGroup", &group, format!("to {}", capacity::instances(wished))).await?;
        cloud.server_groups()?.resize(&group, wished).await?;
    }
    Ok(operation::accepted(call, "resizeServerGroup", &cloud, std::slice::from_ref(&group)))
}

/// The size an earlier stage or a stage above remembered.
fn snapshot(call: &Call<'_>) -> Option<Capacity> {
    let read = |context: &Map| context.get(SNAPSHOT).cloned().filter(Value::is_object);
    let ancestors = call.execution.ancestors(call.stage);
    let found = read(call.context).or_else(|| ancestors.iter().find_map(|stage| read(&stage.context)))?;
    serde_json::from_value(found).ok()
}

/// Only the minimum comes back, and only downwards; Cloud Foundry, which has no bounds, gets the whole size.
fn restored(snapshot: Capacity, current: Capacity, provider: &str) -> Capacity {
    if provider == "cloudfoundry" {
        return snapshot;
    }
    Capacity { min: snapshot.min.min(current.min), ..current }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_minimum_comes_back() {
        let size = |min, max, desired| Capacity { min, max, desired };
        for (provider, snapshot, current, expected) in [
            ("aws", size(1, 4, 2), size(3, 5, 3), size(1, 5, 3)),
            ("aws", size(3, 4, 3), size(2, 5, 3), size(2, 5, 3)),
            ("cloudfoundry", size(1, 4, 2), size(3, 5, 3), size(1, 4, 2)),
        ] {
            assert_eq!(restored(snapshot, current, provider), expected);
        }
    }
}
